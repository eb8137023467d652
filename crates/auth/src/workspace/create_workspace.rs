//! Making a workspace with its first owner (R104: no default account, no default password).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{PortError, WorkspaceCreated};
use doorward_domain::role::Role;
use doorward_domain::secret::Password;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::workspace::{Portal, Slug, Workspace};
use thiserror::Error;

use crate::context::Context;
use crate::people::create_user::{self, CreateUser, CreateUserError, CreatedUser};

/// A workspace to be made.
#[derive(Debug, Clone)]
pub struct CreateWorkspace {
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// Address of the first owner.
    pub owner: EmailAddress,
    /// The owner's first password. Without one they get a link that sets it.
    pub owner_password: Option<Password>,
    /// Areas and look.
    pub portal: Portal,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct CreatedWorkspace {
    /// The workspace.
    pub workspace: Workspace,
    /// The owner; with the link that sets their first password, shown once, unless it is set already.
    pub owner: CreatedUser,
}

/// Why no workspace was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CreateWorkspaceError {
    /// Somebody has that slug.
    #[error("a workspace with that address exists already")]
    Taken,
    /// The owner could not be made.
    #[error(transparent)]
    Owner(#[from] CreateUserError),
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Makes a workspace and its owner, who is vouched for by the operator.
pub(crate) async fn run(
    context: &Context,
    actor: Actor,
    request: CreateWorkspace,
) -> Result<CreatedWorkspace, CreateWorkspaceError> {
    let now = context.now();
    let workspace = Workspace {
        id: WorkspaceId::random(context.entropy()),
        slug: request.slug,
        name: request.name,
        hosts: Vec::new(),
        portal: request.portal,
        security: SecuritySettings::default(),
        own_providers: Vec::new(),
        provisional: None,
        created_at: now,
    };
    let audit = context.audit(
        workspace.id,
        actor.clone(),
        None,
        AuditAction::WorkspaceCreated,
        None,
        now,
    );
    let owner = CreateUser {
        workspace: workspace.clone(),
        address: request.owner,
        name: String::new(),
        role: Role::Owner,
        verified: true,
        with_link: request.owner_password.is_none(),
        password: request.owner_password,
    };
    // Before anything is written: a password that will not do would else leave a workspace that nobody owns.
    let (first, owner) = create_user::prepare(context, actor, owner).await?.into_first_owner();
    let workspaces = &context.ports.workspaces;
    match workspaces.create(workspace.clone(), Some(first), audit).await? {
        WorkspaceCreated::Taken => Err(CreateWorkspaceError::Taken),
        WorkspaceCreated::Created => Ok(CreatedWorkspace { workspace, owner }),
    }
}
