//! Contracts of [`Factors`](crate::ports::Factors).

use super::support::{
    FIRST_STEP, NOW, acme, another, at_second_step, attempt, backup_set, begun, by_backup_code, by_step, customer,
    enabling, enrol, fresh_token, grant, grant_with, has_passkey, is_live, is_over, later, mail, mails_to, opening,
    pending_app, race, record_of, row, sent, session, signed_in, spent_row, user_id, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ports::{EnableApp, Opened};
use crate::second_factor::{AppFactor, BackupSet, FactorRecord, FactorSummary, PendingApp};
use crate::sign_in::SecondFactorVerified;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("factors.rs");

async fn factors(store: &StorePorts, user: &User) -> FactorRecord {
    store.factors.find(user.workspace, user.id).await.unwrap()
}

async fn begin(store: &StorePorts, user: &User, pending: &PendingApp) {
    let begun = store.factors.begin_app(user.workspace, user.id, pending.clone()).await;
    assert!(begun.unwrap());
}

async fn is_enabled(store: &StorePorts, enable: EnableApp) -> bool {
    let entry = row(enable.workspace);
    store.factors.enable_app(enable, entry).await.unwrap().is_some()
}

/// Whether that second factor still opens a session.
async fn opens(store: &StorePorts, user: &User, shown: Option<SecondFactorVerified>) -> bool {
    let wanted = opening(grant_with(store, user, shown).await, fresh_token(), NOW);
    match store.sessions.open(wanted).await.unwrap() {
        Opened::Open(_) => true,
        Opened::FactorSpent => false,
        Opened::CredentialsChanged | Opened::IdentityTaken => panic!("nothing changed in between"),
    }
}

/// Whoever set nothing up, or is nobody, has nothing.
pub async fn nothing_is_on_at_first(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert_eq!(factors(store, &user).await, FactorRecord::default());
    let nobody = store.factors.find(workspace.id, user_id()).await.unwrap();
    assert_eq!(nobody, FactorRecord::default());
    assert_eq!(record_of(store, &user).await.factors, FactorSummary::default());
}

/// An app that is being set up comes back as it was remembered, in place of one before; it is not on.
pub async fn a_pending_app_comes_back_and_takes_the_place_of_another(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    for pending in [pending_app(1), pending_app(2)] {
        begin(store, &user, &pending).await;
        let expected = FactorRecord {
            pending: Some(pending),
            ..FactorRecord::default()
        };
        assert_eq!(factors(store, &user).await, expected);
    }
    let record = record_of(store, &user).await;
    assert_eq!(
        (record.factors, record.credentials_version),
        (FactorSummary::default(), 1)
    );
    assert!(is_live(store, &session, NOW).await);
    for (place, id) in [(workspace.id, user_id()), (other.id, user.id)] {
        assert!(!store.factors.begin_app(place, id, pending_app(3)).await.unwrap());
    }
}

/// `enable_app` turns on the pending app with its backup codes, spends its step, raises the credentials version, and
/// writes notices and audit row.
pub async fn enabling_turns_on_the_pending_app(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let pending = pending_app(1);
    begin(store, &user, &pending).await;
    let before = record_of(store, &user).await.credentials_version;
    let entry = row(workspace.id);
    let enable = EnableApp {
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        only_at_version: Some(before),
        ..enabling(&user, pending.clone(), FIRST_STEP)
    };
    let backup = enable.backup.clone();
    let enabled = store.factors.enable_app(enable, entry.clone()).await.unwrap().unwrap();
    let record = record_of(store, &user).await;
    assert!(record.credentials_version > before);
    assert_eq!(enabled.credentials_version, record.credentials_version);
    assert_eq!((record.factors.app, record.factors.backup_codes_left), (true, 10));
    let mut found = factors(store, &user).await;
    let sorted = |set: &mut Option<BackupSet>| {
        if let Some(set) = set {
            set.left.sort_by_key(|digest| *digest.as_bytes());
        }
    };
    let mut expected = FactorRecord {
        app: Some(AppFactor {
            secret: Some(pending.secret.clone()),
            enabled_at: NOW,
        }),
        pending: None,
        last_step: Some(FIRST_STEP),
        backup: Some(backup),
    };
    sorted(&mut found.backup);
    sorted(&mut expected.backup);
    assert_eq!(found, expected);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
}

/// `enable_app` writes nothing if it cannot write all.
pub async fn enabling_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    begin(store, &user, &pending_app(1)).await;
    let (before, version) = (factors(store, &user).await, record_of(store, &user).await);
    let enable = EnableApp {
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        ..enabling(&user, pending_app(1), FIRST_STEP)
    };
    let spent = spent_row(store, &workspace).await;
    store.factors.enable_app(enable, spent).await.unwrap_err();
    assert_eq!(factors(store, &user).await, before);
    assert_eq!(record_of(store, &user).await, version);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
}

/// Only the very app that is pending is turned on, within its time, with a step that was never accepted, on the
/// credentials it was asked for; otherwise nothing changes.
pub async fn nothing_but_the_pending_app_is_turned_on(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert!(
        !is_enabled(store, enabling(&user, pending_app(1), 5)).await,
        "none is pending"
    );
    begin(store, &user, &pending_app(1)).await;
    let pending = pending_app(2);
    begin(store, &user, &pending).await;
    let session = signed_in(store, &user).await;
    let before = (factors(store, &user).await, record_of(store, &user).await);
    let right = || enabling(&user, pending.clone(), FIRST_STEP);
    let version = before.1.credentials_version;
    let refused = [
        ("the one before", enabling(&user, pending_app(1), FIRST_STEP)),
        (
            "too late",
            EnableApp {
                now: pending.expires_at,
                ..right()
            },
        ),
        (
            "other credentials",
            EnableApp {
                only_at_version: Some(version + 1),
                ..right()
            },
        ),
        (
            "elsewhere",
            EnableApp {
                workspace: other.id,
                ..right()
            },
        ),
        (
            "somebody else",
            EnableApp {
                user: user_id(),
                ..right()
            },
        ),
    ];
    for (why, enable) in refused {
        let enable = EnableApp {
            notices: vec![mail(workspace.id, "jo@example.com", NOW)],
            ..enable
        };
        assert!(!is_enabled(store, enable).await, "{why}");
        assert_eq!(factors(store, &user).await, before.0, "{why}");
    }
    assert_eq!(record_of(store, &user).await, before.1);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert!(is_enabled(store, right()).await);
    assert!(!is_enabled(store, right()).await, "once");
}

/// Of any number of parallel calls one turns the app on, and its backup codes are those that count.
pub async fn a_race_of_enablings_turns_on_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    begin(store, &user, &pending_app(1)).await;
    let before = record_of(store, &user).await.credentials_version;
    let wanted: Vec<EnableApp> = (0..RACERS)
        .map(|_| enabling(&user, pending_app(1), FIRST_STEP))
        .collect();
    let said = race(RACERS, |i| {
        let (ports, enable) = (store.clone(), wanted[i].clone());
        async move { is_enabled(&ports, enable).await }
    })
    .await;
    let winners: Vec<usize> = (0..RACERS).filter(|i| said[*i]).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(record_of(store, &user).await.credentials_version, before + 1);
    let left = factors(store, &user).await.backup.unwrap().left;
    assert_eq!(left.len(), 10);
    assert!(wanted[winners[0]].backup.left.iter().all(|code| left.contains(code)));
}

/// `enable_app` and `disable_app` end all sessions of the person but the kept one, and nobody else's; what was decided
/// before opens nothing.
pub async fn turning_on_or_off_ends_the_other_sessions(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = signed_in(store, &bystander).await;
    for on in [true, false] {
        let (kept, other) = (session(store, &user).await, session(store, &user).await);
        let stale = grant(store, &user).await;
        let before = record_of(store, &user).await.credentials_version;
        if on {
            begin(store, &user, &pending_app(1)).await;
            let enable = EnableApp {
                keep: Some(kept.id),
                ..enabling(&user, pending_app(1), FIRST_STEP)
            };
            assert!(is_enabled(store, enable).await);
        } else {
            let off = store
                .factors
                .disable_app(workspace.id, user.id, Some(kept.id), Vec::new(), row(workspace.id));
            assert!(off.await.unwrap());
        }
        assert!(record_of(store, &user).await.credentials_version > before);
        assert!(is_live(store, &kept.token, NOW).await, "on: {on}");
        assert!(!is_live(store, &other.token, NOW).await, "on: {on}");
        assert!(is_live(store, &theirs, NOW).await);
        let opened = store.sessions.open(opening(stale, fresh_token(), NOW)).await.unwrap();
        assert_eq!(opened, Opened::CredentialsChanged, "on: {on}");
    }
}

/// `disable_app` forgets the app and its backup codes and ends the person's attempts at the second step, no others; it
/// writes notices and audit row, and is `false` where no app is on.
pub async fn disabling_forgets_all_but_the_last_step(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let passkey = has_passkey(store, &user).await;
    enrol(store, &user).await;
    let (second_step, of_bystander) = (at_second_step(&user), at_second_step(&bystander));
    begun(store, &second_step).await;
    begun(store, &of_bystander).await;
    let first_step = attempt(&workspace, "jo@example.com");
    sent(store, &first_step).await;
    let notices = || vec![mail(workspace.id, "jo@example.com", NOW)];
    let entry = row(workspace.id);
    let off = store
        .factors
        .disable_app(workspace.id, user.id, None, notices(), entry.clone());
    assert!(off.await.unwrap());
    let expected = FactorRecord {
        last_step: Some(FIRST_STEP),
        ..FactorRecord::default()
    };
    assert_eq!(factors(store, &user).await, expected);
    assert!(is_over(store, &second_step).await);
    assert!(!is_over(store, &of_bystander).await && !is_over(store, &first_step).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
    let record = record_of(store, &user).await;
    assert_eq!((record.factors.app, record.factors.passkeys), (false, 1));
    let kept = store.passkeys.list(workspace.id, user.id).await.unwrap();
    assert_eq!(kept, [passkey], "a passkey is no part of it");

    enrol_again(store, &bystander).await;
    for (place, id) in [
        (workspace.id, user.id),
        (other.id, bystander.id),
        (workspace.id, user_id()),
    ] {
        let off = store.factors.disable_app(place, id, None, notices(), row(place));
        assert!(!off.await.unwrap());
    }
    assert_eq!(record_of(store, &user).await, record);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
}

async fn enrol_again(store: &StorePorts, user: &User) {
    begin(store, user, &pending_app(9)).await;
    assert!(is_enabled(store, enabling(user, pending_app(9), FIRST_STEP + 50)).await);
}

/// `disable_app` and `replace_backup_codes` write nothing if they cannot write all.
pub async fn changes_of_what_is_on_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let session = signed_in(store, &user).await;
    let second_step = at_second_step(&user);
    begun(store, &second_step).await;
    let before = (factors(store, &user).await, record_of(store, &user).await);
    let spent = spent_row(store, &workspace).await;
    let notices = || vec![mail(workspace.id, "jo@example.com", NOW)];
    let off = store
        .factors
        .disable_app(workspace.id, user.id, None, notices(), spent.clone());
    off.await.unwrap_err();
    let renewed = store
        .factors
        .replace_backup_codes(workspace.id, user.id, backup_set(), notices(), spent);
    renewed.await.unwrap_err();
    assert_eq!((factors(store, &user).await, record_of(store, &user).await), before);
    assert!(is_live(store, &session, NOW).await);
    assert!(!is_over(store, &second_step).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
}

/// The last accepted step outlives turning the app off, and binding another one: no code of an earlier step is ever
/// accepted again (R70).
pub async fn the_last_step_outlives_a_new_binding(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    assert!(opens(store, &user, by_step(&user, FIRST_STEP + 7)).await);
    let off = store
        .factors
        .disable_app(workspace.id, user.id, None, Vec::new(), row(workspace.id));
    assert!(off.await.unwrap());
    begin(store, &user, &pending_app(2)).await;
    for step in [FIRST_STEP, FIRST_STEP + 6, FIRST_STEP + 7] {
        assert!(
            !is_enabled(store, enabling(&user, pending_app(2), step)).await,
            "{step}"
        );
    }
    assert!(is_enabled(store, enabling(&user, pending_app(2), FIRST_STEP + 8)).await);
    for step in [FIRST_STEP + 7, FIRST_STEP + 8] {
        assert!(!opens(store, &user, by_step(&user, step)).await, "{step}");
    }
    assert!(opens(store, &user, by_step(&user, FIRST_STEP + 9)).await);

    begin(store, &user, &pending_app(3)).await;
    assert!(!is_enabled(store, enabling(&user, pending_app(3), FIRST_STEP + 9)).await);
    assert!(is_enabled(store, enabling(&user, pending_app(3), FIRST_STEP + 10)).await);
    let bound = factors(store, &user).await.app.unwrap();
    assert_eq!(
        bound.secret,
        Some(pending_app(3).secret),
        "in place of the one that was on"
    );
}

/// A new set of backup codes voids the old one, with notices and audit row; `false` where no app is on.
pub async fn new_backup_codes_void_the_old(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &customer(store, &workspace, "mo@example.com").await).await;
    let renew = async |place, id, set| {
        let notices = vec![mail(workspace.id, "jo@example.com", NOW)];
        let renewed = store.factors.replace_backup_codes(place, id, set, notices, row(place));
        renewed.await.unwrap()
    };
    assert!(!renew(workspace.id, user.id, backup_set()).await, "no app is on");
    let old = enrol(store, &user).await;
    assert!(opens(store, &user, by_backup_code(&user, old.left[0])).await);
    assert!(!renew(other.id, user.id, backup_set()).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    let new = backup_set();
    assert!(renew(workspace.id, user.id, new.clone()).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert_eq!(record_of(store, &user).await.factors.backup_codes_left, 10);
    assert_eq!(factors(store, &user).await.backup.unwrap().recipe, new.recipe);
    for code in &old.left {
        assert!(!opens(store, &user, by_backup_code(&user, *code)).await);
    }
    assert!(opens(store, &user, by_backup_code(&user, new.left[9])).await);
    assert!(is_live(store, &session, NOW).await);
}

/// Second factors of people, and of workspaces, are apart.
pub async fn factors_of_people_are_apart(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let people = [
        customer(store, &workspace, "jo@example.com").await,
        customer(store, &workspace, "mo@example.com").await,
        customer(store, &other, "jo@example.com").await,
    ];
    for (seed, user) in (1..).zip(&people) {
        begin(store, user, &pending_app(seed)).await;
        assert!(is_enabled(store, enabling(user, pending_app(seed), FIRST_STEP)).await);
    }
    for (seed, user) in (1..).zip(&people) {
        let own = factors(store, user).await;
        assert_eq!(own.app.unwrap().secret, Some(pending_app(seed).secret));
    }
    let crossed = store.factors.find(other.id, people[0].id).await.unwrap();
    assert_eq!(crossed, FactorRecord::default());
    let theirs = factors(store, &people[1]).await.backup.unwrap();
    assert!(
        !opens(store, &people[0], by_backup_code(&people[0], theirs.left[0])).await,
        "somebody else's backup code"
    );
    assert_eq!(factors(store, &people[1]).await.backup.unwrap().left.len(), 10);
}

/// What the rules see of somebody's factors comes with the look-up of the sign-in.
pub async fn the_look_up_of_a_sign_in_tells_the_factors(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let backup = enrol(store, &user).await;
    assert!(opens(store, &user, by_backup_code(&user, backup.left[3])).await);
    has_passkey(store, &user).await;
    let mut synced = super::support::passkey_of(&user);
    synced.synced = true;
    let added = store.passkeys.add(synced, 20, Vec::new(), row(workspace.id)).await;
    added.unwrap();
    let expected = FactorSummary {
        app: true,
        backup_codes_left: 9,
        passkeys: 2,
        synced_passkeys: 1,
    };
    let key = user.primary_email().unwrap().address.key();
    let by_address = store.users.find_for_sign_in(workspace.id, &key).await.unwrap().unwrap();
    assert_eq!(by_address.factors, expected);
    assert_eq!(record_of(store, &user).await.factors, expected);
    assert_eq!(record_of(store, &bystander).await.factors, FactorSummary::default());
    begin(
        store,
        &bystander,
        &PendingApp {
            expires_at: later(1),
            ..pending_app(4)
        },
    )
    .await;
    assert_eq!(record_of(store, &bystander).await.factors, FactorSummary::default());
}
