//! R80, R84–R86 on every address, answers of every kind: pages, refusals, assets, problems, the session check, and the
//! answers that come before there is a request.

use doorward_tests::browser::{Browser, Page, fresh_password};
use doorward_tests::machine::raw_exchange;
use reqwest::Method;

use super::routes::{self, Route, filled};
use super::{ADA, House, sign_in};

/// What R84 to R86 ask of one answer.
fn is_dressed(page: &Page, what: &str) {
    let header = |name: &str| {
        page.header(name)
            .unwrap_or_else(|| panic!("{what} ({}) has no {name}: {:?}", page.status, page.headers))
    };
    let policy = header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action ",
    ] {
        assert!(policy.contains(directive), "{what}: {directive} is not in {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval") && !policy.contains(" *"),
        "{what}: {policy}"
    );
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert!(
        matches!(header("referrer-policy"), "no-referrer" | "strict-origin"),
        "{what}"
    );
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(header("permissions-policy").contains("camera=()"), "{what}");
    for name in page.headers.keys() {
        assert!(!name.as_str().starts_with("access-control-"), "R86: {what} has {name}");
        assert!(!matches!(name.as_str(), "server" | "x-powered-by"), "{what} has {name}");
    }
    let is_asset = page.path.starts_with("/assets/") && page.status == 200;
    if is_asset {
        assert!(header("cache-control").contains("immutable"), "{what}");
    } else {
        assert_eq!(header("cache-control"), "no-store", "R85: {what}");
        assert!(header("vary").contains("Cookie"), "R85: {what}");
    }
    let is_page = page
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let is_problem = page.header("content-type") == Some("application/problem+json");
    if page.status.is_client_error() && page.path.starts_with("/api/") && page.path != "/api/v1/forward-auth" {
        assert!(
            is_problem || page.bytes.is_empty(),
            "{what} answers {} with {:?}",
            page.status,
            page.header("content-type")
        );
    }
    if is_page {
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .unwrap_or_default();
        assert!(
            nonce.len() >= 22 || !page.body().contains("<script"),
            "{what}: {policy}"
        );
        assert!(
            !page.body().contains(" onclick=") && !page.body().contains("javascript:"),
            "{what}"
        );
    }
}

async fn every_kind_of_answer(browser: &mut Browser, all: &[Route], what: &str) {
    for Route { path, .. } in all {
        let path = filled(path);
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let origin = [("sec-fetch-site", "same-origin")];
            let page = browser.send(method.clone(), &path, &origin, Vec::new()).await;
            assert!(!page.status.is_server_error(), "{method} {path}: {}", page.status);
            is_dressed(&page, &format!("{what}: {method} {path}"));
        }
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        let page = browser.send(Method::POST, &path, &foreign, Vec::new()).await;
        assert!(page.status.is_client_error(), "R83: {path}: {}", page.status);
        is_dressed(&page, &format!("{what}: another site's POST {path}"));
    }
}

#[tokio::test]
async fn r84_every_address_of_a_workspace_answers_with_its_headers_whoever_asks() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    let mut all = routes::pages();
    all.extend(routes::api(&mut browser).await);
    for path in [
        "/nothing",
        "/assets/nothing",
        "/api/v1/nothing",
        "/healthz",
        "/readyz",
        "/dev/mailbox",
    ] {
        all.push(Route {
            method: "GET",
            path: path.to_owned(),
        });
    }
    every_kind_of_answer(&mut browser, &all, "nobody").await;
    // Each sign-out in the list ends the session, so each address is asked by a fresh one.
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    all.retain(|route| route.path != "/sign-out" && route.path != "/api/v1/session");
    every_kind_of_answer(&mut browser, &all, "somebody").await;
}

#[tokio::test]
async fn r84_assets_unknown_hosts_the_base_host_and_broken_requests_have_them_too() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.visit("/sign-in").await;
    let html = page.html();
    let mut assets: Vec<String> = html
        .elements("link")
        .filter_map(|link| link.attribute("href"))
        .map(str::to_owned)
        .collect();
    assets.extend(
        html.elements("script")
            .filter_map(|script| script.attribute("src"))
            .map(str::to_owned),
    );
    assert!(assets.len() >= 3, "{assets:?}");
    for asset in assets {
        assert!(asset.starts_with("/assets/"), "R87: {asset}");
        let answer = browser.get(&asset).await.expect_status(200);
        is_dressed(&answer, &asset);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let all = routes::pages();
    for host in ["unknown.localhost", "evil.example", ""] {
        let host = if host.is_empty() {
            house.server.host_of("")
        } else {
            host.to_owned()
        };
        let mut browser = Browser::new(house.server.address(), &host);
        every_kind_of_answer(&mut browser, &all, &host).await;
    }

    for raw in [
        "GET / HTTP/1.1\r\nHost: acme.localhost\r\nbroken header\r\n\r\n".to_owned(),
        "NONSENSE\r\n\r\n".to_owned(),
        format!(
            "GET / HTTP/1.1\r\nHost: acme.localhost\r\nX-Long: {}\r\n\r\n",
            "x".repeat(200_000)
        ),
    ] {
        let answer = raw_exchange(house.server.address(), raw.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 4"), "{text:.200}");
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            assert!(text.contains(header), "{header}: {text:.800}");
        }
    }
}

#[tokio::test]
async fn r80_on_https_cookies_are_bound_to_their_host_and_browsers_are_told_to_stay_on_https() {
    let house = House::with(|setup| setup.env("DOORWARD_PUBLIC_URL", "https://help.example")).await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = Browser::new(house.server.address(), "acme.help.example");
    let page = sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let hsts = "max-age=63072000; includeSubDomains";
    assert_eq!(page.header("strict-transport-security"), Some(hsts));
    assert!(browser.cookies().len() >= 3, "{:?}", browser.cookies());
    for (name, cookie) in browser.cookies() {
        assert!(name.starts_with("__Host-"), "{name}");
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.has(attribute), "{}", cookie.header);
        }
        assert!(cookie.header.len() <= 4096 && !cookie.header.to_ascii_lowercase().contains("domain="));
        assert!(
            !cookie.value.contains('@') && !cookie.value.to_ascii_lowercase().contains("ada"),
            "no personal data"
        );
    }
    for path in ["/", "/nothing", "/api/v1/session", "/api/v1/nothing", "/healthz"] {
        assert_eq!(
            browser.get(path).await.header("strict-transport-security"),
            Some(hsts),
            "{path}"
        );
    }
    let local = House::new().await;
    assert_eq!(local.browser().get("/").await.header("strict-transport-security"), None);
}
