//! Organisations (A9).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::workspace::create_organisation::OrganisationError;
use doorward_domain::ids::OrganisationId;
use doorward_domain::organisation::{ListedOrganisation, Organisation};
use doorward_domain::ports::OrganisationQuery;
use doorward_domain::time_zone::rfc3339;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::Permit;
use super::fields::misfit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use super::query::Query;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// Organisations on one page.
const PAGE: u32 = 100;
const MAX_SEARCH_CODE_POINTS: usize = 200;

/// What a page of organisations is asked by.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganisationsQuery {
    /// Searched in names and domains; at most 200 characters.
    q: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An organisation that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationBody {
    /// Its name.
    #[schema(example = "Globex")]
    name: String,
    /// Whoever proves an address at one of these belongs to it from then on; at most 50.
    #[schema(example = json!(["globex.example"]))]
    domains: Option<Vec<String>>,
}

/// A change of an organisation. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationChangeBody {
    /// Its name.
    name: Option<String>,
    /// Its domains, all of them.
    domains: Option<Vec<String>>,
}

/// An organisation.
#[derive(Serialize, ToSchema)]
#[schema(as = Organisation)]
pub(crate) struct OrganisationDocument {
    id: Uuid,
    name: String,
    domains: Vec<String>,
    /// How many people belong to it; not told where it was just made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A page of organisations, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganisationList {
    items: Vec<OrganisationDocument>,
    /// Where the next page begins; `null` on the last one.
    next: Option<String>,
}

impl OrganisationDocument {
    fn of(organisation: &Organisation, members: Option<u64>) -> Self {
        Self {
            id: organisation.id.as_uuid(),
            name: organisation.name.clone(),
            domains: organisation.domains.iter().map(ToString::to_string).collect(),
            members,
            created_at: rfc3339(organisation.created_at),
        }
    }

    fn listed(listed: &ListedOrganisation) -> Self {
        Self::of(&listed.organisation, Some(listed.members))
    }
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail("There is no such organisation here.")
}

fn organisation_id(text: &str) -> Result<OrganisationId, Fault> {
    text.parse().map_err(|_id| missing())
}

fn fault(error: OrganisationError) -> Fault {
    match error {
        OrganisationError::NoName => misfit("name", "`name` is empty."),
        OrganisationError::NameTaken => Fault::new(FaultKind::Conflict).detail("Another organisation has this name."),
        OrganisationError::NoDomain(_) => misfit("domains", "`domains` has what is no domain of email addresses."),
        OrganisationError::DomainTaken(domain) => {
            Fault::new(FaultKind::Conflict).detail(format!("Another organisation has the domain {domain}."))
        }
        OrganisationError::TooManyDomains => misfit("domains", "`domains` has at most 50 domains."),
        OrganisationError::Gone => missing(),
        OrganisationError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// Lists or searches organisations.
#[utoipa::path(get, path = "/api/v1/organisations", operation_id = "list_organisations", tag = "organisations",
    params(OrganisationsQuery), responses(
    (status = 200, description = "A page of organisations", body = OrganisationList),
    (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The query is not acceptable", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn list(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(wanted): Query<OrganisationsQuery>,
) -> Result<Response, Fault> {
    let text = wanted.q.filter(|text| !text.is_empty());
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_SEARCH_CODE_POINTS)
    {
        return Err(misfit("q", "`q` has at most 200 characters."));
    }
    let query = OrganisationQuery {
        text,
        after: wanted.cursor,
        // One more than is told tells whether there are more.
        limit: PAGE + 1,
    };
    let mut found = state.auth.organisations().list(&permit.workspace, query).await?;
    let told = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > told;
    found.truncate(told);
    let last = found.last().filter(|_| more);
    let list = OrganisationList {
        next: last.map(|last| last.organisation.name.clone()),
        items: found.iter().map(OrganisationDocument::listed).collect(),
    };
    Ok(axum::Json(list).into_response())
}

/// Reads an organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{organisation}", operation_id = "read_organisation", tag = "organisations",
    params(("organisation" = Uuid, Path, description = "The organisation's id")), responses(
    (status = 200, description = "The organisation", body = OrganisationDocument),
    (status = 404, description = "There is no such organisation", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn read(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    let organisations = state.auth.organisations();
    let found = organisations.find(&permit.workspace, organisation_id(&text)?).await?;
    let found = found.ok_or_else(missing)?;
    Ok(axum::Json(OrganisationDocument::listed(&found)).into_response())
}

/// Makes an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", operation_id = "create_organisation", tag = "organisations",
    request_body = OrganisationBody, responses(
    (status = 201, description = "The organisation", body = OrganisationDocument),
    (status = 409, description = "Another organisation has the name or a domain", body = Problem, content_type = "application/problem+json"),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn create(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<OrganisationBody>,
) -> Result<Response, Fault> {
    let domains = body.domains.unwrap_or_default();
    let organisations = state.auth.organisations();
    let made = organisations
        .create(&permit.acting(), &permit.workspace, (&body.name, &domains))
        .await;
    let made = made.map_err(fault)?;
    Ok((StatusCode::CREATED, axum::Json(OrganisationDocument::of(&made, None))).into_response())
}

/// Changes name and domains of an organisation. Nobody who is there already is moved.
#[utoipa::path(patch, path = "/api/v1/organisations/{organisation}", operation_id = "change_organisation", tag = "organisations",
    params(("organisation" = Uuid, Path, description = "The organisation's id")), request_body = OrganisationChangeBody, responses(
    (status = 200, description = "The organisation", body = OrganisationDocument),
    (status = 404, description = "There is no such organisation", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another organisation has the name or a domain", body = Problem, content_type = "application/problem+json"),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn change(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    Json(body): Json<OrganisationChangeBody>,
) -> Result<Response, Fault> {
    let organisations = state.auth.organisations();
    let found = organisations.find(&permit.workspace, organisation_id(&text)?).await?;
    let known = found.ok_or_else(missing)?.organisation;
    let name = body.name.unwrap_or_else(|| known.name.clone());
    let domains = body
        .domains
        .unwrap_or_else(|| known.domains.iter().map(ToString::to_string).collect());
    let changed = organisations
        .change(&permit.acting(), &permit.workspace, known.id, (&name, &domains))
        .await;
    let changed = changed.map_err(fault)?;
    Ok(axum::Json(OrganisationDocument::of(&changed, None)).into_response())
}

/// Removes an organisation. Its members stay, without it.
#[utoipa::path(delete, path = "/api/v1/organisations/{organisation}", operation_id = "delete_organisation", tag = "organisations",
    params(("organisation" = Uuid, Path, description = "The organisation's id")), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "There is no such organisation", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn delete(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let organisations = state.auth.organisations();
    let deleted = organisations
        .delete(&permit.acting(), &permit.workspace, organisation_id(&text)?)
        .await?;
    if deleted {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}
