//! Receipts, audit rows and API keys.

use async_trait::async_trait;

use super::error::PortResult;
use crate::api_key::ApiKey;
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{ApiKeyId, WorkspaceId};
use crate::mail::NewMail;
use crate::secret::{HelpCode, TokenDigest};
use crate::sign_in::Receipt;
use crate::time::Timestamp;

/// Keeps receipts (C4).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Receipts: Send + Sync {
    /// Stores a receipt, with the audit row of the attempt, in one transaction.
    async fn record(&self, receipt: Receipt, audit: AuditEntry) -> PortResult<()>;

    /// The receipt with that help code, in this workspace only.
    async fn find_by_help_code(&self, workspace: WorkspaceId, code: &HelpCode) -> PortResult<Option<Receipt>>;

    /// The last receipts of an address, known or not, newest first.
    async fn last_of(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<Receipt>>;
}

/// Keeps the audit log (C6): append-only.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends a row that tells of no change in the database. Rows that do are written with their change.
    async fn append(&self, entry: AuditEntry) -> PortResult<()>;

    /// Appends a row, with the mails that tell of it, in one transaction.
    async fn announce(&self, entry: AuditEntry, mails: Vec<NewMail>) -> PortResult<()>;

    /// The last rows, newest first.
    async fn last(&self, workspace: WorkspaceId, limit: u32) -> PortResult<Vec<AuditEntry>>;
}

/// Keeps the keys of portal applications (C9).
///
/// # Contract
/// - `create` and `revoke` MUST be one transaction each, with their audit row.
/// - A key that was taken back MUST NOT be found by the very next `find`, on any node.
/// - Of any number of parallel calls of `revoke` for one key, one is told `true`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Stores a key, with its audit row.
    async fn create(&self, key: ApiKey, audit: AuditEntry) -> PortResult<()>;

    /// The key with that digest, unless revoked, in this workspace only.
    async fn find(&self, workspace: WorkspaceId, digest: &TokenDigest) -> PortResult<Option<ApiKey>>;

    /// All keys, whatever became of them, oldest first.
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<ApiKey>>;

    /// Takes a key back. `false`, and no audit row, if there is none of that id or it was taken back before.
    async fn revoke(&self, workspace: WorkspaceId, id: ApiKeyId, audit: AuditEntry) -> PortResult<bool>;

    /// Notes that a key was used; at most once a day of UTC is written down.
    async fn note_use(&self, workspace: WorkspaceId, id: ApiKeyId, now: Timestamp) -> PortResult<()>;
}
