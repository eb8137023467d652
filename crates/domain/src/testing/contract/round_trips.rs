//! Contracts of [`RoundTrips`](crate::ports::RoundTrips).

use super::support::{NOW, acme, another, fresh_token, has_receipt, later, race, receipt, row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::ids::{SessionId, TripId, UserId};
use crate::own_provider::{ClientSecret, ProviderDraft};
use crate::ports::TripTaken;
use crate::provider::{HeldArrival, ProviderId, RoundTrip, TripPurpose};
use crate::return_to::ReturnTo;
use crate::secret::{RawToken, TokenDigest};
use crate::testing::{SeededEntropy, arrived};
use crate::time::Timestamp;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("round_trips.rs");

fn google() -> ProviderId {
    ProviderId::parse("google").unwrap()
}

fn trip(workspace: &Workspace) -> RoundTrip {
    let id = uuid();
    let entropy = SeededEntropy::new(u64::try_from(id.as_u128() >> 72).unwrap());
    RoundTrip {
        id: TripId::from_uuid(id),
        workspace: workspace.id,
        provider: google(),
        state: fresh_token(),
        browser: fresh_token(),
        nonce: Some(RawToken::generate(&entropy)),
        verifier: RawToken::generate(&entropy),
        purpose: TripPurpose::SignIn,
        trial: None,
        return_to: ReturnTo::parse("/tickets/42?tab=all"),
        created_at: NOW,
        expires_at: later(600),
    }
}

async fn begun(store: &StorePorts, trip: &RoundTrip) {
    store.trips.begin(trip.clone()).await.unwrap();
}

async fn take(store: &StorePorts, trip: &RoundTrip, now: Timestamp) -> TripTaken {
    let taken = store
        .trips
        .take(trip.workspace, &trip.provider, &trip.state, &trip.browser, now);
    taken.await.unwrap()
}

fn is_unknown(taken: &TripTaken) -> bool {
    matches!(taken, TripTaken::Unknown)
}

/// A trip comes back as it was begun, nonce, verifier and credentials on trial too, with whatever purpose.
pub async fn a_trip_comes_back_as_it_was_begun(store: &StorePorts) {
    let workspace = acme(store).await;
    let connecting = TripPurpose::Connect {
        user: UserId::from_uuid(uuid()),
        session: SessionId::from_uuid(uuid()),
    };
    let trying = TripPurpose::Try {
        user: UserId::from_uuid(uuid()),
        session: SessionId::from_uuid(uuid()),
    };
    for (nonce, purpose) in [(true, TripPurpose::SignIn), (false, connecting), (true, trying)] {
        let mut begun_trip = trip(&workspace);
        begun_trip.trial = matches!(purpose, TripPurpose::Try { .. }).then(|| {
            Box::new(ProviderDraft {
                id: google(),
                values: [("client_id".to_owned(), "ours".to_owned())].into(),
                secret: ClientSecret::new("hush".to_owned()),
            })
        });
        begun_trip.purpose = purpose;
        begun_trip.nonce = begun_trip.nonce.filter(|_| nonce);
        begun(store, &begun_trip).await;
        let TripTaken::Taken(taken) = take(store, &begun_trip, later(599)).await else {
            panic!("not taken");
        };
        let nonce_of = |trip: &RoundTrip| trip.nonce.as_ref().map(RawToken::expose);
        assert_eq!(nonce_of(&taken), nonce_of(&begun_trip));
        assert_eq!(taken.verifier.expose(), begun_trip.verifier.expose());
        let on_trial = |trip: &RoundTrip| {
            let draft = trip.trial.as_ref()?;
            Some((draft.id.clone(), draft.values.clone(), draft.secret.expose().to_owned()))
        };
        assert_eq!(on_trial(&taken), on_trial(&begun_trip));
        assert_eq!((taken.id, taken.workspace), (begun_trip.id, begun_trip.workspace));
        assert_eq!(
            (&taken.provider, &taken.purpose),
            (&begun_trip.provider, &begun_trip.purpose)
        );
        assert_eq!((taken.state, taken.browser), (begun_trip.state, begun_trip.browser));
        assert_eq!(taken.return_to, begun_trip.return_to);
        assert_eq!(
            (taken.created_at, taken.expires_at),
            (begun_trip.created_at, begun_trip.expires_at)
        );
    }
}

/// A trip is found by its workspace, provider, state and browser together, and by no three of them (R52).
pub async fn a_trip_is_found_by_all_four_of_its_marks(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let mine = trip(&workspace);
    begun(store, &mine).await;
    let strangers = [
        RoundTrip {
            workspace: other.id,
            ..mine.clone()
        },
        RoundTrip {
            provider: ProviderId::parse("acme-sso").unwrap(),
            ..mine.clone()
        },
        RoundTrip {
            state: fresh_token(),
            ..mine.clone()
        },
        RoundTrip {
            browser: fresh_token(),
            ..mine.clone()
        },
    ];
    for (at, stranger) in strangers.iter().enumerate() {
        let taken = take(store, stranger, NOW).await;
        assert!(is_unknown(&taken), "{at}: {taken:?}");
    }
    assert!(
        matches!(take(store, &mine, NOW).await, TripTaken::Taken(_)),
        "none of them took it"
    );
    for stranger in &strangers {
        assert!(
            is_unknown(&take(store, stranger, NOW).await),
            "nor is it told to them that it is over"
        );
    }
}

/// Of any number of parallel answers one takes the trip; the others are told where its person was going (R52).
pub async fn a_race_for_one_trip_takes_it_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let mine = trip(&workspace);
    begun(store, &mine).await;
    let said = race(RACERS, |_| {
        let (ports, mine) = (store.clone(), mine.clone());
        async move { take(&ports, &mine, NOW).await }
    })
    .await;
    let taken = said.iter().filter(|said| matches!(said, TripTaken::Taken(_))).count();
    let spent = said
        .iter()
        .filter(|said| matches!(said, TripTaken::Spent(to) if *to == mine.return_to))
        .count();
    assert_eq!((taken, spent), (1, RACERS - 1));
}

/// After its time a trip is over; it is told so, with where its person was going, and it stays untaken.
pub async fn a_trip_past_its_time_is_over(store: &StorePorts) {
    let workspace = acme(store).await;
    let mine = trip(&workspace);
    begun(store, &mine).await;
    for at in [600, 601] {
        let taken = take(store, &mine, later(at)).await;
        assert!(
            matches!(&taken, TripTaken::Expired(to) if *to == mine.return_to),
            "{taken:?}"
        );
    }
}

fn held(workspace: &Workspace, browser: TokenDigest) -> HeldArrival {
    HeldArrival {
        id: TripId::from_uuid(uuid()),
        workspace: workspace.id,
        browser,
        arrived: arrived("twitter", "44196397")
            .saying("jo@example.com")
            .named("Jo \u{2603}"),
        return_to: ReturnTo::parse("/tickets/42"),
        expires_at: later(1_800),
    }
}

async fn look(store: &StorePorts, held: &HeldArrival, browser: &TokenDigest, now: Timestamp) -> Option<HeldArrival> {
    store.trips.held(held.workspace, held.id, browser, now).await.unwrap()
}

/// Who is held is found by that browser, any number of times, until the time is over; by nobody else.
pub async fn who_is_held_is_found_by_that_browser_only(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let browser = fresh_token();
    let kept = held(&workspace, browser);
    let (slip, entry) = (receipt(workspace.id, "jo@example.com", NOW), row(workspace.id));
    store
        .trips
        .hold(kept.clone(), slip.clone(), entry.clone())
        .await
        .unwrap();
    assert!(has_receipt(store, &slip).await);
    assert!(was_audited(store, &entry).await);
    for at in [NOW, NOW, later(1_799)] {
        assert_eq!(look(store, &kept, &browser, at).await.as_ref(), Some(&kept));
    }
    assert_eq!(look(store, &kept, &browser, later(1_800)).await, None);
    assert_eq!(look(store, &kept, &fresh_token(), NOW).await, None);
    let elsewhere = HeldArrival {
        workspace: other.id,
        ..kept.clone()
    };
    assert_eq!(look(store, &elsewhere, &browser, NOW).await, None);
    let another_trip = HeldArrival {
        id: TripId::from_uuid(uuid()),
        ..kept
    };
    assert_eq!(look(store, &another_trip, &browser, NOW).await, None);
}

/// Where the audit row cannot be written, nobody is held.
pub async fn hold_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let browser = fresh_token();
    let kept = held(&workspace, browser);
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let slip = receipt(workspace.id, "jo@example.com", NOW);
    store.trips.hold(kept.clone(), slip.clone(), spent).await.unwrap_err();
    assert_eq!(look(store, &kept, &browser, NOW).await, None);
    assert!(!has_receipt(store, &slip).await);
}

/// The sweep removes what ended more than an hour ago, and nothing else.
pub async fn sweep_removes_what_ended_an_hour_ago(store: &StorePorts) {
    let workspace = acme(store).await;
    let browser = fresh_token();
    let (young, old) = (
        trip(&workspace),
        RoundTrip {
            expires_at: later(1),
            ..trip(&workspace)
        },
    );
    let (young_held, old_held) = (
        HeldArrival {
            expires_at: later(7_200),
            ..held(&workspace, browser)
        },
        HeldArrival {
            expires_at: later(1),
            ..held(&workspace, browser)
        },
    );
    for trip in [&young, &old] {
        begun(store, trip).await;
    }
    for kept in [&young_held, &old_held] {
        let slip = receipt(workspace.id, "jo@example.com", NOW);
        store.trips.hold(kept.clone(), slip, row(workspace.id)).await.unwrap();
    }
    assert_eq!(store.trips.sweep(later(3_601)).await.unwrap(), 0);
    assert!(
        matches!(take(store, &old, later(3_601)).await, TripTaken::Expired(_)),
        "a late answer is told so"
    );
    assert_eq!(store.trips.sweep(later(3_602)).await.unwrap(), 2);
    assert!(is_unknown(&take(store, &old, later(3_602)).await));
    assert!(matches!(take(store, &young, NOW).await, TripTaken::Taken(_)));
    assert!(look(store, &young_held, &browser, NOW).await.is_some());
}
