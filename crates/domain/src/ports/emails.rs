//! The addresses of an account (A5).

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::email_address::EmailAddress;
use crate::ids::{EmailId, SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::{EmailChange, Link};
use crate::secret::TokenDigest;
use crate::time::Timestamp;
use crate::user::UserEmail;

/// A mail that tells of a change of addresses, with the link that undoes it (R48).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertNotice {
    /// The link; `None` for a mailbox that has no say in it.
    pub link: Option<Link>,
    /// The mail that carries it.
    pub mail: NewMail,
}

/// An address to be added, unproved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddEmail {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// Id of the new address.
    pub id: EmailId,
    /// The address.
    pub address: EmailAddress,
    /// At most this many at one account.
    pub limit: u32,
    /// The link that proves it; `None` where it is proved on somebody else, and the mailbox is only told so.
    pub link: Option<Link>,
    /// What the new address is told; `None` where its budget for mails is used up.
    pub mail: Option<NewMail>,
    /// What the others are told.
    pub notices: Vec<RevertNotice>,
    /// When.
    pub now: Timestamp,
}

/// Whether an address could be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailAdded {
    /// It was.
    Added,
    /// It is theirs already.
    AlreadyTheirs,
    /// The account has as many as one may have.
    TooMany,
    /// The person is gone.
    NobodyThere,
}

/// How a change of an address ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChanged {
    /// Done.
    Done,
    /// There is no such address on the account (any more).
    Gone,
    /// It is not proved yet, so it cannot become the primary one.
    Unproved,
    /// It is the primary one, so it cannot be removed (A5).
    Primary,
    /// Without it there would be no proved address left (R49).
    LastVerified,
}

/// How the proof of an address by a mailed link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailVerified {
    /// It is proved and signs its owner in from now on.
    Verified,
    /// The link was used, expired or voided, or the address was removed in the meantime.
    LinkGone,
    /// Somebody else proved the address first.
    TakenElsewhere,
}

/// How undoing a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailReverted {
    /// It is undone, and all sessions of the account are ended.
    Reverted(EmailChange),
    /// The link was used, expired or voided.
    LinkGone,
    /// The address has been proved on somebody else in the meantime.
    TakenElsewhere,
}

/// Changes the addresses of accounts.
///
/// # Contract
/// - Each method MUST be one transaction with its notices and audit row, and MUST take changes of one account one after
///   the other: under any concurrency an account with a primary address keeps exactly one, which is proved once it was,
///   and at least one proved address (R49).
/// - An address MUST be proved on one account of a workspace at most (R48).
/// - What is changed here MUST be what the very next session check tells.
/// - `give_first` MUST raise the credentials version. Of any number of accounts that are given one address at once, one
///   gets it.
/// - `add` MUST NOT let the address sign anybody in (R47).
/// - `verify` and `revert` MUST redeem their link by one conditional write (R28).
/// - `make_primary` and `remove` MUST raise the credentials version and end all sessions but `keep`. `remove` MUST void
///   every link that was sent to the address, save those that undo a change, and end every attempt under way with it; of
///   an address that was only claimed, only attempts of that very person: the others are its real owner's.
/// - `make_primary` MUST void links that set a password and were sent to the address before.
/// - `revert` MUST restore what the link tells, end all sessions of the account, void its links that set a password and
///   its attempts, and raise the credentials version: [`EmailChange::Added`] removes the address again, with all links
///   that were sent to it (the mailbox that this link was sent to becomes the primary one, if the added one was); [`EmailChange::MadePrimary`] makes the one
///   before primary again, adding it as proved if it is gone; [`EmailChange::Removed`] adds the address again, proved.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Emails: Send + Sync {
    /// Adds an address.
    async fn add(&self, add: AddEmail, audit: AuditEntry) -> PortResult<EmailAdded>;

    /// Proves an address by the link that was mailed to it.
    async fn verify(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        notices: Vec<RevertNotice>,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailVerified>;

    /// Gives an account that has no address at all one that its owner has just proved, as the primary one. `false`, and
    /// nothing is written, if the account is gone or has an address, or if anybody has that one.
    async fn give_first(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        email: UserEmail,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Makes a proved address the primary one.
    async fn make_primary(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: EmailId,
        keep: Option<SessionId>,
        notices: Vec<RevertNotice>,
        audit: AuditEntry,
    ) -> PortResult<EmailChanged>;

    /// Removes an address.
    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        id: EmailId,
        keep: Option<SessionId>,
        notices: Vec<RevertNotice>,
        audit: AuditEntry,
    ) -> PortResult<EmailChanged>;

    /// Undoes a change by the link that told of it.
    async fn revert(
        &self,
        workspace: WorkspaceId,
        token: &TokenDigest,
        restored: EmailId,
        now: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<EmailReverted>;
}
