//! What the black-box suites of Doorward stand on: the real server in a process of its own, a browser with and without
//! JavaScript, a mail server that can misbehave, a database of one's own, and nginx.
//!
//! Everything listens on loopback, on ports that nobody else holds; everything that is started is stopped by its process
//! id when its value is dropped. Whatever goes wrong in the harness panics with a sentence that says what was expected,
//! what came instead and where the log lies, because that is what a failing test needs.
//!
//! | piece | for |
//! | --- | --- |
//! | [`server::Server`] | `doorward serve` with its own data, killed and started again at will; commands beside it |
//! | [`postgres::TestDatabase`] | a PostgreSQL database that lives as long as the test |
//! | [`browser::Browser`] | a person without JavaScript: forms by their labels and buttons, cookies, no redirect unasked |
//! | [`chrome::Chrome`] | the same person in Chromium, axe-core and screenshots |
//! | [`smtp::SmtpDouble`] | a mail server that accepts, refuses, hangs, drops, or is away |
//! | [`nginx::Nginx`] | `auth_request` in front of a portal |
//! | [`mask`] | comparing answers, and searching everything for what must be nowhere |

pub mod browser;
pub mod chrome;
pub mod html;
pub mod machine;
pub mod mask;
pub mod nginx;
pub mod postgres;
pub mod server;
pub mod smtp;
