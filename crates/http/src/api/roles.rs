//! Roles of the workspace's own making (A8).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_auth::workspace::create_role::{RoleError, WantedRole};
use doorward_auth::workspace::delete_role::DeleteRoleError;
use doorward_domain::ids::RoleId;
use doorward_domain::role::{CustomRole, HeldRole, Permission, Permissions, Role};
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

/// A role that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleBody {
    /// Its name, at most 60 characters, and not that of a built-in role.
    #[schema(example = "Auditor")]
    name: String,
    /// `agent` or `admin`: whose sign-in rules and rank it has.
    #[schema(example = "agent")]
    based_on: String,
    /// What it permits; only what whoever asks may do themselves.
    #[schema(example = json!(["look-people-up", "read-audit-log"]))]
    permissions: Vec<String>,
}

/// A change of a role. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChangeBody {
    /// Its name.
    name: Option<String>,
    /// What it permits.
    permissions: Option<Vec<String>>,
}

/// A role of the workspace's own making.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
pub(crate) struct RoleDocument {
    id: Uuid,
    name: String,
    based_on: &'static str,
    permissions: Vec<&'static str>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A role, and how many people have it.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldRole)]
pub(crate) struct HeldRoleDocument {
    #[serde(flatten)]
    role: RoleDocument,
    /// How many people have it.
    holders: u64,
}

/// All roles of the workspace's own making, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleList {
    items: Vec<HeldRoleDocument>,
}

impl RoleDocument {
    fn of(role: &CustomRole) -> Self {
        Self {
            id: role.id.as_uuid(),
            name: role.name.clone(),
            based_on: role.based_on.as_str(),
            permissions: role.permissions.iter().map(Permission::as_str).collect(),
            created_at: rfc3339(role.created_at),
        }
    }
}

impl HeldRoleDocument {
    fn of(held: &HeldRole) -> Self {
        Self {
            role: RoleDocument::of(&held.role),
            holders: held.holders,
        }
    }
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound).detail("There is no such role here.")
}

fn role_id(text: &str) -> Result<RoleId, Fault> {
    text.parse().map_err(|_id| missing())
}

fn permissions(names: &[String]) -> Result<Permissions, Fault> {
    let known = names.iter().map(|name| Permission::parse(name)).collect::<Option<_>>();
    known.ok_or_else(|| misfit("permissions", "`permissions` names a permission that there is not."))
}

fn fault(error: RoleError) -> Fault {
    match error {
        RoleError::Name => misfit(
            "name",
            "`name`: 1 to 60 characters, and not the name of a built-in role.",
        ),
        RoleError::NameTaken => Fault::new(FaultKind::Conflict).detail("Another role has this name."),
        RoleError::Unsound => misfit(
            "permissions",
            "A role is based on `agent` or `admin`, and does not own the workspace.",
        ),
        RoleError::BeyondOwn => {
            Fault::new(FaultKind::Forbidden).detail("The role permits more than whoever asks may do.")
        }
        RoleError::TooMany => Fault::new(FaultKind::Conflict).detail("There are too many roles already."),
        RoleError::LastWayIn => Fault::new(FaultKind::Conflict)
            .detail("Without what the role permits now nobody who may change the security settings could sign in."),
        RoleError::ChangedMeanwhile => Fault::new(FaultKind::Conflict).detail("The role was changed in the meantime."),
        RoleError::Gone => missing(),
        RoleError::Port(error) => error.into(),
        _ => Fault::new(FaultKind::Internal),
    }
}

/// Lists the roles of the workspace's own making.
#[utoipa::path(get, path = "/api/v1/roles", operation_id = "list_roles", tag = "roles", responses(
    (status = 200, description = "The roles", body = RoleList),
    AccessProblems,
))]
pub(crate) async fn list(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    let listed = state.auth.roles().list(&permit.workspace).await?;
    let items = listed.iter().map(HeldRoleDocument::of).collect();
    Ok(axum::Json(RoleList { items }).into_response())
}

/// Makes a role. A session needs a proof of who it is that is at most a quarter of an hour old.
#[utoipa::path(post, path = "/api/v1/roles", operation_id = "create_role", tag = "roles", request_body = RoleBody, responses(
    (status = 201, description = "The role", body = RoleDocument),
    (status = 409, description = "Another role has the name", body = Problem, content_type = "application/problem+json"),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn create(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<RoleBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let based_on = Role::parse(&body.based_on);
    let wanted = WantedRole {
        name: body.name,
        based_on: based_on.ok_or_else(|| misfit("based_on", "`based_on`: `agent` or `admin`."))?,
        permissions: permissions(&body.permissions)?,
    };
    let roles = state.auth.roles();
    let made = roles.create(&permit.acting(), &permit.workspace, wanted).await;
    let made = made.map_err(fault)?;
    Ok((StatusCode::CREATED, axum::Json(RoleDocument::of(&made))).into_response())
}

/// Changes name and permissions of a role, for everybody who has it, from their next request on. A session needs a proof of
/// who it is that is at most a quarter of an hour old.
#[utoipa::path(patch, path = "/api/v1/roles/{role}", operation_id = "change_role", tag = "roles",
    params(("role" = Uuid, Path, description = "The role's id")), request_body = RoleChangeBody, responses(
    (status = 200, description = "The role", body = RoleDocument),
    (status = 404, description = "There is no such role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Another role has the name, or somebody else changed it", body = Problem, content_type = "application/problem+json"),
    BodyProblems, AccessProblems,
))]
pub(crate) async fn change(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
    Json(body): Json<RoleChangeBody>,
) -> Result<Response, Fault> {
    let roles = state.auth.roles();
    let role = roles.find(&permit.workspace, role_id(&text)?).await?;
    let role = role.ok_or_else(missing)?;
    permit.fresh(&state).await?;
    let name = body.name.unwrap_or_else(|| role.name.clone());
    let permissions = match &body.permissions {
        Some(names) => permissions(names)?,
        None => role.permissions,
    };
    let changed = roles
        .change(&permit.acting(), &permit.workspace, role.id, (&name, permissions))
        .await;
    let changed = changed.map_err(fault)?;
    Ok(axum::Json(RoleDocument::of(&changed)).into_response())
}

/// Removes a role that nobody has.
#[utoipa::path(delete, path = "/api/v1/roles/{role}", operation_id = "delete_role", tag = "roles",
    params(("role" = Uuid, Path, description = "The role's id")), responses(
    (status = 204, description = "Removed"),
    (status = 404, description = "There is no such role", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "People have the role", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn delete(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(text): Path<String>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let deleted = state
        .auth
        .roles()
        .delete(&permit.acting(), &permit.workspace, role_id(&text)?)
        .await;
    match deleted {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(DeleteRoleError::Gone) => Err(missing()),
        Err(DeleteRoleError::BeyondOwn) => Err(fault(RoleError::BeyondOwn)),
        Err(DeleteRoleError::InUse(holders)) => Err(Fault::new(FaultKind::Conflict)
            .detail(format!("{holders} have this role. Give them another one first."))
            .member("holders", holders)),
        Err(DeleteRoleError::Port(error)) => Err(error.into()),
        Err(_) => Err(Fault::new(FaultKind::Internal)),
    }
}
