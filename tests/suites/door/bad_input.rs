//! Whatever is posted to whichever address, the answer is a clear 4xx: never a 5xx, never a silence, never the input again.

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::machine::raw_exchange;
use reqwest::Method;
use serde_json::json;

use super::routes::{self, Route, filled};
use super::{ADA, House, app, as_portal, ask_sign_up, contact_body, says, sign_in};

const FORM: &str = "application/x-www-form-urlencoded";

/// What is wrong with a body, its type, itself, and the statuses that tell so.
type Bad = (&'static str, Option<&'static str>, Vec<u8>, &'static [u16]);

fn is_refused(page: &Page, expected: &[u16], what: &str) {
    let status = page.status.as_u16();
    assert!(
        expected.contains(&status),
        "{what}: {status} instead of {expected:?}: {:.600}",
        page.body()
    );
    if page.path.starts_with("/api/") {
        assert_eq!(page.header("content-type"), Some("application/problem+json"), "{what}");
        let problem = page.json();
        assert_eq!(problem["status"], status, "{what}");
        assert!(
            problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
            "{what}: {problem}"
        );
    } else {
        assert!(!page.html().heading().is_empty(), "{what}: a page for people");
    }
    assert!(
        !page.body().contains("s3cr3t-typed"),
        "R37: {what} gives back what was typed"
    );
}

async fn post(browser: &mut Browser, method: &Method, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Page {
    let mut headers = vec![("sec-fetch-site", "same-origin")];
    headers.extend(content_type.map(|kind| ("content-type", kind)));
    browser.send(method.clone(), path, &headers, body).await
}

#[tokio::test]
async fn r2_no_form_body_breaks_a_page() {
    let house = House::new().await;
    let many = (0..200).map(|n| format!("f{n}=1")).collect::<Vec<_>>().join("&");
    let bodies: Vec<Bad> = vec![
        ("an empty body", Some(FORM), Vec::new(), &[403, 410]),
        ("a NUL", Some(FORM), b"email=%00&password=s3cr3t-typed".to_vec(), &[400]),
        (
            "broken UTF-8, escaped",
            Some(FORM),
            b"email=%FF%FE&password=s3cr3t-typed".to_vec(),
            &[400],
        ),
        (
            "broken UTF-8, raw",
            Some(FORM),
            b"email=\xff\xfe&password=s3cr3t-typed".to_vec(),
            &[400],
        ),
        ("half a surrogate", Some(FORM), b"email=%ED%A0%80".to_vec(), &[400]),
        ("a broken escape", Some(FORM), b"email=%zz".to_vec(), &[400]),
        (
            "a field twice",
            Some(FORM),
            b"email=a%40acme.test&email=b%40acme.test".to_vec(),
            &[400],
        ),
        (
            "a token twice",
            Some(FORM),
            b"form_token=a&form_token=b".to_vec(),
            &[400],
        ),
        ("200 fields", Some(FORM), many.into_bytes(), &[400]),
        ("a list of fields", Some(FORM), b"email[]=a&email[]=b".to_vec(), &[400]),
        (
            "JSON",
            Some("application/json"),
            b"{\"email\":\"ada@acme.test\"}".to_vec(),
            &[415],
        ),
        (
            "parts",
            Some("multipart/form-data; boundary=x"),
            b"--x\r\n\r\n--x--".to_vec(),
            &[415],
        ),
        (
            "plain text",
            Some("text/plain"),
            b"email=ada@acme.test".to_vec(),
            &[415],
        ),
        ("no type", None, b"email=ada@acme.test".to_vec(), &[415]),
        (
            "a type that is none",
            Some("nonsense"),
            b"email=ada@acme.test".to_vec(),
            &[415],
        ),
        ("64 KiB and a byte", Some(FORM), vec![b'a'; 65_537], &[413]),
    ];
    let mut browser = house.browser();
    let password = fresh_password();
    house.ada(&password);
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let mut posts = 0;
    for Route { method, path } in routes::pages() {
        if method != "POST" {
            continue;
        }
        posts += 1;
        // What a script asks for a challenge is JSON, and a picture comes in parts.
        let is_no_form = path.ends_with("/options") || path == "/account/confirm/passkey" || path == "/account/picture";
        for (what, kind, body, expected) in &bodies {
            let page = post(&mut browser, &Method::POST, &filled(&path), *kind, body.clone()).await;
            let told = format!("{what} to {path}");
            // An attempt that is not this browser's has no page to show a mistake on.
            let is_led_away = page.status == 303
                && (path.starts_with("/sign-in/second-factor/set-up") || path == "/sign-in/new-password")
                && page
                    .location()
                    .is_some_and(|to| to == "/" || to.starts_with("/sign-in"));
            if is_led_away {
                continue;
            }
            // It comes from elsewhere by design, so what it carries is its only defence (B18).
            let is_empty_hand_over = page.status == 401 && path == "/sign-in/jwt" && body.is_empty();
            // A customer is told at the door of the console that it is not hers, whatever she sends.
            let is_shut_out = path.starts_with("/admin/") && page.status == 403;
            // The base host's pages are not there at a workspace's.
            let is_elsewhere = path.starts_with("/workspaces/") && [303, 404].contains(&page.status.as_u16());
            let is_shut_out = is_shut_out || is_elsewhere;
            if is_no_form || is_empty_hand_over || is_shut_out {
                assert!(page.status.is_client_error() || is_elsewhere, "{told}: {}", page.status);
                assert!(!page.body().contains("s3cr3t-typed"), "{told}");
            } else {
                is_refused(&page, expected, &told);
            }
        }
    }
    assert!(posts >= 45, "{posts} pages take a form");
    assert_eq!(
        super::who(&mut browser).await.as_deref(),
        Some(ADA),
        "none of it did anything"
    );
    let page = post(
        &mut browser,
        &Method::POST,
        "/sign-in",
        Some(FORM),
        vec![b'a'; 10 * 1024 * 1024],
    )
    .await;
    is_refused(&page, &[413], "10 MB");
    let page = app(
        &mut browser,
        "/api/v1/sign-in/password",
        json!({"email": "x".repeat(10 * 1024 * 1024)}),
    )
    .await;
    is_refused(&page, &[413], "10 MB of JSON");
    assert!(house.mail.report().await.mails.is_empty());
}

/// Whether an address takes anybody's body: those by which people come in, and the few that these suites have keys for.
fn is_told_to_anybody(path: &str) -> bool {
    [
        "sign-in",
        "sign-up",
        "password-reset",
        "account",
        "session",
        "hand-over",
        "scim-tokens",
    ]
    .iter()
    .any(|part| path.starts_with(&format!("/api/v1/{part}/")) || path == format!("/api/v1/{part}"))
}

#[tokio::test]
async fn r2_no_json_body_breaks_the_api() {
    let house = House::new().await;
    let deep = |depth: usize| format!("{{\"email\":{}1{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let json_type = Some("application/json");
    let bodies: Vec<Bad> = vec![
        ("an empty body", json_type, Vec::new(), &[400]),
        ("no JSON", json_type, b"email=s3cr3t-typed".to_vec(), &[400]),
        (
            "half of it",
            json_type,
            b"{\"email\":\"s3cr3t-typed".to_vec(),
            &[400, 422],
        ),
        ("two documents", json_type, b"{}{}".to_vec(), &[400, 422]),
        ("broken UTF-8", json_type, b"{\"email\":\"\xff\"}".to_vec(), &[400, 422]),
        (
            "a lone surrogate",
            json_type,
            b"{\"email\":\"\\ud800\"}".to_vec(),
            &[400, 422],
        ),
        ("a byte order mark", json_type, b"\xef\xbb\xbf{}".to_vec(), &[400]),
        ("1,000 levels", json_type, deep(1_000), &[400, 422]),
        ("30,000 levels", json_type, deep(30_000), &[400, 422]),
        ("a list", json_type, b"[]".to_vec(), &[422]),
        ("a number", json_type, b"1e999".to_vec(), &[400, 422]),
        ("nothing in it", json_type, b"{}".to_vec(), &[422]),
        ("null", json_type, b"null".to_vec(), &[422]),
        (
            "an unknown field",
            json_type,
            b"{\"email\":\"ada@acme.test\",\"admin\":true}".to_vec(),
            &[422],
        ),
        (
            "a field twice",
            json_type,
            b"{\"email\":\"a@acme.test\",\"email\":\"b@acme.test\"}".to_vec(),
            &[422],
        ),
        (
            "a list of addresses",
            json_type,
            b"{\"email\":[\"a@acme.test\"]}".to_vec(),
            &[422],
        ),
        ("a form", Some(FORM), b"email=ada@acme.test".to_vec(), &[415]),
        ("plain text", Some("text/plain"), b"{}".to_vec(), &[415]),
        ("no type", None, b"{}".to_vec(), &[415]),
        ("64 KiB and a byte", json_type, vec![b' '; 65_537], &[413]),
    ];
    let mut browser = house.browser();
    let with_key = |scope| {
        let mut portal = house.browser();
        portal.always("authorization", &format!("Bearer {}", house.api_key("acme", scope)));
        portal
    };
    let mut portal = with_key("users:write");
    let mut links = with_key("portal-links:write");
    let (mut own, mut owner) = (house.browser(), house.browser());
    let password = fresh_password();
    let address = house.owner(&password).await;
    let token = house.token(&mut owner, &address, &password).await;
    owner.always("authorization", &format!("Bearer {token}"));
    house.ada(&password);
    let token = house.token(&mut own, ADA, &password).await;
    own.always("authorization", &format!("Bearer {token}"));
    let mut posts = 0;
    for Route { method, path } in routes::api(&mut browser).await {
        let is_own = path.starts_with("/api/v1/account") || path.starts_with("/api/v1/session/");
        // A picture is no JSON, and a renewal takes nothing; what they may be has tests of its own.
        if path.ends_with("/picture") {
            continue;
        }
        // Keys make no keys, so this takes somebody of the staff.
        let is_for_staff = path.starts_with("/api/v1/hand-over/") || path.starts_with("/api/v1/scim-tokens");
        let (who, method) = match method {
            "POST" if path.ends_with("/renew") => continue,
            "POST" if is_for_staff => (&mut owner, Method::POST),
            "POST" if path.ends_with("/portal-links") => (&mut links, Method::POST),
            "POST" if is_own => (&mut own, Method::POST),
            "PUT" if is_own => (&mut own, Method::PUT),
            "PATCH" if is_own => (&mut own, Method::PATCH),
            "POST" => (&mut browser, Method::POST),
            "PUT" => (&mut portal, Method::PUT),
            _ => continue,
        };
        posts += 1;
        for (what, kind, body, expected) in &bodies {
            // Some calls of one's own, and a challenge, need nothing to be said.
            let may_be_bare = is_own || path.ends_with("/options") || path.ends_with("/portal-links");
            if *what == "nothing in it" && may_be_bare {
                continue;
            }
            let page = post(who, &method, &filled(&path), *kind, body.clone()).await;
            let told = format!("{what} to {path}");
            // What asks for a key or a session, and is shown none of its own, does not look at the body.
            let is_shut_out = [401, 403].contains(&page.status.as_u16()) && !is_told_to_anybody(&path);
            // Workspaces are made at the base host.
            let is_shut_out = is_shut_out || path.starts_with("/api/v1/workspaces") && page.status == 404;
            if is_shut_out {
                assert!(!page.body().contains("s3cr3t-typed"), "{told}");
            } else {
                is_refused(&page, expected, &told);
            }
        }
    }
    assert!(posts >= 25, "{posts} addresses take JSON");
    let mails = house.mail.report().await.mails;
    assert!(
        mails.iter().all(|mail| mail.to == [address.as_str()]),
        "the owner's own ways in write to her, and nothing else writes to anybody"
    );
}

#[tokio::test]
async fn r2_r43_values_that_do_not_fit_are_told_at_their_field_on_pages_and_in_json() {
    let house = House::new().await;
    let mut browser = house.browser();
    let long_local = format!("{}@acme.test", "a".repeat(65));
    let long = format!("a@b{}.test", ".c".repeat(125));
    for email in [
        "",
        " ",
        "ada",
        "@acme.test",
        "ada@",
        "ada@@acme.test",
        "ada@acme@test",
        "ada@ac me.test",
        "ada@acme..test",
        "ada@-acme.test",
        "ada\u{7f}@acme.test",
        "ada\n@acme.test",
        "ada＠acme.test",
        "=?utf-8?q?ada?=@acme.test",
        "ädá@acme.test",
        "ada@acme.test\r\nBcc: eve@evil.test",
        "\"ada\"@acme.test,eve@evil.test",
        &long_local,
        &long,
    ] {
        let told = sign_in(&mut browser, email, "something").await;
        assert_eq!(told.status, 422, "{email:?}: {}", told.html().text());
        for path in ["/api/v1/sign-in/code", "/api/v1/password-reset"] {
            let told = app(&mut browser, path, json!({"email": email})).await;
            is_refused(&told, &[422], &format!("{email:?} to {path}"));
        }
    }
    for (password, what) in [
        ("x".repeat(257), "257 characters"),
        ("😀".repeat(257), "1,028 bytes"),
        (String::new(), "none"),
    ] {
        says(&sign_in(&mut browser, ADA, &password).await, 422, "Enter ");
        says(&ask_sign_up(&mut browser, ADA, &password).await, 422, "Enter a ");
        let body = json!({"email": ADA, "password": password});
        is_refused(&app(&mut browser, "/api/v1/sign-in/password", body).await, &[422], what);
        let body = json!({"name": "Ada", "email": ADA, "password": password});
        is_refused(&app(&mut browser, "/api/v1/sign-up", body).await, &[422], what);
    }
    // 256 characters of four bytes are 1,024 bytes: the most there may be.
    let most: String = "🐟🌊⛵🪸🐚🦑🪼🐠".chars().cycle().take(256).collect();
    house.server.create_person("acme", ADA, "Ada", &most);
    sign_in(&mut browser, ADA, &most).await.expect_status(303);
    assert!(house.mail.report().await.mails.is_empty());

    let flow = "0193fcb8-0000-4000-8000-000000000001";
    for (path, body) in [
        (
            "/api/v1/sign-in/code/verify",
            json!({"flow": "nonsense", "code": "ABC2345"}),
        ),
        ("/api/v1/sign-in/code/verify", json!({"flow": flow, "code": 7})),
        (
            "/api/v1/password-reset/confirm",
            json!({"token": "short", "password": fresh_password()}),
        ),
        (
            "/api/v1/password-reset/confirm",
            json!({"token": "../../etc", "password": fresh_password()}),
        ),
    ] {
        is_refused(&app(&mut browser, path, body).await, &[422], path);
    }
    for code in ["", "\u{0}", &"A".repeat(10_000)] {
        let body = json!({"flow": flow, "code": code});
        is_refused(
            &app(&mut house.browser(), "/api/v1/sign-in/code/verify", body).await,
            &[401, 422],
            "a code",
        );
    }
}

#[tokio::test]
async fn the_portal_application_gets_a_clear_answer_to_every_mistake() {
    let house = House::new().await;
    let mut portal = house.browser();
    let (reads, writes) = (
        house.api_key("acme", "users:read"),
        house.api_key("acme", "users:write"),
    );
    let get = async |portal: &mut Browser, path: &str, key: &str| as_portal(portal, Method::GET, path, key, None).await;
    for (query, status) in [
        ("?limit=0", 422),
        ("?limit=201", 422),
        ("?limit=x", 422),
        ("?cursor=nonsense", 422),
        ("?unknown=1", 400),
        ("?q=a&q=b", 400),
        ("?q=%FF", 400),
    ] {
        let told = get(&mut portal, &format!("/api/v1/users{query}"), &reads).await;
        is_refused(&told, &[status, 400, 422], query);
    }
    for q in ["%25", "%27%20OR%201%3D1", "%5C", "%22", "a%2A", "%28", "NEAR%28"] {
        let told = get(&mut portal, &format!("/api/v1/users?q={q}"), &reads).await;
        assert_eq!(told.status, 200, "{q}: {}", told.body());
    }
    for (id, status) in [
        ("nonsense", 404),
        ("0193fcb8-0000-4000-8000-000000000001", 404),
        ("%FF", 404),
        ("..%2f..", 404),
    ] {
        let told = get(&mut portal, &format!("/api/v1/users/{id}"), &reads).await;
        is_refused(&told, &[status, 400], id);
    }
    let told = as_portal(
        &mut portal,
        Method::PUT,
        "/api/v1/users/by-identity",
        &reads,
        Some(contact_body(ADA)),
    )
    .await;
    is_refused(&told, &[403], "a key without the scope");
    let told = get(&mut portal, "/api/v1/users", &writes).await;
    is_refused(&told, &[403], "a key without the scope");
    for key in ["nonsense", &reads[..reads.len() - 1], &format!("{reads}A")] {
        is_refused(&get(&mut portal, "/api/v1/users", key).await, &[401], "a made-up key");
    }
    is_refused(&house.browser().get("/api/v1/users").await, &[401], "nobody");
    for body in [
        json!({"identity": {"kind": "email", "address": "nonsense"}}),
        json!({"identity": {"kind": "telephone", "address": ADA}}),
        json!({"identity": {"kind": "x", "subject": ""}}),
        json!({"identity": {"kind": "x", "subject": "a b"}}),
        json!({"identity": {"kind": "email", "address": ADA}, "role": "owner"}),
        json!({"identity": {"kind": "email", "address": ADA, "verified": true}}),
        json!({"identity": {"kind": "email", "address": ADA}, "organisations": vec!["o"; 51]}),
    ] {
        let told = as_portal(
            &mut portal,
            Method::PUT,
            "/api/v1/users/by-identity",
            &writes,
            Some(body.clone()),
        )
        .await;
        is_refused(&told, &[400, 422], &body.to_string());
    }
    assert_eq!(house.accounts_of(ADA), 0);
}

#[tokio::test]
async fn requests_that_no_client_makes_are_refused_and_the_next_one_is_answered() {
    let house = House::new().await;
    let host = house.server.host_of("acme");
    for raw in [
        format!("POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        format!("POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n"),
        format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM}\r\n\r\nzz\r\n"
        ),
        format!("POST /sign-in HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: nonsense\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(70_000)),
        format!("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n"),
        format!("G\u{0}T / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET /\r\nHost: {host}\r\n\r\n"),
    ] {
        let answer = raw_exchange(house.server.address(), raw.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer);
        let told = text.is_empty() || text.starts_with("HTTP/1.1 4") || text.starts_with("HTTP/1.0 4");
        assert!(told, "{raw:.120}: {text:.200}");
    }
    for path in [
        "/%FF",
        "/%00",
        "/sign-in?return_to=%FF",
        "/sign-in?flow=%00",
        "/reset-password/%FF",
        "/reset-password/%00",
        "/..%2f..%2fetc/passwd",
        "/?workspace=%FF",
    ] {
        let page = house.browser().get(path).await;
        assert!(!page.status.is_server_error(), "{path}: {}", page.status);
    }
    house.browser().get("/sign-in").await.expect_status(200);
}
