//! The step between the first factor and the session, from an app without pages (B11, B12), and setting a second factor up
//! on the way in where the workspace requires one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::factors::enable_two_factor::{Enabled, Enroller};
use doorward_auth::sign_in::complete_second_factor::SecondFactorTry;
use doorward_domain::ids::FlowId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{self, SignedInDocument};
use super::caller::App;
use super::problems::{BodyProblems, Problem, StepRefusals};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// What the person typed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorBody {
    /// The attempt, as the step before told it.
    flow: Uuid,
    /// A code of the authenticator app or a backup code, as typed: any case and spacing.
    code: String,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Shows an app code or a backup code as the second step.
#[utoipa::path(post, path = "/api/v1/sign-in/second-factor", operation_id = "complete_second_factor", tag = "sign-in", responses(
    (status = 200, description = "Signed in", body = SignedInDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn complete(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<SecondFactorBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = SecondFactorTry {
        workspace: app.workspace.as_ref().clone(),
        flow: FlowId::from_uuid(body.flow),
        typed: body.code,
    };
    let outcome = state
        .auth
        .sign_in()
        .complete_second_factor(&app.caller, request)
        .await?;
    answer::tell(outcome, &state, &app.language)
}

/// An attempt whose workspace requires a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolBody {
    /// The attempt, as the step before told it.
    flow: Uuid,
}

/// What to set up in an authenticator app. Shown now, and never again once it is on.
#[derive(Serialize, ToSchema)]
#[schema(as = AppSetup)]
pub(crate) struct SetupDocument {
    /// The key as text, in groups of four letters.
    #[schema(example = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")]
    pub(super) key: String,
    /// The `otpauth://` address: to be shown as a QR code, or opened on the phone itself.
    pub(super) url: String,
}

/// Draws a key for an authenticator app, for somebody whose workspace requires a second factor. Nothing is on yet; a key
/// drawn before is void.
#[utoipa::path(post, path = "/api/v1/sign-in/two-factor", operation_id = "begin_required_two_factor", tag = "sign-in", responses(
    (status = 200, description = "The key", body = SetupDocument),
    (status = 404, description = "No attempt of that id is at this step", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn begin_enrolling(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<EnrolBody>,
) -> Result<Response, Fault> {
    let enroller = Enroller::OnTheWayIn(FlowId::from_uuid(body.flow));
    let factors = state.auth.factors();
    if !factors.begin_two_factor(&app.caller, &app.workspace, enroller).await? {
        return Err(no_such_attempt());
    }
    let setup = factors.two_factor_setup(&app.caller, &app.workspace, enroller).await?;
    let setup = setup.ok_or_else(no_such_attempt)?;
    let document = SetupDocument {
        key: setup.key,
        url: setup.url,
    };
    Ok(axum::Json(document).into_response())
}

/// The first code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstCodeBody {
    /// The attempt, as the step before told it.
    flow: Uuid,
    /// The code that the app shows.
    code: String,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Turns two-factor authentication on with the app's first code, and signs in by it. The answer holds the backup codes,
/// once.
#[utoipa::path(post, path = "/api/v1/sign-in/two-factor/enable", operation_id = "enable_required_two_factor", tag = "sign-in", responses(
    (status = 200, description = "Signed in, with `backup_codes`", body = SignedInDocument),
    (status = 404, description = "No attempt of that id is at this step, or no key was drawn", body = Problem, content_type = "application/problem+json"),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn finish_enrolling(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<FirstCodeBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let enroller = Enroller::OnTheWayIn(FlowId::from_uuid(body.flow));
    let enabled = state
        .auth
        .factors()
        .enable_two_factor(&app.caller, &app.workspace, enroller, &body.code)
        .await?;
    match enabled {
        Enabled::On {
            codes,
            sign_in: Some(outcome),
        } => answer::tell_with_codes(*outcome, &codes, &state, &app.language),
        Enabled::On { sign_in: None, .. } => Err(Fault::new(FaultKind::Internal)),
        Enabled::Refused(refused) => Err(answer::refusal(&refused, &state, &app.language)),
        Enabled::Gone => Err(no_such_attempt()),
    }
}

fn no_such_attempt() -> Fault {
    Fault::new(FaultKind::NotFound).detail("No attempt of that id is at this step. Begin again with the first one.")
}
