//! Passkeys at the door: signing in with one, and showing one as the second step (B10).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::PasskeyChallenge;
use doorward_auth::sign_in::complete_second_factor::SecondPasskey;
use doorward_auth::sign_in::with_passkey::{PasskeyRequest, PasskeySignIn};
use doorward_domain::ids::{CeremonyId, FlowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, SignedInDocument};
use super::caller::App;
use super::fields;
use super::own::origin_of;
use super::problems::{BodyProblems, Problem, StepRefusals};
use crate::context::RequestContext;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// What a challenge is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeBody {
    /// The attempt whose second step it is for; without it, the challenge is for signing in.
    flow: Option<Uuid>,
    /// Where the person is going: a path of the workspace's host. For signing in only.
    return_to: Option<String>,
    /// Whether the browser is to offer passkeys in the address field, and ask nothing by itself. For signing in only.
    autofill: Option<bool>,
}

/// A challenge for an authenticator. Good once, for five minutes.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyChallenge)]
pub(crate) struct ChallengeDocument {
    /// The round, to be named with the answer.
    ceremony: Uuid,
    /// What the browser takes: the value of `publicKey` goes to `PublicKeyCredential.parseRequestOptionsFromJSON`, or
    /// `parseCreationOptionsFromJSON` for a new passkey.
    #[schema(value_type = Object)]
    options: Value,
}

/// Tells a challenge.
pub(super) fn tell(challenge: PasskeyChallenge) -> Response {
    let document = ChallengeDocument {
        ceremony: challenge.ceremony.as_uuid(),
        options: challenge.options,
    };
    axum::Json(document).into_response()
}

/// Asks for a challenge. For signing in it is the same whoever asks: the passkey says whose it is.
#[utoipa::path(post, path = "/api/v1/sign-in/passkey/options", operation_id = "begin_sign_in_with_passkey", tag = "sign-in", responses(
    (status = 200, description = "The challenge", body = ChallengeDocument),
    (status = 404, description = "No attempt of that id is at its second step, or the person has no passkey", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn begin(
    State(state): State<Arc<SiteState>>,
    context: RequestContext,
    app: App,
    Json(body): Json<ChallengeBody>,
) -> Result<Response, Fault> {
    let origin = origin_of(&context)?;
    let sign_in = state.auth.sign_in();
    let challenge = if let Some(flow) = body.flow.map(FlowId::from_uuid) {
        let challenge = sign_in
            .begin_second_passkey(&app.caller, &app.workspace, flow, &origin)
            .await?;
        challenge.ok_or_else(|| {
            Fault::new(FaultKind::NotFound)
                .detail("No attempt of that id is at its second step, or no passkey would do.")
        })?
    } else {
        let request = PasskeyRequest {
            workspace: app.workspace.as_ref().clone(),
            origin,
            return_to: fields::return_to(body.return_to.as_deref()),
            autofill: body.autofill.unwrap_or_default(),
        };
        sign_in.begin_passkey(&app.caller, request).await?
    };
    Ok(tell(challenge))
}

/// What the authenticator answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    /// The attempt whose second step it is for; without it, it signs in.
    flow: Option<Uuid>,
    /// The round, as the challenge told it.
    ceremony: Uuid,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    answer: Value,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Signs in with a passkey, or shows one as the second step.
#[utoipa::path(post, path = "/api/v1/sign-in/passkey", operation_id = "sign_in_with_passkey", tag = "sign-in", responses(
    (status = 200, description = "Signed in", body = SignedInDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn finish(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<AnswerBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let workspace = app.workspace.as_ref().clone();
    let ceremony = CeremonyId::from_uuid(body.ceremony);
    let sign_in = state.auth.sign_in();
    let outcome = if let Some(flow) = body.flow.map(FlowId::from_uuid) {
        let request = SecondPasskey {
            workspace,
            flow,
            ceremony,
            answer: body.answer,
        };
        sign_in.complete_with_passkey(&app.caller, request).await?
    } else {
        let request = PasskeySignIn {
            workspace,
            ceremony,
            answer: body.answer,
        };
        sign_in.with_passkey(&app.caller, request).await?
    };
    answer::tell(outcome, &state, &app.language)
}
