//! "One more step" (B7): somebody whom a provider sent types an email address, and proves it by a code. What follows is
//! [`redeem_code`](super::redeem_code)'s, with an attempt of [`FlowPurpose::OneMoreStep`].

use doorward_domain::audit::AuditAction;
use doorward_domain::email_address::EmailAddress;
use doorward_domain::ids::TripId;
use doorward_domain::mail::Message;
use doorward_domain::method::Method;
use doorward_domain::provider::{Arrived, HeldArrival};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::sign_in::{Binding, FlowPurpose, PendingSignIn, Refusal, Rule};
use doorward_domain::throttle::Admission;
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;

use super::finish::{over_budget, refused};
use super::named_provider::describe;
use super::refuse;
use super::request_code::{CodeMail, Mail, Send, send_code};
use super::with_provider::{arrival_facts, keeps_out};
use crate::context::{Caller, Context, asked_by};
use crate::outcome::{EmailNeeded, SignInError, SignInOutcome};

const NAME: &str = "one-more-step";

/// The address that somebody typed.
#[derive(Debug, Clone)]
pub struct OneMoreStep {
    /// Where.
    pub workspace: Workspace,
    /// What is held of them.
    pub held: TripId,
    /// The address.
    pub address: EmailAddress,
}

/// What is held for this browser under that id.
async fn held(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    id: TripId,
    now: Timestamp,
) -> Result<Option<HeldArrival>, SignInError> {
    let Binding::Browser(browser) = caller.binding else {
        return Ok(None);
    };
    Ok(context.ports.trips.held(workspace.id, id, &browser, now).await?)
}

/// What the page shows; `None` if nothing is held for this browser under that id (any more).
pub(crate) async fn view(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    id: TripId,
) -> Result<Option<EmailNeeded>, SignInError> {
    let held = held(context, caller, workspace, id, context.now()).await?;
    Ok(held.map(|held| EmailNeeded {
        held: held.id,
        provider: describe(context, workspace, &held.arrived.identity.provider),
        hint: held.arrived.email.map(|email| email.address.to_string()),
        return_to: held.return_to,
    }))
}

/// Puts a code, or the truth, on its way to the mailbox; the answer is the same whoever has the address (B16).
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: OneMoreStep,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let Some(held) = held(context, caller, workspace, request.held, now).await? else {
        let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
        let saw = "nobody who came from a provider is waited for in this browser";
        let attempt = refused(NAME, workspace, caller, (None, None), refusal, Rule::Attempt, saw);
        return refuse(context, attempt, refusal, None, None, now).await;
    };
    let step = Step {
        workspace,
        address: request.address,
        return_to: held.return_to,
        arrived: held.arrived,
        flow: None,
    };
    send(context, caller, step, now).await
}

/// Sends another code of an attempt that is under way. The caller has shown that it is theirs.
pub(crate) async fn resend(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: PendingSignIn,
) -> Result<Option<SignInOutcome>, SignInError> {
    let Some(arrived) = flow.arrived.clone() else {
        return Ok(None);
    };
    let step = Step {
        workspace,
        address: flow.email.clone(),
        return_to: flow.return_to.clone(),
        arrived,
        flow: Some(flow),
    };
    send(context, caller, step, context.now()).await.map(Some)
}

struct Step<'a> {
    workspace: &'a Workspace,
    address: EmailAddress,
    return_to: ReturnTo,
    arrived: Arrived,
    flow: Option<PendingSignIn>,
}

async fn send(
    context: &Context,
    caller: &Caller,
    step: Step<'_>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let workspace = step.workspace;
    let by_network = vec![context.budgets().code_request_of_network(&caller.client.network())];
    if let Admission::Exceeded { reason, retry_at } =
        context.ports.throttle.consume(workspace.id, by_network, now).await?
    {
        let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(&step.address), None, reason);
        return refuse(context, attempt, refusal, retry_at, None, now).await;
    }
    let key = step.address.key();
    let record = context.ports.users.find_for_sign_in(workspace.id, &key).await?;
    let mail = match truth_for(context, caller, &step, record.as_ref(), now).await? {
        Some(message) => Mail::Truth(message),
        None => Mail::Code(CodeMail::SignIn),
    };
    let send = Send {
        name: NAME,
        purpose: FlowPurpose::OneMoreStep,
        workspace,
        address: step.address,
        return_to: step.return_to,
        sign_up: None,
        arrived: Some(step.arrived),
        flow: step.flow,
        password_verified: None,
        user: None,
        mail,
        record,
        findings: Vec::new(),
        action: AuditAction::CodeRequested,
    };
    send_code(context, caller, send, now).await
}

/// What the mailbox learns where a code would lead nowhere; nothing, where it may have one.
async fn truth_for(
    context: &Context,
    caller: &Caller,
    step: &Step<'_>,
    record: Option<&SignInRecord>,
    now: Timestamp,
) -> Result<Option<Message>, SignInError> {
    let asked_by = asked_by(caller, now);
    if let Some(known) = record {
        let disabled = known.user.status != UserStatus::Active;
        return Ok(disabled.then_some(Message::AccountDisabled { asked_by }));
    }
    let arrival = arrival_facts(context, step.workspace, Method::Provider, &step.arrived).await?;
    // A contact without an address takes this one.
    if arrival.connected_to.is_some() || keeps_out(step.workspace, &arrival, Some(&step.address)).is_none() {
        return Ok(None);
    }
    let sign_up_url = None;
    Ok(Some(Message::NoAccount { sign_up_url, asked_by }))
}
