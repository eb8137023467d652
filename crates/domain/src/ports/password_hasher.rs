//! Hashing of passwords.

use async_trait::async_trait;

use super::error::PortError;
use crate::secret::{HashRecipe, Password, PasswordDigest, TokenDigest};

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

/// A place in the queue of a hasher; dropping it gives it back.
pub struct HashingPlace(Option<Box<dyn std::any::Any + Send + Sync>>);

impl HashingPlace {
    /// A place that goes with `guard`.
    pub fn held_by(guard: impl std::any::Any + Send + Sync) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// A place with a hasher that does not count them.
    pub const fn unlimited() -> Self {
        Self(None)
    }
}

impl std::fmt::Debug for HashingPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashingPlace")
            .field("counted", &self.0.is_some())
            .finish()
    }
}

/// Checks and makes password digests.
///
/// # Contract
/// - `check` MUST cost one full hash whether or not there is a digest (R9, R90).
/// - `hash_by` MUST give the same digest for the same recipe and secret, on every node, whatever today's parameters are.
/// - Dropping the returned future before hashing began MUST cost no hash (a client that hung up).
/// - Neither MUST block the async threads, and both MUST answer [`HasherError::Busy`] at once when the queue is full.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Checks `password` against `digest`; without one it hashes all the same and says [`PasswordCheck::Mismatch`].
    async fn check(&self, password: Password, digest: Option<PasswordDigest>) -> Result<PasswordCheck, HasherError>;

    /// Takes a place for one `check` that follows, or says [`HasherError::Busy`]. Asked first, so that a server that
    /// cannot keep up refuses before it has spent anything on the request (R8). MUST NOT wait. A check without a place is
    /// taken on as well, where there is room.
    fn reserve(&self) -> Result<HashingPlace, HasherError> {
        Ok(HashingPlace::unlimited())
    }

    /// A recipe for the codes of one set: today's parameters and a fresh salt (R74).
    fn new_recipe(&self) -> Result<HashRecipe, HasherError>;

    /// Hashes each secret by `recipe`, in order, as one piece of work: one place in the queue however many there are.
    async fn hash_by(&self, recipe: HashRecipe, secrets: Vec<Password>) -> Result<Vec<TokenDigest>, HasherError>;

    /// Makes a digest with a fresh salt and today's parameters.
    async fn hash(&self, password: Password) -> Result<PasswordDigest, HasherError>;
}
