//! One's password (R11).

use std::sync::Arc;

use axum::extract::State;
use doorward_auth::account::change_password::ChangedPassword;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::fields;
use super::super::own::{Own, account_gone};
use super::super::problems::{BodyProblems, Problem, SensitiveProblems};
use crate::extract::Json;
use crate::problem::Fault;
use crate::site::SiteState;

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    password: String,
}

/// Changes one's password, or sets a first one. All other sessions end, links and codes under way are void.
#[utoipa::path(put, path = "/api/v1/account/password", operation_id = "change_password", tag = "account", responses(
    (status = 204, description = "Set"),
    (status = 503, description = "Too much to do at the moment; nothing was changed", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn change(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<PasswordBody>,
) -> Result<StatusCode, Fault> {
    let password = fields::password(&body.password)?;
    let proof = own.fresh(&state).await?;
    let changed = state
        .auth
        .account()
        .change_password(&own.caller, &own.workspace, proof, password)
        .await?;
    match changed {
        ChangedPassword::Changed => {
            (state.mail_promised)();
            Ok(StatusCode::NO_CONTENT)
        }
        ChangedPassword::Problems(problems) => {
            Err(fields::password_problems(&problems, &state.renderer, &own.language))
        }
        ChangedPassword::Gone => Err(account_gone()),
    }
}
