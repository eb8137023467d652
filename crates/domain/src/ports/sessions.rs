//! Sessions.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::client::Client;
use crate::ids::{FlowId, SessionId, UserId, WorkspaceId};
use crate::secret::{PasswordDigest, TokenDigest};
use crate::session::SessionView;
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
}

/// Opens, checks and ends sessions.
///
/// # Contract
/// - `open` MUST be one transaction, and MUST open nothing if the person's credentials version is not the grant's any
///   more or the person is not active. It MUST give back `refunds` and forget `clears` in the same transaction. At most [`crate::session::MAX_SESSIONS_PER_USER`] stay.
/// - `check` MUST refuse, from the very next call on the same node, whatever was ended here or by a command beside the
///   server, and within a second what was ended on another node (G3). It MUST NOT write.
/// - A check of an unknown, ended, expired or idle token answers `None`, alike.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session.
    async fn open(&self, open: OpenSession) -> PortResult<Opened>;

    /// Answers from memory, if memory can answer: the outer `None` means "ask [`check`](Self::check)".
    fn peek(&self, token: &TokenDigest, now: Timestamp) -> Option<Option<std::sync::Arc<SessionView>>>;

    /// Who this is, or `None`.
    async fn check(&self, token: &TokenDigest, now: Timestamp) -> PortResult<Option<std::sync::Arc<SessionView>>>;

    /// Ends one session by its token. `false` if it was not live.
    async fn end(&self, workspace: WorkspaceId, token: &TokenDigest, audit: AuditEntry) -> PortResult<bool>;

    /// Ends all sessions of a person, and says how many.
    async fn end_all(&self, workspace: WorkspaceId, user: UserId, audit: AuditEntry) -> PortResult<u64>;

    /// Writes down coalesced last uses and removes sessions that are over. Called by a worker.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
