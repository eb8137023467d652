//! B15, R73, R106: the operator's link for somebody who runs a workspace and has no way in left.

use doorward_auth::factors::enable_two_factor::Enroller;
use doorward_auth::recovery::recover::{RecoverError, RecoverPage, Recovered, RecoveredPassword};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::FlowId;
use doorward_domain::mail::{EmergencyDoor, Message};
use doorward_domain::reason::PublicReason;
use doorward_domain::role::Role;
use doorward_domain::secret::{Password, RawToken};
use doorward_domain::sign_in::FlowPurpose;
use doorward_domain::testing::{Given, PASSWORD, Person, address};

use crate::enable_two_factor::{begin, enable, on};
use crate::house::{Browser, House, code_of, refused, second_step, signed_in};

const OWNER: &str = "olga@example.com";
const NEW: &str = "seven quiet lanterns";

async fn issue(house: &House, email: &str) -> Result<RawToken, RecoverError> {
    let (recovery, workspace) = (house.auth.recovery(), &house.given.workspace);
    let link = recovery.recover(Actor::Operator, workspace, &address(email)).await?;
    assert_eq!(link.expires_at.since(house.auth.now()).as_secs(), 900);
    let (origin, token) = link.url.rsplit_once('/').unwrap();
    assert!(origin.ends_with("/recover"), "{}", link.url);
    Ok(RawToken::parse(token).unwrap())
}

async fn press(browser: &Browser<'_>, token: &RawToken) -> Recovered {
    let (recovery, workspace) = (browser.house.auth.recovery(), &browser.house.given.workspace);
    recovery
        .begin_recovery(&browser.caller, workspace, token)
        .await
        .unwrap()
}

async fn begun(browser: &Browser<'_>, token: &RawToken) -> FlowId {
    match press(browser, token).await {
        Recovered::Begun(flow) => flow,
        other @ Recovered::Refused(_) => panic!("not begun: {other:?}"),
    }
}

async fn set_password(browser: &Browser<'_>, flow: FlowId, password: &str) -> RecoveredPassword {
    let (recovery, workspace) = (browser.house.auth.recovery(), &browser.house.given.workspace);
    let password = Password::parse(password).unwrap();
    recovery
        .set_recovered_password(&browser.caller, workspace, flow, password)
        .await
        .unwrap()
}

fn told(house: &House, to: &str) -> Vec<EmergencyDoor> {
    let door = |message| match message {
        Message::EmergencyDoor { door, .. } => Some(door),
        _ => None,
    };
    house.given.store.messages_to(to).into_iter().filter_map(door).collect()
}

fn locked_out(house: &House) {
    let id = house.given.workspace.id;
    let owner = Person::customer(id, OWNER)
        .role(Role::Owner)
        .with_app()
        .with_backup_codes(10);
    house.given.person(owner);
    house
        .given
        .person(Person::customer(id, "ada@example.com").role(Role::Admin));
    house.given.agent("agent@example.com");
}

#[tokio::test]
async fn b15_only_for_an_active_owner_or_admin() {
    let house = House::new().await;
    locked_out(&house);
    house.given.customer("jo@example.com");
    let id = house.given.workspace.id;
    house
        .given
        .person(Person::customer(id, "gone@example.com").role(Role::Admin).disabled());
    let issued = issue(&house, "jo@example.com").await;
    assert!(matches!(issued, Err(RecoverError::NotAnAdmin)));
    let issued = issue(&house, "agent@example.com").await;
    assert!(matches!(issued, Err(RecoverError::NotAnAdmin)));
    let issued = issue(&house, "gone@example.com").await;
    assert!(matches!(issued, Err(RecoverError::Disabled)));
    let issued = issue(&house, "nobody@example.com").await;
    assert!(matches!(issued, Err(RecoverError::NobodyThere)));
    assert!(house.given.store.links().is_empty());
    issue(&house, "ada@example.com").await.unwrap();
    issue(&house, OWNER).await.unwrap();
}

#[tokio::test]
async fn b15_making_and_using_one_is_told_to_all_who_run_the_workspace_and_audited() {
    let house = House::new().await;
    locked_out(&house);
    let token = issue(&house, OWNER).await.unwrap();
    for to in [OWNER, "ada@example.com"] {
        assert_eq!(told(&house, to), [EmergencyDoor::RecoveryIssued], "{to}");
    }
    let browser = house.browser();
    begun(&browser, &token).await;
    for to in [OWNER, "ada@example.com"] {
        assert_eq!(
            told(&house, to),
            [EmergencyDoor::RecoveryIssued, EmergencyDoor::RecoveryUsed],
            "{to}"
        );
    }
    assert!(told(&house, "agent@example.com").is_empty());
    assert_eq!(house.audited(AuditAction::RecoveryIssued), 1);
    assert_eq!(house.audited(AuditAction::RecoveryUsed), 1);
}

#[tokio::test]
async fn r34_r106_looking_changes_nothing_and_a_link_is_good_once_for_a_quarter_of_an_hour() {
    let house = House::new().await;
    locked_out(&house);
    let (recovery, workspace) = (house.auth.recovery(), &house.given.workspace);
    let browser = house.browser();
    let token = issue(&house, OWNER).await.unwrap();
    house.wait(899);
    for _ in 0..20 {
        let page = recovery.look_at_recovery(workspace, &token).await.unwrap();
        let masked = address(OWNER).masked();
        assert_eq!(page, RecoverPage::Confirm { masked });
    }
    begun(&browser, &token).await;
    assert_eq!(
        recovery.look_at_recovery(workspace, &token).await.unwrap(),
        RecoverPage::Gone
    );
    for used in [press(&browser, &token).await, press(&house.browser(), &token).await] {
        assert!(
            matches!(&used, Recovered::Refused(refused) if refused.reason == PublicReason::LinkInvalid),
            "{used:?}"
        );
    }
    let token = issue(&house, OWNER).await.unwrap();
    house.wait(900);
    assert!(matches!(press(&browser, &token).await, Recovered::Refused(_)));

    let first = issue(&house, OWNER).await.unwrap();
    let second = issue(&house, OWNER).await.unwrap();
    assert!(
        matches!(press(&browser, &first).await, Recovered::Refused(_)),
        "only the newest counts"
    );
    begun(&browser, &second).await;
}

#[tokio::test]
async fn r73_it_opens_no_session_sets_a_password_and_a_second_factor_and_then_one_signs_in_as_always() {
    let house = House::new().await;
    locked_out(&house);
    let before = {
        let browser = house.browser();
        let flow = browser.at_second_step(OWNER).await.flow;
        signed_in(browser.second(flow, &house.app_code(0)).await)
    };
    house.wait(60);
    let browser = house.browser();
    let flow = begun(&browser, &issue(&house, OWNER).await.unwrap()).await;
    assert_eq!(house.given.store.sessions().len(), 1, "no session by the link");
    let (recovery, workspace) = (house.auth.recovery(), &house.given.workspace);
    let view = recovery
        .recovery(&browser.caller, workspace, flow)
        .await
        .unwrap()
        .unwrap();
    assert!(view.two_factor);
    assert!(matches!(
        set_password(&browser, flow, "short").await,
        RecoveredPassword::Problems(_)
    ));
    assert_eq!(set_password(&browser, flow, NEW).await, RecoveredPassword::Set);
    assert!(!house.is_live(&before).await, "all sessions end");

    let enroller = Enroller::Recovering(flow);
    let secret = begin(&browser, enroller).await;
    let (codes, sign_in) = on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
    assert!(sign_in.is_none());
    assert!(house.given.store.sessions().is_empty());
    recovery
        .finish_recovery(&browser.caller, workspace, flow)
        .await
        .unwrap();
    assert!(
        recovery
            .recovery(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(set_password(&browser, flow, PASSWORD).await, RecoveredPassword::Gone);

    refused(browser.password(OWNER, PASSWORD).await);
    let next = second_step(browser.password(OWNER, NEW).await).flow;
    let old = doorward_domain::testing::backup_code(0).expose();
    refused(browser.second(next, &old).await);
    signed_in(browser.second(next, &codes[0].expose()).await);
}

#[tokio::test]
async fn b15_whoever_lost_the_second_factor_can_turn_it_off_and_sign_in_with_the_new_password() {
    let house = House::new().await;
    locked_out(&house);
    let browser = house.browser();
    let flow = begun(&browser, &issue(&house, OWNER).await.unwrap()).await;
    let (recovery, workspace) = (house.auth.recovery(), &house.given.workspace);
    let off = recovery
        .disable_lost_two_factor(&browser.caller, workspace, flow)
        .await
        .unwrap();
    assert_eq!(off, Some(true));
    assert_eq!(set_password(&browser, flow, NEW).await, RecoveredPassword::Set);
    signed_in(browser.password(OWNER, NEW).await);
}

#[tokio::test]
async fn r73_the_attempt_is_nothing_elsewhere_in_another_browser_or_after_half_an_hour() {
    let house = House::new().await;
    locked_out(&house);
    let browser = house.browser();
    let flow = begun(&browser, &issue(&house, OWNER).await.unwrap()).await;
    let (recovery, sign_in, workspace) = (house.auth.recovery(), house.auth.sign_in(), &house.given.workspace);
    for purpose in [
        FlowPurpose::SignIn,
        FlowPurpose::SignUp,
        FlowPurpose::SecondStep,
        FlowPurpose::FreshProof,
        FlowPurpose::Recovery,
    ] {
        let outcome = refused(browser.redeem_for(flow, purpose, "7777777").await);
        assert_eq!(outcome.reason, PublicReason::SessionExpired, "{purpose:?}");
    }
    assert_eq!(
        refused(browser.second(flow, &house.app_code(0)).await).reason,
        PublicReason::SessionExpired
    );
    assert!(
        sign_in
            .second_step(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .is_none()
    );
    assert!(sign_in.flow(&browser.caller, workspace, flow).await.unwrap().is_none());
    assert!(
        sign_in
            .resend_code(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .is_none()
    );
    let factors = house.auth.factors();
    let on_the_way_in = Enroller::OnTheWayIn(flow);
    assert!(
        !factors
            .begin_two_factor(&browser.caller, workspace, on_the_way_in)
            .await
            .unwrap()
    );
    assert!(house.given.store.sessions().is_empty());

    let stranger = house.browser();
    assert!(
        recovery
            .recovery(&stranger.caller, workspace, flow)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(set_password(&stranger, flow, NEW).await, RecoveredPassword::Gone);
    let recovering = Enroller::Recovering(flow);
    assert!(
        !factors
            .begin_two_factor(&stranger.caller, workspace, recovering)
            .await
            .unwrap()
    );
    let off = recovery
        .disable_lost_two_factor(&stranger.caller, workspace, flow)
        .await
        .unwrap();
    assert_eq!(off, None);

    house.wait(1_799);
    assert!(
        recovery
            .recovery(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .is_some()
    );
    house.wait(1);
    assert!(
        recovery
            .recovery(&browser.caller, workspace, flow)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(set_password(&browser, flow, NEW).await, RecoveredPassword::Gone);
}

#[tokio::test]
async fn it_is_nothing_in_another_workspace_and_for_somebody_who_was_disabled_meanwhile() {
    let house = House::new().await;
    locked_out(&house);
    let browser = house.browser();
    let token = issue(&house, OWNER).await.unwrap();
    let elsewhere = Given::workspace_in(&house.given.store, "other").await;
    let there = house
        .auth
        .recovery()
        .begin_recovery(&browser.caller, &elsewhere.workspace, &token)
        .await
        .unwrap();
    assert!(matches!(there, Recovered::Refused(_)));
    let flow = begun(&browser, &token).await;
    // The last owner stays; this one is not.
    house.given.owner("second-owner@example.com");
    house
        .auth
        .people()
        .set_status(
            Actor::Operator,
            &house.given.workspace,
            &address(OWNER),
            doorward_domain::user::UserStatus::Disabled,
        )
        .await
        .unwrap();
    assert_eq!(set_password(&browser, flow, NEW).await, RecoveredPassword::Gone);
}

#[tokio::test]
async fn r32_a_link_is_void_once_another_password_was_set_and_a_reset_link_is_none() {
    let house = House::new().await;
    locked_out(&house);
    let browser = house.browser();
    let token = issue(&house, OWNER).await.unwrap();
    browser.forgot(OWNER).await;
    let reset = browser.last_token_to(OWNER);
    assert!(matches!(press(&browser, &reset).await, Recovered::Refused(_)));
    house
        .auth
        .people()
        .set_password(
            Actor::Operator,
            &house.given.workspace,
            &address(OWNER),
            Password::parse(NEW).unwrap(),
        )
        .await
        .unwrap();
    assert!(matches!(press(&browser, &token).await, Recovered::Refused(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r28_of_parallel_presses_one_begins() {
    let house = House::new().await;
    locked_out(&house);
    let token = issue(&house, OWNER).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (auth, caller) = (house.auth.clone(), house.browser().caller);
            let (workspace, token) = (house.given.workspace.clone(), token.clone());
            tokio::spawn(async move {
                auth.recovery()
                    .begin_recovery(&caller, &workspace, &token)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut begun = 0;
    for task in tasks {
        if matches!(task.await.unwrap(), Recovered::Begun(_)) {
            begun += 1;
        }
    }
    assert_eq!(begun, 1);
}
