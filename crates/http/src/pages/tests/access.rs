//! What every address answers: the home page and what is around it, headers, methods, hosts, the development mailbox.

use doorward_domain::mail::SentMail;
use doorward_domain::testing::{FixedClock, Given, PASSWORD};
use doorward_domain::workspace::PortalArea;
use http::Method;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY};

use super::house::{Answer, House, Plan};

fn portal() -> Plan {
    Plan {
        change: |workspace| {
            workspace.portal.areas = vec![PortalArea {
                name: "Tickets".to_owned(),
                path: "/tickets".to_owned(),
            }];
            workspace.portal.start_conversation = Some("/conversations/new".to_owned());
        },
        ..Plan::default()
    }
}

#[tokio::test]
async fn the_home_page_leads_to_the_areas_and_to_the_door() {
    let house = House::with(portal()).await;
    let home = house.browser().get("/").await;
    for part in [
        "<h1>Acme Help</h1>",
        "Tickets",
        "Start a conversation",
        "class=\"sign-in\"",
    ] {
        home.shows(200, part);
    }
    assert!(home.cookies().is_empty(), "a page without a form needs no cookie");
}

#[tokio::test]
async fn an_area_that_nothing_serves_names_the_workspace_and_keeps_the_person() {
    let house = House::with(portal()).await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser
        .get("/tickets")
        .await
        .shows(404, "Acme Help has nothing at this address.");
    browser.sign_in("jo@example.com", PASSWORD).await;
    let page = browser.get("/tickets/7").await;
    page.shows(404, "Acme Help has nothing at this address.");
    page.shows(404, "<bdi>jo</bdi>");
    assert!(browser.is_signed_in().await);
    let out = browser.fill(&page, "/sign-out", "/sign-out", &[]).await;
    assert_eq!(out.location(), "/");
    let problem = browser.get("/api/v1/nothing").await;
    problem.shows(404, "urn:doorward:problem:not-found");
}

#[tokio::test]
async fn a_session_is_nothing_in_another_workspace() {
    let house = House::new().await;
    Given::workspace_in(&house.given.store, "other").await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser.sign_in("jo@example.com", PASSWORD).await;
    browser.authority = "other.localhost:8080".to_owned();
    browser.get("/").await.shows(200, "class=\"sign-in\"");
    browser.get("/sign-in").await.shows(200, "Sign in to other");
    let missing = browser.get("/tickets").await;
    assert!(!missing.body.contains("<bdi>jo</bdi>"));
}

#[tokio::test]
async fn the_root_site_leads_to_a_workspace() {
    let house = House::new().await;
    let mut browser = house.browser_at("localhost");
    let root = browser.get("/").await;
    root.shows(200, "Find your help centre");
    let policy = root.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' http://*.localhost:8080;"),
        "{policy}"
    );
    for typed in [
        "acme",
        " ACME ",
        "acme.localhost",
        "acme.localhost:8080",
        "http://acme.localhost:8080/x?y",
    ] {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("workspace", typed);
        let found = browser.get(&format!("/?{}", query.finish())).await;
        assert_eq!(found.location(), "http://acme.localhost:8080/", "{typed}");
    }
    browser
        .get("/?workspace=akme")
        .await
        .shows(404, "We don’t know a help centre");
    browser
        .get("/?workspace=%22%3E")
        .await
        .shows(404, "We don’t know a help centre");
    browser
        .get("/?workspace=")
        .await
        .shows(422, "Enter the address of your help centre.");
    for path in [
        "/sign-in",
        "/sign-up",
        "/forgot-password",
        "/reset-password",
        "/sign-in/code",
    ] {
        let missing = browser.get(path).await;
        assert_eq!(missing.status, 404, "{path}");
        assert!(!missing.body.contains("Acme"), "{path}");
    }
}

/// Every page address, with the methods it takes.
const ROUTES: [(&str, &str); 19] = [
    ("/", "GET,HEAD"),
    ("/sign-in", "GET,HEAD,POST"),
    ("/sign-in/code/send", "POST"),
    ("/sign-in/code", "GET,HEAD,POST"),
    ("/sign-in/code/resend", "POST"),
    ("/sign-in/with/google", "GET,HEAD,POST"),
    ("/sign-in/email", "GET,HEAD,POST"),
    ("/sign-up", "GET,HEAD,POST"),
    ("/sign-up/verify", "GET,HEAD,POST"),
    ("/sign-up/verify/resend", "POST"),
    ("/sign-out", "POST"),
    ("/forgot-password", "GET,HEAD,POST"),
    ("/forgot-password/sent", "GET,HEAD"),
    ("/reset-password", "GET,HEAD,POST"),
    ("/reset-password/some-token", "GET,HEAD"),
    ("/dev/mailbox", "GET,HEAD"),
    ("/dev/mailbox.json", "GET,HEAD"),
    ("/dev/mailbox/1", "GET,HEAD"),
    ("/assets/nothing", "GET, HEAD"),
];

fn assert_dressed(answer: &Answer, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.headers[name], value, "{what}: {name}");
    }
    assert_eq!(answer.headers[VARY], "Cookie, Sec-Fetch-Site, Origin", "{what}");
    let policy = answer.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    for directive in [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(directive), "{what}: {policy}");
    }
    assert!(answer.headers.contains_key("permissions-policy"), "{what}");
    assert!(answer.headers.contains_key(REFERRER_POLICY), "{what}");
    assert!(answer.headers.contains_key("x-request-id"), "{what}");
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{what}");
    for cookie in answer.cookies() {
        assert!(cookie.starts_with("__Host-"), "{what}: {cookie}");
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(cookie.contains(attribute), "{what}: {cookie}");
        }
        assert!(!cookie.contains("Domain="), "{what}: {cookie}");
    }
}

#[tokio::test]
async fn r84_every_address_is_dressed_whatever_it_answers() {
    let house = House::with(Plan {
        public_url: "https://help.example",
        mails: Some(Vec::new()),
        ..Plan::default()
    })
    .await;
    house.given.customer("jo@example.com");
    let mut signed_in = house.browser();
    signed_in.sign_in("jo@example.com", PASSWORD).await.location();
    for mut browser in [house.browser(), signed_in] {
        for (path, methods) in ROUTES {
            for method in [
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
            ] {
                let what = format!("{method} {path}");
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let form: Option<&[(&str, &str)]> = (method == Method::POST).then_some(&[]);
                // A clone, so that no answer signs the browser out for the next.
                let answer = browser.clone().send(method.clone(), path, form).await;
                assert_dressed(&answer, &what);
                let taken = methods.split(',').any(|known| known.trim() == method.as_str());
                assert_eq!(answer.status == 405, !taken, "{what}: {}", answer.status);
                if !taken {
                    assert_eq!(answer.headers[ALLOW], methods, "{what}");
                }
                assert!(!answer.status.is_server_error(), "{what}");
            }
        }
        let missing = browser.get("/nothing/at/all").await;
        assert_eq!(missing.status, 404);
        assert_dressed(&missing, "a missing page");
    }
    let mut nowhere = house.browser_at("nobody.example");
    let answer = nowhere.get("/").await;
    assert_eq!(answer.status, 404);
    assert_dressed(&answer, "an unknown host");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let house = House::new().await;
    for (path, _) in ROUTES.iter().filter(|(_, methods)| methods.contains("HEAD")) {
        let got = house.browser().send(Method::GET, path, None).await;
        let head = house.browser().send(Method::HEAD, path, None).await;
        assert_eq!(head.status, got.status, "{path}");
        let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        let without_length = |names: Vec<String>| names.into_iter().filter(|name| name != "content-length");
        assert_eq!(
            without_length(names(&head)).collect::<Vec<_>>(),
            without_length(names(&got)).collect::<Vec<_>>(),
            "{path}"
        );
        if got.status == 200 {
            assert_eq!(head.body, "", "{path}");
        }
    }
}

#[tokio::test]
async fn bad_bodies_are_told_plainly() {
    let house = House::new().await;
    let mut browser = house.browser();
    browser.get("/sign-in").await;
    for (path, methods) in ROUTES {
        if !methods.contains("POST") {
            continue;
        }
        let twice = browser.post(path, &[("email", "a"), ("email", "b")]).await;
        assert_eq!(twice.status, 400, "{path}");
        let bare = browser.send(Method::POST, path, None).await;
        assert_eq!(bare.status, 415, "{path}");
        let nul = browser.post(path, &[("email", "a\0b")]).await;
        assert_eq!(nul.status, 400, "{path}");
        let large = "x".repeat(100_000);
        let large = browser.post(path, &[("email", &large)]).await;
        assert_eq!(large.status, 413, "{path}");
    }
}

fn mail(to: &str, subject: &str) -> SentMail {
    SentMail {
        to: to.to_owned(),
        from: "Acme Help <help@acme.example>".to_owned(),
        subject: subject.to_owned(),
        text: "ABC2345\n\nSee http://acme.localhost:8080/x.".to_owned(),
        html: "<p style=\"color:red\">ABC2345</p>".to_owned(),
        headers: vec![("Subject".to_owned(), subject.to_owned())],
        sent_at: FixedClock::START,
    }
}

fn with_mails() -> Plan {
    Plan {
        mails: Some(vec![mail("eve@example.com", "Second"), mail("jo@example.com", "First")]),
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap(), "203.0.113.0/24".parse().unwrap()],
        ..Plan::default()
    }
}

#[tokio::test]
async fn the_development_mailbox_shows_what_was_mailed() {
    let house = House::with(with_mails()).await;
    let mut browser = house.browser();
    for peer in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        browser.peer = peer.parse().unwrap();
        browser.get("/dev/mailbox").await.shows(200, "Second");
    }
    let list = browser.get("/dev/mailbox").await;
    assert!(list.body.find("Second") < list.body.find("First"));
    assert!(list.cookies().is_empty());
    let page = browser.get("/dev/mailbox/1").await;
    page.shows(200, "First");
    page.shows(200, "href=\"http:&#x2f;&#x2f;acme.localhost:8080&#x2f;x\"");
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("style-src 'self' 'unsafe-inline';"), "{policy}");
    browser.get("/dev/mailbox/2").await.shows(200, "Second");
    for missing in ["0", "3", "x", "-1", "99999999999999999999999"] {
        assert_eq!(
            browser.get(&format!("/dev/mailbox/{missing}")).await.status,
            404,
            "{missing}"
        );
    }
    let all: serde_json::Value = serde_json::from_str(&browser.get("/dev/mailbox.json").await.body).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let one = browser.get("/dev/mailbox.json?to=jo@example.com").await;
    assert_eq!(one.headers["content-type"], "application/json");
    let one: serde_json::Value = serde_json::from_str(&one.body).unwrap();
    assert_eq!(
        one,
        serde_json::json!([{
            "to": "jo@example.com", "from": "Acme Help <help@acme.example>", "subject": "First",
            "text": "ABC2345\n\nSee http://acme.localhost:8080/x.", "html": "<p style=\"color:red\">ABC2345</p>",
            "headers": {"Subject": "First"}, "sent_at": "2030-01-01T00:00:00.000Z"
        }])
    );
}

#[tokio::test]
async fn the_development_mailbox_opens_to_this_machine_alone() {
    let paths = ["/dev/mailbox", "/dev/mailbox/1", "/dev/mailbox.json"];
    let house = House::with(with_mails()).await;
    for (peer, forwarded) in [
        ("192.0.2.10:1", None),
        ("192.0.2.10:1", Some("127.0.0.1")),
        ("203.0.113.5:1", Some("127.0.0.1")),
        ("127.0.0.1:1", Some("192.0.2.10")),
    ] {
        let mut browser = house.browser();
        browser.peer = peer.parse().unwrap();
        browser.extra = forwarded
            .map(|address| ("x-forwarded-for", address.to_owned()))
            .into_iter()
            .collect();
        for path in paths {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 404, "{path} from {peer} for {forwarded:?}");
            assert!(!answer.body.contains("ABC2345"));
        }
    }
    // A tunnel on this machine that nobody told the server to trust.
    for header in ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"] {
        let mut browser = house.browser();
        browser.peer = "127.0.0.1:1".parse().unwrap();
        browser.extra = vec![(header, "127.0.0.1".to_owned())];
        for path in paths {
            assert_eq!(browser.get(path).await.status, 404, "{path} with {header}");
        }
    }
    let without = House::new().await;
    let mut browser = without.browser();
    browser.peer = "127.0.0.1:1".parse().unwrap();
    for path in paths {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn readiness_follows_the_store() {
    let house = House::new().await;
    let mut browser = house.browser_at("any.where.example");
    browser.get("/readyz").await.shows(200, "ok");
    house.given.store.set_away(true);
    browser
        .get("/readyz")
        .await
        .shows(503, "the database cannot be reached");
    browser.get("/healthz").await.shows(200, "ok");
    assert_eq!(browser.get("/healthz").await.headers[CACHE_CONTROL], "no-store");
}
