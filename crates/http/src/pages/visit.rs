//! One visit of a page: who comes, to which workspace, in which language; and what stands around the page they get.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Response};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::session::SessionView;
use doorward_domain::sign_in::Binding;
use doorward_domain::words::{LanguageTag, Words};
use doorward_domain::workspace::{FootLinks, Portal, Workspace};
use http::header::{ACCEPT_LANGUAGE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::{admin, answer, notice};
use crate::context::{Credential, RequestContext};
use crate::edge::{CookieName, FramedBy};
use crate::problem::{Fault, FaultKind, Situation};
use crate::render::{Colour, Frame, Journey, Page, PersonFace, Renderer, WorkspaceFace};
use crate::site::SiteState;

/// What proxies and tunnels write into the requests that they pass on.
const PASSED_ON: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Whether a page holds a form of its own. Only those need a form token, and with it a cookie in a browser that has
/// none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageKind {
    /// With a form to be posted.
    Form,
    /// Without, but for the user menu of whoever is signed in.
    Plain,
}

/// Who looks at a page, and in which language.
#[derive(Debug)]
pub(crate) struct Onlooker<'a> {
    context: &'a RequestContext,
    person: Option<&'a SessionView>,
    language: LanguageTag,
}

impl<'a> Onlooker<'a> {
    /// The language is the person's own, else the browser's, else the workspace's; always one that the workspace offers.
    pub(crate) fn new(
        renderer: &Renderer,
        context: &'a RequestContext,
        headers: &HeaderMap,
        person: Option<&'a SessionView>,
    ) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let nowhere = Portal::default();
        let portal = context
            .place()
            .workspace()
            .map_or(&nowhere, |workspace| &workspace.portal);
        let chosen = person.and_then(|person| person.language.as_deref());
        let language = renderer.language_at(portal, chosen, accepted.unwrap_or_default());
        Self {
            context,
            person,
            language,
        }
    }

    /// What stands around the page.
    pub(crate) fn frame(&self, kind: PageKind) -> Frame {
        let needs_token = kind == PageKind::Form || self.person.is_some();
        Frame {
            language: self.language.clone(),
            workspace: self.context.place().workspace().map(|workspace| face_of(workspace)),
            person: self.person.map(|person| PersonFace {
                name: name_of(person),
                profile: Some("/account/profile".to_owned()),
                console: admin::entrance(person).map(str::to_owned),
            }),
            nonce: self.context.nonce().as_str().to_owned(),
            form_token: if needs_token {
                self.context.form_token()
            } else {
                String::new()
            },
            path: self.context.path().to_owned(),
            journey: Journey::default(),
            notice: None,
            console: self
                .person
                .and_then(|person| admin::console_of(self.context.path(), person, self.context.place().workspace())),
        }
    }
}

fn face_of(workspace: &Workspace) -> WorkspaceFace {
    let accent = workspace
        .portal
        .accent
        .as_deref()
        .and_then(|text| Colour::parse(text).ok());
    let plain = WorkspaceFace::named(workspace.name.clone());
    WorkspaceFace {
        accent: accent.unwrap_or(plain.accent),
        logo: admin::branding::logo_of(workspace),
        corner_radius: workspace.portal.corner_radius.unwrap_or(plain.corner_radius),
        links: FootLinks::clone(&workspace.portal.links),
        ..plain
    }
}

/// What to call somebody who is signed in.
pub(super) fn name_of(person: &SessionView) -> String {
    if person.name.trim().is_empty() {
        person.primary_email.clone().unwrap_or_default()
    } else {
        person.name.clone()
    }
}

/// A request for a page.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(super) state: Arc<SiteState>,
    pub(super) context: RequestContext,
    /// Who is signed in.
    pub(super) session: Option<Arc<SessionView>>,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<SiteState>> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<SiteState>) -> Result<Self, Fault> {
        let context = RequestContext::from_request_parts(parts, state).await?;
        let mut session = None;
        if let (Some(workspace), Some(token)) = (context.place().workspace(), context.credential().session_token()) {
            let known = state.auth.sessions().check(&token.digest()).await?;
            session = known.filter(|known| known.workspace == workspace.id);
        }
        if let Some(session) = &session {
            context.remember_signed_in(Arc::clone(session));
        }
        Ok(Self {
            state: Arc::clone(state),
            context,
            session,
            headers: parts.headers.clone(),
        })
    }
}

impl Visit {
    /// The workspace, or a plain 404 at the root site.
    pub(super) fn workspace(&self) -> Result<&Arc<Workspace>, Fault> {
        self.context.workspace()
    }

    /// Who calls, as use cases know them. Attempts are bound to this browser.
    pub(super) fn caller(&self) -> doorward_auth::Caller {
        let previous_session = match self.context.credential() {
            Credential::Cookie(token) => Some(token.digest()),
            Credential::Bearer(_) | Credential::Key(_) | Credential::None => None,
        };
        doorward_auth::Caller {
            client: self.context.client(),
            binding: Binding::Browser(self.context.browser_digest()),
            device: self.cookie(CookieName::Device).map(str::to_owned),
            language: self.onlooker().language.as_str().to_owned(),
            previous_session,
        }
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, name: CookieName) -> Option<&str> {
        self.context.cookies().read(&self.headers, name)
    }

    /// Scheme, host and port that the person is at, by the configuration: what passkeys are bound to (R76). Only for
    /// the host name of a workspace; at a bare address there are no passkeys.
    pub(super) fn origin(&self) -> Result<String, Fault> {
        self.workspace()?;
        self.context
            .passkey_origin()
            .ok_or_else(|| Fault::new(FaultKind::Conflict))
    }

    /// Where somebody is going: a path here, also where it was given as a whole address of this workspace (R42).
    pub(super) fn destination(&self, text: Option<&str>) -> ReturnTo {
        let Some(text) = text else {
            return ReturnTo::default();
        };
        let url = self.context.public_url();
        let here = self.context.caller().host().map(|host| url.origin_of(host));
        let of_workspace = self.context.place().workspace().map(|workspace| {
            let default = self.state.auth.config().default_workspace.as_ref();
            url.origin_of_workspace(workspace, default)
        });
        let origin = [here, of_workspace]
            .into_iter()
            .flatten()
            .find(|origin| text.starts_with(origin.as_str()));
        match origin {
            Some(origin) => ReturnTo::parse_on_origin(text, &origin),
            None => ReturnTo::parse(text),
        }
    }

    /// Whether the request says that it was passed on by somebody, whom nobody told us to trust perhaps.
    pub(super) fn was_passed_on(&self) -> bool {
        PASSED_ON.iter().any(|name| self.headers.contains_key(*name))
    }

    /// Says a sentence in the reader's language, for an answer that is no page.
    pub(super) fn say(&self, words: &Words) -> String {
        let catalogue = self.state.renderer.catalogue();
        catalogue.say(&self.onlooker().language, words).unwrap_or_default()
    }

    fn onlooker(&self) -> Onlooker<'_> {
        Onlooker::new(
            &self.state.renderer,
            &self.context,
            &self.headers,
            self.session.as_deref(),
        )
    }

    /// A page, or a part of one, as it is sent.
    pub(super) fn drawn<P: Page>(
        &self,
        kind: PageKind,
        journey: Journey,
        notice: Option<Words>,
        page: &P,
    ) -> Result<Html<String>, Fault> {
        let frame = Frame {
            journey,
            notice,
            ..self.onlooker().frame(kind)
        };
        self.state.renderer.render(&frame, page).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a page cannot be drawn");
            Fault::new(FaultKind::Internal)
        })
    }

    /// Shows a page that carries a journey on.
    pub(super) fn page<P: Page>(
        &self,
        kind: PageKind,
        situation: Situation,
        journey: Journey,
        page: &P,
    ) -> Result<Response, Fault> {
        let notice = (situation == Situation::Shown).then(|| notice::left(self)).flatten();
        let said = notice.is_some();
        let html = self.drawn(kind, journey, notice, page)?;
        let mut response = (situation.status(), html).into_response();
        if let Some(workspace) = self.context.place().workspace()
            && may_be_framed(self.context.path())
        {
            let framed_by = FramedBy(workspace.security.embedding.clone());
            response.extensions_mut().insert(framed_by);
        }
        if said {
            answer::forget(self, CookieName::Notice, &mut response);
        }
        Ok(response)
    }
}

/// Whether an address is one of the pages of the door, which a workspace may let others frame (R84). No page of an account, of
/// the console or behind a mailed link is among them, nor the backup door.
fn may_be_framed(path: &str) -> bool {
    let within = |page: &str| {
        path.strip_prefix(page)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let door = ["/sign-in", "/sign-up", "/forgot-password"].into_iter().any(within);
    door && !within("/sign-in/callback") && !within("/sign-in/jwt")
}

/// What is carried along: the attempt, and the destination unless it is just the home page. Both, because an attempt
/// that is over, or another browser's, can no longer tell the destination.
pub(super) fn journey(flow: Option<doorward_domain::ids::FlowId>, return_to: &ReturnTo) -> Journey {
    Journey {
        flow: flow.map(|flow| flow.to_string()),
        return_to: (!return_to.is_home()).then(|| return_to.as_str().to_owned()),
    }
}

/// Sends the browser on to another page of this host, as the answer to a form (303).
pub(super) fn see_other(location: &str) -> Result<Response, Fault> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(location).map_err(|_| Fault::new(FaultKind::Internal))?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
