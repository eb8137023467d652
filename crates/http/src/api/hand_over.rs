//! Hand-over by the company's own site (B18): its keys, and what is wrong with a token.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::sign_in::hand_over::HandOverToken;
use doorward_auth::workspace::add_hand_over_key::{AddHandOverKeyError, NewHandOverKey};
use doorward_auth::workspace::check_hand_over_token::{HandOverChecked, WouldOpen};
use doorward_domain::hand_over::{HandOverAlgorithm, HandOverKey, KeyProblem};
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::role::{Audience, Role};
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Permit;
use super::fields::misfit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NO_SUCH_KEY: &str = "There is no live key of that id.";
const STAFF: &str = "A key for staff lets your site sign in agents and admins, so it is added on the server: doorward hand-over key add.";

/// A key that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverKeyBody {
    /// `customers`; a key for `staff` is added on the server.
    #[schema(example = "customers")]
    audience: String,
    /// `HS256`, `HS384` or `HS512` for a shared secret, which is drawn here; `RS256` or `ES256` with a public key.
    #[schema(example = "HS256")]
    algorithm: Option<String>,
    /// The site's public key in PEM or as a JSON Web Key.
    public_key: Option<String>,
    /// The most that a token can make of somebody: `customer` or `collaborator`.
    #[schema(example = "customer")]
    highest_role: Option<String>,
}

/// A key.
#[derive(Serialize, ToSchema)]
#[schema(as = HandOverKey)]
pub(crate) struct HandOverKeyDocument {
    id: Uuid,
    /// `customers` or `staff`.
    audience: &'static str,
    algorithm: &'static str,
    highest_role: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

const fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

impl From<&HandOverKey> for HandOverKeyDocument {
    fn from(key: &HandOverKey) -> Self {
        Self {
            id: key.id.as_uuid(),
            audience: audience_name(key.audience),
            algorithm: key.algorithm.as_str(),
            highest_role: key.highest_role.as_str(),
            created_at: rfc3339(key.created_at),
            revoked_at: key.revoked_at.map(rfc3339),
        }
    }
}

/// A key that was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewHandOverKeyDocument {
    #[serde(flatten)]
    key: HandOverKeyDocument,
    /// The shared secret, used as the text it is; told here and never again. `null` for a public key.
    secret: Option<String>,
}

/// All keys, revoked ones too, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandOverKeyList {
    items: Vec<HandOverKeyDocument>,
}

/// A token to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverTokenBody {
    /// The token, as your site made it. Checking does not use it up.
    token: String,
}

/// The first thing that is wrong with a token.
#[derive(Serialize, ToSchema)]
pub(crate) struct WrongFieldDocument {
    /// The claim, header, part of the token or setting.
    #[schema(example = "iat")]
    field: String,
    /// What it was.
    #[schema(example = "400 seconds ago")]
    was: String,
    /// What it should be.
    should: String,
    /// What the receipt of a sign-in with it says.
    #[schema(value_type = String, example = "token-iat")]
    reason: &'static str,
}

/// What a check found.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandOverCheck {
    /// Whether it would sign somebody in, now.
    ok: bool,
    /// The first thing that is wrong.
    wrong: Option<WrongFieldDocument>,
    /// Seconds by which `iat` is ahead of the server's clock (behind it: negative); `null` where it cannot be read.
    drift_seconds: Option<i64>,
    /// The key that signed it, if a live one did.
    key: Option<Uuid>,
    /// Whom it would sign in; `null` for an account that would come into being.
    user: Option<Uuid>,
}

impl From<HandOverChecked> for HandOverCheck {
    fn from(checked: HandOverChecked) -> Self {
        Self {
            ok: checked.wrong.is_none(),
            wrong: checked.wrong.map(|wrong| WrongFieldDocument {
                field: wrong.field,
                was: wrong.was,
                should: wrong.should,
                reason: wrong.reason.as_str(),
            }),
            drift_seconds: checked.drift_seconds,
            key: checked.key.map(|(id, _)| id.as_uuid()),
            user: match checked.would_open {
                Some(WouldOpen::Account(id)) => Some(id.as_uuid()),
                Some(WouldOpen::NewAccount) | None => None,
            },
        }
    }
}

/// Adds a key by which your site hands people over. At most two of an audience are live at once.
#[utoipa::path(post, path = "/api/v1/hand-over/keys", operation_id = "add_hand_over_key", tag = "hand-over", responses(
    (status = 201, description = "Added", body = NewHandOverKeyDocument),
    (status = 409, description = "Two keys of this audience are live", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn add(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<HandOverKeyBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    match body.audience.as_str() {
        "customers" => {}
        "staff" => return Err(Fault::new(FaultKind::Forbidden).detail(STAFF)),
        _ => return Err(misfit("audience", "`audience` is `customers`.")),
    }
    let algorithm = read(body.algorithm.as_deref(), HandOverAlgorithm::parse).map_err(|()| {
        misfit(
            "algorithm",
            "`algorithm` is one of HS256, HS384, HS512, RS256 and ES256.",
        )
    })?;
    let highest_role = read(body.highest_role.as_deref(), Role::parse)
        .map_err(|()| misfit("highest_role", "`highest_role` is `customer` or `collaborator`."))?;
    let request = NewHandOverKey {
        audience: Audience::Customers,
        algorithm,
        public_key: body.public_key,
        highest_role,
    };
    let workspaces = state.auth.workspaces();
    let added = workspaces
        .add_hand_over_key(&permit.acting(), &permit.workspace, request)
        .await;
    let added = added.map_err(|error| match error {
        AddHandOverKeyError::Problem(KeyProblem::TooMany) => {
            Fault::new(FaultKind::Conflict).detail("Two keys of this audience are live; revoke one first.")
        }
        AddHandOverKeyError::BeyondOwn => {
            Fault::new(FaultKind::Forbidden).detail("Whoever holds the key could do more than whoever adds it.")
        }
        AddHandOverKeyError::Problem(problem) => misfit(field_of(&problem), format!("{problem}.")),
        AddHandOverKeyError::Port(error) => error.into(),
    })?;
    let document = NewHandOverKeyDocument {
        key: HandOverKeyDocument::from(&added.key),
        secret: added.secret.map(|secret| secret.expose().to_owned()),
    };
    Ok((StatusCode::CREATED, axum::Json(document)).into_response())
}

/// What is written, if anything is; `Err` if it means nothing.
fn read<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    text.map(|text| parse(text).ok_or(())).transpose()
}

const fn field_of(problem: &KeyProblem) -> &'static str {
    match problem {
        KeyProblem::HighestRole { .. } => "highest_role",
        KeyProblem::OtherAlgorithm { .. } => "algorithm",
        KeyProblem::PublicKeyMissing { .. } | KeyProblem::PublicKey(_) => "public_key",
        KeyProblem::TooMany => "audience",
    }
}

/// Lists the keys; what they are made of cannot be read again.
#[utoipa::path(get, path = "/api/v1/hand-over/keys", operation_id = "list_hand_over_keys", tag = "hand-over", responses(
    (status = 200, description = "The keys", body = HandOverKeyList),
    AccessProblems,
))]
pub(crate) async fn list(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let keys = state.auth.workspaces().hand_over_keys(&permit.workspace).await?;
    let items = keys.iter().map(HandOverKeyDocument::from).collect();
    Ok(axum::Json(HandOverKeyList { items }).into_response())
}

/// Takes a key back, for good: the next token that it signed is refused.
#[utoipa::path(delete, path = "/api/v1/hand-over/keys/{key}", operation_id = "revoke_hand_over_key", tag = "hand-over",
    params(("key" = Uuid, Path, description = "The key's id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "There is no live key of that id", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn revoke(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let missing = || Fault::new(FaultKind::NotFound).detail(NO_SUCH_KEY);
    let id: HandOverKeyId = id.parse().map_err(|_| missing())?;
    let workspaces = state.auth.workspaces();
    if workspaces
        .revoke_hand_over_key(&permit.acting(), &permit.workspace, id)
        .await?
    {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}

/// Checks a token: the first field that is wrong, what it was and what it should be, and how far your clock is from ours.
/// Uses the token up no more than looking at it does.
#[utoipa::path(post, path = "/api/v1/hand-over/check", operation_id = "check_hand_over_token", tag = "hand-over", responses(
    (status = 200, description = "What was found", body = HandOverCheck),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn check(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<HandOverTokenBody>,
) -> Result<Response, Fault> {
    let token = HandOverToken::new(&body.token);
    let workspaces = state.auth.workspaces();
    let checked = workspaces.check_hand_over_token(&permit.workspace, &token).await?;
    Ok(axum::Json(HandOverCheck::from(checked)).into_response())
}
