//! Durability: races, crashes, mail that fails, budgets that hold, sessions that end, a database that goes away.

mod budgets;
mod kill;
mod kill_console;
mod mail;
mod outage;
mod race;
mod race_account;
mod race_factors;
mod revocation;
mod upgrade;

use std::net::SocketAddr;

use doorward_tests::authenticator_app::AuthenticatorApp;
use doorward_tests::browser::{Browser, Page};
use doorward_tests::passkey::Passkey;
use doorward_tests::postgres::TestDatabase;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::{Value, json};

/// The workspace of these suites.
const WORKSPACE: &str = "acme";

/// Every budget at its widest, so that only what a test is about holds anybody up.
fn roomy(setup: Setup) -> Setup {
    [
        ("CODE_RESEND_WAIT_SECONDS", "0"),
        ("CODE_RESEND_WAIT_NEXT_SECONDS", "0"),
        ("CODES_PER_ADDRESS_PER_15_MINUTES", "1000"),
        ("CODES_PER_ADDRESS_PER_DAY", "10000"),
        ("CODE_REQUESTS_PER_NETWORK_PER_HOUR", "10000000"),
        ("CODE_FAILURES_PER_ACCOUNT_PER_HOUR", "100"),
        ("CODE_FAILURES_PER_ACCOUNT_PER_DAY", "200"),
        ("FAILURES_PER_NETWORK_PER_MINUTE", "10000000"),
        ("TRIES_PER_NETWORK_PER_MINUTE", "10000000"),
        ("SIGN_UPS_PER_NETWORK_PER_HOUR", "10000000"),
        ("RESETS_PER_ADDRESS_PER_15_MINUTES", "1000"),
        ("RESETS_PER_NETWORK_PER_HOUR", "10000000"),
        ("MAILS_PER_ADDRESS_PER_DAY", "10000"),
        ("MAILS_PER_DOMAIN_PER_HOUR", "10000000"),
        ("MAILS_PER_WORKSPACE_PER_HOUR", "10000000"),
        ("SECOND_FACTOR_FAILURES_BEFORE_WAIT", "10"),
        ("SECOND_FACTOR_FAILURES_PER_DAY", "100"),
        ("BACKUP_CODE_FAILURES_PER_DAY", "20"),
    ]
    .into_iter()
    .fold(setup, |setup, (limit, value)| {
        setup.env(&format!("DOORWARD_LIMITS__{limit}"), value)
    })
}

/// One server on SQLite, or two on one PostgreSQL database, with a mail server.
struct Place {
    nodes: Vec<Server>,
    mail: SmtpDouble,
    database: Option<TestDatabase>,
}

impl Place {
    /// One server on SQLite.
    async fn on_sqlite(shape: impl Fn(Setup) -> Setup) -> Self {
        let mail = SmtpDouble::start();
        let server = shape(Setup::new().mail(&mail)).start().await;
        server.create_workspace(WORKSPACE, "Acme");
        Self {
            nodes: vec![server],
            mail,
            database: None,
        }
    }

    /// Two servers on one PostgreSQL database.
    async fn on_postgres(shape: impl Fn(Setup) -> Setup) -> Self {
        let (mail, database) = (SmtpDouble::start(), TestDatabase::create().await);
        let setup = || shape(Setup::new().mail(&mail).database(&database));
        let first = setup().start().await;
        first.create_workspace(WORKSPACE, "Acme");
        let second = setup().start_beside(&first).await;
        Self {
            nodes: vec![first, second],
            mail,
            database: Some(database),
        }
    }

    /// A node by a number that may be larger than there are nodes: they take turns.
    fn node(&self, turn: usize) -> &Server {
        &self.nodes[turn % self.nodes.len()]
    }

    fn node_mut(&mut self, turn: usize) -> &mut Server {
        let count = self.nodes.len();
        &mut self.nodes[turn % count]
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Server::address).collect()
    }

    /// An app without pages at a node.
    fn app(&self, turn: usize) -> App {
        App(Browser::new(
            self.node(turn).address(),
            &self.node(0).host_of(WORKSPACE),
        ))
    }

    /// The lines of the nodes' logs that are about trouble, for messages.
    fn warnings(&self) -> String {
        let logs: Vec<String> = self.nodes.iter().map(Server::log).collect();
        let lines = logs.iter().flat_map(|log| log.lines());
        let trouble = lines.filter(|line| line.contains("WARN") || line.contains("ERROR"));
        trouble.take(20).collect::<Vec<_>>().join("\n")
    }

    fn create_person(&self, email: &str, password: &str) {
        self.node(0).create_person(WORKSPACE, email, "Ada", password);
    }
}

/// An app that signs people in by the JSON calls. Clones share connections.
#[derive(Clone)]
struct App(Browser);

impl App {
    /// Goes on at another node.
    fn at(&self, node: SocketAddr) -> Self {
        let mut app = self.clone();
        app.0.at_node(node);
        app
    }

    async fn post(&mut self, path: &str, body: Value) -> Page {
        self.0.json(Method::POST, path, &body).await
    }

    /// The same, for a server that may be killed meanwhile.
    async fn try_post(&mut self, path: &str, body: Value) -> Option<Page> {
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let sent = self
            .0
            .try_send(Method::POST, path, &headers, body.to_string().into_bytes());
        sent.await.ok()
    }

    async fn with_password(&mut self, email: &str, password: &str) -> Page {
        self.post(
            "/api/v1/sign-in/password",
            json!({"email": email, "password": password}),
        )
        .await
    }

    async fn on_device(&mut self, email: &str, password: &str, device: &str) -> Page {
        let body = json!({"email": email, "password": password, "device_token": device});
        self.post("/api/v1/sign-in/password", body).await
    }

    async fn ask_code(&mut self, email: &str) -> Page {
        self.post("/api/v1/sign-in/code", json!({"email": email})).await
    }

    /// Asks for a code and answers the attempt.
    async fn flow(&mut self, email: &str) -> String {
        text(&self.ask_code(email).await.expect_status(202), "/flow")
    }

    async fn verify(&mut self, flow: &str, code: &str) -> Page {
        self.post("/api/v1/sign-in/code/verify", json!({"flow": flow, "code": code}))
            .await
    }

    async fn ask_reset(&mut self, email: &str) -> Page {
        self.post("/api/v1/password-reset", json!({"email": email})).await
    }

    async fn reset(&mut self, token: &str, password: &str) -> Page {
        let body = json!({"token": token, "password": password});
        self.post("/api/v1/password-reset/confirm", body).await
    }

    /// Signs in with a password and answers the session's token.
    async fn token(&mut self, email: &str, password: &str) -> String {
        text(
            &self.with_password(email, password).await.expect_status(200),
            "/session/token",
        )
    }

    /// What the session check answers to this token.
    async fn check(&mut self, token: &str) -> u16 {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_str())];
        let page = self.0.send(Method::GET, "/api/v1/session", &headers, Vec::new()).await;
        page.status.as_u16()
    }

    /// Sends a request of whoever holds this session.
    async fn own(&mut self, token: &str, method: Method, path: &str, body: Option<Value>) -> Page {
        let header = format!("Bearer {token}");
        let mut headers = vec![("authorization", header.as_str()), ("accept", "application/json")];
        let body = body.map_or_else(Vec::new, |body| {
            headers.push(("content-type", "application/json"));
            body.to_string().into_bytes()
        });
        self.0.send(method, path, &headers, body).await
    }

    /// Turns two-factor authentication on; answers the app and the backup codes.
    async fn enrol(&mut self, token: &str) -> (AuthenticatorApp, Vec<String>) {
        let path = "/api/v1/account/two-factor";
        let setup = self
            .own(token, Method::POST, path, Some(json!({})))
            .await
            .expect_status(200);
        let mut phone = AuthenticatorApp::from_key(&text(&setup, "/key"));
        let body = json!({"code": phone.next_code().await});
        let path = "/api/v1/account/two-factor/enable";
        let enabled = self.own(token, Method::POST, path, Some(body)).await.expect_status(200);
        (phone, codes_of(&enabled))
    }

    /// Signs in with a password as far as the second step; answers the attempt.
    async fn half(&mut self, email: &str, password: &str) -> String {
        let page = self.with_password(email, password).await.expect_status(200);
        assert_eq!(text(&page, "/outcome"), "second_factor_required");
        text(&page, "/flow")
    }

    async fn second_factor(&mut self, flow: &str, code: &str) -> Page {
        self.post("/api/v1/sign-in/second-factor", json!({"flow": flow, "code": code}))
            .await
    }

    /// Adds a passkey to the account of whoever holds this session.
    async fn add_passkey(&mut self, token: &str, origin: &str) -> Passkey {
        let path = "/api/v1/account/passkeys/options";
        let asked = self
            .own(token, Method::POST, path, Some(json!({})))
            .await
            .expect_status(200);
        let mut device = Passkey::at(origin);
        let answer = device.register(&asked.json()["options"]);
        let body = json!({"ceremony": text(&asked, "/ceremony"), "answer": answer, "name": "Her phone"});
        self.own(token, Method::POST, "/api/v1/account/passkeys", Some(body))
            .await
            .expect_status(201);
        device
    }

    /// Signs out.
    async fn sign_out(&mut self, token: &str) -> Page {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_str())];
        self.0
            .send(Method::DELETE, "/api/v1/session", &headers, Vec::new())
            .await
    }
}

/// A text of a JSON answer.
fn text(page: &Page, pointer: &str) -> String {
    let document = page.json();
    let found = document.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("{} answered no {pointer}: {document}", page.path))
        .to_owned()
}

/// The backup codes of an answer that shows them.
fn codes_of(page: &Page) -> Vec<String> {
    let document = page.json();
    let codes = document["backup_codes"].as_array();
    let codes = codes.unwrap_or_else(|| panic!("{} answered no backup codes: {document}", page.path));
    codes
        .iter()
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect()
}

/// The reason of a refusal, or nothing.
fn reason(page: &Page) -> String {
    serde_json::from_slice::<Value>(&page.bytes)
        .ok()
        .and_then(|document| document.get("reason")?.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The last part of a link's path.
fn token_of(link: &str) -> String {
    link.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A well-formed code that is not `right`.
fn wrong_code(right: &str) -> String {
    let first = if right.starts_with('A') { 'B' } else { 'A' };
    right
        .char_indices()
        .map(|(at, letter)| if at == 0 { first } else { letter })
        .collect()
}
