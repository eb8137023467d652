//! `/admin/api-keys`: keys of the portal application (C9). Only people make them: a key never makes a key.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_auth::workspace::create_api_key::{CreateApiKeyError, NewApiKey};
use doorward_domain::api_key::{ApiKey, Scope};
use doorward_domain::audit::Actor;
use doorward_domain::ids::{ApiKeyId, UserId};
use doorward_domain::time_zone::rfc3339;
use doorward_domain::user::clean_name;
use doorward_domain::words::Words;

use super::Desk;
use crate::extract::Form;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::When;
use crate::render::views::FieldError;
use crate::render::views::admin::{
    AdminApiKeyMade, AdminApiKeyNew, AdminApiKeys, AdminConfirm, ApiKeyRow, PermissionBox,
};
use crate::site::SiteState;

const API_KEYS: &str = "/admin/api-keys";

pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .route(API_KEYS, get(list).post(create))
        .route("/admin/api-keys/new", get(new))
        .route("/admin/api-keys/{key}/revoke", post(revoke))
}

fn scope_words(scope: Scope) -> Words {
    match scope {
        Scope::UsersRead => Words::key("scope-users-read"),
        Scope::UsersWrite => Words::key("scope-users-write"),
        Scope::PortalLinksWrite => Words::key("scope-portal-links-write"),
        Scope::SessionsWrite => Words::key("scope-sessions-write"),
        Scope::SignInCheckRead => Words::key("scope-sign-in-check-read"),
        Scope::MailRead => Words::key("scope-mail-read"),
        Scope::MailWrite => Words::key("scope-mail-write"),
        Scope::AuditRead => Words::key("scope-audit-read"),
        Scope::SettingsWrite => Words::key("scope-settings-write"),
    }
}

fn field_of(scope: Scope) -> String {
    format!("scope-{}", scope.as_str().replace(':', "-"))
}

fn ticked(form: &Sent) -> Vec<Scope> {
    let all = Scope::ALL.into_iter();
    all.filter(|scope| !form.get(&field_of(*scope)).is_empty()).collect()
}

/// Who made each key, in words.
async fn makers(desk: &Desk, keys: &[ApiKey]) -> Result<HashMap<UserId, Words>, Fault> {
    let mut makers = HashMap::new();
    for key in keys {
        if let Actor::User(id) = key.created_by
            && !makers.contains_key(&id)
        {
            let user = desk.visit().state.auth.people().find(desk.workspace(), id).await?;
            let words = match user {
                Some(user) => Words::key("api-key-by-person").with("name", user.display_name()),
                None => Words::key("api-key-by-gone"),
            };
            makers.insert(id, words);
        }
    }
    Ok(makers)
}

pub(in crate::pages) async fn list(desk: Desk) -> Result<Response, Fault> {
    let mut keys = desk.visit().state.auth.api_keys().list(desk.workspace()).await?;
    keys.sort_by_key(|key| (key.revoked_at.is_some(), std::cmp::Reverse(key.created_at)));
    let makers = makers(&desk, &keys).await?;
    let zone = desk.zone();
    let row = |key: ApiKey| ApiKeyRow {
        id: key.id.to_string(),
        name: key.name,
        last_four: key.last_four,
        scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        made: When::of(key.created_at, &zone),
        by: match key.created_by {
            Actor::User(id) => makers
                .get(&id)
                .cloned()
                .unwrap_or_else(|| Words::key("api-key-by-gone")),
            _ => Words::key("api-key-by-operator"),
        },
        last_used: key.last_used_at.map(|at| rfc3339(at).chars().take(10).collect()),
        live: key.revoked_at.is_none(),
    };
    let page = AdminApiKeys {
        keys: keys.into_iter().map(row).collect(),
    };
    desk.page(Situation::Shown, &page)
}

fn new_page(desk: &Desk, form: &Sent, errors: Vec<FieldError>) -> AdminApiKeyNew {
    let ticked = ticked(form);
    AdminApiKeyNew {
        name: form.get("name").to_owned(),
        scopes: Scope::ALL
            .into_iter()
            .map(|scope| PermissionBox {
                name: field_of(scope),
                label: scope_words(scope),
                ticked: ticked.contains(&scope),
                lacking: !desk.may(scope.permission()),
            })
            .collect(),
        errors,
    }
}

pub(in crate::pages) async fn new(desk: Desk) -> Result<Response, Fault> {
    desk.page(Situation::Shown, &new_page(&desk, &Sent::default(), Vec::new()))
}

pub(in crate::pages) async fn create(desk: Desk, Form(form): Form<Sent>) -> Result<Response, Fault> {
    match desk.fresh(&form).await? {
        Leave::Asked(response) => Ok(response),
        Leave::Given(given) => given.seal(&desk.member, create_given(&desk, &form).await),
    }
}

async fn create_given(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    if clean_name(form.get("name")).is_empty() {
        let error = FieldError::new("name", Words::key("api-key-name-missing"));
        return desk.page(Situation::Unfit, &new_page(desk, form, vec![error]));
    }
    let wanted = NewApiKey {
        name: form.get("name").to_owned(),
        scopes: ticked(form),
    };
    let workspaces = desk.visit().state.auth.workspaces();
    match workspaces
        .create_api_key(&desk.acting(), desk.workspace(), wanted)
        .await
    {
        Ok((made, key)) => desk.page(Situation::Made, &AdminApiKeyMade { name: made.name, key }),
        Err(CreateApiKeyError::BeyondOwn(_)) => {
            let error = FieldError::new("scopes", Words::key("api-key-beyond-own"));
            desk.page(Situation::Forbidden, &new_page(desk, form, vec![error]))
        }
        Err(CreateApiKeyError::Port(error)) => Err(error.into()),
        Err(_) => Err(Fault::new(FaultKind::Forbidden)),
    }
}

pub(in crate::pages) async fn revoke(
    desk: Desk,
    Path(id): Path<String>,
    Form(form): Form<Sent>,
) -> Result<Response, Fault> {
    let missing = || Fault::new(FaultKind::NotFound);
    let id: ApiKeyId = id.parse().map_err(|_id| missing())?;
    let api_keys = desk.visit().state.auth.api_keys();
    let keys = api_keys.list(desk.workspace()).await?;
    let key = keys.into_iter().find(|key| key.id == id && key.revoked_at.is_none());
    let key = key.ok_or_else(missing)?;
    if form.get("confirmed").is_empty() {
        let named = if key.name.is_empty() { key.last_four } else { key.name };
        let page = AdminConfirm {
            title: Words::key("api-key-revoke-title"),
            what: vec![Words::key("api-key-revoke-what").with("name", named)],
            action: format!("{API_KEYS}/{id}/revoke"),
            carried: Vec::new(),
            button: Words::key("api-key-revoke"),
            danger: true,
            back: API_KEYS.to_owned(),
        };
        return desk.page(Situation::Shown, &page);
    }
    if api_keys.revoke(&desk.acting(), desk.workspace(), id).await? {
        desk.done(API_KEYS, Notice::ApiKeyRevoked)
    } else {
        Err(missing())
    }
}
