//! `/admin/security/providers`: credentials of providers that the workspace brings itself, and *Try it* (C3).

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::workspace::keep_provider::{ForgetProviderError, KeepProviderError, TypedProvider};
use doorward_auth::workspace::try_provider::{TrialBegun, TryProviderError};
use doorward_auth::{SignInError, TriedProvider};
use doorward_domain::own_provider::{ClientSecret, DraftProblem, OwnProvider, SAYS_WHO};
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::role::{Rights, Role};
use doorward_domain::words::Words;
use http::HeaderMap;

use super::Desk;
use super::security::{PAGE, provider_name};
use crate::extract::FormAttempt;
use crate::pages::answer;
use crate::pages::confirm::{Leave, Sent};
use crate::pages::notice::Notice;
use crate::pages::provider::{provider_of, send_away};
use crate::pages::visit::{PageKind, Visit};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::Journey;
use crate::render::views::admin::security::{AdminProvider, ProviderField, ProviderTried, TriedArrival, TriedFault};
use crate::render::views::{FieldError, Refusal};

/// The keys that the form begins with; the others are seldom needed.
const FIRST: [&str; 3] = ["name", "client_id", "issuer"];
/// The others.
const MORE: [&str; 9] = [
    "kind",
    "scopes",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "authoritative_for",
    "tenants",
    "max_age",
];

/// What is shown beside the form.
#[derive(Default)]
struct Again {
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
}

/// The form as it is shown: an id as it was typed, and what is said of the provider.
struct Filled {
    id: String,
    values: BTreeMap<String, String>,
}

impl Filled {
    fn sent(form: &Sent) -> Self {
        let said = FIRST.into_iter().chain(MORE);
        Self {
            id: form.get("id").trim().to_owned(),
            values: said.map(|key| (key.to_owned(), form.get(key).to_owned())).collect(),
        }
    }
}

fn typed(form: &Sent, id: ProviderId) -> TypedProvider {
    let secret = form.get("secret");
    TypedProvider {
        id,
        values: Filled::sent(form).values,
        secret: (!secret.trim().is_empty()).then(|| ClientSecret::new(secret.to_owned())),
    }
}

/// The form for a provider that nobody has named yet.
pub(super) async fn new(desk: Desk) -> Result<Response, Fault> {
    let filled = Filled {
        id: String::new(),
        values: BTreeMap::new(),
    };
    page(&desk, Situation::Shown, filled, Again::default()).await
}

/// The form for one provider.
pub(super) async fn show(desk: Desk, Path(provider): Path<String>) -> Result<Response, Fault> {
    let provider = provider_of(&provider)?;
    if provider.is_hand_over() {
        return Err(Fault::new(FaultKind::NotFound));
    }
    page(
        &desk,
        Situation::Shown,
        filled(&desk, &provider).await?,
        Again::default(),
    )
    .await
}

async fn filled(desk: &Desk, provider: &ProviderId) -> Result<Filled, Fault> {
    let kept = kept(desk, provider).await?;
    Ok(Filled {
        id: provider.to_string(),
        values: kept.map(|kept| kept.draft.values).unwrap_or_default(),
    })
}

async fn kept(desk: &Desk, provider: &ProviderId) -> Result<Option<OwnProvider>, Fault> {
    let providers = desk.visit().state.auth.providers();
    Ok(providers.find(desk.workspace(), provider).await?)
}

/// Keeps credentials (**Save credentials**).
pub(super) async fn save(desk: Desk, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => return expired(&desk, &form).await,
    };
    let Ok(id) = ProviderId::parse(form.get("id").trim()) else {
        return wrong_id(&desk, &form).await;
    };
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let providers = desk.visit().state.auth.providers();
    let kept = providers.keep(&desk.acting(), desk.workspace(), typed(&form, id)).await;
    let outcome = match kept {
        Ok(kept) => desk.done(&format!("{PAGE}/providers/{}", kept.draft.id), Notice::ProviderSaved),
        Err(error) => refused(&desk, &form, error).await,
    };
    given.seal(&desk.member, outcome)
}

/// Tries credentials without keeping them (**Try it**).
pub(super) async fn try_out(desk: Desk, headers: HeaderMap, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => return expired(&desk, &form).await,
    };
    let Ok(id) = ProviderId::parse(form.get("id").trim()) else {
        return wrong_id(&desk, &form).await;
    };
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let visit = desk.visit();
    let providers = visit.state.auth.providers();
    let begun = providers
        .try_out(
            &visit.caller(),
            desk.workspace(),
            desk.session(),
            typed(&form, id.clone()),
        )
        .await;
    let outcome = match begun {
        Ok(TrialBegun::Away { url }) => send_away(visit, &headers, &id, &url, &ReturnTo::default()),
        Ok(TrialBegun::Failed(failed)) => tried(visit, &failed),
        Err(TryProviderError::Draft(error)) => refused(&desk, &form, error).await,
        Err(TryProviderError::SignIn(error)) => Err(SignInError::into(error)),
        Err(TryProviderError::NoBrowser) => Err(Fault::new(FaultKind::BadRequest)),
    };
    given.seal(&desk.member, outcome)
}

/// Forgets credentials (**Remove own credentials**).
pub(super) async fn remove(
    desk: Desk,
    Path(provider): Path<String>,
    form: FormAttempt<Sent>,
) -> Result<Response, Fault> {
    let provider = provider_of(&provider)?;
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(form) => return expired(&desk, &form).await,
    };
    let given = match desk.fresh(&form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let providers = desk.visit().state.auth.providers();
    let outcome = match providers.forget(&desk.acting(), desk.workspace(), &provider).await {
        Ok(true) => desk.done(PAGE, Notice::ProviderRemoved),
        Ok(false) => Err(Fault::new(FaultKind::NotFound)),
        Err(ForgetProviderError::LastWayIn) => {
            let again = Again {
                refusal: Some(Refusal {
                    code: "last-way-in".to_owned(),
                    words: Words::key("provider-last-way-in"),
                    help_code: None,
                    directory: None,
                }),
                ..Again::default()
            };
            page(&desk, Situation::Conflict, filled(&desk, &provider).await?, again).await
        }
        Err(ForgetProviderError::Port(error)) => Err(error.into()),
    };
    given.seal(&desk.member, outcome)
}

/// What a round trip on trial came to.
pub(in crate::pages) fn tried(visit: &Visit, tried: &TriedProvider) -> Result<Response, Fault> {
    let page = ProviderTried {
        name: tried.provider.to_string(),
        id: tried.provider.to_string(),
        arrived: tried.result.as_ref().ok().map(arrival),
        fault: tried.result.as_ref().err().map(|fault| TriedFault {
            reason: fault.reason.as_str().to_owned(),
            says: fault.says.clone(),
        }),
    };
    let situation = match &tried.result {
        Ok(_) => Situation::Shown,
        Err(_) => Situation::Unfit,
    };
    visit.page(PageKind::Plain, situation, Journey::default(), &page)
}

fn arrival(arrived: &Arrived) -> TriedArrival {
    TriedArrival {
        subject: arrived.identity.subject.clone(),
        issuer: arrived.identity.issuer.clone(),
        name: arrived.name.clone(),
        email: arrived.email.as_ref().map(|email| email.address.to_string()),
        worth: match &arrived.email {
            None => Words::key("tried-worth-none"),
            Some(email) if email.authoritative => Words::key("tried-worth-proved"),
            Some(email) if email.verified => Words::key("tried-worth-claimed"),
            Some(_) => Words::key("tried-worth-hint"),
        },
        second_factor: arrived.second_factor,
    }
}

async fn expired(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    let again = Again {
        refusal: Some(answer::form_expired()),
        ..Again::default()
    };
    page(desk, Situation::FormExpired, Filled::sent(form), again).await
}

async fn wrong_id(desk: &Desk, form: &Sent) -> Result<Response, Fault> {
    let again = Again {
        errors: vec![FieldError::new("id", Words::key("provider-id-wrong"))],
        ..Again::default()
    };
    page(desk, Situation::Unfit, Filled::sent(form), again).await
}

async fn refused(desk: &Desk, form: &Sent, error: KeepProviderError) -> Result<Response, Fault> {
    let (situation, errors) = match error {
        KeepProviderError::Problems(problems) => (Situation::Unfit, problems.iter().map(error_of).collect()),
        KeepProviderError::BeyondReach(keys) => (
            Situation::Forbidden,
            keys.into_iter()
                .map(|key| FieldError::new(key, Words::key("provider-owner-only")))
                .collect(),
        ),
        KeepProviderError::TooMany => (
            Situation::Conflict,
            vec![FieldError::new("id", Words::key("provider-too-many"))],
        ),
        KeepProviderError::Gone => return Err(Fault::new(FaultKind::NotFound)),
        KeepProviderError::Port(error) => return Err(error.into()),
    };
    let again = Again {
        errors,
        ..Again::default()
    };
    page(desk, situation, Filled::sent(form), again).await
}

fn error_of(problem: &DraftProblem) -> FieldError {
    let words = match problem.key {
        "id" => return FieldError::new("id", Words::key("provider-id-wrong")),
        "client_secret" => return FieldError::new("secret", Words::key("provider-secret-missing")),
        "client_id" => Words::key("provider-client-id-missing"),
        "kind" => Words::key("provider-kind-wrong"),
        "scopes" => Words::key("provider-scopes-wrong"),
        "tenants" => Words::key("provider-tenants-wrong"),
        "max_age" => Words::key("provider-max-age-wrong"),
        "authoritative_for" => Words::key("provider-domains-wrong"),
        _ => Words::key("provider-address-wrong"),
    };
    FieldError::new(problem.key, words)
}

fn label_of(key: &str) -> (Words, Option<Words>) {
    match key {
        "name" => (Words::key("provider-name"), Some(Words::key("provider-name-hint"))),
        "client_id" => (Words::key("provider-client-id"), None),
        "issuer" => (Words::key("provider-issuer"), Some(Words::key("provider-issuer-hint"))),
        "kind" => (Words::key("provider-kind"), Some(Words::key("provider-kind-hint"))),
        "scopes" => (Words::key("provider-scopes"), Some(Words::key("provider-scopes-hint"))),
        "authorization_endpoint" => (Words::key("provider-authorization"), None),
        "token_endpoint" => (Words::key("provider-token"), None),
        "userinfo_endpoint" => (Words::key("provider-userinfo"), None),
        "jwks_uri" => (Words::key("provider-jwks"), None),
        "authoritative_for" => (
            Words::key("provider-authoritative"),
            Some(Words::key("provider-authoritative-hint")),
        ),
        "tenants" => (
            Words::key("provider-tenants"),
            Some(Words::key("provider-tenants-hint")),
        ),
        _ => (
            Words::key("provider-max-age"),
            Some(Words::key("provider-max-age-hint")),
        ),
    }
}

async fn page(desk: &Desk, situation: Situation, filled: Filled, again: Again) -> Result<Response, Fault> {
    let workspace = desk.workspace();
    let provider = ProviderId::parse(&filled.id).ok();
    let providers = desk.visit().state.auth.providers();
    let offered = providers.offered(workspace);
    let described = provider
        .as_ref()
        .and_then(|id| offered.into_iter().find(|offered| offered.id == *id));
    let kept = match &provider {
        Some(id) => kept(desk, id).await?,
        None => None,
    };
    let reaches_owner = desk.acting().rights.reach(Rights::of(Role::Owner));
    let field = |name: &'static str| {
        let (label, hint) = label_of(name);
        ProviderField {
            name,
            label,
            hint,
            value: filled.values.get(name).cloned().unwrap_or_default(),
            out_of_reach: !reaches_owner && SAYS_WHO.contains(&name),
        }
    };
    let id_is_wrong = again.errors.iter().any(|error| error.field == "id");
    let page = AdminProvider {
        name: provider_name(desk, &filled.id),
        own: kept.is_some(),
        of_server: described.is_some() && kept.is_none(),
        callback: provider.filter(|_| !id_is_wrong).map(|id| {
            let config = desk.visit().state.auth.config();
            let origin = config
                .public_url
                .origin_of_workspace(workspace, config.default_workspace.as_ref());
            format!("{origin}/sign-in/callback/{id}")
        }),
        fields: FIRST.into_iter().map(field).collect(),
        more: MORE.into_iter().map(field).collect(),
        has_secret: kept.is_some(),
        id: filled.id.clone(),
        refusal: again.refusal,
        errors: again.errors,
    };
    desk.page(situation, &page)
}
