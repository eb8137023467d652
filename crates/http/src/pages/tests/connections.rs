//! `/account/connections`: A6, R57.

use std::sync::atomic::Ordering;

use doorward_domain::provider::Arrived;
use doorward_domain::testing::{PASSWORD, arrived};
use doorward_domain::workspace::Workspace;

use super::house::{Answer, Browser, House, Plan};

const JO: &str = "jo@example.com";
const PAGE: &str = "/account/connections";
const CONNECT: &str = "/account/connections/with/google";
const DISCONNECT: &str = "/account/connections/disconnect";
/// Longer than a sign-in counts as a fresh proof (R11).
const STALE: u64 = 301;

async fn house() -> House {
    with(|_| {}).await
}

async fn with(change: fn(&mut Workspace)) -> House {
    let house = House::with(Plan {
        change,
        ..Plan::default()
    })
    .await;
    house.provider.offer("google", "Google");
    house.provider.offer("twitter", "X");
    house
}

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser();
    assert_eq!(browser.sign_in(email, PASSWORD).await.location(), "/");
    browser
}

async fn come_back(house: &House, browser: &mut Browser, answer: &str) -> Answer {
    let sent = house.provider.sent_away().pop().unwrap();
    let address = format!("/sign-in/callback/{}?state={}&{answer}", sent.provider, sent.state);
    browser.site = "cross-site";
    let answer = browser.get(&address).await;
    browser.site = "same-origin";
    answer
}

async fn connect(house: &House, browser: &mut Browser, who: Arrived) -> Answer {
    house.provider.knows("good", who);
    browser.open_and_fill(PAGE, CONNECT, &[]).await.location();
    come_back(house, browser, "code=good").await
}

#[tokio::test]
async fn a6_an_account_is_connected_signs_in_and_is_disconnected() {
    let house = house().await;
    house.given.customer(JO);
    let mut browser = signed_in(&house, JO).await;
    let page = browser.get(PAGE).await;
    page.shows(200, "<h1>Connected accounts</h1>");
    page.shows(200, "Nothing is connected yet.");
    page.shows(200, ">Connect Google</span></button>");
    page.shows(200, ">Connect X</span></button>");
    let promised = house.promised.load(Ordering::Relaxed);
    let connected = connect(
        &house,
        &mut browser,
        arrived("google", "1").verified("ada@home.example"),
    )
    .await;
    assert_eq!(connected.location(), PAGE);
    assert!(house.promised.load(Ordering::Relaxed) > promised);
    let page = browser.follow(&connected).await;
    page.shows(200, "Your account is connected.");
    page.shows(200, ">Disconnect Google</button>");
    page.shows(200, "<bdi>ada@home.example</bdi>");
    page.shows(200, "Not used yet");
    assert!(!page.body.contains("Connect Google"));
    page.shows(200, ">Connect X<");

    let mut elsewhere = house.browser();
    elsewhere
        .open_and_fill("/sign-in", "/sign-in/with/google", &[])
        .await
        .location();
    assert_eq!(come_back(&house, &mut elsewhere, "code=good").await.location(), "/");
    assert!(elsewhere.is_signed_in().await);

    let done = browser.open_and_fill(PAGE, DISCONNECT, &[]).await;
    assert_eq!(done.location(), PAGE);
    browser.follow(&done).await.shows(200, "The account is disconnected.");
    let mut elsewhere = house.browser();
    elsewhere
        .open_and_fill("/sign-in", "/sign-in/with/google", &[])
        .await
        .location();
    let stranger = come_back(&house, &mut elsewhere, "code=good").await;
    assert!(stranger.location().starts_with("/sign-in/email?held="));
}

#[tokio::test]
async fn r11_connecting_and_disconnecting_ask_for_a_fresh_proof_in_place() {
    let house = house().await;
    house.given.customer(JO);
    let mut browser = signed_in(&house, JO).await;
    house.wait(STALE);
    let asked = browser.open_and_fill(PAGE, CONNECT, &[]).await;
    asked.shows(403, "Confirm that it’s you");
    assert!(house.provider.sent_away().is_empty());
    house.provider.knows("good", arrived("google", "1"));
    let sent = browser
        .fill(&asked, CONNECT, CONNECT, &[("proof_password", PASSWORD)])
        .await;
    assert!(
        sent.location().starts_with("https://google.example/"),
        "{}",
        sent.location()
    );
    assert_eq!(
        come_back(&house, &mut browser, "code=good").await.location(),
        PAGE,
        "the renewed session comes back"
    );
    house.wait(STALE);
    let asked = browser.open_and_fill(PAGE, DISCONNECT, &[]).await;
    asked.shows(403, "Confirm that it’s you");
    browser.get(PAGE).await.shows(200, ">Disconnect Google</button>");
    let done = browser
        .fill(&asked, DISCONNECT, DISCONNECT, &[("proof_password", PASSWORD)])
        .await;
    assert_eq!(done.location(), PAGE);
}

#[tokio::test]
async fn r57_somebody_elses_identity_and_another_session_connect_nothing() {
    let house = house().await;
    house.given.customer(JO);
    house.given.customer("eve@example.com");
    let mut owner = signed_in(&house, JO).await;
    connect(&house, &mut owner, arrived("google", "1")).await.location();
    let mut eve = signed_in(&house, "eve@example.com").await;
    let taken = connect(&house, &mut eve, arrived("google", "1")).await;
    taken.shows(409, "<h1>Connected accounts</h1>");
    taken.shows(409, "That account is connected to another account here already.");
    taken.shows(409, &house.last_help_code());
    taken.shows(409, ">Connect Google<");

    eve.open_and_fill(PAGE, CONNECT, &[]).await.location();
    let cancelled = come_back(&house, &mut eve, "error=access_denied").await;
    cancelled.shows(401, "<h1>Connected accounts</h1>");
    cancelled.shows(401, "The sign-in was cancelled there");

    eve.open_and_fill(PAGE, CONNECT, &[]).await.location();
    house.provider.knows("other", arrived("google", "2"));
    eve.jar.remove("doorward_session");
    let signed_out = come_back(&house, &mut eve, "code=other").await;
    signed_out.shows(410, "<h1>Sign in to Acme Help</h1>");
    let mut stale = house.browser();
    stale.get("/sign-in").await;
    assert_eq!(
        stale.get(PAGE).await.location(),
        "/sign-in?return_to=%2Faccount%2Fconnections"
    );
}

#[tokio::test]
async fn a6_the_last_way_in_is_never_taken_away_and_the_last_but_one_not_without_a_warning() {
    let house = with(|workspace| {
        workspace.security.customers.password = false;
        workspace.security.customers.email_code = false;
    })
    .await;
    let only = house.given.without_password(JO);
    house.provider.knows("good", arrived("google", "1"));
    house.connect(&only, arrived("google", "1")).await;
    let mut browser = house.browser();
    browser
        .open_and_fill("/sign-in", "/sign-in/with/google", &[])
        .await
        .location();
    let entered = come_back(&house, &mut browser, "code=good").await;
    assert_eq!(entered.location(), "/");
    let refused = browser.open_and_fill(PAGE, DISCONNECT, &[]).await;
    refused.shows(409, "Nothing else would get you in, so it stays connected.");
    refused.shows(409, ">Disconnect Google</button>");

    let house = self::house().await;
    let other = house.given.without_password("ada@example.com");
    house.provider.knows("better", arrived("google", "2"));
    house.connect(&other, arrived("google", "2")).await;
    let mut browser = house.browser();
    browser
        .open_and_fill("/sign-in", "/sign-in/with/google", &[])
        .await
        .location();
    come_back(&house, &mut browser, "code=better").await.location();
    let warned = browser.open_and_fill(PAGE, DISCONNECT, &[]).await;
    warned.shows(409, "Disconnect this account?");
    warned.shows(409, "Only one thing gets you in.");
    let done = browser.fill(&warned, DISCONNECT, DISCONNECT, &[]).await;
    assert_eq!(done.location(), PAGE);
}

#[tokio::test]
async fn a_connection_that_is_gone_or_somebody_elses_is_told_so() {
    let house = house().await;
    house.given.customer(JO);
    let mut browser = signed_in(&house, JO).await;
    let page = browser.get(PAGE).await;
    let token = page.hidden(CONNECT).remove(0).1;
    let form = [
        ("form_token", token.as_str()),
        ("id", "0193fcb8-0000-4000-8000-000000000001"),
    ];
    browser
        .post(DISCONNECT, &form)
        .await
        .shows(410, "That account is not connected any more.");
    let nonsense = [("form_token", token.as_str()), ("id", "x")];
    assert_eq!(browser.post(DISCONNECT, &nonsense).await.location(), PAGE);
    let expired = browser.post(DISCONNECT, &[("form_token", "old"), ("id", "x")]).await;
    expired.shows(403, "This page was open for a while");
}
