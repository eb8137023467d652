//! The pages of one's own account, for whoever is signed in.

pub(super) mod connections;
mod emails;
pub(super) mod profile;
mod requests;
mod security;
mod two_factor;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::session::SessionView;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::workspace::Workspace;
use http::request::Parts;

use super::answer;
use super::confirm;
use super::notice::{self, Notice};
use super::visit::{Visit, journey, see_other};
use crate::config::UPLOAD_CAP_BYTES;
use crate::edge::CookieName;
use crate::problem::Fault;
use crate::render::views::Refusal;
use crate::site::SiteState;

const PROFILE: &str = "/account/profile";
const EMAILS: &str = "/account/emails";
const CONNECTIONS: &str = "/account/connections";
const SECURITY: &str = "/account/security";

/// The addresses of the pages.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(PROFILE, get(profile::show).post(profile::save))
        .route(
            "/account/picture",
            get(profile::picture)
                .post(profile::upload)
                .layer(DefaultBodyLimit::max(UPLOAD_CAP_BYTES)),
        )
        .route("/account/picture/remove", post(profile::remove_picture))
        .route(EMAILS, get(emails::show).post(emails::add))
        .route("/account/emails/resend", post(emails::resend))
        .route("/account/emails/primary", post(emails::make_primary))
        .route("/account/emails/remove", post(emails::remove))
        .route(CONNECTIONS, get(connections::show))
        .route("/account/connections/with/{provider}", post(connections::connect))
        .route("/account/connections/disconnect", post(connections::disconnect))
        .route(SECURITY, get(security::show))
        .route("/account/security/password", post(security::change_password))
        .route("/account/security/password/begin", post(security::begin_password))
        .route("/account/security/passkeys/new", post(security::new_passkey))
        .route("/account/security/passkeys", post(security::add_passkey))
        .route("/account/security/passkeys/rename", post(security::rename_passkey))
        .route("/account/security/passkeys/remove", post(security::remove_passkey))
        .route("/account/security/sessions/end", post(security::end_session))
        .route("/account/security/sessions/end-others", post(security::end_others))
        .route(requests::REQUESTS, get(requests::show))
        .route("/account/requests/{id}/yes", post(requests::yes))
        .route("/account/requests/{id}/no", post(requests::no))
        .route("/account/security/delete", post(requests::delete))
        .route(two_factor::KEY, get(two_factor::show_key).post(two_factor::begin))
        .route(two_factor::AGAIN, post(two_factor::resume))
        .route(two_factor::CODE, get(two_factor::show_code).post(two_factor::turn_on))
        .route("/account/security/two-factor/disable", post(two_factor::disable))
        .route("/account/security/two-factor/new-codes", post(two_factor::new_codes))
        .route(super::enrol::DOWNLOAD, post(two_factor::download))
        .route(confirm::PASSKEY_OPTIONS, post(confirm::passkey_options))
}

/// A visit of somebody who is signed in. Anybody else is sent to the sign-in page, and back afterwards (B13).
pub(super) struct Member {
    pub(super) visit: Visit,
    pub(super) session: Arc<SessionView>,
    pub(super) workspace: Arc<Workspace>,
}

impl FromRequestParts<Arc<SiteState>> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let workspace = Arc::clone(visit.workspace().map_err(IntoResponse::into_response)?);
        match visit.session.clone() {
            Some(session) => Ok(Self {
                visit,
                session,
                workspace,
            }),
            None => Err(to_sign_in(page_behind(visit.context.path())).unwrap_or_else(IntoResponse::into_response)),
        }
    }
}

impl Member {
    /// The page of the account that the address belongs to.
    pub(super) fn page_behind(&self) -> &'static str {
        page_behind(self.visit.context.path())
    }

    /// The answer where the session turns out to be over.
    pub(super) fn signed_out(&self) -> Result<Response, Fault> {
        let mut response = to_sign_in(self.page_behind())?;
        answer::forget(&self.visit, CookieName::Session, &mut response);
        Ok(response)
    }

    /// The answer where the token that came with the request counts no more. The cookie stays: the browser may hold the
    /// token of another proof by now, which has just renewed the session.
    pub(super) fn overtaken(&self) -> Result<Response, Fault> {
        to_sign_in(self.page_behind())
    }

    /// The time zone that the person reads in.
    fn zone(&self) -> TimeZone {
        TimeZone::or_utc(self.session.time_zone.as_deref())
    }

    /// Sends the browser on after something was done, and has it said there.
    fn done(&self, page: &str, done: Notice) -> Result<Response, Fault> {
        Ok(notice::leave(&self.visit, done, see_other(page)?))
    }

    /// Sees that a mail goes out at once.
    fn mail_promised(&self) {
        (self.visit.state.mail_promised)();
    }
}

pub(super) fn to_sign_in(page: &str) -> Result<Response, Fault> {
    see_other(&format!("/sign-in{}", journey(None, &ReturnTo::parse(page)).query()))
}

fn page_behind(path: &str) -> &'static str {
    if let Some(room) = super::admin::access::room_of(path) {
        room.path
    } else if path.starts_with(EMAILS) {
        EMAILS
    } else if path.starts_with(requests::REQUESTS) {
        requests::REQUESTS
    } else if path.starts_with(CONNECTIONS) {
        CONNECTIONS
    } else if path.starts_with(PROFILE) || path.starts_with("/account/picture") {
        PROFILE
    } else {
        SECURITY
    }
}

/// A refusal that is about the state of things, not about who somebody is: it has no receipt.
fn refusal(code: &str, words: doorward_domain::words::Words) -> Refusal {
    Refusal {
        code: code.to_owned(),
        words,
        help_code: None,
        directory: None,
    }
}
