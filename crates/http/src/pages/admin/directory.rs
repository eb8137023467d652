//! `/admin/directory`: the synced directory (B8, B9): a file, or another system by SCIM.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_auth::directory::import_directory::{Import, ImportError, Imported};
use doorward_domain::audit::Actor;
use doorward_domain::directory::run::{Effect, Line, Plan};
use doorward_domain::directory::table::TableFault;
use doorward_domain::ids::ScimTokenId;
use doorward_domain::user::clean_name;
use doorward_domain::words::Words;

use super::Desk;
use crate::config::UPLOAD_CAP_BYTES;
use crate::extract::{Form, Upload};
use crate::pages::answer;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::pages::visit::see_other;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::admin::{AdminDirectory, AdminDirectoryRun, AdminScimToken, RunLine, ScimTokenRow};
use crate::render::views::{FieldError, Refusal};
use crate::site::SiteState;

const DIRECTORY: &str = "/admin/directory";

/// Lines of a report that a page shows.
const SHOWN: usize = 200;

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(DIRECTORY, get(show))
        .route("/admin/directory/confirm", post(confirm))
        .route("/admin/directory/check", capped(post(check)))
        .route("/admin/directory/upload", capped(post(take)))
        .route("/admin/directory/upload/confirmed", capped(post(take_confirmed)))
        .route("/admin/directory/tokens", post(make))
        .route("/admin/directory/tokens/{scim_token}/renew", post(renew))
        .route("/admin/directory/tokens/{scim_token}/revoke", post(revoke))
}

fn capped(handler: MethodRouter<Arc<SiteState>>) -> MethodRouter<Arc<SiteState>> {
    handler.layer(DefaultBodyLimit::max(UPLOAD_CAP_BYTES))
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

fn is_fresh(desk: &Desk) -> bool {
    let factors = desk.visit().state.auth.factors();
    factors.fresh_for_others(desk.session()).is_some()
}

async fn page(
    desk: &Desk,
    situation: Situation,
    errors: Vec<FieldError>,
    refusal: Option<Refusal>,
) -> Result<Response, Fault> {
    let tokens = desk.visit().state.auth.directory().tokens(desk.workspace()).await?;
    let zone = desk.zone();
    let view = AdminDirectory {
        required: desk.workspace().security.directory.required,
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
        fresh: is_fresh(desk),
        errors,
        refusal,
    };
    desk.page(situation, &view)
}

async fn show(desk: Desk) -> Result<Response, Fault> {
    page(&desk, Situation::Shown, Vec::new(), None).await
}

/// A fresh proof before a file: the form with the file cannot carry one.
async fn confirm(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    match desk.fresh(&form).await? {
        Leave::Given(given) => given.seal(&desk.member, see_other(DIRECTORY)),
        Leave::Asked(response) => Ok(response),
    }
}

async fn check(desk: Desk, upload: Upload) -> Result<Response, Fault> {
    take_in(&desk, upload, (true, false)).await
}

async fn take(desk: Desk, upload: Upload) -> Result<Response, Fault> {
    take_in(&desk, upload, (false, false)).await
}

async fn take_confirmed(desk: Desk, upload: Upload) -> Result<Response, Fault> {
    take_in(&desk, upload, (false, true)).await
}

async fn take_in(desk: &Desk, upload: Upload, (dry_run, confirmed): (bool, bool)) -> Result<Response, Fault> {
    let refused = |code: &str, words| Refusal {
        code: code.to_owned(),
        words,
        help_code: None,
        directory: None,
    };
    if !is_fresh(desk) {
        return see_other(DIRECTORY);
    }
    let text = match upload {
        Upload::Fresh(bytes) => String::from_utf8(bytes.to_vec()),
        Upload::Expired => {
            return page(desk, Situation::FormExpired, Vec::new(), Some(answer::form_expired())).await;
        }
        Upload::TooLarge => {
            let refusal = refused("too-large", Words::key("directory-too-large"));
            return page(desk, Situation::TooLarge, Vec::new(), Some(refusal)).await;
        }
    };
    let Ok(text) = text else {
        let refusal = refused("no-text", Words::key("directory-no-text"));
        return page(desk, Situation::Unfit, Vec::new(), Some(refusal)).await;
    };
    let import = Import {
        text,
        scope: None,
        dry_run,
        confirmed,
    };
    let directory = desk.visit().state.auth.directory();
    match directory.import(actor(desk), desk.workspace(), import).await {
        Ok(Imported::Planned(plan)) => desk.page(
            Situation::Shown,
            &report(Words::key("directory-run-planned"), &plan, false),
        ),
        Ok(Imported::Committed(plan, _ended)) => desk.page(
            Situation::Shown,
            &report(Words::key("directory-run-done"), &plan, false),
        ),
        Ok(Imported::HeldBack(plan)) => desk.page(
            Situation::Conflict,
            &report(Words::key("directory-run-held-back"), &plan, true),
        ),
        Err(ImportError::Table(fault)) => desk.page(Situation::Unfit, &faulty(&fault)),
        Err(ImportError::Stale) => Err(Fault::new(FaultKind::Conflict)),
        Err(ImportError::Port(error)) => Err(error.into()),
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

fn report(says: Words, plan: &Plan, asks: bool) -> AdminDirectoryRun {
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
        question: asks.then(|| {
            Words::key("directory-run-question")
                .with("removed", count(plan.removed))
                .with("active", count(plan.active_before))
        }),
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
    AdminDirectoryRun {
        says: Words::key("directory-run-faulty"),
        counts: Words::key("directory-run-faulty"),
        question: None,
        faults: match fault {
            TableFault::Lines(faults) => faults
                .iter()
                .take(SHOWN)
                .map(|(line, fault)| format!("line {line}: {fault}"))
                .collect(),
            other => vec![other.to_string()],
        },
        lines: Vec::new(),
        more: 0,
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
        return page(desk, Situation::Unfit, errors, None).await;
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
