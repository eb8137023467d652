//! Signing out ends the session at once, and only that one.

use doorward_domain::audit::AuditAction;
use doorward_domain::testing::{PASSWORD, client};

use crate::house::{House, signed_in};

#[tokio::test]
async fn g3_the_session_is_dead_at_once_and_no_other_is() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let here = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let elsewhere = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let desk = house.auth.sign_in();
    let digest = here.token.digest();
    assert!(
        desk.sign_out(&client(), &house.given.workspace, &digest, jo.id)
            .await
            .unwrap()
    );
    assert!(house.auth.sessions().check(&digest).await.unwrap().is_none());
    assert!(
        house
            .auth
            .sessions()
            .check(&elsewhere.token.digest())
            .await
            .unwrap()
            .is_some()
    );
    let rows = house.given.store.audit_rows();
    assert_eq!(rows.last().unwrap().action, AuditAction::SignedOut);

    assert!(
        !desk
            .sign_out(&client(), &house.given.workspace, &digest, jo.id)
            .await
            .unwrap()
    );
    assert_eq!(house.given.store.audit_rows().len(), rows.len());
}
