//! The whole application as one service: what every request meets before the router, and what every response gets after
//! it.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::MatchedPath;
use axum::middleware::Next;
use bytes::Bytes;
use doorward_domain::ports::{Clock, Entropy, Sessions};
use doorward_domain::role::Permission;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Body;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};
use tracing::Instrument;

use crate::body::{self, AppBody, Oversized};
use crate::config::{BODY_CAP_BYTES, HttpConfig, UPLOAD_CAP_BYTES};
use crate::context::{Browser, ContextParts, Credential, Kit, RequestContext, user_agent};
use crate::edge::caller::{Caller, Peer};
use crate::edge::cookies::{CookieName, Cookies};
use crate::edge::csrf::{self, FormTokens, Own};
use crate::edge::host::{self, FindWorkspace, Place};
use crate::edge::observe;
use crate::edge::request_id::{REQUEST_ID, RequestIds, header_value};
use crate::edge::security_headers::{Immutable, Nonce, SecurityHeaders, raw_block};
use crate::fast::Narrow;
use crate::health::{self, Readiness};
use crate::problem::{Fault, FaultKind, PROBLEM_JSON, fault_of};
use crate::render::{ASSET_CACHE_CONTROL, ASSETS_PREFIX, Assets};
use crate::scim;

/// Whoever asked is answered within this time, whatever a handler waits for. Each wait in it has a bound of its own: five
/// seconds for a step of the database, less than ten for a round trip to a provider. But a database that stands still in
/// the middle of a question says nothing at all, and no handler may wait for it longer than people do. What was begun is
/// dropped, as when whoever asked hangs up: a transaction that was not committed is rolled back.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

/// Addresses whose POSTs come from elsewhere by design and defend themselves by what they carry (contract 3, B18, C8). Their
/// handlers learn by [`FromElsewhere`] where one came from.
const CROSS_SITE_EXCEPTIONS: [&str; 3] = ["/sign-in/jwt", "/workspaces/new/ticket", "/workspaces/arrive"];

/// Stands in a request that another site sent, to an address that takes such requests. The browser kept its cookies back, so
/// nothing is known of who is signed in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FromElsewhere;

/// Addresses that take a file, from whoever seems to be signed in; their handlers tell themselves that it was too large.
const UPLOADS: [&str; 3] = ["/account/picture", "/api/v1/account/picture", "/admin/branding/logo"];

/// The address that takes a file of the directory, which may be large: nobody who may not send one is read that far.
const DIRECTORY_UPLOAD: &str = "/admin/directory/upload";

/// Draws the page of a failed request.
pub trait FaultPages: Send + Sync {
    /// The page, in the person's language; `None` where it cannot be drawn, and a bare one is sent.
    fn page(&self, fault: &Fault, context: &RequestContext, headers: &HeaderMap) -> Option<String>;
}

/// What the application is put together from.
pub struct AppParts {
    /// Addresses and trust.
    pub config: HttpConfig,
    /// The key of form tokens (R83).
    pub form_tokens: FormTokens,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Session checks.
    pub sessions: Arc<dyn Sessions>,
    /// Workspaces by host.
    pub find_workspace: Arc<dyn FindWorkspace>,
    /// The same for session checks, which read nothing of a workspace that settings change.
    pub find_for_checks: Arc<dyn FindWorkspace>,
    /// Whether requests can be answered.
    pub readiness: Arc<dyn Readiness>,
    /// Cancelled when the server begins to stop: `/readyz` says so first.
    pub draining: CancellationToken,
    /// Style, script and icons.
    pub assets: Arc<Assets>,
    /// Pages of failed requests.
    pub fault_pages: Arc<dyn FaultPages>,
    /// Largest file of the directory, in bytes.
    pub directory_upload_bytes: usize,
    /// The handlers, with their state.
    pub router: Router,
}

impl std::fmt::Debug for AppParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppParts")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The application: a service over requests, with or without a socket.
///
/// A test calls it with `tower::ServiceExt::oneshot` and may set the far end by a [`Peer`] extension.
#[derive(Clone)]
pub struct App(Arc<Inner>);

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

struct Inner {
    config: HttpConfig,
    kit: Arc<Kit>,
    ids: RequestIds,
    headers: SecurityHeaders,
    narrow: Narrow,
    entropy: Arc<dyn Entropy>,
    find: Arc<dyn FindWorkspace>,
    readiness: Arc<dyn Readiness>,
    draining: CancellationToken,
    assets: Arc<Assets>,
    fault_pages: Arc<dyn FaultPages>,
    sessions: Arc<dyn Sessions>,
    clock: Arc<dyn Clock>,
    directory_upload_bytes: usize,
    router: Router,
}

/// Where the router writes down which route took the request; outlives a panic of the handler.
#[derive(Clone, Default)]
struct RouteSlot(Arc<OnceLock<MatchedPath>>);

async fn note_route(request: axum::extract::Request, next: Next) -> axum::response::Response {
    let extensions = request.extensions();
    if let (Some(slot), Some(path)) = (extensions.get::<RouteSlot>(), extensions.get::<MatchedPath>()) {
        // The first one counts: nested routers say the whole pattern at once.
        drop(slot.0.set(path.clone()));
    }
    next.run(request).await
}

impl App {
    /// Puts the application together.
    pub fn new(parts: AppParts) -> Self {
        let headers = SecurityHeaders::new(&parts.config.public_url, &parts.config.form_targets);
        let narrow = Narrow::new(
            &parts.config,
            &headers,
            Arc::clone(&parts.sessions),
            Arc::clone(&parts.clock),
            parts.find_for_checks,
        );
        let kit = Kit {
            public_url: parts.config.public_url.clone(),
            cookies: Cookies::new(&parts.config.public_url),
            form_tokens: parts.form_tokens,
        };
        Self(Arc::new(Inner {
            kit: Arc::new(kit),
            ids: RequestIds::new(&*parts.entropy),
            headers,
            narrow,
            config: parts.config,
            entropy: parts.entropy,
            find: parts.find_workspace,
            readiness: parts.readiness,
            draining: parts.draining,
            assets: parts.assets,
            fault_pages: parts.fault_pages,
            sessions: parts.sessions,
            clock: parts.clock,
            directory_upload_bytes: parts.directory_upload_bytes,
            router: parts.router.layer(axum::middleware::from_fn(note_route)),
        }))
    }

    /// Answers one request.
    pub async fn handle<B>(self, request: Request<B>, peer: SocketAddr) -> Response<AppBody>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Send,
    {
        // By parts: a reference to the whole request would ask its body to be `Sync`.
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if let Some(response) = self.0.narrow.answer(method, uri, headers, peer, &self.0.ids).await {
            return response;
        }
        Box::pin(self.at_length(request, peer)).await
    }

    /// The header lines of answers that hyper writes by itself, for a head that never became a request.
    pub(crate) fn raw_headers(&self) -> Vec<u8> {
        raw_block(&self.0.headers)
    }

    async fn at_length<B>(self, request: Request<B>, peer: SocketAddr) -> Response<AppBody>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Send,
    {
        let started = Instant::now();
        let inner = &self.0;
        let (mut parts, body) = request.into_parts();
        let method = parts.method.clone();
        let slot = RouteSlot::default();
        parts.extensions.insert(slot.clone());
        parts.extensions.insert(Peer(peer));
        let id = inner.ids.next();
        let caller = Caller::resolve(peer, &parts.headers, &parts.uri, &inner.config.trusted_proxies);
        let span = tracing::info_span!(
            "request",
            id = %id,
            method = observe::method_label(&method),
            route = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        let mut context = ContextParts {
            id,
            caller,
            place: Place::Unknown,
            nonce: Nonce::draw(&*inner.entropy),
            browser: Browser::of(&parts.headers, inner.kit.cookies, &*inner.entropy),
            credential: Credential::of(&parts.headers, inner.kit.cookies),
            user_agent: user_agent(&parts.headers),
            path: parts.uri.path().to_owned(),
            kit: Arc::clone(&inner.kit),
            signed_in: OnceLock::new(),
        };
        let headers = parts.headers.clone();

        let mut own_route = None;
        let health = health::answer(&method, parts.uri.path(), &*inner.readiness, &inner.draining).await;
        let (mut response, context) = if let Some((response, route)) = health {
            own_route = Some(route);
            (response, RequestContext(Arc::new(context)))
        } else {
            match inner.place_of(&context.caller).await {
                Ok(place) => {
                    context.place = place;
                    let context = RequestContext(Arc::new(context));
                    let answer = Box::pin(inner.route(parts, body, context.clone())).instrument(span.clone());
                    let response = CatchUnwind(Box::pin(answer)).await.unwrap_or_else(|Panicked| {
                        metrics::counter!(observe::PANICS).increment(1);
                        Fault::new(FaultKind::Internal).into_bare()
                    });
                    (response, context)
                }
                Err(fault) => (fault.into_bare(), RequestContext(Arc::new(context))),
            }
        };

        let route = own_route.unwrap_or_else(|| observe::route_of(slot.0.get()));
        if let Some(fault) = fault_of(&mut response) {
            inner.tell(&mut response, &fault, &context, &headers);
        }
        if let Some(cookie) = context.0.browser.cookie_to_set(inner.kit.cookies) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        inner
            .headers
            .apply(&mut response, context.nonce(), route.contains("{token}"));
        response.headers_mut().insert(REQUEST_ID, header_value(id));

        let (status, latency) = (response.status(), started.elapsed());
        observe::count(&method, route, status, latency);
        span.record("route", route).record("status", status.as_u16());
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        span.in_scope(|| {
            if status.is_server_error() {
                tracing::error!(latency_micros = micros, "answered");
            } else {
                tracing::info!(latency_micros = micros, "answered");
            }
        });
        response
    }
}

impl Inner {
    async fn place_of(&self, caller: &Caller) -> Result<Place, Fault> {
        let default = self.config.default_workspace.as_deref();
        let resolved = host::resolve(&self.config.public_url, default, caller.host(), &*self.find);
        match tokio::time::timeout(ANSWERED_WITHIN, resolved).await {
            Err(_elapsed) => Err(too_slow()),
            Ok(Ok(Place::Unknown)) => Err(Fault::new(FaultKind::UnknownHost)),
            Ok(Ok(place)) => Ok(place),
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the workspace of a host could not be looked up"
                );
                Err(Fault::new(FaultKind::Unavailable).retry_after(1))
            }
        }
    }

    async fn route<B>(&self, mut parts: Parts, body: B, context: RequestContext) -> Response<AppBody>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Send,
    {
        if parts.uri.path().starts_with(ASSETS_PREFIX) {
            return self.asset(&parts);
        }
        if let Err(fault) = self.check_source(&parts, &context) {
            if !CROSS_SITE_EXCEPTIONS.contains(&parts.uri.path()) {
                return fault.into_bare();
            }
            parts.extensions.insert(FromElsewhere);
        }
        let directory = parts.uri.path() == DIRECTORY_UPLOAD && self.may_send_directory(&context).await;
        let upload = directory || UPLOADS.contains(&parts.uri.path()) && context.credential().session_token().is_some();
        let sync = parts.uri.path().starts_with(scim::PREFIX) && scim::shows_token(context.credential());
        let cap = if directory {
            self.directory_upload_bytes.saturating_add(BODY_CAP_BYTES)
        } else if upload {
            UPLOAD_CAP_BYTES
        } else if sync {
            scim::CAP_BYTES
        } else {
            BODY_CAP_BYTES
        };
        let body = match body::read(&parts.headers, body, cap).await {
            Ok(body) => body,
            Err(fault) if upload && fault.kind() == FaultKind::BodyTooLarge => {
                parts.extensions.insert(Oversized);
                Bytes::new()
            }
            Err(fault) => return fault.into_bare(),
        };
        parts.extensions.insert(context);
        let request = Request::from_parts(parts, axum::body::Body::from(body));
        // Counted from here: reading a body has a bound of its own, and an upload over a slow line is nobody's outage.
        match tokio::time::timeout(ANSWERED_WITHIN, self.router.clone().oneshot(request)).await {
            Ok(Ok(response)) => response.map(AppBody::Routed),
            Ok(Err(never)) => match never {},
            Err(_elapsed) => too_slow().into_bare(),
        }
    }

    /// Whether a request shows the live session of somebody who may change the directory of the workspace it is for.
    async fn may_send_directory(&self, context: &RequestContext) -> bool {
        let (Some(token), Some(workspace)) = (context.credential().session_token(), context.place().workspace()) else {
            return false;
        };
        let (digest, now) = (token.digest(), self.clock.now());
        let session = match self.sessions.peek(&digest, now) {
            Some(known) => known,
            // Where the store is away the handler says so; the body is none of its business.
            None => self.sessions.check(&digest, now).await.unwrap_or_default(),
        };
        session.is_some_and(|session| {
            session.workspace == workspace.id && session.permissions.contains(Permission::ManageSecuritySettings)
        })
    }

    fn check_source(&self, parts: &Parts, context: &RequestContext) -> Result<(), Fault> {
        let caller = context.caller();
        let public_origin = caller.host().map(|host| self.config.public_url.origin_of(host));
        let own = Own {
            public_origin: public_origin.as_deref(),
            authority: caller.authority.as_deref(),
            session_cookie: self.kit.cookies.read(&parts.headers, CookieName::Session).is_some(),
        };
        csrf::check_source(&parts.method, &parts.headers, own).map_err(|forgery| {
            tracing::info!(reason = %forgery, "refused a request from another site");
            Fault::new(FaultKind::CrossSite)
        })
    }

    fn asset(&self, parts: &Parts) -> Response<AppBody> {
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            let allow = HeaderValue::from_static("GET, HEAD");
            return Fault::new(FaultKind::MethodNotAllowed).allow(Some(allow)).into_bare();
        }
        let Some(asset) = self.assets.by_path(parts.uri.path()) else {
            return Fault::new(FaultKind::NotFound).into_bare();
        };
        let mut response = Response::new(AppBody::whole(asset.content.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASSET_CACHE_CONTROL));
        response.extensions_mut().insert(Immutable);
        response
    }

    /// Writes the body of a refusal: a problem for programs, a page for people.
    fn tell(&self, response: &mut Response<AppBody>, fault: &Fault, context: &RequestContext, headers: &HeaderMap) {
        fault.dress(response);
        let (content_type, body) = if context.path().starts_with(scim::PREFIX) {
            (scim::SCIM_JSON, scim::fault_body(fault))
        } else if wants_problem(context.path(), headers) {
            (PROBLEM_JSON, fault.to_problem_json(context.id()))
        } else {
            let drawn = (fault.kind() != FaultKind::UnknownHost)
                .then(|| {
                    std::panic::catch_unwind(AssertUnwindSafe(|| self.fault_pages.page(fault, context, headers)))
                        .ok()
                        .flatten()
                })
                .flatten();
            let page = drawn.unwrap_or_else(|| bare_page(fault));
            (HeaderValue::from_static("text/html; charset=utf-8"), Bytes::from(page))
        };
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        *response.body_mut() = AppBody::whole(body);
    }
}

fn too_slow() -> Fault {
    tracing::error!(
        seconds = ANSWERED_WITHIN.as_secs(),
        "gave up on a request that was not answered in time"
    );
    Fault::new(FaultKind::Unavailable).retry_after(1)
}

/// Whether a refusal is told as a problem: under the programs' addresses, and wherever JSON is asked for and pages are
/// not.
fn wants_problem(path: &str, headers: &HeaderMap) -> bool {
    let for_programs = ["/api/", "/oauth2/", "/.well-known/"];
    for_programs.iter().any(|prefix| path.starts_with(prefix))
        || path.strip_suffix(".json").is_some()
        || headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("json") && !accept.contains("text/html"))
}

/// The page of last resort, and that of an unknown host: it says what the status says and nothing about the house.
fn bare_page(fault: &Fault) -> String {
    let title = fault.kind().title();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head><body><main><h1>{title}</h1></main></body></html>"
    )
}

impl Fault {
    /// The response before the edge writes its body.
    pub(crate) fn into_bare(self) -> Response<AppBody> {
        let mut response = Response::new(AppBody::whole(Bytes::new()));
        self.dress(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

/// A future that ends in a value where its inner one panics (R119). The panic hook has logged it by then.
struct CatchUnwind<F>(Pin<Box<F>>);

struct Panicked;

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Nothing of the request is used again after a panic, so no broken state is seen.
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}

impl<B> Service<Request<B>> for App
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Send,
{
    type Response = Response<AppBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<AppBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let app = self.clone();
        let peer = request
            .extensions()
            .get::<Peer>()
            .map_or(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), |peer| peer.0);
        Box::pin(async move { Ok(app.handle(request, peer).await) })
    }
}

#[cfg(test)]
mod tests;
