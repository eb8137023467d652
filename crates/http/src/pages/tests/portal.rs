//! Portal links: the shared one (B3), the personal one (B4), and what one leads to that opens nothing (B5, R40, R41).

use doorward_auth::Acting;
use doorward_auth::portal::Whom;
use doorward_auth::portal::create_portal_link::PortalLinkRequest;
use doorward_domain::return_to::ReturnTo;
use doorward_domain::testing::PASSWORD;
use doorward_domain::user::User;
use http::Method;
use http::header::{CACHE_CONTROL, REFERRER_POLICY, RETRY_AFTER};

use super::house::{Answer, Browser, House, Plan};
use super::parity::seen;

const GONE: &str = "Ask for a fresh link from its sender.";

/// Path of a new personal link.
async fn link(house: &House, user: &User, to: &str, life_seconds: Option<u64>) -> String {
    let request = PortalLinkRequest {
        whom: Whom::Id(user.id),
        return_to: ReturnTo::parse(to),
        life_seconds,
    };
    let portal_links = house.auth.portal_links();
    let made = portal_links
        .create(&Acting::operator(), &house.given.workspace, request)
        .await;
    let url = url::Url::parse(&made.unwrap().url).unwrap();
    url.path().to_owned()
}

async fn open(browser: &mut Browser, link: &str) -> Answer {
    let followed = browser.get(link).await;
    assert_eq!(followed.location(), "/portal/open", "R36");
    assert_eq!(followed.headers[REFERRER_POLICY], "no-referrer");
    browser.follow(&followed).await
}

async fn press(browser: &mut Browser, page: &Answer) -> Answer {
    browser.fill(page, "/portal/open", "/portal/open", &[]).await
}

#[tokio::test]
async fn b4_a_personal_link_leads_to_the_code_and_on_to_where_it_says() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/tickets/42?tab=all", None).await;
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    page.shows(200, "Sign in to Acme Help");
    page.shows(200, "j•••@e•••.com");
    page.shows(200, "Send code");
    page.shows(200, "data-sends-itself");
    assert!(!page.body.contains("jo@example.com"), "R40");
    assert_eq!(page.headers[REFERRER_POLICY], "no-referrer");
    assert_eq!(page.headers[CACHE_CONTROL], "no-store");
    let sent = press(&mut browser, &page).await;
    assert!(
        sent.location().starts_with("/sign-in/code?flow="),
        "{}",
        sent.location()
    );
    let code = browser.follow(&sent).await;
    code.shows(200, "Check your email");
    code.shows(200, "j•••@e•••.com");
    assert!(!browser.is_signed_in().await, "a link opens no session");
    let typed = house.code("jo@example.com");
    let inside = browser
        .fill(&code, "/sign-in/code", "/sign-in/code", &[("code", &typed)])
        .await;
    assert_eq!(inside.location(), "/tickets/42?tab=all", "B13");
    assert!(browser.is_signed_in().await);
    let again = browser.get(&link).await;
    assert_eq!(browser.follow(&again).await.location(), "/tickets/42?tab=all");
}

#[tokio::test]
async fn r34_head_and_get_change_nothing_and_a_scanner_that_presses_everything_gets_one_mail_a_wait() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/", None).await;
    for _ in 0..20 {
        let mut scanner = house.browser();
        scanner.send(Method::HEAD, &link, None).await;
        open(&mut scanner, &link).await.shows(200, "Send code");
    }
    assert_eq!(house.given.store.outbox().len(), 0);
    assert!(house.given.store.flows().is_empty());
    for _ in 0..10 {
        let mut scanner = house.browser();
        let page = open(&mut scanner, &link).await;
        press(&mut scanner, &page).await.location();
    }
    assert_eq!(house.given.store.outbox().len(), 1);
    house.wait(31);
    let mut owner = house.browser();
    let page = open(&mut owner, &link).await;
    let sent = press(&mut owner, &page).await;
    let code = owner.follow(&sent).await;
    let typed = house.code("jo@example.com");
    owner
        .fill(&code, "/sign-in/code", "/sign-in/code", &[("code", &typed)])
        .await
        .location();
    assert!(owner.is_signed_in().await);
}

#[tokio::test]
async fn b5_r41_cut_off_expired_revoked_foreign_and_unknown_are_one_page() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let sam = house.given.customer("sam@example.com");
    let good = link(&house, &jo, "/", None).await;
    let expired = link(&house, &jo, "/", Some(60)).await;
    let revoked = link(&house, &sam, "/", None).await;
    let portal_links = house.auth.portal_links();
    let workspace = &house.given.workspace;
    let listed = portal_links.list(workspace, &Whom::Id(sam.id)).await.unwrap().unwrap();
    assert!(
        portal_links
            .revoke(&Acting::operator(), workspace, sam.id, listed[0].id)
            .await
            .unwrap()
    );
    let elsewhere = House::new().await;
    let ann = elsewhere.given.customer("ann@example.com");
    // Another house draws the same tokens from its seed; the fifth differs from all that were drawn here.
    let mut foreign = String::new();
    for _ in 0..5 {
        foreign = link(&elsewhere, &ann, "/", None).await;
    }
    house.wait(61);
    let mut pages = Vec::new();
    for dead in [
        expired.as_str(),
        &revoked,
        &foreign,
        &good[..30],
        "/portal/",
        "/portal/open.",
        "/portal/%20",
    ] {
        let mut browser = house.browser();
        let page = open(&mut browser, dead).await;
        page.shows(410, GONE);
        page.shows(410, "Acme Help");
        assert!(!page.body.contains("•••"), "{dead}: it reveals no contact");
        assert!(!page.body.contains("<form"), "{dead}: nothing to press");
        pages.push(seen(&page, &[]));
    }
    let mut bare = house.browser();
    pages.push(seen(&bare.get("/portal/open").await, &[]));
    for page in &pages {
        assert_eq!((page.0, &page.2), (pages[0].0, &pages[0].2));
    }
    assert!(house.given.store.outbox().is_empty(), "it sends no mail");
}

#[tokio::test]
async fn a_link_that_dies_between_page_and_button_says_so_with_a_help_code() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/", Some(60)).await;
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    house.wait(61);
    let gone = press(&mut browser, &page).await;
    gone.shows(410, GONE);
    gone.shows(410, &house.last_help_code());
    assert!(house.given.store.outbox().is_empty());
}

#[tokio::test]
async fn r83_the_button_needs_this_browsers_token_and_an_old_form_is_not_sent_by_itself() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/", None).await;
    let mut browser = house.browser();
    open(&mut browser, &link).await;
    let unmarked = browser.post("/portal/open", &[]).await;
    assert!(unmarked.status.is_client_error());
    unmarked.shows(unmarked.status.as_u16(), "Send code");
    assert!(!unmarked.body.contains("data-sends-itself"));
    assert!(house.given.store.outbox().is_empty());
}

#[tokio::test]
async fn r27_over_the_budget_the_page_says_when_and_does_not_send_itself() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/", None).await;
    for _ in 0..3 {
        let mut browser = house.browser();
        let page = open(&mut browser, &link).await;
        press(&mut browser, &page).await.location();
        house.wait(61);
    }
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    let held = press(&mut browser, &page).await;
    held.shows(429, "Send code");
    assert!(held.headers.contains_key(RETRY_AFTER));
    assert!(!held.body.contains("data-sends-itself"));
    assert!(!held.body.contains("jo@example.com"));
}

#[tokio::test]
async fn whoever_is_signed_in_goes_on_and_somebody_else_is_told_whose_link_it_is() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    house.given.customer("sam@example.com");
    let link = link(&house, &jo, "/tickets", None).await;
    let mut own = house.browser();
    own.sign_in("jo@example.com", PASSWORD).await;
    let followed = own.get(&link).await;
    assert_eq!(own.follow(&followed).await.location(), "/tickets");
    let mut other = house.browser();
    other.sign_in("sam@example.com", PASSWORD).await;
    let page = open(&mut other, &link).await;
    page.shows(200, "j•••@e•••.com");
    page.shows(200, "Continue as ");
    assert!(!page.body.contains("Send code"));
    assert!(house.given.store.last_code_to("jo@example.com").is_none());
}

#[tokio::test]
async fn r40_an_attempt_that_is_over_does_not_tell_the_address() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let link = link(&house, &jo, "/", None).await;
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    let sent = press(&mut browser, &page).await;
    house.wait(1_801);
    let over = browser.follow(&sent).await;
    assert!(over.status.is_client_error());
    assert!(!over.body.contains("jo@example.com"));
}

#[tokio::test]
async fn b3_the_shared_link_asks_for_the_address_and_leads_where_it_says() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    let page = browser.get("/portal?to=/tickets").await;
    page.shows(200, "Sign in to Acme Help");
    page.shows(200, "Primary email");
    page.shows(200, "Send code");
    assert!(house.given.store.outbox().is_empty());
    let wrong = browser.fill(&page, "/portal", "/portal", &[("email", "jo@")]).await;
    wrong.shows(422, "Primary email");
    assert_eq!(wrong.value_of("email").as_deref(), Some("jo@"));
    let sent = browser
        .fill(&wrong, "/portal", "/portal", &[("email", "jo@example.com")])
        .await;
    let code = browser.follow(&sent).await;
    code.shows(200, "Check your email");
    let typed = house.code("jo@example.com");
    let inside = browser
        .fill(&code, "/sign-in/code", "/sign-in/code", &[("code", &typed)])
        .await;
    assert_eq!(inside.location(), "/tickets");
    let again = browser.get("/portal?to=/tickets/9").await;
    assert_eq!(again.location(), "/tickets/9", "signed in already");
}

#[tokio::test]
async fn r42_a_shared_link_leads_to_no_other_site() {
    let house = House::new().await;
    let mut browser = house.browser();
    for to in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "javascript:alert(1)",
    ] {
        let page = browser.get(&format!("/portal?to={to}")).await;
        page.shows(200, "Send code");
        assert!(!page.body.contains("evil.example"), "{to}");
        assert!(
            page.hidden("/portal").iter().all(|(name, _)| name != "return_to"),
            "{to}"
        );
    }
}

#[tokio::test]
async fn b16_the_shared_link_says_the_same_for_an_address_that_nobody_has() {
    let house = House::new().await;
    house.given.customer("known@example.com");
    let mut answers = Vec::new();
    for email in ["known@example.com", "knobo@example.com"] {
        let mut browser = house.browser();
        let sent = browser
            .open_and_fill("/portal?to=/tickets", "/portal", &[("email", email)])
            .await;
        answers.push(seen(&sent, &[]));
        answers.push(seen(&browser.follow(&sent).await, &[]));
    }
    assert_eq!(answers[0], answers[2]);
    assert_eq!(answers[1], answers[3]);
}

#[tokio::test]
async fn where_portal_links_are_off_the_pages_say_so_plainly() {
    let house = House::with(Plan {
        change: |workspace| workspace.security.portal_links = false,
        ..Plan::default()
    })
    .await;
    let mut browser = house.browser();
    for path in ["/portal?to=/tickets", "/portal/open"] {
        let page = browser.get(path).await;
        page.shows(403, "Portal links are switched off");
        page.shows(403, "/sign-in");
    }
    let followed = browser.get("/portal/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await;
    browser
        .follow(&followed)
        .await
        .shows(403, "Portal links are switched off");
}

#[tokio::test]
async fn where_codes_are_off_the_shared_link_leads_to_the_sign_in_page() {
    let house = House::with(Plan {
        change: |workspace| {
            workspace.security.customers.email_code = false;
            workspace.security.staff.email_code = false;
        },
        ..Plan::default()
    })
    .await;
    let mut browser = house.browser();
    let page = browser.get("/portal?to=/tickets").await;
    assert_eq!(page.location(), "/sign-in?return_to=%2Ftickets");
}
