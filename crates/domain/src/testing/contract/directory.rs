//! Contracts of [`Directory`](crate::ports::Directory).

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::StorePorts;
use super::support::{
    NOW, acme, add_email, another, at_second_step, begun, customer, grant, is_live, is_over, later, opening, race,
    record_of, row, signed_in, spent_row, uuid, was_audited,
};
use crate::directory::{
    DirectoryAttribute, DirectoryGroup, DirectoryMatch, DirectoryRecord, DirectorySource, GroupRef, IdentityScope,
};
use crate::email_address::EmailKey;
use crate::ids::{ConnectionId, DirectoryGroupId, DirectoryRecordId, ScimTokenId, WorkspaceId};
use crate::ports::{EntryId, EntryQuery, ListedRecord, Opened, RecordQuery, RunChanges, RunCommitted, Stored};
use crate::provider::{Arrived, Connection, ExternalIdentity, ProviderId, VouchedEmail};
use crate::scim::resource::{Place, read, record};
use crate::scim::schema;
use crate::scim::select::{group_filter, record_filter};
use crate::testing::address;
use crate::time::Timestamp;
use crate::user::User;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("directory.rs");

pub(super) fn a_token() -> DirectorySource {
    DirectorySource::Scim(ScimTokenId::from_uuid(uuid()))
}

fn scope() -> IdentityScope {
    IdentityScope {
        provider: ProviderId::parse("acme-sso").unwrap(),
        issuer: None,
        tenant: "t1".to_owned(),
    }
}

fn identity(subject: &str) -> ExternalIdentity {
    ExternalIdentity {
        provider: ProviderId::parse("acme-sso").unwrap(),
        issuer: "https://sso.example".to_owned(),
        tenant: "t1".to_owned(),
        subject: subject.to_owned(),
    }
}

fn arrived(subject: &str, email: Option<(&str, bool)>) -> Arrived {
    Arrived {
        identity: identity(subject),
        email: email.map(|(email, authoritative)| VouchedEmail {
            address: address(email),
            verified: true,
            authoritative,
        }),
        name: None,
        second_factor: false,
    }
}

pub(super) fn made(workspace: WorkspaceId, source: DirectorySource, fields: Value) -> DirectoryRecord {
    let mut body = json!({ "schemas": [schema::USER] });
    let Value::Object(fields) = fields else {
        unreachable!("fields of a user")
    };
    body.as_object_mut().unwrap().extend(fields);
    let place = Place {
        id: DirectoryRecordId::from_uuid(uuid()),
        workspace,
        source,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    record(read(&schema::USERS, body).unwrap(), place, Some(scope())).unwrap()
}

/// Somebody whose user name is their address.
pub(super) fn of(workspace: &Workspace, source: DirectorySource, email: &str) -> DirectoryRecord {
    made(
        workspace.id,
        source,
        json!({ "userName": email, "emails": [{ "value": email, "type": "work", "primary": true }] }),
    )
}

pub(super) fn changed(before: &DirectoryRecord, active: bool, at: Timestamp) -> DirectoryRecord {
    let mut attributes: Map<String, Value> = before.attributes.clone();
    attributes.insert("active".to_owned(), active.into());
    DirectoryRecord {
        active,
        attributes,
        version: before.version + 1,
        updated_at: at,
        ..before.clone()
    }
}

pub(super) fn group_of(record: &DirectoryRecord, members: Vec<DirectoryRecordId>) -> DirectoryGroup {
    DirectoryGroup {
        id: DirectoryGroupId::from_uuid(uuid()),
        workspace: record.workspace,
        source: record.source,
        external_id: Some("G-1".to_owned()),
        display_name: "Sales".to_owned(),
        members,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn put(store: &StorePorts, record: &DirectoryRecord) -> Stored {
    let audit = row(record.workspace);
    let stored = store.directory.put_record(record.clone(), audit.clone()).await.unwrap();
    assert_eq!(was_audited(store, &audit).await, matches!(stored, Stored::Done(_)));
    stored
}

pub(super) async fn is_put(store: &StorePorts, record: &DirectoryRecord) {
    assert!(matches!(put(store, record).await, Stored::Done(_)));
}

async fn look(store: &StorePorts, record: &DirectoryRecord) -> Option<ListedRecord> {
    let query = RecordQuery::one(record.id);
    let found = store.directory.records(record.workspace, record.source, query);
    found.await.unwrap().entries.pop()
}

async fn says(store: &StorePorts, workspace: &Workspace, arrived: &Arrived) -> DirectoryMatch {
    let facts = store.directory.match_arrival(workspace.id, arrived).await.unwrap();
    facts.found
}

/// A record comes back as it was stored, and so does what takes its place.
pub async fn records_come_back_as_they_were_stored(store: &StorePorts) {
    let workspace = acme(store).await;
    let full = made(
        workspace.id,
        a_token(),
        json!({
            "userName": "Jo.Doe", "externalId": "X-7", "displayName": "Jo Doe", "active": true, "title": "Dr \"%_' \u{1f600}",
            "name": { "formatted": "Dr Jo Doe", "familyName": "Doe", "givenName": "Jo" },
            "emails": [
                { "value": "Jo@Example.com", "type": "work", "primary": true },
                { "value": "jo@home.example" },
            ],
            schema::ENTERPRISE: { "department": "Sales" },
        }),
    );
    let plain = DirectoryRecord {
        scope: None,
        ..made(
            workspace.id,
            DirectorySource::File,
            json!({ "userName": "ann", "active": false }),
        )
    };
    for record in [&full, &plain] {
        assert_eq!(put(store, record).await, Stored::Done(Vec::new()));
        let listed = look(store, record).await.unwrap();
        assert_eq!(&listed.record, record);
        assert_eq!(listed.groups, []);
    }
    let next = DirectoryRecord {
        id: full.id,
        version: 2,
        updated_at: later(9),
        created_at: later(9),
        ..made(
            workspace.id,
            full.source,
            json!({ "userName": "JO.DOE", "emails": [{ "value": "other@example.com" }] }),
        )
    };
    is_put(store, &next).await;
    let expected = DirectoryRecord {
        created_at: NOW,
        ..next
    };
    assert_eq!(look(store, &full).await.unwrap().record, expected);
}

/// A group comes back as it was stored; its records show it.
pub async fn groups_come_back_as_they_were_stored(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let (ann, jo) = (
        of(&workspace, source, "ann@example.com"),
        of(&workspace, source, "jo@example.com"),
    );
    is_put(store, &ann).await;
    is_put(store, &jo).await;
    let mut members = vec![ann.id, jo.id];
    members.sort_unstable();
    let group = group_of(&ann, members);
    let audit = row(workspace.id);
    let directory = &store.directory;
    assert_eq!(
        directory.put_group(group.clone(), audit.clone()).await.unwrap(),
        Stored::Done(Vec::new())
    );
    assert!(was_audited(store, &audit).await);
    let found = directory.groups(workspace.id, source, EntryQuery::one(group.id));
    assert_eq!(found.await.unwrap().entries, std::slice::from_ref(&group));
    let shown = GroupRef {
        id: group.id,
        display_name: group.display_name.clone(),
    };
    assert_eq!(look(store, &jo).await.unwrap().groups, [shown]);

    let foreign = of(&workspace, a_token(), "eve@example.com");
    is_put(store, &foreign).await;
    let next = DirectoryGroup {
        members: vec![ann.id],
        version: 2,
        updated_at: later(5),
        ..group.clone()
    };
    for stranger in [foreign.id, DirectoryRecordId::from_uuid(uuid())] {
        let with_stranger = DirectoryGroup {
            members: vec![stranger],
            ..next.clone()
        };
        let refused = directory.put_group(with_stranger, row(workspace.id)).await.unwrap();
        assert_eq!(refused, Stored::NoSuchMember);
    }
    directory.put_group(next.clone(), row(workspace.id)).await.unwrap();
    let found = directory.groups(workspace.id, source, EntryQuery::one(group.id));
    assert_eq!(found.await.unwrap().entries, [next]);
    assert_eq!(look(store, &jo).await.unwrap().groups, []);
    let gone = directory.remove(
        workspace.id,
        source,
        EntryId::Group(group.id),
        Some(1),
        row(workspace.id),
    );
    assert_eq!(gone.await.unwrap(), Stored::Stale);
    let gone = directory.remove(
        workspace.id,
        source,
        EntryId::Group(group.id),
        Some(2),
        row(workspace.id),
    );
    assert_eq!(gone.await.unwrap(), Stored::Done(Vec::new()));
    let gone = directory.remove(workspace.id, source, EntryId::Group(group.id), None, row(workspace.id));
    assert_eq!(gone.await.unwrap(), Stored::Unknown);
}

/// Nothing of one source or workspace is seen, changed or in the way of another (R63).
pub async fn a_source_sees_only_its_own(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let source = a_token();
    let jo = of(&workspace, source, "jo@example.com");
    is_put(store, &jo).await;
    let group = group_of(&jo, vec![jo.id]);
    store
        .directory
        .put_group(group.clone(), row(workspace.id))
        .await
        .unwrap();
    for (place, stranger) in [
        (&workspace, a_token()),
        (&workspace, DirectorySource::File),
        (&other, source),
    ] {
        let directory = &store.directory;
        let found = directory
            .records(place.id, stranger, EntryQuery::behind(None, 10))
            .await
            .unwrap();
        assert_eq!((found.entries.len(), found.total), (0, 0));
        let found = directory
            .groups(place.id, stranger, EntryQuery::behind(None, 10))
            .await
            .unwrap();
        assert_eq!((found.entries.len(), found.total), (0, 0));
        for entry in [EntryId::Record(jo.id), EntryId::Group(group.id)] {
            let gone = directory
                .remove(place.id, stranger, entry, None, row(place.id))
                .await
                .unwrap();
            assert_eq!(gone, Stored::Unknown);
        }
        let taken_over = DirectoryRecord {
            workspace: place.id,
            source: stranger,
            ..changed(&jo, false, later(1))
        };
        assert_eq!(put(store, &taken_over).await, Stored::Unknown);
        assert!(matches!(
            put(store, &of(place, stranger, "jo@example.com")).await,
            Stored::Done(_)
        ));
    }
    assert_eq!(look(store, &jo).await.unwrap().record, jo);
}

/// Of two writers who read the same state, one is told that it has changed; so is who removes what has changed.
pub async fn of_two_writers_one_is_stale(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let jo = of(&workspace, source, "jo@example.com");
    is_put(store, &jo).await;
    assert_eq!(put(store, &jo).await, Stored::Stale);
    let stored = race(8, |n| {
        let (store, jo) = (store.directory.clone(), changed(&jo, n % 2 == 0, later(1)));
        async move { store.put_record(jo.clone(), row(jo.workspace)).await.unwrap() }
    });
    let stored = stored.await;
    assert_eq!(
        stored.iter().filter(|stored| matches!(stored, Stored::Done(_))).count(),
        1
    );
    assert!(
        stored
            .iter()
            .all(|stored| matches!(stored, Stored::Done(_) | Stored::Stale))
    );
    let remove = |only_at| {
        let entry = EntryId::Record(jo.id);
        store
            .directory
            .remove(workspace.id, source, entry, only_at, row(workspace.id))
    };
    assert_eq!(remove(Some(1)).await.unwrap(), Stored::Stale);
    assert!(matches!(remove(Some(2)).await.unwrap(), Stored::Done(_)));
    assert_eq!(remove(None).await.unwrap(), Stored::Unknown);
    assert_eq!(put(store, &changed(&jo, true, later(2))).await, Stored::Unknown);
}

/// Of parallel creations of one user name one is done, whatever its case.
pub async fn a_race_for_one_user_name_makes_one_record(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let stored = race(8, |n| {
        let name = if n % 2 == 0 { "Zo\u{cb}" } else { "zo\u{eb}" };
        let record = made(workspace.id, source, json!({ "userName": name }));
        let store = store.directory.clone();
        async move { store.put_record(record.clone(), row(record.workspace)).await.unwrap() }
    });
    let stored = stored.await;
    assert_eq!(stored.iter().filter(|stored| **stored == Stored::Taken).count(), 7);
    let other = made(workspace.id, source, json!({ "userName": "other" }));
    is_put(store, &other).await;
    let renamed = DirectoryRecord {
        user_name: "ZO\u{cb}".to_owned(),
        ..changed(&other, true, later(1))
    };
    assert_eq!(put(store, &renamed).await, Stored::Taken);
}

/// Where the audit row cannot be written, nothing is, and nobody's session ends.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let source = a_token();
    let jo = of(&workspace, source, "jo@example.com");
    is_put(store, &jo).await;
    let session = signed_in(store, &user).await;
    let spent = spent_row(store, &workspace).await;
    let directory = &store.directory;
    let new = of(&workspace, source, "ann@example.com");
    directory.put_record(new.clone(), spent.clone()).await.unwrap_err();
    directory
        .put_record(changed(&jo, false, later(1)), spent.clone())
        .await
        .unwrap_err();
    directory
        .put_group(group_of(&jo, vec![jo.id]), spent.clone())
        .await
        .unwrap_err();
    directory
        .remove(workspace.id, source, EntryId::Record(jo.id), None, spent.clone())
        .await
        .unwrap_err();
    let run = RunChanges {
        workspace: workspace.id,
        source,
        create: vec![new.clone()],
        update: vec![changed(&jo, false, later(1))],
        now: later(1),
    };
    directory.commit_run(run, spent).await.unwrap_err();
    assert_eq!(look(store, &jo).await.unwrap().record, jo);
    assert_eq!(look(store, &new).await, None);
    assert!(is_live(store, &session, later(2)).await);
}

async fn connect(store: &StorePorts, user: &User, identity: ExternalIdentity) {
    connect_vouched(store, user, identity, None).await;
}

async fn connect_vouched(store: &StorePorts, user: &User, identity: ExternalIdentity, vouched: Option<EmailKey>) {
    let connection = Connection {
        id: ConnectionId::from_uuid(uuid()),
        workspace: user.workspace,
        user: user.id,
        identity,
        label: None,
        vouched,
        created_at: NOW,
        last_used_at: None,
    };
    store
        .connections
        .connect(connection, row(user.workspace), Vec::new())
        .await
        .unwrap();
}

/// A record that is made inactive ends the sessions of whoever it names, by address or identity, at the very next check.
pub async fn an_inactive_record_ends_sessions_at_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let by_address = customer(store, &workspace, "jo@example.com").await;
    let by_old_address = customer(store, &workspace, "old@example.com").await;
    let by_identity = customer(store, &workspace, "elsewhere@example.com").await;
    connect(store, &by_identity, identity("S-1")).await;
    let bystander = customer(store, &workspace, "ann@example.com").await;
    let of_another_tenant = customer(store, &workspace, "tenant@example.com").await;
    let elsewhere = ExternalIdentity {
        tenant: "t2".to_owned(),
        ..identity("S-1")
    };
    connect(store, &of_another_tenant, elsewhere).await;
    let record = made(
        workspace.id,
        a_token(),
        json!({
            "userName": "jo", "externalId": "S-1",
            "emails": [{ "value": "JO@example.com" }, { "value": "old@example.com" }],
        }),
    );
    assert_eq!(put(store, &record).await, Stored::Done(Vec::new()));
    let mut sessions = Vec::new();
    for user in [&by_address, &by_old_address, &by_identity] {
        sessions.push(signed_in(store, user).await);
    }
    let left = [
        signed_in(store, &bystander).await,
        signed_in(store, &of_another_tenant).await,
    ];
    let attempt = at_second_step(&by_address);
    begun(store, &attempt).await;
    let version = record_of(store, &by_address).await.credentials_version;

    let place = Place {
        id: record.id,
        workspace: workspace.id,
        source: record.source,
        version: 2,
        created_at: NOW,
        updated_at: later(1),
    };
    let mut attributes = record.attributes.clone();
    attributes.insert("emails".to_owned(), json!([{ "value": "jo@example.com" }]));
    attributes.insert("active".to_owned(), false.into());
    let inactive = crate::scim::resource::record(attributes, place, Some(scope())).unwrap();
    let mut ended = vec![by_address.id, by_old_address.id, by_identity.id];
    ended.sort_unstable();
    assert_eq!(put(store, &inactive).await, Stored::Done(ended));
    for session in &sessions {
        assert!(!is_live(store, session, later(2)).await);
    }
    for session in &left {
        assert!(is_live(store, session, later(2)).await);
    }
    assert!(record_of(store, &by_address).await.credentials_version > version);
    assert!(is_over(store, &attempt).await);

    let again = signed_in(store, &by_address).await;
    assert_eq!(
        put(store, &changed(&inactive, false, later(3))).await,
        Stored::Done(Vec::new())
    );
    assert!(is_live(store, &again, later(4)).await, "it was inactive before");
}

/// The removal of an active record ends sessions, and takes it out of its groups; that of an inactive one ends none.
pub async fn a_removed_record_ends_sessions_and_leaves_its_groups(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let source = a_token();
    let jo = of(&workspace, source, "jo@example.com");
    is_put(store, &jo).await;
    let group = group_of(&jo, vec![jo.id]);
    store
        .directory
        .put_group(group.clone(), row(workspace.id))
        .await
        .unwrap();
    let session = signed_in(store, &user).await;
    let remove = |id| {
        let entry = EntryId::Record(id);
        store
            .directory
            .remove(workspace.id, source, entry, None, row(workspace.id))
    };
    assert_eq!(remove(jo.id).await.unwrap(), Stored::Done(vec![user.id]));
    assert!(!is_live(store, &session, later(1)).await);
    let found = store.directory.groups(workspace.id, source, EntryQuery::one(group.id));
    assert_eq!(found.await.unwrap().entries[0].members, []);

    let inactive = changed_version(&of(&workspace, source, "jo@example.com"), false);
    assert_eq!(put(store, &inactive).await, Stored::Done(vec![user.id]));
    let session = signed_in(store, &user).await;
    assert_eq!(remove(inactive.id).await.unwrap(), Stored::Done(Vec::new()));
    assert!(is_live(store, &session, later(1)).await);
}

/// Whom the directory admitted by an address that a provider vouches for, it sends away by that address too, whatever address
/// the account has; an external id without a scope names nobody (R61).
pub async fn who_was_admitted_by_a_vouched_address_is_sent_away_by_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let vouched = customer(store, &workspace, "private@home.example").await;
    connect_vouched(store, &vouched, identity("S-1"), Some(address("Jo@example.com").key())).await;
    let numbered = customer(store, &workspace, "ann@home.example").await;
    connect(store, &numbered, identity("7")).await;
    let jo = made(
        workspace.id,
        a_token(),
        json!({ "userName": "jo", "externalId": "7", "emails": [{ "value": "jo@example.com" }] }),
    );
    let jo = DirectoryRecord { scope: None, ..jo };
    is_put(store, &jo).await;
    let (gone, stays) = (signed_in(store, &vouched).await, signed_in(store, &numbered).await);
    let ended = put(store, &changed(&jo, false, later(1))).await;
    assert_eq!(ended, Stored::Done(vec![vouched.id]));
    assert!(!is_live(store, &gone, later(2)).await);
    assert!(is_live(store, &stays, later(2)).await, "7 is anybody's number");
}

/// A record that is given to somebody else, or loses an address, ends the sessions of whom it names no more; not of whom it
/// still names, or another active record does (R61).
pub async fn whom_a_record_names_no_more_is_sent_away(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let mut people = Vec::new();
    for email in [
        "jo@example.com",
        "ann@example.com",
        "both@example.com",
        "new@example.com",
    ] {
        people.push(customer(store, &workspace, email).await);
    }
    let by_number = customer(store, &workspace, "number@home.example").await;
    connect(store, &by_number, identity("S-1")).await;
    let named = |emails: &[&str], external: &str| {
        let emails: Vec<Value> = emails.iter().map(|email| json!({ "value": email })).collect();
        json!({ "userName": "jo", "externalId": external, "emails": emails })
    };
    let first = made(
        workspace.id,
        source,
        named(&["jo@example.com", "ann@example.com", "both@example.com"], "S-1"),
    );
    is_put(store, &first).await;
    is_put(store, &of(&workspace, a_token(), "both@example.com")).await;
    let mut sessions = Vec::new();
    for person in people.iter().chain([&by_number]) {
        sessions.push(signed_in(store, person).await);
    }
    let next = DirectoryRecord {
        id: first.id,
        version: 2,
        updated_at: later(1),
        ..made(
            workspace.id,
            source,
            named(&["ann@example.com", "new@example.com"], "S-2"),
        )
    };
    let mut ended = vec![people[0].id, by_number.id];
    ended.sort_unstable();
    assert_eq!(put(store, &next).await, Stored::Done(ended));
    let mut live = Vec::new();
    for session in &sessions {
        live.push(is_live(store, session, later(2)).await);
    }
    assert_eq!(live, [false, true, true, true, false]);

    let inactive = changed(&next, false, later(3));
    is_put(store, &inactive).await;
    let other = signed_in(store, &people[0]).await;
    let renamed = DirectoryRecord {
        id: first.id,
        version: 4,
        active: false,
        updated_at: later(4),
        ..made(workspace.id, source, named(&["jo@example.com"], "S-2"))
    };
    assert_eq!(put(store, &renamed).await, Stored::Done(vec![people[0].id]));
    assert!(
        !is_live(store, &other, later(5)).await,
        "an inactive record names them now"
    );
}

/// One run that gives an address from one record to another sends nobody away.
pub async fn an_address_may_change_records_within_a_run(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let source = a_token();
    let (one, two) = (
        of(&workspace, source, "jo@example.com"),
        made(workspace.id, source, json!({ "userName": "two" })),
    );
    is_put(store, &one).await;
    is_put(store, &two).await;
    let session = signed_in(store, &user).await;
    let next = |before: &DirectoryRecord, fields: Value| DirectoryRecord {
        id: before.id,
        version: 2,
        updated_at: later(1),
        ..made(workspace.id, source, fields)
    };
    let run = RunChanges {
        workspace: workspace.id,
        source,
        create: Vec::new(),
        update: vec![
            next(&one, json!({ "userName": "one" })),
            next(
                &two,
                json!({ "userName": "two", "emails": [{ "value": "jo@example.com" }] }),
            ),
        ],
        now: later(1),
    };
    let committed = store.directory.commit_run(run, row(workspace.id)).await.unwrap();
    assert_eq!(committed, RunCommitted::Committed(Vec::new()));
    assert!(is_live(store, &session, later(2)).await);
}

/// An address that is only claimed makes nobody the one whom a record names.
pub async fn what_a_record_does_not_name_stays(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let claimant = customer(store, &workspace, "claimant@example.com").await;
    add_email(store, &claimant, "jo@example.com", false).await;
    let elsewhere = customer(store, &other, "jo@example.com").await;
    let jo = of(&workspace, a_token(), "jo@example.com");
    is_put(store, &jo).await;
    let sessions = [signed_in(store, &claimant).await, signed_in(store, &elsewhere).await];
    assert_eq!(
        put(store, &changed(&jo, false, later(1))).await,
        Stored::Done(Vec::new())
    );
    for session in &sessions {
        assert!(is_live(store, session, later(2)).await);
    }
}

/// A session that was granted before its owner was made inactive does not open after.
pub async fn no_session_outlives_the_off_boarding_that_it_raced(store: &StorePorts) {
    let workspace = acme(store).await;
    for round in 0..5 {
        let email = format!("jo{round}@example.com");
        let user = customer(store, &workspace, &email).await;
        let jo = of(&workspace, a_token(), &email);
        is_put(store, &jo).await;
        let token = super::support::fresh_token();
        let open = opening(grant(store, &user).await, token, later(1));
        let (sessions, directory) = (store.sessions.clone(), store.directory.clone());
        let opening = tokio::spawn(async move { sessions.open(open).await.unwrap() });
        let gone = changed(&jo, false, later(1));
        let ending = tokio::spawn(async move { directory.put_record(gone, row(workspace.id)).await.unwrap() });
        let opened = opening.await.unwrap();
        assert!(matches!(ending.await.unwrap(), Stored::Done(_)));
        assert!(matches!(opened, Opened::Open(_) | Opened::CredentialsChanged));
        assert!(!is_live(store, &token, later(2)).await, "round {round}: {opened:?}");
    }
}

/// The identity decides before the email does, and an active record before an inactive one (R61).
pub async fn identities_go_before_emails(store: &StorePorts) {
    let workspace = acme(store).await;
    let with_email = arrived("S-1", Some(("jo@example.com", true)));
    let none = DirectoryMatch::NoRecord {
        compared: vec![DirectoryAttribute::Identity, DirectoryAttribute::Email],
        near_misses: 0,
    };
    assert_eq!(says(store, &workspace, &with_email).await, none);
    let facts = store.directory.match_arrival(workspace.id, &with_email).await.unwrap();
    assert_eq!(facts.synced_at, None);

    let by_email = of(&workspace, a_token(), "JO@example.com");
    is_put(store, &changed_version(&by_email, false)).await;
    assert_eq!(
        says(store, &workspace, &with_email).await,
        DirectoryMatch::Inactive {
            by: DirectoryAttribute::Email
        }
    );
    is_put(store, &of(&workspace, DirectorySource::File, "jo@example.com")).await;
    assert_eq!(
        says(store, &workspace, &with_email).await,
        DirectoryMatch::Active {
            by: DirectoryAttribute::Email
        }
    );

    let named = made(workspace.id, a_token(), json!({ "userName": "x", "externalId": "S-1" }));
    is_put(store, &changed_version(&named, false)).await;
    assert_eq!(
        says(store, &workspace, &with_email).await,
        DirectoryMatch::Inactive {
            by: DirectoryAttribute::Identity
        }
    );
    let again = made(workspace.id, a_token(), json!({ "userName": "x", "externalId": "S-1" }));
    is_put(store, &again).await;
    assert_eq!(
        says(store, &workspace, &with_email).await,
        DirectoryMatch::Active {
            by: DirectoryAttribute::Identity
        }
    );
    let facts = store.directory.match_arrival(workspace.id, &with_email).await.unwrap();
    assert_eq!(facts.synced_at, Some(NOW));

    let stranger = |change: fn(&mut ExternalIdentity)| {
        let mut arrived = arrived("S-1", None);
        change(&mut arrived.identity);
        arrived
    };
    let changes: [fn(&mut ExternalIdentity); 3] = [
        |identity| identity.provider = ProviderId::parse("facebook").unwrap(),
        |identity| "t2".clone_into(&mut identity.tenant),
        |identity| "s-1".clone_into(&mut identity.subject),
    ];
    for change in changes {
        let found = says(store, &workspace, &stranger(change)).await;
        assert!(matches!(found, DirectoryMatch::NoRecord { .. }), "{found:?}");
    }
    let unscoped = DirectoryRecord {
        scope: None,
        ..made(workspace.id, a_token(), json!({ "userName": "y", "externalId": "S-2" }))
    };
    is_put(store, &unscoped).await;
    let found = says(store, &workspace, &arrived("S-2", None)).await;
    assert!(matches!(found, DirectoryMatch::NoRecord { .. }), "{found:?}");
}

/// A new record that is active or not.
fn changed_version(record: &DirectoryRecord, active: bool) -> DirectoryRecord {
    DirectoryRecord {
        version: 1,
        updated_at: NOW,
        ..changed(record, active, NOW)
    }
}

/// An email that the provider is not authoritative for matches nothing; it and its namesakes are near (R61).
pub async fn only_an_authoritative_email_matches(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    for email in ["jo@example.com", "Jo@example.org", "ann@example.com"] {
        is_put(store, &of(&workspace, DirectorySource::File, email)).await;
    }
    is_put(store, &of(&other, DirectorySource::File, "jo@example.net")).await;
    let found = says(store, &workspace, &arrived("S", Some(("jo@example.com", false)))).await;
    let expected = DirectoryMatch::NoRecord {
        compared: vec![DirectoryAttribute::Identity],
        near_misses: 2,
    };
    assert_eq!(found, expected);
    let found = says(store, &workspace, &arrived("S", Some(("jo@example.net", true)))).await;
    let expected = DirectoryMatch::NoRecord {
        compared: vec![DirectoryAttribute::Identity, DirectoryAttribute::Email],
        near_misses: 2,
    };
    assert_eq!(found, expected);
    let found = says(store, &workspace, &arrived("S", None)).await;
    let expected = DirectoryMatch::NoRecord {
        compared: vec![DirectoryAttribute::Identity],
        near_misses: 0,
    };
    assert_eq!(found, expected);
}

async fn names(store: &StorePorts, workspace: &Workspace, source: DirectorySource, filter: &str) -> Vec<String> {
    let query = RecordQuery {
        filter: Some(record_filter(filter).unwrap()),
        ..RecordQuery::behind(None, 100)
    };
    let found = store.directory.records(workspace.id, source, query).await.unwrap();
    assert_eq!(usize::try_from(found.total).unwrap(), found.entries.len(), "{filter}");
    let mut names: Vec<String> = found
        .entries
        .into_iter()
        .map(|listed| listed.record.user_name)
        .collect();
    names.sort_unstable();
    names
}

/// Every attribute and every operator finds what it says, and the same on every store.
pub async fn filters_find_what_they_say(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let ann = made(
        workspace.id,
        source,
        json!({
            "userName": "Ann", "externalId": "A-1", "displayName": "\u{c4}nn Smith", "active": true,
            "name": { "formatted": "Ann B. Smith", "familyName": "Smith", "givenName": "Ann" },
            "emails": [
                { "value": "ann@example.com", "type": "work", "primary": true },
                { "value": "ann@home.example", "type": "home" },
            ],
        }),
    );
    let bob = DirectoryRecord {
        updated_at: later(10),
        ..made(
            workspace.id,
            source,
            json!({
                "userName": "bob", "externalId": "a-1", "active": false,
                "emails": [{ "value": "bob@example.com", "type": "Work" }],
            }),
        )
    };
    let cy = made(workspace.id, source, json!({ "userName": "cy" }));
    for record in [&ann, &bob, &cy] {
        is_put(store, record).await;
    }
    let at = |at: Timestamp| jiff::Timestamp::from_microsecond(at.as_micros()).unwrap();
    for (filter, found) in [
        ("userName eq \"ANN\"".to_owned(), "Ann"),
        ("userName ne \"ann\"".to_owned(), "bob cy"),
        ("userName co \"O\"".to_owned(), "bob"),
        ("userName sw \"b\"".to_owned(), "bob"),
        ("userName ew \"Y\"".to_owned(), "cy"),
        ("userName gt \"ann\"".to_owned(), "bob cy"),
        ("userName ge \"bob\"".to_owned(), "bob cy"),
        ("userName lt \"bob\"".to_owned(), "Ann"),
        ("userName le \"bob\"".to_owned(), "Ann bob"),
        ("externalId eq \"A-1\"".to_owned(), "Ann"),
        ("externalId ne \"A-1\"".to_owned(), "bob cy"),
        ("externalId sw \"a\"".to_owned(), "bob"),
        ("externalId pr".to_owned(), "Ann bob"),
        ("not (externalId pr)".to_owned(), "cy"),
        ("externalId eq null".to_owned(), "cy"),
        ("displayName eq \"\u{e4}NN smith\"".to_owned(), "Ann"),
        ("displayName ne \"x\"".to_owned(), "Ann bob cy"),
        ("name.familyName eq \"smith\"".to_owned(), "Ann"),
        ("name.givenName pr".to_owned(), "Ann"),
        ("name.formatted co \"b.\"".to_owned(), "Ann"),
        ("active eq true".to_owned(), "Ann cy"),
        ("active ne true".to_owned(), "bob"),
        ("active eq \"False\"".to_owned(), "bob"),
        (format!("id eq \"{}\"", bob.id), "bob"),
        (format!("id ne \"{}\"", bob.id), "Ann cy"),
        ("id eq \"bob\"".to_owned(), ""),
        (format!("meta.lastModified gt \"{}\"", at(NOW)), "bob"),
        (format!("meta.created le \"{}\"", at(NOW)), "Ann bob cy"),
        ("emails pr".to_owned(), "Ann bob"),
        ("emails eq null".to_owned(), "cy"),
        ("emails eq \"ANN@example.com\"".to_owned(), "Ann"),
        ("emails.value co \"@example.\"".to_owned(), "Ann bob"),
        ("emails.type eq \"home\"".to_owned(), "Ann"),
        (
            "emails[type eq \"work\" and value ew \"example.com\"]".to_owned(),
            "Ann bob",
        ),
        ("emails[type eq \"home\" and value ew \"example.com\"]".to_owned(), ""),
        ("emails[primary eq true]".to_owned(), "Ann"),
        ("emails[not (primary eq true)]".to_owned(), "Ann bob"),
        (
            "userName eq \"ann\" or active eq false and emails pr".to_owned(),
            "Ann bob",
        ),
        (
            "(userName eq \"ann\" or active eq false) and not (emails pr)".to_owned(),
            "",
        ),
        (
            format!(
                "{}:userName eq \"cy\" and {}:active eq true",
                schema::USER,
                schema::USER.to_lowercase()
            ),
            "cy",
        ),
    ] {
        let expected: Vec<&str> = found.split_whitespace().collect();
        assert_eq!(names(store, &workspace, source, &filter).await, expected, "{filter}");
    }
    for unfit in [
        "nobody eq \"x\"",
        "password eq \"x\"",
        "title eq \"x\"",
        "name eq \"x\"",
        "name.nobody pr",
        "emails.nobody pr",
        "emails[nobody pr]",
        "emails.value[type pr]",
        "userName eq true",
        "active eq 1",
        "active gt true",
        "meta.created eq \"yesterday\"",
        "meta.created co \"2026\"",
        "id co \"1\"",
        "urn:x:y:userName eq \"x\"",
        "workspace_id eq \"x\"",
    ] {
        assert!(record_filter(unfit).is_err(), "{unfit}");
    }
}

/// Groups are found by name, external id, id, time and member.
pub async fn filters_of_groups_find_what_they_say(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let jo = of(&workspace, source, "jo@example.com");
    is_put(store, &jo).await;
    let with = group_of(&jo, vec![jo.id]);
    let without = DirectoryGroup {
        display_name: "Empty".to_owned(),
        external_id: None,
        ..group_of(&jo, Vec::new())
    };
    for group in [&with, &without] {
        store
            .directory
            .put_group(group.clone(), row(workspace.id))
            .await
            .unwrap();
    }
    for (filter, found) in [
        ("displayName eq \"SALES\"".to_owned(), "Sales"),
        ("externalId eq \"G-1\"".to_owned(), "Sales"),
        ("externalId eq \"g-1\"".to_owned(), ""),
        (format!("id eq \"{}\" and members eq \"{}\"", with.id, jo.id), "Sales"),
        (format!("members[value eq \"{}\"]", jo.id), "Sales"),
        (format!("members.value eq \"{}\"", Uuid::nil()), ""),
        ("members eq \"jo\"".to_owned(), ""),
        ("not (members pr)".to_owned(), "Empty"),
        ("meta.created pr and displayName sw \"e\"".to_owned(), "Empty"),
    ] {
        let query = EntryQuery {
            filter: Some(group_filter(&filter).unwrap()),
            ..EntryQuery::behind(None, 10)
        };
        let groups = store.directory.groups(workspace.id, source, query).await.unwrap();
        let names: Vec<&str> = groups.entries.iter().map(|group| group.display_name.as_str()).collect();
        let expected: Vec<&str> = found.split_whitespace().collect();
        assert_eq!(
            (names, groups.total),
            (expected.clone(), expected.len() as u64),
            "{filter}"
        );
    }
    for unfit in [
        "members co \"x\"",
        "members.type pr",
        "userName eq \"x\"",
        "members[type pr]",
    ] {
        assert!(group_filter(unfit).is_err(), "{unfit}");
    }
}

/// Whatever stands in a text of a filter, it is a value (R63).
pub async fn texts_in_filters_are_values(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let odd = [
        "' OR '1'='1",
        "%",
        "_",
        "\\",
        "x'; DROP TABLE directory_records; --",
        "$1",
        "\u{1f600}",
    ];
    for name in odd {
        is_put(
            store,
            &made(workspace.id, source, json!({ "userName": name, "displayName": name })),
        )
        .await;
    }
    for name in odd {
        for operator in ["eq", "sw", "ew"] {
            let filter = format!("displayName {operator} {}", Value::from(name));
            assert_eq!(names(store, &workspace, source, &filter).await, [name], "{filter}");
        }
        let filter = format!("displayName co {}", Value::from(name));
        assert!(
            names(store, &workspace, source, &filter)
                .await
                .contains(&name.to_owned()),
            "{filter}"
        );
    }
    assert_eq!(names(store, &workspace, source, "userName co \"%\"").await, ["%"]);
    assert_eq!(
        names(store, &workspace, source, "userName sw \"\"").await.len(),
        odd.len()
    );
}

/// Pages are in order of id, by offset and by cursor, and tell how many there are.
pub async fn pages_are_in_order_and_know_the_total(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = a_token();
    let mut ids = Vec::new();
    for n in 0..7 {
        let record = of(&workspace, source, &format!("p{n}@example.com"));
        is_put(store, &record).await;
        ids.push(record.id);
    }
    ids.sort_unstable();
    let page = async |query: RecordQuery| {
        let page = store.directory.records(workspace.id, source, query).await.unwrap();
        let ids: Vec<DirectoryRecordId> = page.entries.iter().map(|listed| listed.record.id).collect();
        (ids, page.total)
    };
    for (offset, limit) in [(0, 3), (3, 3), (6, 3), (9, 3), (0, 0)] {
        let query = RecordQuery {
            offset,
            ..RecordQuery::behind(None, limit)
        };
        let from = usize::try_from(offset).unwrap().min(7);
        let to = (from + limit as usize).min(7);
        assert_eq!(page(query).await, (ids[from..to].to_vec(), 7));
    }
    assert_eq!(page(RecordQuery::behind(Some(ids[2]), 2)).await.0, ids[3..5]);
    assert_eq!(page(RecordQuery::behind(Some(ids[6]), 2)).await.0, []);
}

/// A run is committed as a whole, or not at all where a record is not any more as it was read.
pub async fn a_run_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = DirectorySource::File;
    let there: Vec<DirectoryRecord> = (0..3)
        .map(|n| of(&workspace, source, &format!("p{n}@example.com")))
        .collect();
    let run = |create: &[DirectoryRecord], update: &[DirectoryRecord]| RunChanges {
        workspace: workspace.id,
        source,
        create: create.to_vec(),
        update: update.to_vec(),
        now: later(5),
    };
    let audit = row(workspace.id);
    let directory = &store.directory;
    let committed = directory.commit_run(run(&there, &[]), audit.clone()).await.unwrap();
    assert_eq!(committed, RunCommitted::Committed(Vec::new()));
    assert!(was_audited(store, &audit).await);
    for record in &there {
        assert_eq!(&look(store, record).await.unwrap().record, record);
    }

    let new = of(&workspace, source, "new@example.com");
    let twice = of(&workspace, source, "P1@example.com");
    let stale = DirectoryRecord {
        version: 3,
        ..changed(&there[1], false, later(6))
    };
    let gone = DirectoryRecord {
        version: 2,
        ..of(&workspace, source, "gone@example.com")
    };
    let fine = changed(&there[0], false, later(6));
    for (create, update) in [
        (vec![new.clone()], vec![fine.clone(), stale]),
        (vec![new.clone(), twice], vec![fine.clone()]),
        (vec![new.clone()], vec![fine.clone(), gone]),
    ] {
        let audit = row(workspace.id);
        let committed = directory
            .commit_run(run(&create, &update), audit.clone())
            .await
            .unwrap();
        assert_eq!(committed, RunCommitted::Stale);
        assert!(!was_audited(store, &audit).await);
        assert_eq!(look(store, &new).await, None);
        assert_eq!(look(store, &there[0]).await.unwrap().record, there[0]);
    }
    let committed = directory.commit_run(
        run(std::slice::from_ref(&new), std::slice::from_ref(&fine)),
        row(workspace.id),
    );
    assert!(matches!(committed.await.unwrap(), RunCommitted::Committed(_)));
    assert_eq!(look(store, &fine).await.unwrap().record, fine);

    let many: Vec<DirectoryRecord> = (0..450)
        .map(|n| of(&workspace, source, &format!("many{n}@example.com")))
        .collect();
    let committed = directory.commit_run(run(&many, &[]), row(workspace.id)).await.unwrap();
    assert_eq!(committed, RunCommitted::Committed(Vec::new()));
    let page = directory
        .records(workspace.id, source, RecordQuery::behind(None, 1))
        .await
        .unwrap();
    assert_eq!(page.total, 454);
    assert_eq!(look(store, &many[449]).await.unwrap().record, many[449]);
}

/// A run ends the sessions of everybody whom it makes inactive, and of nobody else.
pub async fn a_run_ends_sessions(store: &StorePorts) {
    let workspace = acme(store).await;
    let source = DirectorySource::File;
    let mut sessions = Vec::new();
    let mut there = Vec::new();
    for n in 0..4 {
        let email = format!("p{n}@example.com");
        let user = customer(store, &workspace, &email).await;
        sessions.push((signed_in(store, &user).await, user.id));
        let record = of(&workspace, source, &email);
        is_put(store, &record).await;
        there.push(record);
    }
    let run = RunChanges {
        workspace: workspace.id,
        source,
        create: Vec::new(),
        update: there
            .iter()
            .enumerate()
            .map(|(n, record)| changed(record, n % 2 == 1, later(1)))
            .collect(),
        now: later(1),
    };
    let mut ended = vec![sessions[0].1, sessions[2].1];
    ended.sort_unstable();
    let committed = store.directory.commit_run(run, row(workspace.id)).await.unwrap();
    assert_eq!(committed, RunCommitted::Committed(ended));
    for (n, (session, _)) in sessions.iter().enumerate() {
        assert_eq!(is_live(store, session, later(2)).await, n % 2 == 1, "{n}");
    }
}
