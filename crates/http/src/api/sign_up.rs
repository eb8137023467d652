//! Signing up from an app without pages (A3).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use doorward_auth::account::sign_up::{SignUpOutcome, SignUpRequest};
use doorward_domain::sign_in::FlowPurpose;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{self, CodeSentDocument, SignedInDocument};
use super::caller::App;
use super::fields;
use super::problems::{BodyProblems, StepRefusals};
use super::sign_in::{VerifyBody, redeem};
use crate::extract::Json;
use crate::problem::Fault;
use crate::site::SiteState;

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    name: String,
    email: String,
    password: String,
    /// Where the person is going: a path of the workspace's host.
    return_to: Option<String>,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Begins a sign-up: mails a code, and makes nothing before it is redeemed. The answer is the same for an address that
/// has an account.
#[utoipa::path(post, path = "/api/v1/sign-up", operation_id = "sign_up", tag = "sign-up", responses(
    (status = 202, description = "A mail is on its way", body = CodeSentDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn begin(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<SignUpBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    if body.name.trim().is_empty() {
        return Err(fields::misfit("name", "`name` is empty."));
    }
    let request = SignUpRequest {
        workspace: app.workspace.as_ref().clone(),
        name: body.name,
        address: fields::email(&body.email)?,
        password: fields::password(&body.password)?,
        return_to: fields::return_to(body.return_to.as_deref()),
    };
    match state.auth.account().sign_up(&app.caller, request).await? {
        SignUpOutcome::Attempt(outcome) => answer::tell(outcome, &state, &app.language),
        SignUpOutcome::PasswordProblems(problems) => {
            Err(fields::password_problems(&problems, &state.renderer, &app.language))
        }
    }
}

/// Finishes a sign-up with the mailed code, and signs in.
#[utoipa::path(post, path = "/api/v1/sign-up/verify", operation_id = "verify_sign_up", tag = "sign-up", responses(
    (status = 200, description = "Signed in", body = SignedInDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn verify(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<VerifyBody>,
) -> Result<Response, Fault> {
    redeem(&state, app, body, FlowPurpose::SignUp).await
}
