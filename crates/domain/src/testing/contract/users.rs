//! Contracts of [`Users`](crate::ports::Users).

use std::collections::HashSet;

use super::support::{
    NOW, acme, add_email, another, audit_rows, customer, link, mail, mails_to, phc, put, race, record_of, row,
    state_of, user_id, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::{EmailId, OrganisationId, UserId};
use crate::one_time::{LinkPurpose, LinkState};
use crate::people_search::UserFilter;
use crate::ports::{ContactUpsert, NewUser, UserCreated, UserQuery};
use crate::role::{Rights, Role};
use crate::testing::given::unique;
use crate::testing::{Person, address};
use crate::user::{ContactIdentity, User, UserStatus};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("users.rs");

async fn found(store: &StorePorts, workspace: &Workspace, email: &str) -> Option<UserId> {
    store
        .users
        .find_for_sign_in(workspace.id, &address(email).key())
        .await
        .unwrap()
        .map(|record| record.user.id)
}

fn contact(workspace: &Workspace, identity: ContactIdentity) -> ContactUpsert {
    ContactUpsert {
        workspace: workspace.id,
        identity,
        name: None,
        new_user: user_id(),
        new_email: EmailId::from_uuid(unique()),
        organisations: Vec::new(),
        now: NOW,
        rights: Rights::OPERATOR,
    }
}

fn by_email(workspace: &Workspace, email: &str) -> ContactUpsert {
    let identity = ContactIdentity::Email {
        address: address(email),
    };
    contact(workspace, identity)
}

async fn upsert(store: &StorePorts, contact: ContactUpsert) -> (User, bool) {
    let entry = row(contact.workspace);
    store.users.upsert_contact(contact, entry).await.unwrap()
}

async fn everybody(store: &StorePorts, workspace: &Workspace, text: Option<&str>) -> Vec<User> {
    let query = UserQuery {
        text: text.map(str::to_owned),
        filter: UserFilter::default(),
        after: None,
        limit: 200,
    };
    store.users.search(workspace.id, query).await.unwrap()
}

/// `find_for_sign_in` finds the person on whom the address is verified, before one whose primary address it is.
pub async fn a_proved_address_is_found_before_a_primary_claim(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimant = put(store, Person::customer(workspace.id, "shared@example.com").unproved()).await;
    let owner = customer(store, &workspace, "owner@example.com").await;
    assert_eq!(found(store, &workspace, "shared@example.com").await, Some(claimant.id));
    add_email(store, &owner, "shared@example.com", true).await;
    assert_eq!(found(store, &workspace, "shared@example.com").await, Some(owner.id));
}

/// `find_for_sign_in` finds the person whose primary address it is, proved or not.
pub async fn an_unproved_primary_address_is_found(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimant = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    assert_eq!(found(store, &workspace, "jo@example.com").await, Some(claimant.id));
    assert_eq!(found(store, &workspace, "jo@example.org").await, None);
}

/// An unproved secondary address finds nobody (R47).
pub async fn an_unproved_secondary_address_finds_nobody(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    add_email(store, &user, "claimed@example.com", false).await;
    add_email(store, &user, "proved@example.com", true).await;
    assert_eq!(found(store, &workspace, "claimed@example.com").await, None);
    assert_eq!(found(store, &workspace, "proved@example.com").await, Some(user.id));
}

/// Addresses are compared by their key: ASCII case does not matter, `+` and dots do (R44).
pub async fn addresses_are_found_by_key(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "Jo.Doe+x@Example.com").await;
    assert_eq!(found(store, &workspace, "jo.doe+X@EXAMPLE.COM").await, Some(user.id));
    for other in ["jo.doe@example.com", "jodoe+x@example.com"] {
        assert_eq!(found(store, &workspace, other).await, None, "{other}");
    }
    let stored = record_of(store, &user).await.user;
    assert_eq!(
        stored.emails[0].address.as_str(),
        "Jo.Doe+x@example.com",
        "R45: as spelled"
    );
}

/// A person comes back as they were made, by id, by address and by record.
pub async fn people_come_back_as_they_were_made(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut person = Person::customer(workspace.id, "jo@example.com").role(Role::Agent);
    person.user.language = Some("ar".to_owned());
    person.user.time_zone = Some("Africa/Cairo".to_owned());
    "Jo \u{627} O'Doe".clone_into(&mut person.user.name);
    let entry = row(workspace.id);
    let said = store.users.create(person.to_new_user(), entry.clone()).await.unwrap();
    assert_eq!(said, UserCreated::Created);
    let by_id = store.users.find(workspace.id, person.user.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&person.user));
    let record = record_of(store, &person.user).await;
    assert_eq!((record.user, record.password), (person.user.clone(), person.password));
    assert!(was_audited(store, &entry).await);

    let bare = Person::customer(workspace.id, "bare@example.com").without_password();
    put(store, bare.clone()).await;
    let record = record_of(store, &bare.user).await;
    assert_eq!((record.user.has_password, record.password), (false, None));
}

/// Nobody is found in another workspace than their own, by any read.
pub async fn nobody_is_found_in_another_workspace(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    assert_eq!(found(store, &other, "jo@example.com").await, None);
    assert_eq!(store.users.find(other.id, user.id).await.unwrap(), None);
    assert_eq!(store.users.find_record(other.id, user.id).await.unwrap(), None);
    assert_eq!(everybody(store, &other, None).await, []);
    let twin = customer(store, &other, "jo@example.com").await;
    assert_eq!(found(store, &workspace, "jo@example.com").await, Some(user.id));
    assert_eq!(found(store, &other, "jo@example.com").await, Some(twin.id));
}

/// `create` is atomic: where the audit row cannot be written, there is no person, link or mail either.
pub async fn create_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let person = Person::customer(workspace.id, "jo@example.com").without_password();
    let invite = link(&person.user, LinkPurpose::Invite);
    let new = NewUser {
        invite: Some((invite.clone(), Some(mail(workspace.id, "jo@example.com", NOW)))),
        ..person.to_new_user()
    };
    store.users.create(new, spent).await.unwrap_err();
    assert_eq!(store.users.find(workspace.id, person.user.id).await.unwrap(), None);
    assert_eq!(state_of(store, &invite, NOW).await, LinkState::Unknown);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    customer(store, &workspace, "jo@example.com").await;
}

/// `create` stores person, link and mail together.
pub async fn create_stores_the_invitation_with_the_person(store: &StorePorts) {
    let workspace = acme(store).await;
    let person = Person::customer(workspace.id, "jo@example.com")
        .without_password()
        .unproved();
    let invite = link(&person.user, LinkPurpose::Invite);
    let new = NewUser {
        invite: Some((invite.clone(), Some(mail(workspace.id, "jo@example.com", NOW)))),
        ..person.to_new_user()
    };
    let said = store.users.create(new, row(workspace.id)).await.unwrap();
    assert_eq!(said, UserCreated::Created);
    assert_eq!(state_of(store, &invite, NOW).await, LinkState::Live(invite));
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
}

/// An address that is proved on somebody, or is somebody's primary one, is taken, and nothing is written.
pub async fn a_taken_address_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let owner = customer(store, &workspace, "owner@example.com").await;
    add_email(store, &owner, "second@example.com", true).await;
    let claimant = put(store, Person::customer(workspace.id, "claimed@example.com").unproved()).await;
    let rows = audit_rows(store, workspace.id).await.len();
    for (email, holder) in [
        ("OWNER@example.com", owner.id),
        ("second@example.com", owner.id),
        ("claimed@example.com", claimant.id),
    ] {
        let person = Person::customer(workspace.id, email);
        let invite = link(&person.user, LinkPurpose::Invite);
        let new = NewUser {
            invite: Some((invite.clone(), Some(mail(workspace.id, email, NOW)))),
            ..person.to_new_user()
        };
        let said = store.users.create(new, row(workspace.id)).await.unwrap();
        assert_eq!(said, UserCreated::AddressTaken(holder), "{email}");
        assert_eq!(store.users.find(workspace.id, person.user.id).await.unwrap(), None);
        assert_eq!(state_of(store, &invite, NOW).await, LinkState::Unknown);
        assert_eq!(mails_to(store, &workspace, email).await, []);
    }
    assert_eq!(audit_rows(store, workspace.id).await.len(), rows);
}

/// An unverified claim never blocks a real owner (R48).
pub async fn a_claimed_secondary_address_does_not_block_its_owner(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimant = customer(store, &workspace, "claimant@example.com").await;
    add_email(store, &claimant, "jo@example.com", false).await;
    let owner = customer(store, &workspace, "jo@example.com").await;
    assert_eq!(found(store, &workspace, "jo@example.com").await, Some(owner.id));
}

/// Parallel `create` calls for one address make one person.
pub async fn a_race_for_one_address_makes_one_person(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let email = if i % 2 == 0 { "jo@example.com" } else { "JO@Example.com" };
        let person = Person::customer(workspace.id, email).unproved();
        let entry = row(workspace.id);
        async move {
            (
                person.user.id,
                ports.users.create(person.to_new_user(), entry).await.unwrap(),
            )
        }
    })
    .await;
    let made: Vec<UserId> = said
        .iter()
        .filter(|(_, outcome)| *outcome == UserCreated::Created)
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(made.len(), 1);
    for (_, outcome) in said.iter().filter(|(id, _)| *id != made[0]) {
        assert_eq!(*outcome, UserCreated::AddressTaken(made[0]));
    }
    assert_eq!(everybody(store, &workspace, None).await.len(), 1);
}

/// `upsert_contact` finds by the same rule as `find_for_sign_in`.
pub async fn upsert_finds_by_the_rule_of_sign_in(store: &StorePorts) {
    let workspace = acme(store).await;
    let owner = customer(store, &workspace, "owner@example.com").await;
    add_email(store, &owner, "proved@example.com", true).await;
    add_email(store, &owner, "claimed@example.com", false).await;
    for email in ["OWNER@example.com", "proved@example.com"] {
        let (user, made) = upsert(store, by_email(&workspace, email)).await;
        assert_eq!((user.id, made), (owner.id, false), "{email}");
    }
    let (stranger, made) = upsert(store, by_email(&workspace, "claimed@example.com")).await;
    assert!(
        made && stranger.id != owner.id,
        "an unproved secondary address belongs to nobody yet"
    );
    assert_eq!(found(store, &workspace, "claimed@example.com").await, Some(stranger.id));
}

/// `upsert_contact` never verifies an address.
pub async fn upsert_never_verifies_an_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let (made, created) = upsert(store, by_email(&workspace, "new@example.com")).await;
    assert!(created && !made.has_password);
    assert_eq!((made.role, made.emails.len()), (Role::Customer, 1));
    assert!(made.emails[0].primary);
    let (again, created) = upsert(store, by_email(&workspace, "new@example.com")).await;
    assert!(!created);
    for user in [made.clone(), again, record_of(store, &made).await.user] {
        assert_eq!(user.emails[0].verified_at, None);
    }
    let claimant = put(store, Person::customer(workspace.id, "claimed@example.com").unproved()).await;
    let version = record_of(store, &claimant).await.credentials_version;
    let (user, _) = upsert(store, by_email(&workspace, "claimed@example.com")).await;
    assert_eq!((user.id, user.emails[0].verified_at), (claimant.id, None));
    assert_eq!(record_of(store, &claimant).await.credentials_version, version);
}

/// The name is set on a new person always, on an existing one only where theirs is empty.
pub async fn upsert_names_only_the_nameless(store: &StorePorts) {
    let workspace = acme(store).await;
    let named = |email: &str, name: &str| ContactUpsert {
        name: Some(name.to_owned()),
        ..by_email(&workspace, email)
    };
    let (user, _) = upsert(store, by_email(&workspace, "jo@example.com")).await;
    assert_eq!(user.name, "");
    let (user, _) = upsert(store, named("jo@example.com", "Jo")).await;
    assert_eq!(user.name, "Jo");
    let (user, _) = upsert(store, named("jo@example.com", "Somebody Else")).await;
    assert_eq!(
        (user.name.as_str(), record_of(store, &user).await.user.name.as_str()),
        ("Jo", "Jo")
    );
    let (user, _) = upsert(store, named("new@example.com", "New")).await;
    assert_eq!(user.name, "New");
}

/// Somebody who may do more than whoever does it is found, and left as they are (R97).
pub async fn upsert_leaves_whoever_may_do_more_as_they_are(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut agent = Person::customer(workspace.id, "jo@example.com").role(Role::Agent);
    agent.user.name = String::new();
    let agent = put(store, agent).await;
    let contact = ContactUpsert {
        name: Some("Not Jo".to_owned()),
        organisations: vec![(OrganisationId::from_uuid(unique()), "Globex".to_owned())],
        rights: Rights::API_KEY,
        ..by_email(&workspace, "jo@example.com")
    };
    let (found, made) = upsert(store, contact.clone()).await;
    assert!(!made);
    assert_eq!(
        (found.id, found.name.as_str(), found.organisations.len()),
        (agent.id, "", 0)
    );
    assert_eq!(record_of(store, &agent).await.user, found);
    let (reached, _) = upsert(
        store,
        ContactUpsert {
            rights: Rights::of(Role::Agent),
            ..contact
        },
    )
    .await;
    assert_eq!((reached.name.as_str(), reached.organisations.len()), ("Not Jo", 1));
}

/// Organisations that are not known are made, known ones are used, and nobody is in one twice.
pub async fn upsert_puts_people_into_organisations_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let within = |workspace: &Workspace, email: &str, names: &[&str]| ContactUpsert {
        organisations: names
            .iter()
            .map(|name| (OrganisationId::from_uuid(unique()), (*name).to_owned()))
            .collect(),
        ..by_email(workspace, email)
    };
    let (jo, _) = upsert(store, within(&workspace, "jo@example.com", &["Globex", "Initech"])).await;
    let (jo_again, _) = upsert(store, within(&workspace, "jo@example.com", &["Globex"])).await;
    let (mo, _) = upsert(store, within(&workspace, "mo@example.com", &["Globex"])).await;
    let (foreign, _) = upsert(store, within(&other, "jo@example.com", &["Globex"])).await;
    let names = |user: &User| {
        let mut names: Vec<String> = user.organisations.iter().map(|group| group.name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&jo), ["Globex", "Initech"]);
    assert_eq!(names(&jo_again), ["Globex", "Initech"]);
    let globex = |user: &User| {
        user.organisations
            .iter()
            .find(|group| group.name == "Globex")
            .map(|group| group.id)
    };
    assert_eq!(globex(&mo), globex(&jo));
    assert_ne!(globex(&foreign), globex(&jo), "organisations belong to one workspace");
}

/// `upsert_contact` makes at most one person per address under any concurrency.
pub async fn a_race_of_upserts_makes_one_person_per_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let contact = by_email(&workspace, if i % 2 == 0 { "jo@example.com" } else { "JO@example.com" });
        async move { upsert(&ports, contact).await }
    })
    .await;
    assert_one_person(store, &workspace, &said).await;
}

/// `upsert_contact` makes at most one person per identity of X or Facebook under any concurrency, and keeps the two
/// apart.
pub async fn a_race_of_upserts_makes_one_person_per_foreign_identity(store: &StorePorts) {
    for (slug, facebook) in [("acme", false), ("other", true)] {
        let workspace = another(store, slug).await;
        let said = race(RACERS, |_| {
            let ports = store.clone();
            let subject = "12345".to_owned();
            let identity = if facebook {
                ContactIdentity::Facebook { subject }
            } else {
                ContactIdentity::X { subject }
            };
            let contact = contact(&workspace, identity);
            async move { upsert(&ports, contact).await }
        })
        .await;
        assert_one_person(store, &workspace, &said).await;
        assert_eq!(said[0].0.emails, []);
    }
    let workspace = another(store, "third").await;
    let subject = || "12345".to_owned();
    let (x, _) = upsert(store, contact(&workspace, ContactIdentity::X { subject: subject() })).await;
    let (facebook, made) = upsert(
        store,
        contact(&workspace, ContactIdentity::Facebook { subject: subject() }),
    )
    .await;
    assert!(made && x.id != facebook.id);
}

async fn assert_one_person(store: &StorePorts, workspace: &Workspace, said: &[(User, bool)]) {
    let ids: HashSet<UserId> = said.iter().map(|(user, _)| user.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(said.iter().filter(|(_, made)| *made).count(), 1);
    assert_eq!(everybody(store, workspace, None).await.len(), 1);
}

/// Parallel upserts make one organisation of a name.
pub async fn a_race_of_upserts_makes_one_organisation_per_name(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let contact = ContactUpsert {
            organisations: vec![(OrganisationId::from_uuid(unique()), "Globex".to_owned())],
            ..by_email(&workspace, &format!("jo{}@example.com", i % 10))
        };
        async move { upsert(&ports, contact).await.0 }
    })
    .await;
    let ids: HashSet<OrganisationId> = said
        .iter()
        .flat_map(|user| user.organisations.iter().map(|group| group.id))
        .collect();
    assert_eq!(ids.len(), 1);
    assert!(said.iter().all(|user| user.organisations.len() == 1));
}

/// The portal application and a sign-up that race for one address make one person (A2).
pub async fn an_upsert_and_a_sign_up_of_one_address_make_one_person(store: &StorePorts) {
    let workspace = acme(store).await;
    race(RACERS, |i| {
        let ports = store.clone();
        let (contact, entry) = (by_email(&workspace, "jo@example.com"), row(workspace.id));
        let person = Person::customer(workspace.id, "jo@example.com").with_password(phc("x"));
        async move {
            if i % 2 == 0 {
                upsert(&ports, contact).await;
            } else {
                ports.users.create(person.to_new_user(), entry).await.unwrap();
            }
        }
    })
    .await;
    assert_eq!(everybody(store, &workspace, None).await.len(), 1);
}

/// `search` looks in name, addresses, identities and organisations, ignoring case.
pub async fn search_reads_names_addresses_identities_and_organisations(store: &StorePorts) {
    let workspace = acme(store).await;
    let named = |identity: ContactIdentity, name: &str, organisation: Option<&str>| ContactUpsert {
        name: Some(name.to_owned()),
        organisations: organisation
            .map(|name| (OrganisationId::from_uuid(unique()), name.to_owned()))
            .into_iter()
            .collect(),
        ..contact(&workspace, identity)
    };
    let email = |email: &str| ContactIdentity::Email {
        address: address(email),
    };
    let (jo, _) = upsert(store, named(email("first@example.com"), "Jo Smith", None)).await;
    let (mo, _) = upsert(store, named(email("Mo.Jones@example.org"), "M", Some("Globex"))).await;
    let x = ContactIdentity::X {
        subject: "998877".to_owned(),
    };
    let (xavier, _) = upsert(store, named(x, "Xavier", Some("Globex"))).await;
    add_email(store, &jo, "second@example.net", false).await;
    for (text, expected) in [
        (Some("SMITH"), vec![jo.id]),
        (Some("mo.jones"), vec![mo.id]),
        (Some("second@EXAMPLE.net"), vec![jo.id]),
        (Some("globex"), vec![mo.id, xavier.id]),
        (Some("9988"), vec![xavier.id]),
        (Some("nobody at all"), vec![]),
        (None, vec![jo.id, mo.id, xavier.id]),
    ] {
        let mut expected = expected;
        expected.sort();
        let ids: Vec<UserId> = everybody(store, &workspace, text)
            .await
            .iter()
            .map(|user| user.id)
            .collect();
        assert_eq!(ids, expected, "{text:?}");
    }
}

/// What a pattern language would take for a wildcard or an escape is an ordinary character of a search (R118).
pub async fn search_takes_wildcards_literally(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut expected = Vec::new();
    let names = [
        "Fifty % off",
        "under_score",
        "back\\slash",
        "quote ' quote",
        "% first",
        "_ first",
        "\\ first",
        "plain",
    ];
    for (n, name) in names.iter().enumerate() {
        let mut person = Person::customer(workspace.id, &format!("p{n}@example.com"));
        (*name).clone_into(&mut person.user.name);
        expected.push(put(store, person).await.id);
    }
    let texts = ["Fifty %", "under_s", "back\\s", "quote '", "%", "_", "\\"];
    for (n, text) in texts.iter().enumerate() {
        let ids: Vec<UserId> = everybody(store, &workspace, Some(text))
            .await
            .iter()
            .map(|user| user.id)
            .collect();
        assert_eq!(ids, [expected[n]], "{text:?}");
    }
}

/// A text without three letters or digits in a row finds whatever begins with it, and nothing that only holds it.
pub async fn search_for_a_short_text_looks_at_beginnings(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut person = Person::customer(workspace.id, "first@example.com");
    "Jo Zu".clone_into(&mut person.user.name);
    let jo = put(store, person).await;
    add_email(store, &jo, "zebra@example.net", false).await;
    let within = ContactUpsert {
        organisations: vec![(OrganisationId::from_uuid(unique()), "Øre AS".to_owned())],
        ..by_email(&workspace, "second@example.com")
    };
    let (second, _) = upsert(store, within).await;
    for (text, expected) in [
        ("j", vec![jo.id]),
        ("JO", vec![jo.id]),
        ("ze", vec![jo.id]),
        ("zu", vec![]),
        ("øR", vec![second.id]),
        ("as", vec![]),
        ("s", vec![second.id]),
    ] {
        let ids: Vec<UserId> = everybody(store, &workspace, Some(text))
            .await
            .iter()
            .map(|user| user.id)
            .collect();
        assert_eq!(ids, expected, "{text:?}");
    }
}

/// `search` finds people by what they are connected by, as it is now.
pub async fn search_finds_by_connection(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let id = super::connections::a_connection(store, &user, "quietlantern").await;
    let found = everybody(store, &workspace, Some("ETLANT")).await;
    assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), [user.id]);
    let version = record_of(store, &user).await.credentials_version;
    let gone = store
        .connections
        .disconnect(workspace.id, user.id, id, version, row(workspace.id), Vec::new());
    assert_eq!(gone.await.unwrap(), crate::ports::Disconnected::Disconnected);
    assert_eq!(everybody(store, &workspace, Some("ETLANT")).await, []);
}

/// `search` leaves out whom the filter does, with a text and without.
pub async fn search_narrows_by_role_status_and_organisation(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let mut people = Vec::new();
    for (n, role) in Role::ALL.into_iter().enumerate() {
        let person = Person::customer(workspace.id, &format!("person{n}@example.com")).role(role);
        let person = if n % 2 == 0 { person.disabled() } else { person };
        people.push(put(store, person).await);
    }
    put(
        store,
        Person::customer(other.id, "person1@example.com").role(Role::Owner),
    )
    .await;
    let within = ContactUpsert {
        organisations: vec![(OrganisationId::from_uuid(unique()), "Globex".to_owned())],
        ..by_email(&workspace, "person0@example.com")
    };
    let (member, _) = upsert(store, within).await;
    let globex = member.organisations[0].id;
    let all = |which: &dyn Fn(usize, Role) -> bool| {
        let chosen = Role::ALL.into_iter().enumerate().filter(|(n, role)| which(*n, *role));
        let mut ids: Vec<UserId> = chosen.map(|(n, _)| people[n].id).collect();
        ids.sort();
        ids
    };
    let of = |roles: &[Role], status: Option<UserStatus>, organisation: Option<OrganisationId>| UserFilter {
        roles: roles.to_vec(),
        status,
        organisation,
    };
    let active = Some(UserStatus::Active);
    let disabled = Some(UserStatus::Disabled);
    for (filter, expected) in [
        (UserFilter::default(), all(&|_, _| true)),
        (UserFilter::staff(), all(&|_, role| role >= Role::Agent)),
        (
            of(&[Role::Customer], None, None),
            all(&|_, role| role == Role::Customer),
        ),
        (of(&[], active, None), all(&|n, _| n % 2 == 1)),
        (of(&[], disabled, None), all(&|n, _| n % 2 == 0)),
        (
            of(&[Role::Admin, Role::Customer], disabled, None),
            all(&|n, role| n % 2 == 0 && role == Role::Customer),
        ),
        (of(&[], None, Some(globex)), vec![member.id]),
        (of(&[Role::Owner], None, Some(globex)), vec![]),
        (of(&[], disabled, Some(globex)), vec![member.id]),
        (of(&[], None, Some(OrganisationId::from_uuid(unique()))), vec![]),
    ] {
        for text in [None, Some("person"), Some("p"), Some("nobody")] {
            let query = UserQuery {
                text: text.map(str::to_owned),
                filter: filter.clone(),
                after: None,
                limit: 200,
            };
            let found = store.users.search(workspace.id, query).await.unwrap();
            let ids: Vec<UserId> = found.iter().map(|user| user.id).collect();
            let expected = if text == Some("nobody") {
                &[]
            } else {
                expected.as_slice()
            };
            assert_eq!(ids, expected, "{filter:?} {text:?}");
        }
    }
    let foreign = of(&[], None, Some(globex));
    let query = UserQuery {
        text: None,
        filter: foreign,
        after: None,
        limit: 10,
    };
    assert_eq!(store.users.search(other.id, query).await.unwrap(), []);
}

/// `search` gives pages in order of id, each after the last id of the one before.
pub async fn search_pages_in_order_of_id(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut expected = Vec::new();
    for n in 0..7 {
        expected.push(customer(store, &workspace, &format!("p{n}@example.com")).await.id);
    }
    expected.sort();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let query = UserQuery {
            text: None,
            filter: UserFilter::default(),
            after,
            limit: 3,
        };
        let page = store.users.search(workspace.id, query).await.unwrap();
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|user| user.id));
    }
    assert_eq!(seen, expected);
}

/// `with_roles` gives everybody with one of these roles, active or not, in order of id, of one workspace.
pub async fn with_roles_gives_those_who_have_one(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let mut expected = Vec::new();
    for (n, role) in [
        Role::Owner,
        Role::Customer,
        Role::Admin,
        Role::Agent,
        Role::Admin,
        Role::Collaborator,
    ]
    .into_iter()
    .enumerate()
    {
        let person = Person::customer(workspace.id, &format!("p{n}@example.com")).role(role);
        let person = if n == 4 { person.disabled() } else { person };
        let user = put(store, person).await;
        if matches!(role, Role::Owner | Role::Admin) {
            expected.push(user.id);
        }
    }
    put(store, Person::customer(other.id, "p0@example.com").role(Role::Owner)).await;
    let with = async |roles| {
        let found = store.users.with_roles(workspace.id, roles).await.unwrap();
        found.into_iter().map(|user| user.id).collect::<Vec<UserId>>()
    };
    assert_eq!(with(vec![Role::Admin, Role::Owner]).await, expected);
    assert_eq!(with(vec![Role::Owner]).await, expected[..1]);
    assert_eq!(with(Vec::new()).await, []);
}
