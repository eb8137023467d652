//! C2: resetting the second factor, on the strength of a challenge, or after it was announced.

use doorward_auth::people::challenge_caller::{CallerError, ChallengeBy};
use doorward_domain::audit::AuditAction;
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::role::Role;
use doorward_domain::testing::Person;
use doorward_domain::user::{User, UserStatus};

use crate::callers::{JO, begin, proved, staff};
use crate::house::House;

const DAY: u64 = 24 * 60 * 60;
const RESET: CallerAction = CallerAction::ResetTwoFactor;

fn with_app(house: &House) -> User {
    house
        .given
        .person(Person::customer(house.given.workspace.id, JO).with_app())
}

#[tokio::test]
async fn c2_the_app_goes_and_the_password_stays() {
    let house = House::new().await;
    let (jo, admin) = (with_app(&house), staff(&house, "admin@acme.example", Role::Admin));
    let (callers, workspace) = (house.auth.callers(), &house.given.workspace);
    let wrong = proved(&house, &admin, &jo, CallerAction::SetPassword).await;
    let said = callers.reset_two_factor(&admin, workspace, (jo.id, wrong.id)).await;
    assert!(matches!(said, Err(CallerError::NotOpen)), "{said:?}");
    let challenge = proved(&house, &admin, &jo, RESET).await;
    callers
        .reset_two_factor(&admin, workspace, (jo.id, challenge.id))
        .await
        .unwrap();
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_none());
    house.browser().enter(JO).await;
    assert_eq!(house.audited(AuditAction::TwoFactorReset), 1);
}

#[tokio::test]
async fn c10_what_was_announced_is_done_once_however_many_are_at_it() {
    let house = House::new().await;
    let (jo, owner) = (with_app(&house), staff(&house, "owner@acme.example", Role::Owner));
    begin(&house, &owner, &jo, RESET, ChallengeBy::Delay).await.unwrap();
    let one = house.auth.callers();
    assert_eq!(one.carry_out_due().await.unwrap(), 0);
    house.wait(DAY);
    let (first, second) = tokio::join!(one.carry_out_due(), one.carry_out_due());
    assert_eq!(first.unwrap() + second.unwrap(), 1);
    assert_eq!(one.carry_out_due().await.unwrap(), 0);
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_none());
    assert_eq!(house.audited(AuditAction::TwoFactorReset), 1);
}

#[tokio::test]
async fn r100_nothing_is_done_for_whoever_lost_the_right_to_it() {
    let house = House::new().await;
    let (jo, owner) = (with_app(&house), staff(&house, "owner@acme.example", Role::Owner));
    begin(&house, &owner, &jo, RESET, ChallengeBy::Delay).await.unwrap();
    let gone = User {
        status: UserStatus::Disabled,
        ..house.person("owner@acme.example")
    };
    house.given.store.put_person(gone, None);
    house.wait(DAY);
    assert_eq!(house.auth.callers().carry_out_due().await.unwrap(), 0);
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_some());
    assert_eq!(house.audited(AuditAction::CallerChallengeCancelled), 1);
}
