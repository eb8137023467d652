//! The API through the whole application, over the store in memory.

mod access;
mod account;
mod connections;
mod directory;
mod document;
mod foundings;
mod hand_over;
mod input;
mod people;
mod permitted;
mod second_step;
mod settings;
mod sign_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use doorward_auth::workspace::create_api_key::NewApiKey;
use doorward_auth::{Acting, Auth, AuthConfig, Ports};
use doorward_domain::api_key::Scope;
use doorward_domain::audit::Actor;
use doorward_domain::limits::Limits;
use doorward_domain::policy::PolicySet;
use doorward_domain::role::Role;
use doorward_domain::secret::CodeKey;
use doorward_domain::testing::{
    FixedClock, Given, PASSWORD, Person, PlainHasher, ScriptedProvider, SecretsOnly, SeededEntropy,
};
use doorward_domain::user::User;
use doorward_domain::workspace::{Slug, Workspace};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::edge::caller::Peer;
use crate::render::{Renderer, RendererOptions};
use crate::site::{self, SiteParts};
use crate::{App, HttpConfig, PublicUrl};

/// The site with two workspaces: `acme`, also at the base host, and `other`.
struct House {
    acme: Given,
    other: Given,
    clock: FixedClock,
    hasher: PlainHasher,
    auth: Auth,
    /// Has no provider until a test offers one.
    provider: ScriptedProvider,
    mails_promised: Arc<AtomicU32>,
    app: App,
}

const ACME: &str = "acme.localhost:8080";
const OTHER: &str = "other.localhost:8080";

/// Where an address is served: workspaces are made at the base host, all else is a workspace's.
fn host_of(path: &str) -> &'static str {
    if path.starts_with("/api/v1/workspaces") {
        "localhost:8080"
    } else {
        ACME
    }
}

impl House {
    async fn new() -> Self {
        let acme = Given::workspace("acme").await;
        let other = Given::workspace_in(&acme.store, "other").await;
        let clock = FixedClock::default();
        let hasher = PlainHasher::default();
        let provider = ScriptedProvider::new();
        let store = Arc::new(acme.store.clone());
        let public_url = PublicUrl::parse("http://localhost:8080").unwrap();
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
            entropy: Arc::new(SeededEntropy::new(3)),
        };
        let config = AuthConfig {
            limits: Limits::default(),
            code_key: CodeKey::new([9; 32]),
            public_url: public_url.clone(),
            default_workspace: Some(Slug::parse("acme").unwrap()),
            self_service: true,
            policies: PolicySet::default(),
        };
        let auth = Auth::new(ports, config);
        let mails_promised = Arc::new(AtomicU32::new(0));
        let promised = Arc::clone(&mails_promised);
        let app = site::app(SiteParts {
            auth: auth.clone(),
            renderer: Arc::new(Renderer::new(&RendererOptions::default()).unwrap()),
            config: HttpConfig {
                public_url,
                default_workspace: Some("acme".to_owned()),
                trusted_proxies: Vec::new(),
                form_targets: Vec::new(),
            },
            key: CodeKey::new([8; 32]),
            health: store,
            draining: CancellationToken::new(),
            mailbox: None,
            mail_from: Some("Doorward <door@help.example>".to_owned()),
            mail_promised: Arc::new(move || {
                promised.fetch_add(1, Ordering::SeqCst);
            }),
        });
        Self {
            acme,
            other,
            clock,
            hasher,
            auth,
            provider,
            mails_promised,
            app,
        }
    }

    fn promised(&self) -> u32 {
        self.mails_promised.load(Ordering::SeqCst)
    }

    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Told {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Peer("203.0.113.9:4711".parse().unwrap()));
        let request = Request::from_parts(parts, axum::body::Body::from(body));
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Told {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn ask(&self, host: &str, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Told {
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let bytes = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        self.send(request.body(bytes).unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Told {
        self.ask(ACME, "POST", path, None, Some(&body)).await
    }

    async fn password(&self, email: &str, password: &str) -> Told {
        let body = json!({"email": email, "password": password});
        self.post("/api/v1/sign-in/password", body).await
    }

    async fn get(&self, path: &str, token: &str) -> Told {
        self.ask(ACME, "GET", path, Some(token), None).await
    }

    /// The token of a new session.
    async fn session(&self, host: &str, user: &User) -> String {
        let email = user.primary_email().unwrap().address.as_str();
        let body = json!({"email": email, "password": PASSWORD});
        let told = self
            .ask(host, "POST", "/api/v1/sign-in/password", None, Some(&body))
            .await;
        assert_eq!(told.status, 200, "{}", told.body);
        told.json()["session"]["token"].as_str().unwrap().to_owned()
    }

    /// What an authenticator app with that secret shows now.
    fn app_code(&self, secret: &[u8]) -> String {
        let generator = totp_rs::Builder::new()
            .with_secret(totp_rs::Secret::from(secret.to_vec()))
            .with_account_name("account".to_owned())
            .with_issuer(Some("issuer".to_owned()))
            .build()
            .unwrap();
        let now = u64::try_from(self.auth.now().as_unix_seconds()).unwrap();
        generator.generate(now).to_string()
    }

    /// The bytes of one's picture.
    async fn picture(&self, token: &str) -> Vec<u8> {
        let request = Request::get("/api/v1/account/picture")
            .header("host", ACME)
            .header("authorization", format!("Bearer {token}"))
            .body(axum::body::Body::empty())
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "image/png");
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    async fn key(&self, workspace: &Workspace, scopes: &[Scope]) -> String {
        let made = self
            .auth
            .workspaces()
            .create_api_key(
                &Acting::operator(),
                workspace,
                NewApiKey {
                    name: "Portal".to_owned(),
                    scopes: scopes.to_vec(),
                },
            )
            .await;
        made.unwrap().1
    }
}

/// The secret behind the key that was told for setting an app up.
fn secret_of(setup: &Value) -> Vec<u8> {
    let key = setup["key"].as_str().unwrap().replace(' ', "");
    data_encoding::BASE32_NOPAD.decode(key.as_bytes()).unwrap()
}

fn somebody(given: &Given, role: Role) -> User {
    let email = format!("{}@{}.example", role.as_str(), given.workspace.slug);
    given.person(Person::customer(given.workspace.id, &email).role(role))
}

/// An answer.
struct Told {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The document of a refusal or failure, after a look at what every one has.
    fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let document = self.json();
        assert_eq!(document["status"], status);
        assert!(document["type"].as_str().unwrap().starts_with("urn:doorward:problem:"));
        for member in ["title", "detail"] {
            assert!(!document[member].as_str().unwrap().is_empty(), "{document}");
        }
        let instance = format!("urn:uuid:{}", self.header("x-request-id"));
        assert_eq!(document["instance"], instance);
        document
    }

    /// Status, headers and body with whatever is random by nature written over.
    fn masked(&self) -> String {
        let mut shown = format!("{}\n", self.status);
        for (name, value) in &self.headers {
            if name != "x-request-id" && name != "date" {
                shown.extend([
                    name.as_str(),
                    ": ",
                    value.to_str().unwrap(),
                    "
",
                ]);
            }
        }
        let mut body = self.json();
        for member in ["instance", "help_code", "flow"] {
            if let Some(value) = body.get_mut(member) {
                *value = Value::String("masked".to_owned());
            }
        }
        shown + &body.to_string()
    }
}
