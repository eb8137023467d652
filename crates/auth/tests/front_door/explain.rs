//! C4: why somebody cannot sign in.

use doorward_domain::method::Method;
use doorward_domain::reason::PrivateReason;
use doorward_domain::sign_in::ReceiptOutcome;
use doorward_domain::testing::{PASSWORD, address};
use doorward_domain::ways_in::{WayIn, WayState};

use crate::house::{House, refused};

fn way(ways: &[WayIn], method: Method) -> WayState {
    ways.iter().find(|way| way.method == method).unwrap().state
}

#[tokio::test]
async fn c4_ways_attempts_and_mails_of_an_address_are_told_and_nothing_is_changed() {
    let house = House::new().await;
    let noah = house.given.known_contact("noah@example.com");
    let browser = house.browser();
    let told = refused(browser.password("noah@example.com", PASSWORD).await);
    browser.ask_code("noah@example.com").await;
    let rows = house.given.store.audit_rows().len();

    let people = house.auth.people();
    let answer = people
        .explain(&house.given.workspace, &address("noah@example.com"))
        .await
        .unwrap();
    assert_eq!(answer.user.unwrap().id, noah.id);
    assert_eq!(
        way(&answer.ways_in, Method::Password),
        WayState::Closed(PrivateReason::NoPassword)
    );
    assert_eq!(way(&answer.ways_in, Method::EmailCode), WayState::Open);
    let attempt = answer
        .attempts
        .iter()
        .find(|attempt| attempt.help_code == told.help_code)
        .unwrap();
    assert!(matches!(
        attempt.outcome,
        ReceiptOutcome::Refused {
            private: PrivateReason::NoPassword,
            ..
        }
    ));
    assert_eq!(answer.mails.len(), 1);
    assert_eq!(house.given.store.audit_rows().len(), rows);
}

#[tokio::test]
async fn c4_an_address_that_nobody_has_is_explained_too() {
    let house = House::new().await;
    refused(house.browser().password("no@example.com", PASSWORD).await);
    let people = house.auth.people();
    let answer = people
        .explain(&house.given.workspace, &address("no@example.com"))
        .await
        .unwrap();
    assert!(answer.user.is_none());
    assert_eq!(
        way(&answer.ways_in, Method::Password),
        WayState::Closed(PrivateReason::UnknownAddress)
    );
    assert_eq!(answer.attempts.len(), 1);
}
