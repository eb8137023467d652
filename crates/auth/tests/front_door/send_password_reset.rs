//! C2, R97, R112: *Send password reset email*.

use doorward_auth::Acting;
use doorward_auth::people::PersonError;
use doorward_auth::people::send_password_reset::SendResetError;
use doorward_auth::recovery::reset_password::ResetPage;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::UserId;
use doorward_domain::role::{Rights, Role};
use doorward_domain::testing::{Person, SeededEntropy};
use doorward_domain::user::User;

use crate::house::House;

/// Somebody of that role at work.
pub(crate) fn at_work(house: &House, role: Role) -> Acting {
    let email = format!("{}@staff.example", role.as_str());
    let user = house
        .given
        .person(Person::customer(house.given.workspace.id, &email).role(role));
    Acting {
        actor: Actor::User(user.id),
        rights: user.rights(),
        client: Some(house.browser().caller.client),
    }
}

pub(crate) fn staff(house: &House, role: Role) -> User {
    let email = format!("other-{}@staff.example", role.as_str());
    house
        .given
        .person(Person::customer(house.given.workspace.id, &email).role(role))
}

async fn send(house: &House, acting: &Acting, user: UserId) -> Result<String, SendResetError> {
    let staff = house.auth.staff();
    let sent = staff.send_password_reset(acting, &house.given.workspace, user).await;
    sent.map(|to| to.to_string())
}

#[tokio::test]
async fn c2_the_mail_goes_to_the_primary_address_and_its_link_sets_a_password() {
    let house = House::new().await;
    let jo = house.given.customer("jo@example.com");
    let admin = at_work(&house, Role::Admin);
    assert_eq!(send(&house, &admin, jo.id).await.unwrap(), "jo@example.com");
    assert_eq!(house.kinds_to("jo@example.com"), ["reset-link-by-staff"]);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(row.action, AuditAction::ResetSentByStaff);
    assert_eq!((row.actor, row.subject), (admin.actor.clone(), Some(jo.id)));
    assert!(row.client.is_some(), "R101: from where");
    let page = house
        .auth
        .recovery()
        .look(&house.given.workspace, &house.browser().last_token_to("jo@example.com"))
        .await;
    assert!(matches!(page, Ok(ResetPage::Form { .. })), "{page:?}");
    // Sending changes nothing by itself.
    house.browser().enter("jo@example.com").await;
}

#[tokio::test]
async fn r97_nobody_sends_one_to_somebody_above_them() {
    let house = House::new().await;
    for (acting, target, reaches) in [
        (Role::Admin, Role::Owner, false),
        (Role::Agent, Role::Admin, false),
        (Role::Owner, Role::Owner, true),
        (Role::Admin, Role::Agent, true),
    ] {
        let house_of = House::new().await;
        let acting = at_work(&house_of, acting);
        let target = staff(&house_of, target);
        let sent = send(&house_of, &acting, target.id).await;
        assert_eq!(sent.is_ok(), reaches, "{:?}", target.role);
        if !reaches {
            assert!(matches!(sent, Err(SendResetError::Person(PersonError::OutOfReach))));
            assert_eq!(
                house_of.kinds_to(target.primary_email().unwrap().address.as_str()),
                [""; 0]
            );
        }
    }
    let key = Acting {
        actor: Actor::Operator,
        rights: Rights::API_KEY,
        client: None,
    };
    let agent = staff(&house, Role::Agent);
    assert!(send(&house, &key, agent.id).await.is_err(), "a key reaches no staff");
    let jo = house.given.customer("jo@example.com");
    assert!(send(&house, &key, jo.id).await.is_ok());
}

#[tokio::test]
async fn c2_nobody_disabled_unreachable_or_unknown_gets_one() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let disabled = house
        .given
        .person(Person::customer(house.given.workspace.id, "mo@example.com").disabled());
    let sent = send(&house, &admin, disabled.id).await;
    assert!(matches!(sent, Err(SendResetError::Disabled)), "{sent:?}");
    let unknown = UserId::random(&SeededEntropy::new(77));
    let sent = send(&house, &admin, unknown).await;
    assert!(matches!(sent, Err(SendResetError::Person(PersonError::NobodyThere))));
    assert_eq!(house.kinds_to("mo@example.com"), [""; 0]);
}

#[tokio::test]
async fn r112_staff_send_one_mailbox_ten_mails_a_day_apart_from_what_strangers_ask_for() {
    let house = House::new().await;
    let admin = at_work(&house, Role::Admin);
    let jo = house.given.customer("jo@example.com");
    for _ in 0..10 {
        send(&house, &admin, jo.id).await.unwrap();
    }
    let eleventh = send(&house, &admin, jo.id).await;
    assert!(
        matches!(eleventh, Err(SendResetError::TooMany { retry_at: Some(_) })),
        "{eleventh:?}"
    );
    assert_eq!(house.kinds_to("jo@example.com").len(), 10);
    assert_eq!(house.audited(AuditAction::LimitHit), 1);
    house.browser().forgot("jo@example.com").await;
    assert_eq!(
        house.kinds_to("jo@example.com").len(),
        11,
        "the owner's own request still goes"
    );
    house.wait(24 * 60 * 60);
    send(&house, &admin, jo.id).await.unwrap();
}
