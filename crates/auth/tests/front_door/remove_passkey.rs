//! R77, R82: removing a passkey.

use doorward_domain::audit::AuditAction;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::testing::Person;

use crate::house::House;

const EMAIL: &str = "jo@example.com";

#[tokio::test]
async fn r77_it_is_gone_other_sessions_end_and_its_owner_is_told() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, EMAIL).with_passkey("Phone", false));
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let other = house.browser().enter(EMAIL).await;
    let passkey = house.given.store.passkeys()[0].id;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&entered.session);
    let remove = || factors.remove_passkey(&browser.caller, workspace, proof, passkey);
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap(), "once");
    assert!(house.given.store.passkeys().is_empty());
    assert!(house.is_live(&entered).await);
    assert!(!house.is_live(&other).await);
    let name = "Phone".to_owned();
    assert_eq!(house.events_to(EMAIL), [SecurityEvent::PasskeyRemoved { name }]);
    assert_eq!(house.audited(AuditAction::PasskeyRemoved), 1);
}

#[tokio::test]
async fn nobody_removes_somebody_elses() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, EMAIL).with_passkey("Phone", false));
    house.given.customer("mia@example.com");
    let browser = house.browser();
    let session = browser.enter("mia@example.com").await.session;
    let passkey = house.given.store.passkeys()[0].id;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let proof = browser.fresh(&session);
    let removed = factors
        .remove_passkey(&browser.caller, workspace, proof, passkey)
        .await
        .unwrap();
    assert!(!removed);
    assert_eq!(house.given.store.passkeys().len(), 1);
    assert!(house.events_to(EMAIL).is_empty());
}
