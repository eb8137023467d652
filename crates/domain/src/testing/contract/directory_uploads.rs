//! Contracts of [`DirectoryUploads`](crate::ports::DirectoryUploads).

use super::support::{NOW, acme, another, customer, later, race, uuid};
use super::{RACERS, StorePorts};
use crate::directory::DirectoryUpload;
use crate::ids::DirectoryUploadId;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("directory_uploads.rs");

fn upload(by: &User, text: &str) -> DirectoryUpload {
    DirectoryUpload {
        id: DirectoryUploadId::from_uuid(uuid()),
        workspace: by.workspace,
        by: by.id,
        text: text.to_owned(),
        expires_at: later(60),
    }
}

/// A file comes back as it was sent, to who sent it, in its workspace, until it expires.
pub async fn a_file_comes_back_to_who_sent_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let sender = customer(store, &workspace, "jo@example.com").await;
    let colleague = customer(store, &workspace, "mo@example.com").await;
    let kept = upload(&sender, &"email\n\u{feff}zoë@example.com\n".repeat(20_000));
    store.directory_uploads.keep(kept.clone()).await.unwrap();
    let find = |workspace, id, by, now| store.directory_uploads.find(workspace, id, by, now);
    assert_eq!(
        find(workspace.id, kept.id, sender.id, NOW).await.unwrap(),
        Some(kept.clone())
    );
    assert_eq!(find(workspace.id, kept.id, colleague.id, NOW).await.unwrap(), None);
    assert_eq!(find(other.id, kept.id, sender.id, NOW).await.unwrap(), None);
    assert_eq!(find(workspace.id, kept.id, sender.id, later(60)).await.unwrap(), None);
    assert!(
        find(workspace.id, kept.id, sender.id, later(59))
            .await
            .unwrap()
            .is_some()
    );
}

/// Of one person one file waits, the last; of others theirs.
pub async fn one_file_waits_for_each_person(store: &StorePorts) {
    let workspace = acme(store).await;
    let sender = customer(store, &workspace, "jo@example.com").await;
    let colleague = customer(store, &workspace, "mo@example.com").await;
    let (first, second, theirs) = (
        upload(&sender, "first"),
        upload(&sender, "second"),
        upload(&colleague, "theirs"),
    );
    for kept in [&first, &theirs, &second] {
        store.directory_uploads.keep(kept.clone()).await.unwrap();
    }
    for (kept, there) in [(&first, false), (&second, true), (&theirs, true)] {
        let found = store.directory_uploads.find(workspace.id, kept.id, kept.by, NOW).await;
        assert_eq!(found.unwrap().is_some(), there, "{}", kept.text);
    }
}

/// Of any number who forget one file at once, one is told that it was there.
pub async fn a_file_is_forgotten_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let kept = upload(&customer(store, &workspace, "jo@example.com").await, "email\n");
    store.directory_uploads.keep(kept.clone()).await.unwrap();
    assert!(!store.directory_uploads.forget(other.id, kept.id).await.unwrap());
    let forgotten = race(RACERS, |_| {
        let store = store.clone();
        async move { store.directory_uploads.forget(workspace.id, kept.id).await.unwrap() }
    })
    .await;
    assert_eq!(forgotten.into_iter().filter(|was_there| *was_there).count(), 1);
    let found = store.directory_uploads.find(workspace.id, kept.id, kept.by, NOW).await;
    assert_eq!(found.unwrap(), None);
}

/// A sweep takes the files whose time is over, and no other.
pub async fn files_whose_time_is_over_are_swept(store: &StorePorts) {
    let workspace = acme(store).await;
    let over = upload(&customer(store, &workspace, "jo@example.com").await, "over");
    let fresh = DirectoryUpload {
        expires_at: later(61),
        ..upload(&customer(store, &workspace, "mo@example.com").await, "fresh")
    };
    for kept in [&over, &fresh] {
        store.directory_uploads.keep(kept.clone()).await.unwrap();
    }
    assert_eq!(store.directory_uploads.sweep(later(60)).await.unwrap(), 1);
    let found = store
        .directory_uploads
        .find(workspace.id, fresh.id, fresh.by, NOW)
        .await;
    assert_eq!(found.unwrap(), Some(fresh));
}
