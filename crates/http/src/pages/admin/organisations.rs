//! `/admin/organisations`: named groups of people, and the email domains that place people in them (A9).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::workspace::create_organisation::OrganisationError;
use doorward_domain::ids::OrganisationId;
use doorward_domain::organisation::{EmailDomain, ListedOrganisation};
use doorward_domain::ports::OrganisationQuery;
use doorward_domain::role::Permission;
use doorward_domain::words::Words;

use super::Desk;
use crate::extract::Form;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::fields::Query;
use crate::pages::notice::Notice;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::FieldError;
use crate::render::views::admin::{AdminConfirm, AdminOrganisation, AdminOrganisations, OrganisationRow};
use crate::site::SiteState;

const ORGANISATIONS: &str = "/admin/organisations";

/// Organisations on one page.
const PAGE: u32 = 50;
/// The longest text that is looked for, in Unicode code points.
const MAX_TEXT: usize = 200;

const WRITE: Permission = Permission::CreateAndUpdateUsersAndOrganizations;

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(ORGANISATIONS, get(list).post(create))
        .route("/admin/organisations/new", get(new))
        .route("/admin/organisations/{organisation}", get(show).post(save))
        .route("/admin/organisations/{organisation}/delete", post(delete))
}

fn missing() -> Fault {
    Fault::new(FaultKind::NotFound)
}

fn id_of(text: &str) -> Result<OrganisationId, Fault> {
    text.parse().map_err(|_id| missing())
}

/// Domains as typed: one a line, or with commas or spaces between.
fn domains(form: &Sent) -> Vec<String> {
    form.get("domains")
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|domain| !domain.is_empty())
        .map(str::to_owned)
        .collect()
}

fn wrong(error: OrganisationError) -> Result<(Situation, FieldError), Fault> {
    let (situation, field, words) = match error {
        OrganisationError::NoName => (Situation::Unfit, "name", Words::key("organisation-name-missing")),
        OrganisationError::NameTaken => (Situation::Conflict, "name", Words::key("organisation-name-taken")),
        OrganisationError::NoDomain(domain) => (
            Situation::Unfit,
            "domains",
            Words::key("organisation-no-domain").with("domain", domain),
        ),
        OrganisationError::DomainTaken(domain) => (
            Situation::Conflict,
            "domains",
            Words::key("organisation-domain-taken").with("domain", domain.as_str()),
        ),
        OrganisationError::TooManyDomains => (Situation::Unfit, "domains", Words::key("organisation-too-many-domains")),
        OrganisationError::Gone => return Err(missing()),
        OrganisationError::Port(error) => return Err(error.into()),
        _ => return Err(Fault::new(FaultKind::Internal)),
    };
    Ok((situation, FieldError::new(field, words)))
}

pub(in crate::pages) async fn list(desk: Desk, wanted: Query) -> Result<Response, Fault> {
    let said = |name: &str| wanted.get(name).unwrap_or_default().trim();
    let text: String = said("q").chars().take(MAX_TEXT).collect();
    let after = Some(said("after").to_owned()).filter(|after| !after.is_empty());
    let query = OrganisationQuery {
        text: Some(text.clone()).filter(|text| !text.is_empty()),
        after: after.clone(),
        // One more than is shown tells whether there are more.
        limit: PAGE + 1,
    };
    let mut found = desk
        .visit()
        .state
        .auth
        .organisations()
        .list(desk.workspace(), query)
        .await?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > shown;
    found.truncate(shown);
    let address = |after: Option<&str>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !text.is_empty() {
            query.append_pair("q", &text);
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        format!("{ORGANISATIONS}?{}", query.finish())
    };
    let last = found.last().filter(|_| more);
    let page = AdminOrganisations {
        next: last.map(|last| address(Some(&last.organisation.name))),
        first: after.is_some().then(|| address(None)),
        organisations: found
            .into_iter()
            .map(|listed| OrganisationRow {
                id: listed.organisation.id.to_string(),
                name: listed.organisation.name,
                domains: listed.organisation.domains.iter().map(ToString::to_string).collect(),
                members: listed.members,
            })
            .collect(),
        may_change: desk.may(WRITE),
        q: text,
    };
    desk.page(Situation::Shown, &page)
}

fn new_page(form: &Sent, errors: Vec<FieldError>) -> AdminOrganisation {
    AdminOrganisation {
        id: None,
        name: form.get("name").to_owned(),
        domains: form.get("domains").to_owned(),
        members: 0,
        errors,
    }
}

pub(in crate::pages) async fn new(desk: Desk) -> Result<Response, Fault> {
    desk.page(Situation::Shown, &new_page(&Sent::default(), Vec::new()))
}

pub(in crate::pages) async fn create(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    let organisations = desk.visit().state.auth.organisations();
    let wanted = (form.get("name"), domains(&form));
    let made = organisations
        .create(&desk.acting(), desk.workspace(), (wanted.0, &wanted.1))
        .await;
    match made {
        Ok(_made) => desk.done(ORGANISATIONS, Notice::OrganisationCreated),
        Err(error) => {
            let (situation, error) = wrong(error)?;
            desk.page(situation, &new_page(&form, vec![error]))
        }
    }
}

async fn found(desk: &Desk, text: &str) -> Result<ListedOrganisation, Fault> {
    let organisations = desk.visit().state.auth.organisations();
    let found = organisations.find(desk.workspace(), id_of(text)?).await?;
    found.ok_or_else(missing)
}

pub(in crate::pages) async fn show(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let found = found(&desk, &id).await?;
    let lines: Vec<&str> = found.organisation.domains.iter().map(EmailDomain::as_str).collect();
    let page = AdminOrganisation {
        id: Some(found.organisation.id.to_string()),
        domains: lines.join("\n"),
        members: found.members,
        errors: Vec::new(),
        name: found.organisation.name,
    };
    desk.page(Situation::Shown, &page)
}

pub(in crate::pages) async fn save(
    desk: Desk,
    Path(id): Path<String>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let found = found(&desk, &id).await?;
    let id = found.organisation.id;
    let organisations = desk.visit().state.auth.organisations();
    let wanted = (form.get("name"), domains(&form));
    let changed = organisations
        .change(&desk.acting(), desk.workspace(), id, (wanted.0, &wanted.1))
        .await;
    match changed {
        Ok(_changed) => desk.done(ORGANISATIONS, Notice::OrganisationSaved),
        Err(error) => {
            let (situation, error) = wrong(error)?;
            let page = AdminOrganisation {
                id: Some(id.to_string()),
                members: found.members,
                ..new_page(&form, vec![error])
            };
            desk.page(situation, &page)
        }
    }
}

pub(in crate::pages) async fn delete(
    desk: Desk,
    Path(id): Path<String>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let found = found(&desk, &id).await?;
    let id = found.organisation.id;
    if form.get("confirmed").is_empty() {
        let members = i64::try_from(found.members).unwrap_or(i64::MAX);
        let page = AdminConfirm {
            title: Words::key("organisation-delete-title"),
            what: vec![
                Words::key("organisation-delete-which").with("name", found.organisation.name.as_str()),
                Words::key("organisation-delete-what").with("count", members),
            ],
            action: format!("{ORGANISATIONS}/{id}/delete"),
            carried: Vec::new(),
            button: Words::key("organisation-delete"),
            danger: true,
            back: format!("{ORGANISATIONS}/{id}"),
        };
        return desk.page(Situation::Shown, &page);
    }
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let organisations = desk.visit().state.auth.organisations();
    let outcome = match organisations.delete(&desk.acting(), desk.workspace(), id).await {
        Ok(true) => desk.done(ORGANISATIONS, Notice::OrganisationDeleted),
        Ok(false) => Err(missing()),
        Err(error) => Err(error.into()),
    };
    given.seal(&desk.member, outcome)
}
