//! Contracts of [`Organisations`](crate::ports::Organisations).

use super::support::{
    NOW, acme, another, customer, later, put, race, record_of, reset, reset_link, row, signed_in, spent_row, uuid,
    was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::{EmailId, OrganisationId, UserId};
use crate::organisation::{EmailDomain, ListedOrganisation, Organisation};
use crate::people_search::UserFilter;
use crate::ports::{ContactUpsert, MailboxProof, OrganisationQuery, OrganisationSaved, ResetOutcome, UserQuery};
use crate::testing::{Person, address};
use crate::user::{ContactIdentity, User, UserEmail};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("organisations.rs");

fn organisation(workspace: &Workspace, name: &str, domains: &[&str]) -> Organisation {
    Organisation {
        id: OrganisationId::from_uuid(uuid()),
        workspace: workspace.id,
        name: name.to_owned(),
        domains: domains
            .iter()
            .map(|domain| EmailDomain::parse(domain).unwrap())
            .collect(),
        created_at: NOW,
    }
}

async fn created(store: &StorePorts, organisation: Organisation) -> Organisation {
    let said = store
        .organisations
        .create(organisation.clone(), row(organisation.workspace));
    assert_eq!(said.await.unwrap(), OrganisationSaved::Saved);
    organisation
}

async fn change(store: &StorePorts, organisation: &Organisation) -> OrganisationSaved {
    let said = store
        .organisations
        .change(organisation.clone(), row(organisation.workspace));
    said.await.unwrap()
}

fn query(text: Option<&str>, after: Option<&str>, limit: u32) -> OrganisationQuery {
    OrganisationQuery {
        text: text.map(str::to_owned),
        after: after.map(str::to_owned),
        limit,
    }
}

async fn names(store: &StorePorts, workspace: &Workspace, query: OrganisationQuery) -> Vec<String> {
    let listed = store.organisations.list(workspace.id, query).await.unwrap();
    listed.into_iter().map(|listed| listed.organisation.name).collect()
}

async fn prove(store: &StorePorts, user: &User, email: &str) {
    let proof = MailboxProof {
        workspace: user.workspace,
        user: user.id,
        address: address(email).key(),
        keep_password: true,
        password: None,
        name: None,
        now: NOW,
    };
    let entry = row(user.workspace);
    assert!(store.credentials.prove_mailbox(proof, entry).await.unwrap());
}

async fn organisations_of(store: &StorePorts, user: &User) -> Vec<String> {
    let user = record_of(store, user).await.user;
    user.organisations.into_iter().map(|known| known.name).collect()
}

async fn found_by(store: &StorePorts, workspace: &Workspace, text: &str) -> usize {
    let query = UserQuery {
        text: Some(text.to_owned()),
        filter: UserFilter::default(),
        after: None,
        limit: 10,
    };
    store.users.search(workspace.id, query).await.unwrap().len()
}

/// Organisations come back as they were made, in their own workspace only, with their audit row.
pub async fn organisations_come_back_as_they_were_made(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let globex = organisation(&workspace, "Globex", &["globex.example", "globex.test"]);
    let entry = row(workspace.id);
    let said = store.organisations.create(globex.clone(), entry.clone()).await;
    assert_eq!(said.unwrap(), OrganisationSaved::Saved);
    assert!(was_audited(store, &entry).await);
    let found = store.organisations.find(workspace.id, globex.id).await.unwrap();
    let listed = ListedOrganisation {
        organisation: globex.clone(),
        members: 0,
    };
    assert_eq!(found, Some(listed));
    assert_eq!(store.organisations.find(other.id, globex.id).await.unwrap(), None);
    let foreign = Organisation {
        workspace: other.id,
        ..globex.clone()
    };
    assert_eq!(change(store, &foreign).await, OrganisationSaved::Gone);
    let deleted = store.organisations.delete(other.id, globex.id, row(other.id));
    assert!(!deleted.await.unwrap());
    let changed = Organisation {
        name: "Globex Corporation".to_owned(),
        domains: vec![EmailDomain::parse("globex.test").unwrap()],
        created_at: later(5),
        ..globex.clone()
    };
    assert_eq!(change(store, &changed).await, OrganisationSaved::Saved);
    let found = store.organisations.find(workspace.id, globex.id).await.unwrap();
    let expected = Organisation {
        created_at: NOW,
        ..changed
    };
    assert_eq!(found.unwrap().organisation, expected, "when it was made stays");
}

/// A list is in order of name, in pages, and filtered by name and domain.
pub async fn organisations_are_listed_by_name(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    created(store, organisation(&workspace, "delta 50%", &[])).await;
    created(store, organisation(&workspace, "beta", &["beta.example"])).await;
    created(store, organisation(&workspace, "alpha", &["one.test", "two.test"])).await;
    created(store, organisation(&workspace, "gamma", &[])).await;
    created(store, organisation(&other, "foreign", &["beta.example"])).await;
    let all = ["alpha", "beta", "delta 50%", "gamma"];
    assert_eq!(names(store, &workspace, query(None, None, 10)).await, all);
    assert_eq!(names(store, &workspace, query(None, None, 2)).await, all[..2]);
    assert_eq!(names(store, &workspace, query(None, Some("beta"), 2)).await, all[2..]);
    for (text, found) in [
        ("ETA", &["beta"][..]),
        ("two.test", &["alpha"]),
        (".TEST", &["alpha"]),
        ("%", &["delta 50%"]),
        ("_", &[]),
        ("nobody", &[]),
    ] {
        assert_eq!(
            names(store, &workspace, query(Some(text), None, 10)).await,
            found,
            "{text}"
        );
    }
}

/// No two organisations of a workspace have one name or one domain; those of two workspaces may.
pub async fn names_and_domains_belong_to_one_organisation(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    created(store, organisation(&workspace, "globex", &["globex.example"])).await;
    created(store, organisation(&other, "globex", &["globex.example"])).await;
    let second = created(store, organisation(&workspace, "second", &["second.example"])).await;
    let domain = EmailDomain::parse("globex.example").unwrap();
    let wanted = organisation(&workspace, "third", &["third.example", "globex.example"]);
    let said = store.organisations.create(wanted, row(workspace.id)).await.unwrap();
    assert_eq!(said, OrganisationSaved::DomainTaken(domain.clone()));
    let wanted = organisation(&workspace, "globex", &[]);
    let said = store.organisations.create(wanted, row(workspace.id)).await.unwrap();
    assert_eq!(said, OrganisationSaved::NameTaken);
    let mut changed = second.clone();
    "globex".clone_into(&mut changed.name);
    assert_eq!(change(store, &changed).await, OrganisationSaved::NameTaken);
    changed = second.clone();
    changed.domains = vec![domain.clone()];
    assert_eq!(change(store, &changed).await, OrganisationSaved::DomainTaken(domain));
    let found = store.organisations.find(workspace.id, second.id).await.unwrap();
    assert_eq!(found.unwrap().organisation, second, "nothing was changed");
    assert_eq!(names(store, &workspace, query(None, None, 10)).await.len(), 2);
}

/// Of any number who want a domain at the same moment one gets it.
pub async fn a_race_for_a_domain_has_one_winner(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS / 4, |at| {
        let wanted = organisation(&workspace, &format!("name {at}"), &["globex.example"]);
        let ports = store.clone();
        async move {
            ports
                .organisations
                .create(wanted.clone(), row(wanted.workspace))
                .await
                .unwrap()
        }
    })
    .await;
    let won = said.iter().filter(|said| **said == OrganisationSaved::Saved);
    assert_eq!(won.count(), 1, "{said:?}");
}

/// A new name counts on the person, in searches, and on the very next check of a live session.
pub async fn a_new_name_counts_everywhere(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut globex = created(store, organisation(&workspace, "Globex", &["globex.example"])).await;
    let user = customer(store, &workspace, "jo@globex.example").await;
    let session = signed_in(store, &user).await;
    "Ünited Widgets".clone_into(&mut globex.name);
    assert_eq!(change(store, &globex).await, OrganisationSaved::Saved);
    assert_eq!(organisations_of(store, &user).await, ["Ünited Widgets"]);
    assert_eq!(found_by(store, &workspace, "ünited").await, 1);
    let view = store.sessions.check(&session, NOW).await.unwrap().unwrap();
    assert_eq!(view.organisations, ["Ünited Widgets"]);
}

/// A removed organisation leaves its members, who belong to it no more; its name and domains are free.
pub async fn a_removed_organisation_leaves_its_members(store: &StorePorts) {
    let workspace = acme(store).await;
    let globex = created(store, organisation(&workspace, "Widgets", &["globex.example"])).await;
    let user = customer(store, &workspace, "jo@globex.example").await;
    let session = signed_in(store, &user).await;
    let listed = store.organisations.find(workspace.id, globex.id).await.unwrap();
    assert_eq!(listed.unwrap().members, 1);
    let entry = row(workspace.id);
    let deleted = store.organisations.delete(workspace.id, globex.id, entry.clone());
    assert!(deleted.await.unwrap());
    assert!(was_audited(store, &entry).await);
    assert_eq!(organisations_of(store, &user).await, [""; 0]);
    assert_eq!(found_by(store, &workspace, "widgets").await, 0);
    let view = store.sessions.check(&session, NOW).await.unwrap().unwrap();
    assert_eq!(view.organisations, [""; 0]);
    let again = row(workspace.id);
    let deleted = store.organisations.delete(workspace.id, globex.id, again.clone());
    assert!(!deleted.await.unwrap());
    assert!(!was_audited(store, &again).await);
    created(store, organisation(&workspace, "Widgets", &["globex.example"])).await;
}

/// Whoever is made with a proved address, proves one, or sets a password by a link to it, belongs to the organisation of
/// its domain; of that very domain, and not of one below it.
pub async fn a_proved_address_places_its_owner(store: &StorePorts) {
    let workspace = acme(store).await;
    created(store, organisation(&workspace, "Globex", &["globex.example"])).await;
    let made = customer(store, &workspace, "made@globex.example").await;
    let proving = put(store, Person::customer(workspace.id, "p@globex.example").unproved()).await;
    let resetting = put(store, Person::customer(workspace.id, "r@globex.example").unproved()).await;
    let below = customer(store, &workspace, "b@mail.globex.example").await;
    prove(store, &proving, "p@globex.example").await;
    let link = reset_link(store, &resetting).await;
    let said = store.credentials.reset_password(reset(&link, "new"), row(workspace.id));
    assert_eq!(said.await.unwrap(), ResetOutcome::Reset);
    for user in [&made, &proving, &resetting] {
        assert_eq!(organisations_of(store, user).await, ["Globex"]);
    }
    assert_eq!(organisations_of(store, &below).await, [""; 0]);
    assert_eq!(found_by(store, &workspace, "globex\u{0}").await, 0);
    let listed = store.organisations.list(workspace.id, query(None, None, 10)).await;
    assert_eq!(listed.unwrap()[0].members, 3);
}

/// An address that is only claimed places nobody: anybody may claim one.
pub async fn a_claimed_address_places_nobody(store: &StorePorts) {
    let workspace = acme(store).await;
    created(store, organisation(&workspace, "Globex", &["globex.example"])).await;
    let claimed = put(store, Person::customer(workspace.id, "jo@globex.example").unproved()).await;
    assert_eq!(organisations_of(store, &claimed).await, [""; 0]);
}

/// Somebody without any address who is given a proved one belongs to the organisation of its domain, too; one that is not
/// proved places nobody.
pub async fn a_first_address_places_who_is_given_it(store: &StorePorts) {
    let workspace = acme(store).await;
    created(store, organisation(&workspace, "Globex", &["globex.example"])).await;
    for (subject, verified_at, expected) in [("1", Some(NOW), vec!["Globex"]), ("2", None, Vec::new())] {
        let contact = ContactUpsert {
            workspace: workspace.id,
            identity: ContactIdentity::X {
                subject: subject.to_owned(),
            },
            name: None,
            new_user: UserId::from_uuid(uuid()),
            new_email: EmailId::from_uuid(uuid()),
            organisations: Vec::new(),
            now: NOW,
            rights: crate::role::Rights::OPERATOR,
        };
        let (contact, _made) = store.users.upsert_contact(contact, row(workspace.id)).await.unwrap();
        let email = UserEmail {
            id: EmailId::from_uuid(uuid()),
            address: address(&format!("x{subject}@globex.example")),
            primary: true,
            verified_at,
        };
        let given = store
            .emails
            .give_first(workspace.id, contact.id, email, row(workspace.id));
        assert!(given.await.unwrap());
        assert_eq!(organisations_of(store, &contact).await, expected);
    }
}

/// Who proved an address before is not moved: not when the domain is added, and not by showing it again, as after they
/// were taken out of the organisation.
pub async fn an_address_that_was_proved_before_places_nobody(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@globex.example").await;
    created(store, organisation(&workspace, "Globex", &["globex.example"])).await;
    prove(store, &user, "jo@globex.example").await;
    let link = reset_link(store, &user).await;
    let said = store.credentials.reset_password(reset(&link, "new"), row(workspace.id));
    assert_eq!(said.await.unwrap(), ResetOutcome::Reset);
    assert_eq!(organisations_of(store, &user).await, [""; 0]);
}

/// Nothing is written whose audit row cannot be.
pub async fn writes_of_organisations_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let globex = organisation(&workspace, "Globex", &["globex.example"]);
    let spent = spent_row(store, &workspace).await;
    let said = store.organisations.create(globex.clone(), spent.clone()).await;
    said.unwrap_err();
    assert_eq!(names(store, &workspace, query(None, None, 10)).await, [""; 0]);
    created(store, globex.clone()).await;
    let changed = Organisation {
        name: "Other".to_owned(),
        domains: Vec::new(),
        ..globex.clone()
    };
    store.organisations.change(changed, spent.clone()).await.unwrap_err();
    let deleted = store.organisations.delete(workspace.id, globex.id, spent);
    deleted.await.unwrap_err();
    let found = store.organisations.find(workspace.id, globex.id).await.unwrap();
    assert_eq!(found.unwrap().organisation, globex);
}
