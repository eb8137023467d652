//! Personal portal links of one person (B4), for the portal application and for staff.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::people::PersonError;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::{CreatePortalLinkError, PortalLinkRequest};
use doorward_domain::audit::Actor;
use doorward_domain::ids::{PortalLinkId, UserId};
use doorward_domain::portal_link::PortalLink;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Permit;
use super::fields::{self, misfit};
use super::people::out_of_reach;
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const NOBODY: &str = "Nobody here has that id.";
const NO_SUCH_LINK: &str = "This person has no such link that could be taken back.";

/// A link that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalLinkBody {
    /// A path of the portal that the link leads to; anything else counts as `/`.
    #[schema(example = "/tickets/42")]
    to: Option<String>,
    /// Its life in seconds: 60 to 31,536,000, else 30 days.
    #[schema(example = 2_592_000)]
    expires_in: Option<u64>,
}

/// A link that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPortalLinkDocument {
    id: Uuid,
    /// The address to send to the person; told here and never again. It signs nobody in: it has a code sent to them.
    url: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Who made a link.
#[derive(Serialize, ToSchema)]
pub(crate) struct MakerDocument {
    /// `api-key`, `user` or `operator`.
    #[schema(value_type = String, example = "api-key")]
    kind: &'static str,
    /// Which, where it is one of many.
    id: Option<Uuid>,
}

impl From<&Actor> for MakerDocument {
    fn from(actor: &Actor) -> Self {
        let (kind, id) = match actor {
            Actor::Anonymous => ("anonymous", None),
            Actor::User(id) => ("user", Some(id.as_uuid())),
            Actor::ApiKey(id) => ("api-key", Some(id.as_uuid())),
            Actor::ScimToken(id) => ("scim-token", Some(id.as_uuid())),
            Actor::Operator => ("operator", None),
            Actor::Server => ("server", None),
        };
        Self { kind, id }
    }
}

/// A link; its address cannot be read again.
#[derive(Serialize, ToSchema)]
#[schema(as = PortalLink)]
pub(crate) struct PortalLinkDocument {
    id: Uuid,
    /// `live`, `expired` or `revoked`.
    #[schema(value_type = String, example = "live")]
    state: &'static str,
    /// Where it leads.
    to: String,
    created_by: MakerDocument,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl PortalLinkDocument {
    fn of(link: &PortalLink, now: Timestamp) -> Self {
        Self {
            id: link.id.as_uuid(),
            state: link.state(now).as_str(),
            to: link.return_to.as_str().to_owned(),
            created_by: MakerDocument::from(&link.created_by),
            created_at: rfc3339(link.created_at),
            expires_at: rfc3339(link.expires_at),
            revoked_at: link.revoked_at.map(rfc3339),
        }
    }
}

/// The newest links of a person, at most 200, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortalLinkList {
    items: Vec<PortalLinkDocument>,
}

fn person(id: &str) -> Result<UserId, Fault> {
    id.parse().map_err(|_| Fault::new(FaultKind::NotFound).detail(NOBODY))
}

/// Makes a personal portal link: an address that names this person and a place in the portal. Whoever opens it can have a
/// sign-in code sent to the person's own mailbox, and no more.
#[utoipa::path(post, path = "/api/v1/users/{id}/portal-links", operation_id = "create_portal_link", tag = "users",
    params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 201, description = "Made", body = NewPortalLinkDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The person has no email address or is disabled, or portal links are switched off", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn create(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
    Json(body): Json<PortalLinkBody>,
) -> Result<Response, Fault> {
    let request = PortalLinkRequest {
        whom: Whom::Id(person(&id)?),
        return_to: fields::return_to(body.to.as_deref()),
        life_seconds: body.expires_in,
    };
    let portal_links = state.auth.portal_links();
    let made = portal_links.create(&permit.acting(), &permit.workspace, request).await;
    let conflict = |detail: &'static str| Fault::new(FaultKind::Conflict).detail(detail);
    let made = made.map_err(|error| match error {
        CreatePortalLinkError::NobodyThere => Fault::new(FaultKind::NotFound).detail(NOBODY),
        CreatePortalLinkError::OutOfReach => out_of_reach(),
        CreatePortalLinkError::NoAddress => conflict("This person has no email address, so no code could be sent."),
        CreatePortalLinkError::Disabled => conflict("This account is disabled."),
        CreatePortalLinkError::SwitchedOff => conflict("Portal links are switched off in this workspace."),
        CreatePortalLinkError::Life(bounds) => misfit("expires_in", format!("`expires_in`: {bounds}.")),
        CreatePortalLinkError::Port(error) => error.into(),
    })?;
    let document = NewPortalLinkDocument {
        id: made.id.as_uuid(),
        url: made.url,
        expires_at: rfc3339(made.expires_at),
    };
    Ok((StatusCode::CREATED, axum::Json(document)).into_response())
}

/// Lists the personal portal links of a person, whatever became of them.
#[utoipa::path(get, path = "/api/v1/users/{id}/portal-links", operation_id = "list_portal_links", tag = "users",
    params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The links", body = PortalLinkList),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn list(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let whom = Whom::Id(person(&id)?);
    let found = state.auth.portal_links().list(&permit.workspace, &whom).await?;
    let links = found.ok_or_else(|| Fault::new(FaultKind::NotFound).detail(NOBODY))?;
    let now = state.auth.now();
    let items = links.iter().map(|link| PortalLinkDocument::of(link, now)).collect();
    Ok(axum::Json(PortalLinkList { items }).into_response())
}

/// Takes a personal portal link back: from the next request on it opens nothing.
#[utoipa::path(delete, path = "/api/v1/users/{id}/portal-links/{link}", operation_id = "revoke_portal_link", tag = "users",
    params(("id" = Uuid, Path, description = "The person's id"), ("link" = Uuid, Path, description = "The link's id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "The person has no such link, or it was taken back before", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn revoke(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path((id, link)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let missing = || Fault::new(FaultKind::NotFound).detail(NO_SUCH_LINK);
    let link: PortalLinkId = link.parse().map_err(|_| missing())?;
    let portal_links = state.auth.portal_links();
    let revoked = portal_links
        .revoke(&permit.acting(), &permit.workspace, person(&id)?, link)
        .await;
    let revoked = revoked.map_err(|error| match error {
        PersonError::NobodyThere => missing(),
        PersonError::OutOfReach => out_of_reach(),
        PersonError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    })?;
    if !revoked {
        return Err(missing());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
