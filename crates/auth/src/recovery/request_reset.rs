//! Forgot password: asking for a reset link (B14, R31–R35, R39).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::SecretId;
use doorward_domain::mail::Message;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::IssueLink;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::sign_in::{ReceiptOutcome, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::workspace::Workspace;

use crate::context::{Attempt, Caller, Context, Recipient, allowed, asked_by};
use crate::outcome::{Refused, SignInError};
use crate::sign_in::request_code::alert_on_flood;
use crate::sign_in::{over_budget, record_refusal};

const NAME: &str = "request-reset";

/// A request for a reset link.
#[derive(Debug, Clone)]
pub struct ResetRequest {
    /// Where.
    pub workspace: Workspace,
    /// The address that was typed.
    pub address: EmailAddress,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// How a request for a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetRequested {
    /// A message is on its way, whoever has the address.
    Sent {
        /// The typed address, masked.
        masked: String,
    },
    /// No.
    Refused(Refused),
}

/// Puts a reset link, or the truth, on its way. The link goes to the stored primary address, whichever verified address
/// was typed (R39).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: ResetRequest,
) -> Result<ResetRequested, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let key = request.address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let charges = context.budgets().reset(&caller.client.network(), &key, &standing);
    if let Admission::Exceeded { reason, retry_at } = context.ports.throttle.consume(workspace.id, charges, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(&request.address), None, reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(ResetRequested::Refused(refused));
    }
    alert_on_flood(context, workspace, now).await?;
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let limits = &context.config.limits;
    let lifetime = LinkPurpose::ResetPassword.lifetime(limits);
    let asked_by = asked_by(caller, now);
    let token = RawToken::generate(context.entropy());
    let user = record.as_ref().map(|record| &record.user);
    let primary = user
        .filter(|user| user.status == UserStatus::Active)
        .and_then(|user| user.primary_email().map(|email| (user, email.address.clone())));
    let (link, to, message) = match (primary, user) {
        (Some((user, primary)), _) => {
            let link = Link {
                id: SecretId::sortable(context.entropy(), now),
                workspace: workspace.id,
                purpose: LinkPurpose::ResetPassword,
                user: user.id,
                subject: LinkSubject::Person,
                address: primary.key(),
                digest: token.digest(),
                return_to: request.return_to,
                issued_at: now,
                expires_at: now.plus(lifetime),
            };
            let url = context.url(workspace, &format!("/reset-password/{}", token.expose()));
            let minutes = limits.reset_link_lifetime_seconds.div_ceil(60);
            (Some(link), primary, Message::ResetLink { url, minutes, asked_by })
        }
        (None, Some(user)) => {
            let stored = user
                .email(&key)
                .map_or_else(|| request.address.clone(), |email| email.address.clone());
            (None, stored, Message::AccountDisabled { asked_by })
        }
        (None, None) => {
            let sign_up_url = workspace
                .security
                .may_sign_up(&request.address)
                .then(|| context.url(workspace, "/sign-up"));
            (
                None,
                request.address.clone(),
                Message::NoAccount { sign_up_url, asked_by },
            )
        }
    };
    let mail = context.mail(
        workspace,
        Recipient {
            address: to,
            reader: user,
            language: &caller.language,
        },
        message,
        Some(lifetime),
        now,
    );
    let (receipt, audit) = context.account_for(
        Attempt {
            name: NAME,
            workspace: workspace.id,
            caller,
            address: Some(key),
            user: user.map(|user| user.id),
            action: AuditAction::ResetRequested,
            outcome: ReceiptOutcome::Sent,
            findings: vec![allowed(Rule::Budget, "mail put on its way")],
        },
        now,
    );
    let issue = IssueLink {
        link,
        live_links: limits.reset_links_live_per_account,
        mail: Some(mail),
        receipt: Some(receipt),
        audit,
    };
    context.ports.links.issue(issue).await?;
    Ok(ResetRequested::Sent {
        masked: request.address.masked(),
    })
}

/// Sends a reset link: see [`link_for`]. Answers the masked address that it went to; `None` where there is no mailbox.
pub(crate) async fn send_link(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: &User,
    now: Timestamp,
) -> Result<Option<String>, SignInError> {
    let Some((issue, masked)) = link_for(context, caller, workspace, user, now) else {
        return Ok(None);
    };
    context.ports.links.issue(issue).await?;
    Ok(Some(masked))
}

/// A reset link for somebody who has just shown that they hold one of the account's mailboxes: by a link of ours that says
/// "this wasn't me", or that undoes a change (R48). Counts on no budget, since that link is good once. With it the masked
/// address that it goes to; `None` where there is no mailbox.
pub(crate) fn link_for(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: &User,
    now: Timestamp,
) -> Option<(IssueLink, String)> {
    let primary = user.primary_email()?;
    let limits = &context.config.limits;
    let lifetime = LinkPurpose::ResetPassword.lifetime(limits);
    let token = RawToken::generate(context.entropy());
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::ResetPassword,
        user: user.id,
        subject: LinkSubject::Person,
        address: primary.address.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(lifetime),
    };
    let message = Message::ResetLink {
        url: context.url(workspace, &format!("/reset-password/{}", token.expose())),
        minutes: limits.reset_link_lifetime_seconds.div_ceil(60),
        asked_by: asked_by(caller, now),
    };
    let to = Recipient {
        address: primary.address.clone(),
        reader: Some(user),
        language: &caller.language,
    };
    let masked = primary.address.masked();
    let mail = context.mail(workspace, to, message, Some(lifetime), now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::ResetRequested,
        Some(&caller.client),
        now,
    );
    let issue = IssueLink {
        link: Some(link),
        live_links: limits.reset_links_live_per_account,
        mail: Some(mail),
        receipt: None,
        audit,
    };
    Some((issue, masked))
}
