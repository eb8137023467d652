//! The synced directory, as it is read (B8, B9).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_domain::directory::{DirectoryRecord, DirectorySource};
use doorward_domain::ids::DirectoryRecordId;
use doorward_domain::ports::BookQuery;
use doorward_domain::time_zone::rfc3339;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::Permit;
use super::fields::misfit;
use super::problems::{AccessProblems, Problem};
use super::query::Query;
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// Records on one page.
const PAGE: u32 = 100;
const MAX_SEARCH_CODE_POINTS: usize = 200;

/// What a page of records is asked by.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecordsQuery {
    /// Searched in user names, names, addresses and external ids; at most 200 characters. Of a text with fewer than three
    /// letters or digits in a row only beginnings are looked at.
    q: Option<String>,
    /// Only records that admit somebody, or only those that do not.
    #[param(value_type = Option<bool>)]
    active: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A record.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectoryRecord)]
pub(crate) struct RecordDocument {
    id: Uuid,
    user_name: String,
    display_name: Option<String>,
    emails: Vec<String>,
    external_id: Option<String>,
    /// Whether it admits anybody.
    active: bool,
    /// `file` or `scim`.
    source: &'static str,
    /// The token by which it came, where it came by SCIM.
    scim_token: Option<Uuid>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// A record with all that stands around it.
#[derive(Serialize, ToSchema)]
#[schema(as = DirectoryEntry)]
pub(crate) struct EntryDocument {
    #[serde(flatten)]
    record: RecordDocument,
    /// Names of its groups.
    groups: Vec<String>,
    /// Accounts that it names, active or not: who has proved one of its addresses, or is connected by its identity.
    users: Vec<Uuid>,
    /// Everything that its source said, as SCIM spells it.
    #[schema(value_type = Object)]
    attributes: serde_json::Map<String, serde_json::Value>,
}

/// A page of records.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordList {
    items: Vec<RecordDocument>,
    /// Where `q` is an address that no record holds: records with the same local part at another domain.
    near: Vec<RecordDocument>,
    /// When the directory was last changed; `null` if it never was.
    #[schema(format = DateTime)]
    synced_at: Option<String>,
    /// Where the next page begins; `null` on the last one.
    next: Option<String>,
}

impl RecordDocument {
    fn of(record: &DirectoryRecord) -> Self {
        let token = match record.source {
            DirectorySource::File => None,
            DirectorySource::Scim(token) => Some(token.as_uuid()),
        };
        Self {
            id: record.id.as_uuid(),
            user_name: record.user_name.clone(),
            display_name: record.display_name.clone(),
            emails: record.emails.iter().map(|email| email.address.to_string()).collect(),
            external_id: record.external_id.clone(),
            active: record.active,
            source: if token.is_some() { "scim" } else { "file" },
            scim_token: token,
            created_at: rfc3339(record.created_at),
            updated_at: rfc3339(record.updated_at),
        }
    }
}

/// Lists or searches the records of the directory, of every source.
#[utoipa::path(get, path = "/api/v1/directory/records", operation_id = "list_directory_records", tag = "directory",
    params(RecordsQuery), responses(
    (status = 200, description = "A page of records", body = RecordList),
    (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The query is not acceptable", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn list(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(wanted): Query<RecordsQuery>,
) -> Result<Response, Fault> {
    let text = wanted.q.filter(|text| !text.is_empty());
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_SEARCH_CODE_POINTS)
    {
        return Err(misfit("q", "`q` is longer than 200 characters."));
    }
    let after = wanted.cursor.map(|cursor| cursor.parse()).transpose();
    let active = wanted.active.map(|active| active.parse()).transpose();
    let query = BookQuery {
        text,
        active: active.map_err(|_flag| misfit("active", "`active` is `true` or `false`."))?,
        after: after.map_err(|_id| misfit("cursor", "`cursor` is not the `next` of a page."))?,
        limit: PAGE,
    };
    let page = state.auth.directory().page(&permit.workspace, query).await?;
    let document = RecordList {
        items: page.records.iter().map(RecordDocument::of).collect(),
        near: page.near.iter().map(RecordDocument::of).collect(),
        synced_at: page.synced_at.map(rfc3339),
        next: page.next.map(|last| last.to_string()),
    };
    Ok(axum::Json(document).into_response())
}

/// One record of the directory.
#[utoipa::path(get, path = "/api/v1/directory/records/{record}", operation_id = "read_directory_record", tag = "directory",
    params(("record" = Uuid, Path, description = "The record's id")), responses(
    (status = 200, description = "The record", body = EntryDocument),
    (status = 404, description = "There is no such record here", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn read(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let missing = || Fault::new(FaultKind::NotFound).detail("There is no such record here.");
    let id: DirectoryRecordId = id.parse().map_err(|_id| missing())?;
    let entry = state.auth.directory().record(&permit.workspace, id).await?;
    let entry = entry.ok_or_else(missing)?;
    let document = EntryDocument {
        record: RecordDocument::of(&entry.booked.record),
        groups: entry
            .booked
            .groups
            .into_iter()
            .map(|group| group.display_name)
            .collect(),
        users: entry.accounts.iter().map(|user| user.id.as_uuid()).collect(),
        attributes: entry.booked.record.attributes,
    };
    Ok(axum::Json(document).into_response())
}
