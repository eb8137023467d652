//! Signing in with a provider (B6–B8): its buttons, the way there and back, and the one more step of whoever comes without
//! an email that counts.

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::sign_in::one_more_step;
use doorward_auth::sign_in::with_provider::{ProviderAnswer, ProviderRequest};
use doorward_auth::{Departed, EmailNeeded, SignInOutcome};
use doorward_domain::ids::TripId;
use doorward_domain::ports::CallbackQuery;
use doorward_domain::provider::{ProviderDescription, ProviderId};
use doorward_domain::reason::PublicReason;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::workspace::Workspace;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::account::connections;
use super::admin::providers;
use super::answer::{self, Outcome};
use super::fields::{self, Query};
use super::last_used::{self, Way};
use super::visit::{PageKind, Visit, journey, see_other};
use super::{keep, sign_in};
use crate::edge::TokenPage;
use crate::extract::FormAttempt;
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::messages::refusals;
use crate::render::views::{self, Departing, DirectoryNote, FieldError, ProviderButton, Providers, Refusal};

/// Where the one more step is.
const ONE_MORE_STEP: &str = "/sign-in/email";

const REFRESH: HeaderName = HeaderName::from_static("refresh");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The buttons of the workspace's providers, for a page of the door.
pub(super) fn buttons(visit: &Visit) -> Result<Providers, Fault> {
    let workspace = visit.workspace()?;
    let offered = visit.state.auth.sign_in().providers(workspace);
    let rule = &workspace.security.directory;
    Ok(Providers {
        buttons: offered.into_iter().map(ProviderButton::from).collect(),
        directory: rule.required.then(|| DirectoryNote { ask: rule.ask.clone() }),
        last_used: match last_used::read(visit) {
            Some(Way::Provider(provider)) => Some(provider.to_string()),
            Some(Way::Local(_)) | None => None,
        },
    })
}

/// The provider in an address; a name that none can have leads nowhere.
pub(super) fn provider_of(text: &str) -> Result<ProviderId, Fault> {
    ProviderId::parse(text).map_err(|_| Fault::new(FaultKind::NotFound))
}

/// The fields of a button's form.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    keep: String,
    return_to: Option<String>,
}

/// Whoever comes to the address of a button by themselves finds the button.
pub(super) async fn to_the_buttons(visit: Visit, query: Query) -> Result<Response, Fault> {
    visit.workspace()?;
    let return_to = visit.destination(query.get("return_to"));
    see_other(&format!("/sign-in{}", journey(None, &return_to).query()))
}

/// Sends somebody to a provider (**Sign in with …**).
pub(super) async fn depart(
    visit: Visit,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: FormAttempt<Fields>,
) -> Result<Response, Fault> {
    let workspace = Workspace::clone(visit.workspace()?);
    let provider = provider_of(&provider)?;
    let (fresh, fields) = form.into_parts();
    let return_to = visit.destination(fields.return_to.as_deref());
    let typed = sign_in::Typed {
        email: "",
        // Without script the form cannot know what is ticked in the one above it: the choice stays as it was.
        keep: match fields.keep.as_str() {
            "" => keep::is_on(&visit),
            said => keep::is_ticked(Some(said)),
        },
        return_to: &return_to,
    };
    if !fresh {
        return sign_in::expired(&visit, &typed);
    }
    let request = ProviderRequest {
        workspace,
        provider: provider.clone(),
        return_to: return_to.clone(),
    };
    let departed = visit
        .state
        .auth
        .sign_in()
        .begin_with_provider(&visit.caller(), request)
        .await?;
    match departed {
        Departed::Away { url } => {
            let response = send_away(&visit, &headers, &provider, &url, &return_to)?;
            Ok(keep::remember(&visit, typed.keep, response))
        }
        Departed::Refused(refused) => sign_in::answer(&visit, &typed, SignInOutcome::Refused(refused)),
    }
}

/// Sends the browser on to a provider. A redirect in answer to a form is one of the places that a page's forms may go to
/// (`form-action`), and so is each redirect that follows it; nobody knows beforehand where a provider passes people on to.
/// So a browser gets a page that leads on by itself, which ends the form's own journey here. Whoever is no browser gets
/// the redirect.
pub(super) fn send_away(
    visit: &Visit,
    headers: &HeaderMap,
    provider: &ProviderId,
    url: &str,
    return_to: &ReturnTo,
) -> Result<Response, Fault> {
    let navigates = headers.get(FETCH_MODE).is_some_and(|mode| mode == "navigate");
    if !navigates {
        return see_other(url);
    }
    let page = Departing {
        provider: name_of(visit, provider)?,
        url: url.to_owned(),
    };
    let mut response = visit.page(PageKind::Plain, Situation::Shown, journey(None, return_to), &page)?;
    let refresh = HeaderValue::from_str(&format!("0;url={url}")).map_err(|_| Fault::new(FaultKind::Internal))?;
    response.headers_mut().insert(REFRESH, refresh);
    response.extensions_mut().insert(TokenPage);
    Ok(response)
}

/// The word for a provider; its id where it has none any more.
fn name_of(visit: &Visit, provider: &ProviderId) -> Result<String, Fault> {
    let offered = visit.state.auth.sign_in().providers(visit.workspace()?);
    let named = offered.into_iter().find(|offered| offered.id == *provider);
    Ok(named.map_or_else(|| provider.to_string(), |ProviderDescription { name, .. }| name))
}

/// Takes in whoever comes back from a provider. The address holds what is good once, so the answer tells no referrer,
/// whatever it is.
pub(super) async fn arrive(visit: Visit, Path(provider): Path<String>, query: Query) -> Result<Response, Fault> {
    let workspace = Workspace::clone(visit.workspace()?);
    let provider = provider_of(&provider)?;
    let text = |name| query.get(name).map(str::to_owned);
    let answer = ProviderAnswer {
        workspace,
        provider: provider.clone(),
        state: text("state"),
        query: CallbackQuery {
            code: text("code"),
            issuer: text("iss"),
            error: text("error"),
        },
        session: visit.session.as_deref().cloned(),
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .finish_with_provider(&visit.caller(), answer)
        .await?;
    let mut response = came_to(&visit, outcome, provider).await?;
    response.extensions_mut().insert(TokenPage);
    Ok(response)
}

async fn came_to(visit: &Visit, outcome: SignInOutcome, provider: ProviderId) -> Result<Response, Fault> {
    let outcome = match outcome {
        SignInOutcome::Connected(connected) => return connections::connected(visit, &connected),
        SignInOutcome::Tried(tried) => return providers::tried(visit, &tried),
        SignInOutcome::EmailNeeded(needed) => {
            let mut response = see_other(&one_more_step_at(&needed))?;
            last_used::remember(visit, &Way::Provider(provider), &mut response);
            return Ok(response);
        }
        outcome => outcome,
    };
    let refused = match answer::outcome(visit, outcome, keep::is_on(visit))? {
        Outcome::Answered(mut response) => {
            last_used::remember(visit, &Way::Provider(provider), &mut response);
            return Ok(response);
        }
        Outcome::CodeSent(_) => return Err(Fault::new(FaultKind::Internal)),
        Outcome::Refused(refused) => refused,
    };
    let return_to = refused.return_to.clone().unwrap_or_default();
    // The answer to a round trip that was answered already, in a browser that is in: a page loaded again.
    let answered = refused.reason == PublicReason::SessionExpired && refused.return_to.is_some();
    if answered && visit.session.is_some() {
        return see_other(return_to.as_str());
    }
    let mut told = answer::told(visit, &refused)?;
    if refused.reason == PublicReason::SessionExpired {
        told.refusal.words = refusals::session_expired();
    }
    let shown = if let Some(shown) = connections::refused(visit, &return_to, &told).await? {
        shown
    } else {
        let again = sign_in::Again {
            email: "",
            keep: None,
            return_to: &return_to,
            refusal: Some(told.refusal.clone()),
            errors: Vec::new(),
        };
        sign_in::page(visit, told.situation, again)?
    };
    Ok(told.dress(shown))
}

fn one_more_step_at(needed: &EmailNeeded) -> String {
    with_held(ONE_MORE_STEP, needed.held, &journey(None, &needed.return_to).query())
}

/// An address that names what is held, and carries a journey.
pub(super) fn with_held(path: &str, held: TripId, query: &str) -> String {
    let rest = query
        .strip_prefix('?')
        .map(|rest| format!("&{rest}"))
        .unwrap_or_default();
    format!("{path}?held={held}{rest}")
}

/// What is held, as a request names it.
pub(super) fn held_of(text: Option<&str>) -> Option<TripId> {
    text?.parse().ok()
}

/// The fields of the one more step.
#[derive(Deserialize)]
pub(super) struct EmailFields {
    #[serde(default)]
    email: String,
    held: Option<String>,
    return_to: Option<String>,
}

/// Asks for an address: "One more step" (B7).
pub(super) async fn show_email(visit: Visit, query: Query) -> Result<Response, Fault> {
    let held = held_of(query.get("held"));
    let Some(needed) = held_here(&visit, held).await? else {
        return over(&visit, &visit.destination(query.get("return_to")), None);
    };
    if visit.session.is_some() {
        return see_other(needed.return_to.as_str());
    }
    let email = needed.hint.clone().unwrap_or_default();
    email_page(&visit, Situation::Shown, &needed, &email, None, Vec::new())
}

/// Puts a code on its way to the address (**Continue**).
pub(super) async fn submit_email(visit: Visit, form: FormAttempt<EmailFields>) -> Result<Response, Fault> {
    let (fresh, fields) = form.into_parts();
    let held = held_of(fields.held.as_deref());
    let return_to = visit.destination(fields.return_to.as_deref());
    let Some(needed) = held_here(&visit, held).await? else {
        return over(&visit, &return_to, None);
    };
    let again = |situation, refusal, errors| email_page(&visit, situation, &needed, &fields.email, refusal, errors);
    if !fresh {
        return again(Situation::FormExpired, Some(answer::form_expired()), Vec::new());
    }
    let address = match fields::email(&fields.email) {
        Ok(address) => address,
        Err(error) => return again(Situation::Unfit, None, vec![error]),
    };
    let request = one_more_step::OneMoreStep {
        workspace: Workspace::clone(visit.workspace()?),
        held: needed.held,
        address,
    };
    let outcome = visit
        .state
        .auth
        .sign_in()
        .one_more_step(&visit.caller(), request)
        .await?;
    match answer::outcome(&visit, outcome, keep::is_on(&visit))? {
        Outcome::Answered(response) => Ok(response),
        Outcome::CodeSent(sent) => {
            let query = journey(Some(sent.flow), &needed.return_to).query();
            see_other(&with_held("/sign-in/code", needed.held, &query))
        }
        Outcome::Refused(refused) => {
            let told = answer::told(&visit, &refused)?;
            let shown = if refused.reason == PublicReason::SessionExpired {
                over(&visit, &needed.return_to, told.refusal.help_code.clone())?
            } else {
                again(told.situation, Some(told.refusal.clone()), Vec::new())?
            };
            Ok(told.dress(shown))
        }
    }
}

async fn held_here(visit: &Visit, held: Option<TripId>) -> Result<Option<EmailNeeded>, Fault> {
    let workspace = visit.workspace()?;
    let Some(held) = held else { return Ok(None) };
    let sign_in = visit.state.auth.sign_in();
    Ok(sign_in.held_arrival(&visit.caller(), workspace, held).await?)
}

/// Nothing is held any more, or it is another browser's: begin again, with the destination kept.
fn over(visit: &Visit, return_to: &ReturnTo, help_code: Option<String>) -> Result<Response, Fault> {
    let again = sign_in::Again {
        email: "",
        keep: None,
        return_to,
        refusal: Some(Refusal {
            words: refusals::session_expired(),
            ..answer::attempt_over(help_code)
        }),
        errors: Vec::new(),
    };
    sign_in::page(visit, Situation::Gone, again)
}

fn email_page(
    visit: &Visit,
    situation: Situation,
    needed: &EmailNeeded,
    email: &str,
    refusal: Option<Refusal>,
    errors: Vec<FieldError>,
) -> Result<Response, Fault> {
    let page = views::OneMoreStep {
        held: needed.held.to_string(),
        provider: needed.provider.name.clone(),
        email: email.to_owned(),
        refusal,
        errors,
    };
    visit.page(PageKind::Form, situation, journey(None, &needed.return_to), &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stands_first_and_the_journey_behind_it() {
        let held: TripId = "0193fcb8-0000-4000-8000-000000000009".parse().unwrap();
        let named = |query| with_held("/x", held, query);
        assert_eq!(named(""), "/x?held=0193fcb8-0000-4000-8000-000000000009");
        assert_eq!(named("?a=b"), "/x?held=0193fcb8-0000-4000-8000-000000000009&a=b");
        assert_eq!(held_of(Some("0193fcb8-0000-4000-8000-000000000009")), Some(held));
        assert_eq!(held_of(Some("nonsense")), None);
    }
}
