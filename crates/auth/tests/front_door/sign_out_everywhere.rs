//! C2, G3, R97: *Sign out everywhere*.

use doorward_auth::people::PersonError;
use doorward_domain::audit::AuditAction;
use doorward_domain::role::Role;

use crate::house::House;
use crate::send_password_reset::{at_work, staff};

#[tokio::test]
async fn c2_all_sessions_end_and_no_other_persons() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    house.given.customer("mo@example.com");
    let first = house.browser().enter("jo@example.com").await;
    let second = house.browser().enter("jo@example.com").await;
    let other = house.browser().enter("mo@example.com").await;
    let desk = house.auth.staff();
    let ended = desk.sign_out(&admin, &house.given.workspace, jo.id).await.unwrap();
    assert_eq!(ended, 2);
    assert!(!house.is_live(&first).await && !house.is_live(&second).await);
    assert!(house.is_live(&other).await);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.actor, row.subject),
        (AuditAction::SessionsEnded, admin.actor, Some(jo.id))
    );
}

#[tokio::test]
async fn c2_one_session_ends_and_only_of_the_person_it_belongs_to() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    let mo = house.given.customer("mo@example.com");
    let first = house.browser().enter("jo@example.com").await;
    let second = house.browser().enter("jo@example.com").await;
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let id = first.session.id;
    assert!(!desk.end_session(&admin, workspace, mo.id, id).await.unwrap());
    assert!(house.is_live(&first).await);
    assert!(desk.end_session(&admin, workspace, jo.id, id).await.unwrap());
    assert!(!house.is_live(&first).await);
    assert!(house.is_live(&second).await);
    assert!(
        !desk.end_session(&admin, workspace, jo.id, id).await.unwrap(),
        "it is over"
    );
}

#[tokio::test]
async fn r97_nobody_signs_out_somebody_above_them() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let owner = staff(&house, Role::Owner);
    let session = house.browser().enter("other-owner@staff.example").await;
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let said = desk.sign_out(&admin, workspace, owner.id).await;
    assert!(matches!(said, Err(PersonError::OutOfReach)), "{said:?}");
    let said = desk.end_session(&admin, workspace, owner.id, session.session.id).await;
    assert!(matches!(said, Err(PersonError::OutOfReach)), "{said:?}");
    assert!(house.is_live(&session).await);
}
