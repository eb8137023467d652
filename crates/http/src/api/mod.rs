//! The JSON API (contract 4), one file a group. Each handler reads what was sent, asks a use case, and tells the answer;
//! who may ask stands in one table.

pub(crate) mod access;
mod answer;
mod caller;
pub(crate) mod documents;
mod fields;
mod password_reset;
mod problems;
mod query;
mod session;
mod sign_in;
mod sign_in_check;
mod sign_up;
#[cfg(test)]
mod tests;
mod users;

pub use sign_in_check::sign_in_check_document;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::header::{CONTENT_TYPE, HeaderValue};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::openapi;
use crate::site::SiteState;

/// What the narrow path answers before the router.
#[derive(OpenApi)]
#[openapi(paths(session::check, session::forward_auth))]
struct NarrowPath;

/// The addresses of the API.
pub fn router() -> Router<Arc<SiteState>> {
    documented().split_for_parts().0
}

/// The addresses with what is written about each.
pub(crate) fn documented() -> OpenApiRouter<Arc<SiteState>> {
    OpenApiRouter::with_openapi(NarrowPath::openapi())
        .routes(routes!(openapi_document))
        .routes(routes!(sign_in::with_password))
        .routes(routes!(sign_in::request_code))
        .routes(routes!(sign_in::verify_code))
        .routes(routes!(sign_up::begin))
        .routes(routes!(sign_up::verify))
        .routes(routes!(password_reset::request))
        .routes(routes!(password_reset::confirm))
        .routes(routes!(session::sign_out).map(|methods| methods.fallback(session::other_method_of_session)))
        .route(
            "/api/v1/forward-auth",
            MethodRouter::new().fallback(session::other_method_of_forward_auth),
        )
        .routes(routes!(users::list))
        .routes(routes!(users::read))
        .routes(routes!(users::put_by_identity))
        .routes(routes!(sign_in_check::ask))
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", operation_id = "openapi_document", tag = "about", responses(
    (status = 200, description = "The OpenAPI document", content_type = "application/json"),
))]
async fn openapi_document() -> Response {
    (
        [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        openapi::json(),
    )
        .into_response()
}
