//! *Send password reset email* (C2): staff send somebody the link of *Forgot password*. It goes at once, without a question
//! and without a challenge, since only the mailbox learns it.

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{SecretId, UserId};
use doorward_domain::mail::Message;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{IssueLink, PortError};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use super::{PersonError, admit_staff_mail, person_in_reach};
use crate::context::{Acting, Context, Recipient};

/// Why no reset mail is sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendResetError {
    /// There is nobody to send it to.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// A new password would not let them in: they may not come in at all (R60).
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// They have no address.
    #[error("the person has no email address")]
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

/// Sends it to the primary address, and says which that is.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    id: UserId,
) -> Result<EmailAddress, SendResetError> {
    let now = context.now();
    let user = person_in_reach(context, acting, workspace, id).await?.user;
    if user.status != UserStatus::Active {
        return Err(SendResetError::Disabled);
    }
    let to = match user.primary_email() {
        Some(primary) => primary.address.clone(),
        None => return Err(SendResetError::NoMailbox),
    };
    if let Err(retry_at) = admit_staff_mail(context, acting, workspace, (&to, Some(id)), now).await? {
        return Err(SendResetError::TooMany { retry_at });
    }
    let issue = link_for(context, acting, workspace, &user, &to, now);
    context.ports.links.issue(issue).await?;
    Ok(to)
}

fn link_for(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    user: &User,
    to: &EmailAddress,
    now: Timestamp,
) -> IssueLink {
    let limits = &context.config.limits;
    let lifetime = LinkPurpose::ResetPassword.lifetime(limits);
    let token = RawToken::generate(context.entropy());
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::ResetPassword,
        user: user.id,
        subject: LinkSubject::Person,
        address: to.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(lifetime),
    };
    let message = Message::ResetLinkByStaff {
        url: context.url(workspace, &format!("/reset-password/{}", token.expose())),
        minutes: limits.reset_link_lifetime_seconds.div_ceil(60),
    };
    let reader = Recipient {
        address: to.clone(),
        reader: Some(user),
        language: &workspace.portal.language,
    };
    let mail = context.mail(workspace, reader, message, Some(lifetime), now);
    IssueLink {
        link: Some(link),
        live_links: limits.reset_links_live_per_account,
        mail: Some(mail),
        receipt: None,
        audit: context.audit_of(workspace.id, acting, Some(user.id), AuditAction::ResetSentByStaff, now),
    }
}
