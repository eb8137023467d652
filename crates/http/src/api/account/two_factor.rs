//! One's second factor: authenticator app and backup codes (B11, B12).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_auth::factors::enable_two_factor::{Enabled, Enroller};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::answer;
use super::super::own::{Confirmation, Nothing, Own, account_gone};
use super::super::problems::{BodyProblems, Problem, Refusal, RemovalConflict, SensitiveProblems};
use super::super::query::Query;
use super::super::second_step::SetupDocument;
use super::not_found;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// New backup codes, told this once. All earlier ones are void.
#[derive(Serialize, ToSchema)]
#[schema(as = BackupCodes)]
pub(crate) struct BackupCodesDocument {
    /// Ten codes, each good once.
    #[schema(example = json!(["ABCDE-FGHJK-MNP"]))]
    backup_codes: Vec<String>,
}

/// Draws a key for an authenticator app. Nothing is on before `enable`; a key drawn before is void, an app that is on stays
/// on.
#[utoipa::path(post, path = "/api/v1/account/two-factor", operation_id = "begin_two_factor", tag = "account", request_body = Nothing, responses(
    (status = 200, description = "The key", body = SetupDocument),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn begin(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    let enroller = Enroller::SignedIn(own.fresh(&state).await?);
    let factors = state.auth.factors();
    if !factors.begin_two_factor(&own.caller, &own.workspace, enroller).await? {
        return Err(account_gone());
    }
    let setup = factors.two_factor_setup(&own.caller, &own.workspace, enroller).await?;
    let setup = setup.ok_or_else(account_gone)?;
    let document = SetupDocument {
        key: setup.key,
        url: setup.url,
    };
    Ok(axum::Json(document).into_response())
}

/// The first code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableBody {
    /// The code that the app shows.
    code: String,
}

/// Turns two-factor authentication on with the app's first code. All other sessions end.
#[utoipa::path(post, path = "/api/v1/account/two-factor/enable", operation_id = "enable_two_factor", tag = "account", responses(
    (status = 200, description = "On", body = BackupCodesDocument),
    (status = 401, description = "Not the code of the app; or no session that is good here", body = Refusal, content_type = "application/problem+json"),
    (status = 409, description = "No key was drawn lately: begin again", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts", body = Refusal, content_type = "application/problem+json"),
    (status = 503, description = "Too much to do at the moment; nothing was changed", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn enable(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<EnableBody>,
) -> Result<Response, Fault> {
    let enroller = Enroller::SignedIn(own.fresh(&state).await?);
    let enabled = state
        .auth
        .factors()
        .enable_two_factor(&own.caller, &own.workspace, enroller, &body.code)
        .await?;
    match enabled {
        Enabled::On { codes, .. } => {
            (state.mail_promised)();
            let backup_codes = answer::spelt_out(&codes);
            Ok(axum::Json(BackupCodesDocument { backup_codes }).into_response())
        }
        Enabled::Refused(refused) => Err(answer::refusal(&refused, &state, &own.language)),
        Enabled::Gone => {
            Err(Fault::new(FaultKind::Conflict).detail("No key was drawn in the last minutes. Begin again."))
        }
    }
}

/// Turns two-factor authentication off. The backup codes go with it, and all other sessions end.
#[utoipa::path(delete, path = "/api/v1/account/two-factor", operation_id = "disable_two_factor", tag = "account", params(Confirmation), responses(
    (status = 204, description = "Off"),
    (status = 404, description = "It was not on", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The person is to be warned first", body = RemovalConflict, content_type = "application/problem+json"),
    SensitiveProblems,
))]
pub(crate) async fn disable(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Query(query): Query<Confirmation>,
) -> Result<StatusCode, Fault> {
    let proof = own.fresh(&state).await?;
    own.weigh(&state, &query, PlannedChange::DisableTwoFactor).await?;
    let factors = state.auth.factors();
    if !factors.disable_two_factor(&own.caller, &own.workspace, proof).await? {
        return Err(not_found("Two-factor authentication is not on."));
    }
    (state.mail_promised)();
    Ok(StatusCode::NO_CONTENT)
}

/// Makes ten new backup codes, which void the old ones.
#[utoipa::path(post, path = "/api/v1/account/backup-codes", operation_id = "renew_backup_codes", tag = "account", request_body = Nothing, responses(
    (status = 200, description = "The codes", body = BackupCodesDocument),
    (status = 409, description = "Two-factor authentication is not on", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "Too much to do at the moment; nothing was changed", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn renew_backup_codes(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    let proof = own.fresh(&state).await?;
    let factors = state.auth.factors();
    let codes = factors.renew_backup_codes(&own.caller, &own.workspace, proof).await?;
    let off = || Fault::new(FaultKind::Conflict).detail("Two-factor authentication is not on.");
    let backup_codes = answer::spelt_out(&codes.ok_or_else(off)?);
    (state.mail_promised)();
    Ok(axum::Json(BackupCodesDocument { backup_codes }).into_response())
}
