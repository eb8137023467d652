//! Mailed links.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{SessionId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::{Link, LinkPurpose, LinkState};
use crate::secret::TokenDigest;
use crate::sign_in::{PendingSignIn, Receipt};
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

/// Sessions of a link's person that end when it is redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedSessions {
    /// This one.
    pub session: SessionId,
    /// And all that were opened then or later.
    pub since: Timestamp,
    /// The audit row, written if there was any of them.
    pub audit: AuditEntry,
}

/// A link that changes nothing by itself, with all that is done as it is redeemed: everything happens, or nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedeemLink {
    /// Workspace that the link was opened in.
    pub workspace: WorkspaceId,
    /// SHA-256 of its token.
    pub token: TokenDigest,
    /// What it has to be for.
    pub purpose: LinkPurpose,
    /// When.
    pub now: Timestamp,
    /// Sessions that end.
    pub ends: Option<EndedSessions>,
    /// An attempt that begins.
    pub begins: Option<PendingSignIn>,
    /// A link that is sent.
    pub issues: Option<IssueLink>,
    /// Further mails.
    pub mails: Vec<NewMail>,
    /// The receipt.
    pub receipt: Option<Receipt>,
    /// The audit rows.
    pub audit: Vec<AuditEntry>,
}

/// Keeps links.
///
/// # Contract
/// - `issue` and `redeem` MUST each be one transaction.
/// - Sessions that `redeem` ends MUST be refused by the very next check on this node, and within a second elsewhere (G3).
/// - `look` MUST change nothing (R34), and MUST find a link only in its own workspace.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Links: Send + Sync {
    /// Stores a link and puts its mail into the outbox.
    async fn issue(&self, issue: IssueLink) -> PortResult<()>;

    /// Looks at the link with that digest.
    async fn look(&self, workspace: WorkspaceId, token: &TokenDigest, now: Timestamp) -> PortResult<LinkState>;

    /// Redeems a link, [`LinkPurpose::NotMe`] or [`LinkPurpose::Recover`]. Of any number of parallel calls one is told
    /// `true` (R28); where the answer is `false`, nothing was written.
    async fn redeem(&self, redeem: RedeemLink) -> PortResult<bool>;

    /// Removes links that ended more than 30 days ago.
    async fn sweep(&self, now: Timestamp) -> PortResult<u64>;
}
