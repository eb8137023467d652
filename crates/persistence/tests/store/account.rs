//! Everyone's own account: what is sealed, what ends with what, and what the very next check tells.

use doorward_domain::audit::AuditAction;
use doorward_domain::ids::{CeremonyId, EmailId};
use doorward_domain::one_time::{EmailChange, LinkPurpose, LinkSubject};
use doorward_domain::passkey::{Ceremony, CeremonyPurpose};
use doorward_domain::picture::Picture;
use doorward_domain::ports::{
    AddEmail, EmailAdded, EmailChanged, EmailReverted, EmailVerified, Factors as _, FaultKind, Opened, PasswordReset,
    Renewed, ResetOutcome, UserCreated,
};
use doorward_domain::return_to::ReturnTo;
use doorward_domain::second_factor::{AppCodeMatch, AppSecret, FactorUse, PendingApp};
use doorward_domain::secret::PasswordDigest;
use doorward_domain::sign_in::{Binding, SecondFactorVerified};
use doorward_domain::testing::contract::StorePorts;
use doorward_domain::testing::{APP_SECRET, Person, SeededEntropy, address, create};
use doorward_domain::user::{Profile, User, UserEmail};
use doorward_persistence::{KeyRing, SeaFactors, Station, Store, StoreOptions};

use crate::given::{
    NOW, acme, app_on, customer, enabling, fresh_digest, grant_with, is_live, issued, later, link, only_session,
    opening, passkey_of, pending_app, receipt, renewal, row, signed_in, unique,
};
use crate::stores::{Kind, Place, Raw, ports};

/// A server over a new place, and another pair of eyes on the same database.
async fn server(kind: Kind) -> (Place, StorePorts) {
    let (place, store) = kind.store().await;
    let server = ports(&store, place.clone());
    (place, server)
}

async fn blobs(place: &Place, sql: &'static str) -> Vec<Vec<u8>> {
    match &place.raw {
        Raw::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        Raw::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    }
}

fn holds(blob: &[u8], part: &[u8]) -> bool {
    blob.windows(part.len()).any(|window| window == part)
}

async fn secrets_are_sealed_for_their_person(kind: Kind) {
    let (place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let ann = customer(&server, &acme, "ann@example.com").await;
    app_on(&server, &jo).await;
    app_on(&server, &ann).await;
    assert!(server.factors.begin_app(acme.id, jo.id, pending_app()).await.unwrap());
    let sealed = blobs(
        &place,
        "SELECT app_secret FROM user_factors UNION ALL SELECT pending_secret FROM user_factors \
         WHERE pending_secret IS NOT NULL",
    )
    .await;
    assert_eq!(sealed.len(), 3);
    assert!(sealed.iter().all(|sealed| !holds(sealed, &APP_SECRET)));
    let record = server.factors.find(acme.id, jo.id).await.unwrap();
    assert_eq!(record.app.unwrap().secret, Some(AppSecret::from_bytes(APP_SECRET)));
    assert_eq!(record.pending, Some(pending_app()));

    // Neither another person's secret nor one of another purpose opens in this place.
    for moved in [
        "UPDATE user_factors SET app_secret = (SELECT o.app_secret FROM user_factors o \
         WHERE o.user_id <> user_factors.user_id)",
        "UPDATE user_factors SET app_secret = (SELECT o.pending_secret FROM user_factors o \
         WHERE o.pending_secret IS NOT NULL)",
    ] {
        place.raw.execute(moved).await;
        let record = server.factors.find(acme.id, jo.id).await.unwrap();
        assert_eq!(record.app.unwrap().secret, None, "no code of an app can be right");
    }
}

async fn rounds_with_an_authenticator_are_sealed_and_swept(kind: Kind) {
    let (place, server) = server(kind).await;
    let acme = acme(&server).await;
    let ceremony = |seconds: u64| Ceremony {
        id: CeremonyId::from_uuid(unique()),
        workspace: acme.id,
        binding: Binding::Browser(fresh_digest()),
        purpose: CeremonyPurpose::SignIn {
            return_to: ReturnTo::parse("/portal/secret-place"),
        },
        state: "the-challenge-of-this-round".to_owned(),
        expires_at: later(seconds),
    };
    let (one, short) = (ceremony(300), ceremony(10));
    server.passkeys.begin(one.clone()).await.unwrap();
    server.passkeys.begin(short.clone()).await.unwrap();
    for sealed in blobs(&place, "SELECT state FROM passkey_ceremonies").await {
        assert!(!holds(&sealed, b"the-challenge") && !holds(&sealed, b"secret-place"));
    }
    let take = async |id, binding, seconds| {
        server
            .passkeys
            .take(acme.id, id, binding, later(seconds))
            .await
            .unwrap()
    };
    assert!(take(one.id, Binding::Browser(fresh_digest()), 0).await.is_none());
    assert!(take(one.id, Binding::Bearer, 0).await.is_none());
    assert!(take(short.id, short.binding, 10).await.is_none(), "past its life");
    assert_eq!(server.passkeys.sweep(later(10)).await.unwrap(), 1);
    assert_eq!(take(one.id, one.binding, 299).await, Some(one.clone()));
    assert!(take(one.id, one.binding, 299).await.is_none(), "once");
}

async fn what_a_person_changes_is_what_the_next_check_tells(kind: Kind) {
    let (place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let token = signed_in(&server, &jo).await;
    let check = async || server.sessions.check(&token, NOW).await.unwrap().unwrap();
    assert_eq!(check().await.time_zone, None);

    let profile = Profile {
        name: "Jo Doe".to_owned(),
        language: Some("de".to_owned()),
        time_zone: Some("Europe/Berlin".to_owned()),
    };
    let entry = row(acme.id, AuditAction::ProfileChanged);
    assert!(server.profiles.save(acme.id, jo.id, profile, entry).await.unwrap());
    let told = check().await;
    assert_eq!(
        (told.name.as_str(), told.language.as_deref(), told.time_zone.as_deref()),
        ("Jo Doe", Some("de"), Some("Europe/Berlin"))
    );
    let query = doorward_domain::ports::UserQuery {
        text: Some("jo doe".to_owned()),
        filter: doorward_domain::people_search::UserFilter::default(),
        after: None,
        limit: 10,
    };
    assert_eq!(server.users.search(acme.id, query).await.unwrap().len(), 1);

    let added = add(&server, &jo, "jo@example.org").await;
    assert_eq!(check().await.emails, ["jo@example.com"], "a claim tells nothing");
    assert_eq!(verify(&server, &jo, &added).await, EmailVerified::Verified);
    assert_eq!(check().await.emails, ["jo@example.com", "jo@example.org"]);
    let this = only_session(&server, &jo).await.id;
    let entry = row(acme.id, AuditAction::EmailMadePrimary);
    let made = server
        .emails
        .make_primary(acme.id, jo.id, added.id, Some(this), Vec::new(), entry);
    assert_eq!(made.await.unwrap(), EmailChanged::Done);
    assert_eq!(check().await.primary_email.as_deref(), Some("jo@example.org"));

    // On another node, or past a command beside the server, as well.
    let command = ports(&place.open(Station::Command).await, place.clone());
    let before = jo.primary_email().unwrap().id;
    let entry = row(acme.id, AuditAction::EmailRemoved);
    let removed = command
        .emails
        .remove(acme.id, jo.id, before, Some(this), Vec::new(), entry);
    assert_eq!(removed.await.unwrap(), EmailChanged::Done);
    let begun = std::time::Instant::now();
    while check().await.emails != ["jo@example.org"] {
        assert!(kind == Kind::Postgres && begun.elapsed() < std::time::Duration::from_secs(1));
    }
}

async fn a_picture_is_kept_beside_the_person(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let picture_at = async || server.users.find(acme.id, jo.id).await.unwrap().unwrap().picture_at;
    assert_eq!(picture_at().await, None);
    for seconds in [1, 2] {
        let picture = Picture {
            png: vec![7; 100_000 * usize::try_from(seconds).unwrap()],
            set_at: later(seconds),
        };
        let entry = row(acme.id, AuditAction::ProfileChanged);
        let set = server
            .profiles
            .set_picture(acme.id, jo.id, Some(picture.clone()), entry);
        assert!(set.await.unwrap());
        assert_eq!(picture_at().await, Some(later(seconds)));
        assert_eq!(server.profiles.picture(acme.id, jo.id).await.unwrap(), Some(picture));
    }
    let entry = row(acme.id, AuditAction::ProfileChanged);
    assert!(server.profiles.set_picture(acme.id, jo.id, None, entry).await.unwrap());
    assert_eq!(picture_at().await, None);
    assert_eq!(server.profiles.picture(acme.id, jo.id).await.unwrap(), None);
}

async fn a_spent_factor_writes_nothing(kind: Kind) {
    let (place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    app_on(&server, &jo).await;
    let by_app = |step| SecondFactorVerified::by_app(jo.id, &AppCodeMatch::of_step(step));
    let replaced = fresh_digest();
    let grant = grant_with(&server, &jo, Some(by_app(2))).await;
    let opened = server.sessions.open(opening(grant, replaced)).await.unwrap();
    assert!(matches!(opened, Opened::Open(_)));
    let rows = async || {
        place
            .raw
            .numbers(
                "SELECT COUNT(*) FROM sessions UNION ALL SELECT COUNT(*) FROM links UNION ALL SELECT COUNT(*) FROM outbox \
                 UNION ALL SELECT COUNT(*) FROM receipts UNION ALL SELECT COUNT(*) FROM audit \
                 UNION ALL SELECT last_sign_in_at FROM users",
            )
            .await
    };
    let before = rows().await;
    let session = only_session(&server, &jo).await;
    // One step before, the same step, and then one that was never there.
    for step in [1, 2] {
        let mut open = opening(grant_with(&server, &jo, Some(by_app(step))).await, fresh_digest());
        open.now = later(60);
        open.replaces = Some(replaced);
        open.links = vec![link(&jo, LinkPurpose::NotMe, LinkSubject::Session { session: open.id })];
        assert_eq!(server.sessions.open(open).await.unwrap(), Opened::FactorSpent);
        let renew = renewal(&session, (replaced, fresh_digest()), Some(FactorUse::AppStep(step)));
        assert_eq!(server.sessions.renew(renew).await.unwrap(), Renewed::FactorSpent);
    }
    let renew = renewal(
        &session,
        (replaced, fresh_digest()),
        Some(FactorUse::BackupCode(fresh_digest())),
    );
    assert_eq!(server.sessions.renew(renew).await.unwrap(), Renewed::FactorSpent);
    assert_eq!(rows().await, before);
    assert!(
        is_live(&server, &replaced, NOW).await,
        "the old token is as good as before"
    );
}

async fn a_renewed_session_has_a_new_token_at_once(kind: Kind) {
    let (place, store) = kind.store().await;
    let one = ports(&store, place.clone());
    let two = match kind {
        Kind::Sqlite => one.clone(),
        Kind::Postgres => ports(&place.open(Station::Server).await, place.clone()),
    };
    let acme = acme(&one).await;
    let jo = customer(&one, &acme, "jo@example.com").await;
    let old = signed_in(&one, &jo).await;
    let begun = std::time::Instant::now();
    while two.sessions.peek(&old, NOW).is_none() {
        assert!(is_live(&two, &old, NOW).await && begun.elapsed() < std::time::Duration::from_secs(20));
    }
    let session = only_session(&one, &jo).await;
    let new = fresh_digest();
    let mut renew = renewal(&session, (old, new), None);
    renew.now = later(60);
    let Renewed::Renewed(view) = one.sessions.renew(renew).await.unwrap() else {
        panic!("not renewed");
    };
    assert_eq!(
        (view.id, view.proved_at, view.expires_at),
        (session.id, later(60), session.expires_at)
    );
    assert_eq!(*view, *one.sessions.check(&new, later(60)).await.unwrap().unwrap());
    assert!(!is_live(&one, &old, later(60)).await, "dead on this node at once");
    let begun = std::time::Instant::now();
    while is_live(&two, &old, later(60)).await {
        assert!(kind == Kind::Postgres && begun.elapsed() <= doorward_persistence::changes::STALENESS_BOUND);
    }
    let kept = one.own_sessions.list(acme.id, jo.id, later(60)).await.unwrap();
    assert_eq!(
        (kept.len(), kept[0].created_at, kept[0].last_seen_at),
        (1, NOW, later(60))
    );

    // Past its end it cannot be renewed any more, nor by its old token, nor by somebody else.
    let renew = renewal(&session, (old, fresh_digest()), None);
    assert_eq!(two.sessions.renew(renew).await.unwrap(), Renewed::Gone);
    let mut renew = renewal(&session, (new, fresh_digest()), None);
    renew.now = later(60 + 3_600);
    assert_eq!(one.sessions.renew(renew).await.unwrap(), Renewed::Gone);
    let ann = customer(&one, &acme, "ann@example.com").await;
    let mut renew = renewal(&session, (new, fresh_digest()), None);
    renew.user = ann.id;
    assert_eq!(one.sessions.renew(renew).await.unwrap(), Renewed::Gone);
    let entry = row(acme.id, AuditAction::SignedOut);
    assert!(
        !one.own_sessions
            .end(acme.id, ann.id, session.id, entry.clone())
            .await
            .unwrap()
    );
    assert!(one.own_sessions.end(acme.id, jo.id, session.id, entry).await.unwrap());
    assert!(!is_live(&one, &new, later(60)).await);
}

async fn a_list_knows_the_last_use_that_is_not_written_yet(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let (one, two) = (signed_in(&server, &jo).await, signed_in(&server, &jo).await);
    assert!(is_live(&server, &two, later(30)).await && is_live(&server, &one, later(60)).await);
    let listed = server.own_sessions.list(acme.id, jo.id, later(61)).await.unwrap();
    let last_uses: Vec<_> = listed.iter().map(|session| session.last_seen_at).collect();
    assert_eq!(last_uses, [later(60), later(30)]);
    let listed = server
        .own_sessions
        .list(acme.id, jo.id, later(30 + 3_600))
        .await
        .unwrap();
    assert_eq!(listed.len(), 1, "the other one is idle for an hour");
}

/// Adds an address with the link that proves it.
async fn add(ports: &StorePorts, user: &User, email: &str) -> AddEmail {
    let address = address(email);
    let mut proof = link(user, LinkPurpose::VerifyEmail, LinkSubject::Person);
    proof.address = address.key();
    let add = AddEmail {
        workspace: user.workspace,
        user: user.id,
        id: EmailId::from_uuid(unique()),
        address,
        limit: 20,
        link: Some(proof),
        mail: None,
        notices: Vec::new(),
        now: NOW,
    };
    let entry = row(user.workspace, AuditAction::EmailAdded);
    assert_eq!(ports.emails.add(add.clone(), entry).await.unwrap(), EmailAdded::Added);
    add
}

async fn verify(ports: &StorePorts, user: &User, added: &AddEmail) -> EmailVerified {
    let token = added.link.as_ref().unwrap().digest;
    let entry = row(user.workspace, AuditAction::EmailAdded);
    ports
        .emails
        .verify(user.workspace, &token, Vec::new(), NOW, entry)
        .await
        .unwrap()
}

async fn make_primary(ports: &StorePorts, user: &User, id: EmailId) -> EmailChanged {
    let entry = row(user.workspace, AuditAction::EmailMadePrimary);
    ports
        .emails
        .make_primary(user.workspace, user.id, id, None, Vec::new(), entry)
        .await
        .unwrap()
}

async fn remove(ports: &StorePorts, user: &User, id: EmailId) -> EmailChanged {
    let entry = row(user.workspace, AuditAction::EmailRemoved);
    ports
        .emails
        .remove(user.workspace, user.id, id, None, Vec::new(), entry)
        .await
        .unwrap()
}

async fn revert(ports: &StorePorts, user: &User, link: &doorward_domain::one_time::Link) -> EmailReverted {
    let entry = row(user.workspace, AuditAction::EmailReverted);
    let restored = EmailId::from_uuid(unique());
    ports
        .emails
        .revert(user.workspace, &link.digest, restored, NOW, entry)
        .await
        .unwrap()
}

/// Address, whether it is the primary one, whether it is proved; in order of address.
async fn addresses(ports: &StorePorts, user: &User) -> Vec<(String, bool, bool)> {
    let found = ports.users.find(user.workspace, user.id).await.unwrap().unwrap();
    let mut addresses: Vec<_> = found
        .emails
        .iter()
        .map(|email| {
            (
                email.address.as_str().to_owned(),
                email.primary,
                email.verified_at.is_some(),
            )
        })
        .collect();
    addresses.sort();
    addresses
}

fn named(addresses: &[(&str, bool, bool)]) -> Vec<(String, bool, bool)> {
    addresses
        .iter()
        .map(|(address, primary, proved)| ((*address).to_owned(), *primary, *proved))
        .collect()
}

async fn r48_an_account_that_was_taken_over_comes_back_by_any_of_its_links(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    for link_used in 0..3 {
        let jo = customer(&server, &acme, &format!("jo{link_used}@example.com")).await;
        let good = jo.primary_email().unwrap().clone();
        let evil = address(&format!("eve{link_used}@example.net"));
        // What somebody does who sits at an open session; each change tells the mailbox that was there before.
        let added = add(&server, &jo, evil.as_str()).await;
        let told = [
            EmailChange::Added { address: evil.clone() },
            EmailChange::MadePrimary {
                address: evil.clone(),
                before: good.address.clone(),
            },
            EmailChange::Removed {
                address: good.address.clone(),
            },
        ]
        .map(|change| link(&jo, LinkPurpose::RevertEmail, LinkSubject::Change { change }));
        for notice in &told {
            issued(&server, notice).await;
        }
        assert_eq!(verify(&server, &jo, &added).await, EmailVerified::Verified);
        assert_eq!(make_primary(&server, &jo, added.id).await, EmailChanged::Done);
        assert_eq!(remove(&server, &jo, good.id).await, EmailChanged::Done);
        // A new password does not rid them of the way back.
        let entry = row(acme.id, AuditAction::PasswordSet);
        let password = PasswordDigest::from_phc("$evil".to_owned());
        let set = server
            .credentials
            .set_password(acme.id, jo.id, password, None, Vec::new(), entry);
        assert!(set.await.unwrap());
        let theirs = signed_in(&server, &server.users.find(acme.id, jo.id).await.unwrap().unwrap()).await;

        let undone = revert(&server, &jo, &told[link_used]).await;
        assert!(matches!(undone, EmailReverted::Reverted(_)), "{undone:?}");
        assert!(!is_live(&server, &theirs, NOW).await, "all sessions are ended");
        let good_is = |primary| (good.address.as_str(), primary, true);
        let after = addresses(&server, &jo).await;
        match link_used {
            0 => assert_eq!(after, named(&[good_is(true)])),
            1 => assert_eq!(after, named(&[(evil.as_str(), false, true), good_is(true)])),
            _ => assert_eq!(after, named(&[(evil.as_str(), true, true), good_is(false)])),
        }
        assert_eq!(
            revert(&server, &jo, &told[link_used]).await,
            EmailReverted::LinkGone,
            "once"
        );
        // The other links are good still, and end where all of them do.
        for link in told.iter().rev() {
            let said = revert(&server, &jo, link).await;
            assert!(!matches!(said, EmailReverted::TakenElsewhere), "{said:?}");
        }
        assert_eq!(addresses(&server, &jo).await, named(&[good_is(true)]));
    }
}

async fn r48_a_claim_never_blocks_the_owner(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let claim = Person::customer(acme.id, "mail@example.com").unproved();
    assert_eq!(create(&*server.users, &claim).await.unwrap(), UserCreated::Created);
    let jo = customer(&server, &acme, "jo@example.com").await;
    let ann = customer(&server, &acme, "ann@example.com").await;
    let jos = add(&server, &jo, "mail@example.com").await;
    let anns = add(&server, &ann, "mail@example.com").await;
    assert_eq!(verify(&server, &jo, &jos).await, EmailVerified::Verified);
    assert_eq!(verify(&server, &ann, &anns).await, EmailVerified::TakenElsewhere);
    assert_eq!(verify(&server, &jo, &jos).await, EmailVerified::LinkGone);
    assert_eq!(make_primary(&server, &jo, jos.id).await, EmailChanged::Done);
    assert_eq!(make_primary(&server, &ann, anns.id).await, EmailChanged::Unproved);
    let again = Person::customer(acme.id, "mail@example.com").unproved();
    assert_eq!(
        create(&*server.users, &again).await.unwrap(),
        UserCreated::AddressTaken(jo.id)
    );

    // What was removed and proved by somebody else since stays theirs.
    let was_mine = link(
        &jo,
        LinkPurpose::RevertEmail,
        LinkSubject::Change {
            change: EmailChange::Removed {
                address: address("mail@example.com"),
            },
        },
    );
    issued(&server, &was_mine).await;
    let first = jo.primary_email().unwrap().id;
    assert_eq!(make_primary(&server, &jo, first).await, EmailChanged::Done);
    assert_eq!(remove(&server, &jo, jos.id).await, EmailChanged::Done);
    assert_eq!(verify(&server, &ann, &anns).await, EmailVerified::Verified);
    let before = addresses(&server, &jo).await;
    assert_eq!(revert(&server, &jo, &was_mine).await, EmailReverted::TakenElsewhere);
    assert_eq!(addresses(&server, &jo).await, before, "and nothing is changed by that");
}

async fn r25_no_other_link_sets_a_password(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    for purpose in LinkPurpose::ALL {
        let link = link(&jo, purpose, LinkSubject::Person);
        issued(&server, &link).await;
        let reset = PasswordReset {
            workspace: acme.id,
            token: link.digest,
            password: PasswordDigest::from_phc("$x".to_owned()),
            notices: Vec::new(),
            receipt: receipt(acme.id, NOW),
            now: NOW,
        };
        let entry = row(acme.id, AuditAction::PasswordReset);
        let said = server.credentials.reset_password(reset, entry).await.unwrap();
        let sets = matches!(purpose, LinkPurpose::ResetPassword | LinkPurpose::Invite);
        assert_eq!(said == ResetOutcome::Reset, sets, "{purpose:?}");
    }
}

async fn r38_a_new_password_voids_what_is_pending_and_not_what_undoes(kind: Kind) {
    let (place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    for purpose in LinkPurpose::ALL {
        issued(&server, &link(&jo, purpose, LinkSubject::Person)).await;
    }
    let (kept, other) = (signed_in(&server, &jo).await, signed_in(&server, &jo).await);
    let sessions = server.own_sessions.list(acme.id, jo.id, NOW).await.unwrap();
    let entry = row(acme.id, AuditAction::PasswordSet);
    let password = PasswordDigest::from_phc("$x".to_owned());
    let keep = Some(sessions[0].id);
    assert!(
        server
            .credentials
            .set_password(acme.id, jo.id, password, keep, Vec::new(), entry)
            .await
            .unwrap()
    );
    let live = [is_live(&server, &kept, NOW).await, is_live(&server, &other, NOW).await];
    assert_eq!(
        live.iter().filter(|live| **live).count(),
        1,
        "the session that did it stays"
    );
    let alive = match place.raw {
        Raw::Sqlite(_) => {
            "SELECT COUNT(*) FROM links WHERE voided_at IS NULL AND purpose IN \
             ('revert-email', 'not-me', 'stop-caller-action', 'undo-deletion')"
        }
        Raw::Postgres(_) => {
            "SELECT COUNT(*) FROM links WHERE voided_at IS NULL AND purpose = ANY(ARRAY[\
             'revert-email', 'not-me', 'stop-caller-action', 'undo-deletion'])"
        }
    };
    assert_eq!(place.raw.numbers(alive).await, [4]);
    let all = "SELECT COUNT(*) FROM links WHERE voided_at IS NULL";
    assert_eq!(place.raw.numbers(all).await, [4]);
}

async fn r116_secrets_move_to_the_newest_key(kind: Kind) {
    let (place, store) = kind.store().await;
    let server = ports(&store, place.clone());
    let acme = acme(&server).await;
    // More than one transaction of the move takes.
    for n in 0..203 {
        let user = customer(&server, &acme, &format!("jo{n}@example.com")).await;
        app_on(&server, &user).await;
        if n == 0 {
            server.factors.begin_app(acme.id, user.id, pending_app()).await.unwrap();
        }
    }
    let jo = customer(&server, &acme, "jo@example.com").await;
    app_on(&server, &jo).await;
    drop((server, store));
    let ring = |seeds: &[u8]| {
        let key = |seed: &u8| {
            (0..32_u8)
                .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ seed)
                .collect()
        };
        let entropy = SeededEntropy::new(u64::from(seeds[0]) + 1_000_000);
        KeyRing::new(seeds.iter().map(key).collect(), std::sync::Arc::new(entropy)).unwrap()
    };
    let with = async |seeds: &[u8]| SeaFactors::new(open(&place, ring(seeds)).await);
    let both = with(&[0x3c, 0xa5]).await;
    assert_eq!(both.reseal().await.unwrap(), 205);
    assert_eq!(both.reseal().await.unwrap(), 0, "there is nothing left to do");
    drop(both);
    let newest = with(&[0x3c]).await;
    let record = newest.find(acme.id, jo.id).await.unwrap();
    assert_eq!(record.app.unwrap().secret, Some(AppSecret::from_bytes(APP_SECRET)));
    // Without the key that they are sealed with, the apps are on and cannot be asked; backup codes can.
    let old = with(&[0xa5]).await;
    let record = old.find(acme.id, jo.id).await.unwrap();
    assert_eq!(record.app.map(|app| app.secret), Some(None));
    assert!(record.backup.is_some_and(|set| !set.left.is_empty()));
    let lost = async |seeds: &[u8]| open(&place, ring(seeds)).await.lost_secrets().await.unwrap();
    assert_eq!(lost(&[0xa5]).await.apps, 204, "all but the one that is being set up");
    assert!(lost(&[0x3c]).await.is_none() && lost(&[0xa5, 0x3c]).await.is_none());
    assert_eq!(old.reseal().await.unwrap_err().kind(), FaultKind::Corrupt);
}

async fn open(place: &Place, keys: KeyRing) -> Store {
    Store::open(StoreOptions::new(place.url.clone(), Station::Command, keys))
        .await
        .unwrap()
}

async fn r70_an_app_is_turned_on_once_and_by_a_later_step_only(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let entry = |action| row(acme.id, action);
    app_on(&server, &jo).await;
    let off = server
        .factors
        .disable_app(acme.id, jo.id, None, Vec::new(), entry(AuditAction::TwoFactorDisabled));
    assert!(off.await.unwrap());
    let forgotten = server.factors.find(acme.id, jo.id).await.unwrap();
    assert_eq!(
        (forgotten.app, forgotten.backup, forgotten.last_step),
        (None, None, Some(1))
    );

    let other = PendingApp {
        secret: AppSecret::from_bytes([9; 20]),
        ..pending_app()
    };
    assert!(server.factors.begin_app(acme.id, jo.id, other.clone()).await.unwrap());
    let enable = async |pending: PendingApp, step: i64, at: u64, version: Option<i64>| {
        let mut enable = enabling(&jo, pending, step);
        enable.now = later(at);
        enable.only_at_version = version;
        let row = entry(AuditAction::TwoFactorEnabled);
        server.factors.enable_app(enable, row).await.unwrap().is_some()
    };
    let version = server
        .users
        .find_record(acme.id, jo.id)
        .await
        .unwrap()
        .unwrap()
        .credentials_version;
    assert!(
        !enable(pending_app(), 2, 0, None).await,
        "not the one that is being set up"
    );
    assert!(
        !enable(other.clone(), 1, 0, None).await,
        "a step that was accepted before"
    );
    assert!(!enable(other.clone(), 2, 600, None).await, "past its life");
    assert!(
        !enable(other.clone(), 2, 0, Some(version + 1)).await,
        "decided on other facts"
    );
    assert!(enable(other.clone(), 2, 0, Some(version)).await);
    assert!(!enable(other, 3, 0, None).await, "once");
    let record = server.users.find_record(acme.id, jo.id).await.unwrap().unwrap();
    assert_eq!(
        record.credentials_version,
        version + 1,
        "what failed has raised nothing"
    );
    assert_eq!((record.factors.app, record.factors.backup_codes_left), (true, 10));
}

async fn a_sign_in_reads_factors_and_passkeys_with_the_person(kind: Kind) {
    let (_place, server) = server(kind).await;
    let acme = acme(&server).await;
    let jo = customer(&server, &acme, "jo@example.com").await;
    let ann = customer(&server, &acme, "ann@example.com").await;
    for (user, synced) in [(&jo, true), (&jo, false), (&ann, true)] {
        let email = UserEmail {
            id: EmailId::from_uuid(unique()),
            address: address(&format!("also{}@example.org", unique().simple())),
            primary: false,
            verified_at: Some(NOW),
        };
        server.backdoor.add_email(acme.id, user.id, email).await.unwrap();
        let passkey = doorward_domain::passkey::Passkey {
            synced,
            credential: unique().as_bytes().to_vec(),
            ..doorward_domain::testing::passkey(acme.id, user.id, "Phone", synced, NOW)
        };
        let entry = row(acme.id, AuditAction::PasskeyAdded);
        server.passkeys.add(passkey, 20, Vec::new(), entry).await.unwrap();
    }
    app_on(&server, &jo).await;
    let spent = FactorUse::BackupCode(doorward_domain::testing::backup_set(1).left[0]);
    let by_code = SecondFactorVerified::by_app(jo.id, &AppCodeMatch::of_step(5));
    let old = fresh_digest();
    let opened = server
        .sessions
        .open(opening(grant_with(&server, &jo, Some(by_code)).await, old))
        .await;
    assert!(matches!(opened.unwrap(), Opened::Open(_)));
    let renewed = server
        .sessions
        .renew(renewal(
            &only_session(&server, &jo).await,
            (old, fresh_digest()),
            Some(spent),
        ))
        .await;
    assert!(matches!(renewed.unwrap(), Renewed::Renewed(_)));
    let key = jo.primary_email().unwrap().address.key();
    let factors = server
        .users
        .find_for_sign_in(acme.id, &key)
        .await
        .unwrap()
        .unwrap()
        .factors;
    assert_eq!(
        (
            factors.app,
            factors.backup_codes_left,
            factors.passkeys,
            factors.synced_passkeys
        ),
        (true, 9, 2, 1)
    );
    let theirs = server
        .users
        .find_record(acme.id, ann.id)
        .await
        .unwrap()
        .unwrap()
        .factors;
    assert_eq!((theirs.app, theirs.backup_codes_left, theirs.passkeys), (false, 0, 1));
    let removed = passkey_of(&server, &ann).await;
    let entry = row(acme.id, AuditAction::PasskeyRemoved);
    let gone = server
        .passkeys
        .remove(acme.id, ann.id, removed.id, None, Vec::new(), entry);
    assert!(gone.await.unwrap());
    assert_eq!(server.passkeys.find(acme.id, &removed.credential).await.unwrap(), None);
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() { super::$name(super::Kind::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() { super::$name(super::Kind::Postgres).await; })*
        }
    };
}

on_both!(
    secrets_are_sealed_for_their_person
    rounds_with_an_authenticator_are_sealed_and_swept
    what_a_person_changes_is_what_the_next_check_tells
    a_picture_is_kept_beside_the_person
    a_spent_factor_writes_nothing
    a_renewed_session_has_a_new_token_at_once
    a_list_knows_the_last_use_that_is_not_written_yet
    r48_an_account_that_was_taken_over_comes_back_by_any_of_its_links
    r48_a_claim_never_blocks_the_owner
    r25_no_other_link_sets_a_password
    r38_a_new_password_voids_what_is_pending_and_not_what_undoes
    r116_secrets_move_to_the_newest_key
    r70_an_app_is_turned_on_once_and_by_a_later_step_only
    a_sign_in_reads_factors_and_passkeys_with_the_person
);
