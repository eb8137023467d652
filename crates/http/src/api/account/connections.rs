//! One's accounts at providers that sign in to this one (A6). They are connected on a page, since somebody has to go to
//! the provider in a browser.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::account::connect_identity::OwnConnection;
use doorward_auth::account::disconnect_identity::DisconnectedIdentity;
use doorward_domain::ids::ConnectionId;
use doorward_domain::provider::ProviderDescription;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::own::{Confirmation, Own, account_gone};
use super::super::problems::{OwnProblems, Problem, RemovalConflict, SensitiveProblems};
use super::super::query::Query;
use super::{id_of, not_found};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NO_SUCH_CONNECTION: &str = "The account has no such connection.";

/// A provider of single sign-on or social sign-in.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderDocument {
    /// Its id, as addresses name it.
    #[schema(example = "google")]
    id: String,
    /// The word on its button.
    #[schema(example = "Google")]
    name: String,
    /// Whose mark a button shows: `google`, `microsoft`, `facebook`, `x` or `other`.
    #[schema(value_type = String, example = "google")]
    brand: &'static str,
}

impl From<ProviderDescription> for ProviderDocument {
    fn from(described: ProviderDescription) -> Self {
        Self {
            id: described.id.to_string(),
            name: described.name,
            brand: described.brand.as_str(),
        }
    }
}

/// One of one's connected accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionDocument {
    id: Uuid,
    provider: ProviderDocument,
    /// What the provider called them when it was last used; `null` if it said nothing.
    label: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// `null` if it was never signed in with.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// Whether it is the last way in, and so cannot be taken away.
    last_way_in: bool,
}

impl From<OwnConnection> for ConnectionDocument {
    fn from(own: OwnConnection) -> Self {
        Self {
            id: own.connection.id.as_uuid(),
            provider: own.provider.into(),
            label: own.connection.label,
            created_at: rfc3339(own.connection.created_at),
            last_used_at: own.connection.last_used_at.map(rfc3339),
            last_way_in: own.last_way,
        }
    }
}

/// One's connected accounts, oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ConnectionList)]
pub(crate) struct ConnectionList {
    items: Vec<ConnectionDocument>,
    /// Providers that could be connected, on the page `/account/connections`.
    open: Vec<ProviderDocument>,
}

/// Lists one's connected accounts.
#[utoipa::path(get, path = "/api/v1/account/connections", operation_id = "list_connections", tag = "account", responses(
    (status = 200, description = "The connections", body = ConnectionList),
    OwnProblems,
))]
pub(crate) async fn list(own: Own, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let account = state.auth.account();
    let all = account.connections(&own.workspace, &own.session).await?;
    let all = all.ok_or_else(account_gone)?;
    let list = ConnectionList {
        items: all.connected.into_iter().map(ConnectionDocument::from).collect(),
        open: all.open.into_iter().map(ProviderDocument::from).collect(),
    };
    Ok(axum::Json(list).into_response())
}

/// Takes a connection away: it signs in no more. Never the last way in.
#[utoipa::path(delete, path = "/api/v1/account/connections/{id}", operation_id = "disconnect", tag = "account",
    params(("id" = Uuid, Path, description = "The connection's id"), Confirmation), responses(
    (status = 204, description = "Disconnected"),
    (status = 404, description = "No such connection", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "It is the last way in, or the person is to be warned first", body = RemovalConflict, content_type = "application/problem+json"),
    SensitiveProblems,
))]
pub(crate) async fn remove(
    own: Own,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Query(query): Query<Confirmation>,
) -> Result<StatusCode, Fault> {
    let id = id_of::<ConnectionId>(&id, NO_SUCH_CONNECTION)?;
    let account = state.auth.account();
    let proof = own.fresh(&state).await?;
    let all = account.connections(&own.workspace, &own.session).await?;
    let all = all.ok_or_else(account_gone)?;
    let known = all.connected.into_iter().find(|known| known.connection.id == id);
    let known = known.ok_or_else(|| not_found(NO_SUCH_CONNECTION))?;
    if !known.last_way {
        query.weigh(known.warnings)?;
    }
    let disconnected = account
        .disconnect_identity(&own.caller, &own.workspace, proof, id)
        .await?;
    match disconnected {
        DisconnectedIdentity::Disconnected(_) => {
            (state.mail_promised)();
            Ok(StatusCode::NO_CONTENT)
        }
        DisconnectedIdentity::LastWay(_) => Err(Fault::new(FaultKind::Conflict)
            .detail("It is the last way in. Set a password, or add a passkey or an email address, first.")),
        DisconnectedIdentity::Unknown => Err(not_found(NO_SUCH_CONNECTION)),
    }
}
