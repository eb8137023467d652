//! Removing a role of the workspace's own that nobody has.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::ports::{PortError, RoleDeleted};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// Why a role stays.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeleteRoleError {
    /// There is no such role.
    #[error("there is no such role")]
    Gone,
    /// It permits what whoever acts may not do themselves (R97).
    #[error("the role permits more than whoever acts may do")]
    BeyondOwn,
    /// So many people have it.
    #[error("{0} people have the role")]
    InUse(u64),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Removes a role.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: RoleId,
) -> Result<(), DeleteRoleError> {
    let role = context.ports.roles.find(workspace.id, id).await?;
    let role = role.ok_or(DeleteRoleError::Gone)?;
    if !acting.rights.reach(role.rights()) {
        return Err(DeleteRoleError::BeyondOwn);
    }
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::RoleDeleted, context.now())
        .with_detail(&role.name);
    match context.ports.roles.delete(workspace.id, id, audit).await? {
        RoleDeleted::Deleted => Ok(()),
        RoleDeleted::InUse(holders) => Err(DeleteRoleError::InUse(holders)),
        RoleDeleted::Gone => Err(DeleteRoleError::Gone),
    }
}
