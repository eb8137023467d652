//! The console: the pages of those who run a workspace. Every one is opened by [`Desk`], which asks [`access`].

pub(crate) mod access;
mod api_keys;
mod audit;
pub(super) mod branding;
pub(in crate::pages) mod callers;
mod counting;
mod directory;
mod hand_over;
mod mail;
mod organisations;
mod people;
pub(super) mod providers;
mod roles;
mod security;
mod settings_trial;
pub(super) mod sign_in_check;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::response::{IntoResponse, Response};
use doorward_auth::Acting;
use doorward_domain::audit::Actor;
use doorward_domain::role::Permission;
use doorward_domain::session::SessionView;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use doorward_domain::workspace::Workspace;
use http::Method;
use http::request::Parts;

use super::account::{Member, to_sign_in};
use super::confirm::{self, Leave, Sent};
use super::notice::{self, Notice};
use super::visit::{PageKind, Visit, see_other};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::{ConsoleFace, ConsoleRoom, Journey, Page};
use crate::site::SiteState;

/// The addresses of the pages.
pub(super) fn router() -> Router<Arc<SiteState>> {
    Router::new()
        .merge(sign_in_check::router())
        .merge(people::router())
        .merge(mail::router())
        .merge(audit::router())
        .merge(settings_trial::router())
        .merge(organisations::router())
        .merge(callers::router())
        .merge(directory::router())
        .merge(hand_over::router())
        .merge(roles::router())
        .merge(api_keys::router())
        .merge(security::router())
        .merge(branding::router())
}

/// `/admin`, which people type: on to the first room that is open to whoever asks.
pub(super) async fn enter(member: Result<Member, Response>) -> Result<Response, Response> {
    let went = match member {
        Ok(member) => entrance(&member.session)
            .ok_or_else(|| Fault::new(FaultKind::Forbidden))
            .and_then(see_other),
        Err(fault) if fault.status().is_redirection() => to_sign_in("/admin"),
        Err(fault) => return Err(fault),
    };
    went.map_err(IntoResponse::into_response)
}

/// A visit of somebody whose permissions open this very page. Whoever is not signed in is sent to the sign-in page, and
/// back afterwards (B13); whoever is and may not is told so.
pub(super) struct Desk {
    pub(super) member: Member,
}

impl FromRequestParts<Arc<SiteState>> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Response> {
        let member = match Member::from_request_parts(parts, state).await {
            Ok(member) => member,
            Err(to_sign_in) if to_sign_in.status().is_redirection() => {
                return Err(return_here(parts).unwrap_or(to_sign_in));
            }
            Err(fault) => return Err(fault),
        };
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let permitted =
            access::asked(&parts.method, path).is_some_and(|asked| member.session.permissions.contains(asked));
        if permitted {
            Ok(Self { member })
        } else {
            Err(Fault::new(FaultKind::Forbidden).into_response())
        }
    }
}

impl Desk {
    /// The visit.
    pub(super) fn visit(&self) -> &Visit {
        &self.member.visit
    }

    /// The workspace.
    pub(super) fn workspace(&self) -> &Workspace {
        &self.member.workspace
    }

    /// The session of whoever sits here.
    pub(super) fn session(&self) -> &SessionView {
        &self.member.session
    }

    /// Who acts, with how far their hand reaches.
    pub(super) fn acting(&self) -> Acting {
        Acting {
            actor: Actor::User(self.member.session.user),
            rights: self.member.session.rights(),
            client: Some(self.member.visit.context.client()),
        }
    }

    /// Whether whoever sits here may do that.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.member.session.permissions.contains(permission)
    }

    /// The time zone that they read in.
    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::or_utc(self.member.session.time_zone.as_deref())
    }

    /// Leave for something dangerous: a proof of who they are that is at most a quarter of an hour old (R99).
    pub(super) async fn fresh(&self, form: &Sent) -> Result<Leave, Fault> {
        confirm::fresh_for_others(&self.member, form).await
    }

    /// Shows a page of the console.
    pub(super) fn page<P: Page>(&self, situation: Situation, page: &P) -> Result<Response, Fault> {
        self.member
            .visit
            .page(PageKind::Form, situation, Journey::default(), page)
    }

    /// Sends the browser on after something was done, and has it said there.
    pub(super) fn done(&self, page: &str, done: Notice) -> Result<Response, Fault> {
        Ok(notice::leave(&self.member.visit, done, see_other(page)?))
    }
}

/// What stands around a page of the console: the rooms that are open to whoever looks at it. `None` for other pages.
pub(super) fn console_of(path: &str, session: &SessionView, workspace: Option<&Arc<Workspace>>) -> Option<ConsoleFace> {
    let here = access::room_of(path)?.path;
    let rooms = access::ROOMS
        .iter()
        .filter(|room| opens(session, room.path))
        .map(|room| ConsoleRoom {
            path: room.path,
            name: Words::key(room.name),
            here: here == room.path,
        });
    Some(ConsoleFace {
        rooms: rooms.collect(),
        unconfirmed: workspace.and_then(|workspace| settings_trial::face_of(workspace, session)),
    })
}

/// Where the console begins for somebody with that session: the first room that is open to them; `None` where none is.
pub(super) fn entrance(session: &SessionView) -> Option<&'static str> {
    let mut rooms = access::ROOMS.iter().map(|room| room.path);
    rooms.find(|path| opens(session, path))
}

fn opens(session: &SessionView, room: &str) -> bool {
    access::asked(&Method::GET, room).is_some_and(|asked| session.permissions.contains(asked))
}

/// Sends somebody who is not signed in to the sign-in page, and from there to the very page that they asked for.
fn return_here(parts: &Parts) -> Option<Response> {
    let wanted = parts.uri.path_and_query().filter(|_| parts.method == Method::GET)?;
    to_sign_in(wanted.as_str()).ok()
}
