//! Policies of a workspace or an embedder, beside the built-in rules (F2).

use std::sync::Arc;

use doorward_domain::method::Method;
use doorward_domain::policy::{PolicyName, PolicySet, SignInPolicy, Verdict};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::sign_in::{Refusal, Rule, Ruling, SignInFacts, Step, decide};
use doorward_domain::testing::{FactsBuilder, FixedClock};
use doorward_domain::time::Timestamp;
use proptest::prelude::*;

use crate::deciding::{Outcome, outcome, verdict};

struct Says(&'static str, Verdict);

impl SignInPolicy for Says {
    fn name(&self) -> PolicyName {
        PolicyName::new(self.0)
    }

    fn evaluate(&self, _facts: &SignInFacts, _now: Timestamp) -> Verdict {
        self.1
    }
}

/// A set of policies that always say the same.
pub(crate) fn policies(said: &[(&'static str, Verdict)]) -> PolicySet {
    let each = said
        .iter()
        .map(|(name, verdict)| Arc::new(Says(name, *verdict)) as Arc<dyn SignInPolicy>);
    PolicySet::new(each.collect())
}

fn decided(said: &[(&'static str, Verdict)]) -> Outcome {
    let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
    outcome(&decide(&facts, proofs, &policies(said), FixedClock::START))
}

const ALLOW: Verdict = Verdict::Allow;
const REQUIRE: Verdict = Verdict::Require(Step::ProveEmail);
const DENY: Verdict = Verdict::Deny(PublicReason::TryLater);

#[test]
fn deny_beats_require_beats_allow() {
    let refused = || {
        Outcome::Refused(Refusal {
            public: PublicReason::TryLater,
            private: PrivateReason::Policy,
        })
    };
    assert_eq!(decided(&[]), Outcome::Granted);
    assert_eq!(decided(&[("a", ALLOW), ("b", ALLOW)]), Outcome::Granted);
    assert_eq!(
        decided(&[("a", ALLOW), ("b", REQUIRE)]),
        Outcome::Needs(Step::ProveEmail)
    );
    assert_eq!(
        decided(&[("a", REQUIRE), ("b", ALLOW)]),
        Outcome::Needs(Step::ProveEmail)
    );
    assert_eq!(decided(&[("a", DENY), ("b", REQUIRE), ("c", ALLOW)]), refused());
    assert_eq!(decided(&[("a", ALLOW), ("b", REQUIRE), ("c", DENY)]), refused());
}

#[test]
fn a_built_in_refusal_is_not_overruled_by_any_policy() {
    let (facts, proofs) = FactsBuilder::new(Method::Password).disabled().proved();
    let decision = decide(
        &facts,
        proofs,
        &policies(&[("a", ALLOW), ("b", REQUIRE)]),
        FixedClock::START,
    );
    let expected = Outcome::Refused(Refusal {
        public: PublicReason::InvalidCredentials,
        private: PrivateReason::UserDisabled,
    });
    assert_eq!(outcome(&decision), expected);
    let (facts, proofs) = FactsBuilder::new(Method::Password).disabled().proved();
    let decision = decide(&facts, proofs, &policies(&[("a", DENY)]), FixedClock::START);
    assert_eq!(outcome(&decision), expected, "nor is it told differently");
}

#[test]
fn all_policies_are_asked_and_stand_in_the_receipt() {
    let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
    let asked = policies(&[("a", DENY), ("b", DENY), ("c", REQUIRE), ("d", ALLOW)]);
    let decision = decide(&facts, proofs, &asked, FixedClock::START);
    let rulings: Vec<(String, Ruling)> = decision
        .findings()
        .iter()
        .filter_map(|finding| match &finding.rule {
            Rule::Policy(name) => Some((name.clone(), finding.ruling)),
            _ => None,
        })
        .collect();
    let expected = [
        ("a", Ruling::Deny),
        ("b", Ruling::Deny),
        ("c", Ruling::Require),
        ("d", Ruling::Allow),
    ];
    assert_eq!(rulings, expected.map(|(name, ruling)| (name.to_owned(), ruling)));
}

#[test]
fn a_policy_sees_the_facts_and_the_instant() {
    struct OnlyOnTheHour;

    impl SignInPolicy for OnlyOnTheHour {
        fn name(&self) -> PolicyName {
            PolicyName::new("only-on-the-hour")
        }

        fn evaluate(&self, facts: &SignInFacts, now: Timestamp) -> Verdict {
            if facts.method == Method::Password && now.as_unix_seconds() % 3_600 == 0 {
                Verdict::Allow
            } else {
                Verdict::Deny(PublicReason::TryLater)
            }
        }
    }

    let set = PolicySet::new(vec![Arc::new(OnlyOnTheHour)]);
    for (method, seconds, granted) in [
        (Method::Password, 0, true),
        (Method::Password, 1, false),
        (Method::EmailCode, 0, false),
    ] {
        let (facts, proofs) = FactsBuilder::new(method).proved();
        let now = FixedClock::START.plus(std::time::Duration::from_secs(seconds));
        let decision = decide(&facts, proofs, &set, now);
        assert_eq!(
            outcome(&decision) == Outcome::Granted,
            granted,
            "{method:?} at {seconds}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_policies_does_not_matter(
        verdicts in proptest::collection::vec(verdict(), 0..5),
        seed in any::<u64>(),
    ) {
        let named: Vec<(&'static str, Verdict)> = ["a", "b", "c", "d", "e"].into_iter().zip(verdicts).collect();
        let mut shuffled = named.clone();
        shuffled.sort_by_key(|(name, _)| (seed.rotate_left(u32::from(name.as_bytes()[0]) * 7), *name));
        shuffled.reverse();
        prop_assert_eq!(decided(&named), decided(&shuffled));
    }
}
