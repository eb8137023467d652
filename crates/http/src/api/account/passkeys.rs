//! One's passkeys (B10).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::account::look_at_security::PlannedChange;
use doorward_auth::factors::add_passkey::AddedPasskey;
use doorward_domain::ids::{CeremonyId, PasskeyId};
use doorward_domain::passkey::{MAX_PASSKEY_NAME_CODE_POINTS, Passkey};
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::fields::misfit;
use super::super::own::{Confirmation, Nothing, Own, account_gone};
use super::super::passkey::{self, ChallengeDocument};
use super::super::problems::{BodyProblems, OwnProblems, Problem, RemovalConflict, SensitiveProblems};
use super::super::query::Query;
use super::{id_of, not_found};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NO_SUCH_PASSKEY: &str = "The account has no such passkey.";

/// One of one's passkeys.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkey)]
pub(crate) struct PasskeyDocument {
    id: Uuid,
    name: String,
    /// Whether its authenticator says that it is backed up, so that it outlives a lost device.
    synced: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// `null` if it was never used.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&Passkey> for PasskeyDocument {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.as_uuid(),
            name: passkey.name.clone(),
            synced: passkey.synced,
            created_at: rfc3339(passkey.created_at),
            last_used_at: passkey.last_used_at.map(rfc3339),
        }
    }
}

/// Asks for a challenge for a new passkey.
#[utoipa::path(post, path = "/api/v1/account/passkeys/options", operation_id = "begin_add_passkey", tag = "account", request_body = Nothing, responses(
    (status = 200, description = "The challenge", body = ChallengeDocument),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn begin(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    let proof = own.fresh(&state).await?;
    let challenge = state
        .auth
        .factors()
        .begin_add_passkey(&own.caller, &own.workspace, proof, &own.origin()?)
        .await?;
    Ok(passkey::tell(challenge.ok_or_else(account_gone)?))
}

/// What the authenticator answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyBody {
    /// The round, as the challenge told it.
    ceremony: Uuid,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    answer: Value,
    /// What to call it, at most 60 characters; made from browser and system if absent.
    name: Option<String>,
}

/// A passkey was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyAdded {
    /// What it is called.
    name: String,
}

/// Adds a passkey.
#[utoipa::path(post, path = "/api/v1/account/passkeys", operation_id = "add_passkey", tag = "account", responses(
    (status = 201, description = "Added", body = PasskeyAdded),
    (status = 409, description = "It is on the account already, or the account has as many as one may have", body = Problem, content_type = "application/problem+json"),
    SensitiveProblems, BodyProblems,
))]
pub(crate) async fn add(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<NewPasskeyBody>,
) -> Result<Response, Fault> {
    let name = body.name.unwrap_or_default();
    if name.chars().count() > MAX_PASSKEY_NAME_CODE_POINTS {
        return Err(name_too_long());
    }
    let proof = own.fresh(&state).await?;
    let round = (CeremonyId::from_uuid(body.ceremony), &body.answer);
    let added = state
        .auth
        .factors()
        .add_passkey(&own.caller, &own.workspace, proof, round, &name)
        .await?;
    let conflict = |detail: &'static str| Err(Fault::new(FaultKind::Conflict).detail(detail));
    match added {
        AddedPasskey::Added(name) => {
            (state.mail_promised)();
            Ok((StatusCode::CREATED, axum::Json(PasskeyAdded { name })).into_response())
        }
        AddedPasskey::Known => conflict("That passkey is on the account already."),
        AddedPasskey::TooMany => conflict("The account has as many passkeys as one may have."),
        AddedPasskey::Failed => Err(misfit(
            "answer",
            "The challenge is over, or the answer does not hold. Ask for another challenge.",
        )),
    }
}

/// A name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyNameBody {
    /// What to call it, at most 60 characters.
    name: String,
}

fn name_too_long() -> Fault {
    misfit(
        "name",
        format!("`name` has at most {MAX_PASSKEY_NAME_CODE_POINTS} characters."),
    )
}

/// Gives a passkey another name.
#[utoipa::path(patch, path = "/api/v1/account/passkeys/{id}", operation_id = "rename_passkey", tag = "account",
    params(("id" = Uuid, Path, description = "The passkey's id")), responses(
    (status = 204, description = "Renamed"),
    (status = 404, description = "No such passkey", body = Problem, content_type = "application/problem+json"),
    OwnProblems, BodyProblems,
))]
pub(crate) async fn rename(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<PasskeyNameBody>,
) -> Result<StatusCode, Fault> {
    let id = id_of::<PasskeyId>(&id, NO_SUCH_PASSKEY)?;
    if body.name.trim().is_empty() {
        return Err(misfit("name", "`name` is empty."));
    }
    if body.name.chars().count() > MAX_PASSKEY_NAME_CODE_POINTS {
        return Err(name_too_long());
    }
    let renamed = state
        .auth
        .factors()
        .rename_passkey(&own.caller, &own.workspace, own.session.user, id, &body.name)
        .await?;
    if renamed {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found(NO_SUCH_PASSKEY))
    }
}

/// Removes a passkey: it opens nothing from the next request on, and all other sessions end.
#[utoipa::path(delete, path = "/api/v1/account/passkeys/{id}", operation_id = "remove_passkey", tag = "account",
    params(("id" = Uuid, Path, description = "The passkey's id"), Confirmation), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "No such passkey", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The person is to be warned first", body = RemovalConflict, content_type = "application/problem+json"),
    SensitiveProblems,
))]
pub(crate) async fn remove(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Query(query): Query<Confirmation>,
) -> Result<StatusCode, Fault> {
    let id = id_of::<PasskeyId>(&id, NO_SUCH_PASSKEY)?;
    let proof = own.fresh(&state).await?;
    own.weigh(&state, &query, PlannedChange::RemovePasskey(id)).await?;
    let factors = state.auth.factors();
    if !factors.remove_passkey(&own.caller, &own.workspace, proof, id).await? {
        return Err(not_found(NO_SUCH_PASSKEY));
    }
    (state.mail_promised)();
    Ok(StatusCode::NO_CONTENT)
}
