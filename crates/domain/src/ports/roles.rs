//! Roles that workspaces make for themselves, and who has which role.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{RoleId, UserId, WorkspaceId};
use crate::role::{CustomRole, HeldRole, Permissions, Rights, RoleChoice};

/// How the making of a role ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleCreated {
    /// It is there.
    Created,
    /// Another role of the workspace has that name.
    NameTaken,
}

/// A change of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleChange {
    /// The role as it was when the change was decided on.
    pub seen: CustomRole,
    /// Its name from now on.
    pub name: String,
    /// What it permits from now on.
    pub permissions: Permissions,
}

/// How a change of a role ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleChanged {
    /// It is changed, for everybody who has it.
    Changed,
    /// Another role of the workspace has that name.
    NameTaken,
    /// The role is not as it was seen, or gone; nothing changed.
    Stale,
}

/// How the removal of a role ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleDeleted {
    /// It is gone.
    Deleted,
    /// So many people have it; nothing changed.
    InUse(u64),
    /// There is no such role.
    Gone,
}

/// A role that somebody is to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGift {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Who gets it.
    pub user: UserId,
    /// What they may do, as it was when the gift was decided on.
    pub holds: Rights,
    /// The role.
    pub role: RoleChoice,
    /// What the role permits, as it was when the gift was decided on.
    pub gets: Rights,
}

/// How the giving of a role ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleGiven {
    /// They have it.
    Given,
    /// They are the last owner who may come in, and would be none any more; nothing changed.
    LastOwner,
    /// The person or the role is not as it was seen, or gone; nothing changed.
    Stale,
}

/// Keeps roles, and gives them.
///
/// # Contract
/// - Each write MUST be one transaction, with its audit row.
/// - What a role permits MUST be the same for everybody who has it, whatever runs at the same time: `change` MUST reach
///   each holder's row, and `give` MUST NOT hand out what the role no longer permits.
/// - A change of rights MUST count on the very next session check on this node, and within a second elsewhere (R100).
/// - `change` and `give` MUST change nothing where the role's or the person's rights are not as they were seen: whoever
///   decided did so on other facts (R97).
/// - `give` MUST raise the person's credentials version, and MUST end their sessions where the rules of another audience
///   apply to them from now on.
/// - `give` MUST leave at least one active owner, under any concurrency, with
///   [`Credentials::set_status`](super::Credentials::set_status) too (R97).
/// - `delete` MUST NOT remove a role that somebody has, under any concurrency.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Roles: Send + Sync {
    /// All roles of the workspace's own making, by name, with how many people have each.
    async fn list(&self, workspace: WorkspaceId) -> PortResult<Vec<HeldRole>>;

    /// The role of that id.
    async fn find(&self, workspace: WorkspaceId, id: RoleId) -> PortResult<Option<CustomRole>>;

    /// Makes a role.
    async fn create(&self, role: CustomRole, audit: AuditEntry) -> PortResult<RoleCreated>;

    /// Changes name and permissions of a role.
    async fn change(&self, change: RoleChange, audit: AuditEntry) -> PortResult<RoleChanged>;

    /// Removes a role that nobody has.
    async fn delete(&self, workspace: WorkspaceId, id: RoleId, audit: AuditEntry) -> PortResult<RoleDeleted>;

    /// Gives a person another role.
    async fn give(&self, gift: RoleGift, audit: AuditEntry) -> PortResult<RoleGiven>;
}
