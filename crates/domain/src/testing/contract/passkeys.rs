//! Contracts of [`Passkeys`](crate::ports::Passkeys).

use super::support::{
    NOW, acme, another, by_passkey, customer, fresh_token, grant, grant_with, has_passkey, is_live, later, mail,
    mails_to, opening, passkey_of, race, record_of, row, session, signed_in, spent_row, user_id, uuid, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::{CeremonyId, FlowId, PasskeyId, SessionId};
use crate::passkey::{Ceremony, CeremonyPurpose, Passkey};
use crate::ports::{Opened, PasskeyAdded};
use crate::return_to::ReturnTo;
use crate::sign_in::{Binding, SecondFactorVerified};
use crate::time::Timestamp;
use crate::user::User;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("passkeys.rs");

async fn add(store: &StorePorts, passkey: &Passkey, limit: u32) -> PasskeyAdded {
    let entry = row(passkey.workspace);
    store
        .passkeys
        .add(passkey.clone(), limit, Vec::new(), entry)
        .await
        .unwrap()
}

async fn list(store: &StorePorts, user: &User) -> Vec<Passkey> {
    store.passkeys.list(user.workspace, user.id).await.unwrap()
}

fn ceremony(workspace: &Workspace, purpose: CeremonyPurpose) -> Ceremony {
    Ceremony {
        id: CeremonyId::from_uuid(uuid()),
        workspace: workspace.id,
        binding: Binding::Browser(fresh_token()),
        purpose,
        state: r#"{"challenge":"\u2603"}"#.to_owned(),
        expires_at: later(300),
    }
}

fn signing_in(workspace: &Workspace) -> Ceremony {
    let return_to = ReturnTo::parse("/tickets/42");
    ceremony(workspace, CeremonyPurpose::SignIn { return_to })
}

async fn take(store: &StorePorts, ceremony: &Ceremony, now: Timestamp) -> Option<Ceremony> {
    let taken = store
        .passkeys
        .take(ceremony.workspace, ceremony.id, ceremony.binding, now);
    taken.await.unwrap()
}

/// Passkeys come back as they were added, oldest first, by person and by credential, in their own workspace only.
pub async fn passkeys_come_back_as_they_were_added(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    has_passkey(store, &bystander).await;
    let mut expected = Vec::new();
    for (n, name) in (0_u8..).zip(["Phone", "Key \u{2603}", ""]) {
        let passkey = Passkey {
            credential: vec![0, 255, n],
            state: format!(r#"{{"counter":{n}}}"#),
            name: name.to_owned(),
            synced: n == 1,
            created_at: later(u64::from(10 - n)),
            last_used_at: (n == 2).then_some(later(20)),
            ..passkey_of(&user)
        };
        assert_eq!(add(store, &passkey, 20).await, PasskeyAdded::Added);
        let found = store.passkeys.find(workspace.id, &passkey.credential).await.unwrap();
        assert_eq!(found.as_ref(), Some(&passkey));
        let elsewhere = store.passkeys.find(other.id, &passkey.credential).await.unwrap();
        assert_eq!(elsewhere, None);
        expected.insert(0, passkey);
    }
    assert_eq!(list(store, &user).await, expected);
    assert_eq!(store.passkeys.list(other.id, user.id).await.unwrap(), []);
    assert_eq!(store.passkeys.find(workspace.id, &[0, 255]).await.unwrap(), None);
}

/// `add` writes notices and audit row with the passkey, and nothing if it cannot write all.
pub async fn adding_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let notices = || vec![mail(workspace.id, "jo@example.com", NOW)];
    let spent = spent_row(store, &workspace).await;
    let failed = store.passkeys.add(passkey_of(&user), 20, notices(), spent);
    failed.await.unwrap_err();
    assert_eq!(list(store, &user).await, []);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    let entry = row(workspace.id);
    let added = store.passkeys.add(passkey_of(&user), 20, notices(), entry.clone());
    assert_eq!(added.await.unwrap(), PasskeyAdded::Added);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
}

/// A credential is at one person of a workspace, nobody has more than the limit, and somebody who is gone gets none;
/// then nothing is written.
pub async fn what_may_not_be_added_changes_nothing(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let elsewhere = customer(store, &other, "jo@example.com").await;
    let first = has_passkey(store, &user).await;
    let same = |user: &User| Passkey {
        credential: first.credential.clone(),
        ..passkey_of(user)
    };
    let gone = Passkey {
        user: user_id(),
        ..passkey_of(&user)
    };
    let crossed = Passkey {
        workspace: other.id,
        ..passkey_of(&user)
    };
    for (passkey, limit, expected) in [
        (same(&user), 20, PasskeyAdded::Known),
        (same(&bystander), 20, PasskeyAdded::Known),
        (passkey_of(&user), 1, PasskeyAdded::TooMany),
        (gone, 20, PasskeyAdded::NobodyThere),
        (crossed, 20, PasskeyAdded::NobodyThere),
    ] {
        let notices = vec![mail(workspace.id, "jo@example.com", NOW)];
        let entry = row(passkey.workspace);
        let said = store.passkeys.add(passkey, limit, notices, entry.clone()).await;
        assert_eq!(said.unwrap(), expected);
        assert!(!was_audited(store, &entry).await, "{expected:?}");
    }
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert_eq!(list(store, &user).await, std::slice::from_ref(&first));
    assert_eq!(list(store, &bystander).await, []);
    assert_eq!(add(store, &same(&elsewhere), 20).await, PasskeyAdded::Added);
    let kept = store.passkeys.find(workspace.id, &first.credential).await.unwrap();
    assert_eq!(kept, Some(first), "workspaces know nothing of each other");
}

/// Of any number of parallel calls with one credential one adds it.
pub async fn a_race_for_one_credential_adds_it_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let people = [
        customer(store, &workspace, "jo@example.com").await,
        customer(store, &workspace, "mo@example.com").await,
    ];
    let credential = uuid().as_bytes().to_vec();
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let passkey = Passkey {
            credential: credential.clone(),
            ..passkey_of(&people[i % 2])
        };
        async move { add(&ports, &passkey, 1_000).await }
    })
    .await;
    let added = said.iter().filter(|said| **said == PasskeyAdded::Added);
    assert_eq!(added.count(), 1);
    assert!(
        said.iter()
            .all(|said| matches!(said, PasskeyAdded::Added | PasskeyAdded::Known))
    );
    assert_eq!(
        list(store, &people[0]).await.len() + list(store, &people[1]).await.len(),
        1
    );
}

/// However many are added at once, no more than the limit stay.
pub async fn a_race_of_additions_stays_within_the_limit(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let said = race(RACERS, |_| {
        let (ports, passkey) = (store.clone(), passkey_of(&user));
        async move { add(&ports, &passkey, 5).await }
    })
    .await;
    let added = said.iter().filter(|said| **said == PasskeyAdded::Added);
    assert_eq!(added.count(), 5);
    assert_eq!(list(store, &user).await.len(), 5);
}

/// `rename` renames one of theirs and nothing else.
pub async fn renaming_is_for_ones_own(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (first, second) = (has_passkey(store, &user).await, has_passkey(store, &user).await);
    let session = signed_in(store, &user).await;
    let version = record_of(store, &user).await.credentials_version;
    let rename = async |place, whose, id, entry| {
        let renamed = store.passkeys.rename(place, whose, id, "Laptop".to_owned(), entry);
        renamed.await.unwrap()
    };
    for (place, whose, id) in [
        (workspace.id, bystander.id, first.id),
        (other.id, user.id, first.id),
        (workspace.id, user.id, PasskeyId::from_uuid(uuid())),
    ] {
        assert!(!rename(place, whose, id, row(place)).await);
    }
    let entry = row(workspace.id);
    assert!(rename(workspace.id, user.id, first.id, entry.clone()).await);
    assert!(was_audited(store, &entry).await);
    let renamed = Passkey {
        name: "Laptop".to_owned(),
        ..first
    };
    assert_eq!(list(store, &user).await, [renamed, second]);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(record_of(store, &user).await.credentials_version, version);
}

/// `remove` removes one of theirs, raises the credentials version, ends all sessions but the kept one, and writes
/// notices and audit row; a removed passkey opens nothing any more.
pub async fn a_removed_passkey_opens_nothing(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (removed, stays) = (has_passkey(store, &user).await, has_passkey(store, &user).await);
    let (kept, ended) = (session(store, &user).await, session(store, &user).await);
    let theirs = signed_in(store, &bystander).await;
    let stale = grant(store, &user).await;
    let before = record_of(store, &user).await;
    let remove = async |place, whose, id, keep, entry| {
        let notices = vec![mail(workspace.id, "jo@example.com", NOW)];
        let removed = store.passkeys.remove(place, whose, id, keep, notices, entry);
        removed.await.unwrap()
    };
    for (place, whose, id) in [
        (workspace.id, bystander.id, removed.id),
        (other.id, user.id, removed.id),
        (workspace.id, user.id, PasskeyId::from_uuid(uuid())),
    ] {
        assert!(!remove(place, whose, id, None, row(place)).await);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    let entry = row(workspace.id);
    assert!(remove(workspace.id, user.id, removed.id, Some(kept.id), entry.clone()).await);
    assert!(was_audited(store, &entry).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert_eq!(list(store, &user).await, [stays]);
    let found = store.passkeys.find(workspace.id, &removed.credential).await.unwrap();
    assert_eq!(found, None);
    assert!(is_live(store, &kept.token, NOW).await && is_live(store, &theirs, NOW).await);
    assert!(!is_live(store, &ended.token, NOW).await);
    let after = record_of(store, &user).await;
    assert!(after.credentials_version > before.credentials_version);
    assert_eq!(after.factors.passkeys, 1);
    let opened = store.sessions.open(opening(stale, fresh_token(), NOW)).await;
    assert_eq!(opened.unwrap(), Opened::CredentialsChanged);
    let shown = SecondFactorVerified::by_passkey(by_passkey(&removed, "{}", false));
    let wanted = opening(grant_with(store, &user, Some(shown)).await, fresh_token(), NOW);
    assert_eq!(store.sessions.open(wanted).await.unwrap(), Opened::FactorSpent);
    assert!(
        !remove(workspace.id, user.id, removed.id, None, row(workspace.id)).await,
        "again"
    );
}

/// `remove` and `rename` write nothing if they cannot write all.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let passkey = has_passkey(store, &user).await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let spent = spent_row(store, &workspace).await;
    let notices = vec![mail(workspace.id, "jo@example.com", NOW)];
    let removed = store
        .passkeys
        .remove(workspace.id, user.id, passkey.id, None, notices, spent.clone());
    removed.await.unwrap_err();
    let name = "Laptop".to_owned();
    let renamed = store.passkeys.rename(workspace.id, user.id, passkey.id, name, spent);
    renamed.await.unwrap_err();
    assert_eq!(list(store, &user).await, [passkey]);
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
}

/// A round comes back as it was begun, for whatever it is.
pub async fn rounds_come_back_as_they_were_begun(store: &StorePorts) {
    let workspace = acme(store).await;
    let (user, session) = (user_id(), SessionId::from_uuid(uuid()));
    let flow = FlowId::from_uuid(uuid());
    for purpose in [
        CeremonyPurpose::SignIn {
            return_to: ReturnTo::parse("/tickets/42?tab=all"),
        },
        CeremonyPurpose::SecondFactor { flow },
        CeremonyPurpose::Add { user, session },
        CeremonyPurpose::FreshProof { user, session },
    ] {
        for binding in [Binding::Browser(fresh_token()), Binding::Bearer] {
            let round = Ceremony {
                binding,
                ..ceremony(&workspace, purpose.clone())
            };
            store.passkeys.begin(round.clone()).await.unwrap();
            let taken = take(store, &round, NOW).await;
            assert!(taken.as_ref() == Some(&round), "{taken:?}");
        }
    }
}

/// A round is handed out once, of any number of parallel calls to one.
pub async fn a_race_for_one_round_hands_it_out_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let round = signing_in(&workspace);
    store.passkeys.begin(round.clone()).await.unwrap();
    let said = race(RACERS, |_| {
        let (ports, round) = (store.clone(), round.clone());
        async move { take(&ports, &round, NOW).await.is_some() }
    })
    .await;
    assert_eq!(said.into_iter().filter(|taken| *taken).count(), 1);
    assert!(take(store, &round, NOW).await.is_none());
}

/// A round is handed out to its own workspace and browser or app only, and not past its life; who asks in vain spends
/// nothing.
pub async fn a_round_is_handed_out_to_its_own_only(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let round = signing_in(&workspace);
    let of_an_app = Ceremony {
        binding: Binding::Bearer,
        ..signing_in(&workspace)
    };
    store.passkeys.begin(round.clone()).await.unwrap();
    store.passkeys.begin(of_an_app.clone()).await.unwrap();
    for foreign in [
        Ceremony {
            workspace: other.id,
            ..round.clone()
        },
        Ceremony {
            binding: Binding::Browser(fresh_token()),
            ..round.clone()
        },
        Ceremony {
            binding: Binding::Bearer,
            ..round.clone()
        },
        Ceremony {
            id: CeremonyId::from_uuid(uuid()),
            ..round.clone()
        },
        Ceremony {
            binding: round.binding,
            ..of_an_app.clone()
        },
    ] {
        assert!(take(store, &foreign, NOW).await.is_none(), "{foreign:?}");
    }
    for round in [round, of_an_app] {
        assert!(take(store, &round, round.expires_at).await.is_none(), "past its life");
        assert!(take(store, &round, later(299)).await.is_some());
    }
}

/// `sweep` removes rounds that are over and leaves live ones.
pub async fn sweep_removes_rounds_that_are_over(store: &StorePorts) {
    let workspace = acme(store).await;
    let over = signing_in(&workspace);
    let live = Ceremony {
        expires_at: later(301),
        ..signing_in(&workspace)
    };
    store.passkeys.begin(over.clone()).await.unwrap();
    store.passkeys.begin(live.clone()).await.unwrap();
    assert_eq!(store.passkeys.sweep(later(299)).await.unwrap(), 0);
    assert_eq!(store.passkeys.sweep(later(300)).await.unwrap(), 1);
    assert!(take(store, &over, NOW).await.is_none());
    assert!(take(store, &live, later(300)).await.is_some());
}
