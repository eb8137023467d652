//! [`DoorSettings`](crate::ports::DoorSettings).

use std::time::Duration;

use super::support::{
    NOW, acme, another, customer, fresh_token, grant, is_live, later, mail, opening, phc, race, row, was_audited,
};
use super::{RACERS, StorePorts};
use crate::audit::{Actor, AuditEntry};
use crate::ids::{AuditId, WorkspaceId};
use crate::ports::{OpenSession, Opened, SettingsSaved, SettingsToSave};
use crate::provisional::{NewChange, Provisional, SettingsVersion, provisional_after};
use crate::settings::SecuritySettings;
use crate::time::Timestamp;
use crate::user::User;
use crate::workspace::Workspace;

/// The text of this file.
pub const SOURCE: &str = include_str!("door_settings.rs");

const LIFE: Duration = Duration::from_mins(10);

fn without_passwords() -> SecuritySettings {
    let mut settings = SecuritySettings::default();
    settings.staff.password = false;
    settings
}

fn change(workspace: &Workspace, settings: SecuritySettings, audit: &AuditEntry, now: Timestamp) -> SettingsToSave {
    let new = NewChange {
        change: audit.id,
        by: Actor::Operator,
        now,
        life: LIFE,
    };
    let pending = workspace.provisional.as_ref();
    SettingsToSave {
        from: SettingsVersion::of(&workspace.security),
        pending: pending.map(|pending| pending.change),
        provisional: provisional_after(&workspace.security, pending, &settings, new),
        settings,
        now,
    }
}

async fn found(store: &StorePorts, id: WorkspaceId) -> Workspace {
    store.workspaces.find(id).await.unwrap().unwrap()
}

/// A workspace whose settings are on trial since [`NOW`].
async fn on_trial(store: &StorePorts) -> (Workspace, Provisional) {
    let workspace = acme(store).await;
    let audit = row(workspace.id);
    let change = change(&workspace, without_passwords(), &audit, NOW);
    let saved = store.door_settings.save(workspace.id, change, audit).await.unwrap();
    assert_eq!(saved, SettingsSaved::Saved);
    let workspace = found(store, workspace.id).await;
    let trial = workspace.provisional.clone().unwrap();
    (workspace, trial)
}

/// `save` writes settings, what they fall back to, and the audit row, and moves the edition.
pub async fn what_is_saved_comes_back(store: &StorePorts) {
    let other = another(store, "other").await;
    let before = store.workspaces.edition();
    let (workspace, trial) = on_trial(store).await;
    assert_eq!(workspace.security, without_passwords());
    assert_eq!(*trial.previous, SecuritySettings::default());
    assert_eq!((trial.since, trial.until), (NOW, NOW.plus(LIFE)));
    assert_ne!(store.workspaces.edition(), before);
    assert_eq!(found(store, other.id).await, other);
    let audit = row(WorkspaceId::from_uuid(uuid::Uuid::from_u128(77)));
    let nowhere = change(&workspace, without_passwords(), &audit, NOW);
    let saved = store.door_settings.save(audit.workspace, nowhere, audit).await.unwrap();
    assert_eq!(saved, SettingsSaved::Unknown);
}

/// Of any number of parallel calls of `save` from one state, one is `Saved`.
pub async fn a_race_from_one_state_saves_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS.min(20), |n| {
        let (ports, workspace) = (store.clone(), workspace.clone());
        async move {
            let audit = row(workspace.id);
            let mut settings = workspace.security.clone();
            settings.customers.session_idle_seconds = 1_000 + u32::try_from(n).unwrap();
            let change = change(&workspace, settings.clone(), &audit, NOW);
            let saved = ports
                .door_settings
                .save(workspace.id, change, audit.clone())
                .await
                .unwrap();
            (saved, settings, audit)
        }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = said.iter().partition(|(saved, ..)| *saved == SettingsSaved::Saved);
    assert_eq!(won.len(), 1);
    assert_eq!(found(store, workspace.id).await.security, won[0].1);
    assert!(was_audited(store, &won[0].2).await);
    for (saved, _, audit) in lost {
        assert_eq!(*saved, SettingsSaved::Changed);
        assert!(!was_audited(store, audit).await);
    }
}

/// `save` is `Changed` where the trial is another one, and sees one that is over as what holds again.
pub async fn a_trial_is_part_of_the_state(store: &StorePorts) {
    let (workspace, trial) = on_trial(store).await;
    let audit = row(workspace.id);
    let mut unaware = change(&workspace, SecuritySettings::default(), &audit, NOW);
    unaware.pending = None;
    let said = store.door_settings.save(workspace.id, unaware, audit).await.unwrap();
    assert_eq!(said, SettingsSaved::Changed);

    let audit = row(workspace.id);
    let from_trial = change(&workspace, workspace.security.clone(), &audit, trial.until);
    let said = store.door_settings.save(workspace.id, from_trial, audit).await.unwrap();
    assert_eq!(said, SettingsSaved::Changed, "that state has undone itself");

    let (audit, now) = (row(workspace.id), workspace.clone().at(trial.until));
    let mut settings = now.security.clone();
    settings.portal_links = false;
    let from_what_holds = change(&now, settings.clone(), &audit, trial.until);
    let said = store
        .door_settings
        .save(workspace.id, from_what_holds, audit)
        .await
        .unwrap();
    assert_eq!(said, SettingsSaved::Saved);
    let kept = found(store, workspace.id).await;
    assert_eq!((kept.security, kept.provisional), (settings, None));
}

/// An opening of a session that has a trial hold for good.
async fn opening_that_confirms(
    store: &StorePorts,
    user: &User,
    change: AuditId,
    now: Timestamp,
) -> (OpenSession, AuditEntry) {
    let audit = AuditEntry {
        at: now,
        ..row(user.workspace)
    };
    let opening = OpenSession {
        confirms: Some((change, audit.clone())),
        ..opening(grant(store, user).await, fresh_token(), now)
    };
    (opening, audit)
}

/// `revert` touches only the trial that is named, and an opening confirms only that one, within its time; of any number in
/// parallel, one ends it.
pub async fn a_trial_ends_once(store: &StorePorts) {
    let (workspace, trial) = on_trial(store).await;
    let user = customer(store, &workspace, "ada@example.com").await;
    let settings = &store.door_settings;
    let other = row(workspace.id);
    assert!(
        !settings
            .revert(workspace.id, other.id, true, other.clone(), Vec::new())
            .await
            .unwrap()
    );
    for (change, now) in [(other.id, NOW), (trial.change, trial.until)] {
        let (opening, audit) = opening_that_confirms(store, &user, change, now).await;
        let opened = store.sessions.open(opening).await.unwrap();
        assert!(matches!(opened, Opened::Open(_)), "it takes nothing from the session");
        assert!(!was_audited(store, &audit).await);
    }
    let early = row(workspace.id);
    assert!(
        !settings
            .revert(workspace.id, trial.change, false, early, Vec::new())
            .await
            .unwrap()
    );
    assert_eq!(found(store, workspace.id).await, workspace, "nothing was touched");

    let before = store.workspaces.edition();
    let said = race(RACERS.min(20), |n| {
        let (ports, user, change) = (store.clone(), user.clone(), trial.change);
        async move {
            let confirms = n % 2 == 0;
            let ended = if confirms {
                let (opening, audit) = opening_that_confirms(&ports, &user, change, NOW).await;
                assert!(matches!(ports.sessions.open(opening).await.unwrap(), Opened::Open(_)));
                was_audited(&ports, &audit).await
            } else {
                let audit = row(user.workspace);
                let settings = &ports.door_settings;
                settings
                    .revert(user.workspace, change, true, audit, Vec::new())
                    .await
                    .unwrap()
            };
            (ended, confirms)
        }
    })
    .await;
    let ended: Vec<bool> = said
        .iter()
        .filter(|(ended, _)| *ended)
        .map(|(_, confirms)| *confirms)
        .collect();
    assert_eq!(ended.len(), 1);
    let kept = found(store, workspace.id).await;
    assert_eq!(kept.provisional, None);
    let expected = if ended[0] {
        without_passwords()
    } else {
        SecuritySettings::default()
    };
    assert_eq!(kept.security, expected);
    assert_ne!(store.workspaces.edition(), before);
}

/// An opening confirms with its session or not at all: where a row cannot be written, or nothing opens, the trial goes on.
pub async fn a_trial_is_confirmed_by_the_transaction_that_opens_the_session(store: &StorePorts) {
    let (workspace, trial) = on_trial(store).await;
    let user = customer(store, &workspace, "ada@example.com").await;
    let written = row(workspace.id);
    store.audit.append(written.clone()).await.unwrap();

    let (mut no_row, confirmed) = opening_that_confirms(store, &user, trial.change, NOW).await;
    no_row.audit = written.clone();
    let token = no_row.token;
    assert!(store.sessions.open(no_row).await.is_err());
    assert!(!is_live(store, &token, NOW).await && !was_audited(store, &confirmed).await);
    assert_eq!(found(store, workspace.id).await, workspace);

    let (mut no_end, _) = opening_that_confirms(store, &user, trial.change, NOW).await;
    no_end.confirms = Some((trial.change, written));
    let token = no_end.token;
    assert!(store.sessions.open(no_end).await.is_err());
    assert!(!is_live(store, &token, NOW).await);
    assert_eq!(found(store, workspace.id).await, workspace);

    let (stale, confirmed) = opening_that_confirms(store, &user, trial.change, NOW).await;
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("new"), None, Vec::new(), row(workspace.id));
    assert!(set.await.unwrap());
    assert_eq!(store.sessions.open(stale).await.unwrap(), Opened::CredentialsChanged);
    assert!(!was_audited(store, &confirmed).await);
    assert_eq!(found(store, workspace.id).await, workspace);

    let (opening, confirmed) = opening_that_confirms(store, &user, trial.change, NOW).await;
    assert!(matches!(store.sessions.open(opening).await.unwrap(), Opened::Open(_)));
    assert!(was_audited(store, &confirmed).await);
    let kept = found(store, workspace.id).await;
    assert_eq!((kept.security, kept.provisional), (without_passwords(), None));
}

/// `revert` puts back what is kept, with its row and mails; `overdue` names what waits for it.
pub async fn what_is_over_is_put_back_with_its_mails(store: &StorePorts) {
    let (workspace, trial) = on_trial(store).await;
    let settings = &store.door_settings;
    assert_eq!(settings.overdue(later(599), 10).await.unwrap(), []);
    assert_eq!(settings.overdue(trial.until, 10).await.unwrap(), [workspace.id]);
    let audit = AuditEntry {
        at: trial.until,
        ..row(workspace.id)
    };
    let told = mail(workspace.id, "ada@example.com", trial.until);
    let reverted = settings.revert(workspace.id, trial.change, false, audit.clone(), vec![told]);
    assert!(reverted.await.unwrap());
    let kept = found(store, workspace.id).await;
    assert_eq!((kept.security, kept.provisional), (SecuritySettings::default(), None));
    assert!(was_audited(store, &audit).await);
    let mails = super::support::mails_to(store, &workspace, "ada@example.com").await;
    assert_eq!(mails.len(), 1);
    assert_eq!(settings.overdue(later(100_000), 10).await.unwrap(), []);
}
