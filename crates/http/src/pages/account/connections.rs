//! `/account/connections`: accounts at providers that sign in to this one (A6, R57).

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use doorward_auth::account::connect_identity::{OwnConnection, OwnConnections};
use doorward_auth::account::disconnect_identity::DisconnectedIdentity;
use doorward_auth::{ConnectedIdentity, Departed};
use doorward_domain::fresh_proof::FreshProof;
use doorward_domain::ids::ConnectionId;
use doorward_domain::provider::ProviderId;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::time_zone::TimeZone;
use http::HeaderMap;

use super::{CONNECTIONS, Member, refusal};
use crate::extract::FormAttempt;
use crate::pages::answer::{self, Told};
use crate::pages::confirm::{self, Leave, Sent};
use crate::pages::notice::{self, Notice};
use crate::pages::provider::{provider_of, send_away};
use crate::pages::visit::{PageKind, Visit, see_other};
use crate::problem::{Fault, Situation};
use crate::render::views::{AccountConnections, ConnectionRow, ProviderButton, Refusal};
use crate::render::{Journey, When, messages};

pub(super) async fn show(member: Member) -> Result<Response, Fault> {
    page(&member, Situation::Shown, None).await
}

async fn expired(member: &Member) -> Result<Response, Fault> {
    page(member, Situation::FormExpired, Some(answer::form_expired())).await
}

async fn own(member: &Member) -> Result<Option<OwnConnections>, Fault> {
    let accounts = member.visit.state.auth.account();
    Ok(accounts.connections(&member.workspace, &member.session).await?)
}

async fn page(member: &Member, situation: Situation, refusal: Option<Refusal>) -> Result<Response, Fault> {
    let Some(own) = own(member).await? else {
        return member.signed_out();
    };
    let zone = member.zone();
    let page = AccountConnections {
        connections: own.connected.into_iter().map(|own| row(member, own, &zone)).collect(),
        providers: own.open.into_iter().map(ProviderButton::from).collect(),
        refusal,
    };
    member.visit.page(PageKind::Form, situation, Journey::default(), &page)
}

fn row(member: &Member, own: OwnConnection, zone: &TimeZone) -> ConnectionRow {
    let offered = member.visit.state.auth.sign_in().providers(&member.workspace);
    let audience = member.session.role.audience();
    let id = &own.provider.id;
    let open =
        offered.iter().any(|offered| offered.id == *id) && member.workspace.security.offers_provider(audience, id);
    ConnectionRow {
        id: own.connection.id.to_string(),
        provider: own.provider.into(),
        label: own.connection.label,
        since: When::of(own.connection.created_at, zone),
        used: own.connection.last_used_at.map(|at| When::of(at, zone)),
        open,
    }
}

/// Sends somebody to a provider, to connect who they are there (**Connect …**).
pub(super) async fn connect(
    member: Member,
    Path(provider): Path<String>,
    headers: HeaderMap,
    form: FormAttempt<Sent>,
) -> Result<Response, Fault> {
    let provider = provider_of(&provider)?;
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = depart(&member, given.proof, &provider, &headers).await;
    given.seal(&member, outcome)
}

async fn depart(
    member: &Member,
    proof: FreshProof,
    provider: &ProviderId,
    headers: &HeaderMap,
) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let departed = accounts
        .connect_identity(&visit.caller(), &member.workspace, proof, provider)
        .await?;
    match departed {
        Departed::Away { url } => send_away(visit, headers, provider, &url, &ReturnTo::parse(CONNECTIONS)),
        Departed::Refused(refused) => {
            let told = answer::told(visit, &refused)?;
            let shown = page(member, told.situation, Some(told.refusal.clone())).await?;
            Ok(told.dress(shown))
        }
    }
}

/// What follows once an identity is connected.
pub(in crate::pages) fn connected(visit: &Visit, connected: &ConnectedIdentity) -> Result<Response, Fault> {
    (visit.state.mail_promised)();
    let response = see_other(connected.return_to.as_str())?;
    Ok(notice::leave(visit, Notice::Connected, response))
}

/// The page of somebody who came back and was refused; `None` where it was not from here that they left.
pub(in crate::pages) async fn refused(
    visit: &Visit,
    return_to: &ReturnTo,
    told: &Told,
) -> Result<Option<Response>, Fault> {
    let Some(session) = visit.session.clone().filter(|_| return_to.as_str() == CONNECTIONS) else {
        return Ok(None);
    };
    let member = Member {
        visit: visit.clone(),
        session,
        workspace: Arc::clone(visit.workspace()?),
    };
    page(&member, told.situation, Some(told.refusal.clone()))
        .await
        .map(Some)
}

/// Takes a connection away (**Disconnect …**).
pub(super) async fn disconnect(member: Member, form: FormAttempt<Sent>) -> Result<Response, Fault> {
    let form = match form {
        FormAttempt::Fresh(form) => form,
        FormAttempt::Expired(_) => return expired(&member).await,
    };
    let Ok(id) = form.get("id").parse::<ConnectionId>() else {
        return see_other(CONNECTIONS);
    };
    let Some(all) = own(&member).await? else {
        return member.signed_out();
    };
    let known = all.connected.into_iter().find(|own| own.connection.id == id);
    match &known {
        Some(known) if known.last_way => return last_way(&member).await,
        Some(known) => {
            let title = messages::account::about_to_disconnect();
            if let Some(response) = confirm::warn_of(&member, &form, known.warnings.clone(), title)? {
                return Ok(response);
            }
        }
        None => return gone(&member).await,
    }
    let given = match confirm::fresh(&member, &form).await? {
        Leave::Given(given) => given,
        Leave::Asked(response) => return Ok(response),
    };
    let outcome = take_away(&member, given.proof, id).await;
    given.seal(&member, outcome)
}

async fn take_away(member: &Member, proof: FreshProof, id: ConnectionId) -> Result<Response, Fault> {
    let visit = &member.visit;
    let accounts = visit.state.auth.account();
    let outcome = accounts
        .disconnect_identity(&visit.caller(), &member.workspace, proof, id)
        .await?;
    match outcome {
        DisconnectedIdentity::Disconnected(_) => {
            member.mail_promised();
            member.done(CONNECTIONS, Notice::Disconnected)
        }
        DisconnectedIdentity::LastWay(_) => last_way(member).await,
        DisconnectedIdentity::Unknown => gone(member).await,
    }
}

async fn last_way(member: &Member) -> Result<Response, Fault> {
    let refusal = refusal("last-way-in", messages::account::last_way_in());
    page(member, Situation::Conflict, Some(refusal)).await
}

async fn gone(member: &Member) -> Result<Response, Fault> {
    let refusal = refusal("connection-gone", messages::account::connection_gone());
    page(member, Situation::Gone, Some(refusal)).await
}
