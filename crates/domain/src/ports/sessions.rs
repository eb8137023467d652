//! Sessions.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::client::Client;
use crate::ids::{AuditId, ConnectionId, FlowId, SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::Link;
use crate::second_factor::FactorUse;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::session::{Session, SessionView};
use crate::sign_in::{Grant, Receipt};
use crate::throttle::{Charge, ThrottleKey};
use crate::time::Timestamp;

/// Everything that happens, or does not, when a session opens.
#[derive(Debug)]
pub struct OpenSession {
    /// Leave to do so.
    pub grant: Grant,
    /// Public id of the new session.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token: TokenDigest,
    /// When.
    pub now: Timestamp,
    /// Ends after this long without use, in microseconds (R81).
    pub idle_micros: i64,
    /// Ends then whatever happens (R81).
    pub expires_at: Timestamp,
    /// Who opens it.
    pub client: Client,
    /// A session that the same browser held before; it is dead afterwards (R79).
    pub replaces: Option<TokenDigest>,
    /// A digest with today's parameters to store in place of the old one (R7).
    pub rehash: Option<PasswordDigest>,
    /// The attempt that ends here.
    pub flow: Option<FlowId>,
    /// Charges to give back, one for one, since this try succeeded (R89, R93).
    pub refunds: Vec<Charge>,
    /// Counters to forget: those of the address that has just signed in (R93).
    pub clears: Vec<ThrottleKey>,
    /// What the person is told of it by mail: a device not seen before, a backup code used.
    pub notices: Vec<NewMail>,
    /// Links that go with those mails.
    pub links: Vec<Link>,
    /// With an identity in the grant: the id of the connection to be made, and the audit row to be written with it, if the
    /// identity is connected to no account yet.
    pub connects: Option<(ConnectionId, AuditEntry)>,
    /// Settings on trial that hold for good once this session is open (C3): the change that is on trial, and the audit row
    /// to be written with its end.
    pub confirms: Option<(AuditId, AuditEntry)>,
    /// The receipt.
    pub receipt: Receipt,
    /// The audit row.
    pub audit: AuditEntry,
}

/// A fresh proof in a session: everything that happens, or does not (R11).
#[derive(Debug)]
pub struct RenewSession {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the token that came with the proof; it is dead afterwards (R79).
    pub from: TokenDigest,
    /// SHA-256 of the new token.
    pub token: TokenDigest,
    /// What was proved that is good only once.
    pub spends: Option<FactorUse>,
    /// When.
    pub now: Timestamp,
    /// An attempt that ends here: that of an emailed code.
    pub flow: Option<FlowId>,
    /// Charges to give back.
    pub refunds: Vec<Charge>,
    /// Counters to forget.
    pub clears: Vec<ThrottleKey>,
    /// What the person is told of it by mail: a backup code used.
    pub notices: Vec<NewMail>,
    /// The receipt.
    pub receipt: Receipt,
    /// The audit row.
    pub audit: AuditEntry,
}

/// Whether a session opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It did: who this is.
    Open(Box<SessionView>),
    /// Credentials or status changed since the decision; nothing was written.
    CredentialsChanged,
    /// What the grant spends was spent before: a time step of the app, a backup code; or the passkey is gone. Nothing was
    /// written (R70, R74).
    FactorSpent,
    /// The identity was connected to another account meanwhile. Nothing was written (R57).
    IdentityTaken,
}

/// Whether a session was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// It was: who this is.
    Renewed(Box<SessionView>),
    /// The session is over, or goes on under another token than the one that came with the proof. Nothing was written.
    Gone,
    /// What is to be spent was spent before. Nothing was written.
    FactorSpent,
}

/// Opens, checks and ends sessions.
///
/// # Contract
/// - `open` MUST be one transaction, and MUST open nothing if the person's credentials version is not the grant's any
///   more or the person is not active. It MUST give back `refunds` and forget `clears` in the same transaction. At most [`crate::session::MAX_SESSIONS_PER_USER`] stay.
/// - `open` and `renew` MUST spend what they are given in the same transaction, by a conditional write: of any number of
///   parallel calls with one time step, or one backup code, one is `Open` or `Renewed` and the others are `FactorSpent`. A
///   time step MUST be greater than the last one accepted, and is so from then on (R70). Using a passkey MUST store its
///   new state and `last_used_at`, and MUST be `FactorSpent` where its state is not the one any more that the answer was
///   checked against (R76).
/// - `open` MUST, where the grant carries an identity, connect it to the person unless it is already, in the same
///   transaction: it notes the use and the label of a connection that exists, raises no credentials version, and is
///   `IdentityTaken` where it is connected to another account. An identity by which the helpdesk knew another account
///   (A1) MUST be taken off that one.
/// - `open` MUST, in the same transaction, have the settings that it `confirms` hold for good, with their audit row and by
///   a change of [`Workspaces::edition`](super::Workspaces::edition); unless the trial of exactly that change is not under
///   way at its time any more, which takes nothing from the session. What opens nothing confirms nothing. Of any number of
///   parallel calls, and of [`DoorSettings::revert`](super::DoorSettings::revert), on any node, one at most ends a trial.
/// - `open` MUST write, in the same transaction, the row of
///   [`AuditEntry::of_displaced`](crate::audit::AuditEntry::of_displaced) for each live session that it ends.
/// - `renew` MUST keep id, age and end of the session, set `proved_at`, and make the old token dead from the very next
///   check on, as an ended one is. Of any number of parallel calls with one old token, one is `Renewed` and the others are
///   `Gone` (R79).
/// - `check` MUST refuse, from the very next call on the same node, whatever was ended here or by a command beside the
///   server, and within a second what was ended on another node (G3). It MUST NOT write.
/// - A check of an unknown, ended, expired or idle token answers `None`, alike.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session.
    async fn open(&self, open: OpenSession) -> PortResult<Opened>;

    /// Gives a session a new token after a fresh proof.
    async fn renew(&self, renew: RenewSession) -> PortResult<Renewed>;

    /// Answers from memory, if memory can answer: the outer `None` means "ask [`check`](Self::check)".
    fn peek(&self, token: &TokenDigest, now: Timestamp) -> Option<Option<std::sync::Arc<SessionView>>>;

    /// Who this is, or `None`.
    async fn check(&self, token: &TokenDigest, now: Timestamp) -> PortResult<Option<std::sync::Arc<SessionView>>>;

    /// Ends one session by its token. `false` if it was not live.
    async fn end(&self, workspace: WorkspaceId, token: &TokenDigest, audit: AuditEntry) -> PortResult<bool>;

    /// Ends all sessions of a person but `keep`, and says how many.
    async fn end_all(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        audit: AuditEntry,
    ) -> PortResult<u64>;

    /// Writes down coalesced last uses and removes sessions that are over. Called by a worker.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}

/// The sessions of one person, as they see them (A7).
///
/// # Contract
/// - `list` MUST tell live sessions only, the last used first, with a last use that is at most a minute old.
/// - `end` MUST end a session of that person only, with the figures of [`Sessions::end`].
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OwnSessions: Send + Sync {
    /// All live sessions of a person.
    async fn list(&self, workspace: WorkspaceId, user: UserId, now: Timestamp) -> PortResult<Vec<Session>>;

    /// Ends one. `false` if it is not theirs, or over.
    async fn end(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        session: SessionId,
        audit: AuditEntry,
    ) -> PortResult<bool>;
}
