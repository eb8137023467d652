//! `/sign-in/jwt` (B18): the page sends the token on by itself, and only what is sent signs anybody in.

use doorward_auth::Acting;
use doorward_auth::workspace::add_hand_over_key::NewHandOverKey;
use doorward_domain::hand_over::HandOverAlgorithm;
use doorward_domain::role::Audience;
use doorward_domain::testing::hand_over_token;
use http::Method;
use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use serde_json::{Value, json};

use super::house::{Answer, Browser, House};

const PATH: &str = "/sign-in/jwt";

/// A house that takes hand-overs, and the site's secret.
async fn open_house() -> (House, String) {
    let house = House::new().await;
    let workspaces = house.auth.workspaces();
    let on = doorward_auth::workspace::change_settings::SettingChange {
        key: "customers.hand_over".to_owned(),
        value: "true".to_owned(),
    };
    let changes = [on];
    let operator = doorward_auth::Acting::operator();
    let changed = workspaces.change_settings(
        &operator,
        &house.given.workspace,
        &changes,
        doorward_auth::workspace::change_settings::ChangeHow::default(),
    );
    changed.await.unwrap();
    let key = NewHandOverKey {
        audience: Audience::Customers,
        algorithm: None,
        public_key: None,
        highest_role: None,
    };
    let operator = Acting::operator();
    let added = workspaces.add_hand_over_key(&operator, &house.given.workspace, key);
    let secret = added.await.unwrap().secret.unwrap().expose().to_owned();
    (house, secret)
}

fn token(house: &House, secret: &str, more: Value) -> String {
    let mut claims = json!({
        "iat": house.now().as_unix_seconds(),
        "jti": "one",
        "email": "jo@example.com",
        "name": "Jo",
        "external_id": "42",
    });
    if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
        claims.extend(more);
    }
    hand_over_token(HandOverAlgorithm::Hs256, secret, &claims)
}

#[track_caller]
fn tells_nobody(answer: &Answer) {
    assert_eq!(answer.headers[REFERRER_POLICY], "no-referrer");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store");
}

fn link(token: &str, to: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("token", token).append_pair("returnto", to);
    format!("{PATH}?{}", query.finish())
}

async fn press_link(browser: &mut Browser, token: &str, to: &str) -> Answer {
    browser.post(PATH, &[("token", token), ("returnto", to)]).await
}

async fn press(browser: &mut Browser, page: &Answer) -> Answer {
    browser.fill(page, PATH, PATH, &[]).await
}

#[tokio::test]
async fn b18_the_page_sends_the_token_on_and_the_destination_is_kept() {
    let (house, secret) = open_house().await;
    let token = token(&house, &secret, json!({}));
    let origin = house.url.origin_of(&house.url.workspace_host("acme"));
    for (jti, to, lands) in [
        ("a", "/tickets/42?tab=all".to_owned(), "/tickets/42?tab=all"),
        ("b", format!("{origin}/tickets/7"), "/tickets/7"),
        ("c", "https://evil.example/".to_owned(), "/"),
        ("d", String::new(), "/"),
    ] {
        let token = self::token(&house, &secret, json!({ "jti": jti }));
        let mut browser = house.browser();
        let page = browser.get(&link(&token, &to)).await;
        page.shows(200, "data-sends-itself");
        page.shows(200, "Continue");
        tells_nobody(&page);
        assert!(!browser.is_signed_in().await, "a GET signs nobody in");
        let inside = press(&mut browser, &page).await;
        assert_eq!(inside.location(), lands, "{to}");
        tells_nobody(&inside);
        assert!(browser.is_signed_in().await);
        // Whoever is signed in as the very same person just goes on.
        let again = self::token(&house, &secret, json!({ "jti": format!("{jti}-again") }));
        assert_eq!(browser.get(&link(&again, &to)).await.location(), lands);
        assert_eq!(press_link(&mut browser, &again, &to).await.location(), lands);
    }
    // HEAD and GET, however often, use nothing up.
    for _ in 0..5 {
        let mut scanner = house.browser();
        scanner.send(Method::HEAD, &link(&token, "/"), None).await;
        scanner.get(&link(&token, "/")).await.shows(200, "Continue");
    }
    let mut browser = house.browser();
    let page = browser.get(&link(&token, "/")).await;
    assert_eq!(press(&mut browser, &page).await.location(), "/");
}

#[tokio::test]
async fn b18_a_form_of_the_companys_own_page_may_send_it_from_elsewhere() {
    let (house, secret) = open_house().await;
    let mut browser = house.browser();
    browser.site = "cross-site";
    let token = token(&house, &secret, json!({}));
    let fields = [("token", token.as_str()), ("returnto", "/tickets/7")];
    let page = browser.post(PATH, &fields).await;
    page.shows(200, "data-sends-itself");
    assert!(!browser.is_signed_in().await);
    browser.site = "same-origin";
    let inside = press(&mut browser, &page).await;
    assert_eq!(inside.location(), "/tickets/7");
    // Its one use is over, whoever sends it.
    let refused = house.browser().post(PATH, &fields).await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn b18_nobody_is_put_into_another_account_unasked() {
    let (house, secret) = open_house().await;
    let mut browser = house.browser();
    let mine = token(&house, &secret, json!({ "jti": "mine" }));
    browser.post(PATH, &[("token", &mine), ("returnto", "/")]).await;
    assert!(browser.is_signed_in().await);
    let me = browser.get("/").await;
    me.shows(200, "Jo");
    let attackers = json!({ "jti": "eve", "email": "eve@example.com", "name": "Eve", "external_id": "66" });
    let attackers = token(&house, &secret, attackers);
    let fields = [
        ("token", attackers.as_str()),
        ("returnto", "/tickets/7"),
        ("instead", "true"),
    ];
    browser.site = "cross-site";
    let page = browser.post(PATH, &fields).await;
    page.shows(200, "data-sends-itself");
    browser.site = "same-origin";
    let fields = [("token", attackers.as_str()), ("returnto", "/tickets/7")];
    let asked = browser.post(PATH, &fields).await;
    asked.shows(200, "You are signed in here as Jo");
    assert!(!asked.body.contains("data-sends-itself"), "it waits for them");
    tells_nobody(&asked);
    browser.get("/").await.shows(200, "Jo");
    let sent = browser.get(&link(&attackers, "/tickets/7")).await;
    assert!(!sent.body.contains("data-sends-itself"), "a link is no other");
    let instead = press(&mut browser, &asked).await;
    assert_eq!(instead.location(), "/tickets/7");
    browser.get("/").await.shows(200, "Eve");
}

#[tokio::test]
async fn b18_a_refusal_is_plain_keeps_the_destination_and_never_repeats_the_token() {
    let (house, secret) = open_house().await;
    house.given.agent("agent@example.com");
    let old = house.now().as_unix_seconds() - 1_000;
    for (bad, status) in [
        (token(&house, &secret, json!({ "iat": old })), 401),
        (token(&house, "dwh_guess", json!({})), 401),
        (
            token(
                &house,
                &secret,
                json!({ "email": "agent@example.com", "external_id": "1" }),
            ),
            401,
        ),
        ("a.b.c".to_owned(), 401),
        ("<script>alert(1)</script>".to_owned(), 401),
        ("x".repeat(5_000), 401),
    ] {
        let mut browser = house.browser();
        let fields = [("token", bad.as_str()), ("returnto", "/tickets/7")];
        let refused = browser.post(PATH, &fields).await;
        refused.shows(status, "couldn’t sign you in");
        refused.shows(status, &house.last_help_code());
        refused.shows(status, "/tickets&#x2f;7".replace('/', "&#x2f;").as_str());
        refused.shows(status, "Email me a sign-in code");
        assert!(!refused.body.contains(&bad), "the token is told back");
        tells_nobody(&refused);
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn b18_an_address_without_a_token_leads_to_the_door() {
    let (house, _) = open_house().await;
    let mut browser = house.browser();
    for path in [
        "/sign-in/jwt?returnto=%2Ftickets%2F7",
        "/sign-in/jwt?token=&returnto=%2Ftickets%2F7",
    ] {
        assert_eq!(browser.get(path).await.location(), "/sign-in?return_to=%2Ftickets%2F7");
    }
    assert!(house.given.store.receipts().is_empty(), "nothing was tried");
}

#[tokio::test]
async fn b18_hand_over_that_is_off_is_told_as_such() {
    let house = House::new().await;
    let refused = house.browser().post(PATH, &[("token", "a.b.c")]).await;
    assert_eq!(refused.status, 401);
    let key = NewHandOverKey {
        audience: Audience::Customers,
        algorithm: None,
        public_key: None,
        highest_role: None,
    };
    let workspaces = house.auth.workspaces();
    let operator = Acting::operator();
    let added = workspaces.add_hand_over_key(&operator, &house.given.workspace, key);
    let secret = added.await.unwrap().secret.unwrap();
    let token = token(&house, secret.expose(), json!({}));
    let refused = house.browser().post(PATH, &[("token", &token)]).await;
    assert_eq!(refused.status, 403);
    assert!(house.given.store.people().is_empty());
}
