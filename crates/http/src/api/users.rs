//! People, for the portal application and for staff (A1, C1).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::people::upsert_contact::Contact;
use doorward_domain::ids::{OrganisationId, UserId};
use doorward_domain::people_search::UserFilter;
use doorward_domain::ports::UserQuery;
use doorward_domain::role::Role;
use doorward_domain::user::{ContactIdentity, UserStatus};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::Permit;
use super::documents::UserDocument;
use super::fields::{self, misfit};
use super::problems::{AccessProblems, BodyProblems, Problem};
use super::query::Query;
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;
const MAX_SEARCH_CODE_POINTS: usize = 200;
const MAX_ORGANISATIONS: usize = 50;
const MAX_SUBJECT_BYTES: usize = 128;

/// What a page of people is asked by.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Searched in name, addresses, identities and organisations, ignoring case; at most 200 characters. Without three
    /// letters or digits in a row, only what begins with it is found.
    q: Option<String>,
    /// Only people whose role is this built-in one, or is based on it.
    #[param(value_type = Option<String>, example = "customer")]
    role: Option<String>,
    /// `active`, `disabled` or `deleted`; everybody but the deleted where it is not given.
    #[param(value_type = Option<String>, example = "active")]
    status: Option<String>,
    /// Only people of this organisation, by its id.
    #[param(value_type = Option<Uuid>)]
    organisation: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many people a page has: 1 to 200, else 50.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
}

/// A page of people, in order of id.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserList {
    items: Vec<UserDocument>,
    /// Where the next page begins; `null` on the last one.
    next: Option<Uuid>,
}

/// Lists or searches people.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "list_users", tag = "users", params(ListQuery), responses(
    (status = 200, description = "A page of people", body = UserList),
    (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The query is not acceptable", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn list(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Fault> {
    let limit = query
        .limit
        .as_deref()
        .map_or(Some(DEFAULT_LIMIT), |text| text.parse().ok());
    let limit = limit
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| misfit("limit", format!("`limit` is a whole number from 1 to {MAX_LIMIT}.")))?;
    let after = query
        .cursor
        .map(|cursor| cursor.parse::<UserId>())
        .transpose()
        .map_err(|_| misfit("cursor", "`cursor` is the `next` of a page."))?;
    let text = query.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_SEARCH_CODE_POINTS)
    {
        let detail = format!("`q` has at most {MAX_SEARCH_CODE_POINTS} characters.");
        return Err(misfit("q", detail));
    }
    let filter = filter(
        query.role.as_deref(),
        query.status.as_deref(),
        query.organisation.as_deref(),
    )?;
    // One more than is told says whether there are more.
    let page = UserQuery {
        text,
        filter,
        after,
        limit: limit + 1,
    };
    let mut found = state.auth.people().search(&permit.workspace, page).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| more).map(|last| last.id.as_uuid());
    let items = found.iter().map(UserDocument::from).collect();
    Ok(axum::Json(UserList { items, next }).into_response())
}

fn filter(role: Option<&str>, status: Option<&str>, organisation: Option<&str>) -> Result<UserFilter, Fault> {
    let role = role.map(|name| Role::parse(name).ok_or_else(|| misfit("role", "`role` is not a built-in role.")));
    let status = status.map(|name| {
        let known = UserStatus::ALL.into_iter().find(|status| status.as_str() == name);
        known.ok_or_else(|| misfit("status", "`status` is `active`, `disabled` or `deleted`."))
    });
    let organisation = organisation.map(|id| {
        id.parse::<OrganisationId>()
            .map_err(|_id| misfit("organisation", "`organisation` is the id of an organisation."))
    });
    Ok(UserFilter {
        roles: role.transpose()?.into_iter().collect(),
        status: status.transpose()?,
        organisation: organisation.transpose()?,
    })
}

/// Reads one person.
#[utoipa::path(get, path = "/api/v1/users/{id}", operation_id = "read_user", tag = "users", params(("id" = Uuid, Path, description = "The person's id")), responses(
    (status = 200, description = "The person", body = UserDocument),
    (status = 404, description = "Nobody here has that id", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn read(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let nobody = || Fault::new(FaultKind::NotFound).detail("Nobody here has that id.");
    let id = id.parse::<UserId>().map_err(|_| nobody())?;
    let user = state
        .auth
        .people()
        .find(&permit.workspace, id)
        .await?
        .ok_or_else(nobody)?;
    Ok(axum::Json(UserDocument::from(&user)).into_response())
}

/// By which the portal application knows somebody.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum IdentityBody {
    /// An email address; it is not taken for proved.
    Email {
        /// The address.
        address: String,
    },
    /// An X (Twitter) account.
    X {
        /// The id that X gives, not the handle.
        subject: String,
    },
    /// A Facebook account.
    Facebook {
        /// The id that Facebook gives.
        subject: String,
    },
}

/// A contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactBody {
    identity: IdentityBody,
    /// Taken where the person has none yet.
    name: Option<String>,
    /// Names of organisations to be in, at most 50; unknown ones are made, none is left.
    organisations: Option<Vec<String>>,
}

/// Finds or makes the person with that identity (A1). An account made so has no password and its address is not proved:
/// its owner claims it by signing in with a code, by *Forgot password*, or by signing up.
#[utoipa::path(put, path = "/api/v1/users/by-identity", operation_id = "put_user_by_identity", tag = "users", responses(
    (status = 200, description = "The person was there already, and was updated", body = UserDocument),
    (status = 201, description = "The person was made", body = UserDocument, headers(("Location" = String))),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn put_by_identity(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<ContactBody>,
) -> Result<Response, Fault> {
    let identity = match body.identity {
        IdentityBody::Email { address } => ContactIdentity::Email {
            address: fields::email(&address)?,
        },
        IdentityBody::X { subject } => ContactIdentity::X {
            subject: fit_subject(subject)?,
        },
        IdentityBody::Facebook { subject } => ContactIdentity::Facebook {
            subject: fit_subject(subject)?,
        },
    };
    let organisations = body.organisations.unwrap_or_default();
    if organisations.len() > MAX_ORGANISATIONS {
        let detail = format!("`organisations` has at most {MAX_ORGANISATIONS} names.");
        return Err(misfit("organisations", detail));
    }
    let contact = Contact {
        workspace: permit.workspace.as_ref().clone(),
        identity,
        name: body.name,
        organisations,
    };
    let (user, made) = state.auth.people().upsert_contact(&permit.acting(), contact).await?;
    let document = axum::Json(UserDocument::from(&user));
    if !made {
        return Ok(document.into_response());
    }
    let mut response = (StatusCode::CREATED, document).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/users/{}", user.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// An id that a provider gives: printable ASCII without spaces.
fn fit_subject(subject: String) -> Result<String, Fault> {
    let fits = (1..=MAX_SUBJECT_BYTES).contains(&subject.len()) && subject.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(subject).ok_or_else(|| {
        misfit(
            "identity",
            format!("`subject` is 1 to {MAX_SUBJECT_BYTES} printable ASCII characters without spaces."),
        )
    })
}
