//! The one file that knows status codes: every way a request can fail at the edge, and how it is told.
//!
//! Handlers and extractors return a [`Fault`]; it travels as a response extension to the edge, which alone writes the
//! body: an RFC 9457 problem under `/api` and `/scim`, a page elsewhere. So a 404, a 413 and a panic look alike
//! wherever they arise.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use doorward_domain::ids::RequestId;
use doorward_domain::reason::PublicReason;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, StatusCode};

/// What went wrong with a request, by the name a program can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// 400: the body, the query or a header cannot be read.
    BadRequest,
    /// 401: nobody is signed in.
    SignInNeeded,
    /// 401: the way in was refused.
    Refused,
    /// 403: signed in, but not allowed.
    Forbidden,
    /// 403: the request came from another site (R83).
    CrossSite,
    /// 403: the form is older than this browser's token, or has none (R83).
    FormExpired,
    /// 403: signed in, but the last proof of who this is lies too far back for what was asked (R11).
    FreshProofRequired,
    /// 404: nothing here, or nothing that may be told of.
    NotFound,
    /// 404: no workspace answers on this host; the page reveals nothing (R35).
    UnknownHost,
    /// 405: the address exists, the method does not.
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    Timeout,
    /// 409: the state of things is another than the request assumes.
    Conflict,
    /// 409: it would leave the person with few ways back in, and they have not said that they know.
    OneWayLeft,
    /// 410: was here once, is spent or expired.
    Gone,
    /// 413: the body is larger than the cap (R2).
    BodyTooLarge,
    /// 415: the body has another type than this address takes.
    UnsupportedMediaType,
    /// 422: readable, but not acceptable.
    Unprocessable,
    /// 429: too many tries (R94).
    TooManyTries,
    /// 500: a fault of ours, without detail (R119).
    Internal,
    /// 503: something that the answer needs is away, or there is too much to do.
    Unavailable,
}

impl FaultKind {
    /// The status that tells the truth.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::SignInNeeded | Self::Refused => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite | Self::FormExpired | Self::FreshProofRequired => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownHost => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict | Self::OneWayLeft => StatusCode::CONFLICT,
            Self::Gone => StatusCode::GONE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyTries => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The kebab-case name: last part of the problem's `type`, and of the page's message keys.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::SignInNeeded => "sign-in-needed",
            Self::Refused => "refused",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross-site",
            Self::FormExpired => "form-expired",
            Self::FreshProofRequired => "fresh-proof-required",
            Self::NotFound => "not-found",
            Self::UnknownHost => "unknown-host",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Timeout => "timeout",
            Self::Conflict => "conflict",
            Self::OneWayLeft => "one-way-left",
            Self::Gone => "gone",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Unprocessable => "unprocessable",
            Self::TooManyTries => "too-many-tries",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The problem's `title`: for developers, in English, one a kind.
    pub const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request cannot be read",
            Self::SignInNeeded => "Nobody is signed in",
            Self::Refused => "Sign-in was refused",
            Self::Forbidden => "Not allowed",
            Self::CrossSite => "The request came from another site",
            Self::FormExpired => "The form has expired",
            Self::FreshProofRequired => "A fresh proof of who you are is needed",
            Self::NotFound | Self::UnknownHost => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::Timeout => "The request took too long to arrive",
            Self::Conflict => "Conflict",
            Self::OneWayLeft => "Few ways back in would be left",
            Self::Gone => "Gone",
            Self::BodyTooLarge => "The request body is too large",
            Self::UnsupportedMediaType => "The body has the wrong type",
            Self::Unprocessable => "The request is not acceptable",
            Self::TooManyTries => "Too many attempts",
            Self::Internal => "Something went wrong on our side",
            Self::Unavailable => "Not available at the moment",
        }
    }

    /// The problem's `detail` where nothing more is known: a sentence for developers on what to do.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::BadRequest => "Mend the request and send it again.",
            Self::SignInNeeded => "Send a session token or an API key of this workspace that is good now.",
            Self::Refused => "Sign in again or by another way.",
            Self::Forbidden => "The role or the key lacks what this address takes.",
            Self::CrossSite => "Send the request from a page of this host, or with a bearer token.",
            Self::FormExpired => "Open the form again and send it from there.",
            Self::FreshProofRequired => {
                "Prove who you are at /api/v1/session/proof by one of `ways`, then send this again."
            }
            Self::NotFound | Self::UnknownHost => "Nothing is at this address.",
            Self::MethodNotAllowed => "This address takes the methods that the Allow header lists.",
            Self::Timeout => "Send the request again.",
            Self::Conflict => "Read the present state and begin from there.",
            Self::OneWayLeft => {
                "Tell the person what `warnings` says; if they still want it, send this again with ?confirmed=true."
            }
            Self::Gone => "Ask for a new one.",
            Self::BodyTooLarge => "Send a smaller body.",
            Self::UnsupportedMediaType => "Send the type that this address takes.",
            Self::Unprocessable => "Mend the values and send the request again.",
            Self::TooManyTries => "Wait as long as the Retry-After header says.",
            Self::Internal => "The request id leads to the cause in the server's log.",
            Self::Unavailable => "Send the request again in a moment.",
        }
    }

    /// How a refusal is told (contract 4).
    pub const fn of_refusal(reason: PublicReason) -> Self {
        match reason {
            PublicReason::TryLater => Self::TooManyTries,
            PublicReason::MethodOff
            | PublicReason::SignUpClosed
            | PublicReason::NotInDirectory
            | PublicReason::AccountDisabled => Self::Forbidden,
            PublicReason::IdentityTaken => Self::Conflict,
            PublicReason::LinkInvalid => Self::Gone,
            _ => Self::Refused,
        }
    }

    /// The kind behind a bare status, for answers of the router that carry no [`Fault`].
    pub fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::SignInNeeded,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::Timeout,
            409 => Self::Conflict,
            410 => Self::Gone,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::Unprocessable,
            429 => Self::TooManyTries,
            503 => Self::Unavailable,
            500..=599 => Self::Internal,
            _ => return None,
        })
    }
}

/// What a page answers: the situation that it was drawn for. A page that is shown again names what stood in the way; its status
/// follows from that here, as it does for a [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Situation {
    /// Here is what was asked for.
    Shown,
    /// Something was made just now, and is shown.
    Made,
    /// What was sent can be read but not taken: the form again, with what to mend.
    Unfit,
    /// The form is older than this browser's token, or has none (R83); nothing was done.
    FormExpired,
    /// Whoever asks may not, or has a proof to give first.
    Forbidden,
    /// There is no such thing as was typed.
    NotFound,
    /// The state of things is another than the form assumed.
    Conflict,
    /// What it was about is over: expired, spent or taken back.
    Gone,
    /// What was sent is larger than the cap.
    TooLarge,
    /// Too many tries (R94).
    TooManyTries,
    /// A way in was refused.
    Refused(PublicReason),
}

impl Situation {
    /// The status that tells the truth.
    pub(crate) const fn status(self) -> StatusCode {
        let fault = match self {
            Self::Shown => return StatusCode::OK,
            Self::Made => return StatusCode::CREATED,
            Self::Unfit => FaultKind::Unprocessable,
            Self::FormExpired => FaultKind::FormExpired,
            Self::Forbidden => FaultKind::Forbidden,
            Self::NotFound => FaultKind::NotFound,
            Self::Conflict => FaultKind::Conflict,
            // The page of an attempt that is over is gone; to an app it is one more refusal.
            Self::Gone | Self::Refused(PublicReason::SessionExpired) => FaultKind::Gone,
            Self::TooLarge => FaultKind::BodyTooLarge,
            Self::TooManyTries => FaultKind::TooManyTries,
            Self::Refused(reason) => FaultKind::of_refusal(reason),
        };
        fault.status()
    }
}

/// A failed request: the kind, and what else may be told about it.
///
/// Nothing in here may be a secret or quote the request's values: it is shown, and its kind is logged (R37).
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    // Boxed: a fault is the `Err` of every extractor, and those should stay small.
    told: Box<Told>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Told {
    detail: Option<Cow<'static, str>>,
    retry_after_seconds: Option<u64>,
    allow: Option<HeaderValue>,
    extra: serde_json::Map<String, serde_json::Value>,
}

impl Fault {
    /// A fault with nothing to add to its kind.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            told: Box::default(),
        }
    }

    /// Adds a sentence for developers; it must not quote values of the request (R37).
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.told.detail = Some(detail.into());
        self
    }

    /// Says when to come again, in seconds: the `Retry-After` header (R94).
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.told.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds a member to the problem document, such as `reason` or `help_code`.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.told.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Keeps the `Allow` header that the router computed for a 405.
    #[must_use]
    pub(crate) fn allow(mut self, allow: Option<HeaderValue>) -> Self {
        self.told.allow = allow;
        self
    }

    /// What went wrong.
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// When to come again, in seconds.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.told.retry_after_seconds
    }

    /// The sentence for developers.
    pub fn detail_text(&self) -> Option<&str> {
        self.told.detail.as_deref()
    }

    /// A member added with [`Fault::member`].
    pub fn member_value(&self, name: &str) -> Option<&serde_json::Value> {
        self.told.extra.get(name)
    }

    /// The RFC 9457 document; `instance` names the request by its id, as `X-Request-Id`, receipts and logs do.
    pub fn to_problem_json(&self, request: RequestId) -> Bytes {
        let mut document = self.told.extra.clone();
        document.insert(
            "type".to_owned(),
            format!("urn:doorward:problem:{}", self.kind.code()).into(),
        );
        document.insert("title".to_owned(), self.kind.title().into());
        document.insert("status".to_owned(), self.status().as_u16().into());
        let detail = self.told.detail.as_deref().unwrap_or_else(|| self.kind.detail());
        document.insert("detail".to_owned(), detail.into());
        document.insert("instance".to_owned(), format!("urn:uuid:{request}").into());
        Bytes::from(serde_json::Value::Object(document).to_string())
    }

    /// Writes status and headers that belong to this fault, whoever writes the body.
    pub(crate) fn dress<B>(&self, response: &mut http::Response<B>) {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        if let Some(seconds) = self.told.retry_after_seconds {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = &self.told.allow {
            headers.insert(ALLOW, allow.clone());
        }
        if self.kind == FaultKind::SignInNeeded {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        self.dress(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

/// The media type of an RFC 9457 document.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The fault that a response stands for, if it has yet no body of its own: one set by a handler, or a bare refusal of
/// the router.
pub(crate) fn fault_of<B>(response: &mut http::Response<B>) -> Option<Fault> {
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        return Some(fault);
    }
    let kind = FaultKind::of_status(response.status())?;
    let own_body = response.headers().get(CONTENT_TYPE).is_some_and(|value| {
        // The router and its extractors explain themselves in plain text; pages and problems never are plain text.
        !value.as_bytes().starts_with(b"text/plain")
    });
    if own_body {
        return None;
    }
    Some(Fault::new(kind).allow(response.headers().get(ALLOW).cloned()))
}

/// Whether a method may change state (R83).
pub const fn changes_state(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> RequestId {
        RequestId::from_uuid(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn a_problem_names_itself() {
        let fault = Fault::new(FaultKind::TooManyTries)
            .retry_after(60)
            .detail("later")
            .member("reason", "try-later");
        let json: serde_json::Value = serde_json::from_slice(&fault.to_problem_json(request())).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "urn:doorward:problem:too-many-tries", "title": "Too many attempts", "status": 429,
                "detail": "later", "reason": "try-later",
                "instance": "urn:uuid:00000000-0000-0000-0000-000000000007"
            })
        );
        let response = fault.into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "60");
    }

    #[test]
    fn a_member_cannot_hide_the_status() {
        let fault = Fault::new(FaultKind::NotFound).member("status", 200);
        let json: serde_json::Value = serde_json::from_slice(&fault.to_problem_json(request())).unwrap();
        assert_eq!(json["status"], 404);
    }

    #[test]
    fn bare_refusals_of_the_router_get_a_kind() {
        let mut bare = http::Response::builder()
            .status(405)
            .header("allow", "GET,HEAD")
            .body(())
            .unwrap();
        let fault = fault_of(&mut bare).unwrap();
        assert_eq!(fault.kind(), FaultKind::MethodNotAllowed);
        let mut again = http::Response::new(());
        fault.dress(&mut again);
        assert_eq!(again.headers()["allow"], "GET,HEAD");
    }

    #[test]
    fn a_page_with_an_error_status_keeps_its_body() {
        let mut page = http::Response::builder()
            .status(429)
            .header("content-type", "text/html; charset=utf-8")
            .body(())
            .unwrap();
        assert_eq!(fault_of(&mut page), None);
        assert_eq!(fault_of(&mut http::Response::new(())), None);
    }
}
