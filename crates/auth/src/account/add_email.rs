//! Adding a further address, and sending its proof again (A5, R47).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::{EmailId, SecretId, UserId};
use doorward_domain::mail::{EmailNotice, Message, NewMail};
use doorward_domain::one_time::{EmailChange, Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{AddEmail, EmailAdded, IssueLink};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::throttle::{Admission, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use super::email_notices;
use crate::context::{Caller, Context, Recipient, asked_by};
use crate::outcome::SignInError;

/// So many proofs for each address of an account can be used at a time, as with reset links (R32). They are counted
/// together: what goes to one address must not void what is on its way to another.
const LIVE_PROOFS_AN_ADDRESS: u32 = 3;

/// How adding an address, or sending its proof again, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedEmail {
    /// A message is on its way to it. Said also where the address belongs to somebody else here: the mailbox learns that,
    /// the screen does not (B16).
    Sent {
        /// The address, masked.
        masked: String,
    },
    /// It is on the account already.
    AlreadyYours,
    /// The account has as many as one may have.
    TooMany,
    /// Too many mails went to that address; come back then.
    TryLater {
        /// When.
        retry_at: Option<Timestamp>,
    },
    /// The address, or the account, is gone.
    Gone,
}

/// Adds an address. Until it is proved it signs nobody in.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    proof: FreshProof,
    address: EmailAddress,
) -> Result<AddedEmail, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, proof.user()).await? else {
        return Ok(AddedEmail::Gone);
    };
    if user.email(&address.key()).is_some() {
        return Ok(AddedEmail::AlreadyYours);
    }
    if let Some(later) = over_budget(context, caller, workspace, &address, now).await? {
        return Ok(later);
    }
    let (link, mail) = proof_of(context, caller, workspace, &user, &address, now).await?;
    let change = EmailChange::Added {
        address: address.clone(),
    };
    let notices = email_notices::notices(context, caller, workspace, &user, &change, EmailNotice::Added, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::EmailAdded,
        Some(&caller.client),
        now,
    );
    let masked = address.masked();
    let add = AddEmail {
        workspace: workspace.id,
        user: user.id,
        id: EmailId::random(context.entropy()),
        address,
        limit: context.config.limits.emails_per_account,
        link,
        mail: Some(mail),
        notices,
        now,
    };
    Ok(match context.ports.emails.add(add, audit).await? {
        EmailAdded::Added => AddedEmail::Sent { masked },
        EmailAdded::AlreadyTheirs => AddedEmail::AlreadyYours,
        EmailAdded::TooMany => AddedEmail::TooMany,
        EmailAdded::NobodyThere => AddedEmail::Gone,
    })
}

/// Sends the proof of an unproved address again. The link already on its way stays good.
pub(crate) async fn resend(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: UserId,
    id: EmailId,
) -> Result<AddedEmail, SignInError> {
    let now = context.now();
    let Some(user) = context.ports.users.find(workspace.id, user).await? else {
        return Ok(AddedEmail::Gone);
    };
    let unproved = user
        .emails
        .iter()
        .find(|email| email.id == id && email.verified_at.is_none());
    let Some(address) = unproved.map(|email| email.address.clone()) else {
        return Ok(AddedEmail::Gone);
    };
    if let Some(later) = over_budget(context, caller, workspace, &address, now).await? {
        return Ok(later);
    }
    let (link, mail) = proof_of(context, caller, workspace, &user, &address, now).await?;
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::CodeRequested,
        Some(&caller.client),
        now,
    );
    context
        .ports
        .links
        .issue(IssueLink {
            link,
            live_links: LIVE_PROOFS_AN_ADDRESS.saturating_mul(context.config.limits.emails_per_account),
            mail: Some(mail),
            receipt: None,
            audit,
        })
        .await?;
    Ok(AddedEmail::Sent {
        masked: address.masked(),
    })
}

/// The waits and budgets of the mailbox over all flows (R27, R112): a proof is a mail that anybody with an account could
/// have sent to anybody.
async fn over_budget(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<Option<AddedEmail>, SignInError> {
    let budgets = context.budgets();
    let key = address.key();
    let mut charges = vec![
        budgets.code_request_of_network(&caller.client.network()),
        budgets.code_wait(&key, &Standing::Stranger),
    ];
    charges.extend(budgets.code_mails(&key, &Standing::Stranger));
    Ok(
        match context.ports.throttle.consume(workspace.id, charges, now).await? {
            Admission::Admitted => None,
            Admission::Exceeded { retry_at, .. } => Some(AddedEmail::TryLater { retry_at }),
        },
    )
}

/// The link that proves an address and the mail that carries it; where the address is somebody else's here, only a mail
/// that says so (A5).
async fn proof_of(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    user: &User,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<(Option<Link>, NewMail), SignInError> {
    let key = address.key();
    let owner = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let (message, link, life) = if owner.is_some_and(|owner| owner.user.id != user.id) {
        let message = Message::EmailBelongsElsewhere {
            asked_by: asked_by(caller, now),
        };
        (message, None, None)
    } else {
        let limits = &context.config.limits;
        let life = limits.email_proof_lifetime();
        let token = RawToken::generate(context.entropy());
        let link = Link {
            id: SecretId::sortable(context.entropy(), now),
            workspace: workspace.id,
            purpose: LinkPurpose::VerifyEmail,
            user: user.id,
            subject: LinkSubject::Person,
            address: key,
            digest: token.digest(),
            return_to: ReturnTo::default(),
            issued_at: now,
            expires_at: now.plus(life),
        };
        let message = Message::EmailProof {
            url: context.url(workspace, &format!("/verify-email/{}", token.expose())),
            hours: limits.email_proof_lifetime_seconds.div_ceil(60 * 60),
            account: user.display_name(),
            asked_by: asked_by(caller, now),
        };
        (message, Some(link), Some(life))
    };
    let to = Recipient {
        address: address.clone(),
        reader: None,
        language: user.language.as_deref().unwrap_or(&caller.language),
    };
    let mail = context.mail(workspace, to, message, life, now);
    Ok((link, mail))
}
