//! The step between the first factor and the session (B11, B12, R69–R75): an app code, a backup code or a passkey.

use doorward_domain::ids::{CeremonyId, FlowId};
use doorward_domain::mail::SecurityEvent;
use doorward_domain::method::Method;
use doorward_domain::passkey::CeremonyPurpose;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::TypedFactor;
use doorward_domain::sign_in::{
    ArrivalFacts, FirstStep, FirstStepProven, PasskeyVerified, PendingSignIn, PersonFacts, Proofs, ProviderVerified,
    Refusal, Rule, SecondFactorVerified, SignInFacts, Step,
};
use doorward_domain::time::Timestamp;
use doorward_domain::user::{SignInRecord, UserStatus};
use doorward_domain::workspace::Workspace;
use serde_json::Value;

use super::admission::admit_network;
use super::finish::{after_the_door, is_under_way, over_budget, refused};
use super::second_factor::{Shown, look_at, saw_wrong};
use super::with_provider::arrival_facts;
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context};
use crate::factors::rounds;
use crate::outcome::{PasskeyChallenge, SignInError, SignInOutcome};

const NAME: &str = "complete-second-factor";

/// The second step of an attempt as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStepView {
    /// The attempt.
    pub flow: FlowId,
    /// Which step.
    pub step: Step,
    /// Whether the authenticator app is on.
    pub app: bool,
    /// Whether a passkey of theirs would do.
    pub passkey: bool,
    /// The fewest characters of a password of theirs, where one is to be chosen.
    pub password_min_length: u16,
    /// Where they were going.
    pub return_to: ReturnTo,
}

/// A typed code.
#[derive(Debug, Clone)]
pub struct SecondFactorTry {
    /// Where.
    pub workspace: Workspace,
    /// The attempt.
    pub flow: FlowId,
    /// What was typed: an app code or a backup code.
    pub typed: String,
}

/// The answer of a passkey.
#[derive(Debug, Clone)]
pub struct SecondPasskey {
    /// Where.
    pub workspace: Workspace,
    /// The attempt.
    pub flow: FlowId,
    /// The round.
    pub ceremony: CeremonyId,
    /// What the authenticator answered, as `credential.toJSON()` gives it.
    pub answer: Value,
}

/// An attempt at its second step, with the person that it is about as they are now.
pub(crate) struct UnderWay {
    pub(crate) flow: PendingSignIn,
    pub(crate) first: FirstStep,
    pub(crate) record: SignInRecord,
    /// Who was sent by whom, looked at anew.
    pub(crate) arrival: Option<ArrivalFacts>,
}

impl UnderWay {
    /// The facts that the decision is taken on, the same as at the first step.
    pub(crate) fn facts(&self, workspace: &Workspace) -> SignInFacts {
        // Whoever showed a connected identity typed no address, as whoever used a passkey.
        let by_address = match self.first.method {
            Method::Passkey => false,
            Method::Provider | Method::HandOver => self
                .arrival
                .as_ref()
                .is_none_or(|arrival| arrival.connected_to != Some(self.first.user)),
            _ => true,
        };
        SignInFacts {
            workspace: workspace.id,
            settings: workspace.security.clone(),
            method: self.first.method,
            door: self.first.door,
            address: by_address.then(|| self.flow.email.clone()),
            arrival: self.arrival.clone(),
            person: Some(PersonFacts::of(&self.record, &self.flow.email)),
        }
    }
}

/// The attempt, if it is this browser's, alive, and nothing of the account changed since its first step (R73).
pub(crate) async fn under_way(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
    now: Timestamp,
) -> Result<Option<UnderWay>, SignInError> {
    let flow = context.ports.flows.find(workspace.id, flow).await?;
    let Some(flow) = flow.filter(|flow| is_under_way(flow, caller.binding, now)) else {
        return Ok(None);
    };
    let Some(first) = flow.first_step.clone() else {
        return Ok(None);
    };
    let record = context.ports.users.find_record(workspace.id, first.user).await?;
    let unchanged = record.filter(|record| {
        record.credentials_version == first.credentials_version && record.user.status == UserStatus::Active
    });
    let Some(record) = unchanged else {
        return Ok(None);
    };
    let arrival = match &flow.arrived {
        Some(arrived) => Some(arrival_facts(context, workspace, first.method, arrived).await?),
        None => None,
    };
    Ok(Some(UnderWay {
        flow,
        first,
        record,
        arrival,
    }))
}

/// What the page shows; `None` where there is no such attempt any more.
pub(crate) async fn view(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
) -> Result<Option<SecondStepView>, SignInError> {
    let now = context.now();
    let under_way = under_way(context, caller, workspace, flow, now).await?;
    Ok(under_way.map(|under_way| SecondStepView {
        flow: under_way.flow.id,
        step: under_way.first.step,
        app: under_way.record.factors.app,
        passkey: under_way.record.factors.passkeys > 0,
        password_min_length: workspace
            .security
            .audience(under_way.record.user.role.audience())
            .shortest_password(under_way.record.factors.app),
        return_to: under_way.flow.return_to,
    }))
}

/// Tries a code, and opens the session if it is right.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: SecondFactorTry,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let of_network = match admit_network(context, caller, NAME, workspace, Some(request.flow), now).await? {
        Ok(charge) => charge,
        Err(turned_away) => return Ok(turned_away),
    };
    let Some(at) = under_way(context, caller, workspace, request.flow, now).await? else {
        context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
        return over(context, caller, workspace, now).await;
    };
    let user = at.record.user.id;
    let factors = context.ports.factors.find(workspace.id, user).await?;
    let typed = TypedFactor::parse(&request.typed);
    let shown = match look_at(context, workspace, user, &factors, typed, now).await {
        Err(SignInError::Hasher(busy)) => {
            // Nothing was tried, so the network failed at nothing either (R8).
            context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            return Err(busy.into());
        }
        looked => looked?,
    };
    let (proof, mut refunds, app_clears, codes_left) = match shown {
        Shown::Right {
            proof,
            refunds,
            clears,
            codes_left,
        } => (proof, refunds, clears, codes_left),
        Shown::Wrong(private) => {
            if private == PrivateReason::SecondFactorReplayed {
                context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            }
            let saw = saw_wrong(private);
            let refusal = Refusal::new(PublicReason::SecondFactorWrong, private);
            let whom = (Some(at.flow.email.key()), Some(user));
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::SecondFactor, saw);
            return refuse(context, attempt, refusal, None, Some(at.flow.id), now).await;
        }
        Shown::OverBudget { reason, retry_at } => {
            context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            let (attempt, refusal) = over_budget(NAME, workspace, caller, Some(&at.flow.email), Some(user), reason);
            return refuse(context, attempt, refusal, retry_at, Some(at.flow.id), now).await;
        }
    };
    let notices = codes_left.map_or_else(Vec::new, |left| {
        context.security_notices(
            workspace,
            &at.record.user,
            caller,
            SecurityEvent::BackupCodeUsed { left },
            now,
        )
    });
    refunds.insert(0, of_network);
    let given_back = refunds.clone();
    let outcome = finish(
        context,
        caller,
        workspace,
        at,
        proof,
        (refunds, app_clears),
        notices,
        now,
    )
    .await?;
    if matches!(outcome, SignInOutcome::Refused(_)) {
        // The code was right: a try that lost the race for it counts on no budget (R28).
        context.ports.throttle.refund(workspace.id, given_back).await?;
    }
    Ok(outcome)
}

/// Begins showing a passkey as the second step; `None` where there is no such attempt, or no passkey.
pub(crate) async fn begin_passkey(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    flow: FlowId,
    origin: &str,
) -> Result<Option<PasskeyChallenge>, SignInError> {
    let now = context.now();
    let Some(at) = under_way(context, caller, workspace, flow, now).await? else {
        return Ok(None);
    };
    let purpose = CeremonyPurpose::SecondFactor { flow: at.flow.id };
    rounds::begin_showing(context, caller, workspace, at.record.user.id, origin, purpose, now).await
}

/// Takes the answer of a passkey, and opens the session if it holds.
pub(crate) async fn finish_passkey(
    context: &Context,
    caller: &Caller,
    request: SecondPasskey,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let of_network = match admit_network(context, caller, NAME, workspace, Some(request.flow), now).await? {
        Ok(charge) => charge,
        Err(turned_away) => return Ok(turned_away),
    };
    let Some(at) = under_way(context, caller, workspace, request.flow, now).await? else {
        context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
        return over(context, caller, workspace, now).await;
    };
    let wanted = CeremonyPurpose::SecondFactor { flow: at.flow.id };
    let shown = rounds::finish_showing(
        context,
        caller,
        workspace,
        &at.record.user,
        (request.ceremony, &wanted),
        &request.answer,
        now,
    )
    .await?;
    match shown {
        Ok(assertion) => {
            let proof = SecondFactorVerified::by_passkey(PasskeyVerified::from_assertion(assertion));
            finish(
                context,
                caller,
                workspace,
                at,
                proof,
                (vec![of_network], Vec::new()),
                Vec::new(),
                now,
            )
            .await
        }
        Err(private) => {
            let refusal = Refusal::new(PublicReason::PasskeyWrong, private);
            let whom = (Some(at.flow.email.key()), Some(at.record.user.id));
            let saw = "the passkey's answer does not hold";
            let attempt = refused(NAME, workspace, caller, whom, refusal, Rule::SecondFactor, saw);
            refuse(context, attempt, refusal, None, Some(at.flow.id), now).await
        }
    }
}

/// The common end: the decision is taken again, now with the second factor, and the session opens.
#[expect(
    clippy::too_many_arguments,
    reason = "everything that the last step of an attempt hands on"
)]
async fn finish(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    at: UnderWay,
    proof: SecondFactorVerified,
    (refunds, clears): (
        Vec<doorward_domain::throttle::Charge>,
        Vec<doorward_domain::throttle::ThrottleKey>,
    ),
    notices: Vec<doorward_domain::mail::NewMail>,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let facts = at.facts(workspace);
    let proofs = Proofs {
        provider: ProviderVerified::from_pending(&at.flow),
        first_step: FirstStepProven::from_pending(&at.flow),
        second_factor: Some(proof),
        ..Proofs::default()
    };
    let clears = at.first.clears.iter().cloned().chain(clears).collect();
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: Some(&at.record),
        return_to: after_the_door(at.first.door, true, at.flow.return_to.clone()),
        rehash: at.first.rehash.clone(),
        flow: Some(at.flow.id),
        refunds,
        clears,
        notices,
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => Ok(outcome),
        // The mailbox was proved, or its proof not needed, before the second step began; so it changed since.
        Err(_unproved) => over(context, caller, workspace, now).await,
    }
}

/// The attempt is over: begin again.
pub(crate) async fn over(
    context: &Context,
    caller: &Caller,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<SignInOutcome, SignInError> {
    let refusal = Refusal::new(PublicReason::SessionExpired, PrivateReason::FlowOver);
    let attempt = refused(
        NAME,
        workspace,
        caller,
        (None, None),
        refusal,
        Rule::Attempt,
        "no such attempt at its second step in this browser, or the account changed",
    );
    refuse(context, attempt, refusal, None, None, now).await
}
