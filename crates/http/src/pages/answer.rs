//! How outcomes of signing in become answers of pages.

use axum::response::Response;
use doorward_auth::{Refused, SignedIn};
use doorward_domain::reason::PublicReason;
use doorward_domain::time::Timestamp;
use doorward_domain::words::Words;
use http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};
use http::{HeaderName, StatusCode};

use super::visit::{Visit, see_other};
use crate::edge::CookieName;
use crate::problem::{Fault, FaultKind};
use crate::refusal::wait_of;
use crate::render::messages::{self, refusals};
use crate::render::views::Refusal;

/// Life of the device cookie (R26), in seconds: one year.
const DEVICE_COOKIE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A refusal as a page tells it.
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) refusal: Refusal,
    retry_after_seconds: Option<u64>,
}

impl Told {
    pub(super) fn of(refused: &Refused, now: Timestamp) -> Self {
        let wait = wait_of(refused, now);
        let words = match (refused.reason, refused.tries_left) {
            (PublicReason::CodeWrong, Some(left)) => messages::code_wrong_tries_left(left),
            (reason, _) => words_of(reason, wait.unwrap_or_default()),
        };
        Self {
            status: status_of(refused.reason),
            refusal: Refusal {
                code: refused.reason.as_str().to_owned(),
                words,
                help_code: Some(refused.help_code.as_str().to_owned()),
            },
            retry_after_seconds: wait,
        }
    }

    /// Adds what belongs to the refusal beside the page (R94).
    pub(super) fn dress(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The refusal of something that was sent from a form older than this browser's token; nothing was tried, so there is
/// no receipt and no help code.
pub(super) fn form_expired() -> Refusal {
    Refusal {
        code: PublicReason::SessionExpired.as_str().to_owned(),
        words: messages::form_expired(),
        help_code: None,
    }
}

/// The refusal of an attempt that is over, or is another browser's.
pub(super) fn attempt_over(help_code: Option<String>) -> Refusal {
    Refusal {
        code: PublicReason::SessionExpired.as_str().to_owned(),
        words: messages::attempt_over(),
        help_code,
    }
}

/// The status of an expired form.
pub(super) const FORM_EXPIRED: StatusCode = FaultKind::FormExpired.status();

fn status_of(reason: PublicReason) -> StatusCode {
    match reason {
        // The page of an attempt that is over is gone; to an app it is one more refusal.
        PublicReason::SessionExpired => FaultKind::Gone,
        reason => FaultKind::of_refusal(reason),
    }
    .status()
}

fn words_of(reason: PublicReason, wait_seconds: u64) -> Words {
    match reason {
        PublicReason::SessionExpired => messages::attempt_over(),
        reason => refusals::of(reason, wait_seconds),
    }
}

/// Hands the browser its session and sends it where the person was going.
///
/// The session's cookie goes when the browser is closed: nobody was asked whether this computer is theirs alone, and
/// the server ends the session by its own clocks whatever a cookie says (R81). The device cookie stays for a year; it
/// opens nothing (R26).
pub(super) fn signed_in(visit: &Visit, signed_in: &SignedIn) -> Result<Response, Fault> {
    let mut response = see_other(signed_in.return_to.as_str())?;
    let cookies = visit.context.cookies();
    let session = cookies.set(CookieName::Session, &signed_in.token.expose(), None);
    let device = cookies.set(
        CookieName::Device,
        &signed_in.device_cookie,
        Some(DEVICE_COOKIE_SECONDS),
    );
    let session = session.ok_or_else(|| Fault::new(FaultKind::Internal))?;
    response.headers_mut().append(SET_COOKIE, session);
    if let Some(device) = device {
        response.headers_mut().append(SET_COOKIE, device);
    }
    Ok(response)
}

/// Makes the browser forget a cookie.
pub(super) fn forget(visit: &Visit, cookie: CookieName, response: &mut Response) {
    if let Some(expired) = visit.context.cookies().expire(cookie) {
        response.headers_mut().append(SET_COOKIE, expired);
    }
}

/// Adds a header that is a constant.
pub(super) fn with_header(mut response: Response, (name, value): (HeaderName, HeaderValue)) -> Response {
    response.headers_mut().insert(name, value);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_public_reason_has_a_status_and_a_sentence_of_its_own() {
        let mut sentences = std::collections::BTreeSet::new();
        for reason in PublicReason::ALL {
            assert!(status_of(*reason).is_client_error(), "{reason}");
            assert!(
                sentences.insert(words_of(*reason, 60).message().as_str().to_owned()),
                "{reason}"
            );
        }
    }
}
