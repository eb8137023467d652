//! C4: why somebody cannot sign in.

use doorward_auth::people::explain::ByHelpCode;
use doorward_domain::method::Method;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::{Permission, Permissions};
use doorward_domain::sign_in::{Finding, ReceiptOutcome, Rule, Ruling};
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

/// The attack: whoever may ask the check alone learns by it what they may not look up.
#[tokio::test]
async fn r97_the_check_tells_nobody_more_than_their_permissions_let_them_look_up() {
    let house = House::new().await;
    house.given.customer("noah@example.com");
    refused(house.browser().password("noa@example.com", PASSWORD).await);
    let people = house.auth.people();
    let mut full = people
        .explain(&house.given.workspace, &address("noa@example.com"))
        .await
        .unwrap();
    assert!(!full.near.is_empty(), "{full:?}");
    let of_directory = Finding {
        rule: Rule::Directory,
        saw: "no record; compared email and user-name; 3 nearly match; never synced".to_owned(),
        ruling: Ruling::Deny,
        reason: Some(PrivateReason::DirectoryNoRecord),
    };
    full.attempts[0].findings.push(of_directory.clone());
    let by_code = |permissions| {
        let found = ByHelpCode {
            receipt: full.attempts[0].clone(),
            explanation: Some(full.clone()),
        };
        found.shown_to(permissions)
    };

    let asks = Permissions::NONE.with(Permission::AskSignInCheck);
    let least = by_code(asks);
    let check = least.explanation.unwrap();
    assert_eq!(check.near, []);
    for receipt in [&least.receipt, &check.attempts[0]] {
        let last = receipt.findings.last().unwrap();
        assert_eq!((&last.rule, last.reason), (&Rule::Directory, of_directory.reason));
        for told in ["user-name", "3", "synced"] {
            assert!(!last.saw.contains(told), "{last:?}");
        }
    }
    let looks = by_code(asks.with(Permission::LookPeopleUp)).explanation.unwrap();
    assert_eq!(looks.near, full.near);
    let runs = by_code(asks.with(Permission::ManageSecuritySettings));
    assert_eq!(runs.receipt.findings, full.attempts[0].findings);
}
