//! The shapes of problems, for the OpenAPI document; written by [`Fault`](crate::problem::Fault).

use utoipa::{IntoResponses, ToSchema};
use uuid::Uuid;

use super::own::WarningDocument;

/// A refusal or a failure (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) struct Problem {
    /// `urn:doorward:problem:` and a stable name.
    #[schema(rename = "type", example = "urn:doorward:problem:not-found")]
    kind: String,
    /// What kind of problem, in English.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do about it.
    detail: String,
    /// `urn:uuid:` and the id of the request, as in `X-Request-Id`.
    instance: String,
    /// The field that will not do.
    field: Option<String>,
}

/// A way in was refused (RFC 9457, with more members).
#[derive(ToSchema)]
#[schema(as = Refusal)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) struct Refusal {
    #[schema(rename = "type", example = "urn:doorward:problem:refused")]
    kind: String,
    title: String,
    status: u16,
    /// The sentence to show to the person.
    detail: String,
    instance: String,
    /// Always `refused`.
    #[schema(example = "refused")]
    outcome: String,
    /// One of the public reasons.
    #[schema(example = "invalid-credentials")]
    reason: String,
    /// What staff find the receipt of this attempt by.
    #[schema(example = "K7QM-2XRD")]
    help_code: String,
    /// The attempt, where one can go on with it.
    flow: Option<Uuid>,
    /// Tries left on the attempt, where that is so.
    tries_left: Option<u32>,
}

/// What every address answers to a body that it does not take.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) enum BodyProblems {
    /// Not well-formed JSON
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(Problem),
    /// Larger than 65,536 bytes
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// Not `application/json`
    #[response(status = 415, content_type = "application/problem+json")]
    WrongType(Problem),
    /// A field is unknown, missing, given twice, of the wrong type, or not acceptable
    #[response(status = 422, content_type = "application/problem+json")]
    Misfit(Problem),
}

/// How a step of signing in is refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) enum StepRefusals {
    /// Refused
    #[response(status = 401, content_type = "application/problem+json")]
    Refused(Refusal),
    /// The workspace does not offer this
    #[response(status = 403, content_type = "application/problem+json")]
    NotOffered(Refusal),
    /// Too many attempts; `Retry-After` says when to come back
    #[response(status = 429, content_type = "application/problem+json")]
    TryLater(Refusal),
    /// Too much to do at the moment; nothing was decided
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(Problem),
}

/// How a caller without leave is refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) enum AccessProblems {
    /// No session or key that is good here
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// The role or the key lacks what this takes
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(Problem),
}

/// The last proof of who this is lies too far back (RFC 9457, with one more member).
#[derive(ToSchema)]
#[schema(as = FreshProofRequired)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) struct FreshProofRequired {
    #[schema(rename = "type", example = "urn:doorward:problem:fresh-proof-required")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    instance: String,
    /// By what this person can show who they are: `password`, `second-factor`, `passkey`, `email-code`.
    ways: Vec<String>,
}

/// A removal would leave few ways back in, or is none that can be made (RFC 9457, with one more member).
#[derive(ToSchema)]
#[schema(as = RemovalConflict)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) struct RemovalConflict {
    /// `one-way-left`, which `?confirmed=true` gets past; or `conflict`, which nothing does.
    #[schema(rename = "type", example = "urn:doorward:problem:one-way-left")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    instance: String,
    /// What to tell the person, where the type is `one-way-left`.
    warnings: Option<Vec<WarningDocument>>,
}

/// How somebody who is not signed in is refused at an address of their own.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) enum OwnProblems {
    /// No session that is good here; a key of the portal application is none
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
}

/// The same where a fresh proof is asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
pub(crate) enum SensitiveProblems {
    /// No session that is good here; a key of the portal application is none
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// The last proof of who this is lies too far back: `POST /api/v1/session/proof`, then send this again
    #[response(status = 403, content_type = "application/problem+json")]
    Stale(FreshProofRequired),
}
