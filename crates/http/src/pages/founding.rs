//! `/workspaces/new`: making a workspace of one's own (C8). It stands at the base host. Whoever is signed in to a workspace
//! comes there with a ticket, and whoever has made one goes to it with another: cookies do not cross, and nothing in an
//! address does.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::workspace::found_workspace::{FoundWorkspace, FoundWorkspaceError, FoundedWorkspace, FoundingView};
use doorward_auth::workspace::use_ticket::Arrival;
use doorward_domain::founding::{AddressProblem, chosen_address, chosen_name};
use doorward_domain::ids::WorkspaceId;
use doorward_domain::password_rule::PasswordProblem;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::{Password, PasswordError, RawToken};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::words::Words;
use doorward_domain::workspace::{Slug, SlugError};
use serde::Deserialize;
use std::sync::Arc;

use super::answer::{self, Outcome};
use super::fields::{self, Query};
use super::mailed_link::token_page;
use super::sign_up::{name_error, problems_of};
use super::visit::{PageKind, Visit, journey, see_other};
use crate::edge::FormTargets;
use crate::edge::host::{HostRole, role_of};
use crate::extract::{Form, FormAttempt};
use crate::problem::{Fault, FaultKind, Situation};
use crate::refusal::whole_seconds;
use crate::render::views::{
    Crossing, FieldError, Founder, NewWorkspace, NewWorkspaceAs, NewWorkspaceClosed, NewWorkspaceCode, PasswordRules,
};
use crate::render::{Journey, messages};
use crate::site::SiteState;

const NEW: &str = "/workspaces/new";

/// The addresses.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(NEW, get(show).post(submit))
        .route("/workspaces/new/me", post(as_me))
        .route("/workspaces/new/ticket", post(present))
        .route("/workspaces/new/code", get(show_code).post(prove))
        .route("/workspaces/new/code/resend", post(resend))
        .route("/workspaces/arrive", post(arrive))
}

/// Whether this is the base host, where workspaces are made.
fn is_base(visit: &Visit) -> bool {
    let url = visit.context.public_url();
    role_of(url, visit.context.caller().host()) == HostRole::Base
}

fn base_origin(visit: &Visit) -> String {
    let url = visit.context.public_url();
    url.origin_of(url.base_host())
}

fn only_at_the_base(visit: &Visit) -> Result<(), Fault> {
    if is_base(visit) {
        Ok(())
    } else {
        Err(Fault::new(FaultKind::NotFound))
    }
}

fn id_of(text: Option<&str>) -> Option<WorkspaceId> {
    text?.parse().ok()
}

/// The form at the base host; elsewhere the way to it.
async fn show(visit: Visit, query: Query) -> Result<Response, Fault> {
    if !visit.state.auth.foundings().is_open() {
        return closed(&visit);
    }
    if visit.session.is_some() && query.get("founding").is_none() {
        return as_somebody(&visit, false);
    }
    if !is_base(&visit) {
        visit.workspace()?;
        return see_other(&format!("{}{NEW}", base_origin(&visit)));
    }
    let founder = match id_of(query.get("founding")) {
        None => None,
        Some(id) => match view(&visit, id).await? {
            Some(view) if view.proved => Some(view),
            Some(_) | None => return over(&visit),
        },
    };
    page(
        &visit,
        Situation::Shown,
        &Typed::default(),
        founder.as_ref(),
        None,
        Vec::new(),
    )
}

async fn view(visit: &Visit, id: WorkspaceId) -> Result<Option<FoundingView>, Fault> {
    let found = visit.state.auth.foundings().view(&visit.caller(), id).await;
    found.or_else(|error| match error {
        FoundWorkspaceError::Closed => Ok(None),
        other => Err(fault(other)),
    })
}

fn closed(visit: &Visit) -> Result<Response, Fault> {
    let page = NewWorkspaceClosed;
    visit.page(PageKind::Plain, Situation::Forbidden, Journey::default(), &page)
}

fn over(visit: &Visit) -> Result<Response, Fault> {
    let words = Some(messages::founding_over());
    page(visit, Situation::Gone, &Typed::default(), None, words, Vec::new())
}

fn as_somebody(visit: &Visit, unproved: bool) -> Result<Response, Fault> {
    let page = NewWorkspaceAs { unproved };
    let (kind, situation) = if unproved {
        (PageKind::Plain, Situation::Forbidden)
    } else {
        (PageKind::Form, Situation::Shown)
    };
    visit.page(kind, situation, Journey::default(), &page)
}

/// What cannot be told on a page of its own.
fn fault(error: FoundWorkspaceError) -> Fault {
    match error {
        FoundWorkspaceError::TooMany { .. } => Fault::new(FaultKind::TooManyTries),
        FoundWorkspaceError::Hasher(error) => doorward_auth::SignInError::from(error).into(),
        FoundWorkspaceError::Port(error) => error.into(),
        other => {
            tracing::error!(
                error = &other as &dyn std::error::Error,
                "a workspace could not be made"
            );
            Fault::new(FaultKind::Internal)
        }
    }
}

/// The rest, with its wait.
fn refused(visit: &Visit, error: FoundWorkspaceError) -> Result<Response, Fault> {
    match error {
        FoundWorkspaceError::Closed => closed(visit),
        FoundWorkspaceError::Over => over(visit),
        FoundWorkspaceError::NoProvedAddress => as_somebody(visit, true),
        FoundWorkspaceError::TooMany { retry_at } => {
            let now = visit.state.auth.now();
            let wait = retry_at.map_or(60, |at| whole_seconds(at.since(now)));
            Err(Fault::new(FaultKind::TooManyTries).retry_after(wait.max(1)))
        }
        other => Err(fault(other)),
    }
}

/// The fields of the form.
#[derive(Default, Deserialize)]
struct Typed {
    #[serde(default)]
    workspace_name: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    founding: Option<String>,
}

fn page(
    visit: &Visit,
    situation: Situation,
    typed: &Typed,
    founder: Option<&FoundingView>,
    problem: Option<Words>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let url = visit.context.public_url();
    let origin = url.origin_of(&url.workspace_host(""));
    let suffix = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let founder = founder.map(|founder| Founder {
        founding: founder.id.to_string(),
        name: if founder.person_name.is_empty() {
            founder.address.to_string()
        } else {
            founder.person_name.clone()
        },
        address: founder.address.to_string(),
    });
    let page = NewWorkspace {
        workspace_name: typed.workspace_name.clone(),
        slug: typed.slug.clone(),
        suffix: suffix.to_owned(),
        founder,
        name: typed.name.clone(),
        email: typed.email.clone(),
        rules: PasswordRules {
            min_length: u32::from(SecuritySettings::default().staff.password_min_length),
        },
        problem,
        errors,
    };
    visit.page(PageKind::Form, situation, Journey::default(), &page)
}

fn wanted(typed: &Typed) -> Result<(Slug, String), Vec<FieldError>> {
    let name = chosen_name(&typed.workspace_name)
        .ok_or_else(|| FieldError::new("workspace_name", messages::workspace_name_invalid()));
    let slug = chosen_address(&typed.slug).map_err(|problem| {
        let words = match problem {
            AddressProblem::Taken => messages::slug_taken(),
            AddressProblem::Slug(SlugError::Reserved) => messages::slug_reserved(),
            AddressProblem::TooShort | AddressProblem::Slug(SlugError::Malformed) => messages::slug_malformed(),
        };
        FieldError::new("slug", words)
    });
    match (slug, name) {
        (Ok(slug), Ok(name)) => Ok((slug, name)),
        (slug, name) => Err([name.err(), slug.err()].into_iter().flatten().collect()),
    }
}

async fn submit(visit: Visit, form: FormAttempt<Typed>) -> Result<Response, Fault> {
    only_at_the_base(&visit)?;
    let (fresh, typed) = form.into_parts();
    let founder = match id_of(typed.founding.as_deref()) {
        None if typed.founding.is_some() => return over(&visit),
        None => None,
        Some(id) => match view(&visit, id).await? {
            Some(view) if view.proved => Some(view),
            Some(_) | None => return over(&visit),
        },
    };
    let again = |situation, problem, errors| page(&visit, situation, &typed, founder.as_ref(), problem, errors);
    if !fresh {
        return again(Situation::FormExpired, Some(answer::form_expired().words), Vec::new());
    }
    let wanted = wanted(&typed);
    let unprocessable = Situation::Unfit;
    let foundings = visit.state.auth.foundings();
    if let Some(founder) = &founder {
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(errors) => return again(unprocessable, None, errors),
        };
        return match foundings.found(&visit.caller(), founder.id, wanted).await {
            Ok(made) => go_there(&visit, &made),
            Err(FoundWorkspaceError::Taken) => again(
                unprocessable,
                None,
                vec![FieldError::new("slug", messages::slug_taken())],
            ),
            Err(error) => refused(&visit, error),
        };
    }
    let (address, password) = (fields::email(&typed.email), Password::parse(&typed.password));
    let name_error = name_error(&typed.name);
    let (wanted, address, password) = match (wanted, address, password) {
        (Ok(wanted), Ok(address), Ok(password)) if name_error.is_none() => (wanted, address, password),
        (wanted, address, password) => {
            let mut errors = wanted.err().unwrap_or_default();
            errors.extend(name_error);
            errors.extend(address.err());
            errors.extend(password.err().map(unreadable));
            return again(unprocessable, None, errors);
        }
    };
    let request = FoundWorkspace {
        slug: wanted.0,
        name: wanted.1,
        person_name: typed.name.clone(),
        address,
        password,
    };
    match foundings.begin(&visit.caller(), request).await {
        Ok(begun) => {
            (visit.state.mail_promised)();
            see_other(&format!("{NEW}/code?founding={}", begun.id))
        }
        Err(FoundWorkspaceError::Taken) => again(
            unprocessable,
            None,
            vec![FieldError::new("slug", messages::slug_taken())],
        ),
        Err(FoundWorkspaceError::Password(problems)) => again(unprocessable, None, problems_of(&problems)),
        Err(error) => refused(&visit, error),
    }
}

fn unreadable(error: PasswordError) -> FieldError {
    let words = match error {
        PasswordError::Empty => messages::new_password_missing(),
        PasswordError::TooLong => PasswordProblem::of_unreadable(error, &SecuritySettings::default().staff).words(),
    };
    FieldError::new("password", words)
}

/// What stands in the forms that go on with a founding.
#[derive(Deserialize)]
struct GoingOn {
    founding: Option<String>,
    #[serde(default)]
    code: String,
}

async fn show_code(visit: Visit, query: Query) -> Result<Response, Fault> {
    only_at_the_base(&visit)?;
    match id_of(query.get("founding")) {
        None => see_other(NEW),
        Some(id) => match view(&visit, id).await? {
            Some(view) if view.proved => see_other(&format!("{NEW}?founding={id}")),
            Some(view) => code_page(&visit, Situation::Shown, &view, Vec::new()),
            None => over(&visit),
        },
    }
}

fn code_page(
    visit: &Visit,
    situation: Situation,
    view: &FoundingView,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let now = visit.state.auth.now();
    let wait = if now < view.resend_at {
        whole_seconds(view.resend_at.since(now))
    } else {
        0
    };
    let page = NewWorkspaceCode {
        founding: view.id.to_string(),
        address: view.address.masked(),
        resend_in_seconds: u32::try_from(wait).unwrap_or(u32::MAX),
        errors,
    };
    visit.page(PageKind::Form, situation, Journey::default(), &page)
}

async fn prove(visit: Visit, Form(form): Form<GoingOn>) -> Result<Response, Fault> {
    only_at_the_base(&visit)?;
    let Some(id) = id_of(form.founding.as_deref()) else {
        return over(&visit);
    };
    let Some(view) = view(&visit, id).await? else {
        return over(&visit);
    };
    let wrong = |words| code_page(&visit, Situation::Unfit, &view, vec![FieldError::new("code", words)]);
    if let Err(error) = fields::code(&form.code) {
        return wrong(error.words);
    }
    let foundings = visit.state.auth.foundings();
    match foundings.prove(&visit.caller(), id, &form.code).await {
        Ok(made) => go_there(&visit, &made),
        Err(FoundWorkspaceError::CodeWrong { tries_left: 0 }) => over(&visit),
        Err(FoundWorkspaceError::CodeWrong { tries_left }) => wrong(messages::founding_code_wrong(tries_left)),
        Err(FoundWorkspaceError::CodeExpired) => wrong(messages::founding_code_expired()),
        // Somebody was faster. The mailbox is proved, so another address is all that is asked.
        Err(FoundWorkspaceError::Taken) => {
            let founder = self::view(&visit, id).await?;
            let errors = vec![FieldError::new("slug", messages::slug_taken())];
            let situation = Situation::Unfit;
            page(&visit, situation, &Typed::default(), founder.as_ref(), None, errors)
        }
        Err(error) => refused(&visit, error),
    }
}

async fn resend(visit: Visit, Form(form): Form<GoingOn>) -> Result<Response, Fault> {
    only_at_the_base(&visit)?;
    let Some(id) = id_of(form.founding.as_deref()) else {
        return over(&visit);
    };
    let foundings = visit.state.auth.foundings();
    match foundings.send_again(&visit.caller(), id).await {
        Ok(_sent) => {
            (visit.state.mail_promised)();
            see_other(&format!("{NEW}/code?founding={id}"))
        }
        Err(error) => refused(&visit, error),
    }
}

/// The form that carries the owner to their new workspace.
fn go_there(visit: &Visit, made: &FoundedWorkspace) -> Result<Response, Fault> {
    (visit.state.mail_promised)();
    let page = Crossing {
        action: made.arrive_at.clone(),
        ticket: made.ticket.expose().clone(),
        workspace: made.workspace.slug.to_string(),
        made: Some(made.workspace.name.clone()),
    };
    let url = visit.context.public_url();
    crossing(
        visit,
        &page,
        url.origin_of(&url.workspace_host(made.workspace.slug.as_str())),
    )
}

fn crossing(visit: &Visit, page: &Crossing, target: String) -> Result<Response, Fault> {
    let mut response = visit.page(PageKind::Plain, Situation::Shown, Journey::default(), page)?;
    response.extensions_mut().insert(FormTargets(vec![target]));
    Ok(token_page(response))
}

/// A form without fields of its own.
#[derive(Deserialize)]
struct NoFields {}

/// Whoever is signed in goes to the base host, with a ticket.
async fn as_me(visit: Visit, Form(NoFields {}): Form<NoFields>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let Some(session) = &visit.session else {
        return see_other(&format!("/sign-in{}", journey(None, &ReturnTo::parse(NEW)).query()));
    };
    let foundings = visit.state.auth.foundings();
    match foundings.ticket(&visit.caller(), workspace, session.user).await {
        Ok(ticket) => {
            let origin = base_origin(&visit);
            let page = Crossing {
                action: format!("{origin}/workspaces/new/ticket"),
                ticket: ticket.expose().clone(),
                workspace: workspace.slug.to_string(),
                made: None,
            };
            crossing(&visit, &page, origin)
        }
        Err(error) => refused(&visit, error),
    }
}

/// A ticket, as a form of another host sends it.
#[derive(Deserialize)]
struct Ticket {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    workspace: String,
}

async fn present(visit: Visit, form: FormAttempt<Ticket>) -> Result<Response, Fault> {
    only_at_the_base(&visit)?;
    let (FormAttempt::Fresh(form) | FormAttempt::Expired(form)) = form;
    let workspace = match Slug::parse(&form.workspace) {
        Ok(slug) => visit.state.auth.ports().workspaces.find_by_slug(&slug).await?,
        Err(_) => None,
    };
    let (Some(workspace), Some(ticket)) = (workspace, RawToken::parse(&form.ticket)) else {
        return over(&visit);
    };
    let foundings = visit.state.auth.foundings();
    match foundings.present(&visit.caller(), &workspace, &ticket).await {
        Ok(id) => see_other(&format!("{NEW}?founding={id}")),
        Err(error) => refused(&visit, error),
    }
}

async fn arrive(visit: Visit, form: FormAttempt<Ticket>) -> Result<Response, Fault> {
    let workspace = visit.workspace()?;
    let (FormAttempt::Fresh(form) | FormAttempt::Expired(form)) = form;
    let Some(ticket) = RawToken::parse(&form.ticket) else {
        return see_other("/sign-in");
    };
    let foundings = visit.state.auth.foundings();
    match foundings.arrive(&visit.caller(), workspace, &ticket).await? {
        Arrival::ChoosePassword(flow) => {
            let query = journey(Some(flow), &ReturnTo::default()).query();
            see_other(&format!("/recover/set-up{query}"))
        }
        Arrival::Gone => see_other("/sign-in"),
        Arrival::SignIn(outcome) => match answer::outcome(&visit, *outcome, false)? {
            Outcome::Answered(response) => Ok(response),
            Outcome::CodeSent(_) | Outcome::Refused(_) => see_other("/sign-in"),
        },
    }
}
