//! Giving a role of the workspace's own another name, or other permissions: for everybody who has it, from their very next
//! request on (R100).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::ports::{RoleChange, RoleChanged};
use doorward_domain::role::{CustomRole, Permissions, Rights, may_change_rights};
use doorward_domain::workspace::Workspace;

use super::create_role::{RoleError, name_of};
use crate::context::{Acting, Context};

/// Changes a role.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: RoleId,
    (name, permissions): (&str, Permissions),
) -> Result<CustomRole, RoleError> {
    let seen = context.ports.roles.find(workspace.id, id).await?;
    let seen = seen.ok_or(RoleError::Gone)?;
    let name = name_of(name)?;
    if !CustomRole::is_sound(seen.based_on, permissions) {
        return Err(RoleError::Unsound);
    }
    let gets = Rights {
        role: seen.based_on,
        permissions,
    };
    may_change_rights(acting.rights, seen.rights(), gets).map_err(|_overreach| RoleError::BeyondOwn)?;
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::RoleChanged, context.now())
        .with_detail(format!("{name}: {}", permissions.to_names()));
    let changed = CustomRole {
        name: name.clone(),
        permissions,
        ..seen.clone()
    };
    let change = RoleChange {
        seen,
        name,
        permissions,
    };
    match context.ports.roles.change(change, audit).await? {
        RoleChanged::Changed => Ok(changed),
        RoleChanged::NameTaken => Err(RoleError::NameTaken),
        RoleChanged::Stale => Err(RoleError::ChangedMeanwhile),
    }
}
