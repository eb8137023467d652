//! B9, R63: tokens by which a directory is synced.

use doorward_auth::directory::create_scim_token::NewScimToken;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::directory::{IdentityScope, ScimToken};
use doorward_domain::provider::ProviderId;
use doorward_domain::testing::Given;

use crate::house::House;

pub(crate) async fn token(house: &House, name: &str) -> (ScimToken, String) {
    let wanted = NewScimToken {
        name: name.to_owned(),
        scope: Some(IdentityScope {
            provider: ProviderId::parse("acme-sso").unwrap(),
            issuer: None,
            tenant: String::new(),
        }),
    };
    let directory = house.auth.directory();
    directory
        .create_token(Actor::Operator, None, &house.given.workspace, wanted)
        .await
        .unwrap()
}

#[tokio::test]
async fn r63_a_token_of_256_bits_is_shown_once_and_good_in_its_own_workspace() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let (made, shown) = token(&house, " Entra\nID ").await;
    assert_eq!(made.name, "Entra ID");
    assert_eq!(shown.strip_prefix("dws_").unwrap().len(), 43);
    assert!(!format!("{made:?}").contains(&shown[4..]));
    let directory = house.auth.directory();
    let found = directory
        .find_token(&house.given.workspace, &shown)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.scope), (made.id, made.scope));
    assert!(
        directory
            .find_token(&elsewhere.workspace, &shown)
            .await
            .unwrap()
            .is_none()
    );
    for other in [
        "",
        "dws_",
        &shown[4..],
        &shown[..shown.len() - 1],
        &shown.replace("dws_", "dwk_"),
    ] {
        let found = directory.find_token(&house.given.workspace, other).await.unwrap();
        assert!(found.is_none(), "{other}");
    }
    let listed = directory.tokens(&house.given.workspace).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].last_used_at, Some(house.auth.now()));
    assert_eq!(house.audited(AuditAction::ScimTokenCreated), 1);
}
