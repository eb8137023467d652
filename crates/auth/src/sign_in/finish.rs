//! The last steps that every way in shares.

use doorward_domain::audit::AuditAction;
use doorward_domain::device::DeviceCookies;
use doorward_domain::email_address::{EmailAddress, EmailKey};
use doorward_domain::ids::{FlowId, SessionId, UserId};
use doorward_domain::ports::{OpenSession, Opened};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{PasswordDigest, RawToken};
use doorward_domain::sign_in::{Decision, Finding, Grant, Proofs, ReceiptOutcome, Refusal, Rule, SignInFacts, decide};
use doorward_domain::throttle::{Charge, Standing, ThrottleKey};
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::Workspace;

use crate::context::{Attempt, Caller, Context, denied};
use crate::outcome::{Refused, SignInError, SignInOutcome, SignedIn};

/// What has to happen with the opening of a session, whichever way led there.
pub(crate) struct Completed<'a> {
    pub(crate) name: &'static str,
    pub(crate) workspace: &'a Workspace,
    pub(crate) caller: &'a Caller,
    pub(crate) address: &'a EmailAddress,
    pub(crate) return_to: ReturnTo,
    pub(crate) rehash: Option<PasswordDigest>,
    pub(crate) flow: Option<FlowId>,
    pub(crate) refunds: Vec<Charge>,
    pub(crate) clears: Vec<ThrottleKey>,
    pub(crate) now: Timestamp,
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

/// Decides and, if granted, opens. Answers the step that is needed where one is.
pub(crate) async fn complete(
    context: &Context,
    facts: &SignInFacts,
    proofs: Proofs,
    completed: Completed<'_>,
) -> Result<Result<SignInOutcome, Vec<Finding>>, SignInError> {
    let user = facts.person.as_ref().map(|person| person.user);
    match decide(facts, proofs, &context.config.policies, completed.now) {
        Decision::Granted(grant, findings) => open(context, grant, findings, completed).await.map(Ok),
        Decision::Needs(_, findings) => Ok(Err(findings)),
        Decision::Refused(refusal, findings) => {
            let attempt = Attempt {
                name: completed.name,
                workspace: completed.workspace.id,
                caller: completed.caller,
                address: Some(completed.address.key()),
                user,
                action: AuditAction::SignInRefused,
                outcome: ReceiptOutcome::Refused {
                    public: refusal.public,
                    private: refusal.private,
                },
                findings,
            };
            refuse(context, attempt, refusal, None, completed.flow, completed.now)
                .await
                .map(Ok)
        }
    }
}

/// Opens the session that a grant allows.
async fn open(
    context: &Context,
    grant: Grant,
    findings: Vec<Finding>,
    completed: Completed<'_>,
) -> Result<SignInOutcome, SignInError> {
    let now = completed.now;
    let user = grant.user();
    let settings = completed.workspace.security.audience(grant.audience());
    let token = RawToken::generate(context.entropy());
    let attempt = |outcome, findings, action| Attempt {
        name: completed.name,
        workspace: completed.workspace.id,
        caller: completed.caller,
        address: Some(completed.address.key()),
        user: Some(user),
        action,
        outcome,
        findings,
    };
    let (receipt, audit) = context.account_for(
        attempt(ReceiptOutcome::Granted, findings.clone(), AuditAction::SignedIn),
        now,
    );
    let opened = context
        .ports
        .sessions
        .open(OpenSession {
            grant,
            id: SessionId::random(context.entropy()),
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
            receipt,
            audit,
        })
        .await?;
    match opened {
        Opened::Open(session) => {
            let device_cookie = DeviceCookies(&context.config.code_key).issue(
                completed.workspace.id,
                &completed.address.key(),
                context.entropy(),
            );
            Ok(SignInOutcome::SignedIn(Box::new(SignedIn {
                token,
                session: *session,
                device_cookie,
                return_to: completed.return_to,
            })))
        }
        Opened::CredentialsChanged => {
            let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::CredentialsChanged);
            let mut findings = findings;
            findings.push(denied(
                Rule::StillTrue,
                "credentials or status changed meanwhile",
                refusal.private,
            ));
            let outcome = ReceiptOutcome::Refused {
                public: refusal.public,
                private: refusal.private,
            };
            let attempt = attempt(outcome, findings, AuditAction::SignInRefused);
            refuse(context, attempt, refusal, None, None, now).await
        }
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
