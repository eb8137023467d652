//! B14: forgotten passwords.

use std::sync::atomic::Ordering;

use doorward_domain::testing::{Given, PASSWORD};
use http::Method;
use http::header::{REFERRER_POLICY, RETRY_AFTER};

use super::house::{Browser, House, Plan};

const FORGOT: &str = "/forgot-password";
const RESET: &str = "/reset-password";
const NEW: &str = "another horse entirely";

async fn ask(browser: &mut Browser, path: &str, email: &str) -> super::house::Answer {
    browser.open_and_fill(path, FORGOT, &[("email", email)]).await
}

#[tokio::test]
async fn b14_a_person_chooses_a_new_password_and_goes_on_to_where_they_were_going() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut elsewhere = house.browser();
    elsewhere.sign_in("jo@example.com", PASSWORD).await;

    let mut browser = house.browser();
    let sent = ask(&mut browser, "/forgot-password?return_to=/tickets/7", "jo@example.com").await;
    assert_eq!(house.promised.load(Ordering::Relaxed), 1);
    assert!(!sent.location().contains("jo@example.com"));
    let page = browser.follow(&sent).await;
    page.shows(200, "j•••@e•••.com");
    page.shows(200, "It works for 60 minutes.");

    let link = house.link("jo@example.com");
    let followed = browser.get(&link).await;
    assert_eq!(followed.location(), RESET);
    let [cookie] = followed.cookies()[..] else {
        panic!("one cookie: {:?}", followed.cookies())
    };
    assert!(cookie.starts_with("doorward_reset="));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"));
    assert_eq!(followed.headers[REFERRER_POLICY], "no-referrer");
    let page = browser.follow(&followed).await;
    page.shows(200, "Choose a new password");
    assert_eq!(page.headers[REFERRER_POLICY], "no-referrer");
    assert!(!page.body.contains(link.rsplit('/').next().unwrap()));

    let short = browser.fill(&page, RESET, RESET, &[("password", "short")]).await;
    short.shows(422, "Enter a password of at least 12 characters.");
    let empty = browser.fill(&page, RESET, RESET, &[("password", "")]).await;
    empty.shows(422, "Enter a new password.");
    let long = "x".repeat(300);
    let long = browser.fill(&page, RESET, RESET, &[("password", &long)]).await;
    long.shows(422, "Enter a password of at most 256 characters.");

    let set = browser.fill(&short, RESET, RESET, &[("password", NEW)]).await;
    assert_eq!(set.location(), RESET);
    let done = browser.follow(&set).await;
    done.shows(200, "Your password is set");
    done.shows(200, "Codes sent to");
    done.shows(200, "j•••@e•••.com");
    done.shows(200, "/sign-in?return_to=%2Ftickets%2F7");
    assert!(!browser.is_signed_in().await, "setting a password signs nobody in");
    assert!(!elsewhere.is_signed_in().await);
    assert_eq!(browser.sign_in("jo@example.com", PASSWORD).await.status, 401);
    assert_eq!(browser.sign_in("jo@example.com", NEW).await.location(), "/");
}

#[tokio::test]
async fn r34_looking_at_a_link_changes_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    ask(&mut house.browser(), FORGOT, "jo@example.com").await.location();
    let link = house.link("jo@example.com");
    let (receipts, audit) = (house.given.store.receipts().len(), house.given.store.audit_rows().len());
    for n in 0..100 {
        let mut scanner = house.browser();
        let method = if n % 2 == 0 { Method::GET } else { Method::HEAD };
        let followed = scanner.send(method, &link, None).await;
        scanner.follow(&followed).await.shows(200, "Choose a new password");
        assert!(!scanner.is_signed_in().await);
    }
    assert_eq!(house.given.store.receipts().len(), receipts);
    assert_eq!(house.given.store.audit_rows().len(), audit);
    let mut browser = house.browser();
    let followed = browser.get(&link).await;
    let page = browser.follow(&followed).await;
    let set = browser.fill(&page, RESET, RESET, &[("password", NEW)]).await;
    assert_eq!(set.location(), RESET);
}

#[tokio::test]
async fn a_dead_link_looks_the_same_whatever_it_died_of() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let other = Given::workspace_in(&house.given.store, "other").await;
    other.customer("jo@example.com");
    ask(&mut house.browser(), FORGOT, "jo@example.com").await.location();
    let link = house.link("jo@example.com");
    let mut foreigner = house.browser_at("other.localhost");
    let followed = foreigner.get(&link).await;
    let foreign = foreigner.follow(&followed).await;
    house.wait(3_601);
    let mut seen = Vec::new();
    for path in [
        &link[..],
        &link[..link.len() - 3],
        "/reset-password/x",
        "/reset-password/%20%3B",
    ] {
        let mut browser = house.browser();
        let followed = browser.get(path).await;
        seen.push(browser.follow(&followed).await);
    }
    seen.push(house.browser().get(RESET).await);
    for page in &seen {
        page.shows(410, "This link doesn’t work any more");
        page.shows(410, "Get a new link");
        assert_eq!(
            super::parity::masked(&page.body, &[]),
            super::parity::masked(&seen[0].body, &[])
        );
    }
    foreign.shows(410, "This link doesn’t work any more");
}

#[tokio::test]
async fn a_cut_off_link_does_not_open_the_page_of_an_earlier_one() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    ask(&mut browser, FORGOT, "jo@example.com").await.location();
    let link = house.link("jo@example.com");
    let followed = browser.get(&link).await;
    browser.follow(&followed).await.shows(200, "Choose a new password");
    let followed = browser.get(&link[..link.len() - 1]).await;
    browser
        .follow(&followed)
        .await
        .shows(410, "This link doesn’t work any more");
}

#[tokio::test]
async fn a_link_is_spent_by_setting_and_a_second_setting_is_refused() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    ask(&mut house.browser(), FORGOT, "jo@example.com").await.location();
    let link = house.link("jo@example.com");
    let (mut first, mut second) = (house.browser(), house.browser());
    let mut pages = Vec::new();
    for browser in [&mut first, &mut second] {
        let followed = browser.get(&link).await;
        pages.push(browser.follow(&followed).await);
    }
    let set = first.fill(&pages[0], RESET, RESET, &[("password", NEW)]).await;
    assert_eq!(set.location(), RESET);
    let refused = second.fill(&pages[1], RESET, RESET, &[("password", PASSWORD)]).await;
    refused.shows(410, "This link doesn’t work any more");
    refused.shows(410, &house.last_help_code());
    house.wait(601);
    first.follow(&set).await.shows(410, "This link doesn’t work any more");
}

#[tokio::test]
async fn r83_an_expired_form_sets_nothing() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get(FORGOT).await;
    let expired = browser.post(FORGOT, &[("email", "jo@example.com")]).await;
    expired.shows(403, "This page was open for a while");
    assert_eq!(expired.value_of("email").as_deref(), Some("jo@example.com"));
    assert!(house.given.store.outbox().is_empty());
    browser
        .fill(&page, FORGOT, FORGOT, &[("email", "jo@example.com")])
        .await
        .location();
    let link = house.link("jo@example.com");
    let followed = browser.get(&link).await;
    let page = browser.follow(&followed).await;
    let expired = browser.post(RESET, &[("password", NEW)]).await;
    expired.shows(403, "Choose a new password");
    assert!(!expired.body.contains(NEW));
    let set = browser.fill(&page, RESET, RESET, &[("password", NEW)]).await;
    assert_eq!(set.location(), RESET);
}

#[tokio::test]
async fn r89_too_many_requests_are_told_with_the_wait() {
    let house = House::new().await;
    let mut browser = house.browser();
    for _ in 0..3 {
        ask(&mut browser, FORGOT, "jo@example.com").await.location();
    }
    let refused = ask(&mut browser, FORGOT, "jo@example.com").await;
    refused.shows(429, "Too many attempts. Try again in 15 minutes.");
    assert!(refused.headers.contains_key(RETRY_AFTER));
    assert_eq!(refused.value_of("email").as_deref(), Some("jo@example.com"));
}

#[tokio::test]
async fn the_page_after_asking_shows_no_words_of_strangers() {
    let house = House::new().await;
    let mut browser = house.browser();
    for path in [
        "/forgot-password/sent",
        "/forgot-password/sent?to=Y2FsbCA1NTUtMDEwMA.AAAA",
        "/forgot-password/sent?to=jo@example.com",
    ] {
        assert_eq!(browser.get(path).await.location(), FORGOT);
    }
    browser
        .open_and_fill(FORGOT, FORGOT, &[("email", "a@b.example;c@d.example")])
        .await
        .shows(422, "Enter one email address only.");
}

#[tokio::test]
async fn r35_a_link_is_built_from_the_configuration_alone() {
    let house = House::with(Plan {
        trusted_proxies: vec!["192.0.2.0/24".parse().unwrap()],
        ..Plan::default()
    })
    .await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get(FORGOT).await;
    browser.extra = vec![
        ("x-forwarded-host", "evil.example".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ];
    let elsewhere = browser
        .fill(&page, FORGOT, FORGOT, &[("email", "jo@example.com")])
        .await;
    assert_eq!(elsewhere.status, 404, "a host that is nobody's");
    assert!(house.given.store.outbox().is_empty());
    browser.extra = vec![("x-forwarded-proto", "https".to_owned())];
    browser
        .fill(&page, FORGOT, FORGOT, &[("email", "jo@example.com")])
        .await
        .location();
    // `link` holds it to the configured origin.
    assert!(house.link("jo@example.com").starts_with("/reset-password/"));
}
