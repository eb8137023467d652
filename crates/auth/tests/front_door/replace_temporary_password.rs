//! C2: the step after a temporary password.

use doorward_auth::sign_in::replace_temporary_password::{Replaced, ReplacedPassword};
use doorward_auth::{SecondStepNeeded, SignInError, SignInOutcome};
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::ids::FlowId;
use doorward_domain::reason::PublicReason;
use doorward_domain::role::Role;
use doorward_domain::secret::Password;
use doorward_domain::sign_in::Step;
use doorward_domain::testing::Person;

use crate::callers::{JO, proved, staff};
use crate::house::{Browser, House, refused, second_step, signed_in};

const OWN: &str = "seven quiet lanterns";

async fn temporary(house: &House) -> String {
    let admin = staff(house, "admin@acme.example", Role::Admin);
    let jo = house.person(JO);
    let challenge = proved(house, &admin, &jo, CallerAction::SetPassword).await;
    let callers = house.auth.callers();
    let made = callers
        .set_password(&admin, &house.given.workspace, (jo.id, challenge.id))
        .await;
    made.unwrap().password.expose().to_owned()
}

async fn replace(browser: &Browser<'_>, flow: FlowId, password: &str) -> Replaced {
    let request = ReplacedPassword {
        workspace: browser.house.given.workspace.clone(),
        flow,
        password: Password::parse(password).unwrap(),
    };
    let sign_in = browser.house.auth.sign_in();
    sign_in
        .replace_temporary_password(&browser.caller, request)
        .await
        .unwrap()
}

fn set(replaced: Replaced) -> SignInOutcome {
    match replaced {
        Replaced::Set(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

async fn at_the_step(browser: &Browser<'_>, password: &str) -> SecondStepNeeded {
    let needed = second_step(browser.password(JO, password).await);
    assert_eq!(needed.step, Step::SetPassword);
    needed
}

#[tokio::test]
async fn c2_a_password_of_ones_own_signs_in_and_the_temporary_one_no_more() {
    let house = House::new().await;
    house.given.customer(JO);
    let temporary = temporary(&house).await;
    let browser = house.browser();
    let flow = at_the_step(&browser, &temporary).await.flow;
    assert!(matches!(replace(&browser, flow, &temporary).await, Replaced::SameAgain));
    assert!(matches!(replace(&browser, flow, "short").await, Replaced::Problems(_)));
    let opened = signed_in(set(replace(&browser, flow, OWN).await));
    assert_eq!(opened.return_to.as_str(), "/tickets/7");
    refused(house.browser().password(JO, &temporary).await);
    signed_in(house.browser().password(JO, OWN).await);
}

#[tokio::test]
async fn r25_the_step_belongs_to_its_browser_and_is_over_with_the_password() {
    let house = House::new().await;
    house.given.customer(JO);
    let temporary = temporary(&house).await;
    let browser = house.browser();
    let flow = at_the_step(&browser, &temporary).await.flow;
    let other = house.browser();
    let told = refused(set(replace(&other, flow, OWN).await));
    assert_eq!(told.reason, PublicReason::SessionExpired);
    house.wait(24 * 60 * 60);
    let told = refused(set(replace(&browser, flow, OWN).await));
    assert_eq!(told.reason, PublicReason::SessionExpired);
}

#[tokio::test]
async fn b11_a_second_factor_is_still_asked_for_and_does_not_stand_in_for_the_new_password() {
    let house = House::new().await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, JO).with_app());
    let temporary = temporary(&house).await;
    let browser = house.browser();
    let flow = at_the_step(&browser, &temporary).await.flow;
    let around = second_step(browser.second(flow, &house.app_code(0)).await);
    assert_eq!(
        around.step,
        Step::SetPassword,
        "showing the factor first does not skip the step"
    );
    let needed = second_step(set(replace(&browser, around.flow, OWN).await));
    assert_eq!(needed.step, Step::SecondFactor);
    signed_in(browser.second(needed.flow, &house.app_code(0)).await);
}

#[tokio::test]
async fn b15_at_the_backup_door_too() {
    let house = House::new().await;
    let person = Person::customer(house.given.workspace.id, JO).role(Role::Admin);
    house.given.person(person);
    let owner = staff(&house, "owner@acme.example", Role::Owner);
    let jo = house.person(JO);
    let challenge = proved(&house, &owner, &jo, CallerAction::SetPassword).await;
    let callers = house.auth.callers();
    let made = callers
        .set_password(&owner, &house.given.workspace, (jo.id, challenge.id))
        .await
        .unwrap();
    let needed = second_step(house.browser().backup_login(JO, made.password.expose()).await);
    assert_eq!(needed.step, Step::SetPassword);
}

#[tokio::test]
async fn sd3_a_temporary_password_that_runs_out_at_the_step_is_replaced_by_nothing() {
    let house = House::new().await;
    house.given.customer(JO);
    let temporary = temporary(&house).await;
    house.wait(24 * 60 * 60 - 1);
    let browser = house.browser();
    let flow = at_the_step(&browser, &temporary).await.flow;
    house.wait(1);
    let told = refused(set(replace(&browser, flow, OWN).await));
    assert_eq!(told.reason, PublicReason::SessionExpired);
    refused(house.browser().password(JO, OWN).await);
}

#[tokio::test]
async fn r8_what_a_password_costs_to_look_at_is_counted_on_the_network() {
    let house = House::new().await;
    house.given.customer(JO);
    let temporary = temporary(&house).await;
    let browser = house.browser();
    let flow = at_the_step(&browser, &temporary).await.flow;
    let sign_in = house.auth.sign_in();
    let most = house.auth.config().limits.tries_per_network_per_minute;
    let mut last = None;
    for _ in 0..=most {
        let request = ReplacedPassword {
            workspace: house.given.workspace.clone(),
            flow,
            password: Password::parse("short").unwrap(),
        };
        last = Some(sign_in.replace_temporary_password(&browser.caller, request).await);
    }
    assert!(
        matches!(last, Some(Err(SignInError::TooManyTries { wait: Some(_) }))),
        "{last:?}"
    );
}
