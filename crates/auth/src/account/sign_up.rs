//! Sign up (A3): nothing comes into being before the mailbox is proved, so a claim by somebody else owns nothing and
//! reserves nothing.

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::mail::Message;
use doorward_domain::password_rule::{PasswordContext, PasswordProblem, check_new_password};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::Audience;
use doorward_domain::secret::Password;
use doorward_domain::settings::SignUpRule;
use doorward_domain::sign_in::{FlowPurpose, NewSignUp, ReceiptOutcome, Refusal, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus, clean_name};
use doorward_domain::workspace::Workspace;

use crate::context::{Attempt, Caller, Context, asked_by, denied};
use crate::outcome::{SignInError, SignInOutcome};
use crate::sign_in::refuse;
use crate::sign_in::request_code::{CodeMail, Mail, Send, send_code};

const NAME: &str = "sign-up";

/// What was typed, parsed.
#[derive(Debug, Clone)]
pub struct SignUpRequest {
    /// Where.
    pub workspace: Workspace,
    /// The name.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
    /// The password.
    pub password: Password,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// How a sign-up went on.
#[derive(Debug)]
pub enum SignUpOutcome {
    /// As every other attempt: a code is on its way, or no.
    Attempt(SignInOutcome),
    /// The password will not do; nothing was kept, nothing was sent.
    PasswordProblems(Vec<PasswordProblem>),
}

/// Begins a sign-up. The answer is the same whether or not the address has an account (B16); the mailbox learns it.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: SignUpRequest,
) -> Result<SignUpOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let key = request.address.key();
    if !workspace.security.may_sign_up(&request.address) {
        let private = match workspace.security.sign_up {
            SignUpRule::Domains { .. } => PrivateReason::SignUpDomain,
            SignUpRule::Open | SignUpRule::Closed => PrivateReason::SignUpClosed,
        };
        let refusal = Refusal::new(PublicReason::SignUpClosed, private);
        let attempt = Attempt {
            name: NAME,
            workspace: workspace.id,
            caller,
            address: Some(key),
            user: None,
            action: AuditAction::SignInRefused,
            outcome: ReceiptOutcome::Refused {
                public: refusal.public,
                private,
            },
            findings: vec![denied(
                Rule::SignUpAllowed,
                "the workspace does not admit this address",
                private,
            )],
        };
        return refuse(context, attempt, refusal, None, None, now)
            .await
            .map(SignUpOutcome::Attempt);
    }
    let name = clean_name(&request.name);
    let settings = workspace.security.audience(Audience::Customers);
    let words = PasswordContext::new(workspace, &name, std::slice::from_ref(&request.address));
    let problems = check_new_password(&request.password, settings, false, &words);
    if !problems.is_empty() {
        return Ok(SignUpOutcome::PasswordProblems(problems));
    }
    let by_network = vec![context.budgets().sign_up(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) =
            crate::sign_in::over_budget(NAME, workspace, caller, Some(&request.address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now)
            .await
            .map(SignUpOutcome::Attempt);
    }
    let password = context.ports.hasher.hash(request.password).await?;
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let mail = mail_for(record.as_ref(), caller, now);
    let send = Send {
        name: NAME,
        purpose: FlowPurpose::SignUp,
        workspace,
        address: request.address,
        return_to: request.return_to,
        sign_up: Some(NewSignUp { name, password }),
        arrived: None,
        flow: None,
        password_verified: None,
        user: None,
        record,
        findings: Vec::new(),
        action: AuditAction::SignUpBegun,
        mail,
    };
    send_code(context, caller, send, now).await.map(SignUpOutcome::Attempt)
}

/// What the mailbox gets: a code for whoever may come in by it, else the truth.
fn mail_for(record: Option<&SignInRecord>, caller: &Caller, now: Timestamp) -> Mail {
    match record {
        None => Mail::Code(CodeMail::SignUp),
        Some(known) if known.user.status != UserStatus::Active => Mail::Truth(Message::AccountDisabled {
            asked_by: asked_by(caller, now),
        }),
        Some(_) => Mail::Code(CodeMail::AlreadyRegistered),
    }
}

/// Sends another code for a sign-up that is under way, with what was typed before.
pub(crate) async fn resend(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: doorward_domain::sign_in::PendingSignIn,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let record = context
        .ports
        .users
        .find_for_sign_in(workspace.id, &flow.email.key())
        .await?;
    let mail = mail_for(record.as_ref(), caller, now);
    let send = Send {
        name: NAME,
        purpose: FlowPurpose::SignUp,
        workspace,
        address: flow.email.clone(),
        return_to: flow.return_to.clone(),
        sign_up: flow.sign_up.clone(),
        arrived: None,
        flow: Some(flow),
        password_verified: None,
        user: None,
        record,
        findings: Vec::new(),
        action: AuditAction::CodeRequested,
        mail,
    };
    send_code(context, caller, send, now).await
}
