//! Contracts of [`Workspaces`](crate::ports::Workspaces).

use super::support::{acme, another, audit_rows, race, row, was_audited};
use super::{RACERS, StorePorts};
use crate::ids::WorkspaceId;
use crate::ports::{FirstOwner, WorkspaceCreated};
use crate::role::Role;
use crate::testing::given::unique;
use crate::testing::{Person, workspace};
use crate::workspace::{PortalArea, Slug, Workspace};

/// The source of this suite.
pub const SOURCE: &str = include_str!("workspaces.rs");

fn fresh(slug: &str) -> Workspace {
    Workspace {
        id: WorkspaceId::from_uuid(unique()),
        ..workspace(slug)
    }
}

/// `create` settles races on the slug by a unique constraint.
pub async fn a_race_for_one_slug_makes_one_workspace(store: &StorePorts) {
    let said = race(RACERS, |_| {
        let (ports, new) = (store.clone(), fresh("acme"));
        async move {
            (
                new.id,
                ports.workspaces.create(new.clone(), None, row(new.id)).await.unwrap(),
            )
        }
    })
    .await;
    let made: Vec<WorkspaceId> = said
        .iter()
        .filter(|(_, outcome)| *outcome == WorkspaceCreated::Created)
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(made.len(), 1);
    let kept = store.workspaces.list().await.unwrap();
    assert_eq!(kept.iter().map(|workspace| workspace.id).collect::<Vec<_>>(), made);
}

/// `create` settles races on a host name by a unique constraint.
pub async fn a_race_for_one_host_name_makes_one_workspace(store: &StorePorts) {
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let mut new = fresh(&format!("acme-{i}"));
        new.hosts = vec![format!("help{i}.example.com"), "help.example.com".to_owned()];
        async move { ports.workspaces.create(new.clone(), None, row(new.id)).await.unwrap() }
    })
    .await;
    let made = said.iter().filter(|outcome| **outcome == WorkspaceCreated::Created);
    assert_eq!(made.count(), 1);
    assert_eq!(store.workspaces.list().await.unwrap().len(), 1);
}

/// `create` is atomic: a workspace that is refused leaves neither host names nor an audit row, and one whose audit row
/// cannot be written is not there.
pub async fn create_is_all_or_nothing(store: &StorePorts) {
    let first = acme(store).await;
    let mut second = fresh("acme");
    second.hosts = vec!["second.example.com".to_owned()];
    let said = store
        .workspaces
        .create(second.clone(), None, row(second.id))
        .await
        .unwrap();
    assert_eq!(said, WorkspaceCreated::Taken);
    assert_eq!(store.workspaces.find_by_host("second.example.com").await.unwrap(), None);
    assert_eq!(store.workspaces.find(second.id).await.unwrap(), None);
    assert!(audit_rows(store, second.id).await.is_empty());

    let third = fresh("third");
    let spent = row(first.id);
    store.audit.append(spent.clone()).await.unwrap();
    store
        .workspaces
        .create(third.clone(), None, spent.clone())
        .await
        .unwrap_err();
    assert_eq!(store.workspaces.find(third.id).await.unwrap(), None);

    let person = Person::customer(third.id, "olga@example.com").role(Role::Owner);
    let owner = |audit| {
        Some(FirstOwner {
            person: person.to_new_user(),
            audit,
        })
    };
    let unwritable = store.workspaces.create(third.clone(), owner(spent), row(third.id));
    unwritable.await.unwrap_err();
    assert_eq!(store.workspaces.find(third.id).await.unwrap(), None);
    let (entry, made) = (row(third.id), row(third.id));
    let said = store
        .workspaces
        .create(third.clone(), owner(made.clone()), entry.clone())
        .await
        .unwrap();
    assert_eq!(said, WorkspaceCreated::Created);
    let found = store.users.find(third.id, person.user.id).await.unwrap().unwrap();
    assert_eq!(found.role, Role::Owner);
    assert!(was_audited(store, &entry).await && was_audited(store, &made).await);
}

/// `find_by_host` compares host names in lower case, without port.
pub async fn hosts_are_found_in_lower_case_and_without_port(store: &StorePorts) {
    let mut new = fresh("acme");
    new.hosts = vec!["help.example.com".to_owned()];
    store.workspaces.create(new.clone(), None, row(new.id)).await.unwrap();
    for host in ["help.example.com", "HELP.Example.COM", "help.example.com:8443"] {
        let found = store.workspaces.find_by_host(host).await.unwrap();
        assert_eq!(found.map(|workspace| workspace.id), Some(new.id), "{host}");
    }
    for host in [
        "example.com",
        "help.example.com.evil.test",
        "xhelp.example.com",
        "",
        ":80",
    ] {
        assert_eq!(store.workspaces.find_by_host(host).await.unwrap(), None, "{host}");
    }
}

/// A workspace is found by slug, by id and by host as it was made.
pub async fn workspaces_come_back_as_they_were_made(store: &StorePorts) {
    let mut new = fresh("acme");
    "Acme \u{2603} Ltd".clone_into(&mut new.name);
    new.hosts = vec!["a.example.com".to_owned(), "b.example.com".to_owned()];
    new.portal.start_conversation = Some("/conversations/new".to_owned());
    new.portal.areas = vec![PortalArea {
        name: "Answers".to_owned(),
        path: "/answers".to_owned(),
    }];
    let entry = row(new.id);
    let said = store.workspaces.create(new.clone(), None, entry.clone()).await.unwrap();
    assert_eq!(said, WorkspaceCreated::Created);
    assert_eq!(store.workspaces.find(new.id).await.unwrap().as_ref(), Some(&new));
    assert_eq!(
        store.workspaces.find_by_slug(&new.slug).await.unwrap().as_ref(),
        Some(&new)
    );
    let by_host = store.workspaces.find_by_host("b.example.com").await.unwrap();
    assert_eq!(by_host.as_ref(), Some(&new));
    assert!(was_audited(store, &entry).await);
    let other = Slug::parse("other").unwrap();
    assert_eq!(store.workspaces.find_by_slug(&other).await.unwrap(), None);
}

/// `list` is ordered by slug.
pub async fn list_is_ordered_by_slug(store: &StorePorts) {
    for slug in ["zeta", "alpha", "mid-1", "mid"] {
        another(store, slug).await;
    }
    let listed = store.workspaces.list().await.unwrap();
    let slugs: Vec<&str> = listed.iter().map(|workspace| workspace.slug.as_str()).collect();
    assert_eq!(slugs, ["alpha", "mid", "mid-1", "zeta"]);
}
