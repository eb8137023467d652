//! What was issued in a whole run is nowhere but where it belongs (R37, E6): not in logs, metrics, the database or the
//! output of commands.

use std::time::Duration;

use doorward_tests::account::enable_two_factor;
use doorward_tests::browser::{Browser, fresh_password};
use doorward_tests::machine::wait_for;
use doorward_tests::mask::Secrets;
use doorward_tests::providers::{Abroad, Answer, Person, SECRET, Scripted, come_back, leave};
use doorward_tests::server::{Server, Setup};
use doorward_tests::smtp::{SmtpDouble, Tls};
use reqwest::Method;
use serde_json::json;
use sqlx::Row as _;

use crate::door::hand_over;

const SESSION_COOKIE: &str = "doorward_session";

/// Remembers every cookie, the hidden fields of the last page's forms aside.
fn remember_cookies(secrets: &mut Secrets, browser: &Browser) {
    for (name, cookie) in browser.cookies() {
        if cookie.value.len() >= 16 {
            secrets.issued(&format!("cookie {name}"), &cookie.value);
        }
    }
}

fn last_part(link: &str) -> &str {
    link.rsplit('/').next().expect("a link has parts")
}

/// People sign up, sign in by each way, forget and reset passwords, fail, and sign out; a portal application asks.
async fn live(server: &Server, mail: &SmtpDouble, secrets: &mut Secrets) {
    let invitation = server.create_workspace("acme", "Acme");
    secrets.issued("the owner's link", last_part(&invitation));
    let first = fresh_password();
    secrets.issued("the first password", &first);
    server.create_person("acme", "ada@acme.test", "Ada", &first);
    let made = server
        .cli(&[
            "api-key",
            "create",
            "--workspace",
            "acme",
            "--scope",
            "users:read",
            "--scope",
            "users:write",
        ])
        .expect_success();
    let key = made.stdout.trim().to_owned();
    secrets.issued("the API key", &key);

    // B1, wrongly and rightly.
    let mut ada = server.browser("acme");
    let page = ada.visit("/sign-in?return_to=%2Ftickets%2F7").await;
    let wrong = fresh_password();
    secrets.issued("a wrong password", &wrong);
    let fields = [("Email address", "ada@acme.test"), ("Password", wrong.as_str())];
    let page = ada.submit(&page, "Sign in", &fields).await.expect_status(401);
    let fields = [("Email address", "ada@acme.test"), ("Password", first.as_str())];
    ada.submit_only(&page, "Sign in", &fields).await.expect_status(303);
    remember_cookies(secrets, &ada);
    ada.get("/api/v1/session").await.expect_status(200);
    ada.get("/api/v1/forward-auth").await.expect_status(200);

    // B2, with a code that is wrong first.
    let mut bea = server.browser("acme");
    let page = bea.visit("/sign-in").await;
    let fields = [("Email address", "ada@acme.test")];
    let page = bea
        .submit(&page, "Email me a sign-in code", &fields)
        .await
        .expect_status(200);
    remember_cookies(secrets, &bea);
    let code = mail.wait_for_mail("ada@acme.test").await.code();
    secrets.issued("a sign-in code", &code);
    let wrong = if code == "ZZZZZZZ" { "YYYYYYY" } else { "ZZZZZZZ" };
    let page = bea.submit(&page, "Continue", &[("Sign-in code", wrong)]).await;
    let page = bea
        .submit(&page, "Continue", &[("Sign-in code", &code)])
        .await
        .expect_status(200);
    assert_eq!(page.path, "/");
    remember_cookies(secrets, &bea);

    // B14.
    let mut eve = server.browser("acme");
    let page = eve.visit("/forgot-password").await;
    eve.submit(&page, "Send reset email", &[("Email address", "ada@acme.test")])
        .await
        .expect_status(200);
    let link = mail.wait_for_words("ada@acme.test", "/reset-password/").await.link();
    secrets.issued("a reset token", last_part(&link));
    let path = eve.path_on_host("/", &link);
    let page = eve.visit(&path).await.expect_status(200);
    remember_cookies(secrets, &eve);
    let second = fresh_password();
    secrets.issued("the second password", &second);
    eve.submit(&page, "Set password", &[("New password", &second)])
        .await
        .expect_status(200);

    // A3.
    let mut carl = server.browser("acme");
    let page = carl.visit("/sign-up").await;
    let third = fresh_password();
    secrets.issued("the password of a sign-up", &third);
    let fields = [
        ("Full name", "Carl"),
        ("Email address", "carl@acme.test"),
        ("Password", third.as_str()),
    ];
    let page = carl.submit(&page, "Sign up", &fields).await.expect_status(200);
    let code = mail.wait_for_mail("carl@acme.test").await.code();
    secrets.issued("a verification code", &code);
    carl.submit(&page, "Continue", &[("Verification code", &code)])
        .await
        .expect_status(200);
    remember_cookies(secrets, &carl);

    // Without pages, and with input that is refused.
    let mut app = server.browser("acme");
    let body = serde_json::json!({"email": "ada@acme.test", "password": second});
    let answer = app
        .json(reqwest::Method::POST, "/api/v1/sign-in/password", &body)
        .await
        .expect_status(200);
    let token = answer.json()["session"]["token"].as_str().expect("a token").to_owned();
    secrets.issued("a bearer token", &token);
    let mut app = server.browser("acme");
    app.always("authorization", &format!("Bearer {token}"));
    app.get("/api/v1/session").await.expect_status(200);
    app.always("authorization", &format!("Bearer {key}"));
    app.get("/api/v1/users?q=ada").await.expect_status(200);
    let stray = format!("/reset-password/{}", "A1b2C3d4".repeat(5));
    secrets.issued("a token that never was", last_part(&stray));
    app.get(&stray).await;
    let broken = format!("{{\"email\": \"ada@acme.test\", \"password\": \"{second}\", \"nonsense\": ");
    let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
    app.send(
        reqwest::Method::POST,
        "/api/v1/sign-in/password",
        &headers,
        broken.into_bytes(),
    )
    .await;

    server
        .cli_with_input(
            &[
                "user",
                "set-password",
                "--workspace",
                "acme",
                "--email",
                "carl@acme.test",
                "--password-stdin",
            ],
            &first,
        )
        .expect_success();
    account(server, mail, secrets, &second).await;
    let page = bea.visit("/").await;
    if page.html().has_button("Sign out") {
        bea.submit(&page, "Sign out", &[]).await;
    }
    assert!(ada.cookies().contains_key(SESSION_COOKIE));
}

/// Ada turns two-factor authentication on, uses it, adds an address; the operator makes a link.
async fn account(server: &Server, mail: &SmtpDouble, secrets: &mut Secrets, password: &str) {
    let mut ada = server.browser("acme");
    let page = ada.visit("/sign-in").await;
    let fields = [("Email address", "ada@acme.test"), ("Password", password)];
    ada.submit_only(&page, "Sign in", &fields).await.expect_status(303);
    remember_cookies(secrets, &ada);
    let mut factor = enable_two_factor(&mut ada).await;
    secrets.issued("the app's key", &factor.phone.key());
    let spaced: Vec<String> = factor
        .phone
        .key()
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    secrets.issued("the app's key as it is shown", &spaced.join(" "));
    secrets.issued("the beginning of the app's address", "otpauth://totp/");
    for code in &factor.codes {
        secrets.issued("a backup code", code);
        secrets.issued("a backup code without dashes", &code.replace('-', ""));
    }
    for code in [
        factor.phone.next_code().await,
        factor.codes[0].clone(),
        factor.phone.wrong_code(),
    ] {
        let mut elsewhere = server.browser("acme");
        let page = elsewhere.visit("/sign-in").await;
        let page = elsewhere.submit(&page, "Sign in", &fields).await.expect_status(200);
        elsewhere
            .submit_only(&page, "Continue", &[("Authentication code", &code)])
            .await;
        remember_cookies(secrets, &elsewhere);
    }
    let shown = ada.visit("/account/security").await;
    let shown = ada
        .submit_only(&shown, "New backup codes", &[])
        .await
        .expect_status(200);
    for code in shown.html().texts("code") {
        secrets.issued("a new backup code", &code);
    }
    let page = ada.visit("/account/emails").await;
    ada.submit(&page, "Add", &[("Add an email address", "ada@second.test")])
        .await
        .expect_status(200);
    remember_cookies(secrets, &ada);
    for (address, words) in [
        ("ada@second.test", "/verify-email/"),
        ("ada@acme.test", "/revert-email/"),
        ("ada@acme.test", "/not-me/"),
    ] {
        let link = mail.wait_for_words(address, words).await.link();
        secrets.issued(&format!("a token of {words}"), last_part(&link));
        let mut opened = server.browser("acme");
        let path = opened.path_on_host("/", &link);
        opened.visit(&path).await.expect_status(200);
        remember_cookies(secrets, &opened);
    }
    let made = server
        .cli(&["recover", "--workspace", "acme", "owner@acme.test"])
        .expect_success();
    secrets.issued("a token of recover", last_part(made.stdout.trim()));
    let mut opened = server.browser("acme");
    let path = opened.path_on_host("/", made.stdout.trim());
    opened.visit(&path).await.expect_status(200);
    remember_cookies(secrets, &opened);
    let portal_link = [
        "portal-link",
        "create",
        "--workspace",
        "acme",
        "--email",
        "ada@acme.test",
    ];
    let made = server.cli(&portal_link).expect_success();
    secrets.issued("a token of a portal link", last_part(made.stdout.trim()));
    let mut opened = server.browser("acme");
    let path = opened.path_on_host("/", made.stdout.trim());
    let page = opened.visit(&path).await.expect_status(200);
    opened.submit_only(&page, "Send code", &[]).await;
    remember_cookies(secrets, &opened);
}

/// The person who looks at everything afterwards.
const DESK: &str = "desk@acme.test";

/// Signs in at an app, and gives the token.
async fn token_of(server: &Server, secrets: &mut Secrets, email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password});
    let mut app = server.browser("acme");
    let answer = app.json(Method::POST, "/api/v1/sign-in/password", &body).await;
    let token = answer.expect_status(200).json()["session"]["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    secrets.issued("a bearer token of staff", &token);
    token
}

fn bearer(server: &Server, token: &str) -> Browser {
    let mut browser = server.browser("acme");
    browser.always("authorization", &format!("Bearer {token}"));
    browser
}

/// What staff and other programs hold: tokens of directories, keys of hand-over, credentials of providers, what is told to
/// people who call, and the tickets from host to host. Gives the session of an owner.
async fn console(server: &Server, mail: &SmtpDouble, secrets: &mut Secrets) -> String {
    let password = fresh_password();
    secrets.issued("the password of the desk", &password);
    let whom = ["--workspace", "acme", "--email", DESK, "--role", "owner"];
    let how = ["--verified", "--password-stdin"];
    let args = [&["user", "create"][..], &whom, &how].concat();
    server.cli_with_input(&args, &password).expect_success();
    let token = token_of(server, secrets, DESK, &password).await;
    let mut desk = bearer(server, &token);

    // B9: a directory that syncs itself.
    let printed = server
        .cli(&["scim-token", "create", "--workspace", "acme"])
        .expect_success();
    let scim = printed.stdout.trim().to_owned();
    secrets.issued("a token of a directory", &scim);
    bearer(server, &scim).get("/scim/v2/Users").await.expect_status(200);
    let stray = format!("{}zz", &scim[..scim.len() - 2]);
    secrets.issued("a token of a directory that never was", &stray);
    bearer(server, &stray).get("/scim/v2/Users").await.expect_status(401);

    // B18: a token of the company's own site, good, a second time, and spoilt.
    let settings = ["settings", "set", "--workspace", "acme", "customers.hand_over=true"];
    server.cli(&settings).expect_success();
    let args = [
        "hand-over",
        "key",
        "add",
        "--workspace",
        "acme",
        "--audience",
        "customers",
    ];
    let secret = server.cli(&args).expect_success().stdout.trim().to_owned();
    secrets.issued("the secret of hand-over", &secret);
    let claims = json!({"iat": hand_over::now(), "jti": "once", "email": "handed@acme.test", "external_id": "1"});
    let jwt = hand_over::token(&secret, &claims);
    secrets.issued("a token of hand-over", &jwt);
    secrets.issued(
        "the signature of hand-over",
        jwt.rsplit('.').next().expect("a signature"),
    );
    for jwt in [jwt.clone(), jwt.clone(), jwt.replace('.', ".A")] {
        let mut handed = server.browser("acme");
        let page = handed
            .get(&hand_over::link(&jwt, "/tickets/7"))
            .await
            .expect_status(200);
        handed.submit_only(&page, "Continue", &[]).await;
        remember_cookies(secrets, &handed);
    }
    server.cli_with_input(&["hand-over", "check", "--workspace", "acme"], &jwt);

    // B6: there and back, and what the way carries; credentials of the workspace's own.
    secrets.issued("the client secret", SECRET);
    let mut browser = server.browser("acme");
    let page = browser.visit("/sign-in").await.expect_status(200);
    let there = leave(&mut browser, &page, "Sign in with Acme SSO").await;
    let back = Abroad::new().go(&there, Answer::As("")).await;
    for address in [&there, &back] {
        let address = url::Url::parse(address).expect("an address");
        for (name, value) in address.query_pairs() {
            if ["state", "nonce", "code", "code_challenge"].contains(&&*name) {
                secrets.issued(&format!("the {name} of a round trip"), &value);
            }
        }
    }
    come_back(&mut browser, &back).await.expect_status(303);
    come_back(&mut browser, &back).await;
    remember_cookies(secrets, &browser);
    let own = fresh_password();
    secrets.issued("a client secret of the workspace's own", &own);
    let kept = json!({"values": {"client_id": "own-client"}, "client_secret": own});
    let kept = desk.json(Method::PUT, "/api/v1/providers/google", &kept).await;
    assert!(kept.status.is_success(), "{}", kept.body());
    secrets.assert_absent_in("what keeping credentials answers", &kept.bytes);

    // C10, C2: somebody calls.
    server.create_person("acme", "cal@acme.test", "Cal", &fresh_password());
    let listed = desk
        .get("/api/v1/users?q=cal@acme.test")
        .await
        .expect_status(200)
        .json();
    let cal = &listed["items"][0];
    let own = format!("/api/v1/users/{}", cal["id"].as_str().expect("an id"));
    let begin = json!({"action": "set-password", "by": "mailbox", "email_id": cal["emails"][0]["id"]});
    let challenges = format!("{own}/caller-challenges");
    let begun = desk.json(Method::POST, &challenges, &begin).await.expect_status(201);
    let code = mail.wait_for_mail("cal@acme.test").await.code();
    secrets.issued("the code of somebody who calls", &code);
    secrets.assert_absent_in("what staff sees of a caller's code", &begun.bytes);
    let id = begun.json()["id"].as_str().expect("an id").to_owned();
    let tried = desk
        .json(Method::POST, &format!("{challenges}/{id}/code"), &json!({"code": code}))
        .await;
    tried.expect_status(200);
    let path = format!("{own}/temporary-password");
    let made = desk
        .json(Method::POST, &path, &json!({"challenge": id}))
        .await
        .expect_status(200);
    let temporary = made.json()["password"].as_str().expect("a password").to_owned();
    secrets.issued("a temporary password", &temporary);
    let delayed = json!({"action": "reset-two-factor", "by": "delay"});
    desk.json(Method::POST, &challenges, &delayed).await.expect_status(201);
    let link = mail.wait_for_words("cal@acme.test", "/stop").await.link();
    secrets.issued("a link that stops what was announced", last_part(&link));
    let mut opened = server.browser("acme");
    let path = opened.path_on_host("/", &link);
    opened.visit(&path).await.expect_status(200);
    remember_cookies(secrets, &opened);

    // C8: from host to host.
    let mut here = server.browser("acme");
    let page = here.visit("/sign-in").await;
    let fields = [("Email address", DESK), ("Password", password.as_str())];
    here.submit_only(&page, "Sign in", &fields).await.expect_status(303);
    remember_cookies(secrets, &here);
    let asked = here.get("/workspaces/new").await.expect_status(200);
    let crossing = here.submit_only(&asked, "Continue", &[]).await.expect_status(200);
    let ticket = crossing.html().submission("Continue", &[]).fields;
    let ticket = ticket.iter().find(|(name, _)| name == "ticket").expect("a ticket");
    secrets.issued("a ticket from host to host", &ticket.1);
    token
}

/// Everything that staff can look at and take out tells none of it.
async fn what_staff_sees(server: &Server, secrets: &Secrets, token: &str) {
    let mut desk = bearer(server, token);
    let mails = desk.get("/api/v1/mail?limit=199").await.expect_status(200).json();
    let mut pages: Vec<String> = mails["items"]
        .as_array()
        .expect("mails")
        .iter()
        .map(|mail| format!("/api/v1/mail/{}", mail["id"].as_str().expect("an id")))
        .collect();
    assert!(pages.len() > 15, "a whole run sends more than {} mails", pages.len());
    let people = desk.get("/api/v1/users").await.expect_status(200).json();
    for person in people["items"].as_array().expect("people") {
        pages.push(format!("/api/v1/users/{}", person["id"].as_str().expect("an id")));
        let email = person["primary_email"].as_str().unwrap_or_default();
        pages.push(format!("/api/v1/sign-in-check?email={email}"));
    }
    for page in [
        "/api/v1/mail?limit=199",
        "/api/v1/audit?limit=999",
        "/api/v1/audit?format=csv",
        "/api/v1/audit?format=jsonl",
        "/api/v1/settings",
        "/api/v1/providers",
        "/api/v1/scim-tokens",
        "/api/v1/hand-over/keys",
        "/api/v1/api-keys",
    ] {
        pages.push(page.to_owned());
    }
    for page in pages {
        let answer = desk.get(&page).await.expect_status(200);
        secrets.assert_absent_in(&page, &answer.bytes);
    }
}

async fn wait_until_mail_has_left(server: &Server) {
    wait_for("the outbox to empty", Duration::from_secs(20), || async {
        let mut database = server.sqlite().await;
        let waiting: i64 = sqlx::query("SELECT count(*) FROM outbox WHERE state = 'queued'")
            .fetch_one(&mut database)
            .await
            .expect("the outbox can be counted")
            .get(0);
        (waiting == 0).then_some(())
    })
    .await;
}

async fn nothing_leaks(format: &str, filter: &str) {
    let mail = SmtpDouble::offering(Tls::StartTls, Some(("jo", "hunter2-and-more")));
    let sso = Scripted::start(Person::new("4711").named("Sue").email("sue@acme.test", true));
    let server = Setup::new()
        .mail(&mail)
        .metrics()
        .provider("acme-sso", &sso, "authoritative_for = [\"acme.test\"]")
        .table("[workspaces]\nself_service = \"on\"")
        .env("DOORWARD_LOG__FORMAT", format)
        // Everything that an operator may switch on while looking for something.
        .env("DOORWARD_LOG__FILTER", filter)
        .start()
        .await;
    let mut secrets = Secrets::new();
    secrets.issued("the password for the mail server", "hunter2-and-more");
    live(&server, &mail, &mut secrets).await;
    let desk = console(&server, &mail, &mut secrets).await;
    wait_until_mail_has_left(&server).await;
    what_staff_sees(&server, &secrets, &desk).await;
    assert!(secrets.len() >= 70, "a whole run issues more than {}", secrets.len());

    let log = server.log();
    assert!(log.lines().count() > 30, "the log is there to be searched");
    secrets.assert_absent_in("the log", log.as_bytes());
    let address = server.metrics_address().expect("metrics were asked for");
    let metrics = Browser::new(address, &address.to_string())
        .get("/metrics")
        .await
        .expect_status(200);
    assert!(metrics.body().contains("doorward_http_requests_total"));
    secrets.assert_absent_in("the metrics", &metrics.bytes);
    for args in [
        &["config"][..],
        &["doctor"],
        &["doctor", "--json"],
        &["user", "list", "--workspace", "acme"],
        &["user", "list", "--workspace", "acme", "--json"],
        &["explain", "--workspace", "acme", "ada@acme.test"],
        &["explain", "--workspace", "acme", "ada@acme.test", "--json"],
        &["explain", "--workspace", "acme", "carl@acme.test", "--json"],
        &["mail", "test", "ada@acme.test"],
        &["settings", "get", "--workspace", "acme", "--json"],
        &["scim-token", "list", "--workspace", "acme"],
        &["hand-over", "key", "list", "--workspace", "acme"],
        &["portal-link", "list", "--workspace", "acme", "--email", "ada@acme.test"],
        &["audit", "verify"],
    ] {
        let said = server.cli(args).expect_success();
        assert!(!said.stdout.is_empty());
        secrets.assert_absent_in(&said.command, said.stdout.as_bytes());
        secrets.assert_absent_in(&said.command, said.stderr.as_bytes());
    }
    // The database with its log and index of writes, and whatever else the server keeps. The configuration was written
    // by the operator, who put the mail server's password there.
    let files = ["doorward.db", "doorward.db-wal"];
    for file in files {
        assert!(server.folder().join(file).exists(), "{file} is there to be searched");
    }
    secrets.assert_absent_from(server.folder(), &|path| path.ends_with("doorward.toml"));
}

#[tokio::test]
async fn r37_nothing_that_a_run_issued_is_found_afterwards_with_pretty_logs() {
    nothing_leaks("pretty", "trace").await;
}

#[tokio::test]
async fn r37_nothing_that_a_run_issued_is_found_afterwards_with_json_logs() {
    nothing_leaks("json", "debug").await;
}

#[tokio::test]
async fn a_mail_is_sealed_while_it_waits_and_wiped_when_it_has_left() {
    let mail = SmtpDouble::start();
    let server = Setup::new().mail(&mail).start().await;
    server.create_workspace("acme", "Acme");
    server.create_person("acme", "ada@acme.test", "Ada", &fresh_password());
    mail.go_away().await;
    let mut ada = server.browser("acme");
    let page = ada.visit("/sign-in").await;
    let fields = [("Email address", "ada@acme.test")];
    ada.submit(&page, "Email me a sign-in code", &fields)
        .await
        .expect_status(200);
    let mut database = server.sqlite().await;
    let mut payload = async || -> Option<Vec<u8>> {
        let row = sqlx::query("SELECT payload FROM outbox WHERE address = 'ada@acme.test' OR kind = 'sign-in-code'")
            .fetch_one(&mut database)
            .await
            .expect("the mail is in the outbox before the page is shown");
        row.get(0)
    };
    let sealed = payload().await.expect("a mail that waits has its content");
    assert!(sealed.len() > 40);

    mail.come_back().await;
    let code = mail.wait_for_mail("ada@acme.test").await.code();
    let mut secrets = Secrets::new();
    secrets.issued("the code", &code);
    secrets.assert_absent_in("the sealed mail", &sealed);
    for plain in ["code", "Acme", "http"] {
        assert!(
            !sealed.windows(plain.len()).any(|part| part == plain.as_bytes()),
            "{plain} can be read"
        );
    }
    wait_until_mail_has_left(&server).await;
    assert_eq!(payload().await, None, "the content is wiped after delivery");
    secrets.assert_absent_from(server.folder(), &|_| false);
}
