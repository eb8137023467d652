//! One's sessions (A7).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_domain::ids::SessionId;
use doorward_domain::session::OwnSession;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::own::Own;
use super::super::problems::{OwnProblems, Problem};
use super::super::session::forget_cookie;
use super::{id_of, not_found};
use crate::problem::Fault;
use crate::site::SiteState;

const NO_SUCH_SESSION: &str = "No such session of yours is open.";

/// One of one's sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnSession)]
pub(crate) struct OwnSessionDocument {
    id: Uuid,
    /// Whether it is the one that asks.
    this: bool,
    /// The first step that opened it.
    #[schema(value_type = String, example = "password")]
    method: &'static str,
    /// The browser that opened it, as far as it says; empty if not.
    #[schema(example = "Firefox")]
    browser: String,
    /// The system of that browser, as far as it says; empty if not.
    #[schema(example = "Linux")]
    system: String,
    /// The network address that it was opened from.
    network_address: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// Up to a minute old.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// It ends then at the latest.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<&OwnSession> for OwnSessionDocument {
    fn from(own: &OwnSession) -> Self {
        let session = &own.session;
        let device = session.client.device();
        Self {
            id: session.id.as_uuid(),
            this: own.this,
            method: session.method.as_str(),
            browser: device.browser,
            system: device.system,
            network_address: session.client.address.to_string(),
            created_at: rfc3339(session.created_at),
            last_seen_at: rfc3339(session.last_seen_at),
            expires_at: rfc3339(session.expires_at),
        }
    }
}

/// One's sessions, this one first.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    items: Vec<OwnSessionDocument>,
}

/// Lists one's live sessions.
#[utoipa::path(get, path = "/api/v1/account/sessions", operation_id = "list_sessions", tag = "account", responses(
    (status = 200, description = "The sessions", body = SessionList),
    OwnProblems,
))]
pub(crate) async fn list(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let sessions = state.auth.sessions().list(&own.workspace, &own.session).await?;
    let items = sessions.iter().map(OwnSessionDocument::from).collect();
    Ok(axum::Json(SessionList { items }).into_response())
}

/// Ends one of one's sessions: it opens nothing from the next request on.
#[utoipa::path(delete, path = "/api/v1/account/sessions/{id}", operation_id = "end_session", tag = "account",
    params(("id" = Uuid, Path, description = "The session's id")), responses(
    (status = 204, description = "Ended"),
    (status = 404, description = "No such session of theirs is open", body = Problem, content_type = "application/problem+json"),
    OwnProblems,
))]
pub(crate) async fn end(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = id_of::<SessionId>(&id, NO_SUCH_SESSION)?;
    let ended = state
        .auth
        .sessions()
        .end(&own.caller, &own.workspace, &own.session, id)
        .await?;
    if !ended {
        return Err(not_found(NO_SUCH_SESSION));
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if id == own.session.id && own.by_cookie() {
        forget_cookie(&own.context, &mut response);
    }
    Ok(response)
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    ended: u64,
}

/// Ends all of one's sessions but this one.
#[utoipa::path(delete, path = "/api/v1/account/sessions", operation_id = "end_other_sessions", tag = "account", responses(
    (status = 200, description = "Ended", body = SessionsEnded),
    OwnProblems,
))]
pub(crate) async fn end_others(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let ended = state
        .auth
        .sessions()
        .end_others(&own.caller, &own.workspace, &own.session)
        .await?;
    Ok(axum::Json(SessionsEnded { ended }).into_response())
}
