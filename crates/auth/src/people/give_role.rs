//! *Change role* (C2): gives somebody another role, built-in or of the workspace's own. Nobody climbs, nobody pulls down
//! who stands above them, and the last owner stays (R97). It counts on their very next request (R100).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::UserId;
use doorward_domain::ports::{PortError, RoleGift, RoleGiven};
use doorward_domain::role::{Overreach, Permission, Rights, RoleChoice, may_change_rights};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::is_last_way_in;
use crate::context::{Acting, Context};

/// Why somebody's role stays.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GiveRoleError {
    /// Nobody here has that id.
    #[error("nobody here has that id")]
    NobodyThere,
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// They may do more than whoever acts (R97).
    #[error("the person has more rights than whoever acts")]
    OutOfReach,
    /// The role permits what whoever acts may not do themselves (R97).
    #[error("the role permits more than whoever acts may do")]
    BeyondOwn,
    /// They are the last owner who may come in (R97).
    #[error("the person is the last owner who may sign in")]
    LastOwner,
    /// Without what they may do now nobody who may change the settings would get in (R105).
    #[error("without the person nobody who may change the settings would get in")]
    LastWayIn,
    /// Somebody else changed the person or the role in the meantime.
    #[error("the person or the role was changed in the meantime")]
    ChangedMeanwhile,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Gives a role.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
    role: RoleChoice,
) -> Result<(), GiveRoleError> {
    let user = context.ports.users.find(workspace.id, id).await?;
    let user = user.ok_or(GiveRoleError::NobodyThere)?;
    let (gets, name) = match role {
        RoleChoice::BuiltIn(role) => (Rights::of(role), role.as_str().to_owned()),
        RoleChoice::Own(id) => {
            let role = context.ports.roles.find(workspace.id, id).await?;
            let role = role.ok_or(GiveRoleError::NoSuchRole)?;
            (role.rights(), role.name)
        }
    };
    let holds = user.rights();
    may_change_rights(acting.rights, holds, gets).map_err(|overreach| match overreach {
        Overreach::Above => GiveRoleError::OutOfReach,
        Overreach::Climb => GiveRoleError::BeyondOwn,
    })?;
    if !gets.permissions.contains(Permission::ManageSecuritySettings)
        && is_last_way_in(context, workspace, &user).await?
    {
        return Err(GiveRoleError::LastWayIn);
    }
    let audit = context
        .audit_of(workspace.id, acting, Some(id), AuditAction::RoleGiven, context.now())
        .with_detail(name);
    let gift = RoleGift {
        workspace: workspace.id,
        user: id,
        holds,
        role,
        gets,
    };
    match context.ports.roles.give(gift, audit).await? {
        RoleGiven::Given => Ok(()),
        RoleGiven::LastOwner => Err(GiveRoleError::LastOwner),
        RoleGiven::Stale => Err(GiveRoleError::ChangedMeanwhile),
    }
}
