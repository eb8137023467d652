//! Second factors.

use async_trait::async_trait;

use super::error::PortResult;
use crate::audit::AuditEntry;
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::mail::NewMail;
use crate::second_factor::{BackupSet, FactorRecord, PendingApp};
use crate::time::Timestamp;

/// An app to be turned on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnableApp {
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// The app that was set up, as it was when its first code was checked; another one in the meantime is not turned on.
    pub pending: PendingApp,
    /// The time step of that first code: spent by this write (R70).
    pub step: i64,
    /// The backup codes that go with it; they void all earlier ones.
    pub backup: BackupSet,
    /// The only session of theirs that stays (R72); none where they are not signed in yet.
    pub keep: Option<SessionId>,
    /// The version of credentials that must still hold, where a half-signed-in person sets it up (R73).
    pub only_at_version: Option<i64>,
    /// The notices.
    pub notices: Vec<NewMail>,
    /// When.
    pub now: Timestamp,
}

/// An app was turned on by this very call.
#[derive(Debug, PartialEq, Eq)]
pub struct AppEnabled {
    /// The version of credentials afterwards.
    pub credentials_version: i64,
}

/// Keeps second factors.
///
/// # Contract
/// - Secrets MUST be encrypted at rest, bound to workspace and person (R68). A secret that does not open MUST be told as
///   none, and be no reason for `find` to fail: backup codes and the security page do without it. An app that is being set
///   up, and does not open, is none.
/// - `enable_app` MUST turn on only the pending app it is given, once, and only if its step is greater than the last one
///   ever accepted; of any number of parallel calls one is told [`AppEnabled`].
/// - `enable_app` and `disable_app` MUST raise the credentials version and end all sessions of the person but `keep`, in
///   one transaction with audit row and notices. `disable_app` MUST also forget the backup codes and end the person's
///   attempts at the second step.
/// - The last accepted step MUST outlive `disable_app` and a later `enable_app` (R70).
/// - `replace_backup_codes` MUST void all earlier codes by the write that stores the new ones, used ones included.
/// - `find` MUST tell used codes of the present set apart from those that are left: a right code that comes too late is no
///   wrong one (R28).
/// - Spending a factor is the business of [`super::Sessions::open`] and [`super::Sessions::renew`].
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Factors: Send + Sync {
    /// Everything of one person's second factor.
    async fn find(&self, workspace: WorkspaceId, user: UserId) -> PortResult<FactorRecord>;

    /// Remembers an app that is being set up, in place of one that was. `false` if there is no such person.
    async fn begin_app(&self, workspace: WorkspaceId, user: UserId, pending: PendingApp) -> PortResult<bool>;

    /// Turns the app on; `None` if it is not the pending one any more, or its step was used.
    async fn enable_app(&self, enable: EnableApp, audit: AuditEntry) -> PortResult<Option<AppEnabled>>;

    /// Turns the app off. `false` if none was on.
    async fn disable_app(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        keep: Option<SessionId>,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool>;

    /// Puts new backup codes in place of the old. `false` if no app is on.
    async fn replace_backup_codes(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        backup: BackupSet,
        notices: Vec<NewMail>,
        audit: AuditEntry,
    ) -> PortResult<bool>;
}
