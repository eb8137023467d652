//! Fakes, builders and contract suites: everything that a test of Doorward, or of a service that embeds it, starts from.
//!
//! - [`MemoryStore`] implements every store port in memory, as the contracts say, and can be looked into.
//! - [`FixedClock`], [`SeededEntropy`] and [`PlainHasher`] make time, randomness and hashing repeatable and free.

//!
//! Nothing in here is fit for production: the entropy is predictable and the "hashes" are readable.

mod clock;
mod entropy;
mod hasher;
mod memory;

pub use clock::FixedClock;
pub use entropy::SeededEntropy;
pub use hasher::PlainHasher;
pub use memory::{KeptMail, MemoryStore};
