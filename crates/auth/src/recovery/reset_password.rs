//! Setting a new password by a mailed or printed link (B14, R34, R38).

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::mail::Message;
use doorward_domain::method::Method;
use doorward_domain::one_time::{Link, LinkPurpose, LinkState};
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::{PasswordReset, ResetOutcome};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::sign_in::{PersonFacts, ReceiptOutcome, Refusal, Rule};
use doorward_domain::throttle::{Admission, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::ways_in::{Surroundings, open_methods, ways_in};
use doorward_domain::workspace::Workspace;

use crate::context::{Attempt, Caller, Context, allowed, asked_by, denied};
use crate::outcome::{Refused, SignInError};
use crate::sign_in::{over_budget, record_refusal};

const NAME: &str = "reset-password";
/// How long the page that follows a reset can be looked at again.
const DONE_PAGE_LIFE: std::time::Duration = std::time::Duration::from_mins(10);

/// What the page behind a link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResetPage {
    /// The form. The account's address, masked, and the shortest password it may have.
    Form {
        /// The address, masked.
        masked: String,
        /// The shortest password, in characters.
        min_length: u16,
    },
    /// The password has just been set with this very link.
    Done {
        /// The account's address, masked.
        masked: String,
        /// What else can sign this account in.
        ways: Vec<Method>,
        /// Where they were going.
        return_to: ReturnTo,
    },
    /// The link opens nothing (any more).
    Gone,
}

/// A new password by a link.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Where.
    pub workspace: Workspace,
    /// The link's token.
    pub token: RawToken,
    /// The new password.
    pub password: Password,
}

/// How setting it ended.
#[derive(Debug)]
pub enum ResetResult {
    /// Set; all other ways of that moment are void, all sessions ended.
    Set,
    /// The password will not do; the link is still good.
    PasswordProblems(Vec<PasswordProblem>),
    /// No.
    Refused(Refused),
}

/// Looks at a link.
pub(crate) async fn look(context: &Context, workspace: &Workspace, token: &RawToken) -> Result<ResetPage, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    match state {
        LinkState::Live(link) if sets_password_here(&link) => {
            let Some(record) = active_owner(context, workspace, &link).await? else {
                return Ok(ResetPage::Gone);
            };
            let min_length = workspace
                .security
                .audience(record.user.role.audience())
                .shortest_password(record.factors.app);
            let address = record.user.primary_email().map(|email| email.address.masked());
            Ok(ResetPage::Form {
                masked: address.unwrap_or_default(),
                min_length,
            })
        }
        LinkState::Used(link, used_at) if sets_password_here(&link) && now.since(used_at) < DONE_PAGE_LIFE => {
            let Some(record) = active_owner(context, workspace, &link).await? else {
                return Ok(ResetPage::Gone);
            };
            let facts = record
                .user
                .primary_email()
                .map(|email| PersonFacts::of(&record, &email.address));
            let ways = open_methods(&ways_in(&workspace.security, facts.as_ref(), Surroundings::default()));
            let address = record.user.primary_email().map(|email| email.address.masked());
            Ok(ResetPage::Done {
                masked: address.unwrap_or_default(),
                ways,
                return_to: link.return_to,
            })
        }
        LinkState::Live(_) | LinkState::Used(..) | LinkState::Expired(_) | LinkState::Unknown => Ok(ResetPage::Gone),
    }
}

/// A link of another purpose is none here (R25).
const fn sets_password_here(link: &Link) -> bool {
    matches!(link.purpose, LinkPurpose::ResetPassword | LinkPurpose::Invite)
}

async fn active_owner(
    context: &Context,
    workspace: &Workspace,
    link: &Link,
) -> Result<Option<SignInRecord>, SignInError> {
    let record = context.ports.users.find_record(workspace.id, link.user).await?;
    Ok(record.filter(|record| record.user.status == UserStatus::Active))
}

/// Sets a new password. The link is spent by the same write that sets it; a password that will not do spends nothing.
pub(crate) async fn run(context: &Context, caller: &Caller, request: NewPassword) -> Result<ResetResult, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, None, reason);
        return Ok(ResetResult::Refused(
            record_refusal(context, attempt, refusal, retry_at, None, now).await?,
        ));
    }
    let digest = request.token.digest();
    let link = match context.ports.links.look(workspace.id, &digest, now).await? {
        LinkState::Live(link) if sets_password_here(&link) => link,
        LinkState::Used(..) => return gone(context, caller, workspace, PrivateReason::LinkSpent, now).await,
        LinkState::Expired(_) => return gone(context, caller, workspace, PrivateReason::LinkExpired, now).await,
        LinkState::Live(_) | LinkState::Unknown => {
            return gone(context, caller, workspace, PrivateReason::LinkForeign, now).await;
        }
    };
    let Some(record) = active_owner(context, workspace, &link).await? else {
        return gone(context, caller, workspace, PrivateReason::UserDisabled, now).await;
    };
    let user = &record.user;
    let addresses: Vec<EmailAddress> = user.emails.iter().map(|email| email.address.clone()).collect();
    let settings = workspace.security.audience(user.role.audience());
    let words = PasswordContext::new(workspace, &user.name, &addresses);
    let problems = check_new_password(&request.password, settings, record.factors.app, &words);
    if !problems.is_empty() {
        return Ok(ResetResult::PasswordProblems(problems));
    }
    let password = context.ports.hasher.hash(request.password).await?;
    let message = Message::PasswordChanged {
        by: Some(asked_by(caller, now)),
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let notices = context.notices(workspace, user, &caller.language, &message, now);
    let (receipt, mut audit) = context.account_for(
        Attempt {
            name: NAME,
            workspace: workspace.id,
            caller,
            address: Some(link.address.clone()),
            user: Some(user.id),
            action: AuditAction::PasswordReset,
            outcome: ReceiptOutcome::Granted,
            findings: vec![allowed(Rule::Link, format!("{} link", link.purpose.as_str()))],
        },
        now,
    );
    audit.actor = Actor::User(user.id);
    let reset = PasswordReset {
        workspace: workspace.id,
        token: digest,
        password,
        notices,
        receipt,
        now,
    };
    match context.ports.credentials.reset_password(reset, audit).await? {
        ResetOutcome::LinkGone => gone(context, caller, workspace, PrivateReason::LinkSpent, now).await,
        ResetOutcome::Reset => {
            // Whoever proved the mailbox starts afresh: wrong tries of the past were about the old password (R89).
            let keys = addresses
                .iter()
                .map(|address| {
                    context
                        .budgets()
                        .password_failure(&address.key(), &Standing::Stranger)
                        .key
                })
                .collect();
            context.ports.throttle.clear(workspace.id, keys).await?;
            Ok(ResetResult::Set)
        }
    }
}

async fn gone(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    private: PrivateReason,
    now: Timestamp,
) -> Result<ResetResult, SignInError> {
    let refusal = Refusal::new(PublicReason::LinkInvalid, private);
    let attempt = Attempt {
        name: NAME,
        workspace: workspace.id,
        caller,
        address: None,
        user: None,
        action: AuditAction::SignInRefused,
        outcome: ReceiptOutcome::Refused {
            public: refusal.public,
            private,
        },
        findings: vec![denied(Rule::Link, "opens nothing", private)],
    };
    Ok(ResetResult::Refused(
        record_refusal(context, attempt, refusal, None, None, now).await?,
    ))
}
