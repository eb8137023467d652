//! Signing in from an app without pages (B1, B2).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use doorward_auth::sign_in::redeem_code::CodeRedemption;
use doorward_auth::sign_in::request_code::CodeRequest;
use doorward_auth::sign_in::with_password::PasswordSignIn;
use doorward_domain::ids::FlowId;
use doorward_domain::sign_in::FlowPurpose;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, CodeSentDocument, SignedInDocument};
use super::caller::App;
use super::fields;
use super::problems::{BodyProblems, StepRefusals};
use crate::extract::Json;
use crate::problem::Fault;
use crate::site::SiteState;

/// Address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordSignInBody {
    email: String,
    password: String,
    /// Where the person is going: a path of the workspace's host.
    return_to: Option<String>,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Signs in with address and password, or asks for the proof of the mailbox where that is still missing.
#[utoipa::path(post, path = "/api/v1/sign-in/password", operation_id = "sign_in_with_password", tag = "sign-in", responses(
    (status = 200, description = "Signed in", body = SignedInDocument),
    (status = 202, description = "The mailbox is to be proved with the code just sent", body = CodeSentDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn with_password(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<PasswordSignInBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = PasswordSignIn {
        workspace: app.workspace.as_ref().clone(),
        address: fields::email(&body.email)?,
        password: fields::password(&body.password)?,
        return_to: fields::return_to(body.return_to.as_deref()),
    };
    let outcome = state.auth.sign_in().with_password(&app.caller, request).await?;
    answer::tell(outcome, &state, &app.language)
}

/// Whom to mail a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    email: String,
    /// Where the person is going: a path of the workspace's host.
    return_to: Option<String>,
    /// The attempt under way, to send another code of; without it a new attempt begins.
    flow: Option<Uuid>,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Asks for a sign-in code. The answer is the same whoever has the address; inside the wait nothing is sent and
/// `resend_in` says how long it lasts.
#[utoipa::path(post, path = "/api/v1/sign-in/code", operation_id = "request_sign_in_code", tag = "sign-in", responses(
    (status = 202, description = "A mail is on its way", body = CodeSentDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn request_code(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<CodeBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    if let Some(flow) = body.flow.map(FlowId::from_uuid)
        && let Some(outcome) = state
            .auth
            .sign_in()
            .resend_code(&app.caller, &app.workspace, flow)
            .await?
    {
        return answer::tell(outcome, &state, &app.language);
    }
    let request = CodeRequest {
        workspace: app.workspace.as_ref().clone(),
        address: fields::email(&body.email)?,
        return_to: fields::return_to(body.return_to.as_deref()),
    };
    let outcome = state.auth.sign_in().request_code(&app.caller, request).await?;
    answer::tell(outcome, &state, &app.language)
}

/// A code that was mailed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyBody {
    /// The attempt, as the step before told it.
    flow: Uuid,
    /// As typed: any case and spacing.
    code: String,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Signs in with a mailed code.
#[utoipa::path(post, path = "/api/v1/sign-in/code/verify", operation_id = "verify_sign_in_code", tag = "sign-in", responses(
    (status = 200, description = "Signed in", body = SignedInDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn verify_code(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<VerifyBody>,
) -> Result<Response, Fault> {
    redeem(&state, app, body, FlowPurpose::SignIn).await
}

/// Redeems a code of one purpose.
pub(super) async fn redeem(
    state: &SiteState,
    app: App,
    body: VerifyBody,
    purpose: FlowPurpose,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = CodeRedemption {
        workspace: app.workspace.as_ref().clone(),
        flow: FlowId::from_uuid(body.flow),
        purpose,
        typed: body.code,
    };
    let outcome = state.auth.sign_in().redeem_code(&app.caller, request).await?;
    answer::tell(outcome, state, &app.language)
}
