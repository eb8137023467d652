//! Workspaces.

use async_trait::async_trait;

use super::error::PortResult;
use super::users::NewUser;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::workspace::{Slug, Workspace};

/// Whether a workspace could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceCreated {
    /// It was.
    Created,
    /// The slug or a host name is taken.
    Taken,
}

/// Who runs a workspace from its first moment on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOwner {
    /// The person.
    pub person: NewUser,
    /// The audit row of their making.
    pub audit: AuditEntry,
}

/// A state of all workspaces: as long as the port says the same, nothing of them was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Counts changes made by this process.
    pub here: u64,
    /// Counts changes made by others, as far as they can be counted at no cost.
    pub beside: u64,
}

/// Reads and makes workspaces.
///
/// # Contract
/// - `create` MUST be atomic, its first owner included, and settle races on slug and host by a unique constraint.
/// - `edition` MUST differ from the very call on after a change of a workspace has come back, by whichever port, here or in a
///   command beside the server; a change on another node need not show. It MUST cost no more than a look at memory or at one
///   open file.
/// - `find_by_host` MUST compare host names in lower case, without port.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Workspaces: Send + Sync {
    /// Makes a workspace, with its first owner, if one is given, and the audit rows.
    async fn create(
        &self,
        workspace: Workspace,
        owner: Option<FirstOwner>,
        audit: AuditEntry,
    ) -> PortResult<WorkspaceCreated>;

    /// The workspace of that slug.
    async fn find_by_slug(&self, slug: &Slug) -> PortResult<Option<Workspace>>;

    /// The workspace that has this custom host name.
    async fn find_by_host(&self, host: &str) -> PortResult<Option<Workspace>>;

    /// The workspace of that id.
    async fn find(&self, id: WorkspaceId) -> PortResult<Option<Workspace>>;

    /// Which state the workspaces are in, for whoever keeps what was read; `None` while it cannot be said.
    fn edition(&self) -> Option<Edition>;

    /// All workspaces, by slug.
    async fn list(&self) -> PortResult<Vec<Workspace>>;
}
