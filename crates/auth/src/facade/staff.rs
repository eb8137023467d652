//! What staff do to people (C2).

use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{SessionId, UserId};
use doorward_domain::picture::Picture;
use doorward_domain::ports::{Invitation, PortError};
use doorward_domain::provider::Connection;
use doorward_domain::session::Session;
use doorward_domain::user::{SignInRecord, User};
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::context::{Acting, Context};
use crate::people::bar_person::{self, BarPersonError};
use crate::people::edit_person::{self, EditPersonError, PersonEdit};
use crate::people::invite::{self, AddPersonError, InviteError, NewPerson};
use crate::people::send_password_reset::{self, SendResetError};
use crate::people::{PersonError, sign_out_everywhere};

impl Auth {
    /// What staff do to people.
    pub const fn staff(&self) -> StaffDesk<'_> {
        StaffDesk(&self.context)
    }
}

/// What staff do to people, each only within reach of their own rights (R97).
#[derive(Debug, Clone, Copy)]
pub struct StaffDesk<'a>(&'a Context);

impl StaffDesk<'_> {
    /// Adds somebody, with an invitation or without (R33).
    pub async fn add(self, acting: &Acting, workspace: &Workspace, wanted: NewPerson) -> Result<User, AddPersonError> {
        invite::run(self.0, acting, workspace, wanted).await
    }

    /// Sends somebody without a password an invitation, and says where it went.
    pub async fn invite(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
    ) -> Result<EmailAddress, InviteError> {
        invite::send(self.0, acting, workspace, user).await
    }

    /// The invitation of somebody, if one is under way.
    pub async fn invitation(self, workspace: &Workspace, user: UserId) -> Result<Option<Invitation>, PortError> {
        invite::under_way(self.0, workspace, user).await
    }

    /// Takes the invitations of somebody back. `false` if none was under way.
    pub async fn revoke_invitation(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
    ) -> Result<bool, PersonError> {
        invite::revoke(self.0, acting, workspace, user).await
    }

    /// Sends somebody a reset link, and says where it went.
    pub async fn send_password_reset(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
    ) -> Result<EmailAddress, SendResetError> {
        send_password_reset::run(self.0, acting, workspace, user).await
    }

    /// Edits somebody's record.
    pub async fn edit(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        edit: PersonEdit,
    ) -> Result<User, EditPersonError> {
        edit_person::run(self.0, acting, workspace, user, edit).await
    }

    /// Bars somebody, or lets them in again.
    pub async fn bar(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        barred: bool,
    ) -> Result<(), BarPersonError> {
        bar_person::run(self.0, acting, workspace, user, barred).await
    }

    /// Ends all sessions of somebody, and says how many.
    pub async fn sign_out(self, acting: &Acting, workspace: &Workspace, user: UserId) -> Result<u64, PersonError> {
        sign_out_everywhere::run(self.0, acting, workspace, user).await
    }

    /// Ends one session of somebody. `false` if it is not theirs, or over.
    pub async fn end_session(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        session: SessionId,
    ) -> Result<bool, PersonError> {
        sign_out_everywhere::end_one(self.0, acting, workspace, user, session).await
    }

    /// Somebody with how their account is protected; the hash of their password is left out.
    pub async fn record(self, workspace: &Workspace, user: UserId) -> Result<Option<SignInRecord>, PortError> {
        let found = self.0.ports.users.find_record(workspace.id, user).await?;
        Ok(found.map(|record| SignInRecord {
            password: None,
            ..record
        }))
    }

    /// The live sessions of somebody, the last used first.
    pub async fn sessions(self, workspace: &Workspace, user: UserId) -> Result<Vec<Session>, PortError> {
        self.0.ports.own_sessions.list(workspace.id, user, self.0.now()).await
    }

    /// The identities that are connected to somebody's account.
    pub async fn connections(self, workspace: &Workspace, user: UserId) -> Result<Vec<Connection>, PortError> {
        self.0.ports.connections.list(workspace.id, user).await
    }

    /// The picture of somebody, if there is one.
    pub async fn picture(self, workspace: &Workspace, user: UserId) -> Result<Option<Picture>, PortError> {
        self.0.ports.profiles.picture(workspace.id, user).await
    }
}
