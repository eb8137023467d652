//! What handlers know of a request beside its own fields.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use doorward_domain::client::Client;
use doorward_domain::ids::RequestId;
use doorward_domain::ports::Entropy;
use doorward_domain::secret::{RawToken, TokenDigest};
use doorward_domain::session::SessionView;
use doorward_domain::workspace::Workspace;
use http::HeaderMap;
use http::header::{HeaderValue, USER_AGENT};
use http::request::Parts;

use crate::edge::csrf::{self, FormTokens};
use crate::edge::{Caller, CookieName, Cookies, Nonce, Place};
use crate::problem::{Fault, FaultKind};
use crate::public_url::PublicUrl;

/// How a request says who it is. A bearer token shuts the cookie out: it is then not looked at (R83).
#[derive(Debug, Clone)]
pub enum Credential {
    /// `Authorization: Bearer` with a session's token.
    Bearer(RawToken),
    /// `Authorization: Bearer` with something else, such as an API key; opaque here.
    Key(BearerText),
    /// The session cookie.
    Cookie(RawToken),
    /// Nothing usable.
    None,
}

/// A bearer value that is no session token; never printed.
#[derive(Clone)]
pub struct BearerText(String);

impl BearerText {
    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BearerText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerText([redacted])")
    }
}

impl Credential {
    /// Reads the credential of a request.
    pub fn of(headers: &HeaderMap, cookies: Cookies) -> Self {
        if let Some(text) = csrf::bearer(headers) {
            return RawToken::parse(text).map_or_else(|| Self::Key(BearerText(text.to_owned())), Self::Bearer);
        }
        cookies
            .read(headers, CookieName::Session)
            .and_then(RawToken::parse)
            .map_or(Self::None, Self::Cookie)
    }

    /// The session token, wherever it came from.
    pub const fn session_token(&self) -> Option<&RawToken> {
        match self {
            Self::Bearer(token) | Self::Cookie(token) => Some(token),
            Self::Key(_) | Self::None => None,
        }
    }
}

/// This browser's mark, which form tokens are bound to; drawn for a browser that has none, and then sent along with the
/// page that holds a form.
#[derive(Debug)]
pub(crate) struct Browser {
    value: String,
    digest: TokenDigest,
    fresh: bool,
    used: AtomicBool,
}

impl Browser {
    pub(crate) fn of(headers: &HeaderMap, cookies: Cookies, entropy: &dyn Entropy) -> Self {
        let known = cookies.read(headers, CookieName::Browser).and_then(RawToken::parse);
        let fresh = known.is_none();
        let token = known.unwrap_or_else(|| RawToken::generate(entropy));
        Self {
            value: token.expose(),
            digest: token.digest(),
            fresh,
            used: AtomicBool::new(false),
        }
    }

    /// The `Set-Cookie` header a page needs whose form counts on this mark.
    pub(crate) fn cookie_to_set(&self, cookies: Cookies) -> Option<HeaderValue> {
        let needed = self.fresh && self.used.load(Ordering::Relaxed);
        needed
            .then(|| cookies.set(CookieName::Browser, &self.value, None))
            .flatten()
    }
}

/// What stays the same over all requests.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) public_url: PublicUrl,
    pub(crate) cookies: Cookies,
    pub(crate) form_tokens: FormTokens,
}

/// A request as handlers see it; take it as an argument.
#[derive(Debug, Clone)]
pub struct RequestContext(pub(crate) Arc<ContextParts>);

#[derive(Debug)]
pub(crate) struct ContextParts {
    pub(crate) id: RequestId,
    pub(crate) caller: Caller,
    pub(crate) place: Place,
    pub(crate) nonce: Nonce,
    pub(crate) browser: Browser,
    pub(crate) credential: Credential,
    pub(crate) user_agent: String,
    pub(crate) path: String,
    pub(crate) kit: Arc<Kit>,
    /// Who is signed in, once a handler has asked; so that a refusal's page can greet them too.
    pub(crate) signed_in: OnceLock<Arc<SessionView>>,
}

impl RequestContext {
    /// The id in logs, receipts and the `X-Request-Id` header.
    pub fn id(&self) -> RequestId {
        self.0.id
    }

    /// The client on the network.
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// The client as receipts and budgets know it.
    pub fn client(&self) -> Client {
        Client::new(self.0.caller.address, &self.0.user_agent, self.0.id)
    }

    /// Where the request has arrived.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// The workspace, or a plain 404 at the root site.
    pub fn workspace(&self) -> Result<&Arc<Workspace>, Fault> {
        self.0.place.workspace().ok_or_else(|| Fault::new(FaultKind::NotFound))
    }

    /// Scheme, host and port that the person is at, by the configuration: what passkeys are bound to (R76). `None` where
    /// there can be none: passkeys belong to host names, and an address is no name.
    pub fn passkey_origin(&self) -> Option<String> {
        let host = self.0.caller.host()?;
        let origin = self.0.kit.public_url.origin_of(host);
        let named = url::Url::parse(&origin).is_ok_and(|url| matches!(url.host(), Some(url::Host::Domain(_))));
        named.then_some(origin)
    }

    /// What lets this page's own script and style run.
    pub fn nonce(&self) -> &Nonce {
        &self.0.nonce
    }

    /// The path asked for, without the query.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Who the request says it is.
    pub fn credential(&self) -> &Credential {
        &self.0.credential
    }

    /// The token for the forms of this page. Asking for it makes the edge send the browser cookie along where that is
    /// missing.
    pub fn form_token(&self) -> String {
        self.0.browser.used.store(true, Ordering::Relaxed);
        self.0.kit.form_tokens.issue(&self.0.browser.value)
    }

    /// Whether a form token belongs to this browser.
    pub fn owns_form_token(&self, token: &str) -> bool {
        !self.0.browser.fresh && self.0.kit.form_tokens.verify(&self.0.browser.value, token)
    }

    /// What attempts that span requests are bound to in this browser (R25). Asking for it makes the edge send the
    /// browser cookie along where that is missing.
    pub fn browser_digest(&self) -> TokenDigest {
        self.0.browser.used.store(true, Ordering::Relaxed);
        self.0.browser.digest
    }

    /// Who is signed in, if a handler of this request has already asked.
    pub(crate) fn signed_in(&self) -> Option<&Arc<SessionView>> {
        self.0.signed_in.get()
    }

    /// Remembers who is signed in, for the rest of this request.
    pub(crate) fn remember_signed_in(&self, session: Arc<SessionView>) {
        // The first answer counts: one request has one session.
        drop(self.0.signed_in.set(session));
    }

    /// Names and attributes of cookies.
    pub fn cookies(&self) -> Cookies {
        self.0.kit.cookies
    }

    /// The configured address.
    pub fn public_url(&self) -> &PublicUrl {
        &self.0.kit.public_url
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        // Missing only where a router is called without its edge.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Fault::new(FaultKind::Internal))
    }
}

/// The user agent as text, whatever bytes it holds.
pub(crate) fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}
