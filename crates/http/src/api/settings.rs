//! The rules of the door: reading them, looking ahead at what a change would do, and changing them (C3).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_auth::workspace::change_settings::{
    SettingChange, SettingDifference, SettingProblem, SettingValue, every_value, proposed,
};
use doorward_auth::workspace::preview_settings::{LockedOut, PreviewHow, SettingsPreview};
use doorward_auth::workspace::save_settings::{ProposedSettings, SaveSettingsError};
use doorward_domain::preview::AudiencePreview;
use doorward_domain::provisional::{Provisional, SettingsVersion};
use doorward_domain::settings::{SecuritySettings, SignUpRule};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::workspace::Workspace;
use http::HeaderMap;
use http::header::{ETAG, HeaderValue, IF_MATCH};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::access::Permit;
use super::fields::misfit;
use super::problems::{AccessProblems, BodyProblems, Problem};
use super::query::Query;
use crate::extract::Json;
use crate::previewing::{self, ListFormat, LosesDocument, Previewing, preview_fault};
use crate::problem::{Fault, FaultKind};
use crate::site::SiteState;

/// The rules of the door.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsDocument {
    /// The state that they are in; a change says from which it was made.
    #[schema(example = "5f0c1b3a9d2e47c68b1f0e2d3c4b5a69")]
    version: String,
    /// Every key with its value, as `doorward settings get` tells them: by audience, then by name.
    #[schema(value_type = Object)]
    settings: Value,
    /// Set while a change to how admins get in is on trial.
    on_trial: Option<TrialDocument>,
}

/// A change to how admins get in that undoes itself, unless an admin signs in afresh meanwhile.
#[derive(Serialize, ToSchema)]
#[schema(as = SettingsTrial)]
pub(crate) struct TrialDocument {
    #[schema(format = DateTime)]
    since: String,
    /// When it undoes itself.
    #[schema(format = DateTime)]
    until: String,
}

impl From<&Provisional> for TrialDocument {
    fn from(trial: &Provisional) -> Self {
        Self {
            since: rfc3339(trial.since),
            until: rfc3339(trial.until),
        }
    }
}

/// A change of settings.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChange)]
pub(crate) struct SettingsBody {
    /// The keys to change, by name (`"staff.password"`) or nested (`{"staff": {"password": …}}`), each with its value.
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// The state that the change was made from, as read; or `If-Match`. Without either, the present one.
    version: Option<String>,
}

/// A key that would change.
#[derive(Serialize, ToSchema)]
#[schema(as = SettingDifference)]
struct DifferenceDocument {
    key: String,
    #[schema(value_type = Value)]
    before: Value,
    #[schema(value_type = Value)]
    after: Value,
}

impl From<&SettingDifference> for DifferenceDocument {
    fn from(difference: &SettingDifference) -> Self {
        Self {
            key: difference.key.clone(),
            before: value_document(&difference.before),
            after: value_document(&difference.after),
        }
    }
}

/// How many people gain, keep and lose a way in.
#[derive(Serialize, ToSchema)]
#[schema(as = WayChange)]
struct WayDocument {
    gain: u64,
    keep: u64,
    lose: u64,
}

/// What a change would do to one audience.
#[derive(Serialize, ToSchema)]
#[schema(as = AudiencePreview)]
struct AudienceDocument {
    /// `false` where nothing changes for these people; then they were not counted.
    looked_at: bool,
    people: u64,
    /// By `password`, `email-code`, `passkey`, `hand-over`, and `provider:<id>`.
    #[schema(value_type = Object)]
    ways: BTreeMap<String, WayDocument>,
    /// How many would lose their last way in.
    lose_last: u64,
    /// How many have none now and would get one.
    gain_first: u64,
    /// How many would have to set up two-factor authentication at their next sign-in.
    have_to_enrol: u64,
}

impl From<&AudiencePreview> for AudienceDocument {
    fn from(preview: &AudiencePreview) -> Self {
        let ways = preview.ways.iter().map(|(way, change)| {
            let (gain, keep, lose) = (change.gain, change.keep, change.lose);
            (way.to_string(), WayDocument { gain, keep, lose })
        });
        Self {
            looked_at: preview.looked_at,
            people: preview.people,
            ways: ways.collect(),
            lose_last: preview.lose_last,
            gain_first: preview.gain_first,
            have_to_enrol: preview.have_to_enrol,
        }
    }
}

/// What a change would do.
#[derive(Serialize, ToSchema)]
#[schema(as = SettingsPreview)]
pub(crate) struct PreviewDocument {
    /// The state that it was made from.
    version: String,
    differences: Vec<DifferenceDocument>,
    customers: AudienceDocument,
    staff: AudienceDocument,
    /// The first 50 of those who would lose their last way in, by id; all of them at `/api/v1/settings/preview/list`.
    lose_last: Vec<LosesDocument>,
    /// Why saving would be refused: `{"who": "saver"}`, or `{"who": "every-admin", "admins": [...]}`.
    #[schema(value_type = Option<Object>)]
    refused: Option<Value>,
    /// Whether the change would undo itself unless an admin signs in afresh under it.
    on_trial: bool,
}

impl From<&SettingsPreview> for PreviewDocument {
    fn from(preview: &SettingsPreview) -> Self {
        Self {
            version: preview.from.to_string(),
            differences: preview.differences.iter().map(DifferenceDocument::from).collect(),
            customers: AudienceDocument::from(&preview.counts.customers),
            staff: AudienceDocument::from(&preview.counts.staff),
            lose_last: preview.lose_last.iter().map(LosesDocument::from).collect(),
            refused: preview.locked_out.as_ref().map(refused_document),
            on_trial: preview.on_trial,
        }
    }
}

fn refused_document(locked_out: &LockedOut) -> Value {
    match locked_out {
        LockedOut::Saver => json!({"who": "saver"}),
        LockedOut::EveryAdmin { admins } => {
            let admins: Vec<Value> = admins
                .iter()
                .map(|admin| {
                    let email = admin.address.as_ref().map(ToString::to_string);
                    json!({"id": admin.user.as_uuid(), "name": admin.name, "email": email})
                })
                .collect();
            json!({"who": "every-admin", "admins": admins})
        }
    }
}

/// In which form a list is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `csv` (the default) or `jsonl`, one JSON object a line.
    #[param(inline)]
    format: Option<ListFormat>,
}

/// A value as JSON, in the form that it can be sent back in.
fn value_document(value: &SettingValue) -> Value {
    match value {
        SettingValue::Switch(on) => Value::from(*on),
        SettingValue::Number(number) => Value::from(*number),
        SettingValue::SignUp(SignUpRule::Domains { domains }) => Value::from(domains.clone()),
        other => Value::from(other.to_string()),
    }
}

/// Keys and values of an object, whichever way it is nested.
fn changes_of(object: &Map<String, Value>) -> Result<Vec<SettingChange>, Fault> {
    let mut changes = Vec::new();
    flatten("", object, &mut changes)?;
    Ok(changes)
}

fn flatten(before: &str, object: &Map<String, Value>, changes: &mut Vec<SettingChange>) -> Result<(), Fault> {
    let wrong = || misfit("settings", "A value of `settings` is of a type that no key takes.");
    for (name, value) in object {
        let key = format!("{before}{name}");
        let value = match value {
            Value::Bool(on) => on.to_string(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            Value::Array(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                texts.ok_or_else(wrong)?.join(",")
            }
            Value::Object(inner) => {
                flatten(&format!("{key}."), inner, changes)?;
                continue;
            }
        };
        changes.push(SettingChange { key, value });
    }
    Ok(())
}

/// What a body proposes, and from which state.
fn read(
    workspace: &Workspace,
    body: &SettingsBody,
    headers: Option<&HeaderMap>,
) -> Result<(SecuritySettings, Option<SettingsVersion>), Fault> {
    let changes = changes_of(&body.settings)?;
    let settings = proposed(&workspace.security, &changes).map_err(|problems| problems_fault(&problems))?;
    let matched = headers.and_then(|headers| headers.get(IF_MATCH));
    let matched = matched
        .and_then(|value| value.to_str().ok())
        .filter(|value| *value != "*");
    let named = matched.map(|value| value.trim_matches('"')).or(body.version.as_deref());
    let version = named
        .map(|text| {
            text.parse()
                .map_err(|_| misfit("version", "`version` is no version of settings."))
        })
        .transpose()?;
    Ok((settings, version))
}

fn problems_fault(problems: &[SettingProblem]) -> Fault {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    misfit("settings", "Nothing was changed; `problems` says what to write.").member("problems", told)
}

fn changed_fault(now: &SecuritySettings) -> Fault {
    let detail = "The settings were changed since they were read. Read them again; nothing was changed.";
    Fault::new(FaultKind::Conflict)
        .detail(detail)
        .member("version", SettingsVersion::of(now).to_string())
}

fn document(state: &SiteState, workspace: &Workspace) -> Response {
    let security = &workspace.security;
    let offered = state.auth.providers().offered(workspace);
    let mut settings = Map::new();
    for (key, value) in every_value(security, offered.iter().map(|provider| &provider.id)) {
        nest(&mut settings, &key, value_document(&value));
    }
    let version = SettingsVersion::of(security).to_string();
    let tag = HeaderValue::from_str(&format!("\"{version}\""));
    let document = SettingsDocument {
        version,
        settings: Value::Object(settings),
        on_trial: workspace.provisional.as_ref().map(TrialDocument::from),
    };
    let mut response = axum::Json(document).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

fn nest(object: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(object.insert(key.to_owned(), value)),
        Some((group, rest)) => {
            let group = object.entry(group).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(group) = group {
                nest(group, rest, value);
            }
        }
    }
}

/// Reads the rules of the door.
#[utoipa::path(get, path = "/api/v1/settings", operation_id = "read_settings", tag = "settings", responses(
    (status = 200, description = "The rules; `ETag` is their version", body = SettingsDocument),
    AccessProblems,
))]
pub(crate) async fn show(permit: Permit, State(state): State<Arc<SiteState>>) -> Response {
    document(&state, &permit.workspace)
}

/// Changes rules of the door, all of those named or none. What would shut every admin out is refused; a change to how admins
/// get in undoes itself unless one of them signs in afresh under it. A session needs a proof of who it is that is at most a
/// quarter of an hour old.
#[utoipa::path(patch, path = "/api/v1/settings", operation_id = "change_settings", tag = "settings", request_body = SettingsBody,
    params(("If-Match" = Option<String>, Header, description = "The version that the change was made from")), responses(
    (status = 200, description = "The rules as they are now", body = SettingsDocument),
    (status = 409, description = "They were changed meanwhile (`version`), or the change would shut admins out (`locked_out`); nothing was changed", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn change(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    headers: HeaderMap,
    Json(body): Json<SettingsBody>,
) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    let (settings, from) = read(&permit.workspace, &body, Some(&headers))?;
    if from.is_some_and(|from| from != SettingsVersion::of(&permit.workspace.security)) {
        return Err(changed_fault(&permit.workspace.security));
    }
    let saved = state
        .auth
        .settings()
        .save(
            &permit.acting(),
            &permit.workspace,
            ProposedSettings::new(settings, from),
        )
        .await
        .map_err(|error| match error {
            SaveSettingsError::Problems(problems) => problems_fault(&problems),
            SaveSettingsError::LockedOut(locked_out) => Fault::new(FaultKind::Conflict)
                .detail("By this change no admin, or not the one who makes it, would get in. Nothing was changed.")
                .member("locked_out", refused_document(&locked_out)),
            SaveSettingsError::Changed { now } => changed_fault(&now),
            SaveSettingsError::Gone => Fault::new(FaultKind::NotFound),
            SaveSettingsError::Port(error) => error.into(),
        })?;
    let mut workspace = Workspace::clone(&permit.workspace);
    workspace.security = saved.settings;
    workspace.provisional = saved.provisional;
    Ok(document(&state, &workspace))
}

/// Puts back what held before the change that is on trial.
#[utoipa::path(delete, path = "/api/v1/settings/trial", operation_id = "undo_settings", tag = "settings", responses(
    (status = 204, description = "Undone"),
    (status = 404, description = "Nothing is on trial", body = Problem, content_type = "application/problem+json"),
    AccessProblems,
))]
pub(crate) async fn undo(permit: Permit, State(state): State<Arc<SiteState>>) -> Result<Response, Fault> {
    permit.fresh(&state).await?;
    if state.auth.settings().undo(&permit.acting(), &permit.workspace).await? {
        Ok(http::StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Fault::new(FaultKind::NotFound).detail("No settings are on trial."))
    }
}

/// Says what a change would do to everybody, and changes nothing.
#[utoipa::path(post, path = "/api/v1/settings/preview", operation_id = "preview_settings", tag = "settings", request_body = SettingsBody, responses(
    (status = 200, description = "Who gains, keeps and loses what", body = PreviewDocument),
    (status = 409, description = "The settings were changed since `version`", body = Problem, content_type = "application/problem+json"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn preview(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    headers: HeaderMap,
    Json(body): Json<SettingsBody>,
) -> Result<Response, Fault> {
    let (settings, from) = read(&permit.workspace, &body, Some(&headers))?;
    if from.is_some_and(|from| from != SettingsVersion::of(&permit.workspace.security)) {
        return Err(changed_fault(&permit.workspace.security));
    }
    let how = PreviewHow::default();
    let preview = state
        .auth
        .settings()
        .preview(&permit.acting(), &permit.workspace, &settings, &how)
        .await
        .map_err(preview_fault)?;
    Ok(axum::Json(PreviewDocument::from(&preview)).into_response())
}

/// Lists everybody who would lose their last way in, by id, while they are found.
#[utoipa::path(post, path = "/api/v1/settings/preview/list", operation_id = "list_settings_preview", tag = "settings", request_body = SettingsBody,
    params(ListQuery), responses(
    (status = 200, description = "One line each: id, name, email, role, the ways that they would lose", content_type = "text/csv"),
    AccessProblems, BodyProblems,
))]
pub(crate) async fn list(
    permit: Permit,
    State(state): State<Arc<SiteState>>,
    Query(query): Query<ListQuery>,
    Json(body): Json<SettingsBody>,
) -> Result<Response, Fault> {
    let (settings, _) = read(&permit.workspace, &body, None)?;
    let (acting, workspace) = (permit.acting(), Arc::clone(&permit.workspace));
    let previewing = Previewing::begin(&state, acting, workspace, settings, true).await?;
    Ok(previewing::list(previewing, query.format.unwrap_or(ListFormat::Csv)))
}
