//! Passkeys at the door: signing in with one, and showing one as the second step (B10, R76). The script asks for a
//! challenge by POST, since a challenge is kept and a GET changes nothing; the answer comes as a form.

use axum::response::{IntoResponse, Response};
use doorward_auth::PasskeyChallenge;
use doorward_auth::sign_in::complete_second_factor::SecondPasskey;
use doorward_auth::sign_in::with_passkey::{PasskeyRequest, PasskeySignIn};
use doorward_domain::ids::CeremonyId;
use doorward_domain::workspace::Workspace;
use serde::Deserialize;
use serde_json::{Value, json};

use super::second_factor::{self, Pending};
use super::visit::Visit;
use super::{fields, keep, sign_in};
use crate::extract::{FormAttempt, Json};
use crate::problem::{Fault, FaultKind};

/// What the script says of the challenge to sign in with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInOptions {
    return_to: Option<String>,
    #[serde(default)]
    autofill: bool,
}

/// What the script says of the challenge for a second step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondStepOptions {
    flow: String,
}

/// The fields of both forms.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    ceremony: String,
    #[serde(default)]
    answer: String,
    keep: Option<String>,
    flow: Option<String>,
    return_to: Option<String>,
}

impl Fields {
    /// The round and the authenticator's answer. A text that is none goes on as an answer that cannot hold, so that it
    /// is refused, counted and told of like any other.
    fn round(&self) -> Result<(CeremonyId, Value), Fault> {
        round(&self.ceremony, &self.answer)
    }
}

/// Reads what the script wrote into a form.
pub(super) fn round(ceremony: &str, answer: &str) -> Result<(CeremonyId, Value), Fault> {
    let ceremony = ceremony
        .parse()
        .map_err(|_| Fault::new(FaultKind::BadRequest).detail("The form names no round with a passkey."))?;
    Ok((ceremony, serde_json::from_str(answer).unwrap_or(Value::Null)))
}

/// A challenge, as the script takes it.
pub(super) fn challenge(challenge: &PasskeyChallenge) -> Response {
    axum::Json(json!({ "ceremony": challenge.ceremony, "options": challenge.options })).into_response()
}

pub(super) async fn sign_in_options(visit: Visit, Json(options): Json<SignInOptions>) -> Result<Response, Fault> {
    let request = PasskeyRequest {
        workspace: Workspace::clone(visit.workspace()?),
        origin: visit.origin()?,
        return_to: visit.destination(options.return_to.as_deref()),
        autofill: options.autofill,
    };
    let begun = visit
        .state
        .auth
        .sign_in()
        .begin_passkey(&visit.caller(), request)
        .await?;
    Ok(challenge(&begun))
}

pub(super) async fn second_step_options(
    visit: Visit,
    Json(options): Json<SecondStepOptions>,
) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let gone = || Fault::new(FaultKind::Gone).detail("The attempt is over, or no passkey would do.");
    let flow = fields::flow_of(Some(&options.flow)).ok_or_else(gone)?;
    let begun = visit
        .state
        .auth
        .sign_in()
        .begin_second_passkey(&visit.caller(), workspace, flow, &visit.origin()?)
        .await?;
    begun.as_ref().map(challenge).ok_or_else(gone)
}

pub(super) async fn sign_in(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (fresh, fields) = form.into_parts();
    let return_to = visit.destination(fields.return_to.as_deref());
    let typed = sign_in::Typed {
        email: "",
        keep: keep::is_ticked(fields.keep.as_deref()),
        return_to: &return_to,
    };
    if !fresh {
        return sign_in::expired(&visit, &typed);
    }
    let (ceremony, answer) = fields.round()?;
    let request = PasskeySignIn {
        workspace: Workspace::clone(workspace),
        ceremony,
        answer,
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .with_passkey(&visit.caller(), request)
        .await?;
    sign_in::answer(&visit, &typed, outcome)
}

pub(super) async fn second_step(visit: Visit, form: FormAttempt<Fields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let flow = fields::flow_of(fields.flow.as_deref());
    let at = Pending::of(&visit, flow, fields.return_to.as_deref()).await?;
    if !fresh {
        return second_factor::expired(&visit, &at);
    }
    let Some(flow) = at.flow else {
        return at.over(&visit, None);
    };
    let (ceremony, answer) = fields.round()?;
    let request = SecondPasskey {
        workspace: Workspace::clone(visit.workspace()?),
        flow,
        ceremony,
        answer,
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .complete_with_passkey(&visit.caller(), request)
        .await?;
    second_factor::answer(&visit, &at, outcome)
}
