//! C3: the rules of the door, changed key by key.

use doorward_auth::Acting;
use doorward_auth::workspace::change_settings::{ChangeHow, SettingChange, SettingProblem};
use doorward_auth::workspace::save_settings::SaveSettingsError;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ports::Workspaces as _;
use doorward_domain::settings::{SecuritySettings, SignUpRule};

use crate::house::House;

fn changes(pairs: &[(&str, &str)]) -> Vec<SettingChange> {
    pairs
        .iter()
        .map(|(key, value)| SettingChange {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        })
        .collect()
}

async fn change(house: &House, pairs: &[(&str, &str)]) -> Result<SecuritySettings, Vec<SettingProblem>> {
    let desk = house.auth.workspaces();
    let workspace = house.given.store.find(house.given.workspace.id).await.unwrap().unwrap();
    match desk
        .change_settings(&Acting::operator(), &workspace, &changes(pairs), ChangeHow::default())
        .await
    {
        Ok(saved) => Ok(saved.settings),
        Err(SaveSettingsError::Problems(problems)) => Err(problems),
        Err(other) => panic!("{other}"),
    }
}

async fn stored(house: &House) -> SecuritySettings {
    let found = house.given.store.find(house.given.workspace.id).await.unwrap();
    found.unwrap().security
}

#[tokio::test]
async fn c3_several_keys_change_together_and_the_change_is_audited() {
    let house = House::new().await;
    let pairs = [
        ("staff.two_factor_required", "true"),
        ("customers.email_code", "false"),
        ("staff.session_idle_seconds", "900"),
        ("sign_up", "example.com"),
    ];
    let told = change(&house, &pairs).await.unwrap();
    assert_eq!(stored(&house).await, told);
    assert!(told.staff.two_factor_required && !told.customers.email_code && !told.customers.two_factor_required);
    assert_eq!(told.staff.session_idle_seconds, 900);
    let domains = vec!["example.com".to_owned()];
    assert_eq!(told.sign_up, SignUpRule::Domains { domains });
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!((row.action, row.actor), (AuditAction::SettingsChanged, Actor::Operator));
}

#[tokio::test]
async fn c3_one_problem_keeps_all_of_it_from_being_changed_and_all_are_told() {
    let house = House::new().await;
    let before = stored(&house).await;
    let rows = house.given.store.audit_rows().len();
    let pairs = [
        ("customers.email_code", "false"),
        ("staff.two_factor", "true"),
        ("staff.passkey", "yes"),
        ("customers.password_min_length", "7"),
        ("staff.session_idle_seconds", "3601"),
        ("sign_up", "everyone"),
    ];
    let problems = change(&house, &pairs).await.unwrap_err();
    assert_eq!(
        problems,
        [
            SettingProblem::UnknownKey {
                key: "staff.two_factor".to_owned()
            },
            SettingProblem::Switch { key: "staff.passkey" },
            SettingProblem::Number {
                key: "customers.password_min_length",
                low: 8,
                high: 64
            },
            SettingProblem::Number {
                key: "staff.session_idle_seconds",
                low: 60,
                high: 3_600
            },
            SettingProblem::SignUp { key: "sign_up" },
        ]
    );
    assert_eq!(stored(&house).await, before);
    assert_eq!(house.given.store.audit_rows().len(), rows);
}

#[tokio::test]
async fn c3_the_staff_keep_a_way_in() {
    let house = House::new().await;
    assert!(change(&house, &[("staff.password", "false")]).await.is_ok());
    let both = [("staff.password", "false"), ("staff.passkey", "false")];
    assert_eq!(
        change(&house, &both).await.unwrap_err(),
        [SettingProblem::NoWayInForStaff]
    );
    assert!(stored(&house).await.staff.passkey);
    let instead = [both[0], both[1], ("staff.email_code", "true")];
    assert!(change(&house, &instead).await.is_ok());
}
