//! `/admin/directory`: the synced directory (B8, B9): a file, or another system by SCIM.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_auth::directory::import_directory::{ImportError, Imported};
use doorward_domain::audit::Actor;
use doorward_domain::directory::run::{Effect, Line, Plan};
use doorward_domain::directory::table::TableFault;
use doorward_domain::directory::{DirectoryRecord, DirectorySource};
use doorward_domain::ids::{DirectoryRecordId, DirectoryUploadId, ScimTokenId};
use doorward_domain::people_search::TextTest;
use doorward_domain::ports::BookQuery;
use doorward_domain::role::Permission;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::clean_name;
use doorward_domain::words::Words;
use serde_json::Value;

use super::Desk;
use crate::extract::{Form, Upload};
use crate::pages::answer;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::fields::Query;
use crate::pages::notice::Notice;
use crate::pages::visit::see_other;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::admin::{
    AdminDirectory, AdminDirectoryRecord, AdminDirectoryRun, AdminScimToken, Choice, RecordRow, RunLine, ScimTokenRow,
};
use crate::render::views::{FieldError, Refusal};
use crate::site::SiteState;

const DIRECTORY: &str = "/admin/directory";

/// Records on one page.
const PAGE: u32 = 50;
/// The longest text that is looked for, in Unicode code points.
const MAX_TEXT: usize = 200;
/// Lines of a report that a page shows.
const SHOWN: usize = 200;

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(DIRECTORY, get(show))
        .route("/admin/directory/records/{record}", get(record))
        .route(
            "/admin/directory/upload",
            // The edge has read the body under its own cap already.
            post(take).layer(DefaultBodyLimit::disable()),
        )
        .route("/admin/directory/uploads/{upload}", get(planned))
        .route("/admin/directory/uploads/{upload}/take-in", post(take_in))
        .route("/admin/directory/uploads/{upload}/forget", post(forget))
        .route("/admin/directory/tokens", post(make))
        .route("/admin/directory/tokens/{scim_token}/renew", post(renew))
        .route("/admin/directory/tokens/{scim_token}/revoke", post(revoke))
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound)
}

fn scim_url(desk: &Desk) -> String {
    let (state, workspace) = (&desk.visit().state, desk.workspace());
    let origin = state
        .config
        .public_url
        .origin_of_workspace(workspace, state.auth.config().default_workspace.as_ref());
    format!("{origin}/scim/v2")
}

fn actor(desk: &Desk) -> Actor {
    Actor::User(desk.session().user)
}

/// What a page of records is asked by. What cannot be read is as good as not said.
#[derive(Default)]
struct Wanted {
    text: String,
    active: Option<bool>,
    after: Option<DirectoryRecordId>,
}

impl Wanted {
    fn of(query: &Query) -> Self {
        let said = |name: &str| query.get(name).unwrap_or_default();
        Self {
            text: said("q").trim().chars().take(MAX_TEXT).collect(),
            active: match said("state") {
                "active" => Some(true),
                "inactive" => Some(false),
                _ => None,
            },
            after: said("after").parse().ok(),
        }
    }

    fn address(&self, after: Option<DirectoryRecordId>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let state = self.active.map(|active| if active { "active" } else { "inactive" });
        let pairs = [
            ("q", Some(self.text.clone()).filter(|text| !text.is_empty())),
            ("state", state.map(str::to_owned)),
            ("after", after.map(|id| id.to_string())),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        format!("{DIRECTORY}?{}", query.finish())
    }
}

/// What tokens are called, by their ids.
type Names = HashMap<ScimTokenId, String>;

fn source_words(source: DirectorySource, names: &Names) -> Words {
    match source {
        DirectorySource::File => Words::key("directory-source-file"),
        DirectorySource::Scim(token) => {
            let name = names.get(&token).cloned().unwrap_or_default();
            Words::key("directory-source-scim").with("name", name)
        }
    }
}

fn row_of(record: &DirectoryRecord, names: &Names, zone: &TimeZone) -> RecordRow {
    let primary = record.emails.iter().find(|email| email.primary);
    RecordRow {
        id: record.id.to_string(),
        user_name: record.user_name.clone(),
        name: shown_name(record),
        email: primary
            .or(record.emails.first())
            .map(|email| email.address.to_string())
            // Nearly always the two are the same.
            .filter(|email| *email != record.user_name),
        active: record.active,
        source: source_words(record.source, names),
        changed: When::of(record.updated_at, zone),
    }
}

fn shown_name(record: &DirectoryRecord) -> Option<String> {
    let told = record.display_name.clone().or(record.name.formatted.clone());
    told.or_else(|| {
        let parts = [&record.name.given, &record.name.family];
        let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

async fn page(
    desk: &Desk,
    situation: Situation,
    wanted: &Wanted,
    errors: Vec<FieldError>,
    refusal: Option<Refusal>,
) -> Result<Response, Fault> {
    let directory = desk.visit().state.auth.directory();
    let tokens = directory.tokens(desk.workspace()).await?;
    let names: Names = tokens.iter().map(|token| (token.id, token.name.clone())).collect();
    let query = BookQuery {
        text: Some(wanted.text.clone()),
        active: wanted.active,
        after: wanted.after,
        limit: PAGE,
    };
    let found = directory.page(desk.workspace(), query).await?;
    let zone = desk.zone();
    let rows = |records: &[DirectoryRecord]| records.iter().map(|one| row_of(one, &names, &zone)).collect();
    let state = |value: &str, label, active| Choice {
        value: value.to_owned(),
        label,
        chosen: wanted.active == Some(active),
    };
    let view = AdminDirectory {
        required: desk.workspace().security.directory.required,
        synced: found.synced_at.map(|at| When::of(at, &zone)),
        q: wanted.text.clone(),
        states: vec![
            state("active", Words::key("directory-state-active"), true),
            state("inactive", Words::key("directory-state-inactive"), false),
        ],
        narrowed: !wanted.text.is_empty() || wanted.active.is_some() || wanted.after.is_some(),
        beginnings: matches!(TextTest::of(&wanted.text), Some(TextTest::Begins(_))),
        records: rows(&found.records),
        near: rows(&found.near),
        next: found.next.map(|last| wanted.address(Some(last))),
        first: wanted.after.map(|_| wanted.address(None)),
        mebibytes: cap(desk) / (1024 * 1024),
        scim_url: scim_url(desk),
        tokens: tokens
            .into_iter()
            .map(|token| ScimTokenRow {
                id: token.id.to_string(),
                name: token.name,
                made: When::of(token.created_at, &zone),
                used: token.last_used_at.map(|at| When::of(at, &zone)),
                live: token.revoked_at.is_none(),
            })
            .collect(),
        errors,
        refusal,
    };
    desk.page(situation, &view)
}

fn cap(desk: &Desk) -> usize {
    desk.visit().state.auth.config().limits.directory_upload_bytes()
}

async fn show(desk: Desk, query: Query) -> Result<Response, Fault> {
    page(&desk, Situation::Shown, &Wanted::of(&query), Vec::new(), None).await
}

/// Everything that a source said of somebody, a line for each value.
fn lines_of(name: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() {
                    member.clone()
                } else {
                    format!("{name}.{member}")
                };
                lines_of(&name, value, lines);
            }
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                lines_of(&format!("{name}[{}]", at + 1), value, lines);
            }
        }
        Value::String(text) => lines.push((name.to_owned(), text.clone())),
        other => lines.push((name.to_owned(), other.to_string())),
    }
}

async fn record(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let id: DirectoryRecordId = id.parse().map_err(|_id| missing())?;
    let directory = desk.visit().state.auth.directory();
    let entry = directory.record(desk.workspace(), id).await?.ok_or_else(missing)?;
    let tokens = directory.tokens(desk.workspace()).await?;
    let names: Names = tokens.into_iter().map(|token| (token.id, token.name)).collect();
    let (zone, record) = (desk.zone(), &entry.booked.record);
    let mut attributes = Vec::new();
    lines_of("", &Value::Object(record.attributes.clone()), &mut attributes);
    // Whoever may not look people up is told how many there are, and not who.
    let may_look = desk.may(Permission::LookPeopleUp);
    let view = AdminDirectoryRecord {
        row: row_of(record, &names, &zone),
        made: When::of(record.created_at, &zone),
        addresses: record.emails.iter().map(|email| email.address.to_string()).collect(),
        identity: record.scope.as_ref().and_then(|scope| {
            let subject = record.external_id.clone()?;
            Some((scope.provider.as_str().to_owned(), subject))
        }),
        groups: entry
            .booked
            .groups
            .into_iter()
            .map(|group| group.display_name)
            .collect(),
        account_count: count(entry.accounts.len()),
        accounts: entry
            .accounts
            .iter()
            .filter(|_| may_look)
            .map(|user| (user.id.to_string(), user.display_name()))
            .collect(),
        attributes,
    };
    desk.page(Situation::Shown, &view)
}

fn refused(code: &str, words: Words) -> Refusal {
    Refusal {
        code: code.to_owned(),
        words,
        help_code: None,
        directory: None,
    }
}

/// The form again, with what is wrong with the file.
async fn again(desk: &Desk, situation: Situation, refusal: Refusal) -> Result<Response, Fault> {
    page(desk, situation, &Wanted::default(), Vec::new(), Some(refusal)).await
}

/// A file, kept until whoever sent it has seen what it would do. Nothing is changed, so no proof is asked.
async fn take(desk: Desk, upload: Upload) -> Result<Response, Fault> {
    let text = match upload {
        Upload::Fresh(bytes) if bytes.is_empty() => {
            let refusal = refused("no-file", Words::key("directory-no-file"));
            return again(&desk, Situation::Unfit, refusal).await;
        }
        Upload::Fresh(bytes) if bytes.len() <= cap(&desk) => String::from_utf8(bytes.into()),
        Upload::Expired => return again(&desk, Situation::FormExpired, answer::form_expired()).await,
        Upload::Fresh(_) | Upload::TooLarge => {
            let words = Words::key("directory-too-large").with("megabytes", cap(&desk) / (1024 * 1024));
            return again(&desk, Situation::TooLarge, refused("too-large", words)).await;
        }
    };
    let Ok(text) = text else {
        let refusal = refused("no-text", Words::key("directory-no-text"));
        return again(&desk, Situation::Unfit, refusal).await;
    };
    let directory = desk.visit().state.auth.directory();
    match directory.upload(desk.session().user, desk.workspace(), text).await {
        Ok(uploaded) => see_other(&format!("{DIRECTORY}/uploads/{}", uploaded.id)),
        Err(error) => told(&desk, error),
    }
}

fn told(desk: &Desk, error: ImportError) -> Result<Response, Fault> {
    match error {
        ImportError::Table(fault) => desk.page(Situation::Unfit, &faulty(&fault)),
        ImportError::Stale => Err(Fault::new(FaultKind::Conflict)),
        ImportError::Port(error) => Err(error.into()),
    }
}

fn upload_id(text: &str) -> Result<DirectoryUploadId, Fault> {
    text.parse().map_err(|_id| missing())
}

/// No file of that id waits for whoever asks: it is somebody else's, was never there, or is forgotten; which, is not told.
async fn over(desk: &Desk) -> Result<Response, Fault> {
    let refusal = refused("upload-over", Words::key("directory-upload-over"));
    again(desk, Situation::Gone, refusal).await
}

async fn planned(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let id = upload_id(&id)?;
    let directory = desk.visit().state.auth.directory();
    match directory.uploaded(desk.session().user, desk.workspace(), id).await {
        Ok(Some(uploaded)) => {
            let says = if uploaded.plan.is_empty() {
                Words::key("directory-run-nothing")
            } else {
                Words::key("directory-run-planned")
            };
            desk.page(Situation::Shown, &report(says, &uploaded.plan, id))
        }
        Ok(None) => over(&desk).await,
        Err(error) => told(&desk, error),
    }
}

async fn take_in(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let id = upload_id(&id)?;
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    // How many would become inactive, as the page said that was agreed to.
    let agreed = form.get("removed").parse().unwrap_or_default();
    let directory = desk.visit().state.auth.directory();
    let (acting, by) = (desk.acting(), desk.session().user);
    let outcome = match directory.take_in((&acting, by), desk.workspace(), id, agreed).await {
        Ok(Some(Imported::HeldBack(plan) | Imported::Planned(plan))) => desk.page(
            Situation::Conflict,
            &report(Words::key("directory-run-held-back"), &plan, id),
        ),
        Ok(Some(Imported::Committed(..))) => desk.done(DIRECTORY, Notice::DirectoryTakenIn),
        Ok(None) => over(&desk).await,
        Err(error) => told(&desk, error),
    };
    given.seal(&desk.member, outcome)
}

async fn forget(desk: Desk, Path(id): Path<String>, Form(_form): Form<Sent>) -> Result<Response, Fault> {
    let id = upload_id(&id)?;
    let directory = desk.visit().state.auth.directory();
    match directory.forget_upload(desk.session().user, desk.workspace(), id).await {
        Ok(true) => desk.done(DIRECTORY, Notice::DirectoryForgotten),
        Ok(false) => over(&desk).await,
        Err(error) => told(&desk, error),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn effect_words(effect: Effect) -> Words {
    match effect {
        Effect::Added => Words::key("directory-effect-added"),
        Effect::Changed => Words::key("directory-effect-changed"),
        Effect::Activated => Words::key("directory-effect-activated"),
        Effect::Deactivated => Words::key("directory-effect-deactivated"),
        Effect::Unchanged => Words::key("directory-effect-unchanged"),
    }
}

fn report(says: Words, plan: &Plan, upload: DirectoryUploadId) -> AdminDirectoryRun {
    let counted = |effect| count(plan.count(effect));
    let mut lines: Vec<&Line> = plan.lines.iter().collect();
    lines.sort_by_key(|line| line.effect == Effect::Unchanged);
    AdminDirectoryRun {
        says,
        counts: Words::key("directory-run-counts")
            .with("added", counted(Effect::Added))
            .with("changed", counted(Effect::Changed))
            .with("activated", counted(Effect::Activated))
            .with("deactivated", counted(Effect::Deactivated))
            .with("unchanged", counted(Effect::Unchanged)),
        question: plan.needs_word().then(|| {
            Words::key("directory-run-question")
                .with("removed", count(plan.removed))
                .with("active", count(plan.active_before))
        }),
        upload: (!plan.is_empty()).then(|| upload.to_string()),
        removed: plan.removed,
        faults: Vec::new(),
        more: lines.len().saturating_sub(SHOWN),
        lines: lines
            .into_iter()
            .take(SHOWN)
            .map(|line| RunLine {
                line: line.line,
                user_name: line.user_name.clone(),
                effect: effect_words(line.effect),
            })
            .collect(),
    }
}

fn faulty(fault: &TableFault) -> AdminDirectoryRun {
    let (faults, more) = match fault {
        TableFault::Lines(faults) => {
            let told = faults.iter().take(SHOWN);
            let told = told.map(|(line, fault)| format!("line {line}: {fault}")).collect();
            (told, faults.len().saturating_sub(SHOWN))
        }
        other => (vec![other.to_string()], 0),
    };
    AdminDirectoryRun {
        says: Words::key("directory-run-faulty"),
        counts: Words::key("directory-run-faulty"),
        question: None,
        upload: None,
        removed: 0,
        faults,
        lines: Vec::new(),
        more,
    }
}

fn token_page(desk: &Desk, token: String) -> Result<Response, Fault> {
    let view = AdminScimToken {
        token,
        scim_url: scim_url(desk),
    };
    desk.page(Situation::Shown, &view)
}

async fn make(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    match desk.fresh(&form).await? {
        Leave::Given(given) => given.seal(&desk.member, made(&desk, &form).await),
        Leave::Asked(response) => Ok(response),
    }
}

async fn made(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    let name = clean_name(form.get("name"));
    if name.is_empty() {
        let errors = vec![FieldError::new("name", Words::key("directory-name-missing"))];
        return page(desk, Situation::Unfit, &Wanted::default(), errors, None).await;
    }
    let directory = desk.visit().state.auth.directory();
    let client = desk.visit().context.client();
    let wanted = NewScimToken { name, scope: None };
    let (_, token) = directory
        .create_token(actor(desk), Some(&client), desk.workspace(), wanted)
        .await?;
    token_page(desk, token)
}

fn id_of(text: &str) -> Result<ScimTokenId, Fault> {
    text.parse().map_err(|_id| missing())
}

async fn renew(desk: Desk, Path(id): Path<String>, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let directory = desk.visit().state.auth.directory();
    let client = desk.visit().context.client();
    let renewed = directory
        .renew_token(actor(&desk), Some(&client), desk.workspace(), id)
        .await;
    let outcome = match renewed {
        Ok(Some(token)) => token_page(&desk, token),
        Ok(None) => Err(missing()),
        Err(error) => Err(error.into()),
    };
    given.seal(&desk.member, outcome)
}

async fn revoke(desk: Desk, Path(id): Path<String>, Form(_form): Form<Sent>) -> Result<Response, Fault> {
    let id = id_of(&id)?;
    let directory = desk.visit().state.auth.directory();
    let client = desk.visit().context.client();
    if directory
        .revoke_token(actor(&desk), Some(&client), desk.workspace(), id)
        .await?
    {
        desk.done(DIRECTORY, Notice::ScimTokenRevoked)
    } else {
        Err(missing())
    }
}
