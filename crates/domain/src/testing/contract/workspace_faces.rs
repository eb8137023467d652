//! Contracts of [`WorkspaceFaces`](crate::ports::WorkspaceFaces).

use super::support::{acme, another, later, race, row, spent_row, was_audited};
use super::{RACERS, StorePorts};
use crate::ids::WorkspaceId;
use crate::picture::Picture;
use crate::ports::LookSaved;
use crate::workspace::{FootLinks, Portal, PortalArea, Retention, Workspace, WorkspaceLook};

/// The source of this suite.
pub const SOURCE: &str = include_str!("workspace_faces.rs");

async fn read(store: &StorePorts, id: WorkspaceId) -> Workspace {
    store.workspaces.find(id).await.unwrap().unwrap()
}

fn new_look(hosts: &[&str]) -> WorkspaceLook {
    WorkspaceLook {
        name: "Acme & Söhne".to_owned(),
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        portal: Portal {
            areas: vec![PortalArea {
                name: "Tickets".to_owned(),
                path: "/tickets".to_owned(),
            }],
            accent: Some("#0a7a4b".to_owned()),
            corner_radius: Some(12),
            language: "ar".to_owned(),
            languages: vec!["ar".to_owned(), "en".to_owned()],
            links: FootLinks {
                privacy: Some("https://acme.example/privacy".to_owned()),
                ..FootLinks::default()
            },
            retention: Retention {
                receipts_days: 30,
                ..Retention::default()
            },
            ..Portal::default()
        },
    }
}

fn picture(bytes: &[u8], second: u64) -> Picture {
    Picture {
        png: bytes.to_vec(),
        set_at: later(second),
    }
}

/// A look is saved whole, with its audit row, and shows in the edition; the rules of the door stay as they are.
pub async fn a_look_comes_back_as_it_was_saved(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let look = new_look(&["help.acme.example", "hilfe.acme.example"]);
    let entry = row(workspace.id);
    let before = store.workspaces.edition();
    let saved = store
        .workspace_faces
        .save(workspace.id, workspace.look(), look.clone(), entry.clone());
    assert_eq!(saved.await.unwrap(), LookSaved::Saved);
    assert!(was_audited(store, &entry).await);
    assert_ne!(store.workspaces.edition(), before);
    let now = read(store, workspace.id).await;
    assert_eq!(now.look(), look);
    assert_eq!((now.security, now.slug), (workspace.security, workspace.slug));
    assert_eq!(read(store, other.id).await, other);
    let by_host = store.workspaces.find_by_host("hilfe.acme.example").await.unwrap();
    assert_eq!(by_host.map(|found| found.id), Some(workspace.id));
    let fewer = new_look(&["hilfe.acme.example"]);
    let saved = store.workspace_faces.save(workspace.id, look, fewer, row(workspace.id));
    assert_eq!(saved.await.unwrap(), LookSaved::Saved);
    assert!(
        store
            .workspaces
            .find_by_host("help.acme.example")
            .await
            .unwrap()
            .is_none()
    );
}

/// Of any number who saw the same look, one saves; the others are told, and nothing of theirs is written.
pub async fn a_race_from_one_look_saves_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |at| {
        let (store, workspace) = (store.clone(), workspace.clone());
        let look = WorkspaceLook {
            name: format!("Acme {at}"),
            ..workspace.look()
        };
        async move {
            let saved = store
                .workspace_faces
                .save(workspace.id, workspace.look(), look, row(workspace.id));
            saved.await.unwrap()
        }
    })
    .await;
    assert_eq!(said.iter().filter(|said| **said == LookSaved::Saved).count(), 1);
    assert_eq!(
        said.iter().filter(|said| **said == LookSaved::Changed).count(),
        RACERS - 1
    );
}

/// A host name belongs to one workspace; whoever comes second changes nothing.
pub async fn a_host_name_belongs_to_one_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let saved = store.workspace_faces.save(
        workspace.id,
        workspace.look(),
        new_look(&["help.example"]),
        row(workspace.id),
    );
    assert_eq!(saved.await.unwrap(), LookSaved::Saved);
    let entry = row(other.id);
    let saved = store.workspace_faces.save(
        other.id,
        other.look(),
        new_look(&["mine.example", "HELP.example"]),
        entry.clone(),
    );
    assert_eq!(saved.await.unwrap(), LookSaved::HostTaken("help.example".to_owned()));
    assert_eq!(read(store, other.id).await, other);
    assert!(!was_audited(store, &entry).await);
}

/// A look is not saved without its audit row, nor for a workspace that there is not.
pub async fn a_look_is_not_saved_without_its_audit_row(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = spent_row(store, &workspace).await;
    let faces = &store.workspace_faces;
    faces
        .save(workspace.id, workspace.look(), new_look(&["a.example"]), spent.clone())
        .await
        .unwrap_err();
    faces
        .set_logo(workspace.id, Some(picture(b"png", 1)), spent)
        .await
        .unwrap_err();
    assert_eq!(read(store, workspace.id).await, workspace);
    let nowhere = WorkspaceId::from_uuid(super::support::uuid());
    let saved = faces.save(nowhere, workspace.look(), new_look(&[]), row(nowhere));
    assert_eq!(saved.await.unwrap(), LookSaved::Gone);
    assert!(!faces.set_logo(nowhere, None, row(nowhere)).await.unwrap());
}

/// A logo is set, replaced and taken away, and the workspace says since when; a look that is saved leaves it.
pub async fn a_logo_is_kept_beside_the_look(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let faces = &store.workspace_faces;
    assert_eq!(faces.logo(workspace.id).await.unwrap(), None);
    for logo in [picture(b"one", 1), picture(b"two", 2)] {
        let entry = row(workspace.id);
        assert!(
            faces
                .set_logo(workspace.id, Some(logo.clone()), entry.clone())
                .await
                .unwrap()
        );
        assert!(was_audited(store, &entry).await);
        assert_eq!(read(store, workspace.id).await.portal.logo_at, Some(logo.set_at));
        assert_eq!(faces.logo(workspace.id).await.unwrap(), Some(logo));
    }
    let seen = read(store, workspace.id).await.look();
    let saved = faces.save(workspace.id, seen, new_look(&[]), row(workspace.id));
    assert_eq!(saved.await.unwrap(), LookSaved::Saved);
    assert_eq!(read(store, workspace.id).await.portal.logo_at, Some(later(2)));
    assert_eq!(faces.logo(other.id).await.unwrap(), None);
    let removed = faces.set_logo(workspace.id, None, row(workspace.id));
    assert!(removed.await.unwrap());
    assert_eq!(read(store, workspace.id).await.portal.logo_at, None);
    assert_eq!(faces.logo(workspace.id).await.unwrap(), None);
}
