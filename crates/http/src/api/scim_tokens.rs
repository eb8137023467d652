//! Tokens by which directories are synced (B9), for those who run the workspace.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_domain::directory::{IdentityScope, MAX_TOKEN_NAME, ScimToken};
use doorward_domain::ids::ScimTokenId;
use doorward_domain::provider::ProviderId;
use doorward_domain::time_zone::rfc3339;
use doorward_domain::user::clean_name;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Permit;
use super::fields::misfit;
use super::own::Nothing;
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::context::RequestContext;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NO_SUCH_TOKEN: &str = "There is no such token here.";

/// Whose people the records of a token speak of.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeDocument {
    /// Id of the provider in the configuration.
    #[schema(example = "acme-sso")]
    provider: String,
    /// Its issuer; whichever the provider has, if absent.
    issuer: Option<String>,
    /// Its tenant, where it has one.
    tenant: Option<String>,
}

/// A token that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScimTokenBody {
    /// What to call it.
    #[schema(example = "Entra ID")]
    name: String,
    /// Whose people its records speak of: then `externalId` of a record is the subject of that provider's identity, and
    /// the record matches it. Without one, records match by email only.
    identities: Option<ScopeDocument>,
}

/// A token; what it says itself cannot be read again.
#[derive(Serialize, ToSchema)]
#[schema(as = ScimToken)]
pub(crate) struct ScimTokenDocument {
    id: Uuid,
    name: String,
    identities: Option<ScopeDocument>,
    #[schema(format = DateTime)]
    created_at: String,
    /// To the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

/// A token that was made or renewed.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewScimTokenDocument {
    id: Uuid,
    /// The bearer token; told here and never again.
    token: String,
}

/// All tokens, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScimTokenList {
    items: Vec<ScimTokenDocument>,
}

impl ScimTokenDocument {
    fn of(token: &ScimToken) -> Self {
        Self {
            id: token.id.as_uuid(),
            name: token.name.clone(),
            identities: token.scope.as_ref().map(|scope| ScopeDocument {
                provider: scope.provider.as_str().to_owned(),
                issuer: scope.issuer.clone(),
                tenant: Some(scope.tenant.clone()).filter(|tenant| !tenant.is_empty()),
            }),
            created_at: rfc3339(token.created_at),
            last_used_at: token.last_used_at.map(rfc3339),
            revoked_at: token.revoked_at.map(rfc3339),
        }
    }
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail(NO_SUCH_TOKEN)
}

fn token_id(text: &str) -> Result<ScimTokenId, Fault> {
    text.parse().map_err(|_| missing())
}

/// Lists the tokens by which directories are synced, revoked ones too.
#[utoipa::path(get, path = "/api/v1/scim-tokens", operation_id = "list_scim_tokens", tag = "directory", responses(
    (status = 200, description = "The tokens", body = ScimTokenList),
    AccessProblems,
))]
pub(crate) async fn list(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let tokens = state.auth.directory().tokens(&permit.workspace).await?;
    let items = tokens.iter().map(ScimTokenDocument::of).collect();
    Ok(axum::Json(ScimTokenList { items }).into_response())
}

/// Makes a token by which a directory is synced.
#[utoipa::path(post, path = "/api/v1/scim-tokens", operation_id = "create_scim_token", tag = "directory",
    request_body = ScimTokenBody, responses(
    (status = 201, description = "The token", body = NewScimTokenDocument),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn create(
    permit: Permit,
    context: RequestContext,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<ScimTokenBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let name = clean_name(&body.name);
    if name.is_empty() || name.chars().count() > MAX_TOKEN_NAME {
        return Err(misfit("name", "`name`: 1 to 100 characters."));
    }
    let scope = body.identities.map(|scope| {
        let provider =
            ProviderId::parse(&scope.provider).map_err(|why| misfit("identities", format!("`provider`: {why}.")))?;
        Ok::<_, Fault>(IdentityScope {
            provider,
            issuer: scope.issuer,
            tenant: scope.tenant.unwrap_or_default(),
        })
    });
    let wanted = NewScimToken {
        name,
        scope: scope.transpose()?,
    };
    let directory = state.auth.directory();
    let client = context.client();
    let (token, shown) = directory
        .create_token(permit.actor, Some(&client), &permit.workspace, wanted)
        .await?;
    let document = NewScimTokenDocument {
        id: token.id.as_uuid(),
        token: shown,
    };
    Ok((StatusCode::CREATED, axum::Json(document)).into_response())
}

/// Gives a token another secret: the old one is refused from the next request on, and the records stay. Revives a token that
/// was taken back.
#[utoipa::path(post, path = "/api/v1/scim-tokens/{scim_token}/renew", operation_id = "renew_scim_token", tag = "directory",
    params(("scim_token" = Uuid, Path, description = "The token's id")), request_body = Nothing, responses(
    (status = 200, description = "The token", body = NewScimTokenDocument),
    (status = 404, description = "There is no such token", body = Problem, content_type = "application/problem+json"),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn renew(
    permit: Permit,
    context: RequestContext,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    Json(Nothing {}): Json<Nothing>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let id = token_id(&text)?;
    let directory = state.auth.directory();
    let client = context.client();
    let renewed = directory
        .renew_token(permit.actor, Some(&client), &permit.workspace, id)
        .await?;
    let token = renewed.ok_or_else(missing)?;
    let document = NewScimTokenDocument {
        id: id.as_uuid(),
        token,
    };
    Ok(axum::Json(document).into_response())
}

/// Takes a token back: it is refused from the next request on. Its records stay as they are.
#[utoipa::path(delete, path = "/api/v1/scim-tokens/{scim_token}", operation_id = "revoke_scim_token", tag = "directory",
    params(("scim_token" = Uuid, Path, description = "The token's id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "There is no such live token", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn revoke(
    permit: Permit,
    context: RequestContext,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let directory = state.auth.directory();
    let client = context.client();
    let revoked = directory
        .revoke_token(permit.actor, Some(&client), &permit.workspace, token_id(&text)?)
        .await?;
    if !revoked {
        return Err(missing());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
