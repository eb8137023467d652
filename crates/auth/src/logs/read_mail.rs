//! Reading the mail log (C5).

use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::MailId;
use doorward_domain::mail::MailTrace;
use doorward_domain::mail_log::{MailQuery, MailStory, Reachability};
use doorward_domain::ports::PortResult;
use doorward_domain::secret::TokenDigest;
use doorward_domain::workspace::Workspace;

use crate::context::Context;

/// A page of mails, newest first.
pub(crate) async fn run(context: &Context, workspace: &Workspace, query: MailQuery) -> PortResult<Vec<MailTrace>> {
    context.ports.mail_log.page(workspace.id, query).await
}

/// All that is told of one mail.
pub(crate) async fn find(context: &Context, workspace: &Workspace, id: MailId) -> PortResult<Option<MailStory>> {
    context.ports.mail_log.find(workspace.id, id, context.now()).await
}

/// Whether mail arrives at each of these addresses, in their order.
pub(crate) async fn reachability(
    context: &Context,
    workspace: &Workspace,
    addresses: Vec<EmailKey>,
) -> PortResult<Vec<Reachability>> {
    context.ports.mail_log.reachability(workspace.id, addresses).await
}

/// Takes down that the page behind a mailed link was opened. Nobody waits for it and nothing hangs on it, so a failure is
/// told to the log alone.
pub(crate) async fn opened(context: &Context, workspace: &Workspace, link: &TokenDigest) {
    let noted = context.ports.mail_log.opened(workspace.id, link, context.now()).await;
    if let Err(error) = noted {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a timeline of a mail lacks a line"
        );
    }
}
