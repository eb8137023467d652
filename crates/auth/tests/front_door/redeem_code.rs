//! B2: typing the code.

use doorward_domain::reason::PublicReason;
use doorward_domain::testing::Person;

use crate::house::{House, other_than, refused, sent, signed_in};

#[tokio::test]
async fn b2_the_code_signs_in_in_any_case_and_spacing_with_look_alikes() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    let typed = format!(
        " {}-{} ",
        code[..3].to_lowercase().replace('0', "o"),
        code[3..].replace('1', "l")
    );
    let signed_in = signed_in(browser.redeem(flow, &typed).await);
    assert_eq!(signed_in.return_to.as_str(), "/tickets/7");
}

#[tokio::test]
async fn b2_a_late_first_code_is_as_good_as_the_second() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let first = house.given.store.last_code_to("jo@example.com").unwrap();
    house.wait(31);
    browser.ask_code("jo@example.com").await;
    assert_ne!(house.given.store.last_code_to("jo@example.com").unwrap(), first);
    signed_in(browser.redeem(flow, &first).await);
}

#[tokio::test]
async fn r21_an_expired_code_says_so_and_offers_the_next() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    house.wait(601);
    let refused = refused(browser.redeem(flow, &code).await);
    assert_eq!((refused.reason, refused.flow), (PublicReason::CodeExpired, Some(flow)));
    let again = sent(browser.ask_code("jo@example.com").await);
    assert_eq!(again.flow, flow);
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
}

#[tokio::test]
async fn r22_after_five_wrong_codes_the_right_one_is_dead() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    for left in (0..5).rev() {
        let refused = refused(browser.redeem(flow, &other_than(&code)).await);
        assert_eq!(refused.tries_left, Some(left));
    }
    assert_eq!(
        refused(browser.redeem(flow, &code).await).reason,
        PublicReason::CodeSpent
    );
    assert!(house.given.store.sessions().is_empty());
}

#[tokio::test]
async fn r23_a_new_code_does_not_reset_the_count_of_the_address() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let mut wrong = 0;
    for _ in 0..2 {
        let browser = house.browser().on_network("198.51.100.1");
        let flow = sent(browser.ask_code("jo@example.com").await).flow;
        let code = house.given.store.last_code_to("jo@example.com").unwrap();
        for _ in 0..5 {
            refused(browser.redeem(flow, &other_than(&code)).await);
            wrong += 1;
        }
        house.wait(70);
    }
    assert_eq!(wrong, 10);
    let browser = house.browser().on_network("198.51.100.2");
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    assert_eq!(
        refused(browser.redeem(flow, &code).await).reason,
        PublicReason::TryLater,
        "ten in an hour"
    );
}

#[tokio::test]
async fn r25_a_code_works_only_in_the_browser_that_asked_and_for_its_purpose() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    let elsewhere = refused(house.browser().redeem(flow, &code).await);
    assert_eq!(elsewhere.reason, PublicReason::SessionExpired);
    let other_purpose = refused(
        browser
            .redeem_for(flow, doorward_domain::sign_in::FlowPurpose::SignUp, &code)
            .await,
    );
    assert_eq!(other_purpose.reason, PublicReason::SessionExpired);
    signed_in(browser.redeem(flow, &code).await);
}

#[tokio::test]
async fn r28_a_right_code_a_second_time_is_spent_and_counts_on_no_budget() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("jo@example.com").await).flow;
    let code = house.given.store.last_code_to("jo@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
    for _ in 0..12 {
        let refused = refused(browser.redeem(flow, &code).await);
        assert!(
            matches!(refused.reason, PublicReason::CodeSpent | PublicReason::SessionExpired),
            "{refused:?}"
        );
    }
    assert_eq!(house.given.store.sessions().len(), 1);
}

#[tokio::test]
async fn sd1_staff_whose_codes_are_off_get_none_and_cannot_use_one() {
    let house = House::new().await;
    house.given.agent("staff@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("staff@example.com").await).flow;
    assert_eq!(house.given.store.last_code_to("staff@example.com"), None);
    refused(browser.redeem(flow, "ABCDEFG").await);
}

#[tokio::test]
async fn a2_a_known_contact_claims_the_account_with_a_code_and_keeps_its_history() {
    let house = House::new().await;
    let noah = house.given.known_contact("noah@example.com");
    let browser = house.browser();
    let flow = sent(browser.ask_code("noah@example.com").await).flow;
    let code = house.given.store.last_code_to("noah@example.com").unwrap();
    let signed_in = signed_in(browser.redeem(flow, &code).await);
    assert_eq!(signed_in.session.user, noah.id);
    assert_eq!(house.given.store.people().len(), 1);
}

#[tokio::test]
async fn r57_second_factors_that_a_mere_claimant_set_up_do_not_keep_the_owner_of_the_mailbox_out() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    let claimed = Person::customer(id, "noah@example.com")
        .unproved()
        .with_app()
        .with_backup_codes(10)
        .with_passkey("Mallory's", false);
    let noah = house.given.person(claimed);
    let browser = house.browser();
    let flow = sent(browser.ask_code("noah@example.com").await).flow;
    let code = house.given.store.last_code_to("noah@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
    let factors = house.given.store.factors_of(noah.id).unwrap();
    assert!(factors.app.is_none() && factors.backup.is_none());
    assert!(house.given.store.passkeys().is_empty());
}
