//! Contracts of [`CallerChallenges`](crate::ports::CallerChallenges).

use std::sync::Arc;

use super::StorePorts;
use super::support::{
    DAY, NOW, acme, another, customer, enrol, fresh_token, grant, later, link, mail, mails_to, opening, phc, race,
    record_of, row, spent_row, token, uuid, was_audited,
};
use crate::audit::Actor;
use crate::caller_challenge::{CallerAction, CallerChallenge, CallerEnd, CallerState, CallerWay};
use crate::ids::{ApiKeyId, CallerChallengeId, UserId};
use crate::one_time::{LinkPurpose, LinkState};
use crate::ports::{
    BeginChallenge, CallerEffect, CarryOut, ChallengeTried, DeletePerson, EndChallenge, PersonDeleted, TryChallenge,
};
use crate::secret::TokenDigest;
use crate::testing::address;
use crate::time::Timestamp;
use crate::user::User;

/// The source of this suite.
pub const SOURCE: &str = include_str!("caller_challenges.rs");

fn challenge(user: &User, way: CallerWay) -> CallerChallenge {
    CallerChallenge {
        id: CallerChallengeId::from_uuid(uuid()),
        workspace: user.workspace,
        asked_by: Actor::User(UserId::from_uuid(uuid())),
        user: user.id,
        action: CallerAction::SetPassword,
        way,
        tries_left: 5,
        created_at: NOW,
        expires_at: later(600),
        proved_at: None,
        ended: None,
    }
}

fn by_mail(user: &User) -> CallerChallenge {
    let address = address("jo@example.com").key();
    challenge(user, CallerWay::Mailbox { address })
}

fn delayed(user: &User) -> CallerChallenge {
    CallerChallenge {
        action: CallerAction::ResetTwoFactor,
        expires_at: later(2 * DAY),
        ..challenge(user, CallerWay::Delay { due_at: later(DAY) })
    }
}

async fn begin(store: &StorePorts, challenge: &CallerChallenge, code: Option<TokenDigest>) {
    let begin = BeginChallenge {
        challenge: challenge.clone(),
        code,
        links: Vec::new(),
        mails: Vec::new(),
    };
    let entry = row(challenge.workspace);
    store.caller_challenges.begin(begin, entry).await.unwrap();
}

async fn find(store: &StorePorts, challenge: &CallerChallenge) -> CallerChallenge {
    let found = store.caller_challenges.find(challenge.workspace, challenge.id).await;
    found.unwrap().unwrap()
}

fn typed(challenge: &CallerChallenge, code: TokenDigest, now: Timestamp) -> TryChallenge {
    TryChallenge {
        workspace: challenge.workspace,
        id: challenge.id,
        asked_by: challenge.asked_by.clone(),
        code: Some(code),
        now,
        open_until: later(1_200),
        proved: row(challenge.workspace),
        failed: row(challenge.workspace),
    }
}

async fn tried(store: &StorePorts, challenge: &CallerChallenge, code: TokenDigest) -> ChallengeTried {
    let tried = typed(challenge, code, NOW);
    store.caller_challenges.try_code(tried).await.unwrap()
}

fn done(challenge: &CallerChallenge, now: Timestamp) -> CarryOut {
    CarryOut {
        workspace: challenge.workspace,
        id: challenge.id,
        asked_by: challenge.asked_by.clone(),
        user: challenge.user,
        action: challenge.action,
        effect: match challenge.action {
            CallerAction::SetPassword => CallerEffect::TemporaryPassword {
                password: phc("temporary"),
                until: later(DAY),
            },
            action => CallerEffect::ResetTwoFactor {
                passkeys: action == CallerAction::ResetTwoFactorAndPasskeys,
            },
        },
        notices: Vec::new(),
        now,
    }
}

async fn carry_out(store: &StorePorts, done: CarryOut) -> bool {
    let entry = row(done.workspace);
    store.caller_challenges.carry_out(done, entry).await.unwrap()
}

/// A challenge comes back as it was made, whoever asked, with its audit row, its mail and its link.
pub async fn challenges_come_back_as_they_were_begun(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for (asked_by, challenge) in [
        (Actor::Operator, by_mail(&user)),
        (Actor::ApiKey(ApiKeyId::from_uuid(uuid())), delayed(&user)),
        (Actor::User(user.id), challenge(&user, CallerWay::Session)),
    ] {
        let challenge = CallerChallenge { asked_by, ..challenge };
        let stops = link(&user, LinkPurpose::StopCallerAction);
        let before = mails_to(store, &workspace, "jo@example.com").await.len();
        let begin = BeginChallenge {
            challenge: challenge.clone(),
            code: Some(fresh_token()),
            links: vec![stops.clone()],
            mails: vec![mail(workspace.id, "jo@example.com", NOW)],
        };
        let entry = row(workspace.id);
        store.caller_challenges.begin(begin, entry.clone()).await.unwrap();
        assert!(was_audited(store, &entry).await);
        assert_eq!(find(store, &challenge).await, challenge);
        assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), before + 1);
        let looked = store.links.look(workspace.id, &stops.digest, NOW).await.unwrap();
        assert!(matches!(looked, LinkState::Live(_)));
    }
    let other = another(store, "other").await;
    let foreign = by_mail(&user);
    begin(store, &foreign, None).await;
    assert_eq!(store.caller_challenges.find(other.id, foreign.id).await.unwrap(), None);
}

/// A challenge whose audit row cannot be written did not begin.
pub async fn begin_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let challenge = by_mail(&user);
    let spent = spent_row(store, &workspace).await;
    let begin = BeginChallenge {
        challenge: challenge.clone(),
        code: None,
        links: Vec::new(),
        mails: vec![mail(workspace.id, "jo@example.com", NOW)],
    };
    store.caller_challenges.begin(begin, spent).await.unwrap_err();
    let found = store.caller_challenges.find(workspace.id, challenge.id).await.unwrap();
    assert_eq!(found, None);
    assert!(mails_to(store, &workspace, "jo@example.com").await.is_empty());
}

/// A new challenge ends the one before it, of the same asker, person, action and way, and no other.
pub async fn a_new_challenge_ends_the_one_before(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let first = by_mail(&user);
    let elsewhere = by_mail(&user);
    let again = CallerChallenge {
        id: CallerChallengeId::from_uuid(uuid()),
        ..first.clone()
    };
    begin(store, &first, None).await;
    begin(store, &elsewhere, None).await;
    begin(store, &again, None).await;
    assert_eq!(find(store, &first).await.state(NOW), CallerState::Cancelled);
    assert_eq!(find(store, &elsewhere).await.state(NOW), CallerState::Waiting);
    let listed = store
        .caller_challenges
        .of_person(workspace.id, user.id, NOW)
        .await
        .unwrap();
    let mut listed: Vec<_> = listed.into_iter().map(|challenge| challenge.id).collect();
    listed.sort();
    let mut wanted = vec![elsewhere.id, again.id];
    wanted.sort();
    assert_eq!(listed, wanted);
}

/// The right code proves, once; wrong ones are counted, and what cannot be a code is one.
pub async fn a_code_is_tried_by_whoever_asked(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (challenge, code) = (by_mail(&user), fresh_token());
    begin(store, &challenge, Some(code)).await;
    assert_eq!(tried(store, &challenge, fresh_token()).await, ChallengeTried::Wrong(4));
    let nonsense = TryChallenge {
        code: None,
        ..typed(&challenge, code, NOW)
    };
    let said = store.caller_challenges.try_code(nonsense).await.unwrap();
    assert_eq!(said, ChallengeTried::Wrong(3));
    for foreign in [
        CallerChallenge {
            asked_by: Actor::User(UserId::from_uuid(uuid())),
            ..challenge.clone()
        },
        CallerChallenge {
            workspace: another(store, "other").await.id,
            ..challenge.clone()
        },
        CallerChallenge {
            id: CallerChallengeId::from_uuid(uuid()),
            ..challenge.clone()
        },
    ] {
        assert_eq!(tried(store, &foreign, code).await, ChallengeTried::Closed);
    }
    let late = typed(&challenge, code, later(600));
    assert_eq!(
        store.caller_challenges.try_code(late).await.unwrap(),
        ChallengeTried::Closed
    );
    assert_eq!(tried(store, &challenge, code).await, ChallengeTried::Proved);
    let proved = find(store, &challenge).await;
    assert_eq!(proved.state(later(1_199)), CallerState::Open);
    assert_eq!(proved.state(later(1_200)), CallerState::Over);
    assert_eq!(tried(store, &challenge, code).await, ChallengeTried::Closed);
}

/// Parallel wrong codes get no more tries than there are (R22), and the right one comes too late after them.
pub async fn a_race_of_wrong_codes_has_no_more_tries(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let (challenge, code) = (by_mail(&user), fresh_token());
    begin(store, &challenge, Some(code)).await;
    let said = race(20, |_| {
        let (ports, tried) = (
            Arc::clone(&store.caller_challenges),
            typed(&challenge, fresh_token(), NOW),
        );
        async move { ports.try_code(tried).await.unwrap() }
    })
    .await;
    let wrong = said
        .iter()
        .filter(|said| matches!(said, ChallengeTried::Wrong(_)))
        .count();
    assert_eq!(wrong, 5);
    assert_eq!(tried(store, &challenge, code).await, ChallengeTried::Closed);
    assert_eq!(find(store, &challenge).await.state(NOW), CallerState::Spent);
}

/// Only that person, by a challenge that waits for their session, says yes; and once.
pub async fn a_session_confirms_its_own_challenge(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    let waits = challenge(&user, CallerWay::Session);
    let by_mail = by_mail(&user);
    begin(store, &waits, None).await;
    begin(store, &by_mail, Some(fresh_token())).await;
    let confirm = async |challenge: &CallerChallenge, user: &User| {
        let entry = row(workspace.id);
        let said = store
            .caller_challenges
            .confirm(workspace.id, challenge.id, user.id, later(900), entry);
        said.await.unwrap()
    };
    assert!(!confirm(&waits, &somebody).await);
    assert!(!confirm(&by_mail, &user).await);
    assert!(confirm(&waits, &user).await);
    assert!(!confirm(&waits, &user).await);
    assert_eq!(find(store, &waits).await.state(later(899)), CallerState::Open);
}

/// Who says no ends it, also once it is proved; nothing is done any more.
pub async fn a_challenge_that_was_ended_opens_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    for how in [CallerEnd::Refused, CallerEnd::Cancelled] {
        let (challenge, code) = (by_mail(&user), fresh_token());
        begin(store, &challenge, Some(code)).await;
        assert_eq!(tried(store, &challenge, code).await, ChallengeTried::Proved);
        let end = EndChallenge {
            workspace: workspace.id,
            id: challenge.id,
            user: user.id,
            how,
            mails: vec![mail(workspace.id, "jo@example.com", NOW)],
            now: NOW,
        };
        let foreign = EndChallenge {
            user: UserId::from_uuid(uuid()),
            ..end.clone()
        };
        let port = &store.caller_challenges;
        assert!(!port.end(foreign, row(workspace.id)).await.unwrap());
        assert!(port.end(end.clone(), row(workspace.id)).await.unwrap());
        assert!(!port.end(end, row(workspace.id)).await.unwrap());
        assert!(!carry_out(store, done(&challenge, NOW)).await);
        assert_eq!(find(store, &challenge).await.ended, Some((how, NOW)));
    }
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 2);
}

/// What a challenge opens is done to that person, by that asker, as that action, while it is open, and never else.
pub async fn only_an_open_challenge_carries_out(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let somebody = customer(store, &workspace, "sam@example.com").await;
    let (challenge, code) = (by_mail(&user), fresh_token());
    begin(store, &challenge, Some(code)).await;
    let before = record_of(store, &user).await;
    assert!(!carry_out(store, done(&challenge, NOW)).await, "not proved yet");
    assert_eq!(tried(store, &challenge, code).await, ChallengeTried::Proved);
    let good = done(&challenge, NOW);
    for foreign in [
        CarryOut {
            user: somebody.id,
            ..good.clone()
        },
        CarryOut {
            asked_by: Actor::User(UserId::from_uuid(uuid())),
            ..good.clone()
        },
        CarryOut {
            action: CallerAction::ResetTwoFactor,
            effect: CallerEffect::ResetTwoFactor { passkeys: false },
            ..good.clone()
        },
        CarryOut {
            workspace: another(store, "other").await.id,
            ..good.clone()
        },
        CarryOut {
            now: later(1_200),
            ..good.clone()
        },
    ] {
        assert!(!carry_out(store, foreign).await);
    }
    assert_eq!(record_of(store, &user).await, before);
    assert!(carry_out(store, good.clone()).await);
    assert!(!carry_out(store, good).await, "once");
}

/// A temporary password is marked as one; sessions, reset links and codes go with the old one.
pub async fn a_temporary_password_ends_what_a_new_password_ends(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let leave = grant(store, &user).await;
    store.sessions.open(opening(leave, token(1), NOW)).await.unwrap();
    let reset = link(&user, LinkPurpose::ResetPassword);
    let begun = BeginChallenge {
        challenge: CallerChallenge {
            proved_at: Some(NOW),
            ..by_mail(&user)
        },
        code: None,
        links: vec![reset.clone()],
        mails: Vec::new(),
    };
    let challenge = begun.challenge.clone();
    store.caller_challenges.begin(begun, row(workspace.id)).await.unwrap();
    let before = record_of(store, &user).await;
    assert_eq!(before.password_temporary_until, None);
    let wanted = CarryOut {
        notices: vec![mail(workspace.id, "jo@example.com", NOW)],
        ..done(&challenge, NOW)
    };
    assert!(carry_out(store, wanted).await);
    let after = record_of(store, &user).await;
    assert_eq!(after.password, Some(phc("temporary")));
    assert_eq!(after.password_temporary_until, Some(later(DAY)));
    assert!(after.credentials_version > before.credentials_version);
    assert_eq!(store.sessions.check(&token(1), NOW).await.unwrap(), None);
    let looked = store.links.look(workspace.id, &reset.digest, NOW).await.unwrap();
    assert!(!matches!(looked, LinkState::Live(_)));
    assert_eq!(mails_to(store, &workspace, "jo@example.com").await.len(), 1);

    let entry = row(workspace.id);
    let own = store
        .credentials
        .set_password(workspace.id, user.id, phc("own"), None, Vec::new(), entry);
    assert!(own.await.unwrap());
    assert_eq!(record_of(store, &user).await.password_temporary_until, None);
}

/// A reset of the second factor takes the app with its codes, and leaves the password.
pub async fn a_reset_takes_the_second_factor(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let challenge = CallerChallenge {
        action: CallerAction::ResetTwoFactor,
        proved_at: Some(NOW),
        ..by_mail(&user)
    };
    begin(store, &challenge, None).await;
    let before = record_of(store, &user).await;
    assert!(before.factors.app);
    assert!(carry_out(store, done(&challenge, NOW)).await);
    let after = record_of(store, &user).await;
    assert!(!after.factors.app);
    assert_eq!(after.factors.backup_codes_left, 0);
    assert_eq!(after.password, before.password);
    assert!(after.credentials_version > before.credentials_version);
}

/// What is announced is done by one of those who try, not before its time, and not after it.
pub async fn what_is_due_is_done_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    enrol(store, &user).await;
    let announced = delayed(&user);
    begin(store, &announced, None).await;
    let password = CallerChallenge {
        action: CallerAction::SetPassword,
        ..delayed(&user)
    };
    begin(store, &password, None).await;
    let due = async |now| store.caller_challenges.due(now, 10).await.unwrap();
    assert!(due(later(DAY - 1)).await.is_empty());
    assert!(!carry_out(store, done(&announced, later(DAY - 1))).await);
    assert_eq!(due(later(DAY)).await, std::slice::from_ref(&announced));
    assert!(due(later(2 * DAY)).await.is_empty());
    let said = race(20, |_| {
        let (ports, wanted, entry) = (
            Arc::clone(&store.caller_challenges),
            done(&announced, later(DAY)),
            row(workspace.id),
        );
        async move { ports.carry_out(wanted, entry).await.unwrap() }
    })
    .await;
    assert_eq!(said.iter().filter(|done| **done).count(), 1);
    assert!(due(later(DAY)).await.is_empty());
    assert!(!record_of(store, &user).await.factors.app);
}

/// Nothing is done to somebody who is deleted.
pub async fn nothing_is_done_to_the_deleted(store: &StorePorts) {
    let workspace = acme(store).await;
    let user = customer(store, &workspace, "jo@example.com").await;
    let challenge = CallerChallenge {
        proved_at: Some(NOW),
        ..by_mail(&user)
    };
    begin(store, &challenge, None).await;
    let delete = DeletePerson {
        workspace: workspace.id,
        user: user.id,
        link: None,
        notices: Vec::new(),
        now: NOW,
    };
    let deleted = store.departures.delete(delete, row(workspace.id)).await.unwrap();
    assert_eq!(deleted, PersonDeleted::Deleted);
    assert!(!carry_out(store, done(&challenge, NOW)).await);
}
