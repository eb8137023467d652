//! R60: disabled, a person gets in by no pathway.

use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::testing::{PASSWORD, address};
use doorward_domain::user::UserStatus;

use crate::house::{House, refused, signed_in};

#[tokio::test]
async fn r60_disabled_ends_every_session_and_enabled_revives_none() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let before = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let people = house.auth.people();
    let (workspace, jos) = (&house.given.workspace, address("jo@example.com"));
    let disabled = people
        .set_status(Actor::Operator, workspace, &jos, UserStatus::Disabled)
        .await
        .unwrap();
    assert_eq!(disabled, Some(jo.id));
    assert!(
        house
            .auth
            .sessions()
            .check(&before.token.digest())
            .await
            .unwrap()
            .is_none()
    );
    refused(house.browser().password("jo@example.com", PASSWORD).await);

    people
        .set_status(Actor::Operator, workspace, &jos, UserStatus::Active)
        .await
        .unwrap();
    assert!(
        house
            .auth
            .sessions()
            .check(&before.token.digest())
            .await
            .unwrap()
            .is_none()
    );
    signed_in(house.browser().password("jo@example.com", PASSWORD).await);
}

#[tokio::test]
async fn nobody_is_answered_as_nobody() {
    let house = House::new().await;
    let people = house.auth.people();
    let nobody = address("no@example.com");
    let answer = people
        .set_status(Actor::Operator, &house.given.workspace, &nobody, UserStatus::Disabled)
        .await;
    assert_eq!(answer.unwrap(), None);
    let rows = house.given.store.audit_rows();
    assert!(rows.iter().all(|row| row.action != AuditAction::UserDisabled));
}
