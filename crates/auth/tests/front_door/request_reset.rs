//! B14, B16, R39: asking for a reset link.

use doorward_auth::recovery::request_reset::ResetRequested;
use doorward_domain::reason::PublicReason;
use doorward_domain::testing::Person;

use crate::house::House;

#[tokio::test]
async fn r39_the_link_goes_to_the_primary_address_whichever_verified_one_was_typed() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, "jo@example.com")
        .also("second@example.com", true)
        .also("claimed@example.com", false);
    house.given.person(person);
    let answer = house.browser().forgot("second@example.com").await;
    assert_eq!(
        answer,
        ResetRequested::Sent {
            masked: "s•••@e•••.com".to_owned()
        }
    );
    assert_eq!(house.given.store.messages_to("jo@example.com")[0].kind(), "reset-link");
    assert!(house.given.store.messages_to("second@example.com").is_empty());
    house.browser().forgot("claimed@example.com").await;
    assert_eq!(
        house.given.store.messages_to("claimed@example.com")[0].kind(),
        "no-account",
        "unproved, so nobody's"
    );
}

#[tokio::test]
async fn b16_nobody_gets_the_same_answer_and_the_truth_by_mail() {
    let house = House::new().await;
    let answer = house.browser().forgot("nobody@example.com").await;
    assert_eq!(
        answer,
        ResetRequested::Sent {
            masked: "n•••@e•••.com".to_owned()
        }
    );
    assert_eq!(
        house.given.store.messages_to("nobody@example.com")[0].kind(),
        "no-account"
    );
}

#[tokio::test]
async fn r89_r94_the_fourth_in_a_quarter_is_refused_alike() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    for email in ["jo@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            house.browser().forgot(email).await;
        }
        match house.browser().forgot(email).await {
            ResetRequested::Refused(refused) => assert_eq!(refused.reason, PublicReason::TryLater),
            other @ ResetRequested::Sent { .. } => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn r35_the_link_is_built_from_the_configured_address() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    house.browser().forgot("jo@example.com").await;
    let link = house.given.store.last_link_to("jo@example.com").unwrap();
    assert!(link.starts_with("https://acme.help.example/reset-password/"), "{link}");
}
