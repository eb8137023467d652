//! The workspace: what it is called, how it looks, where it is reached, how long it keeps records (C7).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::workspace::change_look::{ChangeLookError, LookChange};
use doorward_domain::workspace::{PortalArea, Slug, WorkspaceLook};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::Permit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use crate::extract::Json;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// One area of the portal.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PortalArea)]
pub(crate) struct AreaDocument {
    #[schema(example = "Tickets")]
    name: String,
    #[schema(example = "/tickets")]
    path: String,
}

/// A change of the workspace. What is absent stays; an empty text takes away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkspaceBody {
    name: Option<String>,
    /// Host names of its own; the first is the one that links lead to.
    hosts: Option<Vec<String>>,
    areas: Option<Vec<AreaDocument>>,
    /// Path behind *Start a conversation*.
    start_conversation: Option<String>,
    /// `#rrggbb`.
    accent: Option<String>,
    /// 0 to 16 CSS pixels.
    corner_radius: Option<u8>,
    language: Option<String>,
    /// Languages on offer; an empty list offers all.
    languages: Option<Vec<String>>,
    mail_name: Option<String>,
    privacy: Option<String>,
    terms: Option<String>,
    support: Option<String>,
    receipts_days: Option<u16>,
    mail_days: Option<u16>,
    audit_days: Option<u16>,
}

/// The workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceDocument {
    slug: String,
    name: String,
    hosts: Vec<String>,
    areas: Vec<AreaDocument>,
    start_conversation: Option<String>,
    accent: Option<String>,
    corner_radius: Option<u8>,
    language: String,
    languages: Vec<String>,
    mail_name: Option<String>,
    privacy: Option<String>,
    terms: Option<String>,
    support: Option<String>,
    receipts_days: u16,
    mail_days: u16,
    audit_days: u16,
}

impl WorkspaceDocument {
    fn of(slug: &Slug, look: WorkspaceLook) -> Self {
        let portal = look.portal;
        let areas = portal.areas.into_iter().map(|area| AreaDocument {
            name: area.name,
            path: area.path,
        });
        Self {
            slug: slug.to_string(),
            name: look.name,
            hosts: look.hosts,
            areas: areas.collect(),
            start_conversation: portal.start_conversation,
            accent: portal.accent,
            corner_radius: portal.corner_radius,
            language: portal.language,
            languages: portal.languages,
            mail_name: portal.mail_name,
            privacy: portal.links.privacy,
            terms: portal.links.terms,
            support: portal.links.support,
            receipts_days: portal.retention.receipts_days,
            mail_days: portal.retention.mail_days,
            audit_days: portal.retention.audit_days,
        }
    }
}

/// Tells the workspace.
#[utoipa::path(get, path = "/api/v1/workspace", operation_id = "get_workspace", tag = "settings", responses(
    (status = 200, description = "The workspace", body = WorkspaceDocument),
    AccessProblems,
))]
pub(crate) async fn get(permit: Permit) -> Result<Response, Fault> {
    let document = WorkspaceDocument::of(&permit.workspace.slug, permit.workspace.look());
    Ok(axum::Json(document).into_response())
}

/// Changes what is said, all of it or nothing.
#[utoipa::path(patch, path = "/api/v1/workspace", operation_id = "change_workspace", tag = "settings",
    request_body = WorkspaceBody, responses(
    (status = 200, description = "Changed", body = WorkspaceDocument),
    (status = 409, description = "Somebody else changed it meanwhile", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn change(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Json(body): Json<WorkspaceBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let areas = body.areas.map(|areas| {
        let read = areas.into_iter().map(|area| PortalArea {
            name: area.name,
            path: area.path,
        });
        read.collect()
    });
    let change = LookChange {
        name: body.name,
        hosts: body.hosts,
        areas,
        start_conversation: body.start_conversation,
        accent: body.accent,
        corner_radius: body.corner_radius.map(Some),
        language: body.language,
        languages: body.languages,
        mail_name: body.mail_name,
        privacy: body.privacy,
        terms: body.terms,
        support: body.support,
        receipts_days: body.receipts_days,
        mail_days: body.mail_days,
        audit_days: body.audit_days,
    };
    let acting = permit.acting();
    let spoken = state.renderer.catalogue().languages();
    match state
        .auth
        .looks()
        .change(&acting, &permit.workspace, change, spoken)
        .await
    {
        Ok(look) => Ok(axum::Json(WorkspaceDocument::of(&permit.workspace.slug, look)).into_response()),
        Err(ChangeLookError::Problems(problems)) => {
            let told: Vec<_> = problems
                .iter()
                .map(|problem| json!({"field": problem.field(), "message": problem.to_string()}))
                .collect();
            Err(Fault::new(FaultKind::Unprocessable)
                .detail("The change will not do.")
                .member("problems", told))
        }
        Err(ChangeLookError::Changed) => {
            Err(Fault::new(FaultKind::Conflict).detail("Somebody else changed the workspace meanwhile; read it again."))
        }
        Err(ChangeLookError::Gone) => Err(Fault::new(FaultKind::NotFound)),
        Err(ChangeLookError::Port(error)) => Err(error.into()),
    }
}
