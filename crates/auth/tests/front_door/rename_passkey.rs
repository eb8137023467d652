//! Giving a passkey another name.

use doorward_domain::audit::AuditAction;
use doorward_domain::passkey::MAX_PASSKEY_NAME_CODE_POINTS;
use doorward_domain::testing::Person;

use crate::house::House;

#[tokio::test]
async fn its_owner_names_it_nobody_else_does_and_nothing_typed_changes_nothing() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    let jo = house
        .given
        .person(Person::customer(id, "jo@example.com").with_passkey("Old", false));
    let mia = house.given.customer("mia@example.com");
    let passkey = house.given.store.passkeys()[0].id;
    let caller = house.browser().caller;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let name_of = || house.given.store.passkeys()[0].name.clone();
    for (user, typed, done) in [
        (mia.id, "Mine", false),
        (jo.id, " \n\u{202e}", false),
        (jo.id, " New\tname ", true),
    ] {
        let renamed = factors
            .rename_passkey(&caller, workspace, user, passkey, typed)
            .await
            .unwrap();
        assert_eq!(renamed, done, "{typed:?}");
    }
    assert_eq!(name_of(), "New name");
    assert_eq!(house.audited(AuditAction::PasskeyRenamed), 1);
    let long = "x".repeat(500);
    assert!(
        factors
            .rename_passkey(&caller, workspace, jo.id, passkey, &long)
            .await
            .unwrap()
    );
    assert_eq!(name_of().chars().count(), MAX_PASSKEY_NAME_CODE_POINTS);
}
