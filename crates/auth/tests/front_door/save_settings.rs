//! C3, R105: settings are saved only where an admin still gets in, and never over somebody else's change.

use std::time::Duration;

use doorward_auth::Acting;
use doorward_auth::workspace::preview_settings::LockedOut;
use doorward_auth::workspace::save_settings::{ProposedSettings, SaveSettingsError, SavedSettings};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ports::Workspaces as _;
use doorward_domain::provisional::SettingsVersion;
use doorward_domain::role::Rights;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::testing::FixedClock;
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::house::House;

fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: Rights::OPERATOR,
        client: None,
    }
}

fn with(workspace: &Workspace, change: impl FnOnce(&mut SecuritySettings)) -> ProposedSettings {
    let mut settings = workspace.security.clone();
    change(&mut settings);
    ProposedSettings::new(settings, Some(SettingsVersion::of(&workspace.security)))
}

async fn save(
    house: &House,
    acting: &Acting,
    workspace: &Workspace,
    proposed: ProposedSettings,
) -> Result<SavedSettings, SaveSettingsError> {
    house.auth.settings().save(acting, workspace, proposed).await
}

async fn stored(house: &House) -> Workspace {
    house.given.store.find(house.given.workspace.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn r105_what_shuts_every_admin_out_is_refused_and_changes_nothing() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let workspace = &house.given.workspace;
    let no_password = || with(workspace, |settings| settings.staff.password = false);
    let rows = house.given.store.audit_rows().len();
    for acting in [acting(&ada), Acting::operator()] {
        let said = save(&house, &acting, workspace, no_password()).await;
        let Err(SaveSettingsError::LockedOut(LockedOut::EveryAdmin { admins })) = said else {
            panic!("{said:?}")
        };
        assert_eq!(admins.iter().map(|admin| admin.user).collect::<Vec<_>>(), [ada.id]);
    }
    assert_eq!(stored(&house).await, *workspace);
    assert_eq!(house.given.store.audit_rows().len(), rows);

    let forced = ProposedSettings {
        even_if_locked_out: true,
        ..no_password()
    };
    let saved = save(&house, &Acting::operator(), workspace, forced).await.unwrap();
    assert!(!saved.settings.staff.password);
    assert_eq!(saved.provisional, None, "nobody could come in under it");
}

#[tokio::test]
async fn c3_a_change_to_how_admins_get_in_is_on_trial_and_no_other_is() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let for_customers = with(&house.given.workspace, |settings| settings.customers.email_code = false);
    let saved = save(&house, &acting(&ada), &house.given.workspace, for_customers)
        .await
        .unwrap();
    assert_eq!(saved.provisional, None);

    let workspace = stored(&house).await;
    let for_staff = with(&workspace, |settings| settings.staff.email_code = true);
    let saved = save(&house, &acting(&ada), &workspace, for_staff.clone())
        .await
        .unwrap();
    let trial = saved.provisional.unwrap();
    assert_eq!(trial.since, FixedClock::START);
    assert_eq!(trial.until, FixedClock::START.plus(Duration::from_mins(10)));
    assert_eq!(*trial.previous, workspace.security);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.actor, row.id),
        (AuditAction::SettingsChanged, Actor::User(ada.id), trial.change)
    );
    assert_eq!(row.detail.as_deref(), Some("staff.email_code: false -> true"));

    let on_trial = stored(&house).await;
    let at_once = ProposedSettings {
        at_once: true,
        ..with(&on_trial, |settings| settings.staff.hand_over = true)
    };
    let saved = save(&house, &Acting::operator(), &on_trial, at_once).await.unwrap();
    assert_eq!(saved.provisional, None, "the operator has `recover`");
}

#[tokio::test]
async fn c3_where_there_is_no_admin_to_come_in_a_change_holds_at_once() {
    let house = House::new().await;
    house.given.agent("bo@example.com");
    let proposed = with(&house.given.workspace, |settings| {
        settings.staff.two_factor_required = true;
    });
    let saved = save(&house, &Acting::operator(), &house.given.workspace, proposed)
        .await
        .unwrap();
    assert_eq!(saved.provisional, None);
}

#[tokio::test]
async fn c3_a_change_from_an_old_state_is_not_made() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let read = house.given.workspace.clone();
    let first = with(&read, |settings| settings.customers.email_code = false);
    save(&house, &acting(&ada), &read, first).await.unwrap();
    let second = with(&read, |settings| settings.customers.passkey = false);
    let said = save(&house, &acting(&ada), &read, second).await;
    let Err(SaveSettingsError::Changed { now }) = said else {
        panic!("{said:?}")
    };
    assert!(
        !now.customers.email_code && now.customers.passkey,
        "it tells what holds now"
    );
    assert_eq!(stored(&house).await.security, *now);
}

#[tokio::test]
async fn c3_nonsense_is_refused_whoever_put_it_together() {
    let house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let nonsense = with(&house.given.workspace, |settings| {
        settings.staff.password_min_length = 4;
        (settings.staff.password, settings.staff.passkey) = (false, false);
    });
    let said = save(&house, &acting(&ada), &house.given.workspace, nonsense).await;
    let Err(SaveSettingsError::Problems(problems)) = said else {
        panic!("{said:?}")
    };
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(stored(&house).await, house.given.workspace);
}
