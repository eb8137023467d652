//! Challenges to people who call, and what is done on the strength of them.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::{Actor, AuditEntry};
use crate::caller_challenge::{CallerAction, CallerChallenge, CallerEnd};
use crate::ids::{CallerChallengeId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::Link;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::time::Timestamp;

/// A challenge to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginChallenge {
    /// The challenge.
    pub challenge: CallerChallenge,
    /// What is kept of its code, if one is sent.
    pub code: Option<TokenDigest>,
    /// Links that stop it.
    pub links: Vec<Link>,
    /// The mails.
    pub mails: Vec<NewMail>,
}

/// A code that was read out, and typed by whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryChallenge {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which challenge.
    pub id: CallerChallengeId,
    /// Who types it.
    pub asked_by: Actor,
    /// What would be kept of that code; `None` for what cannot be a code.
    pub code: Option<TokenDigest>,
    /// When.
    pub now: Timestamp,
    /// Until when it can be gone on with, if the code is right.
    pub open_until: Timestamp,
    /// The row for a right code.
    pub proved: AuditEntry,
    /// The row for a wrong one.
    pub failed: AuditEntry,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeTried {
    /// The code is right.
    Proved,
    /// It is not; so many tries are left.
    Wrong(u32),
    /// There is nothing to try: no such challenge of theirs, or it is over. Nothing was written.
    Closed,
}

/// The end of a challenge without anything done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndChallenge {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which.
    pub id: CallerChallengeId,
    /// Whom it is about.
    pub user: UserId,
    /// [`CallerEnd::Refused`] or [`CallerEnd::Cancelled`].
    pub how: CallerEnd,
    /// The mails that tell of it.
    pub mails: Vec<NewMail>,
    /// When.
    pub now: Timestamp,
}

/// What is done to somebody who called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerEffect {
    /// That password is theirs, until then.
    TemporaryPassword {
        /// What is kept of it.
        password: PasswordDigest,
        /// Until when it opens anything.
        until: Timestamp,
    },
    /// App and backup codes are forgotten.
    ResetTwoFactor {
        /// And all passkeys.
        passkeys: bool,
    },
}

/// What a challenge was for, done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarryOut {
    /// Where.
    pub workspace: WorkspaceId,
    /// The challenge that it rests on, and is spent by it.
    pub id: CallerChallengeId,
    /// Who asked for it.
    pub asked_by: Actor,
    /// Whom it is done to.
    pub user: UserId,
    /// What it is.
    pub action: CallerAction,
    /// What that changes.
    pub effect: CallerEffect,
    /// The mails that tell of it.
    pub notices: Vec<NewMail>,
    /// When.
    pub now: Timestamp,
}

/// Keeps challenges to people who call (C10).
///
/// # Contract
/// - Each write MUST be one transaction with its audit row, mails and links.
/// - `begin` MUST end ([`CallerEnd::Cancelled`]) whatever still waits or is open between the same asker and person, for
///   the same action, in the same way: its tries cannot be had twice.
/// - `try_code` MUST count a wrong code by the same statement that reads what is left, so that parallel tries get no more
///   of them (R22), and MUST know the challenge only by workspace, id and asker together.
/// - `carry_out` MUST do it only where the challenge is open ([`CallerChallenge::admits`]) at that moment; of any number of
///   parallel calls one is told `true` (R28). It MUST raise the credentials version and end all sessions, codes and links
///   that set a password, as [`Credentials::set_password`](super::Credentials::set_password) does; a reset of the second
///   factor MUST do what [`Factors::disable_app`](super::Factors::disable_app) does, where there is one. Nothing MUST be
///   done to somebody who is deleted.
/// - Sessions that it ends MUST be refused by the very next check on this node, and within a second elsewhere (G3).
/// - What is over MUST be remembered for 30 days.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CallerChallenges: Send + Sync {
    /// Begins a challenge.
    async fn begin(&self, begin: BeginChallenge, audit: AuditEntry) -> PortResult<()>;

    /// The challenge of that id.
    async fn find(&self, workspace: WorkspaceId, id: CallerChallengeId) -> PortResult<Option<CallerChallenge>>;

    /// What waits or is open about a person, newest first.
    async fn of_person(&self, workspace: WorkspaceId, user: UserId, now: Timestamp)
    -> PortResult<Vec<CallerChallenge>>;

    /// Tries a code.
    async fn try_code(&self, tried: TryChallenge) -> PortResult<ChallengeTried>;

    /// Marks a challenge that waits for a session of that person as proved, until then open. `false` if there is none
    /// (any more).
    async fn confirm(
        &self,
        workspace: WorkspaceId,
        id: CallerChallengeId,
        user: UserId,
        open_until: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Ends a challenge that waits or is open. `false` if there is none (any more).
    async fn end(&self, end: EndChallenge, audit: AuditEntry) -> PortResult<bool>;

    /// Does what an open challenge is for. `false` if it is not open (any more).
    async fn carry_out(&self, carry_out: CarryOut, audit: AuditEntry) -> PortResult<bool>;

    /// What was announced long enough, and happens by itself, of all workspaces, oldest first.
    async fn due(&self, now: Timestamp, limit: u32) -> PortResult<Vec<CallerChallenge>>;
}
