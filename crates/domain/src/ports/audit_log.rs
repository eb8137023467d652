//! The audit log as it is read, and the chain that seals it.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit_chain::{ChainHead, Seal, SealedRow};
use crate::audit_log::{AuditQuery, AuditRow};
use crate::ids::WorkspaceId;
use crate::time::Timestamp;

/// Reads the audit log (C6).
///
/// # Contract
/// - `page` MUST give rows of one workspace only, newest first, and each row once when it goes on after the last row of the
///   page before, whatever is appended meanwhile.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// A page of rows.
    async fn page(&self, workspace: WorkspaceId, query: AuditQuery) -> PortResult<Vec<AuditRow>>;
}

/// Rows that have no seal yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsealed {
    /// How many.
    pub rows: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
}

/// Seals the audit log (C6, R101).
///
/// # Contract
/// - `seal` MUST be one transaction that holds the chain of the workspace, so that of any number of nodes one seals at a
///   time and no two rows have one number. Rows are sealed in the order of when they were written, as far as they are there.
/// - `sealed_after` MUST give the rows as they are stored, in order of number, whatever they hold.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditChain: Send + Sync {
    /// Workspaces with rows that have no seal yet.
    async fn waiting(&self) -> PortResult<Vec<WorkspaceId>>;

    /// Seals up to `limit` rows of a workspace, and says how many it sealed. None where another node is at it.
    async fn seal(&self, workspace: WorkspaceId, limit: u32, now: Timestamp) -> PortResult<u32>;

    /// Where the chain of a workspace stands; `None` while nothing was sealed.
    async fn head(&self, workspace: WorkspaceId) -> PortResult<Option<ChainHead>>;

    /// Up to `limit` rows that come after the one with number `seq`.
    async fn sealed_after(&self, workspace: WorkspaceId, seq: u64, limit: u32) -> PortResult<Vec<SealedRow>>;

    /// How much waits for its seal, over all workspaces.
    async fn unsealed(&self) -> PortResult<Unsealed>;

    /// Removes up to `limit` sealed rows from the beginning of a workspace's chain, as far as they were written before
    /// `before`, and moves the beginning of the chain after them, in one transaction. Says how many, and where the chain
    /// begins now.
    async fn prune(
        &self,
        workspace: WorkspaceId,
        before: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> PortResult<(u32, Option<Seal>)>;
}
