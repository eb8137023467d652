//! The pages of a workspace (contract 3), one file a group. Each handler reads what was sent, asks a use case, and shows
//! a page or sends the browser on; what is allowed is decided elsewhere.

mod account;
pub(crate) mod admin;
mod answer;
mod asked_address;
mod backup_login;
mod code;
mod confirm;
mod disown;
mod door;
mod enrol;
mod fields;
mod forgot_password;
mod founding;
mod hand_over;
pub(crate) mod help;
mod home;
mod keep;
mod last_used;
mod mailbox;
mod mailed_link;
mod new_password;
mod notice;
mod passkey;
mod portal;
mod provider;
mod recover;
mod reset_password;
mod revert_email;
mod seal;
mod second_factor;
mod set_up;
mod sign_in;
mod sign_out;
mod sign_up;
mod stop_request;
#[cfg(test)]
mod tests;
mod verify_email;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::header::HeaderValue;

use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

use visit::Visit;
pub(crate) use visit::{Onlooker, PageKind};

/// The addresses of the pages.
pub(crate) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::with_password))
        .route("/sign-in/code/send", post(sign_in::send_code))
        .route("/sign-in/code", get(code::show_sign_in).post(code::redeem_sign_in))
        .route("/sign-in/code/resend", post(code::resend_sign_in))
        .route(
            "/sign-in/with/{provider}",
            get(provider::to_the_buttons).post(provider::depart),
        )
        .route("/sign-in/callback/{provider}", get(provider::arrive).head(no_head))
        .route("/sign-in/jwt", get(hand_over::show).post(hand_over::submit))
        .route(
            "/sign-in/new-password",
            get(new_password::show).post(new_password::submit),
        )
        .route("/sign-in/email", get(provider::show_email).post(provider::submit_email))
        .route("/sign-up", get(sign_up::show).post(sign_up::submit))
        .route("/sign-up/verify", get(code::show_sign_up).post(code::redeem_sign_up))
        .route("/sign-up/verify/resend", post(code::resend_sign_up))
        .route("/sign-out", post(sign_out::submit))
        .route(
            "/forgot-password",
            get(forgot_password::show).post(forgot_password::submit),
        )
        .route("/forgot-password/sent", get(forgot_password::sent))
        .route(
            "/reset-password",
            get(reset_password::show).post(reset_password::submit),
        )
        .route("/reset-password/{token}", get(reset_password::follow))
        .merge(account::router())
        .merge(admin::router())
        .route("/admin", get(admin::enter))
        .route("/brand/logo", get(admin::branding::logo))
        .merge(door::router())
        .merge(founding::router())
        .route("/dev/mailbox", get(mailbox::list))
        .route("/dev/mailbox.json", get(mailbox::json))
        .route("/dev/mailbox/{number}", get(mailbox::mail))
        .fallback(nothing_here)
}

/// An answer that is good once is not to be looked at by a request that shows nothing to anybody.
async fn no_head() -> Fault {
    Fault::new(FaultKind::MethodNotAllowed).allow(Some(HeaderValue::from_static("GET")))
}

/// Nothing is served at this address. Taken as a visit, so that whoever is signed in is greeted there too.
async fn nothing_here(visit: Result<Visit, Fault>) -> Fault {
    visit.err().unwrap_or_else(|| Fault::new(FaultKind::NotFound))
}
