//! The last steps that every way in shares.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::device::DeviceCookies;
use doorward_domain::directory::DirectoryFacts;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{ConnectionId, FlowId, SecretId, SessionId, UserId};
use doorward_domain::mail::{Message, NewMail, SecurityEvent};
use doorward_domain::method::Method;
use doorward_domain::one_time::{Link, LinkPurpose, LinkSubject};
use doorward_domain::ports::{OpenSession, Opened};
use doorward_domain::provider::Arrived;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::FactorUse;
use doorward_domain::secret::{PasswordDigest, RawToken};
use doorward_domain::sign_in::{
    ArrivalFacts, Binding, Decision, Door, Finding, FirstStep, FlowPurpose, Grant, PendingSignIn, Proofs,
    ReceiptOutcome, Refusal, Rule, SignInFacts, Step, decide,
};
use doorward_domain::throttle::{Charge, Standing, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::user::SignInRecord;
use doorward_domain::workspace::Workspace;

use super::named_provider::describe;
use crate::context::{Attempt, Caller, Context, Recipient, asked_by, denied};
use crate::outcome::{Refused, SecondStepNeeded, SignInError, SignInOutcome, SignedIn};
use crate::workspace::settle_settings;

/// What has to happen with the opening of a session, whichever way led there.
pub(crate) struct Completed<'a> {
    pub(crate) name: &'static str,
    pub(crate) workspace: &'a Workspace,
    pub(crate) caller: &'a Caller,
    /// The person that the facts are about, if anybody.
    pub(crate) record: Option<&'a SignInRecord>,
    pub(crate) return_to: ReturnTo,
    pub(crate) rehash: Option<PasswordDigest>,
    pub(crate) flow: Option<FlowId>,
    pub(crate) refunds: Vec<Charge>,
    pub(crate) clears: Vec<ThrottleKey>,
    /// What the person is told by mail once the session is open.
    pub(crate) notices: Vec<NewMail>,
    pub(crate) now: Timestamp,
}

/// What is left to do before a session can open.
pub(crate) struct MailboxUnproved {
    pub(crate) findings: Vec<Finding>,
}

/// The counters of the address that a success clears, whichever way it came by: codes that were closed after too many
/// wrong ones open again when the person signs in with a password, and the other way round (R23, R89).
pub(crate) fn cleared_by_success(context: &Context, address: &EmailKey, standing: &Standing) -> Vec<ThrottleKey> {
    let budgets = context.budgets();
    let mut charges = budgets.code_failures(address, standing);
    charges.push(budgets.password_failure(address, standing));
    if *standing != Standing::Stranger {
        // What strangers tried in a row closes codes only until the owner signs in (R23); their windows go on counting.
        charges.push(budgets.code_failures_in_a_row(address, &Standing::Stranger));
    }
    charges.into_iter().map(|charge| charge.key).collect()
}

/// Decides and, if granted, opens; where a second step is needed, begins it. Only the proof of the mailbox is left to the
/// caller.
pub(crate) async fn complete(
    context: &Context,
    facts: &SignInFacts,
    proofs: Proofs,
    completed: Completed<'_>,
) -> Result<Result<SignInOutcome, MailboxUnproved>, SignInError> {
    let user = facts.person.as_ref().map(|person| person.user);
    let mailbox_proved = facts
        .address
        .as_ref()
        .is_some_and(|address| proofs.mailbox(&address.key()));
    let arrived = proofs.provider.as_ref().map(|proof| proof.arrived().clone());
    match decide(facts, proofs, &context.config.policies, completed.now) {
        Decision::Granted(grant, findings) => open(context, facts, grant, findings, completed).await.map(Ok),
        Decision::Needs(Step::ProveEmail, findings) => Ok(Err(MailboxUnproved { findings })),
        Decision::Needs(step, findings) => {
            second_step(context, facts, step, (mailbox_proved, arrived), findings, completed)
                .await
                .map(Ok)
        }
        Decision::Refused(refusal, findings) => {
            let attempt = Attempt {
                name: completed.name,
                workspace: completed.workspace.id,
                caller: completed.caller,
                address: facts.address.as_ref().map(EmailAddress::key),
                user,
                action: AuditAction::SignInRefused,
                outcome: ReceiptOutcome::Refused {
                    public: refusal.public,
                    private: refusal.private,
                },
                findings,
            };
            let mut refused = record_refusal(context, attempt, refusal, None, completed.flow, completed.now).await?;
            refused.directory = kept_out_by_directory(refusal, facts.arrival.as_ref());
            Ok(Ok(SignInOutcome::Refused(refused)))
        }
    }
}

/// What to tell somebody whom the directory keeps out (B8).
pub(crate) fn kept_out_by_directory(refusal: Refusal, arrival: Option<&ArrivalFacts>) -> Option<DirectoryFacts> {
    let facts = arrival.and_then(|arrival| arrival.directory.clone());
    facts.filter(|_| refusal.public == PublicReason::NotInDirectory)
}

/// Turns a proved first factor into an attempt at the second step: ten minutes, no session, nothing reachable but that
/// step (R73).
async fn second_step(
    context: &Context,
    facts: &SignInFacts,
    step: Step,
    (mailbox_proved, arrived): (bool, Option<Arrived>),
    findings: Vec<Finding>,
    completed: Completed<'_>,
) -> Result<SignInOutcome, SignInError> {
    let now = completed.now;
    let primary = completed.record.and_then(|record| record.user.primary_email());
    let email = facts
        .address
        .clone()
        .or_else(|| primary.map(|email| email.address.clone()));
    let (Some(person), Some(email)) = (&facts.person, email) else {
        let refusal = Refusal::new(PublicReason::MethodOff, PrivateReason::SecondFactorMissing);
        let attempt = Attempt {
            name: completed.name,
            workspace: completed.workspace.id,
            caller: completed.caller,
            address: None,
            user: facts.person.as_ref().map(|person| person.user),
            action: AuditAction::SignInRefused,
            outcome: ReceiptOutcome::Refused {
                public: refusal.public,
                private: refusal.private,
            },
            findings,
        };
        return refuse(context, attempt, refusal, None, completed.flow, now).await;
    };
    let flow = PendingSignIn {
        id: FlowId::random(context.entropy()),
        workspace: completed.workspace.id,
        binding: completed.caller.binding,
        purpose: FlowPurpose::SecondStep,
        email,
        return_to: completed.return_to.clone(),
        sign_up: None,
        password_verified: None,
        arrived,
        first_step: Some(FirstStep {
            user: person.user,
            method: facts.method,
            door: facts.door,
            mailbox_proved,
            credentials_version: person.credentials_version,
            step,
            clears: completed.clears,
            rehash: completed.rehash,
        }),
        user: Some(person.user),
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(context.config.limits.second_step_lifetime()),
        ended_at: None,
    };
    let (receipt, audit) = context.account_for(
        Attempt {
            name: completed.name,
            workspace: completed.workspace.id,
            caller: completed.caller,
            address: Some(flow.email.key()),
            user: flow.user,
            action: AuditAction::SignInContinued,
            outcome: ReceiptOutcome::Needs { step },
            findings,
        },
        now,
    );
    let needed = SecondStepNeeded {
        flow: flow.id,
        step,
        passkey: person.factors.passkeys > 0,
        return_to: completed.return_to,
    };
    context.ports.flows.begin(flow, completed.flow, receipt, audit).await?;
    // The first factor was right, so its try was no failure; what it clears waits for the second one (R71).
    if !completed.refunds.is_empty() {
        context
            .ports
            .throttle
            .refund(completed.workspace.id, completed.refunds)
            .await?;
    }
    Ok(SignInOutcome::SecondStep(needed))
}

/// Opens the session that a grant allows.
async fn open(
    context: &Context,
    facts: &SignInFacts,
    grant: Grant,
    findings: Vec<Finding>,
    completed: Completed<'_>,
) -> Result<SignInOutcome, SignInError> {
    let now = completed.now;
    let user = grant.user();
    let settings = completed.workspace.security.audience(grant.audience());
    let token = RawToken::generate(context.entropy());
    let session = SessionId::random(context.entropy());
    let method = grant.method();
    let by_passkey = matches!(grant.spends(), Some(FactorUse::Passkey(_)));
    let attempt = |outcome, findings, action| Attempt {
        name: completed.name,
        workspace: completed.workspace.id,
        caller: completed.caller,
        address: facts.address.as_ref().map(EmailAddress::key),
        user: Some(user),
        action,
        outcome,
        findings,
    };
    let (receipt, audit) = context.account_for(
        attempt(ReceiptOutcome::Granted, findings.clone(), AuditAction::SignedIn),
        now,
    );
    let mut notices = completed.notices;
    let mut links = Vec::new();
    if let Some(record) = completed.record
        && let Some((link, mail)) = new_device_notice(
            context,
            completed.workspace,
            completed.caller,
            record,
            session,
            method,
            now,
        )
    {
        links.push(link);
        notices.push(mail);
    }
    // Whoever knew the account before learns that somebody else's word opens it from now on (R57).
    if let (Some(arrival), Some(record)) = (&facts.arrival, completed.record)
        && method == Method::Provider
        && arrival.connected_to != Some(user)
        && record.user.last_sign_in_at.is_some()
    {
        let provider = describe(context, completed.workspace, &arrival.identity.provider).name;
        let what = SecurityEvent::IdentityConnected { provider };
        let (workspace, caller) = (completed.workspace, completed.caller);
        notices.extend(context.security_notices(workspace, &record.user, caller, what, now));
    }
    let connects = grant.arrived().map(|_| {
        let entry = context.audit(
            completed.workspace.id,
            Actor::User(user),
            Some(user),
            AuditAction::IdentityConnected,
            Some(&completed.caller.client),
            now,
        );
        (ConnectionId::random(context.entropy()), entry)
    });
    let confirms = completed.record.and_then(|record| {
        let (workspace, caller) = (completed.workspace, completed.caller);
        settle_settings::confirmed_by_sign_in(context, workspace, caller, &record.user, facts.door, now)
    });
    let opened = context
        .ports
        .sessions
        .open(OpenSession {
            grant,
            id: session,
            token: token.digest(),
            now,
            idle_micros: i64::try_from(settings.session_idle().as_micros()).unwrap_or(i64::MAX),
            expires_at: now.plus(settings.session_absolute()),
            client: completed.caller.client.clone(),
            replaces: completed.caller.previous_session,
            rehash: completed.rehash,
            flow: completed.flow,
            refunds: completed.refunds,
            clears: completed.clears,
            notices,
            links,
            connects,
            confirms,
            receipt,
            audit,
        })
        .await?;
    let (refusal, rule, saw) = match opened {
        Opened::Open(session) => {
            let primary = completed.record.and_then(|record| record.user.primary_email());
            let known_by = facts.address.as_ref().or_else(|| primary.map(|email| &email.address));
            let device_cookie = known_by.map(|address| {
                DeviceCookies(&context.config.code_key).issue(
                    completed.workspace.id,
                    &address.key(),
                    completed.caller.device.as_deref(),
                    context.entropy(),
                )
            });
            return Ok(SignInOutcome::SignedIn(Box::new(SignedIn {
                token,
                session: *session,
                device_cookie: device_cookie.unwrap_or_default(),
                return_to: completed.return_to,
            })));
        }
        Opened::CredentialsChanged => (
            Refusal::new(PublicReason::SessionExpired, PrivateReason::CredentialsChanged),
            Rule::StillTrue,
            "credentials or status changed meanwhile",
        ),
        Opened::IdentityTaken => (
            Refusal::new(PublicReason::IdentityTaken, PrivateReason::IdentityTaken),
            Rule::StillTrue,
            "the identity was connected to another account meanwhile",
        ),
        Opened::FactorSpent if by_passkey => (
            Refusal::new(PublicReason::PasskeyWrong, PrivateReason::PasskeyUnknown),
            Rule::StillTrue,
            "the passkey was removed meanwhile",
        ),
        Opened::FactorSpent => (
            Refusal::new(PublicReason::SecondFactorWrong, PrivateReason::SecondFactorReplayed),
            Rule::SecondFactor,
            "right, used already",
        ),
    };
    let mut findings = findings;
    findings.push(denied(rule, saw, refusal.private));
    let outcome = ReceiptOutcome::Refused {
        public: refusal.public,
        private: refusal.private,
    };
    let attempt = attempt(outcome, findings, AuditAction::SignInRefused);
    let goes_on = (refusal.public == PublicReason::SecondFactorWrong)
        .then_some(completed.flow)
        .flatten();
    refuse(context, attempt, refusal, None, goes_on, now).await
}

/// The mail about a browser that was not seen before, with the link that says "this wasn't me". None for whoever signs in
/// for the first time ever: every browser is new to them. An app shows no device cookie, so each of its sign-ins is told.
fn new_device_notice(
    context: &Context,
    workspace: &Workspace,
    caller: &Caller,
    record: &SignInRecord,
    session: SessionId,
    method: Method,
    now: Timestamp,
) -> Option<(Link, NewMail)> {
    let user = &record.user;
    user.last_sign_in_at?;
    let known = user
        .emails
        .iter()
        .any(|email| context.standing(caller, workspace.id, &email.address.key()) != Standing::Stranger);
    let primary = user.primary_email()?;
    if known {
        return None;
    }
    let token = RawToken::generate(context.entropy());
    let link = Link {
        id: SecretId::sortable(context.entropy(), now),
        workspace: workspace.id,
        purpose: LinkPurpose::NotMe,
        user: user.id,
        subject: LinkSubject::Session { session },
        address: primary.address.key(),
        digest: token.digest(),
        return_to: ReturnTo::default(),
        issued_at: now,
        expires_at: now.plus(LinkPurpose::NotMe.lifetime(&context.config.limits)),
    };
    let message = Message::NewDevice {
        by: asked_by(caller, now),
        method,
        not_me_url: context.url(workspace, &format!("/not-me/{}", token.expose())),
    };
    let to = Recipient {
        address: primary.address.clone(),
        reader: Some(user),
        language: &caller.language,
    };
    Some((link, context.mail(workspace, to, message, None, now)))
}

/// Whether an attempt at its second step can go on: alive, this browser's, and nothing of the account changed since the
/// first step (R73).
pub(crate) fn is_under_way(flow: &PendingSignIn, binding: Binding, now: Timestamp) -> bool {
    flow.belongs_to(binding)
        && flow.purpose == FlowPurpose::SecondStep
        && flow.ended_at.is_none()
        && now < flow.expires_at
}

/// Where somebody goes who came in by the backup door without a second factor: to set one up (SD6).
pub(crate) fn after_the_door(door: Door, has_app: bool, return_to: ReturnTo) -> ReturnTo {
    match door {
        Door::Backup if !has_app => ReturnTo::parse("/account/security/two-factor"),
        Door::Front | Door::Backup => return_to,
    }
}

/// Stores the receipt of a refusal and turns it into the answer.
pub(crate) async fn refuse(
    context: &Context,
    attempt: Attempt<'_>,
    refusal: Refusal,
    retry_at: Option<Timestamp>,
    flow: Option<FlowId>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let refused = record_refusal(context, attempt, refusal, retry_at, flow, now).await?;
    Ok(SignInOutcome::Refused(refused))
}

/// Stores the receipt of a refusal.
pub(crate) async fn record_refusal(
    context: &Context,
    attempt: Attempt<'_>,
    refusal: Refusal,
    retry_at: Option<Timestamp>,
    flow: Option<FlowId>,
    now: Timestamp,
) -> Result<Refused, doorward_domain::ports::PortError> {
    let (receipt, audit) = context.account_for(attempt, now);
    let help_code = receipt.help_code.clone();
    context.ports.receipts.record(receipt, audit).await?;
    Ok(Refused {
        reason: refusal.public,
        retry_at,
        help_code,
        flow,
        tries_left: None,
        return_to: None,
        directory: None,
    })
}

/// The receipt of a budget that is used up (R94): the same for known and unknown.
pub(crate) fn over_budget<'a>(
    name: &'static str,
    workspace: &Workspace,
    caller: &'a Caller,
    address: Option<&EmailAddress>,
    user: Option<UserId>,
    reason: PrivateReason,
) -> (Attempt<'a>, Refusal) {
    let refusal = Refusal::new(PublicReason::TryLater, reason);
    let attempt = Attempt {
        name,
        workspace: workspace.id,
        caller,
        address: address.map(EmailAddress::key),
        user,
        action: AuditAction::LimitHit,
        outcome: ReceiptOutcome::Refused {
            public: refusal.public,
            private: refusal.private,
        },
        findings: vec![denied(Rule::Budget, "used up", reason)],
    };
    (attempt, refusal)
}

/// A refusal with one finding.
pub(crate) fn refused<'a>(
    name: &'static str,
    workspace: &Workspace,
    caller: &'a Caller,
    whom: (Option<EmailKey>, Option<UserId>),
    refusal: Refusal,
    rule: Rule,
    saw: impl Into<String>,
) -> Attempt<'a> {
    Attempt {
        name,
        workspace: workspace.id,
        caller,
        address: whom.0,
        user: whom.1,
        action: AuditAction::SignInRefused,
        outcome: ReceiptOutcome::Refused {
            public: refusal.public,
            private: refusal.private,
        },
        findings: vec![denied(rule, saw, refusal.private)],
    }
}
