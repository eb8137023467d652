//! Workspaces that people make for themselves, and going to them (C8).

use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::secret::RawToken;
use doorward_domain::workspace::{Slug, Workspace};

use super::Auth;
use crate::context::{Caller, Context};
use crate::outcome::SignInError;
use crate::workspace::found_workspace::{self, FoundWorkspace, FoundWorkspaceError, FoundedWorkspace, FoundingView};
use crate::workspace::use_ticket::{self, Arrival};

impl Auth {
    /// Workspaces that people make for themselves.
    pub const fn foundings(&self) -> Foundings<'_> {
        Foundings(&self.context)
    }
}

/// Workspaces that people make for themselves.
#[derive(Debug, Clone, Copy)]
pub struct Foundings<'a>(&'a Context);

impl Foundings<'_> {
    /// Whether anybody but the operator makes workspaces here.
    pub fn is_open(self) -> bool {
        self.0.config.self_service
    }

    /// Begins one, for a stranger: sends a code to their mailbox.
    pub async fn begin(self, caller: &Caller, request: FoundWorkspace) -> Result<FoundingView, FoundWorkspaceError> {
        found_workspace::run(self.0, caller, request).await
    }

    /// One that was begun in this browser; `None` if it is over.
    pub async fn view(self, caller: &Caller, id: WorkspaceId) -> Result<Option<FoundingView>, FoundWorkspaceError> {
        found_workspace::view(self.0, caller, id).await
    }

    /// Sends another code.
    pub async fn send_again(self, caller: &Caller, id: WorkspaceId) -> Result<FoundingView, FoundWorkspaceError> {
        found_workspace::send_again(self.0, caller, id).await
    }

    /// Proves the mailbox by a code, and makes the workspace.
    pub async fn prove(
        self,
        caller: &Caller,
        id: WorkspaceId,
        typed: &str,
    ) -> Result<FoundedWorkspace, FoundWorkspaceError> {
        found_workspace::prove(self.0, caller, id, typed).await
    }

    /// Makes the workspace of somebody whose mailbox is proved.
    pub async fn found(
        self,
        caller: &Caller,
        id: WorkspaceId,
        wanted: (Slug, String),
    ) -> Result<FoundedWorkspace, FoundWorkspaceError> {
        found_workspace::found(self.0, caller, id, wanted).await
    }

    /// Gives somebody who is signed in to `workspace` a ticket to the base host.
    pub async fn ticket(
        self,
        caller: &Caller,
        workspace: &Workspace,
        user: UserId,
    ) -> Result<RawToken, FoundWorkspaceError> {
        use_ticket::issue(self.0, caller, workspace, user).await
    }

    /// Takes such a ticket at the base host.
    pub async fn present(
        self,
        caller: &Caller,
        workspace: &Workspace,
        ticket: &RawToken,
    ) -> Result<WorkspaceId, FoundWorkspaceError> {
        use_ticket::present(self.0, caller, workspace, ticket).await
    }

    /// Takes the ticket with which an owner comes to the workspace that they have just made.
    pub async fn arrive(
        self,
        caller: &Caller,
        workspace: &Workspace,
        ticket: &RawToken,
    ) -> Result<Arrival, SignInError> {
        use_ticket::run(self.0, caller, workspace, ticket).await
    }
}
