use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::body::Body as AxumBody;
use axum::routing::{get, post};
use doorward_domain::ids::{SessionId, UserId};
use doorward_domain::method::Method as SignInMethod;
use doorward_domain::ports::{FaultKind as PortFault, MockClock, MockSessions, PortError};
use doorward_domain::role::Role;
use doorward_domain::secret::RawToken;
use doorward_domain::session::SessionView;
use doorward_domain::time::Timestamp;
use doorward_domain::workspace::{Slug, Workspace};
use http_body_util::BodyExt;
use serde::Deserialize;

use super::*;
use crate::edge::host::LookupUnavailable;
use crate::extract::{Form, FormAttempt, Json};
use crate::health::NotReady;
use crate::public_url::PublicUrl;
use crate::testing::{SeededEntropy, workspace, workspace_id};

struct Workspaces;

#[async_trait]
impl FindWorkspace for Workspaces {
    async fn by_slug(&self, slug: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        match slug {
            "acme" | "other" => Ok(Some(workspace(slug))),
            "down" => Err(LookupUnavailable("away".into())),
            "still" => std::future::pending().await,
            _ => Ok(None),
        }
    }
    async fn by_host_name(&self, host: &str) -> Result<Option<Arc<Workspace>>, LookupUnavailable> {
        Ok((host == "support.acme.org").then(|| workspace("acme")))
    }
}

struct Ready(Arc<AtomicBool>);

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Result<(), NotReady> {
        if self.0.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err(NotReady("database unreachable".into()))
        }
    }
}

struct Pages;

impl FaultPages for Pages {
    fn page(&self, fault: &Fault, context: &RequestContext, _: &HeaderMap) -> Option<String> {
        assert_ne!(context.path(), "/page-panics", "as planned");
        Some(format!(
            "<h1>page of {}</h1>{}",
            fault.kind().code(),
            context.nonce().as_str()
        ))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { axum::response::Html("home") }))
        .route(
            "/form",
            get(|context: RequestContext| async move { axum::response::Html(context.form_token()) })
                .post(|Form(note): Form<Note>| async move { note.text }),
        )
        .route(
            "/kind-form",
            post(|attempt: FormAttempt<Note>| async move {
                match attempt {
                    FormAttempt::Fresh(note) => format!("fresh {}", note.text),
                    FormAttempt::Expired(note) => format!("expired {}", note.text),
                }
            }),
        )
        .route(
            "/reset-password/{token}",
            get(|| async { axum::response::Html("token page") }),
        )
        .route("/panics", get(|| async { [1][std::hint::black_box(1)].to_string() }))
        .route("/page-panics", get(|| async { Fault::new(FaultKind::Conflict) }))
        .route(
            "/busy",
            get(|| async { Fault::new(FaultKind::Unavailable).retry_after(7) }),
        )
        .route(
            "/address",
            get(|context: RequestContext| async move { context.caller().address.to_string() }),
        )
        .route("/sign-in/jwt", post(|| async { "redeemed" }))
        .route("/api/v1/note", post(|Json(note): Json<Note>| async move { note.text }))
        .route(
            "/api/v1/panics",
            get(|| async { [1][std::hint::black_box(1)].to_string() }),
        )
        .route(
            "/api/v1/session",
            axum::routing::delete(|| async { http::StatusCode::NO_CONTENT }),
        )
}

const TOKEN_BYTE: u8 = 0;

/// The token text that [`sessions`] knows.
fn token() -> String {
    data_encoding::BASE64URL_NOPAD.encode(&[TOKEN_BYTE; 32])
}

fn view() -> SessionView {
    let id = uuid::Uuid::from_u128(7);
    SessionView {
        id: SessionId::from_uuid(id),
        created_at: Timestamp::from_unix_seconds(1_700_000_000),
        proved_at: Timestamp::from_unix_seconds(1_700_000_000),
        expires_at: Timestamp::from_unix_seconds(1_700_086_400),
        method: SignInMethod::Password,
        workspace: workspace_id("acme"),
        workspace_slug: Slug::parse("acme").unwrap(),
        user: UserId::from_uuid(id),
        name: "Zoë \u{7}Łuk".to_owned(),
        primary_email: Some("zoe@acme.example".to_owned()),
        emails: vec!["zoe@acme.example".to_owned()],
        role: Role::Agent,
        permissions: Role::Agent.permissions(),
        organisations: vec!["Acme, Inc".to_owned()],
        language: None,
        time_zone: None,
    }
}

/// One session; in memory, or only to be had by asking.
fn sessions(in_memory: bool) -> MockSessions {
    let mut sessions = MockSessions::new();
    let known = RawToken::parse(&token()).unwrap().digest();
    sessions
        .expect_peek()
        .returning(move |token, _| in_memory.then(|| token.matches(&known).then(|| Arc::new(view()))));
    sessions.expect_check().returning(move |token, _| {
        assert!(!in_memory, "memory can answer");
        Ok(token.matches(&known).then(|| Arc::new(view())))
    });
    sessions
}

struct House {
    app: App,
    ready: Arc<AtomicBool>,
    draining: CancellationToken,
}

fn house_with(url: &str, sessions: MockSessions) -> House {
    let ready = Arc::new(AtomicBool::new(true));
    let draining = CancellationToken::new();
    let mut clock = MockClock::new();
    clock
        .expect_now()
        .return_const(Timestamp::from_unix_seconds(1_700_000_100));
    let app = App::new(AppParts {
        config: HttpConfig {
            public_url: PublicUrl::parse(url).unwrap(),
            default_workspace: Some("acme".to_owned()),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            form_targets: Vec::new(),
        },
        form_tokens: FormTokens::new([3; 32]),
        entropy: Arc::new(SeededEntropy::new(5)),
        clock: Arc::new(clock),
        sessions: Arc::new(sessions),
        find_for_checks: Arc::new(Workspaces),
        find_workspace: Arc::new(Workspaces),
        readiness: Arc::new(Ready(Arc::clone(&ready))),
        draining: draining.clone(),
        assets: Arc::new(Assets::embedded()),
        fault_pages: Arc::new(Pages),
        directory_upload_bytes: 1024 * 1024,
        router: router(),
    });
    House { app, ready, draining }
}

fn house() -> House {
    house_with("http://localhost:8080", sessions(true))
}

struct Told {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Told {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Asks with a request written as lines: `METHOD path`, then `name: value`, then after an empty line the body.
async fn ask_from(app: &App, peer: &str, text: &str) -> Told {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    let mut has_host = false;
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        has_host |= name == "host";
        request = request.header(name, value);
    }
    if !has_host {
        request = request.header("host", "localhost:8080");
    }
    let mut request = request.body(AxumBody::from(body.to_owned())).unwrap();
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Told {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn ask(app: &App, text: &str) -> Told {
    ask_from(app, "203.0.113.9:4711", text).await
}

/// Every kind of answer there is.
fn every_kind() -> Vec<(String, u16)> {
    let asset = Assets::embedded().by_name("app.css").unwrap().path().to_owned();
    let cookie = format!("cookie: doorward_session={0}", token());
    let secure_cookie = format!("cookie: __Host-doorward_session={0}", token());
    let big = "a".repeat(65 * 1024);
    vec![
        ("GET /".to_owned(), 200),
        ("HEAD /".to_owned(), 200),
        ("GET /form".to_owned(), 200),
        ("GET /nowhere".to_owned(), 404),
        ("GET /api/v1/nowhere".to_owned(), 404),
        ("DELETE /".to_owned(), 405),
        ("BREW /".to_owned(), 405),
        ("GET /panics".to_owned(), 500),
        ("GET /page-panics".to_owned(), 409),
        ("GET /api/v1/panics".to_owned(), 500),
        ("GET /busy".to_owned(), 503),
        (format!("GET {asset}"), 200),
        (format!("POST {asset}"), 405),
        ("GET /assets/app.0000000000000000.css".to_owned(), 404),
        ("GET /healthz".to_owned(), 200),
        ("GET /readyz".to_owned(), 200),
        ("GET /\nhost: nobody.example".to_owned(), 404),
        ("GET /api/v1/session\nhost: nobody.example".to_owned(), 404),
        ("GET /\nhost: down.localhost".to_owned(), 503),
        ("GET /reset-password/abc".to_owned(), 200),
        ("GET /api/v1/session".to_owned(), 401),
        ("GET /api/v1/forward-auth".to_owned(), 401),
        (format!("GET /api/v1/session\n{cookie}\n{secure_cookie}"), 200),
        (format!("GET /api/v1/forward-auth\n{cookie}\n{secure_cookie}"), 200),
        ("POST /form\nsec-fetch-site: cross-site".to_owned(), 403),
        (
            format!("POST /kind-form\ncontent-type: application/x-www-form-urlencoded\n\ntext={big}"),
            413,
        ),
        (
            "POST /kind-form\ncontent-type: application/x-www-form-urlencoded\n\ntext=%ff".to_owned(),
            400,
        ),
        ("POST /kind-form\ncontent-type: text/plain\n\ntext=a".to_owned(), 415),
        (
            "POST /api/v1/note\ncontent-type: application/json\n\n{\"txt\":1}".to_owned(),
            422,
        ),
    ]
}

#[tokio::test]
async fn r84_every_answer_carries_the_headers() {
    for (url, host, https) in [
        ("http://localhost:8080", "localhost:8080", false),
        ("https://help.example.com", "help.example.com", true),
    ] {
        let house = house_with(url, sessions(true));
        for (request, status) in every_kind() {
            let request = if request.contains("\nhost:") {
                request.replace(
                    "down.localhost",
                    if https {
                        "down.help.example.com"
                    } else {
                        "down.localhost"
                    },
                )
            } else {
                let (line, rest) = request.split_once('\n').unwrap_or((request.as_str(), ""));
                let rest = if rest.is_empty() {
                    String::new()
                } else {
                    format!("\n{rest}")
                };
                format!("{line}\nhost: {host}{rest}")
            };
            let told = ask(&house.app, &request).await;
            let shown = &request[..request.len().min(80)];
            assert_eq!(told.status, status, "{shown}: {}", told.body);
            let policy = told.header("content-security-policy");
            for directive in [
                "default-src 'none'",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(directive), "{shown}: {policy}");
            }
            assert_eq!(told.header("x-content-type-options"), "nosniff", "{shown}");
            assert_eq!(told.header("cross-origin-opener-policy"), "same-origin", "{shown}");
            assert!(!told.header("permissions-policy").is_empty(), "{shown}");
            assert!(
                matches!(told.header("referrer-policy"), "no-referrer" | "strict-origin"),
                "{shown}"
            );
            assert_eq!(told.headers.contains_key("strict-transport-security"), https, "{shown}");
            assert_eq!(told.header("x-request-id").len(), 36, "{shown}");
            assert!(!told.headers.contains_key("access-control-allow-origin"), "{shown}");
            let kept = status == 200 && request.starts_with("GET /assets/");
            assert_eq!(told.header("cache-control") == "no-store", !kept, "{shown}");
            assert_eq!(told.headers.contains_key("vary"), !kept, "{shown}");
        }
    }
}

#[tokio::test]
async fn refusals_are_pages_for_people_and_problems_for_programs() {
    let house = house();
    let page = ask(&house.app, "GET /nowhere").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let nonce = page.body.strip_prefix("<h1>page of not-found</h1>").unwrap();
    assert!(
        page.header("content-security-policy")
            .contains(&format!("script-src 'self' 'nonce-{nonce}'"))
    );
    for request in [
        "GET /api/v1/nowhere",
        "GET /nowhere\naccept: application/json",
        "GET /dev/mailbox.json",
    ] {
        let problem = ask(&house.app, request).await;
        assert_eq!(problem.header("content-type"), "application/problem+json", "{request}");
        assert_eq!(problem.json()["type"], "urn:doorward:problem:not-found", "{request}");
    }
    let wrong = ask(&house.app, "DELETE /").await;
    assert!(wrong.header("allow").contains("GET"), "{}", wrong.header("allow"));
    assert_eq!(ask(&house.app, "GET /busy").await.header("retry-after"), "7");
}

#[tokio::test]
async fn r119_a_panic_is_told_without_detail() {
    let house = house();
    let told = ask(&house.app, "GET /panics").await;
    assert!(
        told.body.starts_with("<h1>page of internal</h1>") && !told.body.contains("bounds"),
        "{}",
        told.body
    );
    let told = ask(&house.app, "GET /page-panics").await;
    assert!(told.body.contains("<h1>Conflict</h1>"), "{}", told.body);
    let told = ask(&house.app, "GET /api/v1/panics").await;
    assert_eq!(told.json()["status"], 500);
    assert!(!told.body.contains("bounds"));
}

#[tokio::test]
async fn r35_an_unknown_host_learns_nothing() {
    let house = house();
    let told = ask(&house.app, "GET /\nhost: nobody.example").await;
    let same = ask(&house.app, "GET /sign-in\nhost: x.y.localhost").await;
    assert_eq!((told.status, &told.body), (same.status, &same.body));
    assert!(
        !told.body.to_lowercase().contains("doorward") && !told.body.contains("acme"),
        "{}",
        told.body
    );
    for host in ["nobody.example", "localhost", "acme.localhost", "anything"] {
        assert_eq!(
            ask(&house.app, &format!("GET /healthz\nhost: {host}")).await.status,
            200
        );
        assert_eq!(ask(&house.app, &format!("GET /readyz\nhost: {host}")).await.status, 200);
    }
}

#[tokio::test]
async fn readiness_tells_why_and_flips_before_the_end() {
    let house = house();
    house.ready.store(false, Ordering::Relaxed);
    let told = ask(&house.app, "GET /readyz").await;
    assert_eq!(
        (told.status, told.json()["reason"].as_str()),
        (503, Some("database unreachable"))
    );
    house.ready.store(true, Ordering::Relaxed);
    assert_eq!(ask(&house.app, "GET /readyz").await.status, 200);
    house.draining.cancel();
    assert_eq!(ask(&house.app, "GET /readyz").await.status, 503);
    assert_eq!(ask(&house.app, "GET /healthz").await.status, 200);
    assert_eq!(ask(&house.app, "GET /").await.status, 200);
}

#[tokio::test]
async fn r83_a_form_counts_for_the_browser_it_was_shown_to() {
    let house = house();
    let shown = ask(&house.app, "GET /form").await;
    let cookie = shown.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(shown.header("set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    let post = |path: &str, extra: &str, token: &str| {
        format!("POST {path}\ncontent-type: application/x-www-form-urlencoded{extra}\n\ntext=hello&form_token={token}")
    };
    let with_cookie = format!("\nsec-fetch-site: same-origin\ncookie: {cookie}");
    let told = ask(&house.app, &post("/form", &with_cookie, &shown.body)).await;
    assert_eq!((told.status, told.body.as_str()), (200, "hello"));
    // The same browser keeps its mark.
    let again = ask(&house.app, &format!("GET /form\ncookie: {cookie}")).await;
    assert_eq!(
        (&again.body, again.headers.contains_key("set-cookie")),
        (&shown.body, false)
    );
    // Another browser, no browser, no token, a cross-site sender.
    let stranger = ask(&house.app, "GET /form").await;
    for (extra, token) in [
        (with_cookie.as_str(), stranger.body.as_str()),
        (with_cookie.as_str(), ""),
        ("\nsec-fetch-site: same-origin", shown.body.as_str()),
        (&with_cookie.replace("same-origin", "cross-site"), shown.body.as_str()),
        (&with_cookie.replace("same-origin", "same-site"), shown.body.as_str()),
    ] {
        assert_eq!(
            ask(&house.app, &post("/form", extra, token)).await.status,
            403,
            "{extra} {token}"
        );
    }
    let told = ask(&house.app, &post("/kind-form", &with_cookie, "")).await;
    assert_eq!(told.body, "expired hello");
    let told = ask(&house.app, &post("/kind-form", &with_cookie, &shown.body)).await;
    assert_eq!(told.body, "fresh hello");
}

#[tokio::test]
async fn r83_json_needs_its_type_and_a_source_unless_a_token_speaks() {
    let house = house();
    let cookie = format!("\ncookie: doorward_session={}", token());
    for (extra, body, status) in [
        ("\ncontent-type: application/json", "{\"text\":\"a\"}", 200),
        (
            "\ncontent-type: application/json\norigin: http://localhost:8080",
            "{\"text\":\"a\"}",
            200,
        ),
        (
            "\ncontent-type: application/json\norigin: http://evil.example",
            "{\"text\":\"a\"}",
            403,
        ),
        (
            "\ncontent-type: application/json\nauthorization: Bearer x\norigin: http://evil.example",
            "{\"text\":\"a\"}",
            200,
        ),
        ("\ncontent-type: text/plain", "{\"text\":\"a\"}", 415),
        ("\ncontent-type: application/json", "{\"text\":\"a\",\"more\":1}", 422),
        ("\ncontent-type: application/json", "{\"text\":", 400),
    ] {
        let told = ask(&house.app, &format!("POST /api/v1/note{extra}\n\n{body}")).await;
        assert_eq!(told.status, status, "{extra} {body}");
    }
    let told = ask(&house.app, &format!("DELETE /api/v1/session{cookie}")).await;
    assert_eq!(told.status, 403);
    let told = ask(
        &house.app,
        &format!("DELETE /api/v1/session{cookie}\nsec-fetch-site: same-origin"),
    )
    .await;
    assert_eq!(told.status, 204);
    assert_eq!(
        ask(&house.app, "POST /sign-in/jwt\nsec-fetch-site: cross-site")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn r92_handlers_see_the_clients_address() {
    let house = house();
    let told = ask_from(
        &house.app,
        "10.0.0.1:1",
        "GET /address\nx-forwarded-for: 1.1.1.1, 198.51.100.1",
    )
    .await;
    assert_eq!(told.body, "198.51.100.1");
    let told = ask(&house.app, "GET /address\nx-forwarded-for: 198.51.100.1").await;
    assert_eq!(told.body, "203.0.113.9");
}

#[tokio::test]
async fn the_session_check_tells_who_this_is() {
    for in_memory in [true, false] {
        let house = house_with("http://localhost:8080", sessions(in_memory));
        for credential in [
            format!("cookie: doorward_session={}", token()),
            format!("authorization: Bearer {}", token()),
        ] {
            for host in [
                "localhost:8080",
                "acme.localhost:8080",
                "ACME.localhost",
                "support.acme.org",
            ] {
                // Twice, since a custom host is remembered from the first time on.
                for _ in 0..2 {
                    let told = ask(&house.app, &format!("GET /api/v1/session\nhost: {host}\n{credential}")).await;
                    assert_eq!(told.status, 200, "{host} {}", told.body);
                    assert_eq!(told.header("content-type"), "application/json");
                    let json = told.json();
                    assert_eq!(json["session"]["expires_at"], "2023-11-15T22:13:20.000Z");
                    assert_eq!(json["user"]["primary_email"], "zoe@acme.example");
                    assert_eq!(
                        json["user"]["permissions"],
                        serde_json::json!(["look-people-up", "ask-sign-in-check"])
                    );
                    assert_eq!(json["workspace"]["slug"], "acme");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_session_is_good_in_its_own_workspace_only() {
    let house = house();
    let bearer = format!("authorization: Bearer {}", token());
    for path in ["session", "forward-auth"] {
        let told = ask(
            &house.app,
            &format!("GET /api/v1/{path}\nhost: other.localhost\n{bearer}"),
        )
        .await;
        assert_eq!(told.status, 401, "{path}");
        assert!(!told.body.contains("zoe") && !told.headers.contains_key("remote-user"));
        let told = ask(
            &house.app,
            &format!("GET /api/v1/{path}\nhost: nobody.localhost\n{bearer}"),
        )
        .await;
        assert_eq!(told.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_bearer_token_shuts_the_cookie_out() {
    let house = house();
    let request = format!(
        "GET /api/v1/session\nauthorization: Bearer nonsense\ncookie: doorward_session={}",
        token()
    );
    assert_eq!(ask(&house.app, &request).await.status, 401);
}

#[tokio::test]
async fn an_absent_store_is_503_and_not_signed_out() {
    let mut sessions = MockSessions::new();
    sessions.expect_peek().returning(|_, _| None);
    sessions
        .expect_check()
        .returning(|_, _| Err(PortError::bare(PortFault::Unavailable, "sessions.check")));
    let house = house_with("http://localhost:8080", sessions);
    let told = ask(
        &house.app,
        &format!("GET /api/v1/session\nauthorization: Bearer {}", token()),
    )
    .await;
    assert_eq!((told.status, told.header("retry-after")), (503, "1"));
}

#[tokio::test]
async fn d1_forward_auth_names_the_person() {
    let house = house();
    let told = ask(
        &house.app,
        &format!("GET /api/v1/forward-auth\ncookie: doorward_session={}", token()),
    )
    .await;
    assert_eq!(told.status, 200);
    assert_eq!(told.header("remote-user"), "00000000-0000-0000-0000-000000000007");
    assert_eq!(told.header("remote-email"), "zoe@acme.example");
    assert_eq!(told.headers["remote-name"].as_bytes(), "Zoë Łuk".as_bytes());
    assert_eq!(told.header("remote-groups"), "agent,organisation:Acme Inc");
    assert_eq!(told.body, "");
}

#[tokio::test]
async fn d1_a_trusted_proxy_is_told_where_to_sign_in() {
    let house = house();
    let proxy = "10.0.0.1:5";
    for (peer, header, status, location) in [
        (
            proxy,
            "x-original-url: http://acme.localhost:8080/tickets/5?a=b",
            401,
            "http://acme.localhost:8080/sign-in?return_to=%2Ftickets%2F5%3Fa%3Db",
        ),
        (
            proxy,
            "x-forwarded-uri: /tickets/5",
            302,
            "http://acme.localhost:8080/sign-in?return_to=%2Ftickets%2F5",
        ),
        (
            proxy,
            "x-forwarded-uri: //evil.example/x",
            302,
            "http://acme.localhost:8080/sign-in",
        ),
        (
            proxy,
            "x-original-url: https://evil.example/x",
            401,
            "http://acme.localhost:8080/sign-in",
        ),
        (proxy, "x-other: 1", 401, ""),
        ("203.0.113.9:5", "x-forwarded-uri: /tickets/5", 401, ""),
        ("203.0.113.9:5", "x-original-url: /tickets/5", 401, ""),
    ] {
        let request = format!("GET /api/v1/forward-auth\nhost: acme.localhost:9999\n{header}");
        let told = ask_from(&house.app, peer, &request).await;
        assert_eq!(
            (told.status, told.header("location")),
            (status, location),
            "{peer} {header}"
        );
    }
    let told = ask_from(
        &house.app,
        proxy,
        "GET /api/v1/forward-auth\nx-forwarded-host: nobody.example\nx-forwarded-uri: /x",
    )
    .await;
    assert_eq!((told.status, told.header("location")), (404, ""));
}

#[tokio::test]
async fn token_pages_tell_no_referrer() {
    let house = house();
    assert_eq!(
        ask(&house.app, "GET /reset-password/abc")
            .await
            .header("referrer-policy"),
        "no-referrer"
    );
    assert_eq!(
        ask(&house.app, "GET /").await.header("referrer-policy"),
        "strict-origin"
    );
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let guard = metrics::set_default_local_recorder(&recorder);
    let house = house();
    ask(&house.app, "GET /reset-password/s3cret-token?code=s3cret-code").await;
    ask(&house.app, "GET /s3cret-path").await;
    ask(&house.app, "GET /panics").await;
    ask(&house.app, "S3CRET /").await;
    ask(&house.app, "GET /api/v1/session").await;
    drop(guard);
    let told = handle.render();
    assert!(!told.to_lowercase().contains("s3cret"), "{told}");
    for line in [
        "doorward_http_requests_total{method=\"GET\",route=\"/reset-password/{token}\",status=\"200\"} 1",
        "doorward_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "doorward_http_requests_total{method=\"GET\",route=\"/panics\",status=\"500\"} 1",
        "doorward_http_requests_total{method=\"GET\",route=\"/api/v1/session\",status=\"401\"} 1",
        "doorward_http_panics_total 1",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

/// SF4: a database that stands still says nothing at all.
#[tokio::test(start_paused = true)]
async fn a_handler_that_waits_for_ever_is_given_up_in_time_and_dropped() {
    let running = Arc::new(());
    let held = Arc::clone(&running);
    let router = Router::new()
        .route(
            "/stands-still",
            get(move || {
                let held = Arc::clone(&held);
                async move {
                    std::future::pending::<()>().await;
                    drop(held);
                }
            }),
        )
        .route(
            "/takes-its-time",
            get(|| async {
                tokio::time::sleep(ANSWERED_WITHIN.saturating_sub(Duration::from_secs(1))).await;
                "at last"
            }),
        );
    let app = crate::testing::app(router);
    let before = Arc::strong_count(&running);
    let began = tokio::time::Instant::now();
    let told = ask(&app, "GET /stands-still").await;
    assert_eq!((told.status, told.header("retry-after")), (503, "1"));
    assert_eq!(began.elapsed().as_secs(), ANSWERED_WITHIN.as_secs());
    assert_eq!(Arc::strong_count(&running), before, "what was begun is dropped");
    assert_eq!(ask(&app, "GET /takes-its-time").await.body, "at last");

    let began = tokio::time::Instant::now();
    let told = ask(&house().app, "GET /\nhost: still.localhost").await;
    assert_eq!((told.status, told.header("retry-after")), (503, "1"));
    assert_eq!(began.elapsed().as_secs(), ANSWERED_WITHIN.as_secs());
}
