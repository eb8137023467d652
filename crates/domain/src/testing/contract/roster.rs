//! Contracts of [`Roster`](crate::ports::Roster).

use super::support::{
    NOW, acme, another, audit_rows, customer, issue, later, link, put, race, record_of, row, signed_in, spent_row,
    state_of, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::{OrganisationId, UserId};
use crate::one_time::{Link, LinkPurpose, LinkState};
use crate::people_search::UserFilter;
use crate::ports::{Invitation, PersonChange, UserQuery};
use crate::testing::Person;
use crate::testing::given::unique;
use crate::time::Timestamp;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("roster.rs");

async fn edit(store: &StorePorts, user: &User, change: PersonChange) -> Option<User> {
    let edited = store
        .roster
        .edit(user.workspace, user.id, change, NOW, row(user.workspace));
    edited.await.unwrap()
}

fn named(name: &str) -> PersonChange {
    PersonChange {
        name: Some(name.to_owned()),
        ..PersonChange::default()
    }
}

fn within(names: &[&str]) -> PersonChange {
    let organisations = names
        .iter()
        .map(|name| (OrganisationId::from_uuid(unique()), (*name).to_owned()));
    PersonChange {
        organisations: Some(organisations.collect()),
        ..PersonChange::default()
    }
}

fn names(user: &User) -> Vec<&str> {
    user.organisations.iter().map(|group| group.name.as_str()).collect()
}

async fn found(store: &StorePorts, user: &User, text: &str) -> Vec<UserId> {
    let query = UserQuery {
        text: Some(text.to_owned()),
        filter: UserFilter::default(),
        after: None,
        limit: 10,
    };
    let found = store.users.search(user.workspace, query).await.unwrap();
    found.into_iter().map(|user| user.id).collect()
}

async fn invited(store: &StorePorts, user: &User, sent_at: Timestamp) -> Link {
    let link = Link {
        issued_at: sent_at,
        ..link(user, LinkPurpose::Invite)
    };
    store.links.issue(issue(link.clone())).await.unwrap();
    link
}

async fn invitation(store: &StorePorts, user: &User, now: Timestamp) -> Option<Invitation> {
    store.roster.invitation(user.workspace, user.id, now).await.unwrap()
}

async fn revoke(store: &StorePorts, user: &User) -> bool {
    let revoked = store
        .roster
        .revoke_invitations(user.workspace, user.id, NOW, row(user.workspace));
    revoked.await.unwrap()
}

/// `edit` changes what it names, and leaves all else as it was, credentials above all (R98).
pub async fn an_edit_changes_what_it_names_and_nothing_else(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut person = Person::customer(workspace.id, "jo@example.com");
    "Jo".clone_into(&mut person.user.name);
    person.user.language = Some("de".to_owned());
    let user = put(store, person).await;
    let before = record_of(store, &user).await;
    let mut expected = before.clone();

    assert_eq!(
        edit(store, &user, PersonChange::default()).await,
        Some(before.user.clone())
    );
    assert_eq!(record_of(store, &user).await, before);

    "Zoë Doe".clone_into(&mut expected.user.name);
    assert_eq!(edit(store, &user, named("Zoë Doe")).await, Some(expected.user.clone()));
    assert_eq!(record_of(store, &user).await, expected);

    let settings = PersonChange {
        language: Some(None),
        time_zone: Some(Some("Africa/Cairo".to_owned())),
        ..PersonChange::default()
    };
    expected.user.language = None;
    expected.user.time_zone = Some("Africa/Cairo".to_owned());
    assert_eq!(edit(store, &user, settings).await, Some(expected.user.clone()));
    assert_eq!(record_of(store, &user).await, expected);
}

/// What was edited is found by the next search, and told by the very next session check.
pub async fn an_edit_is_found_and_told_at_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    edit(store, &user, named("Quiet Lantern")).await.unwrap();
    edit(store, &user, within(&["Globex"])).await.unwrap();
    for text in ["lantern", "globex", "jo@example.com"] {
        assert_eq!(found(store, &user, text).await, [user.id], "{text}");
    }
    let told = store.sessions.check(&session, later(1)).await.unwrap().unwrap();
    assert_eq!(told.name, "Quiet Lantern");
    assert_eq!(told.organisations, ["Globex"]);
    edit(store, &user, within(&[])).await.unwrap();
    assert_eq!(found(store, &user, "globex").await, []);
    let told = store.sessions.check(&session, later(2)).await.unwrap().unwrap();
    assert_eq!(told.organisations, [] as [&str; 0]);
}

/// `edit` writes its audit row, or nothing at all.
pub async fn an_edit_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = record_of(store, &user).await;
    let change = PersonChange {
        organisations: within(&["Globex"]).organisations,
        ..named("Somebody Else")
    };
    let spent = spent_row(store, &workspace).await;
    let refused = store.roster.edit(workspace.id, user.id, change.clone(), NOW, spent);
    refused.await.unwrap_err();
    assert_eq!(record_of(store, &user).await, before);
    assert_eq!(found(store, &user, "somebody").await, []);
    let entry = row(workspace.id);
    let done = store.roster.edit(workspace.id, user.id, change, NOW, entry.clone());
    assert!(done.await.unwrap().is_some());
    assert!(was_audited(store, &entry).await);
}

/// Organisations become those that are named: known ones are used, unknown ones made, others left.
pub async fn organisations_become_those_that_are_named(store: &StorePorts) {
    let workspace = acme(store).await;
    let (jo, mo) = (
        customer(store, &workspace, "jo@example.com").await,
        customer(store, &workspace, "mo@example.com").await,
    );
    let jo_first = edit(store, &jo, within(&["Initech", "Globex"])).await.unwrap();
    assert_eq!(names(&jo_first), ["Globex", "Initech"]);
    let mo = edit(store, &mo, within(&["Globex"])).await.unwrap();
    assert_eq!(mo.organisations[0], jo_first.organisations[0]);
    let jo = edit(store, &jo, within(&["Hooli", "Initech"])).await.unwrap();
    assert_eq!(names(&jo), ["Hooli", "Initech"]);
    assert_eq!(record_of(store, &jo).await.user, jo);
    assert_eq!(names(&record_of(store, &mo).await.user), ["Globex"]);
    let jo = edit(store, &jo, within(&[])).await.unwrap();
    assert_eq!(names(&jo), [] as [&str; 0]);
}

/// Nobody is edited, invited or looked at in another workspace than their own, and nothing is written.
pub async fn nobody_is_edited_in_another_workspace(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    invited(store, &user, NOW).await;
    let before = record_of(store, &user).await;
    let rows = audit_rows(store, other.id).await.len();
    let foreign = User {
        workspace: other.id,
        ..user.clone()
    };
    assert_eq!(edit(store, &foreign, named("Eve")).await, None);
    assert_eq!(invitation(store, &foreign, NOW).await, None);
    assert!(!revoke(store, &foreign).await);
    assert_eq!(record_of(store, &user).await, before);
    assert!(invitation(store, &user, NOW).await.is_some());
    assert_eq!(audit_rows(store, other.id).await.len(), rows);
}

/// The newest invitation is told for as long as it would be redeemed.
pub async fn an_invitation_is_told_while_it_can_be_used(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert_eq!(invitation(store, &user, NOW).await, None);
    let first = invited(store, &user, NOW).await;
    let second = invited(store, &user, later(5)).await;
    let told = Invitation {
        sent_at: second.issued_at,
        expires_at: second.expires_at,
    };
    assert_eq!(invitation(store, &user, later(6)).await, Some(told));
    assert_eq!(invitation(store, &user, second.expires_at).await, None);
    assert!(revoke(store, &user).await);
    assert_eq!(invitation(store, &user, later(6)).await, None);
    for link in [first, second] {
        assert!(matches!(state_of(store, &link, NOW).await, LinkState::Expired(_)));
    }
    assert!(!revoke(store, &user).await, "there is none any more");
}

/// Of any number of parallel revocations one is told that it revoked, and one row is written.
pub async fn a_race_of_revocations_revokes_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    invited(store, &user, NOW).await;
    let rows = audit_rows(store, workspace.id).await.len();
    let said = race(RACERS, |_| {
        let (store, user) = (store.clone(), user.clone());
        async move { revoke(&store, &user).await }
    })
    .await;
    assert_eq!(said.iter().filter(|revoked| **revoked).count(), 1);
    assert_eq!(audit_rows(store, workspace.id).await.len(), rows + 1);
}

/// Revoking spares links of other purposes and of other people.
pub async fn revoking_spares_other_links(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let other = customer(store, &workspace, "mo@example.com").await;
    let reset = link(&user, LinkPurpose::ResetPassword);
    store.links.issue(issue(reset.clone())).await.unwrap();
    let theirs = invited(store, &other, NOW).await;
    invited(store, &user, NOW).await;
    assert!(revoke(store, &user).await);
    for link in [reset, theirs] {
        assert_eq!(state_of(store, &link, NOW).await, LinkState::Live(link));
    }
}
