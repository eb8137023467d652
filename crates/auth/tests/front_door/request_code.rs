//! B2, B16: asking for a code.

use doorward_domain::mail::Message;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::PublicReason;
use doorward_domain::testing::address;

use crate::house::{House, refused, sent, signed_in};

#[tokio::test]
async fn b16_known_and_unknown_get_the_same_answer_and_the_mailbox_learns_the_truth() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.given.agent("staff@example.com");
    house.given.disabled("gone@example.com");
    let mut answers = Vec::new();
    for (email, kind) in [
        ("jo@example.com", "sign-in-code"),
        ("nobody@example.com", "no-account"),
        ("staff@example.com", "code-not-offered"),
        ("gone@example.com", "account-disabled"),
    ] {
        let sent = sent(house.browser().ask_code(email).await);
        answers.push((sent.sent_at, sent.resend_at));
        let messages = house.given.store.messages_to(email);
        assert_eq!(
            messages.iter().map(Message::kind).collect::<Vec<_>>(),
            [kind],
            "{email}"
        );
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn r27_inside_the_wait_nothing_is_sent_and_the_seconds_left_are_told() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let first = sent(browser.ask_code("jo@example.com").await);
    house.wait(10);
    let again = sent(browser.ask_code("jo@example.com").await);
    assert_eq!(first.flow, again.flow, "asking again continues the attempt");
    assert_eq!(again.resend_at.unwrap().since(house.auth.now()).as_secs(), 20);
    let elsewhere = sent(house.browser().ask_code("jo@example.com").await);
    assert_ne!(elsewhere.flow, first.flow);
    assert_eq!(house.given.store.messages_to("jo@example.com").len(), 1);
    house.wait(20);
    let second = sent(browser.ask_code("jo@example.com").await);
    assert_eq!(second.resend_at.unwrap().since(house.auth.now()).as_secs(), 60);
    assert_eq!(house.given.store.messages_to("jo@example.com").len(), 2);
}

#[tokio::test]
async fn r27_r94_the_fourth_code_in_a_quarter_is_refused_alike_for_nobody() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for email in ["jo@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            sent(house.browser().ask_code(email).await);
            house.wait(61);
        }
        assert_eq!(
            refused(house.browser().ask_code(email).await).reason,
            PublicReason::TryLater
        );
        assert_eq!(house.given.store.messages_to(email).len(), 3);
    }
}

#[tokio::test]
async fn r112_plus_tags_share_the_budget_of_the_mailbox() {
    let house = House::new().await;
    for email in ["jo+1@example.com", "jo+2@example.com", "jo+3@example.com"] {
        sent(house.browser().ask_code(email).await);
        house.wait(61);
    }
    assert_eq!(
        refused(house.browser().ask_code("jo+4@example.com").await).reason,
        PublicReason::TryLater
    );
}

#[tokio::test]
async fn r45_mail_goes_to_the_stored_spelling() {
    let house = House::new().await;
    house.given.customer("Jo@Example.com");
    house.browser().ask_code("JO@example.com").await;
    assert_eq!(house.given.store.messages_to("Jo@example.com").len(), 1);
}

#[tokio::test]
async fn r90_the_attempt_shows_the_address_as_typed_so_that_its_spelling_tells_nobody_whether_it_is_known() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for typed in ["JO@example.com", "NOBODY@example.com"] {
        let browser = house.browser();
        let flow = sent(browser.ask_code(typed).await).flow;
        let workspace = &house.given.workspace;
        let view = house
            .auth
            .sign_in()
            .flow(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (view.address, view.masked),
            (Some(address(typed)), address(typed).masked())
        );
    }
}

#[tokio::test]
async fn resending_keeps_the_purpose_of_the_attempt() {
    let house = House::with(|settings| settings.customers.email_code = false, PolicySet::default()).await;
    house.given.unproved("jo@example.com");
    let browser = house.browser();
    let first = sent(
        browser
            .password("jo@example.com", doorward_domain::testing::PASSWORD)
            .await,
    );
    house.wait(31);
    let workspace = &house.given.workspace;
    let again = house
        .auth
        .sign_in()
        .resend_code(&browser.caller, workspace, first.flow)
        .await
        .unwrap()
        .unwrap();
    let flow = sent(again).flow;
    let code = house
        .given
        .store
        .last_code_to("jo@example.com")
        .expect("codes are off, but this one proves a mailbox");
    signed_in(browser.redeem(flow, &code).await);
}

#[tokio::test]
async fn b2_an_app_without_cookies_goes_on_with_the_attempt_it_names_and_the_first_code_stays_good() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let app = crate::house::Browser {
        house: &house,
        caller: crate::house::caller(doorward_domain::sign_in::Binding::Bearer),
    };
    let flow = sent(app.ask_code("jo@example.com").await).flow;
    let first = house.given.store.last_code_to("jo@example.com").unwrap();
    house.wait(31);
    let workspace = &house.given.workspace;
    let again = house
        .auth
        .sign_in()
        .resend_code(&app.caller, workspace, flow)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(sent(again).flow, flow);
    assert_ne!(house.given.store.last_code_to("jo@example.com").unwrap(), first);
    signed_in(app.redeem(flow, &first).await);
}

#[tokio::test]
async fn r22_an_attempt_out_of_tries_is_not_gone_on_with() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    for _ in 0..5 {
        refused(browser.redeem(flow, &crate::house::other_than(&code)).await);
    }
    house.wait(31);
    let workspace = &house.given.workspace;
    let again = sent(
        house
            .auth
            .sign_in()
            .resend_code(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .unwrap(),
    );
    assert_ne!(again.flow, flow);
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    signed_in(browser.redeem(again.flow, &code).await);
}
