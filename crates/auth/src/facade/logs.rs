//! The logs of mail and of actions.

use doorward_domain::audit::Actor;
use doorward_domain::audit_chain::Seal;
use doorward_domain::audit_log::{AuditFilter, AuditQuery, AuditRow};
use doorward_domain::bounce::BounceReport;
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{MailId, UserId, WorkspaceId};
use doorward_domain::mail::MailTrace;
use doorward_domain::mail_log::{MailQuery, MailStory, Reachability, SendAgain};
use doorward_domain::ports::PortResult;
use doorward_domain::secret::TokenDigest;
use doorward_domain::workspace::Workspace;

use super::Auth;
use crate::context::{Acting, Context};
use crate::logs::export_audit::{self, AuditExport};
use crate::logs::keep_logs::{self, Removed};
use crate::logs::send_again::{self, SendAgainError};
use crate::logs::send_test_mail::{self, TestMailError};
use crate::logs::take_bounce::{self, BounceTaken};
use crate::logs::verify_audit::{self, AuditCheck};
use crate::logs::{read_audit, read_mail, seal_audit};

impl Auth {
    /// The logs of mail and of actions.
    pub const fn logs(&self) -> LogDesk<'_> {
        LogDesk(&self.context)
    }
}

/// The logs of mail and of actions: what staff read in them, and what keeps them in order.
#[derive(Debug, Clone, Copy)]
pub struct LogDesk<'a>(&'a Context);

impl LogDesk<'_> {
    /// A page of the audit log, newest first (C6).
    pub async fn audit(self, workspace: &Workspace, query: AuditQuery) -> PortResult<Vec<AuditRow>> {
        read_audit::run(self.0, workspace, query).await
    }

    /// The person that a filter names, by id or by an address that signs them in.
    pub async fn person(self, workspace: &Workspace, named: &str) -> PortResult<Option<UserId>> {
        read_audit::person(self.0, workspace, named).await
    }

    /// Begins an export of the audit log.
    pub async fn export_audit(
        self,
        acting: &Acting,
        workspace: &Workspace,
        filter: AuditFilter,
    ) -> PortResult<AuditExport> {
        export_audit::run(self.0, acting, workspace, filter).await
    }

    /// Seals the rows of the audit log that have no seal yet, and says how many.
    pub async fn seal_audit(self) -> PortResult<u64> {
        seal_audit::run(self.0).await
    }

    /// Checks the chain of a workspace's audit log. `noted` is a head that was kept elsewhere.
    pub async fn verify_audit(self, workspace: WorkspaceId, noted: Option<Seal>) -> PortResult<AuditCheck> {
        verify_audit::run(self.0, workspace, noted).await
    }

    /// A page of the mail log, newest first (C5).
    pub async fn mails(self, workspace: &Workspace, query: MailQuery) -> PortResult<Vec<MailTrace>> {
        read_mail::run(self.0, workspace, query).await
    }

    /// All that is told of one mail.
    pub async fn mail(self, workspace: &Workspace, id: MailId) -> PortResult<Option<MailStory>> {
        read_mail::find(self.0, workspace, id).await
    }

    /// Whether mail arrives at each of these addresses, in their order.
    pub async fn reachability(self, workspace: &Workspace, addresses: Vec<EmailKey>) -> PortResult<Vec<Reachability>> {
        read_mail::reachability(self.0, workspace, addresses).await
    }

    /// Takes down that the page behind a mailed link was opened.
    pub async fn link_opened(self, workspace: &Workspace, link: &TokenDigest) {
        read_mail::opened(self.0, workspace, link).await;
    }

    /// Sends something fresh in place of a mail.
    pub async fn send_again(
        self,
        acting: &Acting,
        workspace: &Workspace,
        id: MailId,
    ) -> Result<SendAgain, SendAgainError> {
        send_again::run(self.0, acting, workspace, id).await
    }

    /// Sends whoever asks a test mail.
    pub async fn send_test_mail(self, acting: &Acting, workspace: &Workspace) -> Result<MailId, TestMailError> {
        send_test_mail::run(self.0, acting, workspace).await
    }

    /// Takes a report of a mail that came back, from whoever brings it.
    pub async fn take_bounce(
        self,
        actor: Actor,
        only_in: Option<WorkspaceId>,
        report: BounceReport,
    ) -> PortResult<BounceTaken> {
        take_bounce::run(self.0, actor, only_in, report).await
    }

    /// Removes receipts, mails and rows of the audit log whose time is over.
    pub async fn keep(self) -> PortResult<Removed> {
        keep_logs::run(self.0).await
    }
}
