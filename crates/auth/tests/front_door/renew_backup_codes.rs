//! B12, R74: new backup codes.

use doorward_auth::SignInError;
use doorward_domain::audit::AuditAction;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::reason::PublicReason;
use doorward_domain::second_factor::BACKUP_CODES;
use doorward_domain::testing::backup_code;

use crate::house::{House, refused, signed_in};

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn b12_a_new_set_voids_the_old_and_is_told() {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    let codes = factors
        .renew_backup_codes(&browser.caller, workspace, proof)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(codes.len(), BACKUP_CODES);
    assert_eq!(house.events_to(EMAIL), [SecurityEvent::BackupCodesRenewed]);
    assert_eq!(house.audited(AuditAction::BackupCodesRenewed), 1);
    let flow = browser.at_second_step(EMAIL).await.flow;
    refused(browser.second(flow, &backup_code(0).expose()).await);
    signed_in(browser.second(flow, &codes[0].expose()).await);
}

#[tokio::test]
async fn r89_sets_without_end_are_refused_before_anything_is_hashed() {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    house.wait(60);
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    for _ in 0..30 {
        let renewed = factors.renew_backup_codes(&browser.caller, workspace, proof).await;
        assert!(renewed.unwrap().is_some());
    }
    let refused = factors.renew_backup_codes(&browser.caller, workspace, proof).await;
    let Err(SignInError::TooManyTries { wait: Some(wait) }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        wait > std::time::Duration::ZERO && wait <= std::time::Duration::from_mins(1),
        "{wait:?}"
    );
    assert_eq!(house.events_to(EMAIL).len(), 30);
}

#[tokio::test]
async fn r75_a_new_set_opens_the_way_that_wrong_codes_had_closed() {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    for number in 100..106 {
        refused(browser.second(flow, &backup_code(number).expose()).await);
    }
    let over = refused(browser.second(flow, &backup_code(0).expose()).await);
    assert_eq!(over.reason, PublicReason::TryLater);
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    let codes = factors
        .renew_backup_codes(&browser.caller, workspace, proof)
        .await
        .unwrap();
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &codes.unwrap()[3].expose()).await);
}

#[tokio::test]
async fn without_two_factor_authentication_there_are_none() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    let codes = factors
        .renew_backup_codes(&browser.caller, workspace, proof)
        .await
        .unwrap();
    assert!(codes.is_none());
    assert!(house.events_to(EMAIL).is_empty());
}
