//! *Forgot password* from an app without pages (B14).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::recovery::request_reset::{ResetRequest, ResetRequested};
use doorward_auth::recovery::reset_password::{NewPassword, ResetResult};
use doorward_domain::secret::RawToken;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::caller::App;
use super::problems::{BodyProblems, Problem, Refusal, StepRefusals};
use super::{answer, fields};
use crate::extract::Json;
use crate::problem::Fault;
use crate::site::SiteState;

/// Whom to mail a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    email: String,
    /// Where the person is going: a path of the workspace's host.
    return_to: Option<String>,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// A mail is on its way, whoever has the address.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailSent {
    /// The address that was given, masked.
    pub(super) sent_to: String,
}

/// Asks for a link that sets a new password. The answer is the same whoever has the address.
#[utoipa::path(post, path = "/api/v1/password-reset", operation_id = "request_password_reset", tag = "password-reset", responses(
    (status = 202, description = "A mail is on its way", body = MailSent),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn request(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<ResetBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = ResetRequest {
        workspace: app.workspace.as_ref().clone(),
        address: fields::email(&body.email)?,
        return_to: fields::return_to(body.return_to.as_deref()),
    };
    match state.auth.recovery().request_reset(&app.caller, request).await? {
        ResetRequested::Sent { masked } => {
            (state.mail_promised)();
            Ok((StatusCode::ACCEPTED, axum::Json(MailSent { sent_to: masked })).into_response())
        }
        ResetRequested::Refused(refused) => Err(answer::refusal(&refused, &state, &app.language)),
    }
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasswordBody {
    /// The last part of the link's path.
    token: String,
    password: String,
}

/// Sets a new password by a mailed link. All sessions of the person end; it opens none.
#[utoipa::path(post, path = "/api/v1/password-reset/confirm", operation_id = "confirm_password_reset", tag = "password-reset", responses(
    (status = 204, description = "Set"),
    (status = 401, description = "Refused", body = Refusal, content_type = "application/problem+json"),
    (status = 410, description = "The link opens nothing (any more)", body = Refusal, content_type = "application/problem+json"),
    (status = 429, description = "Too many attempts", body = Refusal, content_type = "application/problem+json"),
    (status = 503, description = "Not available at the moment", body = Problem, content_type = "application/problem+json"),
    BodyProblems,
))]
pub(crate) async fn confirm(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<NewPasswordBody>,
) -> Result<StatusCode, Fault> {
    let request = NewPassword {
        workspace: app.workspace.as_ref().clone(),
        token: RawToken::parse(&body.token).ok_or_else(|| fields::misfit("token", "`token` is not one of a link."))?,
        password: fields::password(&body.password)?,
    };
    match state.auth.recovery().reset_password(&app.caller, request).await? {
        ResetResult::Set => {
            (state.mail_promised)();
            Ok(StatusCode::NO_CONTENT)
        }
        ResetResult::PasswordProblems(problems) => {
            Err(fields::password_problems(&problems, &state.renderer, &app.language))
        }
        ResetResult::Refused(refused) => Err(answer::refusal(&refused, &state, &app.language)),
    }
}
