//! The mail log: what is told of mails, and what is heard of them afterwards.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::bounce::Returned;
use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{MailId, WorkspaceId};
use crate::mail::MailTrace;
use crate::mail_log::{MailQuery, MailStory, Reachability};
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// To whom a mail was addressed, for whoever hears of it from outside and knows no more than its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// Whose mail it is.
    pub workspace: WorkspaceId,
    /// The recipient.
    pub to: EmailAddress,
    /// The person, if known.
    pub user: Option<crate::ids::UserId>,
}

/// Reads the mail log (C5), and takes down what is heard of mails after they were handed over.
///
/// # Contract
/// - Nothing that this port hands out MUST hold a body, a code, a link or a token (R113).
/// - A code or link that was used MUST stand in the timeline of the mail that carried it, written in the transaction that
///   used it. So does who asked for a mail, where that is known.
/// - `opened` MUST change nothing but the timeline (R34), once for each mail.
/// - `returned` MUST be one transaction with its audit row, and MUST change nothing the second time.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait MailLog: Send + Sync {
    /// A page of mails, newest first.
    async fn page(&self, workspace: WorkspaceId, query: MailQuery) -> PortResult<Vec<MailTrace>>;

    /// All that is told of one mail.
    async fn find(&self, workspace: WorkspaceId, id: MailId, now: Timestamp) -> PortResult<Option<MailStory>>;

    /// Whether mail arrives at each of these addresses, in their order.
    async fn reachability(&self, workspace: WorkspaceId, addresses: Vec<EmailKey>) -> PortResult<Vec<Reachability>>;

    /// Takes down that the page behind a link was opened.
    async fn opened(&self, workspace: WorkspaceId, link: &TokenDigest, now: Timestamp) -> PortResult<()>;

    /// To whom the mail of that id was addressed, in whatever workspace.
    async fn addressed(&self, id: MailId) -> PortResult<Option<Addressed>>;

    /// Takes down what another server says of a mail that it had taken. One that failed is not tried any more, and its
    /// content is wiped. Says whether anything was changed.
    async fn returned(&self, id: MailId, returned: Returned, words: String, audit: AuditEntry) -> PortResult<bool>;

    /// Makes a mail that waits for its next try due now. Says whether there is such a mail.
    async fn try_now(&self, workspace: WorkspaceId, id: MailId, audit: AuditEntry) -> PortResult<bool>;
}
