//! Personal portal links.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{PortalLinkId, UserId, WorkspaceId};
use crate::portal_link::PortalLink;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// Keeps personal portal links (B4).
///
/// # Contract
/// - `create` and `revoke` MUST be one transaction each, with their audit row.
/// - `look` MUST change nothing (R34), and MUST find a link only in its own workspace, live or not.
/// - Of any number of parallel calls of `revoke` for one link, one is told `true`.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PortalLinks: Send + Sync {
    /// Stores a link.
    async fn create(&self, link: PortalLink, audit: AuditEntry) -> PortResult<()>;

    /// Looks at the link with that digest.
    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest) -> PortResult<Option<PortalLink>>;

    /// The newest links of a person, whatever became of them, newest first.
    async fn of_person(&self, workspace: WorkspaceId, user: UserId, limit: u32) -> PortResult<Vec<PortalLink>>;

    /// Takes a link of that person back. `false`, and no audit row, if they have none of that id or it was taken back
    /// before.
    async fn revoke(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: PortalLinkId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Removes links that ended, or were taken back, more than 30 days ago.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
