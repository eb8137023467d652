//! R63: a token that was taken back is refused at once.

use doorward_domain::audit::{Actor, AuditAction};

use crate::create_scim_token::token;
use crate::house::House;

#[tokio::test]
async fn r63_a_token_taken_back_is_refused_from_the_next_request_on() {
    let house = House::new().await;
    let (made, shown) = token(&house, "Okta").await;
    let (directory, workspace) = (house.auth.directory(), &house.given.workspace);
    let revoke = async || directory.revoke_token(Actor::Operator, None, workspace, made.id).await;
    assert!(revoke().await.unwrap());
    assert!(directory.find_token(workspace, &shown).await.unwrap().is_none());
    assert!(!revoke().await.unwrap());
    assert_eq!(house.audited(AuditAction::ScimTokenRevoked), 1);
}
