//! B14: setting a new password by the mailed link.

use doorward_auth::recovery::reset_password::{NewPassword, ResetPage, ResetResult};
use doorward_domain::method::Method;
use doorward_domain::reason::PublicReason;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::testing::{PASSWORD, Person};

use crate::house::{Browser, House, refused, sent, signed_in};

const NEW: &str = "seven quiet lanterns";

async fn reset(browser: &Browser<'_>, token: RawToken, password: &str) -> ResetResult {
    let workspace = browser.house.given.workspace.clone();
    let request = NewPassword {
        workspace,
        token,
        password: Password::parse(password).unwrap(),
    };
    browser
        .house
        .auth
        .recovery()
        .reset_password(&browser.caller, request)
        .await
        .unwrap()
}

async fn look(browser: &Browser<'_>, token: &RawToken) -> ResetPage {
    browser
        .house
        .auth
        .recovery()
        .look(&browser.house.given.workspace, token)
        .await
        .unwrap()
}

#[tokio::test]
async fn b14_r34_looking_changes_nothing_and_setting_ends_all_sessions_and_links() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let session = signed_in(browser.password("jo@example.com", PASSWORD).await);
    browser.forgot("jo@example.com").await;
    let earlier = browser.last_token_to("jo@example.com");
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    for _ in 0..100 {
        assert!(matches!(look(&browser, &token).await, ResetPage::Form { .. }));
    }
    assert!(
        matches!(look(&browser, &earlier).await, ResetPage::Form { .. }),
        "asking again does not kill it"
    );
    assert!(matches!(reset(&browser, token.clone(), NEW).await, ResetResult::Set));
    assert!(
        house
            .auth
            .sessions()
            .check(&session.token.digest())
            .await
            .unwrap()
            .is_none(),
        "R38"
    );
    match look(&browser, &token).await {
        ResetPage::Done { ways, return_to, .. } => {
            assert_eq!(ways, [Method::Password, Method::EmailCode]);
            assert_eq!(return_to.as_str(), "/tickets/7");
        }
        other => panic!("{other:?}"),
    }
    match reset(&browser, earlier, "another fine password").await {
        ResetResult::Refused(refused) => assert_eq!(refused.reason, PublicReason::LinkInvalid),
        other => panic!("using one voids all: {other:?}"),
    }
    let outcome = browser.password("jo@example.com", PASSWORD).await;
    assert_eq!(refused(outcome).reason, PublicReason::InvalidCredentials);
    signed_in(browser.password("jo@example.com", NEW).await);
    let told = house.kinds_to("jo@example.com");
    assert_eq!(
        told.iter().filter(|kind| **kind == "password-changed").count(),
        1,
        "{told:?}"
    );
}

#[tokio::test]
async fn r4_a_password_that_will_not_do_leaves_the_link_good() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    assert!(matches!(
        reset(&browser, token.clone(), "short").await,
        ResetResult::PasswordProblems(_)
    ));
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Set));
}

#[tokio::test]
async fn r32_a_link_lives_for_an_hour() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    house.wait(3_599);
    assert!(matches!(look(&browser, &token).await, ResetPage::Form { .. }));
    house.wait(1);
    assert_eq!(look(&browser, &token).await, ResetPage::Gone);
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Refused(_)));
}

#[tokio::test]
async fn a2_a_known_contact_sets_a_first_password_and_the_mailbox_is_proved_by_it() {
    let house = House::new().await;
    house.given.known_contact("noah@example.com");
    let browser = house.browser();
    browser.forgot("noah@example.com").await;
    let token = browser.last_token_to("noah@example.com");
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Set));
    signed_in(browser.password("noah@example.com", NEW).await);
}

#[tokio::test]
async fn r38_codes_and_attempts_of_before_are_void() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Set));
    refused(browser.redeem(flow, &code).await);
}

#[tokio::test]
async fn r38_every_proved_address_is_told_and_a_merely_claimed_one_is_not() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .also("second@example.com", true)
        .also("claimed@example.com", false);
    house.given.person(person);
    let browser = house.browser();
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Set));
    let told = |address: &str| {
        let messages = house.given.store.messages_to(address);
        messages
            .iter()
            .filter(|message| message.kind() == "password-changed")
            .count()
    };
    let counts = ["jo@example.com", "second@example.com", "claimed@example.com"].map(told);
    assert_eq!(counts, [1, 1, 0]);
}

#[tokio::test]
async fn a_reset_opens_the_way_that_wrong_passwords_had_closed() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for _ in 0..6 {
        house
            .browser()
            .on_network("203.0.113.9")
            .password("jo@example.com", "wrong password here")
            .await;
    }
    let browser = house.browser();
    browser.forgot("jo@example.com").await;
    let token = browser.last_token_to("jo@example.com");
    assert!(matches!(reset(&browser, token, NEW).await, ResetResult::Set));
    signed_in(browser.password("jo@example.com", NEW).await);
}
