//! Ports: what the core asks of the world, one trait a capability. Adapters implement them; the contract suites in
//! `testing` hold every adapter to the MUST lines.
//!
//! One method is one read or one business-atomic write; no transaction handle crosses a port; `now` is a value.

mod credentials;
mod error;
mod flows;
mod health;
mod links;
mod outbox;
mod password_hasher;
#[cfg(feature = "mocks")]
mod presets;
mod records;
mod sessions;
mod surroundings;
mod throttle;
mod users;
mod workspaces;

pub use credentials::*;
pub use error::*;
pub use flows::*;
pub use health::*;
pub use links::*;
pub use outbox::*;
pub use password_hasher::*;
pub use records::*;
pub use sessions::*;
pub use surroundings::*;
pub use throttle::*;
pub use users::*;
pub use workspaces::*;
