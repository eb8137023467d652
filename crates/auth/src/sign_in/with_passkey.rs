//! Signing in with a passkey (B10, R76): from the button, or from what the browser fills in.

use doorward_domain::ids::CeremonyId;
use doorward_domain::method::Method;
use doorward_domain::passkey::CeremonyPurpose;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::sign_in::{Door, PasskeyVerified, PersonFacts, Proofs, Refusal, Rule, SignInFacts};
use doorward_domain::workspace::Workspace;
use serde_json::Value;

use super::admission::admit_network;
use super::finish::{cleared_by_success, refused};
use super::{Completed, complete, refuse};
use crate::context::{Caller, Context};
use crate::factors::rounds;
use crate::outcome::{PasskeyChallenge, SignInError, SignInOutcome};

const NAME: &str = "sign-in-with-passkey";

/// A request for a challenge.
#[derive(Debug, Clone)]
pub struct PasskeyRequest {
    /// Where.
    pub workspace: Workspace,
    /// Scheme, host and port that the person is at.
    pub origin: String,
    /// Where they were going.
    pub return_to: ReturnTo,
    /// Whether the browser is to offer passkeys in the address field, and ask nothing by itself.
    pub autofill: bool,
}

/// The answer to a challenge.
#[derive(Debug, Clone)]
pub struct PasskeySignIn {
    /// Where.
    pub workspace: Workspace,
    /// The round.
    pub ceremony: CeremonyId,
    /// What the authenticator answered, as `credential.toJSON()` gives it.
    pub answer: Value,
}

/// Begins a round. Says nothing about anybody: the challenge is the same for whoever asks (R90).
pub(crate) async fn begin(
    context: &Context,
    caller: &Caller,
    request: PasskeyRequest,
) -> Result<PasskeyChallenge, SignInError> {
    let now = context.now();
    let purpose = CeremonyPurpose::SignIn {
        return_to: request.return_to,
    };
    let workspace = &request.workspace;
    rounds::begin_signing_in(
        context,
        caller,
        workspace,
        &request.origin,
        request.autofill,
        purpose,
        now,
    )
    .await
}

/// Takes the answer: of any number of answers to one challenge, one is looked at.
pub(crate) async fn run(
    context: &Context,
    caller: &Caller,
    request: PasskeySignIn,
) -> Result<SignInOutcome, SignInError> {
    let now = context.now();
    let workspace = &request.workspace;
    let of_network = match admit_network(context, caller, NAME, workspace, None, now).await? {
        Ok(charge) => charge,
        Err(turned_away) => return Ok(turned_away),
    };
    let signed = rounds::finish_signing_in(context, caller, workspace, request.ceremony, &request.answer, now).await?;
    let (assertion, return_to) = match signed {
        Ok(signed) => signed,
        Err(private) => {
            if private == PrivateReason::PasskeyChallengeOver {
                context.ports.throttle.refund(workspace.id, vec![of_network]).await?;
            }
            let refusal = Refusal::new(PublicReason::PasskeyWrong, private);
            let saw = "the passkey's answer does not hold";
            let attempt = refused(NAME, workspace, caller, (None, None), refusal, Rule::Credential, saw);
            return refuse(context, attempt, refusal, None, None, now).await;
        }
    };
    let record = context
        .ports
        .users
        .find_record(workspace.id, assertion.passkey.user)
        .await?;
    let facts = SignInFacts {
        workspace: workspace.id,
        settings: workspace.security.clone(),
        method: Method::Passkey,
        door: Door::Front,
        address: None,
        arrival: None,
        person: record.as_ref().map(PersonFacts::of_owner),
    };
    let proofs = Proofs {
        passkey: Some(PasskeyVerified::from_assertion(assertion)),
        ..Proofs::default()
    };
    let clears = record
        .as_ref()
        .and_then(|record| record.user.primary_email())
        .map_or_else(Vec::new, |email| {
            let key = email.address.key();
            cleared_by_success(context, &key, &context.standing(caller, workspace.id, &key))
        });
    let completed = Completed {
        name: NAME,
        workspace,
        caller,
        record: record.as_ref(),
        return_to,
        rehash: None,
        flow: None,
        refunds: vec![of_network.clone()],
        clears,
        notices: Vec::new(),
        now,
    };
    match complete(context, &facts, proofs, completed).await? {
        Ok(outcome) => Ok(outcome),
        Err(_unproved) => {
            let refusal = Refusal::new(PublicReason::PasskeyWrong, PrivateReason::EmailUnproved);
            let saw = "the mailbox was never proved";
            let attempt = refused(NAME, workspace, caller, (None, None), refusal, Rule::EmailProved, saw);
            refuse(context, attempt, refusal, None, None, now).await
        }
    }
}
