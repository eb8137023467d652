//! Roles, organisations and API keys of a workspace (A8, A9, C9).

use doorward_domain::api_key::ApiKey;
use doorward_domain::ids::{ApiKeyId, OrganisationId, RoleId, UserId};
use doorward_domain::organisation::{ListedOrganisation, Organisation};
use doorward_domain::ports::{OrganisationQuery, PortError};
use doorward_domain::role::{CustomRole, HeldRole, Permissions, RoleChoice};
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::context::{Acting, Context};
use crate::people::give_role::{self, GiveRoleError};
use crate::workspace::create_organisation::{self, OrganisationError};
use crate::workspace::create_role::{self, RoleError, WantedRole};
use crate::workspace::delete_role::{self, DeleteRoleError};
use crate::workspace::{change_organisation, change_role, delete_organisation, revoke_api_key};

impl Auth {
    /// Roles, and who has which (A8).
    pub const fn roles(&self) -> RoleDesk<'_> {
        RoleDesk(&self.context)
    }

    /// Organisations (A9).
    pub const fn organisations(&self) -> OrganisationDesk<'_> {
        OrganisationDesk(&self.context)
    }

    /// Keys of the portal application (C9).
    pub const fn api_keys(&self) -> ApiKeyDesk<'_> {
        ApiKeyDesk(&self.context)
    }
}

/// Roles, and who has which.
#[derive(Debug, Clone, Copy)]
pub struct RoleDesk<'a>(&'a Context);

impl RoleDesk<'_> {
    /// All roles of the workspace's own making, by name, with how many people have each.
    pub async fn list(self, workspace: &Workspace) -> Result<Vec<HeldRole>, PortError> {
        self.0.ports.roles.list(workspace.id).await
    }

    /// The role of that id.
    pub async fn find(self, workspace: &Workspace, id: RoleId) -> Result<Option<CustomRole>, PortError> {
        self.0.ports.roles.find(workspace.id, id).await
    }

    /// Makes a role.
    pub async fn create(
        self,
        acting: &Acting,
        workspace: &Workspace,
        wanted: WantedRole,
    ) -> Result<CustomRole, RoleError> {
        create_role::run(self.0, acting, workspace, wanted).await
    }

    /// Changes name and permissions of a role, for everybody who has it.
    pub async fn change(
        self,
        acting: &Acting,
        workspace: &Workspace,
        id: RoleId,
        (name, permissions): (&str, Permissions),
    ) -> Result<CustomRole, RoleError> {
        change_role::run(self.0, acting, workspace, id, (name, permissions)).await
    }

    /// Removes a role that nobody has.
    pub async fn delete(self, acting: &Acting, workspace: &Workspace, id: RoleId) -> Result<(), DeleteRoleError> {
        delete_role::run(self.0, acting, workspace, id).await
    }

    /// Gives somebody another role.
    pub async fn give(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        role: RoleChoice,
    ) -> Result<(), GiveRoleError> {
        give_role::run(self.0, acting, workspace, user, role).await
    }
}

/// Organisations.
#[derive(Debug, Clone, Copy)]
pub struct OrganisationDesk<'a>(&'a Context);

impl OrganisationDesk<'_> {
    /// A page of organisations, by name.
    pub async fn list(
        self,
        workspace: &Workspace,
        query: OrganisationQuery,
    ) -> Result<Vec<ListedOrganisation>, PortError> {
        self.0.ports.organisations.list(workspace.id, query).await
    }

    /// The organisation of that id.
    pub async fn find(
        self,
        workspace: &Workspace,
        id: OrganisationId,
    ) -> Result<Option<ListedOrganisation>, PortError> {
        self.0.ports.organisations.find(workspace.id, id).await
    }

    /// Makes an organisation.
    pub async fn create(
        self,
        acting: &Acting,
        workspace: &Workspace,
        (name, domains): (&str, &[String]),
    ) -> Result<Organisation, OrganisationError> {
        create_organisation::run(self.0, acting, workspace, (name, domains)).await
    }

    /// Changes name and domains of an organisation.
    pub async fn change(
        self,
        acting: &Acting,
        workspace: &Workspace,
        id: OrganisationId,
        (name, domains): (&str, &[String]),
    ) -> Result<Organisation, OrganisationError> {
        change_organisation::run(self.0, acting, workspace, id, (name, domains)).await
    }

    /// Removes an organisation; `false` if there is none of that id.
    pub async fn delete(self, acting: &Acting, workspace: &Workspace, id: OrganisationId) -> Result<bool, PortError> {
        delete_organisation::run(self.0, acting, workspace, id).await
    }
}

/// Keys of the portal application.
#[derive(Debug, Clone, Copy)]
pub struct ApiKeyDesk<'a>(&'a Context);

impl ApiKeyDesk<'_> {
    /// All keys, whatever became of them, oldest first.
    pub async fn list(self, workspace: &Workspace) -> Result<Vec<ApiKey>, PortError> {
        self.0.ports.api_keys.list(workspace.id).await
    }

    /// Takes a key back; `false` if there is no live one of that id.
    pub async fn revoke(self, acting: &Acting, workspace: &Workspace, id: ApiKeyId) -> Result<bool, PortError> {
        revoke_api_key::run(self.0, acting, workspace, id).await
    }
}
