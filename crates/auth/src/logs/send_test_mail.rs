//! *Send a test mail* (R113): to whoever asks, at their own primary address, through the very queue that all mail takes.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::MailId;
use doorward_domain::mail::Message;
use doorward_domain::ports::PortError;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context, Recipient};
use crate::people::admit_staff_mail;

/// Why no test is sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TestMailError {
    /// Whoever asks has no mailbox here.
    #[error("who asks has no email address here")]
    NoMailbox,
    /// Staff have sent that mailbox as many mails as they may in a day (R112).
    #[error("staff have sent as many mails to this address as they may in a day")]
    TooMany {
        /// When the next one may go.
        retry_at: Option<Timestamp>,
    },
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Puts it into the queue, and says which mail it is.
pub(crate) async fn run(context: &Context, acting: &Acting, workspace: &Workspace) -> Result<MailId, TestMailError> {
    let Actor::User(id) = acting.actor else {
        return Err(TestMailError::NoMailbox);
    };
    let now = context.now();
    let user = context.ports.users.find(workspace.id, id).await?;
    let user = user.ok_or(TestMailError::NoMailbox)?;
    let to = user.primary_email().ok_or(TestMailError::NoMailbox)?.address.clone();
    if let Err(retry_at) = admit_staff_mail(context, acting, workspace, (&to, Some(id)), now).await? {
        return Err(TestMailError::TooMany { retry_at });
    }
    let reader = Recipient {
        address: to,
        reader: Some(&user),
        language: &workspace.portal.language,
    };
    let mail = context.mail(workspace, reader, Message::Test, None, now);
    let mail_id = mail.id;
    let entry = context.audit_of(workspace.id, acting, Some(id), AuditAction::TestMailSent, now);
    context.ports.audit.announce(entry, vec![mail]).await?;
    Ok(mail_id)
}
