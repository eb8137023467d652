//! C2: a temporary password, on the strength of a challenge.

use doorward_auth::people::challenge_caller::{CallerError, ChallengeBy};
use doorward_domain::audit::AuditAction;
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::ids::CallerChallengeId;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::sign_in::Step;
use uuid::Uuid;

use crate::callers::{JO, begin, by_mail, proved, staff};
use crate::house::{House, refused, second_step};

const DAY: u64 = 24 * 60 * 60;
const SET: CallerAction = CallerAction::SetPassword;

#[tokio::test]
async fn c10_without_a_challenge_or_by_another_one_nothing_is_set() {
    let house = House::new().await;
    let (jo, sam) = (house.given.customer(JO), house.given.customer("sam@example.com"));
    let admin = staff(&house, "admin@acme.example", Role::Admin);
    let other = staff(&house, "other@acme.example", Role::Admin);
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    let before = house.given.store.password_of(jo.id);
    let unproved = by_mail(&house, &admin, &jo, SET).await.0;
    let of_sam = proved(&house, &admin, &sam, SET).await;
    let of_other = proved(&house, &other, &jo, SET).await;
    let for_reset = proved(&house, &admin, &jo, CallerAction::ResetTwoFactor).await;
    let nobodys = CallerChallengeId::from_uuid(Uuid::from_u128(7));
    for id in [unproved.id, of_sam.id, of_other.id, for_reset.id, nobodys] {
        let said = callers.set_password(&admin, workspace, (jo.id, id)).await;
        assert!(matches!(said, Err(CallerError::NotOpen)), "{said:?}");
    }
    assert_eq!(house.given.store.password_of(jo.id), before);
    assert_eq!(house.audited(AuditAction::TemporaryPasswordSet), 0);
}

#[tokio::test]
async fn c2_it_is_made_once_ends_sessions_and_tells_the_person() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let session = house.browser().enter(JO).await;
    let challenge = proved(&house, &admin, &jo, SET).await;
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    let made = callers
        .set_password(&admin, workspace, (jo.id, challenge.id))
        .await
        .unwrap();
    assert!(made.password.expose().len() >= 19);
    assert!(!house.is_live(&session).await);
    assert_eq!(house.kinds_to(JO).last(), Some(&"caller-notice"));
    assert_eq!(house.audited(AuditAction::TemporaryPasswordSet), 1);
    let again = callers.set_password(&admin, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(again, Err(CallerError::NotOpen)), "a challenge is good once");
    let rows = format!("{:?}", house.given.store.audit_rows());
    assert!(!rows.contains(made.password.expose()));
}

#[tokio::test]
async fn sd3_it_opens_nothing_but_the_step_that_replaces_it_and_nothing_after_a_day() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let challenge = proved(&house, &admin, &jo, SET).await;
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    let made = callers
        .set_password(&admin, workspace, (jo.id, challenge.id))
        .await
        .unwrap();
    let needed = second_step(house.browser().password(JO, made.password.expose()).await);
    assert_eq!(needed.step, Step::SetPassword);
    house.wait(DAY);
    let told = refused(house.browser().password(JO, made.password.expose()).await);
    assert_eq!(told.reason, PublicReason::InvalidCredentials);
    assert_eq!(house.private_of_last_receipt(), PrivateReason::PasswordTemporary);
}

#[tokio::test]
async fn c10_what_was_announced_waits_for_its_time_and_for_whoever_asked() {
    let house = House::new().await;
    let (jo, owner) = (
        house.given.customer(JO),
        staff(&house, "owner@acme.example", Role::Owner),
    );
    let challenge = begin(&house, &owner, &jo, SET, ChallengeBy::Delay).await.unwrap();
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    house.wait(DAY - 1);
    let early = callers.set_password(&owner, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(early, Err(CallerError::NotOpen)), "{early:?}");
    assert_eq!(callers.carry_out_due().await.unwrap(), 0);
    house.wait(1);
    assert_eq!(
        callers.carry_out_due().await.unwrap(),
        0,
        "a password has to be told to somebody"
    );
    assert!(
        callers
            .set_password(&owner, workspace, (jo.id, challenge.id))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn c10_a_proof_is_good_for_a_quarter_of_an_hour() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    let challenge = proved(&house, &admin, &jo, SET).await;
    house.wait(15 * 60);
    let said = callers.set_password(&admin, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(said, Err(CallerError::NotOpen)), "{said:?}");
    let challenge = proved(&house, &admin, &jo, SET).await;
    house.wait(15 * 60 - 1);
    callers
        .set_password(&admin, workspace, (jo.id, challenge.id))
        .await
        .unwrap();
}
