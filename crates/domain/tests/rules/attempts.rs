//! `PendingSignIn`: when an attempt is alive, and whose it is.

use std::time::Duration;

use doorward_domain::ids::WorkspaceId;
use doorward_domain::limits::Limits;
use doorward_domain::secret::TokenDigest;
use doorward_domain::sign_in::{Binding, FlowPurpose, PendingSignIn};
use doorward_domain::testing::{FixedClock, attempt};
use uuid::Uuid;

const NOW: doorward_domain::time::Timestamp = FixedClock::START;

fn fresh() -> PendingSignIn {
    attempt(WorkspaceId::from_uuid(Uuid::from_u128(1)), FlowPurpose::SignIn, NOW)
}

#[test]
fn r27_an_attempt_lives_until_its_end_and_not_a_microsecond_longer() {
    let limits = Limits::default();
    let flow = fresh();
    assert!(flow.is_live(&limits, NOW));
    assert!(flow.is_live(&limits, flow.expires_at.minus(Duration::from_micros(1))));
    assert!(!flow.is_live(&limits, flow.expires_at));
}

#[test]
fn r22_an_attempt_is_over_after_its_wrong_tries() {
    let limits = Limits::default();
    for (wrong_tries, live) in [(0, true), (4, true), (5, false), (6, false)] {
        let flow = PendingSignIn { wrong_tries, ..fresh() };
        assert_eq!(flow.is_live(&limits, NOW), live, "{wrong_tries}");
    }
}

#[test]
fn an_ended_attempt_is_over_also_before_its_end() {
    let flow = PendingSignIn {
        ended_at: Some(NOW.plus(Duration::from_mins(1))),
        ..fresh()
    };
    assert!(
        !flow.is_live(&Limits::default(), NOW),
        "G7: a clock that steps back revives nothing"
    );
}

#[test]
fn r25_an_attempt_belongs_to_whoever_began_it() {
    let browser = |n| Binding::Browser(TokenDigest::from_bytes([n; 32]));
    for (own, shown, belongs) in [
        (browser(1), browser(1), true),
        (browser(1), browser(2), false),
        (browser(1), Binding::Bearer, false),
        (Binding::Bearer, browser(1), false),
        (Binding::Bearer, Binding::Bearer, true),
    ] {
        let flow = PendingSignIn {
            binding: own,
            ..fresh()
        };
        assert_eq!(flow.belongs_to(shown), belongs, "{own:?} shown {shown:?}");
    }
}
