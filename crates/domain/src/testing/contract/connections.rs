//! Contracts of [`Connections`](crate::ports::Connections), of what [`Sessions::open`](crate::ports::Sessions::open) does
//! with an identity, and of the first address of somebody who has none ([`Emails`](crate::ports::Emails)).

use super::support::{
    NOW, acme, another, audit_rows, customer, fresh_token, grant_of, is_live, later, mail, mails_to, opening, put,
    race, record_of, row, user_id, uuid, was_audited,
};
use super::{RACERS, StorePorts};
use crate::audit::{AuditAction, AuditEntry};
use crate::ids::{ConnectionId, EmailId, UserId};
use crate::ports::{Connected, ContactUpsert, Disconnected, MailboxProof, OpenSession, Opened, StatusSet, UserQuery};
use crate::provider::{Arrived, Connection, ProviderId};
use crate::testing::{Person, address, arrived, audit};
use crate::time::Timestamp;
use crate::user::{ContactIdentity, User, UserEmail, UserStatus};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("connections.rs");

fn connection(user: &User, arrived: &Arrived) -> Connection {
    Connection {
        id: ConnectionId::from_uuid(uuid()),
        workspace: user.workspace,
        user: user.id,
        identity: arrived.identity.clone(),
        label: arrived.label(),
        vouched: arrived.vouched_key(),
        created_at: NOW,
        last_used_at: None,
    }
}

async fn connect(store: &StorePorts, connection: &Connection) -> Connected {
    let entry = row(connection.workspace);
    store
        .connections
        .connect(connection.clone(), entry, Vec::new())
        .await
        .unwrap()
}

async fn connected(store: &StorePorts, user: &User, arrived: &Arrived) -> Connection {
    let connection = connection(user, arrived);
    assert_eq!(connect(store, &connection).await, Connected::Connected);
    connection
}

/// Connects a Google account of that subject to somebody.
pub(super) async fn a_connection(store: &StorePorts, user: &User, subject: &str) -> ConnectionId {
    connected(store, user, &arrived("google", subject)).await.id
}

async fn owner(store: &StorePorts, workspace: &Workspace, arrived: &Arrived) -> Option<UserId> {
    store.connections.find(workspace.id, &arrived.identity).await.unwrap()
}

async fn list(store: &StorePorts, user: &User) -> Vec<Connection> {
    store.connections.list(user.workspace, user.id).await.unwrap()
}

/// A contact whom the helpdesk knows by that identity alone (A1).
async fn known_by(store: &StorePorts, workspace: &Workspace, identity: ContactIdentity) -> User {
    let contact = ContactUpsert {
        workspace: workspace.id,
        identity,
        name: Some("Jo".to_owned()),
        new_user: user_id(),
        new_email: EmailId::from_uuid(uuid()),
        organisations: Vec::new(),
        now: NOW,
        rights: crate::role::Rights::OPERATOR,
    };
    let (user, _made) = store.users.upsert_contact(contact, row(workspace.id)).await.unwrap();
    user
}

fn on_x(subject: &str) -> ContactIdentity {
    ContactIdentity::X {
        subject: subject.to_owned(),
    }
}

/// An opening by that identity, with the audit row that goes with a new connection.
async fn opening_by(store: &StorePorts, user: &User, arrived: &Arrived, at: Timestamp) -> (OpenSession, AuditEntry) {
    let entry = audit(user.workspace, AuditAction::IdentityConnected, at);
    let open = OpenSession {
        connects: Some((ConnectionId::from_uuid(uuid()), entry.clone())),
        ..opening(grant_of(store, user, arrived).await, fresh_token(), at)
    };
    (open, entry)
}

/// Connections come back as they were made, the oldest first, in their own workspace and of their own person only.
pub async fn connections_come_back_as_they_were_made(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    connected(store, &bystander, &arrived("google", "mo")).await;
    let mut expected = Vec::new();
    for (at, who) in (0..).zip([
        arrived("google", "jo").authoritative("jo@example.com"),
        arrived("microsoft", "jo").named("Jo \u{2603}"),
        arrived("twitter", "44196397"),
    ]) {
        let made = Connection {
            created_at: later(10 - at),
            last_used_at: (at == 1).then_some(later(20)),
            ..connection(&user, &who)
        };
        assert_eq!(connect(store, &made).await, Connected::Connected);
        assert_eq!(owner(store, &workspace, &who).await, Some(user.id));
        assert_eq!(owner(store, &other, &who).await, None);
        expected.insert(0, made);
    }
    assert_eq!(list(store, &user).await, expected);
    assert_eq!(list(store, &bystander).await.len(), 1);
    assert_eq!(store.connections.list(other.id, user.id).await.unwrap(), []);
}

/// An identity is the whole of provider, issuer, tenant and subject, byte by byte (R50).
pub async fn an_identity_is_compared_byte_by_byte(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let mine = arrived("microsoft", "Subject");
    connected(store, &user, &mine).await;
    let change = |change: fn(&mut Arrived)| {
        let mut changed = mine.clone();
        change(&mut changed);
        changed
    };
    for (at, other) in [
        change(|who| who.identity.provider = ProviderId::parse("google").unwrap()),
        change(|who| who.identity.issuer.push('/')),
        change(|who| who.identity.issuer.make_ascii_uppercase()),
        change(|who| who.identity.tenant.clear()),
        change(|who| who.identity.subject.make_ascii_lowercase()),
        change(|who| who.identity.subject.push(' ')),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(owner(store, &workspace, &other).await, None, "{at}");
        let stranger = customer(store, &workspace, &format!("stranger{at}@example.com")).await;
        connected(store, &stranger, &other).await;
    }
    assert_eq!(owner(store, &workspace, &mine).await, Some(user.id));
}

/// An identity that somebody has is connected to nobody else; connecting it again changes nothing.
pub async fn an_identity_has_one_owner(store: &StorePorts) {
    let (workspace, elsewhere) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let other = customer(store, &workspace, "mo@example.com").await;
    let who = arrived("google", "jo");
    let first = connected(store, &user, &who).await;
    let versions = || async {
        let (mine, theirs) = (record_of(store, &user).await, record_of(store, &other).await);
        (mine.credentials_version, theirs.credentials_version)
    };
    let before = versions().await;
    assert_eq!(connect(store, &connection(&user, &who)).await, Connected::Already);
    assert_eq!(connect(store, &connection(&other, &who)).await, Connected::Taken);
    assert_eq!(versions().await, before, "nothing was written");
    assert_eq!(list(store, &user).await, [first]);
    assert_eq!(list(store, &other).await, []);
    let abroad = customer(store, &elsewhere, "jo@example.com").await;
    connected(store, &abroad, &who).await;
}

/// `connect` and `disconnect` write audit row and mails, and raise the credentials version; or nothing of it.
pub async fn connecting_and_disconnecting_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let made = connection(&user, &arrived("google", "jo"));
    let version = || async { record_of(store, &user).await.credentials_version };
    let told = || async { mails_to(store, &workspace, "told@example.com").await.len() };
    let mails = || vec![mail(workspace.id, "told@example.com", NOW)];
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let before = version().await;

    let failed = store.connections.connect(made.clone(), spent.clone(), mails());
    failed.await.unwrap_err();
    assert_eq!(
        (list(store, &user).await, version().await, told().await),
        (Vec::new(), before, 0)
    );

    let entry = row(workspace.id);
    let done = store.connections.connect(made.clone(), entry.clone(), mails());
    assert_eq!(done.await.unwrap(), Connected::Connected);
    assert_eq!((version().await, told().await), (before + 1, 1));
    assert!(was_audited(store, &entry).await);

    let at = version().await;
    let disconnect = |at, entry| {
        store
            .connections
            .disconnect(workspace.id, user.id, made.id, at, entry, mails())
    };
    disconnect(at, spent).await.unwrap_err();
    assert_eq!(
        (list(store, &user).await.len(), version().await, told().await),
        (1, at, 1)
    );
    let entry = row(workspace.id);
    assert_eq!(disconnect(at, entry.clone()).await.unwrap(), Disconnected::Disconnected);
    assert_eq!(
        (list(store, &user).await, version().await, told().await),
        (Vec::new(), at + 1, 2)
    );
    assert!(was_audited(store, &entry).await);
}

/// Nobody takes away what is not theirs, or what they saw at another version than today's.
pub async fn only_ones_own_connection_is_taken_away(store: &StorePorts) {
    let (workspace, elsewhere) = (acme(store).await, another(store, "other").await);
    let user = customer(store, &workspace, "jo@example.com").await;
    let other = customer(store, &workspace, "mo@example.com").await;
    let made = connected(store, &user, &arrived("google", "jo")).await;
    let at = record_of(store, &user).await.credentials_version;
    let theirs = record_of(store, &other).await.credentials_version;
    let take = |place, whose, id, at| {
        let entry = row(workspace.id);
        store.connections.disconnect(place, whose, id, at, entry, Vec::new())
    };
    for (place, whose, id, at) in [
        (workspace.id, other.id, made.id, theirs),
        (elsewhere.id, user.id, made.id, at),
        (workspace.id, user.id, ConnectionId::from_uuid(uuid()), at),
    ] {
        assert_eq!(take(place, whose, id, at).await.unwrap(), Disconnected::Unknown);
    }
    let stale = take(workspace.id, user.id, made.id, at - 1);
    assert_eq!(stale.await.unwrap(), Disconnected::Changed);
    assert_eq!(list(store, &user).await, [made]);
    assert_eq!(record_of(store, &user).await.credentials_version, at);
    assert_eq!(record_of(store, &other).await.credentials_version, theirs);
}

/// Of parallel disconnections that were each decided on the same state, one is done: so the last way in stays.
pub async fn a_race_of_disconnections_at_one_version_does_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let mut made = Vec::new();
    for at in 0..20 {
        made.push(connected(store, &user, &arrived("google", &format!("jo{at}"))).await);
    }
    let at = record_of(store, &user).await.credentials_version;
    let said = race(made.len(), |i| {
        let (ports, user, id) = (store.clone(), user.clone(), made[i].id);
        async move {
            let entry = row(user.workspace);
            let done = ports
                .connections
                .disconnect(user.workspace, user.id, id, at, entry, Vec::new());
            done.await.unwrap()
        }
    })
    .await;
    let done = said.iter().filter(|said| **said == Disconnected::Disconnected).count();
    assert_eq!(done, 1, "{said:?}");
    assert_eq!(list(store, &user).await.len(), 19);
}

/// Of any number of accounts that connect one identity at once, one gets it.
pub async fn a_race_for_one_identity_has_one_owner(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut people = Vec::new();
    for n in 0..RACERS / 4 {
        people.push(customer(store, &workspace, &format!("jo{n}@example.com")).await);
    }
    let who = arrived("google", "jo");
    let said = race(RACERS, |i| {
        let (ports, user, who) = (store.clone(), people[i % people.len()].clone(), who.clone());
        async move {
            // Half of them by a session, half of them on their way in.
            if i % 2 == 0 {
                return connect(&ports, &connection(&user, &who)).await == Connected::Connected;
            }
            let (open, entry) = opening_by(&ports, &user, &who, NOW).await;
            let opened = ports.sessions.open(open).await.unwrap();
            matches!(opened, Opened::Open(_)) && was_audited(&ports, &entry).await
        }
    })
    .await;
    assert_eq!(said.iter().filter(|connected| **connected).count(), 1);
    let mut owners = Vec::new();
    for user in &people {
        owners.extend(list(store, user).await.into_iter().map(|connection| connection.user));
    }
    assert_eq!(owners.len(), 1);
    assert_eq!(owner(store, &workspace, &who).await, Some(owners[0]));
}

/// The record of a person names the providers that are connected, each once, in order of their ids; the company's own site
/// is none.
pub async fn a_record_names_the_providers(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    connected(store, &bystander, &arrived("facebook", "mo")).await;
    assert_eq!(record_of(store, &user).await.providers, []);
    for (provider, subject) in [
        ("twitter", "1"),
        ("jwt", "7"),
        ("google", "a"),
        ("google", "b"),
        ("acme-sso", "x"),
    ] {
        connected(store, &user, &arrived(provider, subject)).await;
    }
    let record = record_of(store, &user).await;
    let names: Vec<&str> = record.providers.iter().map(ProviderId::as_str).collect();
    assert_eq!(names, ["acme-sso", "google", "twitter"]);
    let key = address("jo@example.com").key();
    let found = store.users.find_for_sign_in(workspace.id, &key).await.unwrap().unwrap();
    assert_eq!(found.providers, record.providers);
    assert_eq!(list(store, &user).await.len(), 5);
}

/// Whom the helpdesk knows by an id of X or Facebook is found by it, of that provider and in that workspace only (A1); a
/// connection goes before it.
pub async fn contacts_are_found_by_their_identity(store: &StorePorts) {
    let (workspace, elsewhere) = (acme(store).await, another(store, "other").await);
    let on_facebook = ContactIdentity::Facebook {
        subject: "44".to_owned(),
    };
    let x = known_by(store, &workspace, on_x("44")).await;
    let facebook = known_by(store, &workspace, on_facebook).await;
    assert_eq!(owner(store, &workspace, &arrived("twitter", "44")).await, Some(x.id));
    assert_eq!(
        owner(store, &workspace, &arrived("facebook", "44")).await,
        Some(facebook.id)
    );
    assert_eq!(owner(store, &workspace, &arrived("google", "44")).await, None);
    assert_eq!(owner(store, &workspace, &arrived("twitter", "45")).await, None);
    assert_eq!(owner(store, &elsewhere, &arrived("twitter", "44")).await, None);
}

/// Connecting an identity takes it off the contact whom the helpdesk knew by it, and off nobody else.
pub async fn connecting_takes_an_identity_off_a_contact(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (contact, bystander) = (
        known_by(store, &workspace, on_x("4711001")).await,
        known_by(store, &workspace, on_x("4711002")).await,
    );
    let named = |text: &'static str| {
        let query = UserQuery {
            text: Some(text.to_owned()),
            filter: crate::people_search::UserFilter::default(),
            after: None,
            limit: 10,
        };
        let found = store.users.search(workspace.id, query);
        async move { found.await.unwrap().into_iter().map(|user| user.id).collect::<Vec<_>>() }
    };
    assert_eq!(named("4711001").await, [contact.id]);
    let made = connected(store, &user, &arrived("twitter", "4711001")).await;
    assert_eq!(
        owner(store, &workspace, &arrived("twitter", "4711001")).await,
        Some(user.id)
    );
    assert_eq!(
        named("4711001").await,
        [user.id],
        "a search finds whom it is connected to, and the contact no more"
    );
    assert_eq!(
        owner(store, &workspace, &arrived("twitter", "4711002")).await,
        Some(bystander.id)
    );
    let at = record_of(store, &user).await.credentials_version;
    let taken = store
        .connections
        .disconnect(workspace.id, user.id, made.id, at, row(workspace.id), Vec::new());
    assert_eq!(taken.await.unwrap(), Disconnected::Disconnected);
    assert_eq!(owner(store, &workspace, &arrived("twitter", "4711001")).await, None);

    // On their way in, the same; and a contact's own identity stays theirs.
    let (open, _) = opening_by(store, &bystander, &arrived("twitter", "4711002"), NOW).await;
    assert!(matches!(store.sessions.open(open).await.unwrap(), Opened::Open(_)));
    assert_eq!(named("4711002").await, [bystander.id]);
    let again = known_by(store, &workspace, on_x("4711003")).await;
    let (open, _) = opening_by(store, &user, &arrived("twitter", "4711003"), NOW).await;
    assert!(matches!(store.sessions.open(open).await.unwrap(), Opened::Open(_)));
    assert_eq!(
        owner(store, &workspace, &arrived("twitter", "4711003")).await,
        Some(user.id)
    );
    assert_eq!(named("4711003").await, [user.id]);
    assert_ne!(again.id, user.id);
}

/// Opening a session by an identity connects it, with an audit row of its own; from then on it notes use and label, and
/// raises no version.
pub async fn opening_connects_an_identity_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = record_of(store, &user).await.credentials_version;
    let (open, entry) = opening_by(store, &user, &arrived("google", "jo").named("Jo"), NOW).await;
    let id = open.connects.as_ref().unwrap().0;
    assert!(matches!(store.sessions.open(open).await.unwrap(), Opened::Open(_)));
    let expected = Connection {
        id,
        label: Some("Jo".to_owned()),
        last_used_at: Some(NOW),
        ..connection(&user, &arrived("google", "jo"))
    };
    assert_eq!(list(store, &user).await, std::slice::from_ref(&expected));
    assert!(was_audited(store, &entry).await);

    let renamed = arrived("google", "jo").verified("jo@example.com");
    let (open, entry) = opening_by(store, &user, &renamed, later(60)).await;
    assert!(matches!(store.sessions.open(open).await.unwrap(), Opened::Open(_)));
    let used = Connection {
        label: Some("jo@example.com".to_owned()),
        vouched: renamed.vouched_key(),
        last_used_at: Some(later(60)),
        ..expected
    };
    assert_eq!(list(store, &user).await, [used]);
    assert!(!was_audited(store, &entry).await, "nothing new was connected");
    assert_eq!(record_of(store, &user).await.credentials_version, before);
}

/// Where the identity is connected to another account, no session opens and nothing is written (R57).
pub async fn opening_with_a_taken_identity_writes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let other = customer(store, &workspace, "mo@example.com").await;
    let who = arrived("google", "mo");
    let made = connected(store, &other, &who).await;
    let (open, entry) = opening_by(store, &user, &who, NOW).await;
    let (token, audit) = (open.token, open.audit.clone());
    let rows = audit_rows(store, workspace.id).await.len();
    assert_eq!(store.sessions.open(open).await.unwrap(), Opened::IdentityTaken);
    assert!(!is_live(store, &token, NOW).await);
    assert!(!was_audited(store, &entry).await && !was_audited(store, &audit).await);
    assert_eq!(audit_rows(store, workspace.id).await.len(), rows);
    assert_eq!(list(store, &user).await, []);
    assert_eq!(list(store, &other).await, [made]);
    assert_eq!(record_of(store, &user).await.user.last_sign_in_at, None);
}

fn handed_over(subject: &str) -> Arrived {
    arrived(crate::provider::HAND_OVER, subject)
}

/// Who is connected to one number of the company's own site opens no session with another one (B18).
pub async fn a_second_number_of_the_site_is_refused(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let made = connected(store, &user, &handed_over("7")).await;
    let (open, _) = opening_by(store, &user, &handed_over("8"), NOW).await;
    assert_eq!(store.sessions.open(open).await.unwrap(), Opened::IdentityTaken);
    assert_eq!(list(store, &user).await, [made]);
    let (open, _) = opening_by(store, &user, &handed_over("mailto:jo@example.com"), NOW).await;
    assert!(matches!(store.sessions.open(open).await.unwrap(), Opened::Open(_)));
}

/// An identity that goes by address moves with the address; one that goes by number does not.
pub async fn an_identity_by_address_moves_to_whoever_comes_with_it(store: &StorePorts) {
    let workspace = acme(store).await;
    let before = customer(store, &workspace, "old@example.com").await;
    let after = customer(store, &workspace, "jo@example.com").await;
    for (subject, moves) in [("mailto:jo@example.com", true), ("7", false)] {
        let who = handed_over(subject);
        connected(store, &before, &who).await;
        let (open, _) = opening_by(store, &after, &who, NOW).await;
        let opened = store.sessions.open(open).await.unwrap();
        assert_eq!(matches!(opened, Opened::Open(_)), moves, "{subject}: {opened:?}");
        let expected = if moves { after.id } else { before.id };
        assert_eq!(owner(store, &workspace, &who).await, Some(expected));
    }
}

/// What opens no session connects nothing.
pub async fn what_opens_nothing_connects_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (open, _) = opening_by(store, &user, &arrived("google", "jo"), NOW).await;
    let disable = store
        .credentials
        .set_status(workspace.id, user.id, UserStatus::Disabled, row(workspace.id));
    assert_eq!(disable.await.unwrap(), StatusSet::Set);
    assert_eq!(store.sessions.open(open).await.unwrap(), Opened::CredentialsChanged);
    assert_eq!(list(store, &user).await, []);
}

/// The first proof of a mailbox takes off what an unproved claimant connected, and leaves what was connected after one
/// (R57).
pub async fn a_first_proof_removes_what_a_claimant_connected(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut claimant = Person::customer(workspace.id, "jo@example.com");
    for email in &mut claimant.user.emails {
        email.verified_at = None;
    }
    let user = put(store, claimant).await;
    connected(store, &user, &arrived("google", "eve")).await;
    let prove = |key: &str| {
        let proof = MailboxProof {
            workspace: workspace.id,
            user: user.id,
            address: address(key).key(),
            keep_password: false,
            password: None,
            name: None,
            now: NOW,
        };
        store.credentials.prove_mailbox(proof, row(workspace.id))
    };
    assert!(prove("jo@example.com").await.unwrap());
    assert_eq!(list(store, &user).await, []);
    connected(store, &user, &arrived("google", "jo")).await;
    super::support::add_email(store, &user, "second@example.com", false).await;
    assert!(prove("second@example.com").await.unwrap());
    assert_eq!(list(store, &user).await.len(), 1);
}

fn proved(email: &str) -> UserEmail {
    UserEmail {
        id: EmailId::from_uuid(uuid()),
        address: address(email),
        primary: true,
        verified_at: Some(NOW),
    }
}

/// Somebody without any address is given one that nobody has: proved, primary, found by it at once.
pub async fn a_first_address_is_given_to_who_has_none(store: &StorePorts) {
    let workspace = acme(store).await;
    customer(store, &workspace, "mo@example.com").await;
    let contact = known_by(store, &workspace, on_x("44")).await;
    let before = record_of(store, &contact).await.credentials_version;
    let give = |email: &str, entry: AuditEntry| store.emails.give_first(workspace.id, contact.id, proved(email), entry);
    assert!(
        !give("mo@example.com", row(workspace.id)).await.unwrap(),
        "somebody has it"
    );
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    give("jo@example.com", spent).await.unwrap_err();
    assert_eq!(record_of(store, &contact).await.user.emails, []);
    let entry = row(workspace.id);
    assert!(give("jo@example.com", entry.clone()).await.unwrap());
    assert!(was_audited(store, &entry).await);
    let record = record_of(store, &contact).await;
    let primary = record.user.primary_email().unwrap();
    assert_eq!(
        (primary.address.as_str(), primary.verified_at),
        ("jo@example.com", Some(NOW))
    );
    assert_eq!(record.credentials_version, before + 1);
    let key = address("jo@example.com").key();
    let found = store.users.find_for_sign_in(workspace.id, &key).await.unwrap().unwrap();
    assert_eq!(found.user.id, contact.id);
    assert!(
        !give("other@example.com", row(workspace.id)).await.unwrap(),
        "they have one"
    );
    let gone = store
        .emails
        .give_first(workspace.id, user_id(), proved("new@example.com"), row(workspace.id));
    assert!(!gone.await.unwrap());
}

/// Of any number of accounts that are given one address at once, one gets it.
pub async fn a_race_for_a_first_address_gives_it_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut contacts = Vec::new();
    for n in 0..20 {
        contacts.push(known_by(store, &workspace, on_x(&format!("99{n}"))).await);
    }
    let said = race(contacts.len(), |i| {
        let (ports, user) = (store.clone(), contacts[i].id);
        let entry = row(workspace.id);
        async move {
            let email = proved("jo@example.com");
            let given = ports.emails.give_first(entry.workspace, user, email, entry);
            given.await.unwrap()
        }
    })
    .await;
    assert_eq!(said.iter().filter(|given| **given).count(), 1);
}
