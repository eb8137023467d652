//! *Keep me signed in*: whether the session's cookie outlives the browser. Off until somebody asks for it; the choice is
//! remembered by this browser, in a cookie that says nothing about anybody.

use axum::response::Response;
use http::header::SET_COOKIE;

use super::answer;
use super::visit::Visit;
use crate::edge::CookieName;

/// The value of a ticked box, and of the cookie.
const ON: &str = "1";
/// Life of the remembered choice, in seconds: one year, as long as the device cookie.
const COOKIE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// Whether a box that was sent (or not) is ticked.
pub(super) fn is_ticked(field: Option<&str>) -> bool {
    field == Some(ON)
}

/// Whether this browser keeps people signed in, as was chosen last.
pub(super) fn is_on(visit: &Visit) -> bool {
    visit.cookie(CookieName::KeepSignedIn) == Some(ON)
}

/// Remembers the choice of a form that begins an attempt, for the box and for the step on which the session opens.
pub(super) fn remember(visit: &Visit, keep: bool, mut response: Response) -> Response {
    if keep == is_on(visit) {
        return response;
    }
    if keep {
        let cookies = visit.context.cookies();
        if let Some(cookie) = cookies.set(CookieName::KeepSignedIn, ON, Some(COOKIE_SECONDS)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    } else {
        answer::forget(visit, CookieName::KeepSignedIn, &mut response);
    }
    response
}
