//! Fakes, builders and contract suites: everything that a test of Doorward, or of a service that embeds it, starts from.
//!
//! - [`MemoryStore`] implements every store port in memory, as the contracts say, and can be looked into.
//! - [`FixedClock`], [`SeededEntropy`] and [`PlainHasher`] make time, randomness and hashing repeatable and free.
//! - [`Given`] puts people into a store in one line each; [`FactsBuilder`] builds what the rules look at.
//!
//! Nothing in here is fit for production: the entropy is predictable and the "hashes" are readable.

mod clock;
pub mod contract;
mod entropy;
mod facts;
mod given;
mod hand_over;
mod hasher;
mod memory;
mod provider;

pub use clock::FixedClock;
pub use entropy::SeededEntropy;
pub use facts::{
    FactsBuilder, attempt, first_step, proven_mailbox, second_factor, second_step, verified_passkey, verified_password,
};
pub use given::{
    APP_SECRET, Given, PASSWORD, Person, address, audit, backup_code, backup_set, client, create, passkey, workspace,
};
pub use hand_over::{SecretsOnly, hand_over_token, signed_token};
pub use hasher::PlainHasher;
pub use memory::{KeptMail, MemoryStore};
pub use provider::{ScriptedProvider, SentAway, arrived};
