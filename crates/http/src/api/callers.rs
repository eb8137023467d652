//! People who call (C10): their challenge, and what is done for them then; deleting somebody; and the step after a temporary
//! password.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::SignInError;
use doorward_auth::people::challenge_caller::{CallerError, CallerRequest, ChallengeBy};
use doorward_auth::people::delete_person::DeletePersonError;
use doorward_auth::sign_in::replace_temporary_password::{Replaced, ReplacedPassword};
use doorward_domain::caller_challenge::{CallerAction, CallerChallenge, CallerWay};
use doorward_domain::ids::{CallerChallengeId, EmailId, FlowId, UserId};
use doorward_domain::ports::ChallengeTried;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Permit;
use super::answer::{self, SignedInDocument};
use super::caller::App;
use super::fields::{self, misfit};
use super::people::{LAST_WAY_IN, too_many_mails};
use super::problems::{AccessProblems, BodyProblems, Problem, StepRefusals};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail("There is no such person, or no such challenge of whoever asks.")
}

fn user_of(text: &str) -> Result<UserId, Fault> {
    text.parse().map_err(|_id| missing())
}

fn challenge_of(text: &str) -> Result<CallerChallengeId, Fault> {
    text.parse().map_err(|_id| missing())
}

fn conflict(detail: &'static str) -> Fault {
    Fault::new(FaultKind::Conflict).detail(detail)
}

fn of_caller(state: &SiteState, error: CallerError) -> Fault {
    match error {
        CallerError::NobodyThere => missing(),
        CallerError::OutOfReach => {
            Fault::new(FaultKind::Forbidden).detail("This person may do more than whoever asks.")
        }
        CallerError::NotPermitted => Fault::new(FaultKind::Forbidden),
        CallerError::Oneself => conflict("Nobody does this to themself."),
        CallerError::NoMailbox => conflict("The person has no such proved address."),
        CallerError::TryLater { retry_at } => too_many_mails(state, retry_at),
        CallerError::NotOpen => conflict("The challenge is not open for that."),
        CallerError::Hasher(error) => SignInError::from(error).into(),
        CallerError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// A challenge to somebody who calls.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerChallengeBody {
    /// What it is for: `set-password`, `reset-two-factor` or `reset-two-factor-and-passkeys`.
    #[schema(example = "set-password")]
    action: String,
    /// How it is proved: `mailbox`, `session`, or `delay` for those who may go without.
    #[schema(example = "mailbox")]
    by: String,
    /// Which proved address a code goes to, where it is proved by `mailbox`.
    email_id: Option<Uuid>,
}

/// Where a challenge stands. The code is nowhere in it.
#[derive(Serialize, ToSchema)]
#[schema(as = CallerChallenge)]
pub(crate) struct CallerChallengeDocument {
    id: Uuid,
    #[schema(value_type = String)]
    action: &'static str,
    #[schema(value_type = String)]
    by: &'static str,
    /// `waiting`, `open`, `spent`, `over`, `refused`, `cancelled` or `used`.
    #[schema(value_type = String)]
    state: &'static str,
    tries_left: u32,
    /// Until when the present state lasts.
    #[schema(format = DateTime)]
    expires_at: String,
    /// From when on it may be done, where it is announced.
    #[schema(format = DateTime)]
    due_at: Option<String>,
}

fn document(challenge: &CallerChallenge, now: Timestamp) -> CallerChallengeDocument {
    CallerChallengeDocument {
        id: challenge.id.as_uuid(),
        action: challenge.action.as_str(),
        by: challenge.way.as_str(),
        state: challenge.state(now).as_str(),
        tries_left: challenge.tries_left,
        expires_at: rfc3339(challenge.expires_at),
        due_at: match challenge.way {
            CallerWay::Delay { due_at } => Some(rfc3339(due_at)),
            CallerWay::Mailbox { .. } | CallerWay::Session => None,
        },
    }
}

/// Begins a challenge. The code, where there is one, goes to the person's mailbox, and is in no answer. A session needs a
/// proof of who it is that is at most a quarter of an hour old.
#[utoipa::path(post, path = "/api/v1/users/{id}/caller-challenges", operation_id = "begin_caller_challenge", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 201, description = "Begun", body = CallerChallengeDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nobody does this to themself, or there is no such mailbox", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Staff have sent this address as many mails as they may", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn begin(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<CallerChallengeBody>,
) -> Result<Response, Fault> {
    let user = user_of(&id)?;
    let action =
        CallerAction::parse(&body.action).ok_or_else(|| misfit("action", "`action` is none of the actions."))?;
    let by = match (body.by.as_str(), body.email_id) {
        ("mailbox", Some(email)) => ChallengeBy::Mailbox(EmailId::from_uuid(email)),
        ("mailbox", None) => return Err(misfit("email_id", "`email_id` says which address the code goes to.")),
        ("session", None) => ChallengeBy::Session,
        ("delay", None) => ChallengeBy::Delay,
        _ => return Err(misfit("by", "`by` is `mailbox`, `session` or `delay`.")),
    };
    permit.fresh(&state).await?;
    let request = CallerRequest { user, action, by };
    let callers = state.auth.callers();
    let begun = callers.challenge(&permit.acting(), &permit.workspace, request).await;
    let begun = begun.map_err(|error| of_caller(&state, error))?;
    (state.mail_promised)();
    let document = document(&begun, state.auth.now());
    Ok((StatusCode::CREATED, axum::Json(document)).into_response())
}

async fn found(
    permit: &Permit,
    state: &SiteState,
    (id, challenge): &(String, String),
) -> Result<CallerChallenge, Fault> {
    let (user, id) = (user_of(id)?, challenge_of(challenge)?);
    let callers = state.auth.callers();
    let found = callers.look(&permit.acting(), &permit.workspace, user, id).await?;
    found.ok_or_else(missing)
}

/// Where a challenge stands, for whoever began it.
#[utoipa::path(get, path = "/api/v1/users/{id}/caller-challenges/{challenge}", operation_id = "read_caller_challenge", tag = "users", params(("id" = Uuid, Path, description = "The person's id"), ("challenge" = Uuid, Path, description = "The challenge's id")), responses(
    (status = 200, description = "Where it stands", body = CallerChallengeDocument),
    (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn read(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(path): Path<(String, String)>,
) -> Result<Response, Fault> {
    let found = found(&permit, &state, &path).await?;
    Ok(axum::Json(document(&found, state.auth.now())).into_response())
}

/// The code that the caller read out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerCodeBody {
    code: String,
}

/// Tries the code that the caller read out.
#[utoipa::path(post, path = "/api/v1/users/{id}/caller-challenges/{challenge}/code", operation_id = "try_caller_code", tag = "users", params(("id" = Uuid, Path, description = "The person's id"), ("challenge" = Uuid, Path, description = "The challenge's id")), responses(
    (status = 200, description = "Proved", body = CallerChallengeDocument),
    (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It waits for no code (any more)", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn try_code(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(path): Path<(String, String)>,
    Json(body): Json<CallerCodeBody>,
) -> Result<Response, Fault> {
    let before = found(&permit, &state, &path).await?;
    let whose = (before.user, before.id);
    let callers = state.auth.callers();
    let tried = callers
        .try_code(&permit.acting(), &permit.workspace, whose, &body.code)
        .await;
    match tried.map_err(|error| of_caller(&state, error))? {
        ChallengeTried::Proved => {
            let after = found(&permit, &state, &path).await?;
            Ok(axum::Json(document(&after, state.auth.now())).into_response())
        }
        ChallengeTried::Wrong(left) => {
            Err(misfit("code", "`code` is not the one that was sent.").member("tries_left", left))
        }
        ChallengeTried::Closed => Err(conflict("The challenge waits for no code.")),
    }
}

/// Takes a challenge, or what was announced, back.
#[utoipa::path(delete, path = "/api/v1/users/{id}/caller-challenges/{challenge}", operation_id = "cancel_caller_challenge", tag = "users", params(("id" = Uuid, Path, description = "The person's id"), ("challenge" = Uuid, Path, description = "The challenge's id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "There is none (any more)", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn cancel(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path((id, challenge)): Path<(String, String)>,
) -> Result<StatusCode, Fault> {
    let whose = (user_of(&id)?, challenge_of(&challenge)?);
    let callers = state.auth.callers();
    let cancelled = callers.cancel(&permit.acting(), &permit.workspace, whose).await;
    if cancelled.map_err(|error| of_caller(&state, error))? {
        (state.mail_promised)();
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(missing())
    }
}

/// On the strength of which challenge something is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnChallengeBody {
    /// A challenge of whoever asks, about that person and for that very action, that is open.
    challenge: Uuid,
}

/// A password that was made for somebody.
#[derive(Serialize, ToSchema)]
#[schema(as = TemporaryPassword)]
pub(crate) struct TemporaryPasswordDocument {
    /// Told here and never again. It opens nothing but the step that replaces it.
    password: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Makes a temporary password.
#[utoipa::path(post, path = "/api/v1/users/{id}/temporary-password", operation_id = "make_temporary_password", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The password", body = TemporaryPasswordDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The challenge is not open for that", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn set_password(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<OnChallengeBody>,
) -> Result<Response, Fault> {
    let whose = (user_of(&id)?, CallerChallengeId::from_uuid(body.challenge));
    permit.fresh(&state).await?;
    let callers = state.auth.callers();
    let made = callers.set_password(&permit.acting(), &permit.workspace, whose).await;
    let made = made.map_err(|error| of_caller(&state, error))?;
    (state.mail_promised)();
    let document = TemporaryPasswordDocument {
        password: made.password.expose().to_owned(),
        expires_at: rfc3339(made.until),
    };
    Ok(axum::Json(document).into_response())
}

/// Resets the second factor.
#[utoipa::path(post, path = "/api/v1/users/{id}/two-factor/reset", operation_id = "reset_two_factor", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 204, description = "Reset"),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The challenge is not open for that", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn reset_two_factor(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<OnChallengeBody>,
) -> Result<StatusCode, Fault> {
    let whose = (user_of(&id)?, CallerChallengeId::from_uuid(body.challenge));
    permit.fresh(&state).await?;
    let callers = state.auth.callers();
    let reset = callers
        .reset_two_factor(&permit.acting(), &permit.workspace, whose)
        .await;
    reset.map_err(|error| of_caller(&state, error))?;
    (state.mail_promised)();
    Ok(StatusCode::NO_CONTENT)
}

fn of_deletion(error: DeletePersonError) -> Fault {
    match error {
        DeletePersonError::NobodyThere => missing(),
        DeletePersonError::OutOfReach => {
            Fault::new(FaultKind::Forbidden).detail("This person may do more than whoever asks.")
        }
        DeletePersonError::Oneself => conflict("Nobody does this to themself."),
        DeletePersonError::LastOwner => conflict("They are the last owner who can sign in."),
        DeletePersonError::LastWayIn => conflict(LAST_WAY_IN),
        DeletePersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// Until when something can be undone.
#[derive(Serialize, ToSchema)]
#[schema(as = Deletion)]
pub(crate) struct DeletionDocument {
    /// Afterwards the person is gone for good.
    #[schema(format = DateTime)]
    undone_until: String,
}

/// Deletes somebody: they come in by no way, and are gone for good once it can be undone no more.
#[utoipa::path(delete, path = "/api/v1/users/{id}", operation_id = "delete_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "Deleted", body = DeletionDocument),
    (status = 404, description = "Nobody here has that id, or they are deleted already", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "They are the last owner, or whoever asks", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn delete(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let user = user_of(&id)?;
    permit.fresh(&state).await?;
    let departures = state.auth.departures();
    let until = departures.delete(&permit.acting(), &permit.workspace, user).await;
    let until = until.map_err(of_deletion)?;
    (state.mail_promised)();
    let document = DeletionDocument {
        undone_until: rfc3339(until),
    };
    Ok(axum::Json(document).into_response())
}

/// Undoes the deletion of somebody.
#[utoipa::path(post, path = "/api/v1/users/{id}/restore", operation_id = "restore_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 204, description = "As before"),
    (status = 404, description = "Nobody here has that id, or they are not deleted", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn restore(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Fault> {
    let user = user_of(&id)?;
    let departures = state.auth.departures();
    let restored = departures.restore(&permit.acting(), &permit.workspace, user).await;
    restored.map_err(of_deletion)?;
    (state.mail_promised)();
    Ok(StatusCode::NO_CONTENT)
}

/// A password in place of a temporary one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPasswordBody {
    /// The attempt, as the step before told it.
    flow: Uuid,
    password: String,
    /// What an earlier sign-in on this device gave.
    device_token: Option<String>,
}

/// Puts a password of one's own in place of a temporary one (`new_password_required`), and goes on with the sign-in.
#[utoipa::path(post, path = "/api/v1/sign-in/new-password", operation_id = "replace_temporary_password", tag = "sign-in", responses(
    (status = 200, description = "Signed in, or what is still needed", body = SignedInDocument),
    StepRefusals, BodyProblems,
))]
pub(crate) async fn replace(
    State(state): State<Arc<SiteState>>,
    app: App,
    Json(body): Json<OwnPasswordBody>,
) -> Result<Response, Fault> {
    let app = app.on_device(body.device_token);
    let request = ReplacedPassword {
        workspace: app.workspace.as_ref().clone(),
        flow: FlowId::from_uuid(body.flow),
        password: fields::password(&body.password)?,
    };
    let sign_in = state.auth.sign_in();
    match sign_in.replace_temporary_password(&app.caller, request).await? {
        Replaced::Problems(problems) => Err(fields::password_problems(&problems, &state.renderer, &app.language)),
        Replaced::SameAgain => Err(misfit("password", "`password` is the temporary one.")),
        Replaced::Set(outcome) => {
            (state.mail_promised)();
            answer::tell(*outcome, &state, &app.language)
        }
    }
}
