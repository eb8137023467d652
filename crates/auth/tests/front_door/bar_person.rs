//! C2, R60, R97: *Disable* and *Enable*.

use doorward_auth::SignInOutcome;
use doorward_auth::people::PersonError;
use doorward_auth::people::bar_person::BarPersonError;
use doorward_domain::role::Role;

use crate::house::House;
use crate::send_password_reset::{at_work, staff};

#[tokio::test]
async fn c2_r60_a_disabled_person_is_out_until_enabled_again() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    let session = house.browser().enter("jo@example.com").await;
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    desk.bar(&admin, workspace, jo.id, true).await.unwrap();
    assert!(!house.is_live(&session).await);
    let again = house.browser().password("jo@example.com", "no matter what").await;
    assert!(matches!(again, SignInOutcome::Refused(_)), "{again:?}");
    desk.bar(&admin, workspace, jo.id, false).await.unwrap();
    assert!(!house.is_live(&session).await, "a session that ended stays so");
    house.browser().enter("jo@example.com").await;
}

#[tokio::test]
async fn r97_nobody_above_is_barred_and_the_last_owner_stays() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let owner = staff(&house, Role::Owner);
    let (desk, workspace) = (house.auth.staff(), &house.given.workspace);
    let said = desk.bar(&admin, workspace, owner.id, true).await;
    assert!(
        matches!(said, Err(BarPersonError::Person(PersonError::OutOfReach))),
        "{said:?}"
    );
    let acting = doorward_auth::Acting::operator();
    let mut said = Vec::new();
    for person in house.given.store.people() {
        if person.role == Role::Owner {
            said.push(desk.bar(&acting, workspace, person.id, true).await);
        }
    }
    assert!(
        said.iter().any(|said| matches!(said, Err(BarPersonError::LastOwner))),
        "one owner is left: {said:?}"
    );
}
