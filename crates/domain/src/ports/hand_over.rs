//! Keys and tokens of hand-over by the company's own site (B18).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::hand_over::{HandOverKey, PublicKeyMaterial, PublicKeyProblem};
use crate::ids::{HandOverKeyId, WorkspaceId};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// Checks signatures.
///
/// # Contract
/// - `verifies` MUST check by the key's own algorithm and by no other: a public key is never the secret of an HMAC.
/// - `read_public_key` MUST refuse an RSA key under 2048 bits, and whatever holds a private key.
pub trait HandOverVerifier: Send + Sync {
    /// Whether `signature` was made over `signed` with that key.
    fn verifies(&self, key: &HandOverKey, signed: &[u8], signature: &[u8]) -> bool;

    /// Reads a public key in PEM (`BEGIN PUBLIC KEY`, `BEGIN RSA PUBLIC KEY`) or as a JSON Web Key (RFC 7517).
    fn read_public_key(&self, text: &str) -> Result<PublicKeyMaterial, PublicKeyProblem>;
}

/// Whether a key could be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOverKeyAdded {
    /// It was.
    Added,
    /// Two of that audience are live; nothing was written.
    TooMany,
}

/// Keeps keys, and which tokens were used.
///
/// # Contract
/// - Of one audience of a workspace at most [`MAX_LIVE_KEYS`](crate::hand_over::MAX_LIVE_KEYS) MUST be live, under any
///   concurrency.
/// - What a key is made of MUST be encrypted at rest.
/// - `add` and `revoke` MUST be one transaction with the audit row.
/// - `redeem_token` MUST be `true` once for each token of a workspace, under any concurrency, and whatever the clock does: of a
///   token whose `expires_at` is not later than that of every token which a sweep forgot, it MUST be `false`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HandOverKeys: Send + Sync {
    /// Adds a key.
    async fn add(&self, key: HandOverKey, audit: AuditEntry) -> PortResult<HandOverKeyAdded>;

    /// All keys of a workspace, revoked ones too, oldest first.
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HandOverKey>>;

    /// Takes a key back, for good. `false` if there is no live one of that id.
    async fn revoke(
        &self,
        workspace: WorkspaceId,
        id: HandOverKeyId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Uses a token, once: whether this was the first time. It is remembered until `expires_at`, when it cannot pass any
    /// more by its age.
    async fn redeem_token(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        expires_at: Timestamp,
    ) -> PortResult<bool>;

    /// Whether a token was used. Changes nothing.
    async fn is_redeemed(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<bool>;

    /// Forgets tokens whose time is over, and says how many.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
