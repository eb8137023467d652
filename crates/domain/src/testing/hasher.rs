//! A hasher that costs nothing and can be counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use crate::ports::{FaultKind, HasherError, HashingPlace, PasswordCheck, PasswordHasher, PortError};
use crate::secret::{HashRecipe, Password, PasswordDigest, TokenDigest};

const TODAY: &str = "$plain$v=2$";
const OLD: &str = "$plain$v=1$";

/// A hasher whose "digests" hold the password in the clear, for tests only. Counts what it is asked, so that a test
/// can say "exactly one hash, for an unknown address too" (R9). Clones share their counts.
#[derive(Debug, Clone, Default)]
pub struct PlainHasher {
    checks: Arc<AtomicU32>,
    hashes: Arc<AtomicU32>,
    busy: Arc<AtomicBool>,
    full_in_the_end: Arc<AtomicBool>,
}

impl PlainHasher {
    /// The digest that [`PasswordHasher::hash`] makes of this text.
    pub fn digest_of(password: &str) -> PasswordDigest {
        PasswordDigest::from_phc(format!("{TODAY}{password}"))
    }

    /// A digest of older parameters: a check that matches it asks for a rehash (R7).
    pub fn old_digest_of(password: &str) -> PasswordDigest {
        PasswordDigest::from_phc(format!("{OLD}{password}"))
    }

    /// A recipe of that salt, of the kind that [`PasswordHasher::new_recipe`] makes.
    pub fn recipe_of(salt: &str) -> HashRecipe {
        HashRecipe::from_phc(format!("{TODAY}salt={salt}"))
    }

    /// The digest that [`PasswordHasher::hash_by`] makes of this text by this recipe.
    pub fn digest_by(recipe: &HashRecipe, secret: &str) -> TokenDigest {
        let mut hash = Sha256::new();
        hash.update(recipe.as_phc().as_bytes());
        hash.update([0]);
        hash.update(secret.as_bytes());
        TokenDigest::from_bytes(hash.finalize().into())
    }

    /// How often a password was checked, with or without a digest.
    pub fn checks(&self) -> u32 {
        self.checks.load(Ordering::SeqCst)
    }

    /// How often a digest was made: of a password, or of a code by a recipe.
    pub fn hashes(&self) -> u32 {
        self.hashes.load(Ordering::SeqCst)
    }

    /// From now on says that its queue is full, or not any more.
    pub fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::SeqCst);
    }

    /// From now on says that it has room and then, when it is asked for work, that its queue is full: somebody else was
    /// faster. Or not any more.
    pub fn set_full_in_the_end(&self, full: bool) {
        self.full_in_the_end.store(full, Ordering::SeqCst);
    }

    fn admit(&self) -> Result<(), HasherError> {
        if self.busy.load(Ordering::SeqCst) || self.full_in_the_end.load(Ordering::SeqCst) {
            Err(HasherError::Busy)
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn check(&self, password: Password, digest: Option<PasswordDigest>) -> Result<PasswordCheck, HasherError> {
        self.admit()?;
        self.checks.fetch_add(1, Ordering::SeqCst);
        let today = Self::digest_of(password.expose());
        match digest {
            None => Ok(PasswordCheck::Mismatch),
            Some(digest) if digest == today => Ok(PasswordCheck::Match { rehash: None }),
            Some(digest) if digest == Self::old_digest_of(password.expose()) => {
                Ok(PasswordCheck::Match { rehash: Some(today) })
            }
            Some(digest) if digest.as_phc().starts_with(TODAY) || digest.as_phc().starts_with(OLD) => {
                Ok(PasswordCheck::Mismatch)
            }
            Some(_) => Err(PortError::bare(FaultKind::Corrupt, "hasher.check").into()),
        }
    }

    fn reserve(&self) -> Result<HashingPlace, HasherError> {
        if self.busy.load(Ordering::SeqCst) {
            return Err(HasherError::Busy);
        }
        Ok(HashingPlace::unlimited())
    }

    fn new_recipe(&self) -> Result<HashRecipe, HasherError> {
        Ok(Self::recipe_of(&super::given::unique().to_string()))
    }

    async fn hash_by(&self, recipe: HashRecipe, secrets: Vec<Password>) -> Result<Vec<TokenDigest>, HasherError> {
        self.admit()?;
        if !recipe.as_phc().starts_with(TODAY) && !recipe.as_phc().starts_with(OLD) {
            return Err(PortError::bare(FaultKind::Corrupt, "hasher.hash_by").into());
        }
        let made = u32::try_from(secrets.len()).unwrap_or(u32::MAX);
        self.hashes.fetch_add(made, Ordering::SeqCst);
        Ok(secrets
            .iter()
            .map(|secret| Self::digest_by(&recipe, secret.expose()))
            .collect())
    }

    async fn hash(&self, password: Password) -> Result<PasswordDigest, HasherError> {
        self.admit()?;
        self.hashes.fetch_add(1, Ordering::SeqCst);
        Ok(Self::digest_of(password.expose()))
    }
}
