//! A sign-in policy of one's own, and how it is unit-tested: no server, no database, no clock.
//!
//! `cargo run -p doorward-auth --example policy` shows its verdicts; `cargo test -p doorward-auth --example policy` runs
//! its tests.

use doorward_domain::policy::{PolicyName, SignInPolicy, Verdict};
use doorward_domain::reason::PublicReason;
use doorward_domain::role::Audience;
use doorward_domain::sign_in::{SignInFacts, Step};
use doorward_domain::time::Timestamp;

const SECONDS_A_DAY: i64 = 86_400;
const SECONDS_AN_HOUR: i64 = 3_600;

/// Staff sign in during office hours only (UTC).
#[derive(Debug, Clone, Copy)]
pub struct OfficeHours {
    /// First hour of the day that is open, 0 to 23.
    pub from_hour: i64,
    /// First hour of the day that is closed again, 1 to 24.
    pub to_hour: i64,
}

impl SignInPolicy for OfficeHours {
    fn name(&self) -> PolicyName {
        PolicyName::new("office-hours")
    }

    fn evaluate(&self, facts: &SignInFacts, now: Timestamp) -> Verdict {
        let staff = facts
            .person
            .as_ref()
            .is_some_and(|person| person.role.audience() == Audience::Staff);
        let hour = now.as_unix_seconds().rem_euclid(SECONDS_A_DAY) / SECONDS_AN_HOUR;
        if staff && !(self.from_hour..self.to_hour).contains(&hour) {
            Verdict::Deny(PublicReason::MethodOff)
        } else {
            Verdict::Allow
        }
    }
}

/// Staff with a password alone show a second factor too, whatever the workspace's settings say.
///
/// A policy that requires one need not ask whether the account has it: whoever has none is led to set one up, and a passkey
/// counts as both factors.
#[derive(Debug, Clone, Copy)]
pub struct SecondFactorForStaff;

impl SignInPolicy for SecondFactorForStaff {
    fn name(&self) -> PolicyName {
        PolicyName::new("second-factor-for-staff")
    }

    fn evaluate(&self, facts: &SignInFacts, _now: Timestamp) -> Verdict {
        match &facts.person {
            Some(person) if person.role.audience() == Audience::Staff => Verdict::Require(Step::SecondFactor),
            _ => Verdict::Allow,
        }
    }
}

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() {
    use doorward_domain::method::Method;
    use doorward_domain::role::Role;
    use doorward_domain::testing::FactsBuilder;

    let policy = OfficeHours {
        from_hour: 8,
        to_hour: 18,
    };
    for role in [Role::Customer, Role::Agent] {
        let facts = FactsBuilder::new(Method::Password).role(role).build();
        let verdict = SecondFactorForStaff.evaluate(&facts, Timestamp::from_unix_seconds(0));
        println!("{} with a password: {verdict:?}", role.as_str());
        let facts = FactsBuilder::new(Method::Password).role(role).build();
        for hour in [7, 12] {
            let verdict = policy.evaluate(&facts, Timestamp::from_unix_seconds(hour * SECONDS_AN_HOUR));
            println!("{} at {hour}:00 UTC: {verdict:?}", role.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use doorward_domain::method::Method;
    use doorward_domain::policy::{MockSignInPolicy, PolicySet};
    use doorward_domain::role::Role;
    use doorward_domain::second_factor::FactorSummary;
    use doorward_domain::sign_in::{Decision, SecondFactorKind, decide};
    use doorward_domain::testing::FactsBuilder;

    use super::*;

    const NIGHT: Timestamp = Timestamp::from_unix_seconds(3 * SECONDS_AN_HOUR);
    const NOON: Timestamp = Timestamp::from_unix_seconds(12 * SECONDS_AN_HOUR);
    const HOURS: OfficeHours = OfficeHours {
        from_hour: 8,
        to_hour: 18,
    };

    #[test]
    fn staff_are_kept_out_at_night_and_customers_are_not() {
        let staff = FactsBuilder::new(Method::Password).role(Role::Agent).build();
        let customer = FactsBuilder::new(Method::Password).role(Role::Customer).build();
        assert_eq!(HOURS.evaluate(&staff, NIGHT), Verdict::Deny(PublicReason::MethodOff));
        assert_eq!(HOURS.evaluate(&staff, NOON), Verdict::Allow);
        assert_eq!(HOURS.evaluate(&customer, NIGHT), Verdict::Allow);
    }

    #[test]
    fn its_no_stands_whatever_another_policy_says() {
        let mut lenient = MockSignInPolicy::new();
        lenient.expect_name().return_const(PolicyName::new("lenient"));
        lenient.expect_evaluate().return_const(Verdict::Allow);
        let policies = PolicySet::new(vec![Arc::new(lenient), Arc::new(HOURS)]);
        let (facts, proofs) = FactsBuilder::new(Method::Password).role(Role::Agent).proved();
        assert!(matches!(
            decide(&facts, proofs, &policies, NIGHT),
            Decision::Refused(..)
        ));
    }

    fn decided(facts: FactsBuilder) -> Decision {
        let (facts, proofs) = facts.proved();
        decide(
            &facts,
            proofs,
            &PolicySet::new(vec![Arc::new(SecondFactorForStaff)]),
            NOON,
        )
    }

    #[test]
    fn staff_need_a_second_factor_and_are_led_to_set_one_up() {
        let password = || FactsBuilder::new(Method::Password);
        let customer = decided(password().role(Role::Customer));
        assert!(matches!(customer, Decision::Granted(..)), "{customer:?}");
        let without = decided(password().role(Role::Agent));
        assert!(
            matches!(without, Decision::Needs(Step::EnrolSecondFactor, _)),
            "{without:?}"
        );
        let with_app = decided(password().role(Role::Agent).app_on());
        assert!(
            matches!(with_app, Decision::Needs(Step::SecondFactor, _)),
            "{with_app:?}"
        );
    }

    #[test]
    fn what_it_requires_is_satisfied_by_a_second_factor_or_a_passkey() {
        let (facts, proofs) = FactsBuilder::new(Method::Password)
            .role(Role::Agent)
            .app_on()
            .proved_twice(SecondFactorKind::App);
        let policies = PolicySet::new(vec![Arc::new(SecondFactorForStaff)]);
        let shown = decide(&facts, proofs, &policies, NOON);
        assert!(matches!(shown, Decision::Granted(..)), "{shown:?}");
        let passkey = FactorSummary {
            passkeys: 1,
            ..FactorSummary::default()
        };
        let by_passkey = decided(
            FactsBuilder::new(Method::Passkey)
                .role(Role::Agent)
                .without_address()
                .factors(passkey),
        );
        assert!(matches!(by_passkey, Decision::Granted(..)), "{by_passkey:?}");
    }
}
