//! A5, R34, R47: proving a further address.

use doorward_auth::account::verify_email::{VerifiedEmail, VerifyEmailPage};
use doorward_domain::mail::{EmailNotice, Message};
use doorward_domain::secret::RawToken;
use doorward_domain::testing::{Given, PASSWORD, Person, address};

use crate::add_email::{add, id_of};
use crate::house::{Browser, House, signed_in};

const EMAIL: &str = "jo@example.com";
const FURTHER: &str = "jo.two@example.net";

pub(crate) async fn press(browser: &Browser<'_>, token: &RawToken) -> VerifiedEmail {
    let (account, workspace) = (browser.house.auth.account(), &browser.house.given.workspace);
    account.verify_email(&browser.caller, workspace, token).await.unwrap()
}

/// Adds an address and proves it.
pub(crate) async fn add_proved(browser: &Browser<'_>, session: &doorward_domain::session::SessionView, email: &str) {
    add(browser, session, email).await;
    let token = browser.token_of_last("email-proof", email);
    assert!(matches!(press(browser, &token).await, VerifiedEmail::Verified { .. }));
}

#[tokio::test]
async fn r34_looking_changes_nothing_and_pressing_makes_it_sign_in_with_the_same_password() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, FURTHER).await;
    let token = browser.token_of_last("email-proof", FURTHER);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let masked = address(FURTHER).masked();
    for _ in 0..10 {
        let page = account.look_at_verification(workspace, &token).await.unwrap();
        let account = house.person(EMAIL).display_name();
        assert_eq!(
            page,
            VerifyEmailPage::Confirm {
                masked: masked.clone(),
                account
            }
        );
    }
    let elsewhere = house.browser();
    assert_eq!(press(&elsewhere, &token).await, VerifiedEmail::Verified { masked });
    let last = house.given.store.messages_to(EMAIL).pop();
    assert!(
        matches!(
            &last,
            Some(Message::EmailChanged {
                change: EmailNotice::Verified,
                ..
            })
        ),
        "{last:?}"
    );
    let entered = signed_in(browser.password(FURTHER, PASSWORD).await);
    assert_eq!(entered.session.user, session.user);
    assert_eq!(press(&elsewhere, &token).await, VerifiedEmail::Gone, "once");
    assert_eq!(
        account.look_at_verification(workspace, &token).await.unwrap(),
        VerifyEmailPage::Gone
    );
}

#[tokio::test]
async fn r47_a_link_lives_for_a_day_and_goes_with_the_address() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, FURTHER).await;
    let token = browser.token_of_last("email-proof", FURTHER);
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    let proof = browser.fresh(&session);
    account
        .remove_email(&browser.caller, workspace, proof, id_of(&house, FURTHER))
        .await
        .unwrap();
    assert_eq!(press(&browser, &token).await, VerifiedEmail::Gone);
    house.wait(100);
    let session = browser.enter(EMAIL).await.session;
    add(&browser, &session, FURTHER).await;
    assert_eq!(
        press(&browser, &token).await,
        VerifiedEmail::Gone,
        "the link of the address as it was before"
    );
    let token = browser.token_of_last("email-proof", FURTHER);
    house.wait(86_400);
    assert_eq!(press(&browser, &token).await, VerifiedEmail::Gone);
}

#[tokio::test]
async fn r48_an_address_that_became_somebody_elses_meanwhile_is_not_taken() {
    for unproved in [false, true] {
        let house = House::new().await;
        house.given.customer(EMAIL);
        let browser = house.browser();
        let session = browser.enter(EMAIL).await.session;
        add(&browser, &session, FURTHER).await;
        let token = browser.token_of_last("email-proof", FURTHER);
        let owner = Person::customer(house.given.workspace.id, FURTHER);
        // Also a first address that nobody proved: the helpdesk knows that person by it (A2).
        let owner = house.given.person(if unproved { owner.unproved() } else { owner });
        assert_eq!(press(&browser, &token).await, VerifiedEmail::TakenElsewhere);
        let people = house.given.store.people();
        let jo = people.iter().find(|person| person.id == session.user).unwrap();
        assert!(jo.email(&address(FURTHER).key()).unwrap().verified_at.is_none());
        assert!(people.iter().any(|person| person.id == owner.id));
    }
}

#[tokio::test]
async fn links_of_other_kinds_of_other_workspaces_and_of_disabled_people_are_nothing() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    browser.forgot(EMAIL).await;
    assert_eq!(
        press(&browser, &browser.last_token_to(EMAIL)).await,
        VerifiedEmail::Gone
    );
    add(&browser, &session, FURTHER).await;
    let token = browser.token_of_last("email-proof", FURTHER);
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let account = house.auth.account();
    let there = account
        .verify_email(&browser.caller, &elsewhere.workspace, &token)
        .await
        .unwrap();
    assert_eq!(there, VerifiedEmail::Gone);
    house
        .auth
        .people()
        .set_status(
            doorward_domain::audit::Actor::Operator,
            &house.given.workspace,
            &address(EMAIL),
            doorward_domain::user::UserStatus::Disabled,
        )
        .await
        .unwrap();
    assert_eq!(press(&browser, &token).await, VerifiedEmail::Gone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r48_of_two_who_prove_one_address_one_gets_it() {
    let house = House::new().await;
    let browser = house.browser();
    let mut tokens = Vec::new();
    for email in ["one@example.com", "two@example.com"] {
        house.given.customer(email);
        let session = browser.enter(email).await.session;
        add(&browser, &session, FURTHER).await;
        house.wait(100);
        tokens.push(browser.token_of_last("email-proof", FURTHER));
    }
    let tasks: Vec<_> = tokens
        .into_iter()
        .map(|token| {
            let (auth, caller, workspace) = (
                house.auth.clone(),
                browser.caller.clone(),
                house.given.workspace.clone(),
            );
            tokio::spawn(async move { auth.account().verify_email(&caller, &workspace, &token).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            VerifiedEmail::Verified { .. } => won += 1,
            VerifiedEmail::TakenElsewhere => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 1);
}
