//! Sessions. The two checks are answered by the narrow path before the router; they are described here.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, SET_COOKIE};

use super::access::session_of;
use super::documents::SessionDocument;
use super::problems::Problem;
use crate::context::{Credential, RequestContext};
use crate::edge::CookieName;
use crate::edge::cookies::CLEAR_SITE_DATA;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// Who this is (D1).
#[utoipa::path(get, path = "/api/v1/session", operation_id = "read_session", tag = "session", responses(
    (status = 200, description = "Signed in", body = SessionDocument<'static>),
    (status = 401, description = "Not signed in here", body = Problem, content_type = "application/problem+json"),
))]
#[expect(dead_code, reason = "describes what the narrow path answers")]
pub(crate) const fn check() {}

/// The same for a reverse proxy, in headers (D1). A trusted proxy that sends `X-Original-URL` gets 401 with the address
/// of the sign-in page in `Location`; one that sends `X-Forwarded-Uri` is redirected there.
#[utoipa::path(get, path = "/api/v1/forward-auth", operation_id = "forward_auth", tag = "session", responses(
    (status = 200, description = "Signed in", headers(
        ("Remote-User" = String, description = "The person's id"),
        ("Remote-Email" = String, description = "The primary address, if there is one"),
        ("Remote-Name" = String, description = "What to call them"),
        ("Remote-Groups" = String, description = "The role, then `organisation:<name>` for each, separated by commas"),
    )),
    (status = 302, description = "To the sign-in page", headers(("Location" = String))),
    (status = 401, description = "Not signed in here", body = Problem, content_type = "application/problem+json",
        headers(("Location" = String, description = "The sign-in page, for a trusted proxy that sent `X-Original-URL`"))),
))]
#[expect(dead_code, reason = "describes what the narrow path answers")]
pub(crate) const fn forward_auth() {}

/// Signs out: the session that the request shows is over at once.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "sign_out", tag = "session", responses(
    (status = 204, description = "Signed out"),
    (status = 401, description = "Not signed in here", body = Problem, content_type = "application/problem+json"),
))]
pub(crate) async fn sign_out(State(state): State<Arc<SiteState>>, context: RequestContext) -> Result<Response, Fault> {
    let workspace = context.workspace()?;
    let session = session_of(&state, &context, workspace).await?;
    let (Some(session), Some(token)) = (session, context.credential().session_token()) else {
        return Err(Fault::new(FaultKind::SignInNeeded));
    };
    state
        .auth
        .sign_in()
        .sign_out(&context.client(), workspace, &token.digest(), session.user)
        .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if matches!(context.credential(), Credential::Cookie(_)) {
        forget_cookie(&context, &mut response);
    }
    Ok(response)
}

/// Makes the browser forget the cookie of a session that is over (R85).
pub(super) fn forget_cookie(context: &RequestContext, response: &mut Response) {
    let (name, value) = CLEAR_SITE_DATA;
    response.headers_mut().insert(name, value);
    if let Some(cookie) = context.cookies().expire(CookieName::Session) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// What the two addresses answer to every other method.
pub(crate) async fn other_method_of_session() -> Fault {
    Fault::new(FaultKind::MethodNotAllowed).allow(Some(HeaderValue::from_static("GET, HEAD, DELETE")))
}

/// What the two addresses answer to every other method.
pub(crate) async fn other_method_of_forward_auth() -> Fault {
    Fault::new(FaultKind::MethodNotAllowed).allow(Some(HeaderValue::from_static("GET, HEAD")))
}
