//! The application over fakes, and browsers in front of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use doorward_auth::{Auth, AuthConfig, Ports};
use doorward_domain::audit::AuditAction;
use doorward_domain::ids::ConnectionId;
use doorward_domain::limits::Limits;
use doorward_domain::mail::SentMail;
use doorward_domain::policy::PolicySet;
use doorward_domain::ports::{Connected, Connections, DevelopmentMailbox, Workspaces};
use doorward_domain::provider::{Arrived, Connection};
use doorward_domain::secret::CodeKey;
use doorward_domain::testing::{
    FixedClock, Given, MemoryStore, PlainHasher, ScriptedProvider, SecretsOnly, SeededEntropy, audit, workspace,
};
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::body::AppBody;
use crate::edge::Peer;
use crate::render::{Renderer, RendererOptions};
use crate::site::{self, SiteParts};
use crate::{App, HttpConfig, PublicUrl};

/// A workspace `acme` at `acme.<base host>`, whose pages are served.
pub(crate) struct House {
    pub(crate) given: Given,
    pub(crate) clock: FixedClock,
    pub(crate) hasher: PlainHasher,
    pub(crate) app: App,
    pub(crate) auth: Auth,
    /// Has no provider until a test offers one.
    pub(crate) provider: ScriptedProvider,
    pub(crate) promised: Arc<AtomicUsize>,
    pub(crate) url: PublicUrl,
}

/// How a house differs from the usual one.
pub(crate) struct Plan {
    pub(crate) public_url: &'static str,
    pub(crate) change: fn(&mut Workspace),
    pub(crate) mails: Option<Vec<SentMail>>,
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080",
            change: |_| {},
            mails: None,
            trusted_proxies: Vec::new(),
        }
    }
}

struct FixedMailbox(Vec<SentMail>);

#[async_trait]
impl DevelopmentMailbox for FixedMailbox {
    async fn list(&self, to: Option<String>) -> Vec<SentMail> {
        let wanted = |mail: &&SentMail| to.as_ref().is_none_or(|to| mail.to == *to);
        self.0.iter().filter(wanted).cloned().collect()
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    pub(crate) async fn with(plan: Plan) -> Self {
        let mut workspace = workspace("acme");
        workspace.name = "Acme Help".to_owned();
        (plan.change)(&mut workspace);
        let store = MemoryStore::new();
        let row = audit(workspace.id, AuditAction::WorkspaceCreated, workspace.created_at);
        Workspaces::create(&store, workspace.clone(), None, row).await.unwrap();
        let given = Given { store, workspace };
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let provider = ScriptedProvider::new();
        let store = Arc::new(given.store.clone());
        let url = PublicUrl::parse(plan.public_url).unwrap();
        let ports = Ports {
            workspaces: store.clone(),
            users: store.clone(),
            credentials: store.clone(),
            emails: store.clone(),
            profiles: store.clone(),
            provider: Arc::new(provider.clone()),
            trips: store.clone(),
            connections: store.clone(),
            directory: store.clone(),
            directory_book: store.clone(),
            directory_uploads: store.clone(),
            scim_tokens: store.clone(),
            door_settings: store.clone(),
            population: store.clone(),
            hand_over_keys: store.clone(),
            workspace_providers: store.clone(),
            workspace_faces: store.clone(),
            hand_over: Arc::new(SecretsOnly),
            factors: store.clone(),
            passkeys: store.clone(),
            sessions: store.clone(),
            own_sessions: store.clone(),
            throttle: store.clone(),
            waits: store.clone(),
            flows: store.clone(),
            links: store.clone(),
            portal_links: store.clone(),
            caller_challenges: store.clone(),
            departures: store.clone(),
            roster: store.clone(),
            foundings: store.clone(),
            tickets: store.clone(),
            outbox: store.clone(),
            receipts: store.clone(),
            audit: store.clone(),
            audit_log: store.clone(),
            audit_chain: store.clone(),
            mail_log: store.clone(),
            retention: store.clone(),
            api_keys: store.clone(),
            roles: store.clone(),
            organisations: store.clone(),
            hasher: Arc::new(hasher.clone()),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
        };
        let config = AuthConfig {
            limits: Limits::default(),
            code_key: CodeKey::new([9; 32]),
            public_url: url.clone(),
            default_workspace: None,
            self_service: true,
            policies: PolicySet::default(),
        };
        let promised = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&promised);
        let auth = Auth::new(ports, config);
        let app = site::app(SiteParts {
            auth: auth.clone(),
            renderer: Arc::new(Renderer::new(&RendererOptions::default()).unwrap()),
            config: HttpConfig {
                public_url: url.clone(),
                default_workspace: None,
                trusted_proxies: plan.trusted_proxies,
                form_targets: Vec::new(),
            },
            key: CodeKey::new([9; 32]),
            health: store,
            draining: CancellationToken::new(),
            mailbox: plan
                .mails
                .map(|mails| Arc::new(FixedMailbox(mails)) as Arc<dyn DevelopmentMailbox>),
            mail_from: Some("Doorward <door@help.example>".to_owned()),
            mail_promised: Arc::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
            }),
        });
        Self {
            given,
            clock,
            hasher,
            app,
            auth,
            provider,
            promised,
            url,
        }
    }

    /// Connects an identity to an account, as if its owner had done it some time ago.
    pub(crate) async fn connect(&self, user: &User, who: Arrived) {
        let connection = Connection {
            id: ConnectionId::random(&SeededEntropy::new(user.id.as_uuid().as_u64_pair().1)),
            workspace: user.workspace,
            user: user.id,
            label: who.label(),
            vouched: who.vouched_key(),
            identity: who.identity,
            created_at: self.now(),
            last_used_at: None,
        };
        let row = audit(user.workspace, AuditAction::IdentityConnected, self.now());
        let connected = self.given.store.connect(connection, row, Vec::new()).await;
        assert_eq!(connected.unwrap(), Connected::Connected);
    }

    /// A browser at the workspace that holds no cookie yet.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_at(&self.url.workspace_host("acme"))
    }

    pub(crate) fn browser_at(&self, host: &str) -> Browser {
        let authority = self.url.origin_of(host);
        let (_, authority) = authority.split_once("://").unwrap();
        Browser {
            app: self.app.clone(),
            authority: authority.to_owned(),
            jar: BTreeMap::new(),
            peer: "192.0.2.10:40000".parse().unwrap(),
            extra: Vec::new(),
            site: "same-origin",
        }
    }

    pub(crate) fn now(&self) -> doorward_domain::time::Timestamp {
        doorward_domain::ports::Clock::now(&self.clock)
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The code that was mailed last to that address.
    pub(crate) fn code(&self, email: &str) -> String {
        self.given.store.last_code_to(email).unwrap()
    }

    /// A well-formed code that was not mailed to that address.
    pub(crate) fn wrong_code(&self, email: &str) -> String {
        let right = self.given.store.last_code_to(email).unwrap_or_default();
        if right.starts_with('A') { "BBBBBBB" } else { "AAAAAAA" }.to_owned()
    }

    /// Path and query of the link that was mailed last to that address.
    pub(crate) fn link(&self, email: &str) -> String {
        let url = url::Url::parse(&self.given.store.last_link_to(email).unwrap()).unwrap();
        assert_eq!(
            url.origin().ascii_serialization(),
            self.url.origin_of(&self.url.workspace_host("acme"))
        );
        url.path().to_owned()
    }

    pub(crate) fn last_help_code(&self) -> String {
        self.given
            .store
            .receipts()
            .last()
            .unwrap()
            .help_code
            .as_str()
            .to_owned()
    }
}

/// A browser as far as these tests need one: cookies, and forms filled from their hidden fields.
#[derive(Clone)]
pub(crate) struct Browser {
    app: App,
    pub(crate) authority: String,
    pub(crate) jar: BTreeMap<String, String>,
    pub(crate) peer: SocketAddr,
    pub(crate) extra: Vec<(&'static str, String)>,
    /// Where its requests say that they come from.
    pub(crate) site: &'static str,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) async fn send(&mut self, method: Method, path: &str, form: Option<&[(&str, &str)]>) -> Answer {
        let mut request = self.request(method, path);
        let mut body = String::new();
        if let Some(fields) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let mut writer = url::form_urlencoded::Serializer::new(String::new());
            writer.extend_pairs(fields);
            body = writer.finish();
        }
        let (status, headers, body) = self.exchange(request, body.into()).await;
        Answer {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header("sec-fetch-site", self.site);
        for (name, value) in &self.extra {
            request = request.header(*name, value);
        }
        if !self.jar.is_empty() {
            let pairs: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        request
    }

    async fn exchange(
        &mut self,
        request: http::request::Builder,
        body: bytes::Bytes,
    ) -> (StatusCode, HeaderMap, bytes::Bytes) {
        let mut request = request.body(Full::new(body)).unwrap();
        request.extensions_mut().insert(Peer(self.peer));
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if rest.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, body)
    }

    /// Sends a form, and gives the answer with its body unread.
    pub(crate) async fn begin(&mut self, path: &str, fields: &[(&str, &str)]) -> http::Response<AppBody> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(Full::new(body.finish().into())).unwrap();
        request.extensions_mut().insert(Peer(self.peer));
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// Sends a form with a file.
    pub(crate) async fn upload(&mut self, path: &str, token: &str, file: &[u8]) -> Answer {
        let mut body = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n{token}\r\n--cut\r\n\
             Content-Disposition: form-data; name=\"picture\"; filename=\"me.png\"\r\nContent-Type: image/png\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--cut--\r\n");
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "multipart/form-data; boundary=cut");
        let (status, headers, body) = self.exchange(request, body.into()).await;
        Answer {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Gets something that is no text.
    pub(crate) async fn fetch(&mut self, path: &str) -> (StatusCode, HeaderMap, bytes::Bytes) {
        let request = self.request(Method::GET, path);
        self.exchange(request, bytes::Bytes::new()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some(fields)).await
    }

    /// Sends a document, as the script of a page does.
    pub(crate) async fn post_json(&mut self, path: &str, body: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/json");
        let (status, headers, body) = self.exchange(request, body.to_owned().into()).await;
        Answer {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Fills the form of a page that goes to `action`, hidden fields and all, and sends it to `to`.
    pub(crate) async fn fill(&mut self, page: &Answer, action: &str, to: &str, typed: &[(&str, &str)]) -> Answer {
        let hidden = page.hidden(action);
        let mut fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.extend_from_slice(typed);
        self.post(to, &fields).await
    }

    /// Opens a page and sends its form.
    pub(crate) async fn open_and_fill(&mut self, path: &str, action: &str, typed: &[(&str, &str)]) -> Answer {
        let page = self.get(path).await;
        self.fill(&page, action, action, typed).await
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.open_and_fill("/sign-in", "/sign-in", &[("email", email), ("password", password)])
            .await
    }

    /// Asks for a code from the sign-in page at `path`, as its second button does.
    pub(crate) async fn ask_code(&mut self, path: &str, email: &str) -> Answer {
        let page = self.get(path).await;
        self.fill(
            &page,
            "/sign-in",
            "/sign-in/code/send",
            &[("email", email), ("password", "")],
        )
        .await
    }

    /// Follows a 303.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        let location = answer.location().to_owned();
        self.get(&location).await
    }

    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/api/v1/session").await.status == StatusCode::OK
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// Every `Set-Cookie` header.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        let all = self.headers.get_all(SET_COOKIE).iter();
        all.map(|value| value.to_str().unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn shows(&self, status: u16, text: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert!(self.body.contains(text), "{text:?} is missing in {}", self.body);
    }

    /// The hidden fields of the form that goes to `action`.
    #[track_caller]
    pub(crate) fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let body = self.body.replace("&#x2f;", "/");
        let start = body.split(&format!("action=\"{action}\"")).nth(1);
        let form = start.unwrap_or_else(|| panic!("no form goes to {action}: {}", self.body));
        let form = form.split("</form>").next().unwrap();
        let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
        let read = |input: &str| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let value = rest.split('"').next().unwrap();
            (name.to_owned(), unescaped(value))
        };
        inputs.map(read).collect()
    }

    /// The value that a field is shown again with.
    pub(crate) fn value_of(&self, field: &str) -> Option<String> {
        let input = self.body.split(&format!("<input id=\"{field}\"")).nth(1)?;
        let input = input.split('>').next()?;
        let value = input.split("value=\"").nth(1)?;
        Some(unescaped(value.split('"').next()?))
    }
}

fn unescaped(text: &str) -> String {
    [
        ("&#x2f;", "/"),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
}
