//! People who call (C10), and accounts that are deleted.

use doorward_domain::caller_challenge::CallerChallenge;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{CallerChallengeId, UserId};
use doorward_domain::ports::{ChallengeTried, PortError};
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::account::answer_caller::{self, StopPage, Stopped};
use crate::account::delete_account::{self, DeletedAccount, RestoredAccount};
use crate::context::{Acting, Caller, Context};
use crate::outcome::SignInError;
use crate::people::challenge_caller::{self, CallerError, CallerRequest};
use crate::people::delete_person::{self, DeletePersonError};
use crate::people::reset_two_factor;
use crate::people::set_temporary_password::{self, TemporaryPassword};

impl Auth {
    /// People who call, and what is done for them.
    pub const fn callers(&self) -> CallerDesk<'_> {
        CallerDesk(&self.context)
    }

    /// Accounts that are deleted.
    pub const fn departures(&self) -> DepartureDesk<'_> {
        DepartureDesk(&self.context)
    }
}

/// People who call, and what is done for them (C10).
#[derive(Debug, Clone, Copy)]
pub struct CallerDesk<'a>(&'a Context);

impl CallerDesk<'_> {
    /// Begins a challenge.
    pub async fn challenge(
        self,
        acting: &Acting,
        workspace: &Workspace,
        request: CallerRequest,
    ) -> Result<CallerChallenge, CallerError> {
        challenge_caller::run(self.0, acting, workspace, request).await
    }

    /// The challenge of that id about that person, if whoever looks began it.
    pub async fn look(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
        id: CallerChallengeId,
    ) -> Result<Option<CallerChallenge>, PortError> {
        challenge_caller::look(self.0, acting, workspace, user, id).await
    }

    /// Tries the code that the caller read out.
    pub async fn try_code(
        self,
        acting: &Acting,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
        typed: &str,
    ) -> Result<ChallengeTried, CallerError> {
        challenge_caller::try_code(self.0, acting, workspace, (user, id), typed).await
    }

    /// What waits or is open about a person, newest first.
    pub async fn under_way(self, workspace: &Workspace, user: UserId) -> Result<Vec<CallerChallenge>, PortError> {
        challenge_caller::under_way(self.0, workspace, user).await
    }

    /// Takes a challenge, or what was announced, back.
    pub async fn cancel(
        self,
        acting: &Acting,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
    ) -> Result<bool, CallerError> {
        challenge_caller::cancel(self.0, acting, workspace, (user, id)).await
    }

    /// Makes a temporary password, told here and never again (C2).
    pub async fn set_password(
        self,
        acting: &Acting,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
    ) -> Result<TemporaryPassword, CallerError> {
        set_temporary_password::run(self.0, acting, workspace, (user, id)).await
    }

    /// Resets the second factor (C2).
    pub async fn reset_two_factor(
        self,
        acting: &Acting,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
    ) -> Result<(), CallerError> {
        reset_two_factor::run(self.0, acting, workspace, (user, id)).await
    }

    /// Does what was announced long enough, and says how many.
    pub async fn carry_out_due(self) -> Result<u64, PortError> {
        reset_two_factor::run_due(self.0).await
    }

    /// What staff asks of somebody at present.
    pub async fn waiting(self, workspace: &Workspace, user: UserId) -> Result<Vec<CallerChallenge>, PortError> {
        answer_caller::waiting(self.0, workspace, user).await
    }

    /// "Yes, it's me", in a session of that person. `false` if nothing waits for that (any more).
    pub async fn confirm(
        self,
        caller: &Caller,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
    ) -> Result<bool, SignInError> {
        answer_caller::confirm(self.0, caller, workspace, (user, id)).await
    }

    /// "No", by that person. `false` if there is nothing to refuse (any more).
    pub async fn refuse(
        self,
        caller: &Caller,
        workspace: &Workspace,
        (user, id): (UserId, CallerChallengeId),
    ) -> Result<bool, SignInError> {
        answer_caller::refuse(self.0, caller, workspace, (user, id)).await
    }

    /// Looks at the link that stops what was announced; changes nothing (R34).
    pub async fn look_at_stop(self, workspace: &Workspace, token: &RawToken) -> Result<StopPage, SignInError> {
        answer_caller::look(self.0, workspace, token).await
    }

    /// Stops what was announced.
    pub async fn stop(self, caller: &Caller, workspace: &Workspace, token: &RawToken) -> Result<Stopped, SignInError> {
        answer_caller::run(self.0, caller, workspace, token).await
    }
}

/// Accounts that are deleted, by staff or by their owners.
#[derive(Debug, Clone, Copy)]
pub struct DepartureDesk<'a>(&'a Context);

impl DepartureDesk<'_> {
    /// Deletes somebody, and says until when that can be undone.
    pub async fn delete(
        self,
        acting: &Acting,
        workspace: &Workspace,
        user: UserId,
    ) -> Result<Timestamp, DeletePersonError> {
        delete_person::run(self.0, acting, workspace, user).await
    }

    /// Undoes it.
    pub async fn restore(self, acting: &Acting, workspace: &Workspace, user: UserId) -> Result<(), DeletePersonError> {
        delete_person::restore(self.0, acting, workspace, user).await
    }

    /// Until when the deletion of somebody can be undone; `None` where they are not deleted.
    pub async fn undone_until(self, workspace: &Workspace, user: UserId) -> Result<Option<Timestamp>, PortError> {
        delete_person::undone_until(self.0, workspace, user).await
    }

    /// Removes for good whoever was deleted long enough ago, and says how many.
    pub async fn remove_due(self) -> Result<u64, PortError> {
        delete_person::remove_due(self.0).await
    }

    /// Deletes one's own account.
    pub async fn delete_own(
        self,
        caller: &Caller,
        workspace: &Workspace,
        proof: FreshProof,
    ) -> Result<DeletedAccount, SignInError> {
        delete_account::run(self.0, caller, workspace, proof).await
    }

    /// Whether the link still undoes a deletion; looking changes nothing (R34).
    pub async fn look_at_restore(self, workspace: &Workspace, token: &RawToken) -> Result<bool, SignInError> {
        delete_account::look(self.0, workspace, token).await
    }

    /// Undoes the deletion of one's own account by its link.
    pub async fn restore_own(
        self,
        caller: &Caller,
        workspace: &Workspace,
        token: &RawToken,
    ) -> Result<RestoredAccount, SignInError> {
        delete_account::restore(self.0, caller, workspace, token).await
    }
}
