//! Contracts of [`Credentials`](crate::ports::Credentials).

use super::support::{
    NOW, acme, add_email, another, attempt, begun, customer, enrol, grant, has_passkey, has_receipt, is_live, is_over,
    issue, later, link, mail, mails_to, opening, phc, put, race, record_of, reset, reset_link, row, sent, session,
    signed_in, state_of, try_code, user_id, was_audited,
};
use super::{RACERS, StorePorts};
use crate::one_time::{LinkPurpose, LinkState};
use crate::ports::{CodeTry, MailboxProof, Opened, ResetOutcome, StatusSet};
use crate::role::Role;
use crate::second_factor::FactorSummary;
use crate::sign_in::{FlowPurpose, PendingSignIn};
use crate::testing::{Person, address};
use crate::user::{User, UserStatus};

/// The source of this suite.
pub const SOURCE: &str = include_str!("credentials.rs");

fn proof(user: &User, email: &str) -> MailboxProof {
    MailboxProof {
        workspace: user.workspace,
        user: user.id,
        address: address(email).key(),
        keep_password: false,
        password: None,
        name: None,
        now: NOW,
    }
}

async fn prove(store: &StorePorts, proof: MailboxProof) -> bool {
    let entry = row(proof.workspace);
    store.credentials.prove_mailbox(proof, entry).await.unwrap()
}

async fn version(store: &StorePorts, user: &User) -> i64 {
    record_of(store, user).await.credentials_version
}

/// Each method raises the person's credentials version.
pub async fn each_change_raises_the_credentials_version(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    let mut seen = vec![version(store, &user).await];
    assert!(prove(store, proof(&user, "jo@example.com")).await);
    seen.push(version(store, &user).await);
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("a"), None, Vec::new(), row(workspace.id));
    assert!(set.await.unwrap());
    seen.push(version(store, &user).await);
    for status in [UserStatus::Disabled, UserStatus::Active] {
        let set = store
            .credentials
            .set_status(workspace.id, user.id, status, row(workspace.id));
        assert_eq!(set.await.unwrap(), StatusSet::Set);
        assert_eq!(record_of(store, &user).await.user.status, status);
        seen.push(version(store, &user).await);
    }
    let link = reset_link(store, &user).await;
    let said = store
        .credentials
        .reset_password(reset(&link, "b"), row(workspace.id))
        .await;
    assert_eq!(said.unwrap(), ResetOutcome::Reset);
    seen.push(version(store, &user).await);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
}

/// `prove_mailbox` marks that address and no other, with its audit row.
pub async fn proving_marks_the_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    add_email(store, &user, "other@example.com", false).await;
    let entry = row(workspace.id);
    let proved = store
        .credentials
        .prove_mailbox(proof(&user, "jo@example.com"), entry.clone());
    assert!(proved.await.unwrap());
    let after = record_of(store, &user).await.user;
    let verified = |email: &str| after.email(&address(email).key()).unwrap().verified_at;
    assert_eq!(verified("jo@example.com"), Some(NOW));
    assert_eq!(verified("other@example.com"), None);
    assert!(was_audited(store, &entry).await);
}

/// `prove_mailbox` is `false` where the person, or the address on them, is gone.
pub async fn proving_fails_without_person_or_address(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    let nobody = User {
        id: user_id(),
        ..user.clone()
    };
    let elsewhere = User {
        workspace: other.id,
        ..user.clone()
    };
    assert!(!prove(store, proof(&nobody, "jo@example.com")).await);
    assert!(!prove(store, proof(&elsewhere, "jo@example.com")).await);
    assert!(!prove(store, proof(&user, "gone@example.com")).await);
    let after = record_of(store, &user).await;
    assert_eq!(after.user.emails[0].verified_at, None);
    assert!(after.password.is_some(), "nothing is removed by a proof that failed");
}

/// `prove_mailbox` is `false` where the address is verified on somebody else, and changes nothing.
pub async fn proving_fails_where_the_address_is_proved_on_somebody_else(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimant = put(store, Person::customer(workspace.id, "shared@example.com").unproved()).await;
    let owner = customer(store, &workspace, "owner@example.com").await;
    add_email(store, &owner, "shared@example.com", true).await;
    let before = record_of(store, &claimant).await;
    assert!(!prove(store, proof(&claimant, "shared@example.com")).await);
    assert_eq!(record_of(store, &claimant).await, before);
}

/// A password set before the mailbox was proved goes, with all sessions and links (R57).
pub async fn a_first_proof_removes_what_an_unproved_claimant_left(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    let session = signed_in(store, &user).await;
    let reset_sent = reset_link(store, &user).await;
    let invite = link(&user, LinkPurpose::Invite);
    store.links.issue(issue(invite.clone())).await.unwrap();
    assert!(prove(store, proof(&user, "jo@example.com")).await);
    let after = record_of(store, &user).await;
    assert_eq!((after.password, after.user.has_password), (None, false));
    assert!(!is_live(store, &session, NOW).await);
    for link in [reset_sent, invite] {
        assert!(matches!(state_of(store, &link, NOW).await, LinkState::Expired(_)));
    }
}

/// The first proof of a mailbox removes the second factor that an unproved claimant left (R57); a later reset keeps
/// the one of the owner (B14).
pub async fn a_first_proof_removes_the_second_factor_of_a_claimant_and_no_other(store: &StorePorts) {
    let workspace = acme(store).await;
    let claimed = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    let owned = customer(store, &workspace, "own@example.com").await;
    for (user, kept) in [(&claimed, 0), (&owned, 1)] {
        enrol(store, user).await;
        has_passkey(store, user).await;
        let link = reset_link(store, user).await;
        let done = store
            .credentials
            .reset_password(reset(&link, "new"), row(workspace.id))
            .await;
        assert_eq!(done.unwrap(), ResetOutcome::Reset);
        let after = record_of(store, user).await.factors;
        assert_eq!((u32::from(after.app), after.passkeys), (kept, kept));
    }
    let by_code = put(store, Person::customer(workspace.id, "code@example.com").unproved()).await;
    enrol(store, &by_code).await;
    has_passkey(store, &by_code).await;
    assert!(prove(store, proof(&by_code, "code@example.com")).await);
    assert_eq!(record_of(store, &by_code).await.factors, FactorSummary::default());
}

/// A password that was verified in the same attempt stays, and so do sessions and links.
pub async fn a_first_proof_keeps_a_password_verified_in_the_same_attempt(store: &StorePorts) {
    let workspace = acme(store).await;
    let person = Person::customer(workspace.id, "jo@example.com").unproved();
    let user = put(store, person.clone()).await;
    let session = signed_in(store, &user).await;
    let link = reset_link(store, &user).await;
    let kept = MailboxProof {
        keep_password: true,
        password: Some((phc("not this one"), row(workspace.id))),
        ..proof(&user, "jo@example.com")
    };
    assert!(prove(store, kept).await);
    assert_eq!(record_of(store, &user).await.password, person.password);
    assert!(is_live(store, &session, NOW).await);
    assert!(matches!(state_of(store, &link, NOW).await, LinkState::Live(_)));
}

/// A sign-up that claims an account sets its own password in place of the one that went, and a name where there is none.
pub async fn a_claim_sets_its_own_password_and_name(store: &StorePorts) {
    let workspace = acme(store).await;
    for (email, name, expected) in [("a@example.com", "", "Claimed"), ("b@example.com", "Known", "Known")] {
        let mut person = Person::customer(workspace.id, email).unproved();
        name.clone_into(&mut person.user.name);
        let user = put(store, person).await;
        let (proved, set) = (row(workspace.id), row(workspace.id));
        let claim = MailboxProof {
            password: Some((phc("mine"), set.clone())),
            name: Some("Claimed".to_owned()),
            ..proof(&user, email)
        };
        assert!(store.credentials.prove_mailbox(claim, proved.clone()).await.unwrap());
        assert!(was_audited(store, &proved).await, "the mailbox was proved");
        assert!(was_audited(store, &set).await, "and a password was set (R101)");
        let after = record_of(store, &user).await;
        assert_eq!((after.password, after.user.has_password), (Some(phc("mine")), true));
        assert_eq!(after.user.name, expected);
    }
}

/// Where the row of a password that is set cannot be written, nothing is proved either (R101).
pub async fn a_claim_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = put(store, Person::customer(workspace.id, "jo@example.com").unproved()).await;
    let before = record_of(store, &user).await;
    let written = row(workspace.id);
    store.audit.append(written.clone()).await.unwrap();
    let proved = row(workspace.id);
    let claim = MailboxProof {
        password: Some((phc("mine"), written)),
        ..proof(&user, "jo@example.com")
    };
    assert!(store.credentials.prove_mailbox(claim, proved.clone()).await.is_err());
    assert_eq!(record_of(store, &user).await, before);
    assert!(!was_audited(store, &proved).await);
}

/// Where the address is proved already, only a password and a name are set, each only where there is none.
pub async fn proving_again_sets_only_what_is_missing(store: &StorePorts) {
    let workspace = acme(store).await;
    let person = Person::customer(workspace.id, "jo@example.com");
    let user = put(store, person.clone()).await;
    let session = signed_in(store, &user).await;
    let not_set = row(workspace.id);
    let again = MailboxProof {
        password: Some((phc("not this one"), not_set.clone())),
        name: Some("Not this one".to_owned()),
        now: later(60),
        ..proof(&user, "jo@example.com")
    };
    assert!(prove(store, again).await);
    assert!(!was_audited(store, &not_set).await);
    let after = record_of(store, &user).await;
    assert_eq!(after.password, person.password);
    assert_eq!((&after.user.name, &after.user.emails), (&user.name, &user.emails));
    assert!(is_live(store, &session, NOW).await);

    let mut bare = Person::customer(workspace.id, "bare@example.com").without_password();
    bare.user.name = String::new();
    let bare = put(store, bare).await;
    let (proved, set) = (row(workspace.id), row(workspace.id));
    let claim = MailboxProof {
        password: Some((phc("mine"), set.clone())),
        name: Some("Bare".to_owned()),
        ..proof(&bare, "bare@example.com")
    };
    assert!(store.credentials.prove_mailbox(claim, proved.clone()).await.unwrap());
    assert!(!was_audited(store, &proved).await, "it was proved before");
    assert!(was_audited(store, &set).await);
    let after = record_of(store, &bare).await;
    assert_eq!((after.password, after.user.name.as_str()), (Some(phc("mine")), "Bare"));
}

/// Of any number of parallel resets with one token exactly one says `Reset`, and its password is the one that is set
/// (R28).
pub async fn a_race_of_resets_with_one_token_resets_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = version(store, &user).await;
    let link = reset_link(store, &user).await;
    let said = race(RACERS, |i| {
        let (ports, reset, entry) = (store.clone(), reset(&link, &i.to_string()), row(workspace.id));
        async move { ports.credentials.reset_password(reset, entry).await.unwrap() }
    })
    .await;
    let winners: Vec<usize> = (0..RACERS).filter(|i| said[*i] == ResetOutcome::Reset).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(
        record_of(store, &user).await.password,
        Some(phc(&winners[0].to_string()))
    );
    assert_eq!(version(store, &user).await, before + 1);
}

/// `reset_password` proves the address that the link was sent to, and no other.
pub async fn a_reset_proves_the_address_it_was_sent_to(store: &StorePorts) {
    let workspace = acme(store).await;
    let contact = Person::customer(workspace.id, "jo@example.com")
        .without_password()
        .unproved();
    let user = put(store, contact).await;
    add_email(store, &user, "other@example.com", false).await;
    let link = reset_link(store, &user).await;
    let said = store
        .credentials
        .reset_password(reset(&link, "first"), row(workspace.id))
        .await;
    assert_eq!(said.unwrap(), ResetOutcome::Reset);
    let after = record_of(store, &user).await;
    assert_eq!((after.password, after.user.has_password), (Some(phc("first")), true));
    let verified = |email: &str| after.user.email(&address(email).key()).unwrap().verified_at;
    assert_eq!(verified("jo@example.com"), Some(NOW));
    assert_eq!(verified("other@example.com"), None);
}

/// `reset_password` voids all links and live codes of the person and ends all their sessions (R38), and nobody else's.
pub async fn a_reset_voids_links_and_codes_and_ends_sessions(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let sessions = [signed_in(store, &user).await, signed_in(store, &user).await];
    let (redeemed, earlier) = (reset_link(store, &user).await, reset_link(store, &user).await);
    let invite = link(&user, LinkPurpose::Invite);
    store.links.issue(issue(invite.clone())).await.unwrap();
    let flow = attempt(&workspace, "jo@example.com");
    let code = sent(store, &flow).await;

    let their_session = signed_in(store, &bystander).await;
    let their_link = reset_link(store, &bystander).await;
    let their_flow = attempt(&workspace, "mo@example.com");
    let their_code = sent(store, &their_flow).await;

    let said = store
        .credentials
        .reset_password(reset(&redeemed, "new"), row(workspace.id))
        .await;
    assert_eq!(said.unwrap(), ResetOutcome::Reset);
    for session in sessions {
        assert!(!is_live(store, &session, NOW).await);
    }
    assert!(matches!(state_of(store, &redeemed, NOW).await, LinkState::Used(_, at) if at == NOW));
    for link in [earlier, invite] {
        assert!(matches!(state_of(store, &link, NOW).await, LinkState::Expired(_)));
        let again = store
            .credentials
            .reset_password(reset(&link, "again"), row(workspace.id))
            .await;
        assert_eq!(again.unwrap(), ResetOutcome::LinkGone);
    }
    let tried = try_code(store, &flow, code, NOW).await;
    assert!(!matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");

    assert!(is_live(store, &their_session, NOW).await);
    assert!(matches!(state_of(store, &their_link, NOW).await, LinkState::Live(_)));
    let tried = try_code(store, &their_flow, their_code, NOW).await;
    assert!(matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// `set_password` voids all links and live codes of the person too: whoever held one held it for the old password.
pub async fn a_set_password_voids_links_and_codes(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    let flow = attempt(&workspace, "jo@example.com");
    let code = sent(store, &flow).await;
    let entry = crate::audit::AuditEntry {
        at: NOW,
        ..row(workspace.id)
    };
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("a"), None, Vec::new(), entry)
        .await;
    assert!(set.unwrap());
    assert!(matches!(state_of(store, &link, NOW).await, LinkState::Expired(_)));
    let tried = try_code(store, &flow, code, NOW).await;
    assert!(!matches!(tried, CodeTry::Redeemed(_)), "{tried:?}");
}

/// `reset_password` writes its notices, receipt and audit row with the change.
pub async fn a_reset_writes_notices_receipt_and_audit(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    let mut wanted = reset(&link, "new");
    wanted.notices = vec![
        mail(workspace.id, "jo@example.com", NOW),
        mail(workspace.id, "second@example.com", NOW),
    ];
    let (receipt, entry) = (wanted.receipt.clone(), row(workspace.id));
    let said = store.credentials.reset_password(wanted, entry.clone()).await;
    assert_eq!(said.unwrap(), ResetOutcome::Reset);
    for to in ["jo@example.com", "second@example.com"] {
        assert_eq!(mails_to(store, &workspace, to).await.len(), 1, "{to}");
    }
    assert!(has_receipt(store, &receipt).await);
    assert!(was_audited(store, &entry).await);
}

/// Where the audit row cannot be written, the link is still live and nothing changed.
pub async fn a_reset_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let link = reset_link(store, &user).await;
    let before = record_of(store, &user).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    store
        .credentials
        .reset_password(reset(&link, "new"), spent)
        .await
        .unwrap_err();
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
    assert!(matches!(state_of(store, &link, NOW).await, LinkState::Live(_)));
}

/// A link that was used, expired or never made resets nothing.
pub async fn a_dead_link_resets_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let redeemed = reset_link(store, &user).await;
    let said = store
        .credentials
        .reset_password(reset(&redeemed, "first"), row(workspace.id))
        .await;
    assert_eq!(said.unwrap(), ResetOutcome::Reset);
    let expired = reset_link(store, &user).await;
    let session = signed_in(store, &user).await;
    let before = record_of(store, &user).await;
    let at = expired.expires_at;
    for (mut wanted, now) in [
        (reset(&redeemed, "x"), NOW),
        (reset(&expired, "x"), at),
        (reset(&link(&user, LinkPurpose::ResetPassword), "x"), NOW),
    ] {
        wanted.now = now;
        wanted.notices = vec![mail(workspace.id, "jo@example.com", NOW)];
        let said = store.credentials.reset_password(wanted, row(workspace.id)).await;
        assert_eq!(said.unwrap(), ResetOutcome::LinkGone);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert!(is_live(store, &session, NOW).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await, []);
}

/// A link is good only in the workspace it was made in.
pub async fn a_link_resets_nothing_in_another_workspace(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    customer(store, &other, "jo@example.com").await;
    let link = reset_link(store, &user).await;
    let mut wanted = reset(&link, "new");
    wanted.workspace = other.id;
    wanted.receipt.workspace = other.id;
    let said = store.credentials.reset_password(wanted, row(other.id)).await;
    assert_eq!(said.unwrap(), ResetOutcome::LinkGone);
    assert!(matches!(state_of(store, &link, NOW).await, LinkState::Live(_)));
}

/// `set_password` sets it, ends all sessions of the person and of nobody else, and writes its notices.
pub async fn set_password_ends_sessions(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let bystander = customer(store, &workspace, "mo@example.com").await;
    let (session, theirs) = (signed_in(store, &user).await, signed_in(store, &bystander).await);
    let notices = vec![mail(workspace.id, "jo@example.com", NOW)];
    let entry = row(workspace.id);
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("new"), None, notices, entry.clone());
    assert!(set.await.unwrap());
    assert_eq!(record_of(store, &user).await.password, Some(phc("new")));
    assert!(!is_live(store, &session, NOW).await);
    assert!(is_live(store, &theirs, NOW).await);
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);
    assert!(was_audited(store, &entry).await);
}

/// `set_status(Disabled)` ends all sessions of the person; enabling again revives none, and a new one opens.
pub async fn disabling_ends_sessions_and_enabling_revives_none(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let session = signed_in(store, &user).await;
    let stale = grant(store, &user).await;
    for status in [UserStatus::Disabled, UserStatus::Active] {
        let set = store
            .credentials
            .set_status(workspace.id, user.id, status, row(workspace.id));
        assert_eq!(set.await.unwrap(), StatusSet::Set);
        assert!(!is_live(store, &session, NOW).await, "{status:?}");
    }
    let opened = store
        .sessions
        .open(opening(stale, super::support::fresh_token(), NOW))
        .await;
    assert_eq!(opened.unwrap(), Opened::CredentialsChanged);
    signed_in(store, &user).await;
}

/// Changes of somebody who is not there, or not in that workspace, are `false`.
pub async fn changes_of_nobody_are_false(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let before = record_of(store, &user).await;
    for (place, id) in [(workspace.id, user_id()), (other.id, user.id)] {
        let set = store
            .credentials
            .set_password(place, id, phc("x"), None, Vec::new(), row(place));
        assert!(!set.await.unwrap());
        let set = store
            .credentials
            .set_status(place, id, UserStatus::Disabled, row(place));
        assert_eq!(set.await.unwrap(), StatusSet::NoSuchPerson);
    }
    assert_eq!(record_of(store, &user).await, before);
}

/// `set_password` leaves the session that is to be kept, and ends the others.
pub async fn set_password_leaves_the_kept_session(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (kept, ended) = (session(store, &user).await, session(store, &user).await);
    let row = row(workspace.id);
    let set = store
        .credentials
        .set_password(workspace.id, user.id, phc("new"), Some(kept.id), Vec::new(), row);
    assert!(set.await.unwrap());
    assert!(is_live(store, &kept.token, NOW).await);
    assert!(!is_live(store, &ended.token, NOW).await);
}

/// A new password, by whichever way, voids what sets another one and what changes addresses, but neither what undoes a
/// change nor what disowns a session, nor a second factor, nor an attempt that the operator's link began (R38, R48).
pub async fn a_new_password_leaves_what_undoes_a_change(store: &StorePorts) {
    let workspace = acme(store).await;
    for (email, by_link) in [("a@example.com", false), ("b@example.com", true)] {
        let user = customer(store, &workspace, email).await;
        enrol(store, &user).await;
        let issued = async |purpose| {
            let link = link(&user, purpose);
            store.links.issue(issue(link.clone())).await.unwrap();
            link
        };
        let reset_sent = issued(LinkPurpose::ResetPassword).await;
        let gone = [
            issued(LinkPurpose::Recover).await,
            issued(LinkPurpose::Invite).await,
            issued(LinkPurpose::VerifyEmail).await,
        ];
        let stay = [issued(LinkPurpose::RevertEmail).await, issued(LinkPurpose::NotMe).await];
        let recovery = PendingSignIn {
            purpose: FlowPurpose::Recovery,
            user: Some(user.id),
            ..attempt(&workspace, email)
        };
        begun(store, &recovery).await;
        let row = row(workspace.id);
        if by_link {
            let said = store.credentials.reset_password(reset(&reset_sent, "new"), row).await;
            assert_eq!(said.unwrap(), ResetOutcome::Reset);
        } else {
            let set = store
                .credentials
                .set_password(workspace.id, user.id, phc("new"), None, Vec::new(), row);
            assert!(set.await.unwrap());
        }
        for link in gone.iter().chain((!by_link).then_some(&reset_sent)) {
            let state = state_of(store, link, NOW).await;
            assert!(matches!(state, LinkState::Expired(_)), "{state:?}");
        }
        for link in &stay {
            let state = state_of(store, link, NOW).await;
            assert!(matches!(state, LinkState::Live(_)), "{state:?}");
        }
        assert!(!is_over(store, &recovery).await);
        let factors = record_of(store, &user).await.factors;
        assert_eq!(
            (factors.app, factors.backup_codes_left),
            (true, 10),
            "B14: a second factor stays required"
        );
    }
}

/// `set_status` leaves the last owner who may come in as they are, with no audit row; any other goes.
pub async fn the_last_owner_is_not_disabled(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let owner_of = |workspace, email| Person::customer(workspace, email).role(Role::Owner);
    let ann = put(store, owner_of(workspace.id, "ann@example.com")).await;
    put(store, owner_of(other.id, "eve@example.com")).await;
    let session = signed_in(store, &ann).await;
    let set = |user: &User, status| {
        let entry = row(workspace.id);
        let set = store
            .credentials
            .set_status(workspace.id, user.id, status, entry.clone());
        async move { (set.await.unwrap(), entry) }
    };
    let (said, entry) = set(&ann, UserStatus::Disabled).await;
    assert_eq!(said, StatusSet::LastOwner);
    assert!(!was_audited(store, &entry).await);
    assert!(is_live(store, &session, NOW).await);
    let bob = put(store, owner_of(workspace.id, "bob@example.com")).await;
    assert_eq!(set(&ann, UserStatus::Disabled).await.0, StatusSet::Set);
    assert_eq!(
        set(&bob, UserStatus::Disabled).await.0,
        StatusSet::LastOwner,
        "ann does not count"
    );
    assert_eq!(set(&ann, UserStatus::Active).await.0, StatusSet::Set);
    assert_eq!(set(&bob, UserStatus::Disabled).await.0, StatusSet::Set);
}

/// Of owners who are all disabled at the same moment one stays.
pub async fn two_owners_who_disable_each_other_leave_one(store: &StorePorts) {
    let workspace = acme(store).await;
    let mut owners = Vec::new();
    for at in 0..10 {
        let owner = Person::customer(workspace.id, &format!("owner{at}@example.com")).role(Role::Owner);
        owners.push(put(store, owner).await);
    }
    let said = race(owners.len(), |at| {
        let (ports, user) = (store.clone(), owners[at].clone());
        async move {
            let entry = row(user.workspace);
            let set = ports
                .credentials
                .set_status(user.workspace, user.id, UserStatus::Disabled, entry);
            set.await.unwrap()
        }
    })
    .await;
    assert_eq!(
        said.iter().filter(|said| **said == StatusSet::LastOwner).count(),
        1,
        "{said:?}"
    );
}
