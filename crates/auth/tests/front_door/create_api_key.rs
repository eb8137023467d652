//! C9: keys of the portal application.

use doorward_auth::Acting;
use doorward_auth::workspace::create_api_key::{CreateApiKeyError, NewApiKey};
use doorward_domain::api_key::{Scope, day_of};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::ApiKeyId;
use doorward_domain::role::{Permission, Permissions, Rights, Role};
use doorward_domain::testing::Given;
use uuid::Uuid;

use crate::house::House;

fn wanted(scopes: &[Scope]) -> NewApiKey {
    NewApiKey {
        name: "  Portal\n".to_owned(),
        scopes: scopes.to_vec(),
    }
}

#[tokio::test]
async fn c9_a_key_is_good_in_its_own_workspace_with_its_own_scopes_and_is_stored_as_a_digest() {
    let house = House::new().await;
    let elsewhere = Given::workspace_in(&house.given.store, "beta").await;
    let desk = house.auth.workspaces();
    let (key, shown) = desk
        .create_api_key(&Acting::operator(), &house.given.workspace, wanted(&[Scope::UsersRead]))
        .await
        .unwrap();
    assert!(shown.starts_with("dwk_"));
    assert!(!format!("{key:?}").contains(&shown[4..]));
    let found = desk
        .find_api_key(&house.given.workspace, &shown)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.scopes), (key.id, vec![Scope::UsersRead]));
    assert!(desk.find_api_key(&elsewhere.workspace, &shown).await.unwrap().is_none());
    for other in ["", "dwk_", &shown[4..], &shown[..shown.len() - 1]] {
        assert!(
            desk.find_api_key(&house.given.workspace, other)
                .await
                .unwrap()
                .is_none(),
            "{other}"
        );
    }
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!((row.action, row.actor), (AuditAction::ApiKeyCreated, Actor::Operator));
}

#[tokio::test]
async fn c9_a_key_is_told_apart_by_name_last_characters_and_the_day_of_its_use() {
    let house = House::new().await;
    let (workspace, desk) = (&house.given.workspace, house.auth.workspaces());
    let made = desk.create_api_key(&Acting::operator(), workspace, wanted(&[])).await;
    let (key, shown) = made.unwrap();
    assert_eq!((key.name.as_str(), key.last_used_at), ("Portal", None));
    assert!(shown.ends_with(&key.last_four) && key.last_four.len() == 4);
    desk.find_api_key(workspace, &shown).await.unwrap().unwrap();
    let found = desk.find_api_key(workspace, &shown).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Some(day_of(house.auth.now())));
}

#[tokio::test]
async fn r97_nobody_makes_a_key_that_may_do_more_than_they_and_a_key_makes_none() {
    let house = House::new().await;
    let (workspace, desk) = (&house.given.workspace, house.auth.workspaces());
    let acting = |actor, permissions| Acting {
        actor,
        rights: Rights {
            role: Role::Agent,
            permissions,
        },
        client: None,
    };
    let ann = house.given.customer("ann@example.com").id;
    for scope in Scope::ALL {
        let without = acting(Actor::User(ann), Permissions::ALL.without(scope.permission()));
        let refused = desk.create_api_key(&without, workspace, wanted(&[scope])).await;
        assert!(
            matches!(refused, Err(CreateApiKeyError::BeyondOwn(beyond)) if beyond == scope),
            "{scope:?}"
        );
        let with = Permissions::NONE
            .with(Permission::ManageWorkspace)
            .with(scope.permission());
        let made = desk
            .create_api_key(&acting(Actor::User(ann), with), workspace, wanted(&[scope]))
            .await;
        assert_eq!(made.unwrap().0.created_by, Actor::User(ann));
    }
    let key = acting(Actor::ApiKey(ApiKeyId::from_uuid(Uuid::from_u128(7))), Permissions::ALL);
    let refused = desk.create_api_key(&key, workspace, wanted(&[])).await;
    assert!(matches!(refused, Err(CreateApiKeyError::ByKey)));
}
