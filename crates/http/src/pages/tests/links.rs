//! Pages behind mailed and printed links: the operator's link (B15), proof of an address (A5), undoing a change (R48),
//! "this wasn't me". Looking changes nothing (R34), the token leaves the address bar (R36), one page for all that is
//! over (R41).

use doorward_domain::audit::Actor;
use doorward_domain::role::Role;
use doorward_domain::testing::{APP_SECRET, PASSWORD, Person, address};
use http::Method;
use http::header::REFERRER_POLICY;

use super::account::{app_code, key_of};
use super::house::{Answer, Browser, House};

const NEW: &str = "another horse entirely";
const LINKS: [(&str, &str); 4] = [
    ("/recover", "doorward_recover"),
    ("/verify-email", "doorward_verify"),
    ("/revert-email", "doorward_revert"),
    ("/not-me", "doorward_not_me"),
];

/// Follows a link to its page.
async fn open(browser: &mut Browser, link: &str) -> Answer {
    let followed = browser.get(link).await;
    browser.follow(&followed).await
}

async fn recovery_link(house: &House, email: &str) -> String {
    let link = house
        .auth
        .recovery()
        .recover(Actor::Operator, &house.given.workspace, &address(email))
        .await
        .unwrap();
    let url = url::Url::parse(&link.url).unwrap();
    url.path().to_owned()
}

#[tokio::test]
async fn r41_whatever_opens_nothing_is_one_page_of_its_kind() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser
        .open_and_fill("/forgot-password", "/forgot-password", &[("email", "jo@example.com")])
        .await
        .location();
    let reset = house.link("jo@example.com");
    let foreign = reset.strip_prefix("/reset-password/").unwrap();
    for (path, cookie) in LINKS {
        let cut = &foreign[..20];
        for (token, kept) in [(foreign, true), (cut, false), ("done-", false)] {
            let mut browser = house.browser();
            browser.jar.insert(cookie.to_owned(), "left".to_owned());
            let followed = browser.get(&format!("{path}/{token}")).await;
            assert_eq!(followed.location(), path);
            assert_eq!(followed.headers[REFERRER_POLICY], "no-referrer");
            assert_eq!(browser.jar.contains_key(cookie), kept, "{path}/{token}");
            let page = browser.follow(&followed).await;
            page.shows(410, "This link doesn’t work any more");
            assert_eq!(page.headers[REFERRER_POLICY], "no-referrer");
        }
        let mut bare = house.browser();
        bare.get(path).await.shows(410, "This link doesn’t work any more");
        for page in ["done", "done?address=", "done?address=Y2FsbCA1NTUtMDEwMA.AAAA"] {
            if path != "/recover" {
                assert_eq!(bare.get(&format!("{path}/{page}")).await.location(), path);
            }
        }
    }
    open(&mut browser, &reset).await.shows(200, "Choose a new password");
}

#[tokio::test]
async fn a5_an_address_is_proved_by_its_button_and_by_nothing_else() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser.sign_in("jo@example.com", PASSWORD).await;
    browser
        .open_and_fill("/account/emails", "/account/emails", &[("email", "two@example.com")])
        .await
        .location();
    let link = house.link("two@example.com");
    assert!(link.starts_with("/verify-email/"), "{link}");
    let verified = || {
        let people = house.given.store.people();
        let now = people.into_iter().find(|person| person.id == jo.id).unwrap();
        let email = now.emails.into_iter().find(|email| !email.primary).unwrap();
        email.verified_at.is_some()
    };
    for _ in 0..20 {
        let mut scanner = house.browser();
        scanner.send(Method::HEAD, &link, None).await;
        open(&mut scanner, &link).await.shows(200, "Confirm this address");
    }
    assert!(!verified());
    let mut mailbox = house.browser();
    let page = open(&mut mailbox, &link).await;
    page.shows(200, "t•••@e•••.com");
    let unmarked = mailbox.post("/verify-email", &[]).await;
    assert_eq!(unmarked.status, 403, "R83");
    assert!(!verified());
    let pressed = mailbox.fill(&page, "/verify-email", "/verify-email", &[]).await;
    assert!(verified());
    assert!(!mailbox.jar.contains_key("doorward_verify"));
    let done = mailbox.follow(&pressed).await;
    done.shows(200, "Your address is confirmed");
    done.shows(200, "t•••@e•••.com");
    assert!(!mailbox.is_signed_in().await, "a link opens no session");
    open(&mut mailbox, &link)
        .await
        .shows(410, "This link doesn’t work any more");
}

#[tokio::test]
async fn r48_a_change_of_addresses_is_undone_and_a_reset_is_on_its_way() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let mut browser = house.browser();
    browser.sign_in("jo@example.com", PASSWORD).await;
    browser
        .open_and_fill("/account/emails", "/account/emails", &[("email", "eve@example.com")])
        .await
        .location();
    let link = house.link("jo@example.com");
    assert!(link.starts_with("/revert-email/"), "{link}");
    let mut mailbox = house.browser();
    let page = open(&mut mailbox, &link).await;
    page.shows(200, "was added to your account");
    page.shows(200, "e•••@e•••.com");
    assert!(browser.is_signed_in().await);
    let pressed = mailbox.fill(&page, "/revert-email", "/revert-email", &[]).await;
    let done = mailbox.follow(&pressed).await;
    done.shows(200, "The change is undone");
    done.shows(200, "j•••@e•••.com");
    assert!(!browser.is_signed_in().await, "everybody is signed out");
    let people = house.given.store.people();
    let now = people.iter().find(|person| person.id == jo.id).unwrap();
    assert_eq!(now.emails.len(), 1);
    assert!(house.link("jo@example.com").starts_with("/reset-password/"));
    open(&mut mailbox, &link)
        .await
        .shows(410, "This link doesn’t work any more");
}

#[tokio::test]
async fn a_sign_in_that_was_somebody_elses_is_ended_by_its_mail() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut own = house.browser();
    own.sign_in("jo@example.com", PASSWORD).await;
    house.wait(60);
    let mut stranger = house.browser();
    stranger.sign_in("jo@example.com", PASSWORD).await;
    let link = house.link("jo@example.com");
    assert!(link.starts_with("/not-me/"), "{link}");
    let mut mailbox = house.browser();
    let page = open(&mut mailbox, &link).await;
    page.shows(200, "This wasn’t me");
    assert!(stranger.is_signed_in().await, "looking ends nothing");
    let pressed = mailbox.fill(&page, "/not-me", "/not-me", &[]).await;
    assert!(!stranger.is_signed_in().await);
    let done = mailbox.follow(&pressed).await;
    done.shows(200, "That sign-in is ended");
    done.shows(200, "j•••@e•••.com");
    assert!(house.link("jo@example.com").starts_with("/reset-password/"));
    open(&mut mailbox, &link).await.shows(410, "choose a new password");
}

#[tokio::test]
async fn b15_the_operators_link_sets_password_and_second_factor_and_opens_no_session() {
    let house = House::new().await;
    let owner = house.given.person(
        Person::customer(house.given.workspace.id, "own@example.com")
            .role(Role::Owner)
            .with_app(),
    );
    let link = recovery_link(&house, "own@example.com").await;
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    page.shows(200, "o•••@e•••.com");
    let begun = browser.fill(&page, "/recover", "/recover", &[]).await;
    assert!(begun.location().starts_with("/recover/set-up?flow="));
    assert!(!browser.jar.contains_key("doorward_recover"));
    assert!(!browser.is_signed_in().await);
    let mut other = house.browser();
    other.get("/sign-in").await;
    other.follow(&begun).await.shows(410, "This link doesn’t work any more");
    open(&mut other, &link)
        .await
        .shows(410, "This link doesn’t work any more");

    let page = browser.follow(&begun).await;
    for words in [
        "Set up two-factor authentication again",
        "Turn off two-factor authentication",
        "Continue to sign in",
    ] {
        page.shows(200, words);
    }
    let set = "/recover/set-up/password";
    let short = browser.fill(&page, set, set, &[("password", "short")]).await;
    short.shows(422, "Enter a password of at least");
    let changed = browser.fill(&page, set, set, &[("password", NEW)]).await;
    let page = browser.follow(&changed).await;
    page.shows(200, "Your new password is set.");

    let begin = "/recover/set-up/two-factor/begin";
    let drawn = browser.fill(&page, begin, begin, &[]).await;
    let key_page = browser.follow(&drawn).await;
    let key = key_of(&key_page);
    assert_ne!(key, APP_SECRET);
    let flow = page
        .hidden(begin)
        .into_iter()
        .find(|(name, _)| name == "flow")
        .unwrap()
        .1;
    let code = "/recover/set-up/two-factor/code";
    let code_page = browser.get(&format!("{code}?flow={flow}")).await;
    let on = browser
        .fill(&code_page, code, code, &[("code", &app_code(&house, &key))])
        .await;
    on.shows(200, "I have saved these codes");
    assert!(!browser.is_signed_in().await);
    let factors = house.given.store.factors_of(owner.id).unwrap();
    assert_eq!(factors.app.unwrap().secret.unwrap().expose().as_slice(), key.as_slice());

    let page = browser.get(&format!("/recover/set-up?flow={flow}")).await;
    let finish = "/recover/set-up/finish";
    let finished = browser.fill(&page, finish, finish, &[]).await;
    assert_eq!(finished.location(), "/sign-in");
    browser
        .get(&format!("/recover/set-up?flow={flow}"))
        .await
        .shows(410, "This link doesn’t work any more");
    let again = browser.fill(&page, set, set, &[("password", PASSWORD)]).await;
    assert_eq!(again.status, 410, "the attempt is over");
    let first = browser.sign_in("own@example.com", NEW).await;
    assert!(
        first.location().starts_with("/sign-in/second-factor?flow="),
        "and then as always"
    );
}

#[tokio::test]
async fn b15_a_lost_second_factor_is_turned_off() {
    let house = House::new().await;
    let owner = house.given.person(
        Person::customer(house.given.workspace.id, "own@example.com")
            .role(Role::Owner)
            .with_app(),
    );
    let link = recovery_link(&house, "own@example.com").await;
    let mut browser = house.browser();
    let page = open(&mut browser, &link).await;
    let begun = browser.fill(&page, "/recover", "/recover", &[]).await;
    let page = browser.follow(&begun).await;
    let disable = "/recover/set-up/two-factor/disable";
    let expired = browser
        .post(
            disable,
            &[(
                "flow",
                &page
                    .hidden(disable)
                    .into_iter()
                    .find(|(name, _)| name == "flow")
                    .unwrap()
                    .1,
            )],
        )
        .await;
    expired.shows(403, "This page was open for a while");
    assert!(house.given.store.factors_of(owner.id).unwrap().app.is_some(), "R83");
    let off = browser.fill(&page, disable, disable, &[]).await;
    let page = browser.follow(&off).await;
    page.shows(200, "Two-factor authentication is off.");
    assert!(!page.body.contains("Turn off two-factor authentication"));
    assert!(house.given.store.factors_of(owner.id).unwrap().app.is_none());
}
