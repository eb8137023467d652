//! C10: the answer of whoever is called about.

use doorward_auth::account::answer_caller::{StopPage, Stopped};
use doorward_auth::people::challenge_caller::{CallerError, ChallengeBy};
use doorward_domain::audit::AuditAction;
use doorward_domain::caller_challenge::CallerAction;
use doorward_domain::role::Role;

use crate::callers::{JO, begin, by_mail, staff, try_code};
use crate::house::House;

const SET: CallerAction = CallerAction::SetPassword;

#[tokio::test]
async fn c10_yes_in_a_session_of_that_person_opens_it_and_of_nobody_else() {
    let house = House::new().await;
    let (jo, sam) = (house.given.customer(JO), house.given.customer("sam@example.com"));
    let admin = staff(&house, "admin@acme.example", Role::Admin);
    let (callers, workspace, browser) = (house.auth.callers(), &house.given.workspace, house.browser());
    let challenge = begin(&house, &admin, &jo, SET, ChallengeBy::Session).await.unwrap();
    assert_eq!(callers.waiting(workspace, jo.id).await.unwrap().len(), 1);
    let yes = async |user| {
        callers
            .confirm(&browser.caller, workspace, (user, challenge.id))
            .await
            .unwrap()
    };
    assert!(!yes(sam.id).await);
    let said = callers.set_password(&admin, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(said, Err(CallerError::NotOpen)));
    assert!(yes(jo.id).await);
    assert!(
        callers
            .set_password(&admin, workspace, (jo.id, challenge.id))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn c10_no_refuses_audits_and_tells_by_mail() {
    let house = House::new().await;
    let (jo, admin) = (
        house.given.customer(JO),
        staff(&house, "admin@acme.example", Role::Admin),
    );
    let (callers, workspace, browser) = (house.auth.callers(), &house.given.workspace, house.browser());
    let (challenge, code) = by_mail(&house, &admin, &jo, SET).await;
    try_code(&house, &admin, &jo, challenge.id, &code).await.unwrap();
    assert!(
        callers
            .refuse(&browser.caller, workspace, (jo.id, challenge.id))
            .await
            .unwrap()
    );
    let said = callers.set_password(&admin, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(said, Err(CallerError::NotOpen)), "no beats what was proved");
    assert_eq!(house.kinds_to(JO), ["caller-code", "caller-notice"]);
    assert_eq!(house.audited(AuditAction::CallerChallengeRefused), 1);
}

#[tokio::test]
async fn c10_r34_the_mailed_link_stops_what_was_announced_and_looking_changes_nothing() {
    let house = House::new().await;
    let (jo, owner) = (
        house.given.customer(JO),
        staff(&house, "owner@acme.example", Role::Owner),
    );
    let challenge = begin(&house, &owner, &jo, SET, ChallengeBy::Delay).await.unwrap();
    let (callers, workspace, browser) = (house.auth.callers(), &house.given.workspace, house.browser());
    let token = browser.last_token_to(JO);
    for _ in 0..20 {
        let page = callers.look_at_stop(workspace, &token).await.unwrap();
        assert_eq!(page, StopPage::Confirm { action: SET });
    }
    assert_eq!(
        callers.stop(&browser.caller, workspace, &token).await.unwrap(),
        Stopped::Done
    );
    assert_eq!(
        callers.stop(&browser.caller, workspace, &token).await.unwrap(),
        Stopped::Gone
    );
    house.wait(24 * 60 * 60);
    let said = callers.set_password(&owner, workspace, (jo.id, challenge.id)).await;
    assert!(matches!(said, Err(CallerError::NotOpen)));
}
