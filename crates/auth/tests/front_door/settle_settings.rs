//! C3: settings on trial hold for good once an admin has come in under them, and else undo themselves.

use std::time::Duration;

use doorward_auth::Acting;
use doorward_auth::workspace::save_settings::ProposedSettings;
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ports::Workspaces as _;
use doorward_domain::provisional::SettingsVersion;
use doorward_domain::role::{Rights, Role};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::testing::{PASSWORD, Person};
use doorward_domain::user::User;
use doorward_domain::workspace::Workspace;

use crate::house::{House, sent, signed_in};

fn acting(user: &User) -> Acting {
    Acting {
        actor: Actor::User(user.id),
        rights: Rights::OPERATOR,
        client: None,
    }
}

async fn stored(house: &House) -> Workspace {
    house.given.store.find(house.given.workspace.id).await.unwrap().unwrap()
}

/// A house whose owner opened emailed codes for the staff, on trial since its beginning.
async fn on_trial() -> (House, User) {
    let mut house = House::new().await;
    let ada = house.given.owner("ada@example.com");
    let mut settings = house.given.workspace.security.clone();
    settings.staff.email_code = true;
    let from = Some(SettingsVersion::of(&house.given.workspace.security));
    let proposed = ProposedSettings::new(settings, from);
    let settings = house.auth.settings();
    let saved = settings
        .save(&acting(&ada), &house.given.workspace, proposed)
        .await
        .unwrap();
    assert!(saved.provisional.is_some());
    house.given.workspace = stored(&house).await;
    (house, ada)
}

fn before() -> SecuritySettings {
    SecuritySettings::default()
}

#[tokio::test]
async fn c3_a_fresh_sign_in_of_an_admin_has_them_hold_for_good() {
    let (house, ada) = on_trial().await;
    house.browser().enter("ada@example.com").await;
    let kept = stored(&house).await;
    assert_eq!(kept.provisional, None);
    assert!(kept.security.staff.email_code);
    let rows = house.given.store.audit_rows();
    let row = rows.iter().find(|row| row.action == AuditAction::SettingsConfirmed);
    assert_eq!(row.map(|row| &row.actor), Some(&Actor::User(ada.id)));
    house.clock.advance(Duration::from_mins(11));
    assert_eq!(house.auth.settings().settle().await.unwrap(), 0);
    assert!(stored(&house).await.security.staff.email_code);
}

#[tokio::test]
async fn c3_the_way_that_was_opened_confirms_it_as_well() {
    let (house, _) = on_trial().await;
    let browser = house.browser();
    let flow = sent(browser.ask_code("ada@example.com").await).flow;
    let code = house.given.store.last_code_to("ada@example.com").unwrap();
    signed_in(browser.redeem(flow, &code).await);
    assert_eq!(stored(&house).await.provisional, None);
}

#[tokio::test]
async fn c3_neither_the_backup_door_nor_anybody_else_confirms_it() {
    let (house, _) = on_trial().await;
    let workspace = house.given.workspace.id;
    house.given.agent("bo@example.com");
    house.given.customer("jo@example.com");
    house.given.person(
        Person::customer(workspace, "cy@example.com")
            .role(Role::Admin)
            .disabled(),
    );
    house.browser().enter("bo@example.com").await;
    house.browser().enter("jo@example.com").await;
    house.browser().password("cy@example.com", PASSWORD).await;
    house.browser().password("ada@example.com", "not the password").await;
    signed_in(house.browser().backup_login("ada@example.com", PASSWORD).await);
    assert!(stored(&house).await.provisional.is_some());
}

#[tokio::test]
async fn c3_without_an_admin_they_undo_themselves_and_all_admins_are_told() {
    let (house, ada) = on_trial().await;
    let bob = house
        .given
        .person(Person::customer(house.given.workspace.id, "bob@example.com").role(Role::Admin));
    house.clock.advance(Duration::from_secs(599));
    assert_eq!(house.auth.settings().settle().await.unwrap(), 0);
    house.clock.advance(Duration::from_secs(1));
    // At once, though nothing is written yet.
    assert_eq!(stored(&house).await.at(house.auth.now()).security, before());
    // Too late for the trial, and by a state that was read before its end.
    house.browser().enter("ada@example.com").await;
    assert!(stored(&house).await.provisional.is_some());

    assert_eq!(house.auth.settings().settle().await.unwrap(), 1);
    let kept = stored(&house).await;
    assert_eq!((&kept.security, &kept.provisional), (&before(), &None));
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!((row.action, row.actor), (AuditAction::SettingsReverted, Actor::Server));
    for email in ["ada@example.com", "bob@example.com"] {
        assert!(house.kinds_to(email).contains(&"settings-reverted"), "{email}");
    }
    assert_eq!(house.auth.settings().settle().await.unwrap(), 0, "once");
    let _ = (ada, bob);
}

#[tokio::test]
async fn c3_an_admin_undoes_them_at_once() {
    let (house, ada) = on_trial().await;
    let settings = house.auth.settings();
    assert!(settings.undo(&acting(&ada), &house.given.workspace).await.unwrap());
    let kept = stored(&house).await;
    assert_eq!((&kept.security, &kept.provisional), (&before(), &None));
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.actor),
        (AuditAction::SettingsReverted, Actor::User(ada.id))
    );
    assert!(!settings.undo(&acting(&ada), &kept).await.unwrap());
}

#[tokio::test]
async fn c3_a_save_after_the_end_writes_the_undoing_down_first() {
    let (house, ada) = on_trial().await;
    house.clock.advance(Duration::from_mins(10));
    let now = stored(&house).await.at(house.auth.now());
    let mut settings = now.security.clone();
    settings.portal_links = false;
    let proposed = ProposedSettings::new(settings.clone(), Some(SettingsVersion::of(&now.security)));
    house.auth.settings().save(&acting(&ada), &now, proposed).await.unwrap();
    assert_eq!(stored(&house).await.security, settings);
    assert_eq!(house.audited(AuditAction::SettingsReverted), 1);
    assert!(house.kinds_to("ada@example.com").contains(&"settings-reverted"));
}
