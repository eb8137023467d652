//! R48: undoing changes of addresses by the links that told of them.

use doorward_auth::account::revert_email::{RevertEmailPage, RevertedEmail};
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::ports::EmailChanged;
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Given, PASSWORD, Person, address};

use crate::add_email::{add, id_of};
use crate::house::{Browser, House, refused, signed_in};
use crate::make_email_primary::make_primary;
use crate::remove_email::remove;
use crate::verify_email::add_proved;

const EMAIL: &str = "jo@example.com";
const SECOND: &str = "second@example.com";
const INTRUDER: &str = "mallory@example.net";

async fn press(browser: &Browser<'_>, token: &RawToken) -> RevertedEmail {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    account.revert_email(&browser.caller, workspace, token).await.unwrap()
}

fn reverted(reset_to: &str) -> RevertedEmail {
    let masked = Some(address(reset_to).masked());
    RevertedEmail::Reverted { masked }
}

fn addresses(house: &House, of: &str) -> Vec<(String, bool, bool)> {
    let emails = house.person(of).emails;
    let mut all: Vec<_> = emails
        .iter()
        .map(|email| {
            (
                email.address.as_str().to_owned(),
                email.primary,
                email.verified_at.is_some(),
            )
        })
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn r34_looking_changes_nothing_and_pressing_undoes_ends_all_sessions_and_starts_a_reset() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, EMAIL).also(SECOND, true));
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    assert_eq!(
        remove(&browser, &entered.session, id_of(&house, SECOND)).await,
        EmailChanged::Done
    );
    let token = browser.token_of_last("email-changed", SECOND);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    for _ in 0..10 {
        let page = account.look_at_revert(workspace, &token).await.unwrap();
        let masked = address(SECOND).masked();
        let change = EmailNotice::Removed;
        assert_eq!(page, RevertEmailPage::Confirm { change, masked });
    }
    assert!(house.is_live(&entered).await);
    assert_eq!(press(&browser, &token).await, reverted(EMAIL));
    assert_eq!(
        addresses(&house, EMAIL),
        [(EMAIL.to_owned(), true, true), (SECOND.to_owned(), false, true)]
    );
    assert!(!house.is_live(&entered).await);
    assert_eq!(house.kinds_to(EMAIL).pop(), Some("reset-link"));
    assert_eq!(house.audited(AuditAction::EmailReverted), 1);
    assert_eq!(press(&browser, &token).await, RevertedEmail::Gone, "once");
    assert_eq!(
        account.look_at_revert(workspace, &token).await.unwrap(),
        RevertEmailPage::Gone
    );
    signed_in(browser.password(SECOND, PASSWORD).await);
}

#[tokio::test]
async fn each_kind_of_change_is_undone() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, EMAIL).also(SECOND, true));
    let before = addresses(&house, EMAIL);
    let browser = house.browser();

    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, INTRUDER).await;
    assert_ne!(addresses(&house, EMAIL), before);
    let token = browser.token_of_last("email-changed", EMAIL);
    assert_eq!(press(&browser, &token).await, reverted(EMAIL));
    assert_eq!(addresses(&house, EMAIL), before, "added");
    let proof = browser.token_of_last("email-proof", INTRUDER);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let late = account.verify_email(&browser.caller, workspace, &proof).await.unwrap();
    assert_eq!(late, doorward_auth::account::verify_email::VerifiedEmail::Gone);

    let session = browser.enter(EMAIL).await.session;
    make_primary(&browser, &session, id_of(&house, SECOND)).await;
    assert_ne!(addresses(&house, EMAIL), before);
    let token = browser.token_of_last("email-changed", EMAIL);
    assert_eq!(press(&browser, &token).await, reverted(EMAIL));
    assert_eq!(addresses(&house, EMAIL), before, "made primary");

    let session = browser.enter(EMAIL).await.session;
    remove(&browser, &session, id_of(&house, SECOND)).await;
    assert_ne!(addresses(&house, EMAIL), before);
    let token = browser.token_of_last("email-changed", EMAIL);
    assert_eq!(press(&browser, &token).await, reverted(EMAIL));
    assert_eq!(addresses(&house, EMAIL), before, "removed");
}

/// An intruder in Jo's session adds an address, proves it, makes it primary and removes Jo's; gives the links that Jo's
/// mailbox got: added, proved, made primary, removed.
async fn taken_over(house: &House) -> Vec<RawToken> {
    let thief = house.browser();
    let session = thief.enter(EMAIL).await.session;
    add_proved(&thief, &session, INTRUDER).await;
    let changed = make_primary(&thief, &session, id_of(house, INTRUDER)).await;
    assert_eq!(changed, EmailChanged::Done);
    let changed = remove(&thief, &session, id_of(house, EMAIL)).await;
    assert_eq!(changed, EmailChanged::Done);
    assert_eq!(addresses(house, INTRUDER), [(INTRUDER.to_owned(), true, true)]);
    let links = house.browser().tokens_of("email-changed", EMAIL);
    assert_eq!(links.len(), 4);
    links
}

#[tokio::test]
async fn r48_after_a_take_over_the_owners_links_restore_the_account_in_whatever_order_they_are_pressed() {
    for order in [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [2, 0, 3, 1],
        [1, 3, 0, 2],
        [0, 3, 2, 1],
        [2, 3, 1, 0],
    ] {
        let house = House::new().await;
        house.given.customer(EMAIL);
        let links = taken_over(&house).await;
        let owner = house.browser();
        for link in order {
            let outcome = press(&owner, &links[link]).await;
            assert!(
                matches!(outcome, RevertedEmail::Reverted { .. } | RevertedEmail::Gone),
                "{order:?}: {link}: {outcome:?}"
            );
            house.wait(1);
        }
        assert_eq!(addresses(&house, EMAIL), [(EMAIL.to_owned(), true, true)], "{order:?}");
        assert!(house.given.store.sessions().is_empty());
        let stranger = house.browser().on_network("203.0.113.9");
        refused(stranger.password(INTRUDER, PASSWORD).await);
        signed_in(owner.password(EMAIL, PASSWORD).await);
    }
}

#[tokio::test]
async fn r48_one_link_is_enough_to_throw_the_intruder_out() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let links = taken_over(&house).await;
    let owner = house.browser();
    assert_eq!(press(&owner, &links[0]).await, reverted(EMAIL));
    assert_eq!(addresses(&house, EMAIL), [(EMAIL.to_owned(), true, true)]);
    assert_eq!(house.kinds_to(EMAIL).pop(), Some("reset-link"));
}

#[tokio::test]
async fn r48_after_a_take_over_the_intruders_mailbox_has_no_link_to_undo_anything() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    taken_over(&house).await;
    let told = house.given.store.messages_to(INTRUDER).into_iter();
    let links: Vec<_> = told
        .filter_map(|message| match message {
            Message::EmailChanged { revert_url, .. } => Some(revert_url),
            _ => None,
        })
        .collect();
    assert_eq!(
        links,
        [None],
        "told of the removal of the owner's address, without a link"
    );
}

#[tokio::test]
async fn r48_an_address_that_an_intruder_brought_cannot_undo_its_own_removal() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let owner = house.browser();
    house.wait(60);
    let session = owner.enter(EMAIL).await.session;
    add_proved(&owner, &session, INTRUDER).await;
    house.wait(60);
    let session = owner.enter(EMAIL).await.session;
    let changed = remove(&owner, &session, id_of(&house, INTRUDER)).await;
    assert_eq!(changed, EmailChanged::Done);
    let told = |email| {
        let told = house.given.store.messages_to(email).pop();
        match told.unwrap() {
            Message::EmailChanged { change, revert_url, .. } => (change, revert_url.is_some()),
            other => panic!("not told: {other:?}"),
        }
    };
    assert_eq!(told(INTRUDER), (EmailNotice::Removed, false));
    assert_eq!(told(EMAIL), (EmailNotice::Removed, true));
}

#[tokio::test]
async fn r48_an_address_of_long_standing_can_undo_its_removal_though_it_is_not_the_oldest() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let owner = house.browser();
    house.wait(60);
    let session = owner.enter(EMAIL).await.session;
    add_proved(&owner, &session, SECOND).await;
    house.wait(604_800);
    let session = owner.enter(EMAIL).await.session;
    remove(&owner, &session, id_of(&house, SECOND)).await;
    let token = owner.token_of_last("email-changed", SECOND);
    assert_eq!(press(&owner, &token).await, reverted(EMAIL));
}

#[tokio::test]
async fn r48_a_link_lives_for_seven_days() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, INTRUDER).await;
    let token = browser.token_of_last("email-changed", EMAIL);
    house.wait(604_799);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let page = account.look_at_revert(workspace, &token).await.unwrap();
    assert!(matches!(page, RevertEmailPage::Confirm { .. }));
    house.wait(1);
    assert_eq!(press(&browser, &token).await, RevertedEmail::Gone);
}

#[tokio::test]
async fn r48_an_address_that_is_somebody_elses_by_now_does_not_come_back() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house.given.person(Person::customer(id, EMAIL).also(SECOND, true));
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    remove(&browser, &session, id_of(&house, SECOND)).await;
    let token = browser.token_of_last("email-changed", SECOND);
    let owner = house.given.customer(SECOND);
    assert_eq!(press(&browser, &token).await, RevertedEmail::TakenElsewhere);
    assert_eq!(house.person(SECOND).id, owner.id);
    assert_eq!(addresses(&house, EMAIL), [(EMAIL.to_owned(), true, true)]);
}

#[tokio::test]
async fn links_of_other_kinds_and_of_other_workspaces_undo_nothing() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    browser.forgot(EMAIL).await;
    assert_eq!(
        press(&browser, &browser.last_token_to(EMAIL)).await,
        RevertedEmail::Gone
    );
    add(&browser, &session, INTRUDER).await;
    let token = browser.token_of_last("email-changed", EMAIL);
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let account = house.auth.account();
    let there = account
        .revert_email(&browser.caller, &elsewhere.workspace, &token)
        .await
        .unwrap();
    assert_eq!(there, RevertedEmail::Gone);
    assert_eq!(press(&browser, &token).await, reverted(EMAIL));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r28_of_parallel_presses_one_counts() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, INTRUDER).await;
    let token = browser.token_of_last("email-changed", EMAIL);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (auth, caller) = (house.auth.clone(), browser.caller.clone());
            let (workspace, token) = (house.given.workspace.clone(), token.clone());
            tokio::spawn(async move { auth.account().revert_email(&caller, &workspace, &token).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        if task.await.unwrap() == reverted(EMAIL) {
            won += 1;
        }
    }
    assert_eq!(won, 1);
    let resets = house
        .kinds_to(EMAIL)
        .iter()
        .filter(|kind| **kind == "reset-link")
        .count();
    assert_eq!(resets, 1);
}
