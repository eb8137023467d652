//! How outcomes of signing in become answers of pages.

use axum::response::Response;
use doorward_auth::{CodeSent, Refused, SecondStepNeeded, SignInOutcome, SignedIn};
use doorward_domain::directory::DirectoryMatch;
use doorward_domain::reason::PublicReason;
use doorward_domain::secret::RawToken;
use doorward_domain::sign_in::Step;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use http::HeaderName;
use http::header::{HeaderValue, RETRY_AFTER, SET_COOKIE};

use super::last_used::{self, Way};
use super::visit::{Visit, journey, see_other};
use crate::edge::CookieName;
use crate::problem::{Fault, FaultKind, Situation};
use crate::refusal::{seconds_until, wait_of};
use crate::render::When;
use crate::render::messages::{self, refusals};
use crate::render::views::{DirectoryTold, Refusal};

/// Life of the device cookie (R26), in seconds: one year.
const DEVICE_COOKIE_SECONDS: u64 = 365 * 24 * 60 * 60;

/// A refusal as a page tells it.
pub(super) struct Told {
    pub(super) situation: Situation,
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
            situation: Situation::Refused(refused.reason),
            refusal: Refusal {
                code: refused.reason.as_str().to_owned(),
                words,
                help_code: Some(refused.help_code.as_str().to_owned()),
                directory: None,
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

/// A refusal as a page tells it, and where the directory keeps somebody out what was compared, how old its records are and
/// whom to ask (B8).
pub(super) fn told(visit: &Visit, refused: &Refused) -> Result<Told, Fault> {
    let mut told = Told::of(refused, visit.state.auth.now());
    if let Some(facts) = &refused.directory {
        let zone = visit.session.as_ref().and_then(|session| session.time_zone.as_deref());
        let zone = TimeZone::or_utc(zone);
        let compared = match &facts.found {
            DirectoryMatch::Active { by } | DirectoryMatch::Inactive { by } => vec![*by],
            DirectoryMatch::NoRecord { compared, .. } => compared.clone(),
        };
        let synced = facts.synced_at.map(|at| When::of(at, &zone));
        let ask = visit.workspace()?.security.directory.ask.clone();
        told.refusal.directory = Some(DirectoryTold::new(&compared, synced, ask));
    }
    Ok(told)
}

/// The refusal of something that was sent from a form older than this browser's token; nothing was tried, so there is
/// no receipt and no help code.
pub(super) fn form_expired() -> Refusal {
    Refusal {
        code: PublicReason::SessionExpired.as_str().to_owned(),
        words: messages::form_expired(),
        help_code: None,
        directory: None,
    }
}

/// The refusal of an attempt that is over, or is another browser's.
pub(super) fn attempt_over(help_code: Option<String>) -> Refusal {
    Refusal {
        code: PublicReason::SessionExpired.as_str().to_owned(),
        words: messages::attempt_over(),
        help_code,
        directory: None,
    }
}

fn words_of(reason: PublicReason, wait_seconds: u64) -> Words {
    match reason {
        PublicReason::SessionExpired => messages::attempt_over(),
        reason => refusals::of(reason, wait_seconds),
    }
}

/// What a step of signing in came to, as far as its own page has to answer it.
pub(super) enum Outcome {
    /// The person is in, or goes on to the second step: this is the answer.
    Answered(Response),
    /// A code is on its way.
    CodeSent(CodeSent),
    /// No.
    Refused(Refused),
}

/// Answers what every way of signing in answers alike; the rest is left to the page of the step. `keep` says whether the
/// session is to outlive the browser, should it open now.
pub(super) fn outcome(visit: &Visit, outcome: SignInOutcome, keep: bool) -> Result<Outcome, Fault> {
    Ok(match outcome {
        SignInOutcome::SignedIn(signed_in) => Outcome::Answered(self::signed_in(visit, &signed_in, keep)?),
        SignInOutcome::SecondStep(needed) => Outcome::Answered(second_step(&needed)?),
        SignInOutcome::CodeSent(sent) => {
            (visit.state.mail_promised)();
            Outcome::CodeSent(sent)
        }
        SignInOutcome::Refused(refused) => Outcome::Refused(refused),
        _ => return Err(Fault::new(FaultKind::Internal)),
    })
}

/// Sends a person whose first factor is proved on to their second step (R73); no session is opened.
fn second_step(needed: &SecondStepNeeded) -> Result<Response, Fault> {
    let path = second_step_path(needed.step);
    see_other(&format!(
        "{path}{}",
        journey(Some(needed.flow), &needed.return_to).query()
    ))
}

/// The page of a second step.
pub(super) const fn second_step_path(step: Step) -> &'static str {
    match step {
        Step::SetPassword => "/sign-in/new-password",
        Step::EnrolSecondFactor => "/sign-in/second-factor/set-up",
        _ => "/sign-in/second-factor",
    }
}

/// Hands the browser its session and sends it where the person was going.
fn signed_in(visit: &Visit, signed_in: &SignedIn, keep: bool) -> Result<Response, Fault> {
    let mut response = see_other(signed_in.return_to.as_str())?;
    hand_over(visit, signed_in, keep, &mut response)?;
    Ok(response)
}

/// Gives the browser the cookies of a session that has just been opened. The device cookie stays for a year; it opens
/// nothing (R26).
pub(super) fn hand_over(visit: &Visit, opened: &SignedIn, keep: bool, response: &mut Response) -> Result<(), Fault> {
    set_session(visit, &opened.token, opened.session.expires_at, keep, response)?;
    let cookies = visit.context.cookies();
    if let Some(device) = cookies.set(CookieName::Device, &opened.device_cookie, Some(DEVICE_COOKIE_SECONDS)) {
        response.headers_mut().append(SET_COOKIE, device);
    }
    if let Some(way) = Way::of(opened.session.method) {
        last_used::remember(visit, &way, response);
    }
    Ok(())
}

/// Sets the cookie of a session. It goes when the browser is closed, unless whoever signed in asked to be kept signed in:
/// then it stays until the session ends at the latest. The server ends the session by its own clocks whatever a cookie
/// says (R81).
pub(super) fn set_session(
    visit: &Visit,
    token: &RawToken,
    expires_at: Timestamp,
    keep: bool,
    response: &mut Response,
) -> Result<(), Fault> {
    let life = keep.then(|| seconds_until(expires_at, visit.state.auth.now()));
    let cookie = visit.context.cookies().set(CookieName::Session, &token.expose(), life);
    let cookie = cookie.ok_or_else(|| Fault::new(FaultKind::Internal))?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(())
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
            let status = Situation::Refused(*reason).status();
            assert!(status.is_client_error(), "{reason}");
            assert!(
                sentences.insert(words_of(*reason, 60).message().as_str().to_owned()),
                "{reason}"
            );
        }
    }
}
