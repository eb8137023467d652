//! The narrow path: `GET /api/v1/session` and `GET /api/v1/forward-auth`, answered before the router and its layers,
//! because a portal asks them on each of its own requests.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doorward_domain::ids::{RequestId, WorkspaceId};
use doorward_domain::ports::{Clock, Sessions};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::secret::RawToken;
use doorward_domain::session::SessionView;
use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method, Response, StatusCode, Uri};
use ipnet::IpNet;

use crate::api::documents::SessionDocument;
use crate::body::AppBody;
use crate::config::HttpConfig;
use crate::context::Credential;
use crate::edge::caller::{Caller, host_of_authority, is_trusted};
use crate::edge::cookies::Cookies;
use crate::edge::host::{self, FindWorkspace, HostRole, Place};
use crate::edge::observe::RouteMeter;
use crate::edge::request_id::{REQUEST_ID, RequestIds, header_value};
use crate::edge::security_headers::SecurityHeaders;
use crate::problem::{Fault, FaultKind, PROBLEM_JSON};
use crate::public_url::PublicUrl;

/// A check that memory cannot answer is answered within this time, whatever the database does (SF4): one that stands
/// still in the middle of a question says nothing at all, not even no.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// Where the session check is asked.
pub(crate) const SESSION_PATH: &str = "/api/v1/session";
/// Where a reverse proxy asks.
pub(crate) const FORWARD_AUTH_PATH: &str = "/api/v1/forward-auth";

/// How long the workspace of a custom host name is remembered for checks; a host that changes hands is seen that much
/// later.
const HOST_MEMORY: Duration = Duration::from_secs(1);
const HOSTS_REMEMBERED: usize = 1024;

const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
const REMOTE_NAME: HeaderName = HeaderName::from_static("remote-name");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
const X_ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Session,
    ForwardAuth,
}

/// Answers session checks.
pub(crate) struct Narrow {
    sessions: Arc<dyn Sessions>,
    clock: Arc<dyn Clock>,
    find: Arc<dyn FindWorkspace>,
    public_url: PublicUrl,
    default_workspace: Option<String>,
    trusted: Vec<IpNet>,
    cookies: Cookies,
    bare: HeaderMap,
    json: HeaderMap,
    session_meter: RouteMeter,
    forward_meter: RouteMeter,
    hosts: Mutex<HashMap<String, (Instant, WorkspaceId)>>,
}

impl std::fmt::Debug for Narrow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Narrow").finish_non_exhaustive()
    }
}

impl Narrow {
    pub(crate) fn new(
        config: &HttpConfig,
        headers: &SecurityHeaders,
        sessions: Arc<dyn Sessions>,
        clock: Arc<dyn Clock>,
        find: Arc<dyn FindWorkspace>,
    ) -> Self {
        let bare = headers.bare();
        let mut json = bare.clone();
        json.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self {
            sessions,
            clock,
            find,
            public_url: config.public_url.clone(),
            default_workspace: config.default_workspace.clone(),
            trusted: config.trusted_proxies.clone(),
            cookies: Cookies::new(&config.public_url),
            bare,
            json,
            session_meter: RouteMeter::new(SESSION_PATH),
            forward_meter: RouteMeter::new(FORWARD_AUTH_PATH),
            hosts: Mutex::default(),
        }
    }

    /// The answer, where the request is a session check; else nothing.
    pub(crate) async fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        peer: SocketAddr,
        ids: &RequestIds,
    ) -> Option<Response<AppBody>> {
        let asked = asked(method, uri)?;
        let started = Instant::now();
        let id = ids.next();
        let mut response = if let Some(response) = self.at_once(asked, headers, uri, peer) {
            response
        } else {
            let in_full = Box::pin(self.in_full(asked, headers, uri, peer, id));
            match tokio::time::timeout(ANSWERED_WITHIN, in_full).await {
                Ok(Ok(response)) => response,
                Ok(Err(fault)) => self.refusal(&fault, id),
                Err(_elapsed) => self.refusal(&Fault::new(FaultKind::Unavailable).retry_after(1), id),
            }
        };
        response.headers_mut().insert(REQUEST_ID, header_value(id));
        let latency = started.elapsed();
        let status = response.status();
        match asked {
            Asked::Session => &self.session_meter,
            Asked::ForwardAuth => &self.forward_meter,
        }
        .count(status, latency);
        tracing::debug!(request = %id, route = asked.route(), status = status.as_u16(), "session check");
        Some(response)
    }

    /// The usual case: the session is in memory, and its workspace is plain from the host name.
    fn at_once(&self, asked: Asked, headers: &HeaderMap, uri: &Uri, peer: SocketAddr) -> Option<Response<AppBody>> {
        let credential = Credential::of(headers, self.cookies);
        let token = credential.session_token()?;
        let view = self.sessions.peek(&token.digest(), self.clock.now())??;
        let belongs = if is_trusted(peer.ip().to_canonical(), &self.trusted) {
            let caller = Caller::resolve(peer, headers, uri, &self.trusted);
            self.is_home_of(&view, caller.host())
        } else {
            let mut hosts = headers.get_all(HOST).iter();
            let host = hosts.next().and_then(|host| host.to_str().ok());
            uri.authority().is_none() && hosts.next().is_none() && self.is_home_of(&view, host.map(host_of_authority))
        };
        belongs.then(|| self.granted(asked, &view)).flatten()
    }

    /// Whether a host is that of the session's workspace; `false` also where that takes a look-up.
    fn is_home_of(&self, view: &SessionView, host: Option<&str>) -> bool {
        match host::role_of(&self.public_url, host) {
            HostRole::Slug(slug) => slug == view.workspace_slug.as_str(),
            HostRole::Base => self.default_workspace.as_deref() == Some(view.workspace_slug.as_str()),
            HostRole::Other(host) => self.remembered(host) == Some(view.workspace),
            HostRole::Nobody => false,
        }
    }

    fn remembered(&self, host: &str) -> Option<WorkspaceId> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, workspace) = hosts.get(host)?;
        (since.elapsed() < HOST_MEMORY).then_some(*workspace)
    }

    fn remember(&self, host: &str, workspace: WorkspaceId) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_REMEMBERED {
            hosts.clear();
        }
        hosts.insert(host.to_owned(), (Instant::now(), workspace));
    }

    async fn in_full(
        &self,
        asked: Asked,
        headers: &HeaderMap,
        uri: &Uri,
        peer: SocketAddr,
        id: RequestId,
    ) -> Result<Response<AppBody>, Fault> {
        let caller = Caller::resolve(peer, headers, uri, &self.trusted);
        let place = host::resolve(
            &self.public_url,
            self.default_workspace.as_deref(),
            caller.host(),
            &*self.find,
        )
        .await
        .map_err(|error| away("the workspace of a session check", &error))?;
        let workspace = match place {
            Place::Workspace(workspace) => workspace,
            Place::RootSite => return Err(Fault::new(FaultKind::NotFound)),
            Place::Unknown => return Err(Fault::new(FaultKind::UnknownHost)),
        };
        if let HostRole::Other(host) = host::role_of(&self.public_url, caller.host()) {
            self.remember(host, workspace.id);
        }
        let credential = Credential::of(headers, self.cookies);
        let view = match credential.session_token().map(RawToken::digest) {
            None => None,
            Some(token) => {
                let now = self.clock.now();
                match self.sessions.peek(&token, now) {
                    Some(known) => known,
                    None => self
                        .sessions
                        .check(&token, now)
                        .await
                        .map_err(|error| away("a session check", &error))?,
                }
            }
        };
        match view.filter(|view| view.workspace == workspace.id) {
            Some(view) => self
                .granted(asked, &view)
                .ok_or_else(|| Fault::new(FaultKind::Internal)),
            None if asked == Asked::ForwardAuth && caller.through_trusted_proxy => {
                Ok(self.send_to_sign_in(headers, &caller, id))
            }
            None => Err(Fault::new(FaultKind::SignInNeeded)),
        }
    }

    fn granted(&self, asked: Asked, view: &SessionView) -> Option<Response<AppBody>> {
        let mut response = match asked {
            Asked::Session => {
                let mut response = Response::new(AppBody::whole(session_json(view)?));
                *response.headers_mut() = self.json.clone();
                response
            }
            Asked::ForwardAuth => {
                let mut response = Response::new(AppBody::whole(bytes::Bytes::new()));
                let mut headers = self.bare.clone();
                for (name, value) in remote_headers(view) {
                    headers.insert(name, value);
                }
                *response.headers_mut() = headers;
                response
            }
        };
        *response.status_mut() = StatusCode::OK;
        Some(response)
    }

    fn refusal(&self, fault: &Fault, id: RequestId) -> Response<AppBody> {
        let mut response = Response::new(AppBody::whole(fault.to_problem_json(id)));
        *response.headers_mut() = self.bare.clone();
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        fault.dress(&mut response);
        response
    }

    /// nginx asks with `X-Original-URL` and takes no redirect, so it gets 401 and the address beside it; Caddy and
    /// Traefik ask with `X-Forwarded-Uri` and pass a redirect on (D1).
    fn send_to_sign_in(&self, headers: &HeaderMap, caller: &Caller, id: RequestId) -> Response<AppBody> {
        let mut response = self.refusal(&Fault::new(FaultKind::SignInNeeded), id);
        let one = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let (wanted, redirects) = match (one(&X_ORIGINAL_URL), one(&X_FORWARDED_URI)) {
            (Some(url), _) => (url, false),
            (None, Some(uri)) => (uri, true),
            (None, None) => return response,
        };
        // The host led to a workspace, so it is one of ours; scheme and port are the configured ones (R35).
        let origin = self.public_url.origin_of(caller.host().unwrap_or_default());
        let return_to = ReturnTo::parse_on_origin(wanted, &origin);
        let mut location = format!("{origin}/sign-in");
        if !return_to.is_home() {
            location.push_str("?return_to=");
            location.extend(url::form_urlencoded::byte_serialize(return_to.as_str().as_bytes()));
        }
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(LOCATION, location);
            if redirects {
                *response.status_mut() = StatusCode::FOUND;
            }
        }
        response
    }
}

impl Asked {
    const fn route(self) -> &'static str {
        match self {
            Self::Session => SESSION_PATH,
            Self::ForwardAuth => FORWARD_AUTH_PATH,
        }
    }
}

fn asked(method: &Method, uri: &Uri) -> Option<Asked> {
    let path = uri.path();
    if !path.starts_with("/api/v1/") || !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    match path {
        SESSION_PATH => Some(Asked::Session),
        FORWARD_AUTH_PATH => Some(Asked::ForwardAuth),
        _ => None,
    }
}

fn away(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Fault {
    tracing::error!(error, what, "could not answer");
    Fault::new(FaultKind::Unavailable).retry_after(1)
}

/// The document of `GET /api/v1/session`.
pub(crate) fn session_json(view: &SessionView) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(768);
    let document = SessionDocument::of(view);
    serde_json::to_writer(&mut body, &document).ok()?;
    Some(body)
}

/// `Remote-Groups` lists the role and then `organisation:<name>`, so that no organisation's name can pass for a role.
fn remote_headers(view: &SessionView) -> Vec<(HeaderName, HeaderValue)> {
    let mut groups = view.role.as_str().to_owned();
    for organisation in &view.organisations {
        groups.push_str(",organisation:");
        groups.extend(organisation.chars().filter(|c| *c != ','));
    }
    let mut headers = Vec::with_capacity(4);
    let mut add = |name, text: &str| {
        let clean: Vec<u8> = text.bytes().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
        if let Ok(value) = HeaderValue::from_bytes(&clean) {
            headers.push((name, value));
        }
    };
    add(REMOTE_USER, &view.user.as_uuid().to_string());
    if let Some(email) = &view.primary_email {
        add(REMOTE_EMAIL, email);
    }
    add(REMOTE_NAME, &view.name);
    add(REMOTE_GROUPS, &groups);
    headers
}
