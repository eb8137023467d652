//! R63: a token is rotated, and keeps its records.

use doorward_domain::audit::Actor;
use doorward_domain::ids::ScimTokenId;
use uuid::Uuid;

use crate::create_scim_token::token;
use crate::house::House;

#[tokio::test]
async fn r63_a_renewed_token_is_the_same_by_another_secret() {
    let house = House::new().await;
    let (made, old) = token(&house, "Okta").await;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let new = directory.renew_token(Actor::Operator, None, workspace, made.id).await;
    let new = new.unwrap().unwrap();
    assert_ne!(new, old);
    assert!(directory.find_token(workspace, &old).await.unwrap().is_none());
    let found = directory.find_token(workspace, &new).await.unwrap().unwrap();
    assert_eq!(found.id, made.id);
    let nobody = ScimTokenId::from_uuid(Uuid::nil());
    let none = directory.renew_token(Actor::Operator, None, workspace, nobody).await;
    assert_eq!(none.unwrap(), None);
}
