//! Hashing of passwords.

use async_trait::async_trait;

use super::error::PortError;
use crate::secret::{Password, PasswordDigest};

/// What came out of checking a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It belongs to the digest.
    Match {
        /// A digest with today's parameters, where the stored one is of older ones (R7).
        rehash: Option<PasswordDigest>,
    },
    /// It does not, or there is no digest.
    Mismatch,
}

/// Why nothing could be said about a password.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The queue is full; nothing was hashed. Answer 503 and let the client come back (R8).
    #[error("the hashing queue is full")]
    Busy,
    /// The stored digest is not one this hasher can read.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Checks and makes password digests.
///
/// # Contract
/// - `check` MUST cost one full hash whether or not there is a digest (R9, R90).
/// - Dropping the returned future before hashing began MUST cost no hash (a client that hung up).
/// - Neither MUST block the async threads, and both MUST answer [`HasherError::Busy`] at once when the queue is full.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Checks `password` against `digest`; without one it hashes all the same and says [`PasswordCheck::Mismatch`].
    async fn check(&self, password: Password, digest: Option<PasswordDigest>) -> Result<PasswordCheck, HasherError>;

    /// Whether a password would be taken on now. Asked first, so that a server that cannot keep up refuses before it has
    /// spent anything on the request (R8); [`HasherError::Busy`] may come all the same. MUST NOT wait.
    fn has_room(&self) -> bool {
        true
    }

    /// Makes a digest with a fresh salt and today's parameters.
    async fn hash(&self, password: Password) -> Result<PasswordDigest, HasherError>;
}
