//! The addresses of the door beside its first step: second factor, passkeys, the emergency doors, and the pages behind
//! mailed links.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{
    backup_login, disown, help, passkey, portal, recover, revert_email, second_factor, set_up, stop_request,
    verify_email,
};
use crate::site::SiteState;

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route("/sign-in/passkey/options", post(passkey::sign_in_options))
        .route("/sign-in/passkey", post(passkey::sign_in))
        .route(
            "/sign-in/second-factor",
            get(second_factor::show).post(second_factor::submit),
        )
        .route(
            "/sign-in/second-factor/passkey/options",
            post(passkey::second_step_options),
        )
        .route("/sign-in/second-factor/passkey", post(passkey::second_step))
        .route("/sign-in/second-factor/set-up", get(set_up::show_key))
        .route("/sign-in/second-factor/set-up/begin", post(set_up::begin))
        .route(
            "/sign-in/second-factor/set-up/code",
            get(set_up::show_code).post(set_up::turn_on),
        )
        .route("/backup-login", get(backup_login::show).post(backup_login::submit))
        .route("/sign-in/trouble", get(help::show_trouble).post(help::submit_trouble))
        .route("/sign-in/trouble/sent", get(help::trouble_sent))
        .route("/sign-in/help", get(help::how_to))
        .route("/recover", get(recover::show).post(recover::submit))
        .route("/recover/{token}", get(recover::follow))
        .route("/recover/set-up", get(recover::set_up))
        .route("/recover/set-up/password", post(recover::set_password))
        .route("/recover/set-up/two-factor", get(recover::show_key))
        .route("/recover/set-up/two-factor/begin", post(recover::begin_two_factor))
        .route(
            "/recover/set-up/two-factor/code",
            get(recover::show_code).post(recover::turn_on),
        )
        .route("/recover/set-up/two-factor/disable", post(recover::disable_two_factor))
        .route("/recover/set-up/finish", post(recover::finish))
        .route("/verify-email", get(verify_email::show).post(verify_email::submit))
        .route("/verify-email/done", get(verify_email::done))
        .route("/verify-email/{token}", get(verify_email::follow))
        .route("/revert-email", get(revert_email::show).post(revert_email::submit))
        .route("/revert-email/done", get(revert_email::done))
        .route("/revert-email/{token}", get(revert_email::follow))
        .route("/not-me", get(disown::show).post(disown::submit))
        .route("/stop-request", get(stop_request::show).post(stop_request::submit))
        .route("/stop-request/{token}", get(stop_request::follow))
        .route(
            "/restore-account",
            get(stop_request::show_restore).post(stop_request::submit_restore),
        )
        .route("/restore-account/{token}", get(stop_request::follow_restore))
        .route("/not-me/done", get(disown::done))
        .route("/not-me/{token}", get(disown::follow))
        .route("/portal", get(portal::show_shared).post(portal::send_shared))
        .route("/portal/", get(portal::follow_nothing))
        .route("/portal/open", get(portal::show).post(portal::send))
        .route("/portal/{token}", get(portal::follow))
}
