//! C2: deleting somebody, undoing it, and what is left after thirty days.

use doorward_auth::people::delete_person::DeletePersonError;
use doorward_domain::audit::AuditAction;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::testing::PASSWORD;

use crate::callers::{JO, acting, staff};
use crate::house::{House, refused, sent};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn c2_r60_whoever_is_deleted_gets_in_by_nothing_and_comes_back_as_before() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let session = house.browser().enter(JO).await;
    let (departures, workspace) = (house.auth.departures(), &house.given.workspace);
    departures.delete(&admin, workspace, jo.id).await.unwrap();
    assert!(!house.is_live(&session).await);
    let told = refused(house.browser().password(JO, PASSWORD).await);
    assert_eq!(told.reason, PublicReason::InvalidCredentials);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::UserDeleted);
    sent(house.browser().ask_code(JO).await);
    assert_eq!(
        house.given.store.last_code_to(JO),
        None,
        "no code goes to an account that is closed"
    );
    house.browser().forgot(JO).await;
    assert_eq!(house.given.store.last_link_to(JO), None);
    departures.restore(&admin, workspace, jo.id).await.unwrap();
    house.browser().enter(JO).await;
    assert_eq!(house.audited(AuditAction::UserDeleted), 1);
    assert_eq!(house.audited(AuditAction::UserRestored), 1);
}

#[tokio::test]
async fn r97_a8_not_those_above_not_oneself_and_not_the_last_owner() {
    let house = House::new().await;
    let admin = staff(&house, "admin@acme.example", Role::Admin);
    let owner = staff(&house, "owner@acme.example", Role::Owner);
    let (departures, workspace) = (house.auth.departures(), &house.given.workspace);
    let the_owner = house.person("owner@acme.example");
    let said = departures.delete(&admin, workspace, the_owner.id).await;
    assert!(matches!(said, Err(DeletePersonError::OutOfReach)), "{said:?}");
    let said = departures.delete(&owner, workspace, the_owner.id).await;
    assert!(matches!(said, Err(DeletePersonError::Oneself)), "{said:?}");
    let said = departures
        .delete(&doorward_auth::Acting::operator(), workspace, the_owner.id)
        .await;
    assert!(matches!(said, Err(DeletePersonError::LastOwner)), "{said:?}");
    assert_eq!(acting(&the_owner).rights, owner.rights);
}

#[tokio::test]
async fn after_thirty_days_it_is_gone_for_good_and_the_address_is_free() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let (departures, workspace) = (house.auth.departures(), &house.given.workspace);
    departures.delete(&admin, workspace, jo.id).await.unwrap();
    house.wait(30 * DAY);
    assert_eq!(departures.remove_due().await.unwrap(), 0, "not before they are over");
    house.wait(1);
    let said = departures.restore(&admin, workspace, jo.id).await;
    assert!(
        matches!(said, Err(DeletePersonError::NobodyThere)),
        "nobody has come to remove it yet: {said:?}"
    );
    assert_eq!(departures.remove_due().await.unwrap(), 1);
    assert_eq!(departures.remove_due().await.unwrap(), 0);
    assert!(house.given.store.people().iter().all(|person| person.id != jo.id));
    let said = departures.restore(&admin, workspace, jo.id).await;
    assert!(matches!(said, Err(DeletePersonError::NobodyThere)), "{said:?}");
    let left = house.given.store.audit_rows();
    assert!(
        left.iter()
            .any(|row| row.subject == Some(jo.id) && row.action == AuditAction::UserAnonymised)
    );
    assert!(house.kinds_to(JO).is_empty(), "the mail log has forgotten the address");
}
