//! Everything that the security page shows of one's own account, its ways back in among it.

use doorward_auth::account::look_at_security::{PasswordUse, PlannedChange, SecurityOverview};
use doorward_domain::fresh_proof::FreshProofWay;
use doorward_domain::session::SessionView;
use doorward_domain::testing::Person;
use doorward_domain::ways_back::{Loss, WayWarning};

use crate::add_email::id_of;
use crate::house::{House, signed_in};

const EMAIL: &str = "jo@example.com";

async fn look(house: &House, session: &SessionView) -> SecurityOverview {
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    account.security(workspace, session).await.unwrap().unwrap()
}

async fn warned(house: &House, session: &SessionView, change: PlannedChange) -> Vec<WayWarning> {
    let (account, workspace) = (house.auth.account(), &house.given.workspace);
    account.warnings_before(workspace, session, change).await.unwrap()
}

#[tokio::test]
async fn it_tells_factors_passkeys_sessions_and_whether_the_proof_is_fresh() {
    let house = House::with(
        |settings| settings.customers.two_factor_required = true,
        doorward_domain::policy::PolicySet::default(),
    )
    .await;
    let person = Person::customer(house.given.workspace.id, EMAIL)
        .with_app()
        .with_backup_codes(3)
        .with_passkey("Phone", true);
    let jo = house.given.person(person);
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let page = look(&house, &session).await;
    assert_eq!(page.user.id, jo.id);
    assert!(page.factors.app && page.two_factor_required && page.fresh);
    assert_eq!(page.factors.backup_codes_left, 3);
    assert_eq!(page.two_factor_since, Some(jo.created_at));
    assert_eq!(page.passkeys.len(), 1);
    assert_eq!(page.sessions.len(), 1);
    assert!(page.sessions[0].this);
    assert_eq!(
        page.fresh_proof_ways,
        [
            FreshProofWay::Password,
            FreshProofWay::SecondFactor,
            FreshProofWay::Passkey
        ]
    );
    house.wait(300);
    assert!(!look(&house, &session).await.fresh);
}

#[tokio::test]
async fn it_says_when_one_loss_would_keep_somebody_out() {
    let house = House::with(
        |settings| settings.customers.email_code = false,
        doorward_domain::policy::PolicySet::default(),
    )
    .await;
    house
        .given
        .person(Person::customer(house.given.workspace.id, EMAIL).with_app());
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let page = look(&house, &session).await;
    assert!(page.ways_back.without(Loss::Phone).is_empty());
    assert!(page.warnings.contains(&WayWarning::NothingWithout(Loss::Phone)));
}

#[tokio::test]
async fn it_warns_before_a_change_that_leaves_less_and_not_of_a_harmless_or_a_strangers_one() {
    let house = House::new().await;
    let id = house.given.workspace.id;
    let person = Person::customer(id, EMAIL)
        .also("claimed@example.com", false)
        .with_app()
        .with_passkey("Phone", true);
    house.given.person(person);
    house
        .given
        .person(Person::customer(id, "mia@example.com").with_passkey("Hers", true));
    let browser = house.browser();
    let flow = browser.at_second_step(EMAIL).await.flow;
    let session = signed_in(browser.second(flow, &house.app_code(0)).await).session;
    let passkeys = house.given.store.passkeys();
    // Without the synced passkey, and without backup codes, everything hangs on the phone.
    let own = warned(&house, &session, PlannedChange::RemovePasskey(passkeys[0].id)).await;
    assert!(own.contains(&WayWarning::NothingWithout(Loss::Phone)), "{own:?}");
    assert!(
        warned(&house, &session, PlannedChange::RemovePasskey(passkeys[1].id))
            .await
            .is_empty()
    );
    let claimed = id_of(&house, "claimed@example.com");
    assert!(
        warned(&house, &session, PlannedChange::RemoveEmail(claimed))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn it_says_what_a_password_is_good_for_and_when_nothing_gets_somebody_in() {
    let house = House::new().await;
    house.given.customer(EMAIL);
    let session = house.browser().enter(EMAIL).await.session;
    assert_eq!(look(&house, &session).await.password_use, PasswordUse::SignIn);
    house.given.owner("olga@example.com");
    let owner = house.browser().enter("olga@example.com").await.session;

    let mut workspace = house.given.workspace.clone();
    for audience in [&mut workspace.security.customers, &mut workspace.security.staff] {
        (audience.password, audience.email_code) = (false, false);
    }
    let account = house.auth.account();
    let page = account.security(&workspace, &session).await.unwrap().unwrap();
    assert_eq!(page.password_use, PasswordUse::None);
    assert_eq!(page.warnings, [WayWarning::NothingAtAll]);
    let page = account.security(&workspace, &owner).await.unwrap().unwrap();
    assert_eq!(page.password_use, PasswordUse::EmergencyDoor);
}
