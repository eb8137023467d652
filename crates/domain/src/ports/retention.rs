//! Removing what was kept for as long as a workspace wished.

use async_trait::async_trait;

use super::error::PortResult;
use crate::ids::WorkspaceId;
use crate::time::Timestamp;

/// Removes receipts and mails whose time is over. The audit log is cut by [`AuditChain::prune`](super::AuditChain::prune).
///
/// # Contract
/// - Each method MUST remove up to `limit` rows of one workspace that were made before `before`, and none that were made
///   later. Any number of nodes may do so at the same time.
/// - A mail that still waits MUST stay, whatever its age.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Retention: Send + Sync {
    /// Removes receipts, and says how many.
    async fn remove_receipts(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64>;

    /// Removes mails with their timelines, and says how many.
    async fn remove_mails(&self, workspace: WorkspaceId, before: Timestamp, limit: u32) -> PortResult<u64>;
}
