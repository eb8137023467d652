//! Giving a role of the workspace's own another name, or other permissions: for everybody who has it, from their very next
//! request on (R100).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::ports::{PortResult, RoleChange, RoleChanged};
use doorward_domain::preview::Leaving;
use doorward_domain::role::{CustomRole, Permission, Permissions, Rights, may_change_rights};
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use super::create_role::{RoleError, name_of};
use super::preview_settings;
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
    if is_last_way_in(context, workspace, &seen, permissions).await? {
        return Err(RoleError::LastWayIn);
    }
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

/// Whether nobody who may change the settings would get in any more without what the holders of the role lose (R105).
async fn is_last_way_in(
    context: &Context,
    workspace: &Workspace,
    seen: &CustomRole,
    permissions: Permissions,
) -> PortResult<bool> {
    let opens = Permission::ManageSecuritySettings;
    if permissions.contains(opens) || !seen.permissions.contains(opens) {
        return Ok(false);
    }
    let staff = context.ports.users.with_roles(workspace.id, vec![seen.based_on]);
    let holds = |user: &User| user.custom_role.as_ref().is_some_and(|own| own.id == seen.id);
    let leaving = Leaving {
        people: staff
            .await?
            .iter()
            .filter(|user| holds(user))
            .map(|user| user.id)
            .collect(),
        ..Leaving::default()
    };
    preview_settings::shuts_everybody_out(context, workspace, leaving).await
}
