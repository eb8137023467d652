//! Keys of the portal application (C9): listing them and taking them back. None is made here: a key never makes a key.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_domain::api_key::ApiKey;
use doorward_domain::ids::ApiKeyId;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Permit;
use super::problems::{AccessProblems, Problem};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// A key; what it says itself cannot be read again.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyDocument {
    id: Uuid,
    name: String,
    /// Its last four characters.
    last_four: String,
    scopes: Vec<&'static str>,
    #[schema(format = DateTime)]
    created_at: String,
    /// To the day of UTC.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

/// All keys, oldest first, revoked ones too.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyList {
    items: Vec<ApiKeyDocument>,
}

impl ApiKeyDocument {
    fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id.as_uuid(),
            name: key.name.clone(),
            last_four: key.last_four.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_at: rfc3339(key.created_at),
            last_used_at: key.last_used_at.map(rfc3339),
            revoked_at: key.revoked_at.map(rfc3339),
        }
    }
}

/// Lists the keys of the portal application, revoked ones too.
#[utoipa::path(get, path = "/api/v1/api-keys", operation_id = "list_api_keys", tag = "api-keys", responses(
    (status = 200, description = "The keys", body = ApiKeyList),
    AccessProblems,
))]
pub(crate) async fn list(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let keys = state.auth.api_keys().list(&permit.workspace).await?;
    let items = keys.iter().map(ApiKeyDocument::of).collect();
    Ok(axum::Json(ApiKeyList { items }).into_response())
}

/// Takes a key back: it is refused from the next request on.
#[utoipa::path(delete, path = "/api/v1/api-keys/{key}", operation_id = "revoke_api_key", tag = "api-keys",
    params(("key" = Uuid, Path, description = "The key's id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "There is no such live key", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn revoke(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    let missing = || Fault::new(FaultKind::NotFound).detail("There is no such key here.");
    let id: ApiKeyId = text.parse().map_err(|_id| missing())?;
    let revoked = state
        .auth
        .api_keys()
        .revoke(&permit.acting(), &permit.workspace, id)
        .await?;
    if revoked {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}
