//! Mailed links.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::WorkspaceId;
use crate::mail::NewMail;
use crate::one_time::{Link, LinkPurpose, LinkState};
use crate::secret::TokenDigest;
use crate::sign_in::Receipt;
use crate::time::Timestamp;

/// What is written when somebody asks for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLink {
    /// The link; `None` where the mailbox is only told the truth (B16).
    pub link: Option<Link>,
    /// At most this many of one person and purpose stay alive; the oldest go (R32).
    pub live_links: u32,
    /// The mail.
    pub mail: Option<NewMail>,
    /// The receipt.
    pub receipt: Option<Receipt>,
    /// The audit row.
    pub audit: AuditEntry,
}

/// Keeps links.
///
/// # Contract
/// - `issue` MUST be one transaction.
/// - `look` MUST change nothing (R34), and MUST find a link only in its own workspace.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Links: Send + Sync {
    /// Stores a link and puts its mail into the outbox.
    async fn issue(&self, issue: IssueLink) -> PortResult<()>;

    /// Looks at the link with that digest.
    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest, now: Timestamp) -> PortResult<LinkState>;

    /// Redeems a link that changes nothing but what is done with it next: [`LinkPurpose::NotMe`] and
    /// [`LinkPurpose::Recover`]. Of any number of parallel calls one is told `true` (R28).
    async fn redeem(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        purpose: LinkPurpose,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Removes links that ended more than 30 days ago.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
