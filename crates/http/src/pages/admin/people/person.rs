//! `/admin/users/{id}`: one person (C2). Nothing that is secret is on it.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use doorward_auth::portal::Whom;
use doorward_domain::ids::UserId;
use doorward_domain::portal_link::PortalLinkState;
use doorward_domain::provider::Connection;
use doorward_domain::session::Session;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::user::{SignInRecord, User, UserStatus};
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::{id_of, page_of, reaches, row_of};
use crate::pages::account::profile;
use crate::pages::admin::{Desk, access};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::views::Refusal;
use crate::render::views::admin::{
    AdminUser, PersonEmail, PersonIdentity, PersonInvitation, PersonPortalLink, PersonSession, Reach,
};
use crate::render::{When, messages};

const SIGN_IN_CHECK: &str = "/admin/sign-in-check";

pub(in crate::pages) async fn show(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    page(&desk, id_of(&id)?, Situation::Shown, None).await
}

/// The page, also in answer to something that was not done.
pub(super) async fn page(
    desk: &Desk,
    id: UserId,
    situation: Situation,
    refusal: Option<Refusal>,
) -> Result<Response, Fault> {
    let staff = desk.visit().state.auth.staff();
    let Some(record) = staff.record(desk.workspace(), id).await? else {
        return Err(Fault::new(FaultKind::NotFound));
    };
    let view = AdminUser {
        identities: identities(desk, id).await?,
        sessions: sessions(desk, &record.user).await?,
        portal_links: portal_links(desk, &record.user).await?,
        invitation: invitation(desk, &record.user).await?,
        emails: emails(desk, &record.user).await?,
        refusal,
        ..face(desk, &record)
    };
    desk.page(situation, &view)
}

/// What the record alone tells.
fn face(desk: &Desk, record: &SignInRecord) -> AdminUser {
    let (user, zone) = (&record.user, desk.zone());
    let page = page_of(user.id);
    let writes = reaches(desk, user) && user.status != UserStatus::Deleted;
    AdminUser {
        person: row_of(desk, user, &zone),
        // The instant is there for the browser only, so that a new picture is not taken for the old one.
        picture: user.picture_at.map(|at| format!("{page}/picture?{}", at.as_micros())),
        initials: profile::initials(user),
        added: When::of(user.created_at, &zone),
        language: user.language.clone(),
        time_zone: user.time_zone.clone(),
        emails: Vec::new(),
        password: user.has_password,
        two_factor: record.factors.app,
        passkeys: record.factors.passkeys,
        identities: Vec::new(),
        sessions: Vec::new(),
        portal_links: None,
        invitation: None,
        enable: (writes && user.status == UserStatus::Disabled).then(|| format!("{page}/enable")),
        check: check_of(desk, user),
        edit: writes.then(|| format!("{page}/edit")),
        refusal: None,
    }
}

fn check_of(desk: &Desk, user: &User) -> Option<String> {
    let primary = user.primary_email()?;
    let opens = access::asked(&Method::GET, SIGN_IN_CHECK).is_some_and(|asked| desk.may(asked));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("email", primary.address.as_str());
    opens.then(|| format!("{SIGN_IN_CHECK}?{}", query.finish()))
}

/// Each address, and whether mail to it arrives (C5).
async fn emails(desk: &Desk, user: &User) -> Result<Vec<PersonEmail>, Fault> {
    let zone = desk.zone();
    let logs = desk.visit().state.auth.logs();
    let keys = user.emails.iter().map(|email| email.address.key()).collect();
    let reach = logs.reachability(desk.workspace(), keys).await?;
    Ok(user
        .emails
        .iter()
        .zip(&reach)
        .map(|(email, reach)| PersonEmail {
            address: email.address.to_string(),
            primary: email.primary,
            proved: email.verified_at.map(|at| When::of(at, &zone)),
            reach: Some(Reach::of(reach, &zone)),
        })
        .collect())
}

async fn identities(desk: &Desk, id: UserId) -> Result<Vec<PersonIdentity>, Fault> {
    let auth = &desk.visit().state.auth;
    let connections = auth.staff().connections(desk.workspace(), id).await?;
    let offered = auth.providers().offered(desk.workspace());
    let name = |connection: &Connection| {
        let provider = &connection.identity.provider;
        let known = offered.iter().find(|known| known.id == *provider);
        known.map_or_else(|| provider.as_str().to_owned(), |known| known.name.clone())
    };
    let zone = desk.zone();
    Ok(connections
        .iter()
        .map(|connection| PersonIdentity {
            provider: name(connection),
            label: connection.label.clone(),
            used: connection.last_used_at.map(|at| When::of(at, &zone)),
        })
        .collect())
}

async fn sessions(desk: &Desk, user: &User) -> Result<Vec<PersonSession>, Fault> {
    let staff = desk.visit().state.auth.staff();
    let (zone, may_end) = (desk.zone(), reaches(desk, user));
    let sessions = staff.sessions(desk.workspace(), user.id).await?;
    Ok(sessions
        .iter()
        .map(|session| session_row(session, &zone, may_end))
        .collect())
}

fn session_row(session: &Session, zone: &TimeZone, may_end: bool) -> PersonSession {
    let device = session.client.device();
    PersonSession {
        device: messages::account::device(&device.browser, &device.system),
        address: session.client.address.to_string(),
        opened: When::of(session.created_at, zone),
        used: When::of(session.last_seen_at, zone),
        end: may_end.then(|| format!("{}/sessions/{}/end", page_of(session.user), session.id)),
    }
}

async fn portal_links(desk: &Desk, user: &User) -> Result<Option<Vec<PersonPortalLink>>, Fault> {
    if !reaches(desk, user) {
        return Ok(None);
    }
    let auth = &desk.visit().state.auth;
    let (now, zone) = (auth.now(), desk.zone());
    let links = auth.portal_links().list(desk.workspace(), &Whom::Id(user.id)).await?;
    let live = links.unwrap_or_default();
    Ok(Some(
        live.iter()
            .filter(|link| link.state(now) == PortalLinkState::Live)
            .map(|link| PersonPortalLink {
                to: link.return_to.as_str().to_owned(),
                made: When::of(link.created_at, &zone),
                ends: When::of(link.expires_at, &zone),
                revoke: format!("{}/portal-links/{}/revoke", page_of(user.id), link.id),
            })
            .collect(),
    ))
}

async fn invitation(desk: &Desk, user: &User) -> Result<Option<PersonInvitation>, Fault> {
    let staff = desk.visit().state.auth.staff();
    let zone = desk.zone();
    let writes = reaches(desk, user);
    let (page, again) = (page_of(user.id), writes && user.status == UserStatus::Active);
    let under_way = staff.invitation(desk.workspace(), user.id).await?;
    Ok(under_way.map(|invitation| PersonInvitation {
        sent: When::of(invitation.sent_at, &zone),
        ends: When::of(invitation.expires_at, &zone),
        again: again.then(|| format!("{page}/invitation")),
        revoke: writes.then(|| format!("{page}/invitation/revoke")),
    }))
}

/// The picture of somebody.
pub(in crate::pages) async fn picture(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let staff = desk.visit().state.auth.staff();
    let Some(picture) = staff.picture(desk.workspace(), id_of(&id)?).await? else {
        return Err(Fault::new(FaultKind::NotFound));
    };
    let mut response = picture.png.into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    Ok(response)
}

/// Whether somebody is there whom whoever sits here may change; who that is.
pub(super) async fn in_reach(desk: &Desk, id: UserId) -> Result<User, Fault> {
    let staff = desk.visit().state.auth.staff();
    let record = staff.record(desk.workspace(), id).await?;
    let user = record.ok_or_else(|| Fault::new(FaultKind::NotFound))?.user;
    if reaches(desk, &user) {
        Ok(user)
    } else {
        Err(Fault::new(FaultKind::Forbidden))
    }
}
