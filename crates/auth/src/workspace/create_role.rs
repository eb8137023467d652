//! Making a role of the workspace's own (A8), of permissions that its maker has (R97).

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::RoleId;
use doorward_domain::ports::{PortError, RoleCreated};
use doorward_domain::role::{CustomRole, Permissions, Role};
use doorward_domain::user::clean_name;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// Most roles of one workspace.
pub const MAX_ROLES: usize = 100;

/// A role as its maker wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRole {
    /// Its name, as typed.
    pub name: String,
    /// The built-in role whose sign-in rules and rank it has.
    pub based_on: Role,
    /// What it permits.
    pub permissions: Permissions,
}

/// Why there is no such role.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RoleError {
    /// The name is empty, too long, or that of a built-in role.
    #[error("a role cannot be called that")]
    Name,
    /// Another role of the workspace has the name.
    #[error("another role has that name")]
    NameTaken,
    /// The base is no role to base one on, or a permission is the owner's alone.
    #[error("no role of a workspace's own making is of that kind")]
    Unsound,
    /// The role, as it is or as it would be, permits what whoever acts may not do themselves (R97).
    #[error("the role permits more than whoever acts may do")]
    BeyondOwn,
    /// There are [`MAX_ROLES`] already.
    #[error("there are too many roles already")]
    TooMany,
    /// There is no such role.
    #[error("there is no such role")]
    Gone,
    /// Without what its holders may do now nobody who may change the settings would get in (R105).
    #[error("without what the role permits now nobody who may change the settings would get in")]
    LastWayIn,
    /// Somebody else changed it in the meantime.
    #[error("the role was changed in the meantime")]
    ChangedMeanwhile,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// The name of a role as it is kept.
pub(crate) fn name_of(typed: &str) -> Result<String, RoleError> {
    let name = clean_name(typed);
    if CustomRole::is_name(&name) {
        Ok(name)
    } else {
        Err(RoleError::Name)
    }
}

/// Makes a role.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    wanted: WantedRole,
) -> Result<CustomRole, RoleError> {
    let now = context.now();
    let role = CustomRole {
        id: RoleId::random(context.entropy()),
        workspace: workspace.id,
        name: name_of(&wanted.name)?,
        based_on: wanted.based_on,
        permissions: wanted.permissions,
        created_at: now,
    };
    if !CustomRole::is_sound(role.based_on, role.permissions) {
        return Err(RoleError::Unsound);
    }
    if !acting.rights.reach(role.rights()) {
        return Err(RoleError::BeyondOwn);
    }
    if context.ports.roles.list(workspace.id).await?.len() >= MAX_ROLES {
        return Err(RoleError::TooMany);
    }
    let audit = context
        .audit_of(workspace.id, acting, None, AuditAction::RoleCreated, now)
        .with_detail(format!("{}: {}", role.name, role.permissions.to_names()));
    match context.ports.roles.create(role.clone(), audit).await? {
        RoleCreated::Created => Ok(role),
        RoleCreated::NameTaken => Err(RoleError::NameTaken),
    }
}
