//! Asking for an emailed code (B2), and for the code that proves a mailbox after a right password (A3).

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::{FlowId, SecretId, UserId};
use doorward_domain::mail::Message;
use doorward_domain::method::Method;
use doorward_domain::ports::{NewCode, SendCode};
use doorward_domain::provider::Arrived;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::EmailCode;
use doorward_domain::sign_in::{Finding, FlowPurpose, NewSignUp, PendingSignIn, ReceiptOutcome, Rule};
use doorward_domain::throttle::{Admission, Standing};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::ways_in::{Surroundings, open_methods, ways_in};
use doorward_domain::workspace::Workspace;

use super::finish::over_budget;
use super::refuse;
use crate::context::{Attempt, Caller, Context, Recipient, allowed, asked_by};
use crate::outcome::{CodeSent, SignInError, SignInOutcome};

const NAME: &str = "request-code";

/// A request for a code.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// Where.
    pub workspace: Workspace,
    /// The address.
    pub address: EmailAddress,
    /// Where they were going; an attempt that goes on takes the newer destination unless it is just the home page.
    pub return_to: ReturnTo,
}

/// Puts a code, or the truth, on its way to the mailbox; the answer is the same whoever has the address (B16).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: CodeRequest,
) -> Result<SignInOutcome, SignInError> {
    run_for(context, caller, request, None).await
}

/// Who is meant, where not the address was typed but something names a person.
pub(crate) struct Named {
    /// What names them, for the receipt.
    pub(crate) by: &'static str,
    /// The person.
    pub(crate) user: UserId,
    /// What was seen of it.
    pub(crate) finding: Finding,
}

/// The same, for the address of somebody who is named by a link and not by who asks: no page may show the address to
/// whoever holds the link (R40).
pub(crate) async fn run_named(
    context: &Context,
    caller: &Caller,
    request: CodeRequest,
    named: Named,
) -> Result<SignInOutcome, SignInError> {
    run_with(context, caller, request, None, Some(named)).await
}

/// The same, for an attempt that is under way. The caller has shown that it is theirs.
pub(crate) async fn run_for(
    context: &Context,
    caller: &Caller,
    request: CodeRequest,
    flow: Option<PendingSignIn>,
) -> Result<SignInOutcome, SignInError> {
    run_with(context, caller, request, flow, None).await
}

async fn run_with(
    context: &Context,
    caller: &Caller,
    request: CodeRequest,
    flow: Option<PendingSignIn>,
    named: Option<Named>,
) -> Result<SignInOutcome, SignInError> {
    let name = named.as_ref().map_or(NAME, |named| named.by);
    // Whoever was named at first is meant still when the attempt is begun anew.
    let of_flow = flow.as_ref().and_then(|flow| flow.user);
    let user = named.as_ref().map(|named| named.user).or(of_flow);
    let now = context.now();
    let password_verified = flow.as_ref().and_then(|flow| flow.password_verified);
    let workspace = &request.workspace;
    let key = request.address.key();
    let by_network = vec![context.budgets().code_request_of_network(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(name, workspace, caller, Some(&request.address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now).await;
    }
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let (message, may_have_code) = truth_for(context, workspace, caller, &request.address, record.as_ref(), now);
    let send = Send {
        name,
        purpose: FlowPurpose::SignIn,
        workspace,
        address: request.address,
        return_to: request.return_to,
        sign_up: None,
        arrived: None,
        flow,
        password_verified,
        user,
        mail: if may_have_code
            || record
                .as_ref()
                .is_some_and(|known| Some(known.user.id) == password_verified)
        {
            Mail::Code(CodeMail::SignIn)
        } else {
            Mail::Truth(message)
        },
        record,
        findings: named.into_iter().map(|named| named.finding).collect(),
        action: AuditAction::CodeRequested,
    };
    send_code(context, caller, send, now).await
}

/// What the mailbox learns when it may have no code.
fn truth_for(
    context: &Context,
    workspace: &Workspace,
    caller: &Caller,
    address: &EmailAddress,
    record: Option<&SignInRecord>,
    now: Timestamp,
) -> (Message, bool) {
    let asked_by = asked_by(caller, now);
    let person = record.map(|record| context.facts_of(workspace, record, address));
    let open = open_methods(&ways_in(&workspace.security, person.as_ref(), Surroundings::default()));
    match person {
        None => {
            let sign_up_url = workspace
                .security
                .may_sign_up(address)
                .then(|| context.url(workspace, "/sign-up"));
            (Message::NoAccount { sign_up_url, asked_by }, false)
        }
        Some(person) if person.status != UserStatus::Active => (Message::AccountDisabled { asked_by }, false),
        Some(_) => {
            let may_have_code = open.contains(&Method::EmailCode);
            let forgot_password_url = context.url(workspace, "/forgot-password");
            (
                Message::CodeNotOffered {
                    open,
                    forgot_password_url,
                    asked_by,
                },
                may_have_code,
            )
        }
    }
}

/// A right password whose mailbox is unproved.
pub(crate) struct MailboxProofRequest<'a> {
    pub(crate) name: &'static str,
    pub(crate) workspace: &'a Workspace,
    pub(crate) address: EmailAddress,
    pub(crate) return_to: ReturnTo,
    pub(crate) record: Option<SignInRecord>,
    pub(crate) findings: Vec<Finding>,
}

/// Puts the code on its way that proves the mailbox.
pub(crate) async fn send_mailbox_proof(
    context: &Context,
    caller: &Caller,
    request: MailboxProofRequest<'_>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let send = Send {
        name: request.name,
        purpose: FlowPurpose::SignIn,
        workspace: request.workspace,
        address: request.address,
        return_to: request.return_to,
        sign_up: None,
        arrived: None,
        flow: None,
        password_verified: request.record.as_ref().map(|record| record.user.id),
        user: None,
        record: request.record,
        findings: request.findings,
        action: AuditAction::SignInContinued,
        mail: Mail::Code(CodeMail::SignIn),
    };
    send_code(context, caller, send, now).await
}

/// Which words carry a code.
pub(crate) enum CodeMail {
    SignIn,
    SignUp,
    AlreadyRegistered,
    FreshProof,
}

/// What the mailbox gets.
pub(crate) enum Mail {
    Code(CodeMail),
    Truth(Message),
}

/// One sending of a code, of any purpose.
pub(crate) struct Send<'a> {
    pub(crate) name: &'static str,
    pub(crate) purpose: FlowPurpose,
    pub(crate) workspace: &'a Workspace,
    pub(crate) address: EmailAddress,
    pub(crate) return_to: ReturnTo,
    pub(crate) sign_up: Option<NewSignUp>,
    /// What a provider said of whoever takes one more step.
    pub(crate) arrived: Option<Arrived>,
    /// The attempt to go on with, where the caller named it; else the one that this browser has under way, if any.
    pub(crate) flow: Option<PendingSignIn>,
    pub(crate) password_verified: Option<UserId>,
    /// The person, where they are known for certain: a fresh proof in a session.
    pub(crate) user: Option<UserId>,
    pub(crate) record: Option<SignInRecord>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) action: AuditAction,
    pub(crate) mail: Mail,
}

/// Starts or continues the attempt and puts the mail on its way, within waits and budgets (R27, R112).
pub(crate) async fn send_code(
    context: &Context,
    caller: &Caller,
    send: Send<'_>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let workspace = send.workspace;
    let key = send.address.key();
    let standing = context.standing(caller, workspace.id, &key);
    let budgets = context.budgets();
    let throttle = &context.ports.throttle;
    let wait = budgets.code_wait(&key, &standing);
    let running = match send.flow {
        Some(flow) => Some(flow),
        None => {
            context
                .ports
                .flows
                .find_live(workspace.id, caller.binding, send.purpose, &key, now)
                .await?
        }
    };
    let running = running
        // An attempt that is out of tries takes no code any more, so another mail for it would be of no use (R22).
        .filter(|flow| flow.is_live(&context.config.limits, now));
    let inside_wait = match throttle.consume(workspace.id, vec![wait.clone()], now).await? {
        Admission::Admitted => None,
        Admission::Exceeded { retry_at, .. } => Some(retry_at),
    };
    if inside_wait.is_none() {
        let mails = budgets.code_mails(&key, &standing);
        if let Admission::Exceeded { reason, retry_at } = throttle.consume(workspace.id, mails, now).await? {
            let user = send.record.as_ref().map(|record| record.user.id);
            let (attempt, refusal) = over_budget(send.name, workspace, caller, Some(&send.address), user, reason);
            let flow = running.map(|flow| flow.id);
            return refuse(context, attempt, refusal, retry_at, flow, now).await;
        }
        alert_on_flood(context, workspace, now).await?;
    }

    let stored = send
        .record
        .as_ref()
        .and_then(|record| record.user.email(&key))
        .map_or_else(|| send.address.clone(), |email| email.address.clone());
    let limits = &context.config.limits;
    let mut flow = running.unwrap_or_else(|| PendingSignIn {
        id: FlowId::random(context.entropy()),
        workspace: workspace.id,
        binding: caller.binding,
        purpose: send.purpose,
        // As typed: pages show it, and the stored spelling would tell that somebody has the address (R90).
        email: send.address.clone(),
        return_to: send.return_to.clone(),
        sign_up: None,
        password_verified: None,
        arrived: None,
        first_step: None,
        user: send.user,
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(limits.attempt_lifetime()),
        ended_at: None,
    });
    if !send.return_to.is_home() {
        flow.return_to = send.return_to;
    }
    flow.sign_up = send.sign_up.or(flow.sign_up);
    flow.arrived = send.arrived.or(flow.arrived);
    flow.password_verified = send.password_verified.or(flow.password_verified);

    let (code, mail) = if inside_wait.is_some() {
        (None, None)
    } else {
        flow.last_sent_at = now;
        let lifetime = limits.code_lifetime();
        let minutes = limits.code_lifetime_seconds.div_ceil(60);
        let (code, message) = match send.mail {
            Mail::Truth(message) => (None, message),
            Mail::Code(kind) => {
                let code = EmailCode::generate(context.entropy());
                let new = NewCode {
                    id: SecretId::sortable(context.entropy(), now),
                    digest: code.digest(&context.config.code_key, flow.id),
                    expires_at: now.plus(lifetime),
                };
                let (code, asked_by) = (code.expose(), asked_by(caller, now));
                let message = match kind {
                    CodeMail::SignIn => Message::SignInCode {
                        code,
                        minutes,
                        asked_by,
                    },
                    CodeMail::SignUp => Message::SignUpCode {
                        code,
                        minutes,
                        asked_by,
                    },
                    CodeMail::FreshProof => Message::FreshProofCode {
                        code,
                        minutes,
                        asked_by,
                    },
                    CodeMail::AlreadyRegistered => Message::AlreadyRegistered {
                        code,
                        minutes,
                        asked_by,
                    },
                };
                (Some(new), message)
            }
        };
        let reader = send.record.as_ref().map(|record| &record.user);
        let mail = context.mail(
            workspace,
            Recipient {
                address: stored,
                reader,
                language: &caller.language,
            },
            message,
            Some(lifetime),
            now,
        );
        (code, Some(mail))
    };

    let mut findings = send.findings;
    findings.push(allowed(
        Rule::Budget,
        if mail.is_some() {
            "mail put on its way"
        } else {
            "inside the wait"
        },
    ));
    let (receipt, audit) = context.account_for(
        Attempt {
            name: send.name,
            workspace: workspace.id,
            caller,
            address: Some(key.clone()),
            user: send.record.as_ref().map(|record| record.user.id),
            action: send.action,
            outcome: ReceiptOutcome::Sent,
            findings,
        },
        now,
    );
    let answer = CodeSent {
        flow: flow.id,
        masked: send.address.masked(),
        sent_at: flow.last_sent_at,
        resend_at: match inside_wait {
            Some(retry_at) => retry_at,
            None => resend_at(context, workspace, &key, &standing, now).await?,
        },
    };
    let live_codes = limits.codes_live_per_attempt;
    context
        .ports
        .flows
        .send_code(SendCode {
            flow,
            code,
            live_codes,
            mail,
            receipt,
            audit,
        })
        .await?;
    Ok(SignInOutcome::CodeSent(answer))
}

/// When the next code may be asked for.
pub(crate) async fn resend_at(
    context: &Context,
    workspace: &Workspace,
    key: &doorward_domain::email_address::EmailKey,
    standing: &Standing,
    now: Timestamp,
) -> Result<Option<Timestamp>, SignInError> {
    let wait = context.budgets().code_wait(key, standing);
    match context.ports.throttle.peek(workspace.id, vec![wait], now).await? {
        Admission::Admitted => Ok(None),
        Admission::Exceeded { retry_at, .. } => Ok(retry_at),
    }
}

/// Raises the alert of R112 when a workspace sends more than its ceiling; refuses nothing.
pub(crate) async fn alert_on_flood(
    context: &Context,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<(), SignInError> {
    let charge = context.budgets().workspace_mails();
    if let Admission::Exceeded { .. } = context.ports.throttle.consume(workspace.id, vec![charge], now).await? {
        tracing::warn!(workspace.slug = %workspace.slug, "more mails this hour than the ceiling of the workspace");
    }
    Ok(())
}
