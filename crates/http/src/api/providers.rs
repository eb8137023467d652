//! Providers that the workspace brings credentials for (C3).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::workspace::keep_provider::{ForgetProviderError, KeepProviderError, TypedProvider};
use doorward_domain::own_provider::{ClientSecret, OwnProvider};
use doorward_domain::provider::ProviderId;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::Permit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NO_SUCH_PROVIDER: &str = "This workspace has no credentials of its own for that provider.";

/// Credentials of a provider. What is left out says nothing, as under `providers.<id>` in the configuration.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderBody {
    /// The client's secret; never told again. Without it the one that is kept stays, for the same client and addresses.
    client_secret: Option<String>,
    /// The other keys, each with its value as text: `client_id`, `name`, `kind`, `issuer`, `scopes` and so on.
    #[schema(example = json!({"client_id": "doorward", "issuer": "https://sso.acme.example"}))]
    values: BTreeMap<String, String>,
}

/// Credentials as they are kept, without the secret.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnProvider)]
pub(crate) struct ProviderDocument {
    id: String,
    /// The word on its button.
    name: String,
    values: BTreeMap<String, String>,
    #[schema(format = DateTime)]
    changed_at: String,
}

impl From<OwnProvider> for ProviderDocument {
    fn from(own: OwnProvider) -> Self {
        Self {
            id: own.draft.id.to_string(),
            name: own.name,
            values: own.draft.values,
            changed_at: rfc3339(own.changed_at),
        }
    }
}

/// All of the workspace's own, by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderList {
    items: Vec<ProviderDocument>,
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail(NO_SUCH_PROVIDER)
}

fn provider_of(text: &str) -> Result<ProviderId, Fault> {
    ProviderId::parse(text).map_err(|_| missing())
}

/// Lists the providers that the workspace brings credentials for.
#[utoipa::path(get, path = "/api/v1/providers", operation_id = "list_providers", tag = "settings", responses(
    (status = 200, description = "The providers", body = ProviderList),
    AccessProblems,
))]
pub(crate) async fn list(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let own = state.auth.providers().list(&permit.workspace).await?;
    let items = own.into_iter().map(ProviderDocument::from).collect();
    Ok(axum::Json(ProviderList { items }).into_response())
}

/// Tells the workspace's own credentials of a provider, without the secret.
#[utoipa::path(get, path = "/api/v1/providers/{provider}", operation_id = "get_provider", tag = "settings",
    params(("provider" = String, Path, description = "The provider's id")), responses(
    (status = 200, description = "The credentials", body = ProviderDocument),
    (status = 404, description = "None of its own", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn get(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(provider): Path<String>,
) -> Result<Response, Fault> {
    let provider = provider_of(&provider)?;
    let own = state.auth.providers().find(&permit.workspace, &provider).await?;
    let document = own.map(ProviderDocument::from).ok_or_else(missing)?;
    Ok(axum::Json(document).into_response())
}

/// Keeps credentials; they win over the server's from the next request on. What says who people are (`token_endpoint`,
/// `userinfo_endpoint`, `jwks_uri`, `authoritative_for`, `tenants`) is for an owner to change.
#[utoipa::path(put, path = "/api/v1/providers/{provider}", operation_id = "put_provider", tag = "settings",
    params(("provider" = String, Path, description = "The provider's id")), request_body = ProviderBody, responses(
    (status = 200, description = "Kept", body = ProviderDocument),
    (status = 409, description = "As many as there may be", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn put(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(provider): Path<String>,
    Json(body): Json<ProviderBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let typed = TypedProvider {
        id: provider_of(&provider)?,
        values: body.values,
        secret: body.client_secret.map(ClientSecret::new),
    };
    let acting = permit.acting();
    let kept = state.auth.providers().keep(&acting, &permit.workspace, typed).await;
    match kept {
        Ok(kept) => Ok(axum::Json(ProviderDocument::from(kept)).into_response()),
        Err(KeepProviderError::Problems(problems)) => {
            let told: Vec<_> = problems
                .iter()
                .map(|problem| json!({"field": problem.key, "message": problem.says}))
                .collect();
            Err(Fault::new(FaultKind::Unprocessable)
                .detail("The credentials will not do.")
                .member("problems", told))
        }
        Err(KeepProviderError::BeyondReach(keys)) => Err(Fault::new(FaultKind::Forbidden)
            .detail("That is for an owner to change, because it decides who people are.")
            .member("fields", keys)),
        Err(KeepProviderError::TooMany) => {
            Err(Fault::new(FaultKind::Conflict).detail("This workspace has as many providers of its own as it may."))
        }
        Err(KeepProviderError::Gone) => Err(missing()),
        Err(KeepProviderError::Port(error)) => Err(error.into()),
    }
}

/// Forgets credentials; the server's count again, if it has any.
#[utoipa::path(delete, path = "/api/v1/providers/{provider}", operation_id = "delete_provider", tag = "settings",
    params(("provider" = String, Path, description = "The provider's id")), responses(
    (status = 204, description = "Forgotten"),
    (status = 404, description = "None of its own", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Without it nobody who may change the security settings could sign in", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn delete(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(provider): Path<String>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let provider = provider_of(&provider)?;
    let acting = permit.acting();
    let forgotten = state
        .auth
        .providers()
        .forget(&acting, &permit.workspace, &provider)
        .await;
    let forgotten = forgotten.map_err(|error| match error {
        ForgetProviderError::LastWayIn => Fault::new(FaultKind::Conflict)
            .detail("Without this provider nobody who may change the security settings could sign in."),
        ForgetProviderError::Port(error) => error.into(),
    })?;
    if forgotten {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}
