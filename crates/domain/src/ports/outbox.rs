//! The outbox: mails that are promised and not yet delivered.

use async_trait::async_trait;

use super::error::PortResult;
use crate::email_address::EmailKey;
use crate::ids::{MailId, WorkspaceId};
use crate::mail::{Delivery, LeasedMail, MailTrace, NewMail, SentMail};
use crate::time::Timestamp;

/// How full the outbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxDepth {
    /// Mails that wait.
    pub queued: u64,
    /// When the oldest of them was asked for.
    pub oldest: Option<Timestamp>,
}

/// Keeps mails until they are delivered or of no use any more.
///
/// # Contract
/// - A mail is encrypted at rest and its content wiped as soon as it is not queued any more (R29).
/// - Of any number of workers, one holds the lease of a mail at a time; a lease ends by itself at `until` (R110).
/// - `record` MUST change nothing and say `false` if the lease is not held any more (a worker that slept).
/// - Recording that a mail expired MUST write [`AuditEntry::mail_expired`](crate::audit::AuditEntry::mail_expired) in the
///   same transaction (R110).
/// - `lease` MUST hand out only mails whose next try is due, oldest first, expired ones included.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts a mail in on its own (tests by the operator).
    async fn enqueue(&self, mail: NewMail) -> PortResult<()>;

    /// Leases up to `limit` due mails until `until`, under the lease id given.
    async fn lease(
        &self,
        lease: uuid::Uuid,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> PortResult<Vec<LeasedMail>>;

    /// Records what became of a try, with a line of the mail's timeline.
    async fn record(&self, id: MailId, lease: uuid::Uuid, delivery: Delivery, now: Timestamp) -> PortResult<bool>;

    /// The last mails to an address, newest first, without content (C5).
    async fn last_to(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<MailTrace>>;

    /// How full it is.
    async fn depth(&self) -> PortResult<OutboxDepth>;
}

/// Hands one message to whoever carries it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DevelopmentMailbox: Send + Sync {
    /// Every mail kept, newest first; only those to `to`, if given.
    async fn list(&self, to: Option<String>) -> Vec<SentMail>;
}
