//! R72, R77: turning two-factor authentication off.

use doorward_domain::audit::AuditAction;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::reason::PublicReason;
use doorward_domain::testing::{PASSWORD, Person, backup_code};

use crate::house::{House, refused, second_step, signed_in};

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn r77_it_is_off_the_codes_are_gone_other_sessions_end_and_all_proved_mailboxes_are_told() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, EMAIL)
        .also("second@example.com", true)
        .also("claimed@example.com", false)
        .with_app()
        .with_backup_codes(10);
    let jo = house.given.person(person);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let entered = signed_in(browser.second(flow, &house.app_code(0)).await);
    let flow = browser.at_second_step(EMAIL).await.flow;
    let other = signed_in(browser.second(flow, &backup_code(0).expose()).await);
    let waiting = browser.at_second_step(EMAIL).await.flow;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&entered.session);
    assert!(
        factors
            .disable_two_factor(&browser.caller, workspace, proof)
            .await
            .unwrap()
    );

    let record = house.given.store.factors_of(jo.id).unwrap();
    assert!(record.app.is_none() && record.backup.is_none() && record.last_step.is_some());
    assert!(house.is_live(&entered).await);
    assert!(!house.is_live(&other).await);
    for (email, told) in [(EMAIL, 1), ("second@example.com", 1), ("claimed@example.com", 0)] {
        let off = house.events_to(email).into_iter();
        let off = off.filter(|event| *event == SecurityEvent::TwoFactorDisabled).count();
        assert_eq!(off, told, "{email}");
    }
    assert_eq!(house.audited(AuditAction::TwoFactorDisabled), 1);
    let over = refused(browser.second(waiting, &house.app_code(1)).await);
    assert_eq!(over.reason, PublicReason::SessionExpired, "attempts under way are over");
    signed_in(browser.password(EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn what_is_off_is_not_turned_off_again_and_nobody_is_told() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    assert!(
        !factors
            .disable_two_factor(&browser.caller, workspace, proof)
            .await
            .unwrap()
    );
    assert!(house.events_to(EMAIL).is_empty());
    assert_eq!(house.audited(AuditAction::TwoFactorDisabled), 0);
}

#[tokio::test]
async fn b11_where_the_workspace_requires_it_the_next_sign_in_asks_to_set_one_up() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        doorward_domain::policy::PolicySet::default(),
    )
    .await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    assert!(
        factors
            .disable_two_factor(&browser.caller, workspace, proof)
            .await
            .unwrap()
    );
    let needed = second_step(browser.password(EMAIL, PASSWORD).await);
    assert_eq!(needed.step, doorward_domain::sign_in::Step::EnrolSecondFactor);
}
