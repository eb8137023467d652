//! Workspaces by host name: nothing of one works, or shows, in another.

use doorward_tests::browser::{Browser, fresh_password};
use doorward_tests::postgres::TestDatabase;
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::SmtpDouble;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ADA, INCORRECT, app, as_portal, ask_code, ask_reset, contact_body, path_of, refuses, refuses_app, says, sign_in,
    text, who, wide_network,
};

struct Two {
    server: Server,
    mail: SmtpDouble,
}

impl Two {
    async fn new(shape: impl FnOnce(Setup) -> Setup) -> Self {
        let mail = SmtpDouble::start();
        let server = shape(wide_network(Setup::new().mail(&mail))).start().await;
        server.create_workspace("acme", "Acme");
        server.create_workspace("globex", "Globex");
        Self { server, mail }
    }

    fn key(&self, workspace: &str) -> String {
        let args = [
            "api-key",
            "create",
            "--workspace",
            workspace,
            "--scope",
            "users:read",
            "--scope",
            "users:write",
        ];
        self.server.cli(&args).expect_success().stdout.trim().to_owned()
    }
}

/// The same browser at another workspace, its cookies carried over as no browser would.
fn carried(server: &Server, browser: &Browser, workspace: &str) -> Browser {
    let mut other = server.browser(workspace);
    for (name, cookie) in browser.cookies() {
        other.set_cookie(name, &cookie.value);
    }
    other
}

async fn nothing_crosses(two: &Two) {
    let server = &two.server;
    let (here, there) = (fresh_password(), fresh_password());
    server.create_person("acme", ADA, "Ada", &here);
    server.create_person("globex", ADA, "Ada", &there);

    // One address, two accounts, two passwords.
    refuses(&sign_in(&mut server.browser("acme"), ADA, &there).await, 401, INCORRECT);
    refuses(
        &sign_in(&mut server.browser("globex"), ADA, &here).await,
        401,
        INCORRECT,
    );
    let mut acme = server.browser("acme");
    sign_in(&mut acme, ADA, &here).await.expect_status(303);
    let id = text(&acme.get("/api/v1/session").await, "/user/id");

    // A session, as a cookie and as a bearer token.
    let mut globex = carried(server, &acme, "globex");
    assert_eq!(who(&mut globex).await, None);
    let home = globex.get("/").await.expect_status(200);
    assert!(home.html().link("Sign in").is_some() && !home.body().contains("Ada"));
    let mut bearer = server.browser("globex");
    bearer.always(
        "authorization",
        &format!("Bearer {}", acme.cookies()["doorward_session"].value),
    );
    assert_eq!(who(&mut bearer).await, None);
    assert_eq!(bearer.get("/api/v1/forward-auth").await.status, 401);
    assert_eq!(
        bearer
            .send(Method::DELETE, "/api/v1/session", &[], Vec::new())
            .await
            .status,
        401
    );
    assert_eq!(
        who(&mut acme).await.as_deref(),
        Some(ADA),
        "and it was not ended from there"
    );

    // An attempt and its code.
    let mut asker = server.browser("acme");
    let page = ask_code(&mut asker, "/sign-in", ADA).await.expect_status(200);
    let code = two.mail.wait_for_mail(ADA).await.code();
    let mut thief = carried(server, &asker, "globex");
    let told = thief.submit_only(&page, "Continue", &[("Sign-in code", &code)]).await;
    assert_eq!(told.status, 410, "{}", told.html().text());
    assert!(!told.body().contains("Acme"), "{}", told.html().text());
    assert_eq!(who(&mut thief).await, None);
    let flow = text(
        &app(
            &mut server.browser("acme"),
            "/api/v1/sign-in/code",
            json!({"email": "bo@acme.test"}),
        )
        .await,
        "/flow",
    );
    let told = app(
        &mut server.browser("globex"),
        "/api/v1/sign-in/code/verify",
        json!({"flow": flow, "code": code}),
    )
    .await;
    refuses_app(&told, 401, "session-expired");
    asker
        .submit(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(200);
    assert_eq!(who(&mut asker).await.as_deref(), Some(ADA));

    // A reset link.
    ask_reset(&mut server.browser("acme"), ADA).await.expect_status(200);
    let link = two.mail.wait_for_mails(ADA, 2).await[1].link();
    let path = path_of(&server.browser("acme"), &link);
    let told = server.browser("globex").visit(&path).await;
    assert_eq!(told.status, 410, "{}", told.html().text());
    let token = path.rsplit('/').next().expect("a token");
    let body = json!({"token": token, "password": fresh_password()});
    refuses_app(
        &app(&mut server.browser("globex"), "/api/v1/password-reset/confirm", body).await,
        410,
        "link-invalid",
    );
    server.browser("acme").visit(&path).await.expect_status(200);
    sign_in(&mut server.browser("globex"), ADA, &there)
        .await
        .expect_status(303);

    // Keys, and people by id, by search and by identity.
    let (ours, theirs) = (two.key("acme"), two.key("globex"));
    let mut portal = server.browser("globex");
    for (method, path, body) in [
        (Method::GET, "/api/v1/users".to_owned(), None),
        (Method::GET, format!("/api/v1/users/{id}"), None),
        (
            Method::PUT,
            "/api/v1/users/by-identity".to_owned(),
            Some(contact_body("new@acme.test")),
        ),
    ] {
        let told = as_portal(&mut portal, method, &path, &ours, body).await;
        assert_eq!(told.status, 401, "{path} with a foreign key: {}", told.body());
    }
    let told = as_portal(&mut portal, Method::GET, &format!("/api/v1/users/{id}"), &theirs, None).await;
    assert_eq!(told.status, 404, "{}", told.body());
    for query in ["", "?q=acme", "?q=Ada"] {
        let told = as_portal(
            &mut portal,
            Method::GET,
            &format!("/api/v1/users{query}"),
            &theirs,
            None,
        )
        .await
        .expect_status(200);
        assert!(
            !told.body().contains(&id) && !told.body().contains("owner@acme.test"),
            "{}",
            told.body()
        );
    }
    let made = as_portal(
        &mut portal,
        Method::PUT,
        "/api/v1/users/by-identity",
        &theirs,
        Some(contact_body("new@acme.test")),
    )
    .await;
    made.expect_status(201);
    let told = as_portal(
        &mut server.browser("acme"),
        Method::GET,
        "/api/v1/users?q=new@acme.test",
        &ours,
        None,
    )
    .await;
    assert_eq!(told.expect_status(200).json()["items"], Value::Array(Vec::new()));

    // The people themselves: disabling one leaves the other.
    let args = ["user", "disable", "--workspace", "globex", "--email", ADA];
    server.cli(&args).expect_success();
    assert_eq!(who(&mut acme).await.as_deref(), Some(ADA));
    sign_in(&mut server.browser("acme"), ADA, &here)
        .await
        .expect_status(303);
}

#[tokio::test]
async fn nothing_of_one_workspace_works_in_another_on_sqlite() {
    nothing_crosses(&Two::new(|setup| setup).await).await;
}

#[tokio::test]
async fn nothing_of_one_workspace_works_in_another_on_postgres() {
    let database = TestDatabase::create().await;
    nothing_crosses(&Two::new(|setup| setup.database(&database)).await).await;
}

#[tokio::test]
async fn the_base_host_serves_the_default_workspace() {
    let two = Two::new(|setup| setup.key("default_workspace = \"acme\"")).await;
    let password = fresh_password();
    two.server.create_person("acme", ADA, "Ada", &password);
    let mut base = two.server.browser("");
    assert_eq!(base.get("/").await.expect_status(200).html().heading(), "Acme");
    sign_in(&mut base, ADA, &password).await.expect_status(303);
    assert_eq!(who(&mut base).await.as_deref(), Some(ADA));
    ask_reset(&mut base, ADA).await.expect_status(200);
    let link = two.mail.wait_for_mail(ADA).await.link();
    let own = [
        two.server.url("", "/reset-password/"),
        two.server.url("acme", "/reset-password/"),
    ];
    assert!(own.iter().any(|start| link.starts_with(start)), "{link}");
    assert_eq!(two.server.browser("globex").get("/").await.html().heading(), "Globex");
}

#[tokio::test]
async fn without_a_default_workspace_the_base_host_leads_to_one_and_signs_nobody_in() {
    let two = Two::new(|setup| setup).await;
    let mut base = two.server.browser("");
    let page = base.get("/").await.expect_status(200);
    assert_eq!(page.html().heading(), "Find your help centre");
    assert!(!page.body().contains("Globex"), "workspaces are not listed");
    assert_eq!(base.get("/sign-in").await.status, 404);
    let found = base.get("/?workspace=globex").await.expect_status(303);
    assert_eq!(found.location(), Some(two.server.url("globex", "/").as_str()));
    says(
        &base.get("/?workspace=nobody-here").await,
        404,
        "We don’t know a help centre at this address.",
    );
    for typed in [
        "evil.example",
        "globex.evil.example",
        "https%3A%2F%2Fevil.example",
        "globex%2F..%2F..",
        "%40evil.example",
        "//evil.example",
    ] {
        let told = base.get(&format!("/?workspace={typed}")).await;
        let leads = told.location().unwrap_or_default();
        assert!(
            leads.is_empty() || leads == two.server.url("globex", "/"),
            "{typed} leads to {leads}"
        );
        assert!(!told.status.is_server_error());
    }
}

#[tokio::test]
async fn an_unknown_host_gets_a_page_that_reveals_nothing_and_health_answers_everywhere() {
    let two = Two::new(|setup| setup).await;
    let base = two.server.host_of("");
    let mut bodies = std::collections::BTreeSet::new();
    for host in [
        format!("unknown.{base}"),
        "evil.example".to_owned(),
        format!("acme.globex.{base}"),
        format!("-acme.{base}"),
        format!("acme-.{base}"),
        format!("ac_me.{base}"),
    ] {
        let mut browser = Browser::new(two.server.address(), &host);
        for path in ["/", "/sign-in", "/sign-up", "/reset-password/abc", "/nothing"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, 404, "{host}{path}");
            bodies.insert(page.body());
            for word in ["Acme", "Globex", "acme", "globex", "oorward"] {
                assert!(!page.body().contains(word), "{host}{path} says {word}: {}", page.body());
            }
            assert!(!page.headers.contains_key("set-cookie"), "{host}{path}");
        }
        let told = app(&mut browser, "/api/v1/sign-in/code", json!({"email": ADA})).await;
        assert_eq!(told.status, 404, "{host}");
        for path in ["/healthz", "/readyz"] {
            browser.get(path).await.expect_status(200);
        }
    }
    assert_eq!(bodies.len(), 1, "one page for all of them: {bodies:?}");
    assert!(two.mail.report().await.mails.is_empty());
}
