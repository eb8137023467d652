//! "Who is this?" for a reverse proxy (D1), behind a real nginx and as Caddy and Traefik ask it.

use std::collections::BTreeMap;

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::nginx::Nginx;
use doorward_tests::server::{Server, Setup};

async fn house(trusted: bool) -> (Server, String) {
    let setup = Setup::new();
    let setup = if trusted {
        setup.key("trusted_proxies = [\"127.0.0.1\"]")
    } else {
        setup
    };
    let server = setup.start().await;
    server.create_workspace("acme", "Acme");
    server.create_workspace("globex", "Globex");
    let password = fresh_password();
    server.create_person("acme", "ada@acme.test", "Ada Lovelace", &password);
    (server, password)
}

async fn sign_in(browser: &mut Browser, address: &str, password: &str) -> Page {
    let page = browser.visit(address).await.expect_status(200);
    let fields = [("Email address", "ada@acme.test"), ("Password", password)];
    browser.submit_only(&page, "Sign in", &fields).await.expect_status(303)
}

/// What the portal behind was told, by name.
fn told(page: &Page) -> BTreeMap<String, String> {
    let body = page.body();
    let lines = body.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn d1_nginx_asks_and_people_land_where_they_were_going() {
    let (server, password) = house(true).await;
    let nginx = Nginx::start(server.address(), &server.host_of("acme")).await;
    let mut ada = server.browser("acme");

    let sent = nginx.browser(&ada).get("/tickets/7?tab=mine").await.expect_status(302);
    let target = sent
        .location()
        .expect("nginx sends people to the sign-in page")
        .to_owned();
    assert_eq!(
        target,
        server.url("acme", "/sign-in?return_to=%2Ftickets%2F7%3Ftab%3Dmine")
    );
    let path = ada.path_on_host("/", &target);
    let signed_in = sign_in(&mut ada, &path, &password).await;
    assert_eq!(signed_in.location(), Some("/tickets/7?tab=mine"));

    let portal = nginx.browser(&ada).get("/tickets/7?tab=mine").await.expect_status(200);
    let told = told(&portal);
    let session = ada.get("/api/v1/session").await.expect_status(200).json();
    assert_eq!(told["user"], session["user"]["id"].as_str().unwrap());
    assert_eq!(told["email"], "ada@acme.test");
    assert_eq!(told["name"], "Ada Lovelace");
    assert_eq!(told["groups"], "customer");

    // The door closes behind nginx too.
    let page = ada.visit("/").await;
    ada.submit(&page, "Sign out", &[]).await;
    nginx.browser(&ada).get("/tickets/7").await.expect_status(302);
}

#[tokio::test]
async fn d1_nobody_becomes_somebody_by_headers_of_their_own() {
    let (server, password) = house(true).await;
    let nginx = Nginx::start(server.address(), &server.host_of("acme")).await;
    let lies = [
        ("remote-user", "00000000-0000-0000-0000-000000000000"),
        ("remote-email", "owner@acme.test"),
        ("remote-name", "Owner"),
        ("remote-groups", "owner"),
        ("x-forwarded-host", "evil.example"),
        ("x-original-url", "https://evil.example/"),
        ("x-forwarded-uri", "//evil.example/"),
        ("accept", "text/html"),
    ];
    let mut ada = server.browser("acme");
    let sent = nginx
        .browser(&ada)
        .send(reqwest::Method::GET, "/tickets/7", &lies[..4], Vec::new())
        .await
        .expect_status(302);
    assert_eq!(
        sent.location(),
        Some(server.url("acme", "/sign-in?return_to=%2Ftickets%2F7").as_str())
    );
    sign_in(&mut ada, "/sign-in", &password).await;
    let portal = nginx
        .browser(&ada)
        .send(reqwest::Method::GET, "/tickets/7", &lies[..4], Vec::new())
        .await
        .expect_status(200);
    let told = told(&portal);
    assert_eq!(
        (told["email"].as_str(), told["groups"].as_str()),
        ("ada@acme.test", "customer")
    );

    // Through nginx, which passes other headers on untouched: none of them moves the sign-in page elsewhere.
    let sent = nginx
        .browser(&server.browser("acme"))
        .send(reqwest::Method::GET, "/", &lies, Vec::new())
        .await;
    let location = sent.location().unwrap_or_default();
    assert!(!location.contains("evil.example"), "{location}");
}

const ASK: &str = "/api/v1/forward-auth";

#[tokio::test]
async fn d1_caddy_and_traefik_are_redirected() {
    let (server, password) = house(true).await;
    let host = server.host_of("acme");
    let asked = [
        ("host", "doorward.internal"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", host.as_str()),
        ("x-forwarded-uri", "/tickets/7?tab=mine"),
    ];
    let mut ada = server.browser("acme");
    let sent = ada
        .send(reqwest::Method::GET, ASK, &asked, Vec::new())
        .await
        .expect_status(302);
    let target = sent.location().expect("a redirect leads somewhere").to_owned();
    assert_eq!(
        target,
        server.url("acme", "/sign-in?return_to=%2Ftickets%2F7%3Ftab%3Dmine")
    );
    let path = ada.path_on_host("/", &target);
    let signed_in = sign_in(&mut ada, &path, &password).await;
    assert_eq!(signed_in.location(), Some("/tickets/7?tab=mine"));
    let known = ada
        .send(reqwest::Method::GET, ASK, &asked, Vec::new())
        .await
        .expect_status(200);
    assert_eq!(known.header("remote-email"), Some("ada@acme.test"));
    assert_eq!(known.header("remote-name"), Some("Ada Lovelace"));
    assert_eq!(known.header("remote-groups"), Some("customer"));

    // The same cookie at another workspace's host is nobody's.
    let globex = server.host_of("globex");
    let elsewhere = asked.map(|(name, value)| {
        (
            name,
            if name == "x-forwarded-host" {
                globex.as_str()
            } else {
                value
            },
        )
    });
    let sent = ada
        .send(reqwest::Method::GET, ASK, &elsewhere, Vec::new())
        .await
        .expect_status(302);
    assert!(
        sent.location()
            .is_some_and(|target| target.starts_with(&server.url("globex", "/sign-in")))
    );
}

#[tokio::test]
async fn r42_a_proxy_passes_no_redirect_to_elsewhere_on() {
    let (server, _) = house(true).await;
    let mut proxy = server.browser("acme");
    for evil in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/%2f%2fevil.example/..//evil.example",
        "http://acme.localhost.evil.example/",
        "javascript:alert(1)",
    ] {
        for header in ["x-original-url", "x-forwarded-uri"] {
            let sent = proxy
                .send(reqwest::Method::GET, ASK, &[(header, evil)], Vec::new())
                .await;
            let target = sent
                .location()
                .unwrap_or_else(|| panic!("{header} {evil} leads nowhere"))
                .to_owned();
            assert!(
                target.starts_with(&server.url("acme", "/sign-in")),
                "{header} {evil}: {target}"
            );
            let back = target.split_once("return_to=").map_or("", |(_, back)| back);
            assert!(
                back.is_empty()
                    || back.starts_with("%2F") && !back.starts_with("%2F%2F") && !back.starts_with("%2F%5C"),
                "{header} {evil}: {back}"
            );
        }
    }
    let foreign = [("x-forwarded-host", "evil.example"), ("x-forwarded-uri", "/")];
    let answer = proxy
        .send(reqwest::Method::GET, ASK, &foreign, Vec::new())
        .await
        .expect_status(404);
    assert_eq!(answer.location(), None);
}

#[tokio::test]
async fn r92_a_stranger_is_not_taken_for_a_proxy() {
    let (server, _) = house(false).await;
    let globex = server.host_of("globex");
    let mut stranger = server.browser("acme");
    for headers in [
        vec![("x-original-url", "/tickets/7")],
        vec![("x-forwarded-uri", "/tickets/7"), ("x-forwarded-host", globex.as_str())],
        vec![
            ("forwarded", "for=127.0.0.1;host=evil.example"),
            ("x-forwarded-uri", "/tickets/7"),
        ],
    ] {
        let answer = stranger
            .send(reqwest::Method::GET, ASK, &headers, Vec::new())
            .await
            .expect_status(401);
        assert_eq!(answer.location(), None, "{headers:?}");
    }
    // Nor do its headers choose the workspace of a page.
    let headers = [("x-forwarded-host", globex.as_str()), ("accept", "text/html")];
    let page = stranger
        .send(reqwest::Method::GET, "/sign-in", &headers, Vec::new())
        .await
        .expect_status(200);
    assert_eq!(page.html().heading(), "Sign in to Acme");
}
