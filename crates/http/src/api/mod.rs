//! The JSON API (contract 4), one file a group. Each handler reads what was sent, asks a use case, and tells the answer;
//! who may ask stands in one table.

pub(crate) mod access;
mod account;
mod answer;
mod api_keys;
mod caller;
mod callers;
mod directory;
pub(crate) mod documents;
mod fields;
mod foundings;
mod hand_over;
mod help;
mod logs;
mod organisations;
mod own;
mod passkey;
mod password_reset;
mod people;
mod portal_links;
mod problems;
mod proof;
mod providers;
mod query;
mod roles;
mod scim_tokens;
mod second_step;
mod session;
mod settings;
mod sign_in;
mod sign_in_check;
mod sign_in_methods;
mod sign_up;
#[cfg(test)]
mod tests;
mod users;
mod workspace;

pub use documents::user_document;
pub use sign_in_check::sign_in_check_document;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::header::{CONTENT_TYPE, HeaderValue};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use self::account::{connections, emails, passkeys, password, profile, security, sessions, two_factor};
use crate::openapi;
use crate::site::SiteState;

/// What the narrow path answers before the router.
#[derive(OpenApi)]
#[openapi(
    paths(session::check, session::forward_auth),
    components(schemas(problems::FreshProofRequired))
)]
struct NarrowPath;

/// The addresses of the API.
pub fn router() -> Router<Arc<SiteState>> {
    documented().split_for_parts().0
}

/// The addresses with what is written about each.
pub(crate) fn documented() -> OpenApiRouter<Arc<SiteState>> {
    OpenApiRouter::with_openapi(NarrowPath::openapi())
        .routes(routes!(openapi_document))
        .routes(routes!(sign_in_methods::read))
        .routes(routes!(sign_in::with_password))
        .routes(routes!(sign_in::request_code))
        .routes(routes!(sign_in::verify_code))
        .routes(routes!(second_step::complete))
        .routes(routes!(passkey::begin))
        .routes(routes!(passkey::finish))
        .routes(routes!(second_step::begin_enrolling))
        .routes(routes!(second_step::finish_enrolling))
        .routes(routes!(sign_up::begin))
        .routes(routes!(sign_up::verify))
        .routes(routes!(foundings::begin))
        .routes(routes!(foundings::resend))
        .routes(routes!(foundings::verify))
        .routes(routes!(password_reset::request))
        .routes(routes!(password_reset::confirm))
        .routes(routes!(session::sign_out).map(|methods| methods.fallback(session::other_method_of_session)))
        .route(
            "/api/v1/forward-auth",
            MethodRouter::new().fallback(session::other_method_of_forward_auth),
        )
        .routes(routes!(proof::prove))
        .routes(routes!(proof::send_code))
        .routes(routes!(proof::begin_passkey))
        .routes(routes!(profile::read, profile::update))
        .routes(
            routes!(profile::read_picture, profile::set_picture, profile::remove_picture)
                // The edge has read the body under its own cap already.
                .layer(DefaultBodyLimit::disable()),
        )
        .routes(routes!(emails::list, emails::add))
        .routes(routes!(emails::resend_proof))
        .routes(routes!(emails::make_primary))
        .routes(routes!(emails::remove))
        .routes(routes!(connections::list))
        .routes(routes!(connections::remove))
        .routes(routes!(password::change))
        .routes(routes!(security::read))
        .routes(routes!(two_factor::begin, two_factor::disable))
        .routes(routes!(two_factor::enable))
        .routes(routes!(two_factor::renew_backup_codes))
        .routes(routes!(passkeys::begin))
        .routes(routes!(passkeys::add))
        .routes(routes!(passkeys::rename, passkeys::remove))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(users::list, people::add))
        .routes(routes!(users::read, people::update))
        .routes(routes!(callers::delete))
        .routes(routes!(callers::restore))
        .routes(routes!(callers::begin))
        .routes(routes!(callers::read, callers::cancel))
        .routes(routes!(callers::try_code))
        .routes(routes!(callers::set_password))
        .routes(routes!(callers::reset_two_factor))
        .routes(routes!(callers::replace))
        .routes(routes!(people::send_reset))
        .routes(routes!(people::sign_out))
        .routes(routes!(people::disable))
        .routes(routes!(people::enable))
        .routes(routes!(users::put_by_identity))
        .routes(routes!(portal_links::list, portal_links::create))
        .routes(routes!(portal_links::revoke))
        .routes(routes!(hand_over::list, hand_over::add))
        .routes(routes!(hand_over::revoke))
        .routes(routes!(hand_over::check))
        .routes(routes!(settings::show, settings::change))
        .routes(routes!(settings::undo))
        .routes(routes!(settings::preview))
        .routes(routes!(settings::list))
        .routes(routes!(providers::list))
        .routes(routes!(providers::get, providers::put, providers::delete))
        .routes(routes!(workspace::get, workspace::change))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::change, roles::delete))
        .routes(routes!(organisations::list, organisations::create))
        .routes(routes!(
            organisations::read,
            organisations::change,
            organisations::delete
        ))
        .routes(routes!(api_keys::list))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(directory::list))
        .routes(routes!(directory::read))
        .routes(routes!(scim_tokens::list, scim_tokens::create))
        .routes(routes!(scim_tokens::renew))
        .routes(routes!(scim_tokens::revoke))
        .routes(routes!(logs::audit))
        .routes(routes!(logs::mails))
        .routes(routes!(logs::mail))
        .routes(routes!(logs::send_again))
        .routes(routes!(logs::bounces))
        .routes(routes!(sign_in_check::ask))
        .routes(routes!(sign_in_check::mend))
        .routes(routes!(help::trouble))
        .routes(routes!(help::how_to))
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
