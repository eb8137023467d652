//! SQLite and PostgreSQL behind the store ports of Doorward.
//!
//! [`Store::open`] opens a database, [`Store::migrate`] brings it to this version, and each port has an adapter over the
//! store, named after the port: [`SeaUsers`], [`SeaWorkspaces`], … No SQL stands anywhere else.

pub mod changes;
mod connect;
mod connections;
mod credentials;
mod directory;
mod emails;
mod entity;
mod factors;
mod fault;
mod flows;
mod hand_over;
mod health;
mod keys;
mod links;
mod lost_keys;
mod outbox;
mod passkeys;
mod people;
mod portal_links;
mod profiles;
mod raw;
mod records;
mod retry;
pub mod sessions;
mod throttle;
mod trips;
mod users;
mod workspaces;

pub use changes::Station;
pub use connect::{Store, StoreError, StoreOptions};
pub use connections::SeaConnections;
pub use credentials::SeaCredentials;
pub use directory::{SeaDirectory, SeaScimTokens};
pub use emails::SeaEmails;
pub use factors::SeaFactors;
pub use flows::SeaFlows;
pub use hand_over::SeaHandOverKeys;
pub use health::SeaStoreHealth;
pub use keys::{KEY_BYTES, KeyRing, KeyRingError, OpenError, Place};
pub use links::SeaLinks;
pub use lost_keys::LostSecrets;
pub use outbox::SeaOutbox;
pub use passkeys::SeaPasskeys;
pub use portal_links::SeaPortalLinks;
pub use profiles::SeaProfiles;
pub use records::{SeaApiKeys, SeaAudit, SeaReceipts};
pub use sessions::SeaSessions;
pub use throttle::SeaThrottle;
pub use trips::SeaRoundTrips;
pub use users::SeaUsers;
pub use workspaces::SeaWorkspaces;
