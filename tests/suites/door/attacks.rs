//! R35, R42, R92: what a request says of where it came from, and where it wants to go on, poisons no mail and leads
//! nowhere else.

use std::collections::BTreeSet;

use doorward_tests::browser::fresh_password;
use doorward_tests::machine::raw_exchange;
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{ADA, House, app, ask_code, limits, sign_in, without_waits};

/// Ways to write "elsewhere": `{}` is the other host.
const FORMS: &[&str] = &[
    "https://{}",
    "http://{}",
    "HTTPS://{}",
    "hTtP:{}",
    "https:{}",
    "https:/{}",
    "https:///{}",
    "http:\\\\{}",
    "https:\\{}",
    "//{}",
    "///{}",
    "////{}",
    "/\\{}",
    "/\\/{}",
    "\\\\{}",
    "\\/{}",
    "\\{}",
    "/\t/{}",
    "/\n/{}",
    "/\r\n/{}",
    "\t//{}",
    " //{}",
    "\u{0}//{}",
    "/\u{b}/{}",
    "//{}/%2e%2e",
    "/.//{}",
    "/..//{}",
    "/./\\{}",
    "/x/..//{}",
    "/x//{}",
    "/%2f{}",
    "/%5c{}",
    "/%09/{}",
    "%2f%2f{}",
    "%5c%5c{}",
    "//acme.localhost@{}",
    "https://acme.localhost@{}",
    "https://acme.localhost:pw@{}",
    "https://{}#@acme.localhost",
    "https://{}?acme.localhost",
    "https://{}\\@acme.localhost",
    "https://acme.localhost.{}",
    "acme.localhost@{}",
    "@{}",
    "/@{}",
    "/%40{}",
    ".{}",
    ":{}",
    "javascript:alert(1)//{}",
    "JaVaScRiPt:alert(1)//{}",
    "java\nscript:alert(1)//{}",
    "data:text/html,{}",
    "vbscript:{}",
    "file://{}",
    "ftp://{}",
    "blob:https://{}",
    "ws://{}",
    "/%0d%0aLocation:%20https://{}",
    "/\r\nLocation: https://{}",
    "/%E5%98%8A%E5%98%8DLocation:https://{}",
    "/%00//{}",
    "//{}%00.acme.localhost",
    "/;//{}",
    "/;@{}",
    "〱{}",
    "/\u{2044}{}",
    "\u{ff0f}\u{ff0f}{}",
    "/%252f{}",
    "/%255c{}",
    "/%25252f{}",
    "http://[::1]@{}",
    "?//{}",
    "#//{}",
    "//{}:80",
    "//{}:443/",
    "https:{}/path",
    "//%2e%2e/{}",
    "/../../../{}//",
    "/ /{}",
    "/%20/{}",
];
/// Other hosts, in the spellings that fool readers of addresses.
const HOSTS: &[&str] = &[
    "evil.example",
    "EVIL.EXAMPLE",
    "%65vil.example",
    "evil%2eexample",
    "evil。example",
    "0x7f000001",
    "[::ffff:127.0.0.1]",
];

fn payloads() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for form in FORMS {
        for host in HOSTS {
            all.insert(form.replace("{}", host));
        }
        let encoded: String = form_urlencoded::byte_serialize(form.replace("{}", HOSTS[0]).as_bytes()).collect();
        all.insert(form_urlencoded::byte_serialize(encoded.as_bytes()).collect());
        all.insert(encoded);
    }
    all.insert(format!("/{}", "a".repeat(5_000)));
    all
}

/// The address that a browser opens for what a `Location` says, were it decoded up to twice more on the way.
fn leads_home(base: &Url, location: &str, payload: &str) {
    assert!(location.starts_with('/'), "{payload:?} leads to {location:?}");
    let mut form = location.to_owned();
    for _ in 0..3 {
        let path = form.split(['?', '#']).next().unwrap_or_default();
        assert!(
            !path.starts_with("//") && !path.contains('\\'),
            "{payload:?} leads to {location:?}"
        );
        assert!(!form.chars().any(char::is_control), "{payload:?} leads to {location:?}");
        let url = base
            .join(&form)
            .unwrap_or_else(|error| panic!("{payload:?} leads to {location:?}: {error}"));
        assert_eq!(url.origin(), base.origin(), "{payload:?} leads to {location:?}");
        assert!(url.username().is_empty(), "{payload:?} leads to {location:?}");
        form = decode(&form);
    }
}

fn decode(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    let pair = format!("x={}", plus.replace('&', "%26"));
    let decoded = form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    decoded.unwrap_or_default()
}

#[tokio::test]
async fn r42_no_return_to_leads_elsewhere() {
    let house = House::new().await;
    let password = fresh_password();
    house.ada(&password);
    let mut browser = house.browser();
    sign_in(&mut browser, ADA, &password).await.expect_status(303);
    let base = Url::parse(&house.server.url("acme", "/sign-in")).expect("an address");
    let payloads = payloads();
    assert!(payloads.len() >= 500, "{} payloads", payloads.len());
    for payload in &payloads {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", payload)
            .finish();
        for page in ["/sign-in", "/sign-up", "/sign-in/code"] {
            let answer = browser.get(&format!("{page}?{query}")).await.expect_status(303);
            leads_home(&base, answer.location().expect("a place to go"), payload);
        }
    }
    // The measure itself: what would be a redirect elsewhere is noticed.
    for bad in [
        "//evil.example",
        "/%2f%2fevil.example",
        "https://evil.example",
        "/\\evil.example",
    ] {
        let noticed = std::panic::catch_unwind(|| leads_home(&base, bad, bad));
        assert!(noticed.is_err(), "{bad} was taken for home");
    }
}

#[tokio::test]
async fn r42_nor_through_a_password_a_code_or_an_app() {
    let house = House::with(without_waits).await;
    let password = fresh_password();
    house.ada(&password);
    let base = Url::parse(&house.server.url("acme", "/sign-in")).expect("an address");
    for payload in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%2fevil.example",
        "/%255cevil.example",
        "\t//evil.example",
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", payload)
            .finish();
        let from = format!("/sign-in?{query}");

        let mut browser = house.browser();
        let page = browser.visit(&from).await.expect_status(200);
        assert!(!page.body().contains("evil.example"), "{payload:?} stands on the page");
        let form = page
            .html()
            .submission("Sign in", &[("Email address", ADA), ("Password", &password)]);
        let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.retain(|(name, _)| *name != "return_to");
        fields.push(("return_to", payload));
        let landed = browser.post("/sign-in", &fields).await.expect_status(303);
        leads_home(&base, landed.location().expect("a place to go"), payload);

        let mut browser = house.browser();
        let before = house.mail.mails_to(ADA).await.len();
        let page = ask_code(&mut browser, &from, ADA).await.expect_status(200);
        let code = house.mail.wait_for_mails(ADA, before + 1).await[before].code();
        let landed = browser
            .submit_only(&page, "Continue", &[("Sign-in code", &code)])
            .await
            .expect_status(303);
        leads_home(&base, landed.location().expect("a place to go"), payload);

        let body = json!({"email": ADA, "password": password, "return_to": payload});
        let told = app(&mut house.browser(), "/api/v1/sign-in/password", body)
            .await
            .expect_status(200);
        leads_home(&base, told.json()["return_to"].as_str().expect("a path"), payload);
    }
}

/// A reset request, byte by byte, with these lines at its head.
fn reset_request(target: &str, head: &str) -> Vec<u8> {
    let body = json!({"email": ADA}).to_string();
    format!(
        "POST {target} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn status_of(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    let status = text.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {text:?}"))
}

/// Sends each request and asserts that it is answered as told; then that every mail's links are the workspace's own.
async fn poison(house: &House, requests: &[(Vec<u8>, &[u16])]) {
    let mut accepted = 0;
    for (request, expected) in requests {
        let answer = raw_exchange(house.server.address(), request).await;
        let status = status_of(&answer);
        let text = String::from_utf8_lossy(request);
        assert!(expected.contains(&status), "{status} for {text}");
        accepted += usize::from(status == 202);
    }
    let mails = house.mail.wait_for_mails(ADA, accepted).await;
    assert_eq!(mails.len(), accepted, "a refused request mails nothing");
    let own = house.server.url("acme", "/reset-password/");
    for mail in mails {
        assert!(mail.link().starts_with(&own), "{} is poisoned", mail.link());
        let raw = format!("{}{}{}", mail.raw, mail.text(), mail.html()).to_ascii_lowercase();
        assert!(!raw.contains("evil"), "{raw}");
        for part in mail.text().split_whitespace().filter(|word| word.contains("://")) {
            assert!(part.contains(&house.server.host_of("acme")), "{part}");
        }
    }
}

const RESET: &str = "/api/v1/password-reset";

#[tokio::test]
async fn r35_no_header_puts_another_host_into_a_mail() {
    let house = House::with(without_waits).await;
    house.ada(&fresh_password());
    let host = house.server.host_of("acme");
    let bare = host.split(':').next().expect("a host");
    let mut requests: Vec<(Vec<u8>, &[u16])> = Vec::new();
    for head in [
        "Host: evil.example\r\n".to_owned(),
        "Host: acme.localhost.evil.example\r\n".to_owned(),
        format!("Host: {host}.evil.example\r\n"),
        format!("Host: evil.example#{host}\r\n"),
        format!("Host: {host}@evil.example\r\n"),
        format!("Host: evil.example@{host}\r\n"),
        format!("Host: {host}/evil.example\r\n"),
        format!("Host: {host},evil.example\r\n"),
        format!("Host: {host}\r\nHost: evil.example\r\n"),
        format!("Host: evil.example\r\nHost: {host}\r\n"),
        "Host: evil.acme.localhost\r\n".to_owned(),
        "Host: xn--acme-.localhost\r\n".to_owned(),
        "Host:\r\n".to_owned(),
        String::new(),
        format!("Host: evil.example\r\nX-Forwarded-Host: {host}\r\n"),
    ] {
        requests.push((reset_request(RESET, &head), &[400, 404]));
    }
    for head in [
        format!("Host: {host}\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n"),
        format!("Host: {host}\r\nForwarded: host=evil.example;proto=https;for=192.0.2.1\r\n"),
        format!(
            "Host: {host}\r\nX-Host: evil.example\r\nX-Original-Host: evil.example\r\nX-Forwarded-Server: evil.example\r\n"
        ),
        format!("Host: {host}\r\nX-Original-URL: https://evil.example/\r\nX-Rewrite-URL: //evil.example\r\n"),
        format!("Host: {host}\r\nReferer: https://evil.example/\r\n"),
        format!("Host: {}\r\n", host.to_uppercase()),
        format!("Host: {bare}\r\n"),
        format!("Host: {bare}:81\r\n"),
    ] {
        requests.push((reset_request(RESET, &head), &[202]));
    }
    let origin = format!("Host: {host}\r\nOrigin: https://evil.example\r\n");
    requests.push((reset_request(RESET, &origin), &[403]));
    let target = format!("http://evil.example{RESET}");
    requests.push((reset_request(&target, &format!("Host: {host}\r\n")), &[400, 404]));
    poison(&house, &requests).await;
}

#[tokio::test]
async fn r35_a_trusted_proxy_chooses_the_workspace_and_never_the_link() {
    let house = House::with(|setup| without_waits(setup).key("trusted_proxies = [\"127.0.0.1\"]")).await;
    house.ada(&fresh_password());
    let host = house.server.host_of("acme");
    let bare = host.split(':').next().expect("a host");
    let requests: Vec<(Vec<u8>, &[u16])> = vec![
        (
            reset_request(
                RESET,
                &format!(
                    "Host: 10.0.0.1\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: {bare}\r\nX-Forwarded-Proto: https\r\n"
                ),
            ),
            &[202],
        ),
        (
            reset_request(
                RESET,
                &format!("Host: 10.0.0.1\r\nForwarded: for=192.0.2.7;host={bare};proto=https\r\n"),
            ),
            &[202],
        ),
        (
            reset_request(
                RESET,
                &format!("Host: {host}\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: evil.example\r\n"),
            ),
            &[404],
        ),
        (
            reset_request(
                RESET,
                &format!("Host: {host}\r\nForwarded: for=192.0.2.7;host=evil.example\r\n"),
            ),
            &[404],
        ),
        (
            reset_request(
                RESET,
                &format!("Host: {host}\r\nX-Forwarded-For: nonsense, 1.2.3.4.5\r\n"),
            ),
            &[202],
        ),
    ];
    poison(&house, &requests).await;
}

#[tokio::test]
async fn r92_an_invented_address_buys_no_fresh_budget() {
    let house = House::with(|setup| limits(setup, &[("FAILURES_PER_NETWORK_PER_MINUTE", "5")])).await;
    let mut last = 0;
    for turn in 0..6 {
        let mut stranger = house.browser();
        let invented = format!("203.0.113.{turn}");
        for name in ["x-forwarded-for", "x-real-ip", "true-client-ip", "cf-connecting-ip"] {
            stranger.always(name, &invented);
        }
        stranger.always("forwarded", &format!("for={invented}"));
        let email = format!("person{turn}@acme.test");
        last = sign_in(&mut stranger, &email, "not the password").await.status.as_u16();
        assert_eq!(last, if turn < 5 { 401 } else { 429 }, "try {}", turn + 1);
    }
    assert_eq!(last, 429);
}
