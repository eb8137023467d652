//! The operator's link for somebody who runs a workspace and has no way in left (B15, R73, R106).
//!
//! It opens no session: it leads to an attempt that can do two things, set a new password and set a new second factor.
//! Afterwards the person signs in as always.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{FlowId, SecretId};
use doorward_domain::mail::{EmergencyDoor, Message, SecurityEvent};
use doorward_domain::one_time::{Link, LinkPurpose, LinkState, LinkSubject};
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::ports::{IssueLink, PortError, RedeemLink};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Permission;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::sign_in::{FlowPurpose, PendingSignIn, ReceiptOutcome, Refusal, Rule};
use doorward_domain::throttle::{Admission, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{User, UserStatus};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Attempt, Caller, Context, allowed, asked_by};
use crate::outcome::{Refused, SignInError};
use crate::sign_in::{over_budget, record_refusal, refused};

const NAME: &str = "recover";
/// Only the newest link counts: whoever asks the operator again has lost the one before.
const LIVE_LINKS: u32 = 1;
/// How long the two things can be set after the link was used.
const SET_UP_LIFE: std::time::Duration = std::time::Duration::from_mins(30);

/// Why no link is made.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// Nobody has that address.
    #[error("nobody in this workspace has that address")]
    NobodyThere,
    /// The person does not run the workspace.
    #[error("only an owner or an admin can be let in by this link; others use \"Forgot password\"")]
    NotAnAdmin,
    /// The account is disabled.
    #[error("the account is disabled; enable it first")]
    Disabled,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A link, to be given to the person it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryLink {
    /// The address to open.
    pub url: String,
    /// Good until then.
    pub expires_at: Timestamp,
}

/// What the page behind the link shows. Looking changes nothing (R34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoverPage {
    /// The button.
    Confirm {
        /// The address of the account, masked.
        masked: String,
    },
    /// The link opens nothing (any more).
    Gone,
}

/// What can be done once the link was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoverySetUp {
    /// The attempt.
    pub flow: FlowId,
    /// The address of the account, masked.
    pub masked: String,
    /// The shortest password, in characters.
    pub password_min_length: u16,
    /// Whether two-factor authentication is on.
    pub two_factor: bool,
}

/// How using the link ended.
#[derive(Debug)]
pub enum Recovered {
    /// Go on with this attempt.
    Begun(FlowId),
    /// No.
    Refused(Refused),
}

/// How setting the password ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveredPassword {
    /// Set; all sessions are ended.
    Set,
    /// The password will not do.
    Problems(Vec<PasswordProblem>),
    /// The attempt is over.
    Gone,
}

/// Makes a link, and tells everybody who runs the workspace.
pub(crate) async fn issue(
    context: &Context,
    actor: Actor,
    workspace: &Workspace,
    address: &EmailAddress,
) -> Result<RecoveryLink, RecoverError> {
    let now = context.now();
    let record = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &address.key())
        .await?
        .ok_or(RecoverError::NobodyThere)?;
    let user = &record.user;
    if !user.permissions().contains(Permission::UseBackupSignIn) {
        return Err(RecoverError::NotAnAdmin);
    }
    if user.status != UserStatus::Active {
        return Err(RecoverError::Disabled);
    }
    let token = RawToken::generate(context.entropy());
    let expires_at = now.plus(LinkPurpose::Recover.lifetime(&context.config.limits));
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::Recover,
        user: user.id,
        subject: LinkSubject::Person,
        address: address.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at,
    };
    let entry = |action| context.audit(workspace.id, actor.clone(), Some(user.id), action, None, now);
    let mails = announcement(context, workspace, user, EmergencyDoor::RecoveryIssued, None, now).await?;
    context
        .ports
        .audit
        .announce(entry(AuditAction::RecoveryIssued), mails)
        .await?;
    context
        .ports
        .links
        .issue(IssueLink {
            link: Some(link),
            live_links: LIVE_LINKS,
            mail: None,
            receipt: None,
            audit: entry(AuditAction::ResetRequested),
        })
        .await?;
    Ok(RecoveryLink {
        url: context.url(workspace, &format!("/recover/{}", token.expose())),
        expires_at,
    })
}

async fn announcement(
    context: &Context,
    workspace: &Workspace,
    user: &User,
    door: EmergencyDoor,
    caller: Option<&Caller>,
    now: Timestamp,
) -> Result<Vec<doorward_domain::mail::NewMail>, PortError> {
    let message = Message::EmergencyDoor {
        door,
        who: user.display_name(),
        by: caller.map(|caller| asked_by(caller, now)),
        at: now,
    };
    let language = caller.map_or(workspace.portal.language.as_str(), |caller| &caller.language);
    context.announcement(workspace, &message, language, now).await
}

/// Looks at the link.
pub(crate) async fn look(
    context: &Context,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<RecoverPage, SignInError> {
    let now = context.now();
    let state = context.ports.links.look(workspace.id, &token.digest(), now).await?;
    Ok(match state {
        LinkState::Live(link) if link.purpose == LinkPurpose::Recover => {
            match admin(context, workspace, link.user).await? {
                Some(user) => RecoverPage::Confirm { masked: masked(&user) },
                None => RecoverPage::Gone,
            }
        }
        _ => RecoverPage::Gone,
    })
}

/// Uses the link, once.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    token: &RawToken,
) -> Result<Recovered, SignInError> {
    let now = context.now();
    let by_network = vec![context.budgets().network_try(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, None, None, reason);
        let refused = record_refusal(context, attempt, refusal, retry_at, None, now).await?;
        return Ok(Recovered::Refused(refused));
    }
    let digest = token.digest();
    let state = context.ports.links.look(workspace.id, &digest, now).await?;
    let link = match state {
        LinkState::Live(link) if link.purpose == LinkPurpose::Recover => link,
        LinkState::Used(..) => return gone(context, caller, workspace, PrivateReason::LinkSpent, now).await,
        LinkState::Expired(_) => return gone(context, caller, workspace, PrivateReason::LinkExpired, now).await,
        LinkState::Live(_) | LinkState::Unknown => {
            return gone(context, caller, workspace, PrivateReason::LinkForeign, now).await;
        }
    };
    let Some(user) = admin(context, workspace, link.user).await? else {
        return gone(context, caller, workspace, PrivateReason::UserDisabled, now).await;
    };
    let Some(email) = user.primary_email().map(|email| email.address.clone()) else {
        return gone(context, caller, workspace, PrivateReason::UnknownAddress, now).await;
    };
    let used = EmergencyDoor::RecoveryUsed;
    let mails = announcement(context, workspace, &user, used, Some(caller), now).await?;
    let entry = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::RecoveryUsed,
        Some(&caller.client),
        now,
    );
    let flow = PendingSignIn {
        id: FlowId::random(context.entropy()),
        workspace: workspace.id,
        binding: caller.binding,
        purpose: FlowPurpose::Recovery,
        email,
        return_to: ReturnTo::default(),
        sign_up: None,
        password_verified: None,
        arrived: None,
        first_step: None,
        user: Some(user.id),
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(SET_UP_LIFE),
        ended_at: None,
    };
    let (receipt, audit) = context.account_for(
        Attempt {
            name: NAME,
            workspace: workspace.id,
            caller,
            address: Some(flow.email.key()),
            user: flow.user,
            action: AuditAction::SignInContinued,
            outcome: ReceiptOutcome::Granted,
            findings: vec![allowed(Rule::Link, "recover link")],
        },
        now,
    );
    let id = flow.id;
    let redeem = RedeemLink {
        workspace: workspace.id,
        token: digest,
        purpose: LinkPurpose::Recover,
        now,
        ends: None,
        begins: Some(flow),
        issues: None,
        mails,
        receipt: Some(receipt),
        audit: vec![entry, audit],
    };
    if context.ports.links.redeem(redeem).await? {
        Ok(Recovered::Begun(id))
    } else {
        gone(context, caller, workspace, PrivateReason::LinkSpent, now).await
    }
}

/// What can be done now; `None` if the attempt is over, or another browser's.
pub(crate) async fn view(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
) -> Result<Option<RecoverySetUp>, SignInError> {
    let now = context.now();
    let Some(user) = person(context, caller, workspace, flow, now).await? else {
        return Ok(None);
    };
    let record = context.ports.users.find_record(workspace.id, user.id).await?;
    let two_factor = record.is_some_and(|record| record.factors.app);
    let settings = workspace.security.audience(user.role.audience());
    Ok(Some(RecoverySetUp {
        flow,
        masked: masked(&user),
        password_min_length: settings.shortest_password(two_factor),
        two_factor,
    }))
}

/// Sets the new password.
pub(crate) async fn set_password(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
    password: Password,
) -> Result<RecoveredPassword, SignInError> {
    let now = context.now();
    let Some(user) = person(context, caller, workspace, flow, now).await? else {
        return Ok(RecoveredPassword::Gone);
    };
    let Some(record) = context.ports.users.find_record(workspace.id, user.id).await? else {
        return Ok(RecoveredPassword::Gone);
    };
    let addresses: Vec<_> = user.emails.iter().map(|email| email.address.clone()).collect();
    let settings = workspace.security.audience(user.role.audience());
    let words = PasswordContext::new(workspace, &user.name, &addresses);
    let problems = check_new_password(&password, settings, record.factors.app, &words);
    if !problems.is_empty() {
        return Ok(RecoveredPassword::Problems(problems));
    }
    let digest = context.ports.hasher.hash(password).await?;
    let message = Message::PasswordChanged {
        by: Some(asked_by(caller, now)),
        at: now,
        forgot_password_url: context.url(workspace, "/forgot-password"),
    };
    let notices = context.notices(workspace, &user, &caller.language, &message, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::PasswordSet,
        Some(&caller.client),
        now,
    );
    let set = context
        .ports
        .credentials
        .set_password(workspace.id, user.id, digest, None, notices, audit)
        .await?;
    if !set {
        return Ok(RecoveredPassword::Gone);
    }
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
    Ok(RecoveredPassword::Set)
}

/// Turns the old second factor off, for somebody who has lost it and sets up none now. `None` if the attempt is over.
pub(crate) async fn disable_two_factor(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
) -> Result<Option<bool>, SignInError> {
    let now = context.now();
    let Some(user) = person(context, caller, workspace, flow, now).await? else {
        return Ok(None);
    };
    let notices = context.security_notices(workspace, &user, caller, SecurityEvent::TwoFactorDisabled, now);
    let audit = context.audit(
        workspace.id,
        Actor::User(user.id),
        Some(user.id),
        AuditAction::TwoFactorDisabled,
        Some(&caller.client),
        now,
    );
    let off = context
        .ports
        .factors
        .disable_app(workspace.id, user.id, None, notices, audit)
        .await?;
    Ok(Some(off))
}

/// Ends the attempt, once everything is set.
pub(crate) async fn finish(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
) -> Result<(), SignInError> {
    let now = context.now();
    if person(context, caller, workspace, flow, now).await?.is_some() {
        context.ports.flows.end(workspace.id, flow, now).await?;
    }
    Ok(())
}

/// The person that an attempt after the link is about: alive, this browser's, and still one who runs the workspace.
pub(crate) async fn person(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
    now: Timestamp,
) -> Result<Option<User>, SignInError> {
    let flow = context.ports.flows.find(workspace.id, flow).await?;
    let own = flow.filter(|flow| {
        flow.purpose == FlowPurpose::Recovery
            && flow.belongs_to(caller.binding)
            && flow.ended_at.is_none()
            && now < flow.expires_at
    });
    match own.and_then(|flow| flow.user) {
        Some(user) => admin(context, workspace, user).await,
        None => Ok(None),
    }
}

async fn admin(
    context: &Context,
    workspace: &Workspace,
    user: doorward_domain::ids::UserId,
) -> Result<Option<User>, SignInError> {
    let user = context.ports.users.find(workspace.id, user).await?;
    Ok(user
        .filter(|user| user.status == UserStatus::Active && user.permissions().contains(Permission::UseBackupSignIn)))
}

fn masked(user: &User) -> String {
    user.primary_email()
        .map(|email| email.address.masked())
        .unwrap_or_default()
}

async fn gone(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    private: PrivateReason,
    now: Timestamp,
) -> Result<Recovered, SignInError> {
    let refusal = Refusal::new(PublicReason::LinkInvalid, private);
    let attempt = refused(
        NAME,
        workspace,
        caller,
        (None, None),
        refusal,
        Rule::Link,
        "opens nothing",
    );
    let refused = record_refusal(context, attempt, refusal, None, None, now).await?;
    Ok(Recovered::Refused(refused))
}
