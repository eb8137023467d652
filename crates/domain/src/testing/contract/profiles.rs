//! Contracts of [`Profiles`](crate::ports::Profiles).

use super::StorePorts;
use super::support::{
    NOW, acme, another, customer, is_live, later, record_of, row, signed_in, spent_row, user_id, was_audited,
};
use crate::picture::Picture;
use crate::secret::TokenDigest;
use crate::user::{Profile, User};

/// The source of this suite.
pub const SOURCE: &str = include_str!("profiles.rs");

fn profile(name: &str, language: Option<&str>, time_zone: Option<&str>) -> Profile {
    Profile {
        name: name.to_owned(),
        language: language.map(str::to_owned),
        time_zone: time_zone.map(str::to_owned),
    }
}

async fn told(store: &StorePorts, session: &TokenDigest) -> Profile {
    assert!(is_live(store, session, NOW).await);
    let view = store.sessions.check(session, NOW).await.unwrap().unwrap();
    profile(&view.name, view.language.as_deref(), view.time_zone.as_deref())
}

async fn saved(store: &StorePorts, user: &User) -> Profile {
    let user = record_of(store, user).await.user;
    profile(&user.name, user.language.as_deref(), user.time_zone.as_deref())
}

/// What is saved is what the very next session check tells, and the look-ups, of that person and of nobody else.
pub async fn what_is_saved_is_what_the_next_check_tells(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let sessions = [signed_in(store, &user).await, signed_in(store, &user).await];
    let theirs = signed_in(store, &bystander).await;
    let before = record_of(store, &user).await;
    for wanted in [
        profile("Jo \u{2603} Doe", Some("ar"), Some("Europe/Berlin")),
        profile("Jo", None, None),
    ] {
        let entry = row(workspace.id);
        let said = store
            .profiles
            .save(workspace.id, user.id, wanted.clone(), entry.clone())
            .await;
        assert!(said.unwrap());
        for session in &sessions {
            assert_eq!(told(store, session).await, wanted);
        }
        assert_eq!(saved(store, &user).await, wanted);
        assert!(was_audited(store, &entry).await);
    }
    assert_eq!(told(store, &theirs).await, profile("mo", None, None));
    let after = record_of(store, &user).await;
    assert_eq!(
        (after.user.emails, after.password, after.credentials_version),
        (before.user.emails, before.password, before.credentials_version)
    );
    let found = crate::ports::UserQuery {
        text: Some("\u{2603}".to_owned()),
        filter: crate::people_search::UserFilter::default(),
        after: None,
        limit: 10,
    };
    assert_eq!(
        store.users.search(workspace.id, found).await.unwrap(),
        [],
        "the name before finds nobody"
    );
}

/// A name that is taken away leaves the local part of the address to call them by.
pub async fn somebody_without_a_name_is_called_by_their_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo.doe@example.com").await;
    let session = signed_in(store, &user).await;
    let said = store
        .profiles
        .save(workspace.id, user.id, profile("", None, None), row(workspace.id));
    assert!(said.await.unwrap());
    assert_eq!(told(store, &session).await.name, "jo.doe");
}

/// A picture comes back as it was set, with the time of it on the person; another takes its place, and none removes it.
pub async fn a_picture_comes_back_as_it_was_set(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let picture = |n: u8| Picture {
        png: vec![n; 70_000],
        set_at: later(u64::from(n)),
    };
    for wanted in [Some(picture(1)), Some(picture(2)), None, Some(picture(0))] {
        let entry = row(workspace.id);
        let said = store
            .profiles
            .set_picture(workspace.id, user.id, wanted.clone(), entry.clone());
        assert!(said.await.unwrap());
        assert!(was_audited(store, &entry).await);
        let set_at = wanted.as_ref().map(|picture| picture.set_at);
        assert_eq!(store.profiles.picture(workspace.id, user.id).await.unwrap(), wanted);
        assert_eq!(record_of(store, &user).await.user.picture_at, set_at);
    }
    assert_eq!(store.profiles.picture(workspace.id, bystander.id).await.unwrap(), None);
    assert_eq!(store.profiles.picture(other.id, user.id).await.unwrap(), None);
    assert_eq!(record_of(store, &bystander).await.user.picture_at, None);
}

/// Changes of somebody who is not there, or not in that workspace, are `false`.
pub async fn changes_of_nobody_are_false(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = record_of(store, &user).await;
    for (place, id) in [(workspace.id, user_id()), (other.id, user.id)] {
        let said = store.profiles.save(place, id, profile("Eve", None, None), row(place));
        assert!(!said.await.unwrap());
        let picture = Picture {
            png: vec![1],
            set_at: NOW,
        };
        let said = store.profiles.set_picture(place, id, Some(picture), row(place));
        assert!(!said.await.unwrap());
        assert_eq!(store.profiles.picture(place, id).await.unwrap(), None);
    }
    assert_eq!(record_of(store, &user).await, before);
}

/// Nothing is changed if the audit row cannot be written.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let spent = spent_row(store, &workspace).await;
    let said = store
        .profiles
        .save(workspace.id, user.id, profile("Eve", None, None), spent.clone());
    said.await.unwrap_err();
    let picture = Picture {
        png: vec![1],
        set_at: NOW,
    };
    let said = store.profiles.set_picture(workspace.id, user.id, Some(picture), spent);
    said.await.unwrap_err();
    assert_eq!(record_of(store, &user).await, before);
    assert_eq!(told(store, &session).await.name, "jo");
    assert_eq!(store.profiles.picture(workspace.id, user.id).await.unwrap(), None);
}
