//! B11, R68, R70–R73: turning two-factor authentication on.

use doorward_auth::factors::enable_two_factor::{Enabled, Enroller};
use doorward_auth::{Refused, SignInOutcome};
use doorward_domain::audit::AuditAction;
use doorward_domain::limits::Limits;
use doorward_domain::mail::SecurityEvent;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::second_factor::{APP_SECRET_BYTES, BACKUP_CODE_LENGTH, BACKUP_CODES, BackupCode};
use doorward_domain::sign_in::Step;
use doorward_domain::testing::{PASSWORD, Person, address};
use doorward_domain::throttle::Budgets;

use crate::house::{Browser, House, code_of, refused, second_step, signed_in};

const EMAIL: &str = "jo@example.com";

/// Begins, and gives the secret that is shown.
pub(crate) async fn begin(browser: &Browser<'_>, enroller: Enroller) -> Vec<u8> {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    let begun = factors
        .begin_two_factor(&browser.caller, workspace, enroller)
        .await
        .unwrap();
    assert!(begun);
    shown(browser, enroller).await.unwrap()
}

async fn shown(browser: &Browser<'_>, enroller: Enroller) -> Option<Vec<u8>> {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    let setup = factors
        .two_factor_setup(&browser.caller, workspace, enroller)
        .await
        .unwrap()?;
    let bare: String = setup.key.split(' ').collect();
    Some(data_encoding::BASE32_NOPAD.decode(bare.as_bytes()).unwrap())
}

pub(crate) async fn enable(browser: &Browser<'_>, enroller: Enroller, typed: &str) -> Enabled {
    let (factors, workspace) = (browser.house.auth.factors(), &browser.house.given.workspace);
    factors
        .enable_two_factor(&browser.caller, workspace, enroller, typed)
        .await
        .unwrap()
}

pub(crate) fn on(enabled: Enabled) -> (Vec<BackupCode>, Option<SignInOutcome>) {
    match enabled {
        Enabled::On { codes, sign_in } => (codes, sign_in.map(|outcome| *outcome)),
        other => panic!("not on: {other:?}"),
    }
}

fn not_on(enabled: Enabled) -> Refused {
    match enabled {
        Enabled::Refused(refused) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn b11_nothing_is_on_before_a_right_code_and_then_it_is_asked_for() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let entered = browser.enter(EMAIL).await;
    let other = house.browser().enter(EMAIL).await;
    let enroller = Enroller::SignedIn(browser.fresh(&entered.session));
    let secret = begin(&browser, enroller).await;
    assert_eq!(secret.len(), APP_SECRET_BYTES);
    let wrong = code_of(&secret, house.step() + 2);
    assert_eq!(
        not_on(enable(&browser, enroller, &wrong).await).reason,
        PublicReason::SecondFactorWrong
    );
    let record = house.given.store.factors_of(jo.id).unwrap();
    assert!(record.app.is_none() && record.backup.is_none());
    signed_in(house.browser().password(EMAIL, PASSWORD).await);
    assert_eq!(shown(&browser, enroller).await.as_ref(), Some(&secret), "the key stays");

    let (codes, sign_in) = on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
    assert!(sign_in.is_none());
    assert_eq!(codes.len(), BACKUP_CODES);
    let distinct: std::collections::BTreeSet<String> = codes.iter().map(BackupCode::bare).collect();
    assert_eq!(distinct.len(), BACKUP_CODES);
    assert!(distinct.iter().all(|code| code.len() == BACKUP_CODE_LENGTH));
    assert!(house.is_live(&entered).await, "this session stays");
    assert!(!house.is_live(&other).await, "R72: all others end");
    assert_eq!(house.events_to(EMAIL), [SecurityEvent::TwoFactorEnabled]);
    assert_eq!(house.audited(AuditAction::TwoFactorEnabled), 1);
    assert!(
        shown(&browser, enroller).await.is_none(),
        "R68: the key is shown no more"
    );

    let flow = second_step(browser.password(EMAIL, PASSWORD).await).flow;
    let first = code_of(&secret, house.step());
    refused(browser.second(flow, &first).await);
    assert_eq!(
        house.private_of_last_receipt(),
        PrivateReason::SecondFactorReplayed,
        "R70: the first code is spent"
    );
    signed_in(browser.second(flow, &codes[9].expose()).await);
}

#[tokio::test]
async fn r74_the_codes_are_stored_as_digests_of_one_recipe_made_in_one_go() {
    let house = House::new().await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let secret = begin(&browser, enroller).await;
    let (codes, _) = on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
    let set = house.given.store.factors_of(jo.id).unwrap().backup.unwrap();
    assert_eq!(set.left.len(), BACKUP_CODES);
    for code in &codes {
        let digest = doorward_domain::testing::PlainHasher::digest_by(&set.recipe, &code.bare());
        assert!(set.holds(&digest));
    }
    assert_eq!(format!("{codes:?}").matches("redacted").count(), BACKUP_CODES);
}

#[tokio::test]
async fn r68_a_key_that_was_begun_anew_voids_the_one_before_and_lives_for_half_an_hour() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let first = begin(&browser, enroller).await;
    let second = begin(&browser, enroller).await;
    assert_ne!(first, second);
    not_on(enable(&browser, enroller, &code_of(&first, house.step())).await);
    house.wait(1_799);
    assert!(shown(&browser, enroller).await.is_some());
    house.wait(1);
    assert!(shown(&browser, enroller).await.is_none());
    let late = enable(&browser, enroller, &code_of(&second, house.step())).await;
    assert!(matches!(late, Enabled::Gone), "{late:?}");
}

#[tokio::test]
async fn r72_a_backup_code_or_rubbish_turns_nothing_on() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    begin(&browser, enroller).await;
    for typed in ["", "12345", "ABCDE-FGHJK-MNP", "drop table"] {
        not_on(enable(&browser, enroller, typed).await);
    }
}

#[tokio::test]
async fn r70_the_last_step_outlives_turning_it_off_and_on_again() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let secret = begin(&browser, enroller).await;
    on(enable(&browser, enroller, &code_of(&secret, house.step() + 1)).await);
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let off = factors
        .disable_two_factor(&browser.caller, workspace, browser.fresh(&session))
        .await
        .unwrap();
    assert!(off);
    let secret = begin(&browser, enroller).await;
    for steps in [-1, 0, 1] {
        let refusal = not_on(enable(&browser, enroller, &code_of(&secret, house.step() + steps)).await);
        assert_eq!(refusal.reason, PublicReason::SecondFactorWrong);
        assert_eq!(house.private_of_last_receipt(), PrivateReason::SecondFactorReplayed);
    }
    house.wait(60);
    on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
}

#[tokio::test]
async fn r71_binding_the_app_anew_opens_what_a_hundred_wrong_codes_closed() {
    let house = House::new().await;
    let jo = house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = second_step(browser.password(EMAIL, PASSWORD).await).flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let limits = Limits::default();
    let row = Budgets(&limits).app_code_failures(jo.id).remove(0);
    let throttle = &house.auth.ports().throttle;
    let now = house.auth.now();
    for round in 0..100_u64 {
        let at = now.minus(std::time::Duration::from_secs(200 * 90_000 - round * 90_000));
        throttle.consume(jo.workspace, vec![row.clone()], at).await.unwrap();
    }
    house.wait(60);
    let flow = browser.at_second_step(EMAIL).await.flow;
    let over = refused(browser.second(flow, &house.app_code(0)).await);
    assert_eq!((over.reason, over.retry_at), (PublicReason::TryLater, None));
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let secret = begin(&browser, enroller).await;
    on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
    house.wait(60);
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &code_of(&secret, house.step())).await);
}

#[tokio::test]
async fn b11_where_it_is_required_it_is_set_up_on_the_way_in_and_b13_keeps_the_destination() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        PolicySet::default(),
    )
    .await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let needed = second_step(browser.password(EMAIL, PASSWORD).await);
    assert_eq!(needed.step, Step::EnrolSecondFactor);
    let enroller = Enroller::OnTheWayIn(needed.flow);
    let secret = begin(&browser, enroller).await;
    not_on(enable(&browser, enroller, &code_of(&secret, house.step() + 5)).await);
    assert!(house.given.store.sessions().is_empty());
    let (codes, sign_in) = on(enable(&browser, enroller, &code_of(&secret, house.step())).await);
    assert_eq!(codes.len(), BACKUP_CODES);
    let entered = signed_in(sign_in.unwrap());
    assert_eq!(entered.return_to.as_str(), "/tickets/7");
    assert!(house.is_live(&entered).await);
    let again = enable(&browser, enroller, &code_of(&secret, house.step() + 1)).await;
    assert!(matches!(again, Enabled::Gone), "{again:?}");
}

#[tokio::test]
async fn r73_half_signed_in_nobody_sets_an_app_up_where_one_is_on_or_in_another_browser() {
    let house = House::new().await;
    house.given.with_two_factor(EMAIL);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let enroller = Enroller::OnTheWayIn(flow);
    assert!(
        !factors
            .begin_two_factor(&browser.caller, workspace, enroller)
            .await
            .unwrap()
    );

    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        PolicySet::default(),
    )
    .await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let flow = second_step(browser.password(EMAIL, PASSWORD).await).flow;
    let (factors, workspace) = (house.auth.factors(), &house.given.workspace);
    let enroller = Enroller::OnTheWayIn(flow);
    let other = house.browser();
    assert!(
        !factors
            .begin_two_factor(&other.caller, workspace, enroller)
            .await
            .unwrap()
    );
    begin(&browser, enroller).await;
    assert!(
        factors
            .two_factor_setup(&other.caller, workspace, enroller)
            .await
            .unwrap()
            .is_none()
    );
    house.wait(600);
    assert!(
        !factors
            .begin_two_factor(&browser.caller, workspace, enroller)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn r73_a_password_changed_meanwhile_ends_setting_it_up_on_the_way_in() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        PolicySet::default(),
    )
    .await;
    let jo = house.given.customer(EMAIL);
    let browser = house.browser();
    let flow = second_step(browser.password(EMAIL, PASSWORD).await).flow;
    let enroller = Enroller::OnTheWayIn(flow);
    let secret = begin(&browser, enroller).await;
    house
        .auth
        .people()
        .set_password(
            doorward_domain::audit::Actor::Operator,
            &house.given.workspace,
            &address(EMAIL),
            doorward_domain::secret::Password::parse("seven quiet lanterns").unwrap(),
        )
        .await
        .unwrap();
    let late = enable(&browser, enroller, &code_of(&secret, house.step())).await;
    assert!(matches!(late, Enabled::Gone), "{late:?}");
    assert!(house.given.store.factors_of(jo.id).unwrap().app.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r28_of_parallel_right_codes_one_turns_it_on_and_one_set_of_codes_is_good() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let secret = begin(&browser, enroller).await;
    let mut tasks = Vec::new();
    for task in 0..8 {
        let (auth, mut caller) = (house.auth.clone(), browser.caller.clone());
        caller.client.address = format!("198.51.100.{task}").parse().unwrap();
        let (workspace, typed) = (house.given.workspace.clone(), code_of(&secret, house.step()));
        tasks.push(tokio::spawn(async move {
            let factors = auth.factors();
            factors
                .enable_two_factor(&caller, &workspace, enroller, &typed)
                .await
                .unwrap()
        }));
    }
    let mut sets = Vec::new();
    for task in tasks {
        if let Enabled::On { codes, .. } = task.await.unwrap() {
            sets.push(codes);
        }
    }
    assert_eq!(sets.len(), 1);
    let flow = browser.at_second_step(EMAIL).await.flow;
    signed_in(browser.second(flow, &sets[0][0].expose()).await);
}

#[tokio::test]
async fn a_proof_of_another_workspace_sets_nothing_up_here() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let browser = house.browser();
    let session = browser.enter(EMAIL).await.session;
    let elsewhere = doorward_domain::testing::Given::workspace_in(&house.given.store, "other").await;
    elsewhere.person(Person::customer(elsewhere.workspace.id, EMAIL));
    let enroller = Enroller::SignedIn(browser.fresh(&session));
    let factors = house.auth.factors();
    let begun = factors
        .begin_two_factor(&browser.caller, &elsewhere.workspace, enroller)
        .await
        .unwrap();
    assert!(!begun);
}
