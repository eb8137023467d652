//! Contracts of [`Emails`](crate::ports::Emails).

use super::support::{
    NOW, SignedIn, acme, another, at_second_step, attempt, begun, customer, fresh_token, grant, is_live, is_over,
    later, link, mail, mails_to, opening, put, race, record_of, row, sent, session, signed_in, spent_row, state_of,
    user_id, uuid, was_audited,
};
use super::{RACERS, StorePorts};
use crate::ids::{EmailId, SessionId};
use crate::one_time::{EmailChange, Link, LinkPurpose, LinkState, LinkSubject};
use crate::ports::{AddEmail, EmailAdded, EmailChanged, EmailReverted, EmailVerified, Opened, RevertNotice};
use crate::testing::{Person, address};
use crate::time::Timestamp;
use crate::user::{User, UserEmail};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("emails.rs");

/// The link that proves that address of theirs.
fn proof(user: &User, email: &str) -> Link {
    Link {
        address: address(email).key(),
        ..link(user, LinkPurpose::VerifyEmail)
    }
}

/// The link, sent to that mailbox, that undoes a change.
fn undo(user: &User, mailbox: &str, change: EmailChange) -> Link {
    Link {
        address: address(mailbox).key(),
        subject: LinkSubject::Change { change },
        ..link(user, LinkPurpose::RevertEmail)
    }
}

fn notice(user: &User, mailbox: &str, change: EmailChange) -> RevertNotice {
    RevertNotice {
        link: Some(undo(user, mailbox, change)),
        mail: mail(user.workspace, mailbox, NOW),
    }
}

fn added(email: &str) -> EmailChange {
    EmailChange::Added {
        address: address(email),
    }
}

fn made_primary(email: &str, before: &str) -> EmailChange {
    EmailChange::MadePrimary {
        address: address(email),
        before: address(before),
    }
}

fn removed(email: &str) -> EmailChange {
    EmailChange::Removed {
        address: address(email),
    }
}

fn adding(user: &User, email: &str) -> AddEmail {
    AddEmail {
        workspace: user.workspace,
        user: user.id,
        id: EmailId::from_uuid(uuid()),
        address: address(email),
        limit: 20,
        link: Some(proof(user, email)),
        mail: Some(mail(user.workspace, email, NOW)),
        notices: vec![notice(user, "jo@example.com", added(email))],
        now: NOW,
    }
}

async fn add(store: &StorePorts, add: AddEmail) -> EmailAdded {
    let entry = row(add.workspace);
    store.emails.add(add, entry).await.unwrap()
}

/// Adds an address, and gives the link that proves it.
async fn claim(store: &StorePorts, user: &User, email: &str) -> Link {
    let wanted = AddEmail {
        notices: Vec::new(),
        mail: None,
        ..adding(user, email)
    };
    let link = wanted.link.clone().unwrap();
    assert_eq!(add(store, wanted).await, EmailAdded::Added);
    link
}

async fn verify(store: &StorePorts, link: &Link, now: Timestamp) -> EmailVerified {
    let said = store
        .emails
        .verify(link.workspace, &link.digest, Vec::new(), now, row(link.workspace));
    said.await.unwrap()
}

/// Adds an address and proves it.
async fn prove(store: &StorePorts, user: &User, email: &str) {
    let link = claim(store, user, email).await;
    assert_eq!(verify(store, &link, NOW).await, EmailVerified::Verified);
}

async fn emails(store: &StorePorts, user: &User) -> Vec<UserEmail> {
    record_of(store, user).await.user.emails
}

async fn find(store: &StorePorts, user: &User, email: &str) -> Option<UserEmail> {
    let key = address(email).key();
    emails(store, user)
        .await
        .into_iter()
        .find(|own| own.address.key() == key)
}

async fn id_of(store: &StorePorts, user: &User, email: &str) -> EmailId {
    find(store, user, email).await.unwrap().id
}

async fn primary(store: &StorePorts, user: &User) -> String {
    let emails = emails(store, user).await;
    let primary: Vec<&UserEmail> = emails.iter().filter(|email| email.primary).collect();
    assert_eq!(primary.len(), 1, "{emails:?}");
    primary[0].address.as_str().to_owned()
}

/// Whom a sign-in with that address finds.
async fn owner(store: &StorePorts, workspace: &Workspace, email: &str) -> Option<crate::ids::UserId> {
    let found = store.users.find_for_sign_in(workspace.id, &address(email).key()).await;
    found.unwrap().map(|record| record.user.id)
}

async fn make_primary(store: &StorePorts, user: &User, id: EmailId, keep: Option<SessionId>) -> EmailChanged {
    let said = store
        .emails
        .make_primary(user.workspace, user.id, id, keep, Vec::new(), row(user.workspace));
    said.await.unwrap()
}

async fn remove(store: &StorePorts, user: &User, id: EmailId, keep: Option<SessionId>) -> EmailChanged {
    let said = store
        .emails
        .remove(user.workspace, user.id, id, keep, Vec::new(), row(user.workspace));
    said.await.unwrap()
}

async fn issued(store: &StorePorts, link: Link) -> Link {
    let issue = super::support::issue(link.clone());
    store.links.issue(issue).await.unwrap();
    link
}

async fn revert(store: &StorePorts, link: &Link, now: Timestamp) -> EmailReverted {
    let restored = EmailId::from_uuid(uuid());
    let said = store
        .emails
        .revert(link.workspace, &link.digest, restored, now, row(link.workspace));
    said.await.unwrap()
}

async fn is_good(store: &StorePorts, link: &Link) -> bool {
    matches!(state_of(store, link, NOW).await, LinkState::Live(_))
}

/// Jo, whose primary address is proved, with a second one that is proved too.
async fn jo(store: &StorePorts, workspace: &Workspace) -> User {
    let user = customer(store, workspace, "jo@example.com").await;
    prove(store, &user, "second@example.com").await;
    user
}

/// `add` writes the address, its links, the mails and the audit row; the address signs nobody in (R47).
pub async fn an_added_address_signs_nobody_in(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let wanted = adding(&user, "New@Example.com");
    let (id, link, undo) = (
        wanted.id,
        wanted.link.clone().unwrap(),
        wanted.notices[0].link.clone().unwrap(),
    );
    let entry = row(workspace.id);
    let said = store.emails.add(wanted, entry.clone()).await.unwrap();
    assert_eq!(said, EmailAdded::Added);
    let stored = find(store, &user, "new@example.com").await.unwrap();
    assert_eq!((stored.id, stored.address.as_str()), (id, "New@example.com"));
    assert_eq!((stored.primary, stored.verified_at), (false, None));
    assert_eq!(primary(store, &user).await, "jo@example.com");
    assert_eq!(owner(store, &workspace, "new@example.com").await, None);
    assert!(is_good(store, &link).await && is_good(store, &undo).await);
    assert_eq!(state_of(store, &undo, NOW).await, LinkState::Live(undo));
    assert_eq!(mails_to(store, &workspace, "new@example.com").await.len(), 1);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
    assert!(is_live(store, &session, NOW).await);
    let view = store.sessions.check(&session, NOW).await.unwrap().unwrap();
    assert_eq!(view.emails, ["jo@example.com"]);
}

/// What may not be added changes nothing: an address that is theirs, in whatever spelling, one too many, or of somebody
/// who is gone.
pub async fn what_may_not_be_added_changes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    claim(store, &user, "claimed@example.com").await;
    let before = record_of(store, &user).await;
    let gone = AddEmail {
        user: user_id(),
        ..adding(&user, "new@example.com")
    };
    let crossed = AddEmail {
        workspace: other.id,
        ..adding(&user, "new@example.com")
    };
    let full = AddEmail {
        limit: 2,
        ..adding(&user, "new@example.com")
    };
    for (wanted, expected) in [
        (adding(&user, "JO@example.com"), EmailAdded::AlreadyTheirs),
        (adding(&user, "claimed@EXAMPLE.com"), EmailAdded::AlreadyTheirs),
        (full, EmailAdded::TooMany),
        (gone, EmailAdded::NobodyThere),
        (crossed, EmailAdded::NobodyThere),
    ] {
        let entry = row(wanted.workspace);
        let said = store.emails.add(wanted, entry.clone()).await.unwrap();
        assert_eq!(said, expected);
        assert!(!was_audited(store, &entry).await);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert_eq!(mails_to(store, &workspace, "new@example.com").await, []);
}

/// An address that is proved on somebody else can be claimed, which changes nothing for its owner.
pub async fn a_claim_takes_nothing_from_the_owner(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimant = customer(store, &workspace, "eve@example.com").await;
    let user = jo(store, &workspace).await;
    for email in ["jo@example.com", "second@example.com"] {
        claim(store, &claimant, email).await;
        assert_eq!(owner(store, &workspace, email).await, Some(user.id));
    }
}

/// Each method writes nothing if it cannot write all.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = jo(store, &workspace).await;
    let id = id_of(store, &user, "second@example.com").await;
    let claimed = claim(store, &user, "claimed@example.com").await;
    let undo = issued(store, undo(&user, "second@example.com", removed("gone@example.com"))).await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let spent = spent_row(store, &workspace).await;
    let told = || vec![notice(&user, "jo@example.com", added("new@example.com"))];
    let (place, whose) = (workspace.id, user.id);
    let ports = &store.emails;
    ports
        .add(adding(&user, "new@example.com"), spent.clone())
        .await
        .unwrap_err();
    let verified = ports.verify(place, &claimed.digest, told(), NOW, spent.clone());
    verified.await.unwrap_err();
    let made = ports.make_primary(place, whose, id, None, told(), spent.clone());
    made.await.unwrap_err();
    let gone = ports.remove(place, whose, id, None, told(), spent.clone());
    gone.await.unwrap_err();
    let reverted = ports.revert(place, &undo.digest, EmailId::from_uuid(uuid()), NOW, spent);
    reverted.await.unwrap_err();
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
    assert!(is_good(store, &claimed).await && is_good(store, &undo).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
    assert_eq!(mails_to(store, &workspace, "new@example.com").await, []);
}

/// However many are added at once, no more than the limit stay, and each address once.
pub async fn a_race_of_additions_stays_within_the_limit(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let said = race(RACERS, |i| {
        let ports = store.clone();
        let wanted = AddEmail {
            limit: 6,
            ..adding(&user, &format!("a{}@example.com", i % 20))
        };
        async move { add(&ports, wanted).await }
    })
    .await;
    assert_eq!(said.iter().filter(|said| **said == EmailAdded::Added).count(), 5);
    let emails = emails(store, &user).await;
    let mut keys: Vec<String> = emails.iter().map(|email| email.address.as_str().to_owned()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!((emails.len(), keys.len()), (6, 6));
}

/// `verify` proves the address that the link was sent to, which signs its owner in from then on and is told by the very
/// next check; it redeems the link and writes notices and audit row.
pub async fn a_proved_address_signs_its_owner_in(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let other = claim(store, &user, "other@example.com").await;
    let link = claim(store, &user, "new@example.com").await;
    let session = signed_in(store, &user).await;
    let told = vec![notice(&user, "jo@example.com", added("new@example.com"))];
    let (undo, entry) = (told[0].link.clone().unwrap(), row(workspace.id));
    let said = store
        .emails
        .verify(workspace.id, &link.digest, told, later(60), entry.clone());
    assert_eq!(said.await.unwrap(), EmailVerified::Verified);
    let stored = find(store, &user, "new@example.com").await.unwrap();
    assert_eq!((stored.primary, stored.verified_at), (false, Some(later(60))));
    assert_eq!(find(store, &user, "other@example.com").await.unwrap().verified_at, None);
    assert_eq!(owner(store, &workspace, "NEW@example.com").await, Some(user.id));
    assert_eq!(owner(store, &workspace, "other@example.com").await, None);
    assert!(is_live(store, &session, NOW).await);
    let mut emails = store
        .sessions
        .check(&session, NOW)
        .await
        .unwrap()
        .unwrap()
        .emails
        .clone();
    emails.sort();
    assert_eq!(emails, ["jo@example.com", "new@example.com"]);
    let used = state_of(store, &link, NOW).await;
    assert_eq!(used, LinkState::Used(link.clone(), later(60)));
    assert!(is_good(store, &undo).await && is_good(store, &other).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
    assert_eq!(verify(store, &link, later(61)).await, EmailVerified::LinkGone);
}

/// Of any number of parallel calls with one link one proves the address (R28).
pub async fn a_race_of_proofs_with_one_link_proves_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = claim(store, &user, "new@example.com").await;
    let said = race(RACERS, |_| {
        let (ports, link) = (store.clone(), link.clone());
        async move { verify(&ports, &link, NOW).await }
    })
    .await;
    let verified = said.iter().filter(|said| **said == EmailVerified::Verified);
    assert_eq!(verified.count(), 1);
    let gone = said.iter().filter(|said| **said == EmailVerified::LinkGone);
    assert_eq!(gone.count(), RACERS - 1);
}

/// An address is proved on one account of a workspace at most, however many prove it at once (R48).
pub async fn a_race_of_people_for_one_address_proves_it_on_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut links = Vec::new();
    for n in 0..20 {
        let user = customer(store, &workspace, &format!("p{n}@example.com")).await;
        links.push(claim(store, &user, "shared@example.com").await);
    }
    let said = race(links.len(), |i| {
        let (ports, link) = (store.clone(), links[i].clone());
        async move { verify(&ports, &link, NOW).await }
    })
    .await;
    let winners: Vec<usize> = (0..links.len())
        .filter(|i| said[*i] == EmailVerified::Verified)
        .collect();
    assert_eq!(winners.len(), 1);
    let others = said.iter().filter(|said| **said == EmailVerified::TakenElsewhere);
    assert_eq!(others.count(), links.len() - 1);
    let found = owner(store, &workspace, "shared@example.com").await;
    assert_eq!(found, Some(links[winners[0]].user));
}

/// A link that is over, foreign, of another purpose, or of an address that was removed, proves nothing.
pub async fn a_dead_link_proves_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = claim(store, &user, "new@example.com").await;
    let reset = issued(
        store,
        Link {
            address: link.address.clone(),
            ..super::support::link(&user, LinkPurpose::ResetPassword)
        },
    )
    .await;
    let unknown = Link {
        digest: fresh_token(),
        ..link.clone()
    };
    let foreign = Link {
        workspace: other.id,
        ..link.clone()
    };
    for (dead, at) in [
        (&link, link.expires_at),
        (&reset, NOW),
        (&unknown, NOW),
        (&foreign, NOW),
    ] {
        assert_eq!(verify(store, dead, at).await, EmailVerified::LinkGone);
        assert_eq!(find(store, &user, "new@example.com").await.unwrap().verified_at, None);
    }
    let id = id_of(store, &user, "new@example.com").await;
    assert_eq!(remove(store, &user, id, None).await, EmailChanged::Done);
    assert_eq!(verify(store, &link, NOW).await, EmailVerified::LinkGone);
    claim(store, &user, "new@example.com").await;
    assert_eq!(
        verify(store, &link, NOW).await,
        EmailVerified::LinkGone,
        "R47: one claim, one token"
    );
}

/// `make_primary` puts a proved address in the place of the primary one, raises the credentials version, ends all
/// sessions but the kept one, voids links that set a password and went to the mailbox before, and writes notices and
/// audit row.
pub async fn a_proved_address_can_become_the_primary_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = jo(store, &workspace).await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let theirs = signed_in(store, &bystander).await;
    let (kept, ended) = (session(store, &user).await, session(store, &user).await);
    let stale = grant(store, &user).await;
    let reset = issued(store, link(&user, LinkPurpose::ResetPassword)).await;
    let undo = issued(store, undo(&user, "jo@example.com", added("second@example.com"))).await;
    let before = record_of(store, &user).await;
    let told = vec![notice(
        &user,
        "jo@example.com",
        made_primary("second@example.com", "jo@example.com"),
    )];
    let (new_undo, entry) = (told[0].link.clone().unwrap(), row(workspace.id));
    let id = id_of(store, &user, "second@example.com").await;
    let said = store
        .emails
        .make_primary(workspace.id, user.id, id, Some(kept.id), told, entry.clone());
    assert_eq!(said.await.unwrap(), EmailChanged::Done);
    assert_eq!(primary(store, &user).await, "second@example.com");
    let after = record_of(store, &user).await;
    assert!(after.credentials_version > before.credentials_version);
    assert_eq!(after.user.emails.len(), 2);
    assert!(after.user.emails.iter().all(|email| email.verified_at.is_some()));
    assert!(is_live(store, &theirs, NOW).await && !is_live(store, &ended.token, NOW).await);
    assert_told(store, &kept, "second@example.com").await;
    let opened = store.sessions.open(opening(stale, fresh_token(), NOW)).await;
    assert_eq!(opened.unwrap(), Opened::CredentialsChanged);
    assert!(!is_good(store, &reset).await);
    assert!(is_good(store, &undo).await && is_good(store, &new_undo).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
}

async fn assert_told(store: &StorePorts, session: &SignedIn, primary: &str) {
    assert!(is_live(store, &session.token, NOW).await);
    let view = store.sessions.check(&session.token, NOW).await.unwrap().unwrap();
    assert_eq!(view.primary_email.as_deref(), Some(primary));
}

/// Only a proved address of that very person can become the primary one.
pub async fn no_other_address_becomes_the_primary_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = jo(store, &workspace).await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    claim(store, &user, "claimed@example.com").await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let claimed = id_of(store, &user, "claimed@example.com").await;
    assert_eq!(make_primary(store, &user, claimed, None).await, EmailChanged::Unproved);
    let second = id_of(store, &user, "second@example.com").await;
    let theirs = id_of(store, &bystander, "mo@example.com").await;
    let crossed = User {
        workspace: other.id,
        ..user.clone()
    };
    for (user, id) in [
        (&user, theirs),
        (&user, EmailId::from_uuid(uuid())),
        (&bystander, second),
        (&crossed, second),
    ] {
        assert_eq!(make_primary(store, user, id, None).await, EmailChanged::Gone);
        assert_eq!(remove(store, user, id, None).await, EmailChanged::Gone);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
}

/// `remove` removes an address, which signs nobody in any more; it raises the credentials version, ends all sessions but
/// the kept one, voids the links that went there save those that undo a change, ends attempts with it, and writes
/// notices and audit row.
pub async fn a_removed_address_opens_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = jo(store, &workspace).await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (kept, ended) = (session(store, &user).await, session(store, &user).await);
    let theirs = signed_in(store, &bystander).await;
    let to = |email: &str, purpose| Link {
        address: address(email).key(),
        ..link(&user, purpose)
    };
    let gone = [
        issued(store, to("second@example.com", LinkPurpose::ResetPassword)).await,
        issued(store, to("second@example.com", LinkPurpose::VerifyEmail)).await,
        issued(store, to("second@example.com", LinkPurpose::NotMe)).await,
    ];
    let stay = [
        issued(store, to("jo@example.com", LinkPurpose::ResetPassword)).await,
        issued(store, undo(&user, "second@example.com", removed("old@example.com"))).await,
    ];
    let (with_it, without) = (
        attempt(&workspace, "second@example.com"),
        attempt(&workspace, "jo@example.com"),
    );
    sent(store, &with_it).await;
    sent(store, &without).await;
    let second_step = crate::sign_in::PendingSignIn {
        email: address("second@example.com"),
        ..at_second_step(&user)
    };
    begun(store, &second_step).await;
    let before = record_of(store, &user).await.credentials_version;
    let told = vec![notice(&user, "second@example.com", removed("second@example.com"))];
    let (new_undo, entry) = (told[0].link.clone().unwrap(), row(workspace.id));
    let id = id_of(store, &user, "second@example.com").await;
    let said = store
        .emails
        .remove(workspace.id, user.id, id, Some(kept.id), told, entry.clone());
    assert_eq!(said.await.unwrap(), EmailChanged::Done);
    assert_eq!(find(store, &user, "second@example.com").await, None);
    assert_eq!(owner(store, &workspace, "second@example.com").await, None);
    assert!(record_of(store, &user).await.credentials_version > before);
    assert!(is_live(store, &theirs, NOW).await && !is_live(store, &ended.token, NOW).await);
    assert_told(store, &kept, "jo@example.com").await;
    let view = store.sessions.check(&kept.token, NOW).await.unwrap().unwrap();
    assert_eq!(view.emails, ["jo@example.com"]);
    for link in &gone {
        assert!(!is_good(store, link).await, "{:?}", link.purpose);
    }
    for link in stay.iter().chain([&new_undo]) {
        assert!(is_good(store, link).await, "{:?}", link.purpose);
    }
    assert!(is_over(store, &with_it).await && is_over(store, &second_step).await);
    assert!(!is_over(store, &without).await);
    assert_eq!(mails_to(store, &workspace, "second@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
    assert_eq!(remove(store, &user, id, None).await, EmailChanged::Gone, "again");
}

/// Neither the primary address nor the last proved one can be removed (R49).
pub async fn neither_the_primary_nor_the_last_proved_address_is_removed(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    prove(store, &user, "second@example.com").await;
    claim(store, &user, "claimed@example.com").await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    for (email, expected) in [
        ("jo@example.com", EmailChanged::Primary),
        ("second@example.com", EmailChanged::LastVerified),
    ] {
        let id = id_of(store, &user, email).await;
        assert_eq!(remove(store, &user, id, None).await, expected);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
    let claimed = id_of(store, &user, "claimed@example.com").await;
    assert_eq!(remove(store, &user, claimed, None).await, EmailChanged::Done);
}

/// Whoever takes a mere claim back ends no attempt of the address's owner.
pub async fn a_claim_taken_back_disturbs_nobody(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let claimant = customer(store, &workspace, "eve@example.com").await;
    claim(store, &claimant, "jo@example.com").await;
    let flow = attempt(&workspace, "jo@example.com");
    sent(store, &flow).await;
    let reset = issued(store, link(&user, LinkPurpose::ResetPassword)).await;
    let session = signed_in(store, &user).await;
    let id = id_of(store, &claimant, "jo@example.com").await;
    assert_eq!(remove(store, &claimant, id, None).await, EmailChanged::Done);
    assert!(!is_over(store, &flow).await);
    assert!(is_good(store, &reset).await);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(owner(store, &workspace, "jo@example.com").await, Some(user.id));
}

/// However changes of one account run into each other, it keeps exactly one primary address, which is proved, and no
/// more addresses than allowed (R49).
pub async fn a_race_of_changes_leaves_one_proved_primary(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let mut proofs = Vec::new();
    for n in 0..5 {
        prove(store, &user, &format!("a{n}@example.com")).await;
        proofs.push(claim(store, &user, &format!("b{n}@example.com")).await);
    }
    let ids: Vec<EmailId> = emails(store, &user).await.iter().map(|email| email.id).collect();
    assert_eq!(ids.len(), 11);
    let undone = issued(
        store,
        undo(
            &user,
            "jo@example.com",
            made_primary("a0@example.com", "jo@example.com"),
        ),
    )
    .await;
    race(RACERS, |i| {
        let (ports, user) = (store.clone(), user.clone());
        let (id, proof, undone) = (ids[i % ids.len()], proofs[i / 5 % proofs.len()].clone(), undone.clone());
        async move {
            match i % 5 {
                0 | 1 => {
                    make_primary(&ports, &user, id, None).await;
                }
                2 => {
                    remove(&ports, &user, id, None).await;
                }
                3 => {
                    verify(&ports, &proof, NOW).await;
                }
                _ if i == 54 => {
                    revert(&ports, &undone, NOW).await;
                }
                _ => {
                    let wanted = AddEmail {
                        limit: 12,
                        notices: Vec::new(),
                        ..adding(&user, &format!("c{i}@example.com"))
                    };
                    add(&ports, wanted).await;
                }
            }
        }
    })
    .await;
    let after = emails(store, &user).await;
    let primaries: Vec<&UserEmail> = after.iter().filter(|email| email.primary).collect();
    assert_eq!(primaries.len(), 1, "{after:?}");
    assert!(primaries[0].verified_at.is_some());
    assert!(after.len() <= 13, "the one that came back may be one more: {after:?}");
    let key = primaries[0].address.as_str().to_owned();
    assert_eq!(owner(store, &workspace, &key).await, Some(user.id));
}

/// Two people press at once for the two last proved addresses; one of them stays (R49).
pub async fn a_race_of_removals_leaves_a_proved_address(store: &StorePorts) {
    let workspace = acme(store).await;
    for n in 0..10 {
        let person = Person::customer(workspace.id, &format!("jo{n}@example.com")).unproved();
        let user = put(store, person).await;
        let second = [format!("x{n}@example.com"), format!("y{n}@example.com")];
        for email in &second {
            prove(store, &user, email).await;
        }
        let ids = [
            id_of(store, &user, &second[0]).await,
            id_of(store, &user, &second[1]).await,
        ];
        let said = race(10, |i| {
            let (ports, user, id) = (store.clone(), user.clone(), ids[i % 2]);
            async move { remove(&ports, &user, id, None).await }
        })
        .await;
        assert_eq!(said.iter().filter(|said| **said == EmailChanged::Done).count(), 1);
        let after = emails(store, &user).await;
        let proved = after.iter().filter(|email| email.verified_at.is_some());
        assert_eq!(proved.count(), 1);
    }
}

/// What an undone change ends: sessions, links that set a password, attempts; and the credentials version rises.
async fn assert_undone(store: &StorePorts, user: &User, link: &Link, expected: EmailChange) {
    let sessions = [signed_in(store, user).await, signed_in(store, user).await];
    let resets = [
        issued(store, super::support::link(user, LinkPurpose::ResetPassword)).await,
        issued(store, super::support::link(user, LinkPurpose::Invite)).await,
    ];
    let second_step = at_second_step(user);
    begun(store, &second_step).await;
    let before = record_of(store, user).await.credentials_version;
    let entry = row(user.workspace);
    let restored = EmailId::from_uuid(uuid());
    let said = store
        .emails
        .revert(user.workspace, &link.digest, restored, later(60), entry.clone());
    assert_eq!(said.await.unwrap(), EmailReverted::Reverted(expected));
    assert!(record_of(store, user).await.credentials_version > before);
    for session in &sessions {
        assert!(!is_live(store, session, NOW).await);
    }
    for reset in &resets {
        assert!(!is_good(store, reset).await);
    }
    assert!(is_over(store, &second_step).await);
    assert!(was_audited(store, &entry).await);
    let used = state_of(store, link, NOW).await;
    assert_eq!(used, LinkState::Used(link.clone(), later(60)));
    assert_eq!(revert(store, link, later(61)).await, EmailReverted::LinkGone, "again");
}

/// `revert` of an addition removes the address again, with the links that were sent to it.
pub async fn an_undone_addition_removes_the_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for proved in [false, true] {
        let proof = claim(store, &user, "evil@example.com").await;
        if proved {
            assert_eq!(verify(store, &proof, NOW).await, EmailVerified::Verified);
        }
        let theirs = issued(store, undo(&user, "evil@example.com", removed("evil@example.com"))).await;
        let link = issued(store, undo(&user, "jo@example.com", added("evil@example.com"))).await;
        assert_undone(store, &user, &link, added("evil@example.com")).await;
        let left: Vec<String> = emails(store, &user)
            .await
            .iter()
            .map(|email| email.address.as_str().to_owned())
            .collect();
        assert_eq!(left, ["jo@example.com"]);
        assert_eq!(verify(store, &proof, NOW).await, EmailVerified::LinkGone);
        assert_eq!(
            revert(store, &theirs, NOW).await,
            EmailReverted::LinkGone,
            "what went to that mailbox is void, or its owner would come back by it"
        );
    }
}

/// Where the added address had become the primary one, the mailbox that says so takes its place, proved, even where it
/// had been removed since.
pub async fn an_undone_addition_gives_the_primary_place_back(store: &StorePorts) {
    for removed_since in [false, true] {
        let workspace = another(store, if removed_since { "other" } else { "acme" }).await;
        let user = customer(store, &workspace, "jo@example.com").await;
        prove(store, &user, "evil@example.com").await;
        let link = issued(store, undo(&user, "jo@example.com", added("evil@example.com"))).await;
        let evil = id_of(store, &user, "evil@example.com").await;
        assert_eq!(make_primary(store, &user, evil, None).await, EmailChanged::Done);
        if removed_since {
            let jo = id_of(store, &user, "jo@example.com").await;
            assert_eq!(remove(store, &user, jo, None).await, EmailChanged::Done);
        }
        let user = record_of(store, &user).await.user;
        assert_undone(store, &user, &link, added("evil@example.com")).await;
        assert_eq!(primary(store, &user).await, "jo@example.com");
        let left = emails(store, &user).await;
        assert!(left.len() == 1 && left[0].verified_at.is_some(), "{left:?}");
        assert_eq!(owner(store, &workspace, "jo@example.com").await, Some(user.id));
        assert_eq!(owner(store, &workspace, "evil@example.com").await, None);
    }
}

/// `revert` of a new primary address makes the one before primary again, adding it as proved if it is gone.
pub async fn an_undone_primary_address_is_secondary_again(store: &StorePorts) {
    for removed_since in [false, true] {
        let workspace = another(store, if removed_since { "other" } else { "acme" }).await;
        let user = jo(store, &workspace).await;
        let change = made_primary("second@example.com", "jo@example.com");
        let link = issued(store, undo(&user, "jo@example.com", change.clone())).await;
        let second = id_of(store, &user, "second@example.com").await;
        assert_eq!(make_primary(store, &user, second, None).await, EmailChanged::Done);
        if removed_since {
            let jo = id_of(store, &user, "jo@example.com").await;
            assert_eq!(remove(store, &user, jo, None).await, EmailChanged::Done);
        }
        let user = record_of(store, &user).await.user;
        assert_undone(store, &user, &link, change).await;
        assert_eq!(primary(store, &user).await, "jo@example.com");
        let left = emails(store, &user).await;
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|email| email.verified_at.is_some()));
        assert_eq!(owner(store, &workspace, "jo@example.com").await, Some(user.id));
    }
}

/// `revert` of a removal adds the address again, proved.
pub async fn an_undone_removal_brings_the_address_back(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = jo(store, &workspace).await;
    let id = id_of(store, &user, "second@example.com").await;
    let told = vec![notice(&user, "second@example.com", removed("second@example.com"))];
    let link = told[0].link.clone().unwrap();
    let gone = store
        .emails
        .remove(workspace.id, user.id, id, None, told, row(workspace.id));
    assert_eq!(gone.await.unwrap(), EmailChanged::Done);
    assert_undone(store, &user, &link, removed("second@example.com")).await;
    let back = find(store, &user, "second@example.com").await.unwrap();
    assert!(!back.primary && back.verified_at.is_some());
    assert_eq!(primary(store, &user).await, "jo@example.com");
    assert_eq!(owner(store, &workspace, "second@example.com").await, Some(user.id));
}

/// Of any number of parallel calls with one link one undoes the change (R28).
pub async fn a_race_of_reverts_with_one_link_undoes_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = issued(store, undo(&user, "jo@example.com", removed("second@example.com"))).await;
    let said = race(RACERS, |_| {
        let (ports, link) = (store.clone(), link.clone());
        async move { revert(&ports, &link, NOW).await }
    })
    .await;
    let undone = said.iter().filter(|said| matches!(said, EmailReverted::Reverted(_)));
    assert_eq!(undone.count(), 1);
    assert_eq!(emails(store, &user).await.len(), 2);
}

/// A link that is over, foreign or of another purpose undoes nothing.
pub async fn a_dead_link_undoes_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = jo(store, &workspace).await;
    let link = issued(store, undo(&user, "jo@example.com", added("second@example.com"))).await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let of_another_purpose = Link {
        digest: fresh_token(),
        purpose: LinkPurpose::NotMe,
        ..undo(&user, "jo@example.com", added("second@example.com"))
    };
    let of_another_purpose = issued(store, of_another_purpose).await;
    let unknown = Link {
        digest: fresh_token(),
        ..link.clone()
    };
    let foreign = Link {
        workspace: other.id,
        ..link.clone()
    };
    for (dead, at) in [
        (&link, link.expires_at),
        (&of_another_purpose, NOW),
        (&unknown, NOW),
        (&foreign, NOW),
    ] {
        assert_eq!(revert(store, dead, at).await, EmailReverted::LinkGone);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
}

/// What has been proved on somebody else in the meantime does not come back, and nothing is changed then.
pub async fn what_is_proved_elsewhere_does_not_come_back(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    customer(store, &workspace, "taken@example.com").await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    for change in [
        removed("taken@example.com"),
        made_primary("jo@example.com", "taken@example.com"),
    ] {
        let link = issued(store, undo(&user, "taken@example.com", change)).await;
        assert_eq!(revert(store, &link, NOW).await, EmailReverted::TakenElsewhere);
        assert_eq!(record_of(store, &user).await, before);
        assert!(is_live(store, &session, NOW).await);
    }
}
