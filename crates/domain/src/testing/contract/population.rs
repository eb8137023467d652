//! [`Population`](crate::ports::Population).

use super::StorePorts;
use super::support::{NOW, acme, another, customer, fresh_token, grant_of, opening, put};
use crate::directory::{DirectorySource, DirectoryStanding};
use crate::ids::{DirectoryRecordId, OrganisationId, UserId};
use crate::ports::{ContactUpsert, PopulationQuery, RunChanges};
use crate::preview::Sketch;
use crate::provider::Arrived;
use crate::role::{Audience, Rights, Role};
use crate::scim::resource::{self, Place};
use crate::testing::given::unique;
use crate::testing::{Person, arrived};
use crate::user::{ContactIdentity, User, UserStatus};
use crate::workspace::Workspace;

/// The text of this file.
pub const SOURCE: &str = include_str!("population.rs");

fn all(audience: Audience) -> PopulationQuery {
    PopulationQuery {
        audience,
        after: None,
        up_to: None,
        with_directory: true,
        limit: 1_000,
    }
}

async fn page(store: &StorePorts, workspace: &Workspace, query: PopulationQuery) -> Vec<Sketch> {
    store.population.page(workspace.id, query).await.unwrap()
}

async fn sketch(store: &StorePorts, workspace: &Workspace, user: &User) -> Sketch {
    let everybody = page(store, workspace, all(user.role.audience())).await;
    let theirs = everybody.into_iter().find(|person| person.user == user.id);
    theirs.unwrap()
}

async fn connect(store: &StorePorts, user: &User, who: &Arrived) {
    let grant = grant_of(store, user, who).await;
    let opened = store.sessions.open(opening(grant, fresh_token(), NOW)).await.unwrap();
    assert!(matches!(opened, crate::ports::Opened::Open(_)), "{opened:?}");
}

/// `page` gives each of the audience once, in order of id, whatever their status, and nobody else.
pub async fn everybody_of_an_audience_is_on_one_page(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    customer(store, &other, "jo@example.com").await;
    let mut customers: Vec<UserId> = Vec::new();
    for n in 0..7 {
        let person = Person::customer(workspace.id, &format!("c{n}@example.com"));
        let person = if n == 3 {
            person.role(Role::Collaborator)
        } else {
            person
        };
        customers.push(put(store, person).await.id);
    }
    let mut staff: Vec<UserId> = Vec::new();
    for (n, role) in [Role::Agent, Role::Admin, Role::Owner].into_iter().enumerate() {
        let person = Person::customer(workspace.id, &format!("s{n}@example.com")).role(role);
        staff.push(put(store, person).await.id);
    }
    for (audience, mut expected) in [(Audience::Customers, customers), (Audience::Staff, staff)] {
        expected.sort();
        let ids = |page: Vec<Sketch>| page.into_iter().map(|person| person.user).collect::<Vec<_>>();
        assert_eq!(ids(page(store, &workspace, all(audience)).await), expected);
        let mut seen = Vec::new();
        loop {
            let query = PopulationQuery {
                after: seen.last().copied(),
                limit: 2,
                ..all(audience)
            };
            let next = ids(page(store, &workspace, query).await);
            if next.is_empty() {
                break;
            }
            assert!(next.len() <= 2);
            seen.extend(next);
        }
        assert_eq!(seen, expected);
        let query = PopulationQuery {
            after: Some(expected[0]),
            up_to: Some(expected[1]),
            ..all(audience)
        };
        assert_eq!(ids(page(store, &workspace, query).await), expected[1..2]);
        let estimate = store.population.estimate(workspace.id, audience).await.unwrap();
        assert_eq!(estimate, expected.len() as u64);
    }
}

/// What a page says of a person is what the other ports say.
pub async fn a_page_says_what_ways_in_depend_on(store: &StorePorts) {
    let workspace = acme(store).await;
    let plain = customer(store, &workspace, "plain@example.com").await;
    let bare = put(
        store,
        Person::customer(workspace.id, "bare@example.com").without_password(),
    )
    .await;
    let keyed = customer(store, &workspace, "keyed@example.com").await;
    super::support::has_passkey(store, &keyed).await;
    let guarded = customer(store, &workspace, "guarded@example.com").await;
    super::support::enrol(store, &guarded).await;

    let found = sketch(store, &workspace, &plain).await;
    assert_eq!(
        (found.shape.role, found.shape.status),
        (Role::Customer, UserStatus::Active)
    );
    assert!(found.shape.has_password && found.shape.has_address && !found.shape.app && !found.shape.passkey);
    assert_eq!((found.own_permissions, found.shape.providers), (None, Vec::new()));
    assert!(!sketch(store, &workspace, &bare).await.shape.has_password);
    assert!(sketch(store, &workspace, &keyed).await.shape.passkey);
    assert!(sketch(store, &workspace, &guarded).await.shape.app);

    let contact = ContactUpsert {
        workspace: workspace.id,
        identity: ContactIdentity::X {
            subject: "42".to_owned(),
        },
        name: Some("X".to_owned()),
        new_user: UserId::from_uuid(unique()),
        new_email: crate::ids::EmailId::from_uuid(unique()),
        organisations: vec![(OrganisationId::from_uuid(unique()), "Acme".to_owned())],
        now: NOW,
        rights: Rights::OPERATOR,
    };
    let (known, _) = store
        .users
        .upsert_contact(contact, super::support::row(workspace.id))
        .await
        .unwrap();
    let found = sketch(store, &workspace, &known).await;
    assert!(!found.shape.has_address && !found.shape.has_password);
    let ids: Vec<&str> = found.shape.providers.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["twitter"]);
}

/// What the directory says of an identity is what it would say of whoever comes with it again.
pub async fn a_page_says_whom_the_directory_admits(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut expected = Vec::new();
    for (name, vouched, standing) in [
        ("ada", true, DirectoryStanding::Active),
        ("bob", true, DirectoryStanding::Inactive),
        ("cleo", true, DirectoryStanding::NoRecord),
        // The address is in the directory, and nobody vouches for it.
        ("dan", false, DirectoryStanding::NoRecord),
    ] {
        let email = format!("{name}@example.com");
        let user = customer(store, &workspace, &email).await;
        let who = arrived("google", name);
        let who = if vouched { who.authoritative(&email) } else { who };
        // Theirs already, so that they come in by it without an address.
        let connection = crate::provider::Connection {
            id: crate::ids::ConnectionId::from_uuid(unique()),
            workspace: workspace.id,
            user: user.id,
            identity: who.identity.clone(),
            label: who.label(),
            vouched: who.vouched_key(),
            created_at: NOW,
            last_used_at: None,
        };
        let audit = super::support::row(workspace.id);
        store.connections.connect(connection, audit, Vec::new()).await.unwrap();
        expected.push((user, who, standing));
    }
    let record = |name: &str, active: bool| {
        let attributes = serde_json::json!({
            "userName": name,
            "active": active,
            "emails": [{"value": format!("{name}@example.com")}],
        });
        let place = Place {
            id: DirectoryRecordId::from_uuid(unique()),
            workspace: workspace.id,
            source: DirectorySource::File,
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        };
        let serde_json::Value::Object(attributes) = attributes else {
            panic!("an object")
        };
        resource::record(attributes, place, None).unwrap()
    };
    let run = RunChanges {
        workspace: workspace.id,
        source: DirectorySource::File,
        create: vec![record("ada", true), record("bob", false), record("dan", true)],
        update: Vec::new(),
        now: NOW,
    };
    store
        .directory
        .commit_run(run, super::support::row(workspace.id))
        .await
        .unwrap();
    for (user, who, standing) in &expected {
        let found = sketch(store, &workspace, user).await.shape.providers;
        let said = store.directory.match_arrival(workspace.id, who).await.unwrap();
        assert_eq!(DirectoryStanding::from(&said.found), *standing, "{user:?}");
        assert_eq!(found, [(who.identity.provider.clone(), *standing)], "{user:?}");
    }
    let query = PopulationQuery {
        with_directory: false,
        ..all(Audience::Customers)
    };
    for person in page(store, &workspace, query).await {
        assert!(
            person
                .shape
                .providers
                .iter()
                .all(|(_, standing)| *standing == DirectoryStanding::NoRecord)
        );
    }
    let (user, who, _) = &expected[0];
    connect(store, user, who).await;
    assert_eq!(
        sketch(store, &workspace, user).await.shape.providers.len(),
        1,
        "one provider, once"
    );
}

/// `names` tells those who are there, in order of id, each once.
pub async fn people_are_named_in_order(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let foreign = customer(store, &other, "jo@example.com").await;
    let mut users = vec![UserId::from_uuid(unique()), foreign.id];
    let mut expected = Vec::new();
    for n in 0..5 {
        let user = customer(store, &workspace, &format!("c{n}@example.com")).await;
        users.push(user.id);
        expected.push((user.id, user.name.clone(), Some(format!("c{n}@example.com"))));
    }
    expected.sort();
    let named = store.population.names(workspace.id, users).await.unwrap();
    let named: Vec<_> = named
        .into_iter()
        .map(|person| {
            (
                person.user,
                person.name,
                person.address.map(|address| address.to_string()),
            )
        })
        .collect();
    assert_eq!(named, expected);
    assert_eq!(store.population.names(workspace.id, Vec::new()).await.unwrap(), []);
}
