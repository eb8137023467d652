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
//! | [`account`] | what people do about their own account, on those pages |
//! | [`authenticator_app::AuthenticatorApp`], [`passkey::Passkey`] | the phone with the codes, and a device with a passkey |
//! | [`chrome::Chrome`] | the same person in Chromium, axe-core and screenshots |
//! | [`providers`] | Google, Microsoft, Facebook, X and any OpenID provider: honest, failing, lying |
//! | [`smtp::SmtpDouble`] | a mail server that accepts, refuses, hangs, drops, or is away |
//! | [`nginx::Nginx`] | `auth_request` in front of a portal |
//! | [`mask`] | comparing answers, and searching everything for what must be nowhere |
//!
//! A test reads like what a person does:
//!
//! ```ignore
//! let mail = SmtpDouble::start();
//! let server = Setup::new().mail(&mail).start().await;
//! server.create_workspace("acme", "Acme");
//! let mut ada = server.browser("acme");
//! let page = ada.visit("/sign-in?return_to=%2Ftickets%2F7").await.expect_status(200);
//! let page = ada.submit(&page, "Email me a sign-in code", &[("Email address", "ada@acme.test")]).await;
//! let code = mail.wait_for_mail("ada@acme.test").await.code();
//! let page = ada.submit(&page, "Continue", &[("Sign-in code", &code)]).await;
//! assert_eq!(page.path, "/tickets/7");
//! ```
//!
//! Modules of the suites are named by behaviour. A test whose name holds the word `browser`, `race`, `kill` or `storm`
//! takes turns with the others of its kind (`.config/nextest.toml`).

pub mod account;
pub mod authenticator_app;
pub mod browser;
pub mod chrome;
pub mod html;
pub mod machine;
pub mod mask;
pub mod nginx;
pub mod passkey;
pub mod postgres;
pub mod providers;
pub mod server;
pub mod smtp;
