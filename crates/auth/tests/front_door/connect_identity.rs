//! A6, R57: connecting an identity of a provider from one's own account.

use doorward_auth::{Departed, SignInOutcome};
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::provider::ProviderId;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::testing::{Person, arrived};

use crate::house::{email_needed, refused, signed_in, with_code};
use crate::with_provider::house;

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn a6_r57_it_is_connected_signs_in_from_then_on_and_every_address_is_told() {
    let house = house().await;
    let jo = Person::customer(house.given.workspace.id, EMAIL).also("second@example.com", true);
    house.given.person(jo);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let before = browser.connections(&session).await;
    assert!(before.connected.is_empty());
    assert_eq!(before.open.len(), 5);
    let who = arrived("twitter", "1").named("Jo on X");
    let SignInOutcome::Connected(connected) = browser.connect(&session, &who).await else {
        panic!("not connected");
    };
    assert_eq!((connected.provider.name.as_str(), connected.already), ("X", false));
    assert_eq!(connected.return_to.as_str(), "/account/connections");
    let after = browser.connections(&session).await;
    assert_eq!(after.connected.len(), 1);
    assert_eq!(after.connected[0].connection.label.as_deref(), Some("Jo on X"));
    assert!(!after.open.iter().any(|provider| provider.id.as_str() == "twitter"));
    for email in [EMAIL, "second@example.com"] {
        let provider = "X".to_owned();
        assert_eq!(house.events_to(email), [SecurityEvent::IdentityConnected { provider }]);
    }
    assert_eq!(house.audited(AuditAction::IdentityConnected), 1);
    let entered = signed_in(house.browser().as_arrived(&who).await);
    assert_eq!(entered.session.user, session.user);
    let SignInOutcome::Connected(again) = browser.connect(&session, &who).await else {
        panic!("not connected");
    };
    assert!(again.already);
    assert_eq!(house.events_to(EMAIL).len(), 1, "nothing new to tell");
}

#[tokio::test]
async fn r57_it_comes_back_in_the_very_session_that_asked_or_is_not_connected() {
    let house = house().await;
    house.given.customer(EMAIL);
    house.given.customer("eve@example.com");
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let another = house.browser().enter(EMAIL).await.session;
    let eve = house.browser().enter("eve@example.com").await.session;
    house.provider.knows("c", arrived("twitter", "1"));
    for shown in [None, Some(another), Some(eve)] {
        let twitter = ProviderId::parse("twitter").unwrap();
        let proof = browser.fresh(&session);
        let account = house.auth.account();
        let departed = account.connect_identity(&browser.caller, &house.given.workspace, proof, &twitter);
        assert!(matches!(departed.await.unwrap(), Departed::Away { .. }));
        let state = house.provider.sent_away().pop().unwrap().state;
        let no = refused(browser.come_back_in("twitter", &state, with_code("c"), shown).await);
        assert_eq!(no.reason, PublicReason::SessionExpired);
        assert_eq!(no.return_to.unwrap().as_str(), "/account/connections");
        assert_eq!(house.private_of_last_receipt(), PrivateReason::FlowOver);
    }
    assert!(browser.connections(&session).await.connected.is_empty());
}

#[tokio::test]
async fn an_identity_of_somebody_else_is_not_connected() {
    let house = house().await;
    house.given.customer("mo@example.com");
    let mo = house.browser();
    let held = email_needed(mo.as_arrived(&arrived("twitter", "1")).await).held;
    let theirs = signed_in(mo.prove_address(held, "mo@example.com").await).session;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let no = refused(browser.connect(&session, &arrived("twitter", "1")).await);
    assert_eq!(no.reason, PublicReason::IdentityTaken);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::IdentityTaken);
    assert!(browser.connections(&session).await.connected.is_empty());
    assert_eq!(mo.connections(&theirs).await.connected.len(), 1);
    assert!(house.events_to(EMAIL).is_empty());
}

#[tokio::test]
async fn c3_nobody_connects_what_they_may_not_use() {
    let house = house().await;
    house.given.agent(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    assert_eq!(browser.connections(&session).await.open, []);
    let google = ProviderId::parse("google").unwrap();
    let proof = browser.fresh(&session);
    let account = house.auth.account();
    let departed = account.connect_identity(&browser.caller, &house.given.workspace, proof, &google);
    let Departed::Refused(no) = departed.await.unwrap() else {
        panic!("sent away");
    };
    assert_eq!(no.reason, PublicReason::MethodOff);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::MethodOffStaff);
}
