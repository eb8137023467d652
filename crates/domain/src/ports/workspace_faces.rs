//! How workspaces look, what they are called and where they are reached (C7).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::picture::Picture;
use crate::workspace::WorkspaceLook;

/// Whether a look could be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookSaved {
    /// It was.
    Saved,
    /// Another workspace has this host name; nothing was written.
    HostTaken(String),
    /// It is not any more as it was seen; nothing was written.
    Changed,
    /// There is no such workspace.
    Gone,
}

/// Keeps how workspaces look.
///
/// # Contract
/// - `save` MUST write name, host names and portal at once, with the audit row, and only where all three are still as they
///   were seen, under any concurrency. A host name MUST belong to one workspace at most.
/// - Both writes MUST show in [`Workspaces::edition`](super::Workspaces::edition).
/// - `set_logo` MUST set or clear [`Portal::logo_at`](crate::workspace::Portal) in the same transaction, and change nothing
///   else of the portal; `save` MUST leave it as it is.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait WorkspaceFaces: Send + Sync {
    /// Saves a look, if the workspace still has the one that was seen.
    async fn save(
        &self,
        workspace: WorkspaceId,
        seen: WorkspaceLook,
        look: WorkspaceLook,
        audit: AuditEntry,
    ) -> PortResult<LookSaved>;

    /// Sets or removes the logo. `false` if there is no such workspace.
    async fn set_logo(&self, workspace: WorkspaceId, logo: Option<Picture>, audit: AuditEntry) -> PortResult<bool>;

    /// The logo, if there is one.
    async fn logo(&self, workspace: WorkspaceId) -> PortResult<Option<Picture>>;
}
