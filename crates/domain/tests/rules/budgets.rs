//! The budgets of second factors (R71, R75), and the waits and lives that no setting makes longer.

use std::time::Duration;

use doorward_domain::ids::UserId;
use doorward_domain::limits::Limits;
use doorward_domain::one_time::LinkPurpose;
use doorward_domain::reason::PrivateReason;
use doorward_domain::testing::FixedClock;
use doorward_domain::throttle::{Budgets, Charge, Counter, Step, step};
use doorward_domain::time::Timestamp;
use uuid::Uuid;

const NOW: Timestamp = FixedClock::START;
const DAY: Duration = Duration::from_hours(24);

fn jo() -> UserId {
    UserId::from_uuid(Uuid::from_u128(2))
}

/// Counters of a few charges, moved together as a store moves them: the first that is exceeded stops the rest.
struct Counters {
    charges: Vec<Charge>,
    counters: Vec<Counter>,
}

impl Counters {
    fn of(charges: Vec<Charge>) -> Self {
        let counters = vec![Counter::default(); charges.len()];
        Self { charges, counters }
    }

    /// A wrong code: when to come back, if it is refused.
    fn wrong(&mut self, now: Timestamp) -> Result<(), Option<Timestamp>> {
        for (charge, counter) in self.charges.iter().zip(&mut self.counters) {
            match step(*counter, charge.rule, now) {
                Step::Counted(next) => *counter = next,
                Step::Exceeded { retry_at } => return Err(retry_at),
            }
        }
        Ok(())
    }
}

#[test]
fn r71_five_wrong_app_codes_then_a_quarter_of_an_hour_doubling_to_a_day_and_closed_at_a_hundred() {
    let limits = Limits::default();
    let mut counters = Counters::of(Budgets(&limits).app_code_failures(jo()));
    let mut now = NOW;
    for _ in 0..5 {
        counters.wrong(now).unwrap();
    }
    let mut waits = Vec::new();
    let mut counted = 5;
    let mut reason_to_end = None;
    while reason_to_end.is_none() && counted < 200 {
        match counters.wrong(now) {
            Ok(()) => counted += 1,
            Err(Some(retry)) => {
                waits.push(retry.since(now).as_secs() / 60);
                now = retry;
            }
            Err(None) => reason_to_end = Some(counted),
        }
    }
    assert_eq!(&waits[..8], [15, 30, 60, 120, 240, 480, 960, 1_440]);
    assert!(waits[8..].iter().all(|wait| *wait <= 1_440));
    assert_eq!(reason_to_end, Some(100), "then only binding it anew helps");
    now = now.plus(DAY * 365);
    assert_eq!(counters.wrong(now), Err(None));
}

#[test]
fn r71_no_more_than_twenty_wrong_app_codes_a_day_however_short_the_waits_are() {
    let limits = Limits {
        second_factor_wait_first_seconds: 1,
        second_factor_wait_longest_seconds: 1,
        ..Limits::default()
    };
    assert_eq!(limits.problems(), []);
    let mut counters = Counters::of(Budgets(&limits).app_code_failures(jo()));
    for n in 0..20 {
        counters.wrong(NOW.plus(Duration::from_secs(n * 2))).unwrap();
    }
    let retry = counters.wrong(NOW.plus(Duration::from_mins(1))).unwrap_err().unwrap();
    assert_eq!(retry, NOW.plus(DAY));
    counters.wrong(retry).unwrap();
}

#[test]
fn r75_five_wrong_backup_codes_a_day_on_a_counter_of_their_own() {
    let limits = Limits::default();
    let budgets = Budgets(&limits);
    let (app, backup) = (budgets.app_code_failures(jo()), budgets.backup_code_failures(jo()));
    assert!(backup.iter().all(|own| app.iter().all(|other| own.key != other.key)));
    let mut counters = Counters::of(backup);
    for n in 0..5 {
        counters.wrong(NOW.plus(Duration::from_secs(n))).unwrap();
    }
    assert_eq!(
        counters.wrong(NOW.plus(Duration::from_secs(9))),
        Err(Some(NOW.plus(DAY)))
    );
    counters.wrong(NOW.plus(DAY)).unwrap();
}

#[test]
fn r71_r75_budgets_are_the_accounts() {
    let limits = Limits::default();
    let budgets = Budgets(&limits);
    let mo = UserId::from_uuid(Uuid::from_u128(3));
    for (own, other) in [
        (budgets.app_code_failures(jo()), budgets.app_code_failures(mo)),
        (budgets.backup_code_failures(jo()), budgets.backup_code_failures(mo)),
    ] {
        for (own, other) in own.iter().zip(&other) {
            assert_ne!(own.key, other.key);
            assert_eq!((own.rule, own.reason), (other.rule, PrivateReason::BudgetUser));
        }
    }
}

type Change = (&'static str, fn(&mut Limits));

#[test]
fn figures_are_those_of_the_requirements_and_none_can_be_set_looser() {
    let limits = Limits::default();
    let seconds = |duration: Duration| duration.as_secs();
    assert_eq!(seconds(limits.second_step_lifetime()), 600, "R73");
    assert_eq!(seconds(limits.passkey_challenge_lifetime()), 300, "R76");
    assert_eq!(seconds(limits.fresh_proof()), 300, "R11, R72");
    assert_eq!(seconds(limits.fresh_proof_admin()), 900, "R99");
    assert_eq!(seconds(limits.email_revert_lifetime()), 604_800, "R48");
    assert_eq!(seconds(limits.recover_link_lifetime()), 900, "R106");
    let looser: [Change; 8] = [
        ("second_step_lifetime_seconds", |limits| {
            limits.second_step_lifetime_seconds += 1;
        }),
        ("passkey_challenge_lifetime_seconds", |limits| {
            limits.passkey_challenge_lifetime_seconds += 1;
        }),
        ("fresh_proof_seconds", |limits| {
            limits.fresh_proof_seconds += 1;
        }),
        ("fresh_proof_admin_seconds", |limits| {
            limits.fresh_proof_admin_seconds += 1;
        }),
        ("email_revert_lifetime_seconds", |limits| {
            limits.email_revert_lifetime_seconds += 1;
        }),
        ("recover_link_lifetime_seconds", |limits| {
            limits.recover_link_lifetime_seconds += 1;
        }),
        ("failures_in_a_row", |limits| {
            limits.failures_in_a_row += 1;
        }),
        ("emails_per_account", |limits| limits.emails_per_account = 0),
    ];
    for (key, change) in looser {
        let mut changed = limits.clone();
        change(&mut changed);
        let problems: Vec<&str> = changed.problems().iter().map(|problem| problem.key).collect();
        assert_eq!(problems, [key]);
    }
}

#[test]
fn each_link_lives_as_long_as_its_purpose_says() {
    let limits = Limits::default();
    let minutes_of = |purpose: LinkPurpose| purpose.lifetime(&limits).as_secs() / 60;
    for (purpose, minutes) in [
        (LinkPurpose::ResetPassword, 60),
        (LinkPurpose::Invite, 7 * 24 * 60),
        (LinkPurpose::VerifyEmail, 24 * 60),
        (LinkPurpose::RevertEmail, 7 * 24 * 60),
        (LinkPurpose::NotMe, 7 * 24 * 60),
        (LinkPurpose::Recover, 15),
    ] {
        assert_eq!(minutes_of(purpose), minutes, "{purpose:?}");
        assert_eq!(LinkPurpose::parse(purpose.as_str()), Some(purpose));
    }
    let setting: Vec<LinkPurpose> = LinkPurpose::ALL
        .into_iter()
        .filter(|purpose| purpose.sets_password())
        .collect();
    assert_eq!(
        setting,
        [LinkPurpose::ResetPassword, LinkPurpose::Invite, LinkPurpose::Recover]
    );
}
