//! Accounts that are deleted: undone for a while, and gone for good afterwards.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::one_time::Link;
use crate::secret::TokenDigest;
use crate::time::Timestamp;

/// An account to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletePerson {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// The link that undoes it, if its owner gets one.
    pub link: Option<Link>,
    /// The mails that tell of it.
    pub notices: Vec<NewMail>,
    /// When.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonDeleted {
    /// It is deleted.
    Deleted,
    /// There is nobody, or it was deleted before.
    NoSuchPerson,
    /// Nobody who owns the workspace, and may come in, would be left (A8).
    LastOwner,
}

/// A deletion to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePerson {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// The link that it is undone by; none where staff does it.
    pub token: Option<TokenDigest>,
    /// The mails that tell of it.
    pub notices: Vec<NewMail>,
    /// When.
    pub now: Timestamp,
}

/// Keeps what is deleted, for as long as it can be undone.
///
/// # Contract
/// - Each write MUST be one transaction with its audit row, mails and link.
/// - `delete` MUST raise the credentials version, end all sessions and attempts, and void every other link and portal link;
///   addresses, identities and connections stay with the account, and are nobody else's. Of two owners who are deleted at
///   the same moment one MUST stay (A8).
/// - `restore` MUST bring the account back as it was: as active, or disabled, as it had been. A token MUST be redeemed by
///   the same transaction, once. It revives no session and no link.
/// - `remove` MUST do it only where the account was deleted `before` that instant, and MUST leave nothing that tells whose
///   it was: the account with all that hangs on it goes, receipts and the mail log forget address and words of the mail
///   server, mails that wait are not sent. Rows of the audit log keep the id.
/// - Of any number of parallel calls for one account one is told that it did it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Departures: Send + Sync {
    /// Deletes an account, for the time being.
    async fn delete(&self, delete: DeletePerson, audit: AuditEntry) -> PortResult<PersonDeleted>;

    /// When an account was deleted; `None` where it was not.
    async fn deleted_at(&self, workspace: WorkspaceId, user: UserId) -> PortResult<Option<Timestamp>>;

    /// Undoes a deletion. `false` if there is nothing (any more) to undo.
    async fn restore(&self, restore: RestorePerson, audit: AuditEntry) -> PortResult<bool>;

    /// Accounts that were deleted before that instant, of all workspaces, oldest first.
    async fn due(&self, before: Timestamp, limit: u32) -> PortResult<Vec<(WorkspaceId, UserId)>>;

    /// Removes such an account for good.
    async fn remove(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        before: Timestamp,
        audit: AuditEntry,
    ) -> PortResult<bool>;
}
