//! "This wasn't me": ends that session and starts a reset.

use doorward_auth::account::disown_session::{DisownPage, Disowned};
use doorward_domain::audit::AuditAction;
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Given, address};

use crate::house::{Browser, House};

const EMAIL: &str = "jo@example.com";

async fn press(browser: &Browser<'_>, token: &RawToken) -> Disowned {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    account.disown_session(&browser.caller, workspace, token).await.unwrap()
}

fn done(reset_to: &str) -> Disowned {
    let masked = Some(address(reset_to).masked());
    Disowned::Done { masked }
}

#[tokio::test]
async fn it_ends_that_session_and_no_earlier_one_and_sends_a_reset_link_that_works() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let own = house.browser().enter(EMAIL).await;
    house.wait(1);
    let intruder = house.browser().enter(EMAIL).await;
    let token = house.browser().token_of_last("new-device", EMAIL);
    let reader = house.browser();
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    for _ in 0..10 {
        let page = account.look_at_disowned(workspace, &token).await.unwrap();
        assert_eq!(
            page,
            DisownPage::Confirm { at: house.auth.now() },
            "R34: looking changes nothing"
        );
    }
    assert!(house.is_live(&intruder).await);
    assert_eq!(press(&reader, &token).await, done(EMAIL));
    assert!(!house.is_live(&intruder).await);
    assert!(house.is_live(&own).await);
    assert_eq!(house.kinds_to(EMAIL).pop(), Some("reset-link"));
    assert_eq!(house.audited(AuditAction::SessionDisowned), 1);
    assert_eq!(press(&reader, &token).await, Disowned::Gone, "R28: good once");
    let resets = house
        .kinds_to(EMAIL)
        .iter()
        .filter(|kind| **kind == "reset-link")
        .count();
    assert_eq!(resets, 1);
}

#[tokio::test]
async fn a_session_that_the_same_browser_opened_since_ends_with_it() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.browser().enter(EMAIL).await;
    house.wait(1);
    let mut thief = house.browser();
    let first = thief.enter(EMAIL).await;
    let token = house.browser().token_of_last("new-device", EMAIL);
    house.wait(60);
    thief.caller.device = Some(first.device_cookie);
    let second = thief.enter(EMAIL).await;
    let told = house.kinds_to(EMAIL).into_iter().filter(|kind| *kind == "new-device");
    assert_eq!(told.count(), 1, "the second one is told to nobody");
    assert!(house.is_live(&second).await);
    assert_eq!(press(&house.browser(), &token).await, done(EMAIL));
    assert!(!house.is_live(&second).await);
}

#[tokio::test]
async fn it_works_after_a_fresh_proof_renewed_the_intruders_token() {
    use doorward_auth::factors::prove_afresh::Evidence;
    use doorward_domain::secret::Password;
    use doorward_domain::testing::PASSWORD;

    let house = House::new().await;
    house.given.customer(EMAIL);
    house.browser().enter(EMAIL).await;
    let thief = house.browser();
    let session = thief.enter(EMAIL).await.session;
    let token = house.browser().token_of_last("new-device", EMAIL);
    let password = Evidence::Password(Password::parse(PASSWORD).unwrap());
    let (renewed, _) = crate::house::proved(thief.prove(&session, password).await);
    assert!(house.knows(&renewed).await.is_some());
    assert_eq!(press(&house.browser(), &token).await, done(EMAIL));
    assert!(house.knows(&renewed).await.is_none());
}

#[tokio::test]
async fn it_still_starts_a_reset_when_the_session_is_over_and_lives_for_seven_days() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    house.browser().enter(EMAIL).await;
    house.browser().enter(EMAIL).await;
    let token = house.browser().token_of_last("new-device", EMAIL);
    house.wait(604_799);
    assert_eq!(press(&house.browser(), &token).await, done(EMAIL));
    assert_eq!(house.kinds_to(EMAIL).pop(), Some("reset-link"));

    house.browser().enter(EMAIL).await;
    let token = house.browser().token_of_last("new-device", EMAIL);
    house.wait(604_800);
    assert_eq!(press(&house.browser(), &token).await, Disowned::Gone);
}

#[tokio::test]
async fn links_of_other_kinds_and_of_other_workspaces_are_nothing_here() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    browser.enter(EMAIL).await;
    browser.forgot(EMAIL).await;
    let reset = browser.last_token_to(EMAIL);
    assert_eq!(press(&browser, &reset).await, Disowned::Gone);
    house.browser().enter(EMAIL).await;
    let token = browser.token_of_last("new-device", EMAIL);
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let account = house.auth.account();
    let there = account
        .disown_session(&browser.caller, &elsewhere.workspace, &token)
        .await
        .unwrap();
    assert_eq!(there, Disowned::Gone);
    assert_eq!(press(&browser, &token).await, done(EMAIL));
}
