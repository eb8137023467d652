//! `ways_in` predicts what `decide` will say: the sign-in check may never promise a way that is shut, nor hide one that
//! is open.

use doorward_domain::limits::Limits;
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::Role;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{Decision, Door, Proofs, SecondFactorKind, SignInFacts, Step, decide};
use doorward_domain::testing::{
    FactsBuilder, FixedClock, address, proven_mailbox, second_factor, verified_passkey, verified_password,
};
use doorward_domain::throttle::{Budgets, Standing};
use doorward_domain::ways_in::{Surroundings, WayState, open_methods, ways_in};
use proptest::prelude::*;

use crate::deciding::{Case, case};

/// A sign-in by this method at the front door; by a passkey without a typed address, as it is.
fn at_the_front_door(case: &Case) -> SignInFacts {
    let mut case = case.clone();
    case.door = Door::Front;
    case.typed = case.method != Method::Passkey;
    case.facts()
}

fn predicted(case: &Case) -> WayState {
    let facts = at_the_front_door(case);
    let ways = ways_in(&facts.settings, facts.person.as_ref(), Surroundings::default());
    let methods: Vec<Method> = ways.iter().map(|way| way.method).collect();
    assert_eq!(methods, Method::ALL, "every method, once, in order");
    ways.iter().find(|way| way.method == case.method).unwrap().state
}

/// What happens to the true owner: they know the password if there is one, hold the mailbox, and have the passkey and
/// the second factor, if there are any. Whoever is led to set one up has come in by that way too.
fn observed(case: &Case) -> WayState {
    let facts = at_the_front_door(case);
    let theirs = facts.person.as_ref();
    let factors = theirs.map(|person| person.factors).unwrap_or_default();
    let knows_password = theirs.filter(|person| person.has_password);
    let has_passkey = theirs.filter(|_| factors.passkeys > 0);
    let has_factor = theirs.filter(|_| factors.app || factors.passkeys > 0);
    let proofs = Proofs {
        password: knows_password.and_then(|person| verified_password(person.user)),
        email: facts.address.is_some().then(|| proven_mailbox(&facts, None)),
        passkey: has_passkey.map(|person| verified_passkey(person.user)),
        provider: None,
        first_step: None,
        second_factor: has_factor.and_then(|person| second_factor(person.user, SecondFactorKind::App)),
    };
    match decide(&facts, proofs, &PolicySet::default(), FixedClock::START) {
        Decision::Granted(..) => WayState::Open,
        Decision::Needs(Step::EnrolSecondFactor, _) if case.required[usize::from(case.is_staff())] => WayState::Open,
        Decision::Refused(refusal, _) => WayState::Closed(refusal.private),
        Decision::Needs(step, _) => panic!("nothing is left to prove, but {step:?} is asked for"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_predicted_is_what_happens(case in case()) {
        match (predicted(&case), observed(&case)) {
            (WayState::Open, WayState::Open) => {}
            // Somebody without a password proves none, so the door sees that before it sees anything else.
            (WayState::Closed(_), WayState::Closed(PrivateReason::NoPassword)) => {
                prop_assert!(!case.has_password);
            }
            // Nor is there a passkey that could answer.
            (WayState::Closed(_), WayState::Closed(PrivateReason::PasskeyWrong)) => {
                prop_assert_eq!(case.passkeys, 0);
            }
            (WayState::Closed(predicted), WayState::Closed(observed)) => prop_assert_eq!(predicted, observed),
            (predicted, observed) => prop_assert!(false, "{:?} was predicted, {:?} happened", predicted, observed),
        }
    }
}

#[test]
fn each_closed_way_says_why() {
    let settings = SecuritySettings::default();
    let password = PrivateReason::NoPassword;
    let none = Some(PrivateReason::NoPasskey);
    let table = [
        (FactsBuilder::new(Method::Password), [None, None, none]),
        (FactsBuilder::new(Method::Password).passkeys(1), [None, None, None]),
        (
            FactsBuilder::new(Method::Password)
                .passkeys(1)
                .app_on()
                .two_factor_required(),
            [None, None, None],
        ),
        (
            FactsBuilder::new(Method::Password).disabled().passkeys(1),
            [Some(PrivateReason::UserDisabled); 3],
        ),
        (
            FactsBuilder::new(Method::Password).person(|person| person.has_password = false),
            [Some(password), None, none],
        ),
        (
            FactsBuilder::new(Method::Password).role(Role::Agent).passkeys(1),
            [None, Some(PrivateReason::MethodOffStaff), None],
        ),
        (
            FactsBuilder::new(Method::Password).person(|person| person.address_verified = false),
            [None, None, none],
        ),
        (
            FactsBuilder::new(Method::Password).passkeys(1).person(|person| {
                (person.address_verified, person.address_primary) = (false, false);
            }),
            [
                Some(PrivateReason::EmailUnproved),
                Some(PrivateReason::EmailUnproved),
                None,
            ],
        ),
        (
            FactsBuilder::new(Method::Password).unknown(),
            [Some(PrivateReason::UnknownAddress); 3],
        ),
    ];
    for (builder, expected) in table {
        let facts = builder.build();
        let ways = ways_in(&settings, facts.person.as_ref(), Surroundings::default());
        let closed: Vec<Option<PrivateReason>> = ways
            .iter()
            .map(|way| match way.state {
                WayState::Open => None,
                WayState::Closed(reason) => Some(reason),
            })
            .collect();
        let (local, others) = closed.split_at(Method::LOCAL.len());
        assert_eq!(local, expected, "{:?}", facts.person);
        assert!(others.iter().all(Option::is_some), "nothing is connected: {others:?}");
        let open: Vec<Method> = Method::LOCAL
            .into_iter()
            .zip(expected)
            .filter(|(_, reason)| reason.is_none())
            .map(|(method, _)| method)
            .collect();
        assert_eq!(open_methods(&ways), open);
    }
}

#[test]
fn b10_passkeys_that_are_off_say_for_whom() {
    for (role, reason) in [
        (Role::Customer, PrivateReason::MethodOffCustomers),
        (Role::Owner, PrivateReason::MethodOffStaff),
    ] {
        let facts = FactsBuilder::new(Method::Passkey)
            .role(role)
            .passkeys(2)
            .settings(|settings| (settings.customers.passkey, settings.staff.passkey) = (false, false))
            .build();
        let ways = ways_in(&facts.settings, facts.person.as_ref(), Surroundings::default());
        let passkey = ways.iter().find(|way| way.method == Method::Passkey).unwrap();
        assert_eq!(passkey.state, WayState::Closed(reason));
    }
}

#[test]
fn a_used_up_budget_closes_its_own_way_and_no_other() {
    let facts = FactsBuilder::new(Method::Password).passkeys(1).build();
    let (limits, key) = (Limits::default(), address("jo@example.com").key());
    let budgets = Budgets(&limits);
    let password = budgets.password_failure(&key, &Standing::Stranger).reason;
    let code = budgets.code_failures(&key, &Standing::Stranger)[0].reason;
    for (surroundings, expected) in [
        (
            Surroundings {
                password_budget_open: false,
                ..Surroundings::default()
            },
            [WayState::Closed(password), WayState::Open, WayState::Open],
        ),
        (
            Surroundings {
                code_budget_open: false,
                ..Surroundings::default()
            },
            [WayState::Open, WayState::Closed(code), WayState::Open],
        ),
    ] {
        let ways = ways_in(&facts.settings, facts.person.as_ref(), surroundings);
        let local: Vec<WayState> = ways.iter().take(expected.len()).map(|way| way.state).collect();
        assert_eq!(local, expected);
    }
}
