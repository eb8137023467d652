//! Ports: what the core asks of the world, one trait a capability. Adapters implement them; the contract suites in
//! `testing` hold every adapter to the MUST lines.
//!
//! One method is one read or one business-atomic write; no transaction handle crosses a port; `now` is a value.

mod credentials;
mod directory;
mod emails;
mod error;
mod factors;
mod flows;
mod hand_over;
mod health;
mod identity_provider;
mod links;
mod outbox;
mod passkeys;
mod password_hasher;
mod portal_links;
#[cfg(feature = "mocks")]
mod presets;
mod profiles;
mod records;
mod sessions;
mod surroundings;
mod throttle;
mod users;
mod workspaces;

pub use credentials::*;
pub use directory::*;
pub use emails::*;
pub use error::*;
pub use factors::*;
pub use flows::*;
pub use hand_over::*;
pub use health::*;
pub use identity_provider::*;
pub use links::*;
pub use outbox::*;
pub use passkeys::*;
pub use password_hasher::*;
pub use portal_links::*;
pub use profiles::*;
pub use records::*;
pub use sessions::*;
pub use surroundings::*;
pub use throttle::*;
pub use users::*;
pub use workspaces::*;
