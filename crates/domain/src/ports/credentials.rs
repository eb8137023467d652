//! Changes of what lets somebody in. Each is one atomic write that also ends what must end with it.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::email_address::EmailKey;
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::secret::{PasswordDigest, TokenDigest};
use crate::sign_in::Receipt;
use crate::time::Timestamp;
use crate::user::UserStatus;

/// The proof of a mailbox, as it changes an account (A2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxProof {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// Which address.
    pub address: EmailKey,
    /// Whether a password set before may stay: only if it was verified in the same attempt. Otherwise it was left by
    /// somebody who never proved the mailbox, and goes, with all sessions and links (R57).
    pub keep_password: bool,
    /// A password to set, if the account has none afterwards (sign-up as a way to claim), and the audit row of that; also
    /// where the address was proved before.
    pub password: Option<(PasswordDigest, AuditEntry)>,
    /// A name to set, if theirs is empty.
    pub name: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// A new password by a mailed link (B14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordReset {
    /// Workspace that the link was opened in.
    pub workspace: WorkspaceId,
    /// SHA-256 of the link's token.
    pub token: TokenDigest,
    /// The new hash.
    pub password: PasswordDigest,
    /// The notices to send to the primary and all verified addresses (R38).
    pub notices: Vec<NewMail>,
    /// The receipt to store.
    pub receipt: Receipt,
    /// When.
    pub now: Timestamp,
}

/// How a reset ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetOutcome {
    /// The password is set; the link and all others of the account are void; all sessions are ended.
    Reset,
    /// The link was used, expired or voided in the meantime; nothing changed.
    LinkGone,
}

/// How a change of somebody's status ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusSet {
    /// It is set.
    Set,
    /// They are the last owner who may come in; nothing changed (R97).
    LastOwner,
    /// There is no such person.
    NoSuchPerson,
}

/// Changes credentials and status.
///
/// # Contract
/// - Each method MUST be one transaction and MUST raise the person's credentials version.
/// - `reset_password` MUST redeem the link by one conditional write, so that of any number of parallel calls with one
///   token exactly one says [`ResetOutcome::Reset`] (R28); it MUST prove the address that the link was sent to, void
///   all links and live codes of the person and end all their sessions (R38). Links that undo a change of addresses, or
///   say that a session was somebody else's, MUST stay: whoever sets a new password would otherwise be rid of them (R48).
/// - `set_password` and `set_status(Disabled)` MUST end all sessions of the person (but `keep`); `set_password` MUST also void all
///   links and live codes of theirs, as a reset does.
/// - `prove_mailbox` (unless `keep_password`) and `reset_password` MUST forget app, backup codes and passkeys of an account
///   of which no mailbox was proved before: a claimant set them up (R57).
/// - `set_password` and `reset_password` MUST leave attempts of [`FlowPurpose::Recovery`](crate::sign_in::FlowPurpose)
///   alone, which go on with the second factor.
/// - `set_status` MUST leave at least one active owner to a workspace that has one, under any concurrency, with
///   [`Roles::give`](super::Roles::give) too (R97).
/// - Ended sessions MUST be refused by the very next check on this node, and within a second elsewhere (G3).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Marks a mailbox as proved, with the audit row given here if it was not proved before. `false` if the person, or the address on them, is gone or is verified on somebody
    /// else. Where the address is proved already, only `password` and `name` are set (each only where there is none),
    /// and the answer is `true`.
    async fn prove_mailbox(&self, proof: MailboxProof, audit: AuditEntry) -> PortResult<bool>;

    /// Sets a password by a link.
    async fn reset_password(&self, reset: PasswordReset, audit: AuditEntry) -> PortResult<ResetOutcome>;

    /// Sets a password by the operator's hand, or by its owner's, whose session `keep` stays. `false` if there is no such
    /// person.
    async fn set_password(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        password: PasswordDigest,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Disables or enables.
    async fn set_status(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        status: UserStatus,
        audit: AuditEntry,
    ) -> PortResult<StatusSet>;
}
