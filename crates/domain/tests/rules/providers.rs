//! R57, R59, R60, B8: who comes in by the word of a provider.

use doorward_domain::directory::{DirectoryAttribute, DirectoryFacts, DirectoryMatch};
use doorward_domain::ids::UserId;
use doorward_domain::method::Method;
use doorward_domain::policy::PolicySet;
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::sign_in::{ArrivalFacts, Proofs, ProviderVerified, Refusal, SignInFacts, Step, decide};
use doorward_domain::testing::{FactsBuilder, FixedClock, arrived, proven_mailbox};
use doorward_domain::ways_in::{Surroundings, WayState, ways_in};
use proptest::prelude::*;
use uuid::Uuid;

use crate::deciding::{Outcome, outcome};

const EMAIL: &str = "jo@example.com";

fn refused(public: PublicReason, private: PrivateReason) -> Outcome {
    Outcome::Refused(Refusal { public, private })
}

fn somebody_else() -> UserId {
    UserId::from_uuid(Uuid::from_u128(999))
}

/// Facts of somebody who came as that, typed the address, and whose identity is connected to that account.
fn facts(builder: FactsBuilder, who: &Arrived, connected_to: Option<UserId>) -> SignInFacts {
    let mut facts = builder.build();
    facts.arrival = Some(ArrivalFacts {
        identity: who.identity.clone(),
        connected_to,
        directory: None,
    });
    facts
}

fn decided(facts: &SignInFacts, who: Option<&Arrived>, mailbox: bool) -> Outcome {
    let proofs = Proofs {
        provider: who.map(|who| ProviderVerified::from_arrival(who.clone())),
        email: mailbox.then(|| proven_mailbox(facts, None)),
        ..Proofs::default()
    };
    outcome(&decide(facts, proofs, &PolicySet::default(), FixedClock::START))
}

fn jo() -> FactsBuilder {
    FactsBuilder::new(Method::Provider)
}

#[test]
fn r57_an_identity_opens_its_own_account_and_links_where_both_sides_are_proved() {
    let own = jo().build().person.unwrap().user;
    let missing = || refused(PublicReason::ProviderAnswerWrong, PrivateReason::EmailMissing);
    let taken = || refused(PublicReason::IdentityTaken, PrivateReason::IdentityTaken);
    let unproved = || jo().person(|person| person.address_verified = false);
    let who = || arrived("google", "jo");
    let table = [
        ("connected", jo(), who(), Some(own), false, Outcome::Granted),
        (
            "connected elsewhere",
            jo(),
            who(),
            Some(somebody_else()),
            false,
            taken(),
        ),
        (
            "connected elsewhere, vouched",
            jo(),
            who().authoritative(EMAIL),
            Some(somebody_else()),
            false,
            taken(),
        ),
        (
            "both proved",
            jo(),
            who().authoritative(EMAIL),
            None,
            false,
            Outcome::Granted,
        ),
        ("not authoritative", jo(), who().verified(EMAIL), None, false, missing()),
        ("not proved there", jo(), who().saying(EMAIL), None, false, missing()),
        ("no email", jo(), who(), None, false, missing()),
        (
            "another address",
            jo(),
            who().authoritative("mo@example.com"),
            None,
            false,
            missing(),
        ),
        (
            "not proved here",
            unproved(),
            who().authoritative(EMAIL),
            None,
            false,
            missing(),
        ),
        ("by a code", jo(), who(), None, true, Outcome::Granted),
        (
            "by a code, not proved here before",
            unproved(),
            who(),
            None,
            true,
            Outcome::Granted,
        ),
    ];
    for (name, builder, who, connected_to, mailbox, expected) in table {
        assert_eq!(
            decided(&facts(builder, &who, connected_to), Some(&who), mailbox),
            expected,
            "{name}"
        );
    }
}

#[test]
fn r55_without_a_checked_answer_nobody_comes_in() {
    let own = jo().build().person.unwrap().user;
    let (who, other) = (arrived("google", "jo"), arrived("google", "eve"));
    let unknown = refused(PublicReason::ProviderAnswerWrong, PrivateReason::IdentityUnknown);
    for shown in [None, Some(&other)] {
        for mailbox in [false, true] {
            assert_eq!(decided(&facts(jo(), &who, Some(own)), shown, mailbox), unknown);
        }
    }
}

#[test]
fn r60_a_disabled_account_is_closed_and_its_owner_is_told() {
    let own = jo().build().person.unwrap().user;
    let who = arrived("google", "jo");
    let closed = refused(PublicReason::AccountDisabled, PrivateReason::UserDisabled);
    assert_eq!(
        decided(&facts(jo().disabled(), &who, Some(own)), Some(&who), false),
        closed
    );
    assert_eq!(decided(&facts(jo().disabled(), &who, None), Some(&who), true), closed);
}

#[test]
fn r59_the_providers_word_counts_only_where_the_workspace_takes_it() {
    let own = jo().build().person.unwrap().user;
    let google = || ProviderId::parse("google").unwrap();
    for (said, trusted) in [(false, false), (false, true), (true, false), (true, true)] {
        let builder = jo().app_on().settings(|settings| {
            if trusted {
                settings.customers.second_factor_from.insert(google());
            } else {
                settings.staff.second_factor_from.insert(google());
            }
        });
        let mut who = arrived("google", "jo");
        who.second_factor = said;
        let expected = if said && trusted {
            Outcome::Granted
        } else {
            Outcome::Needs(Step::SecondFactor)
        };
        assert_eq!(
            decided(&facts(builder, &who, Some(own)), Some(&who), false),
            expected,
            "{said} {trusted}"
        );
    }
}

#[test]
fn r59_a_second_factor_of_an_identity_that_only_a_code_ties_to_the_account_is_not_the_owners() {
    let google = ProviderId::parse("google").unwrap();
    let builder = || {
        jo().app_on().settings(|settings| {
            settings.customers.second_factor_from.insert(google.clone());
        })
    };
    let mut intruder = arrived("google", "somebody else");
    intruder.second_factor = true;
    assert_eq!(
        decided(&facts(builder(), &intruder, None), Some(&intruder), true),
        Outcome::Needs(Step::SecondFactor),
        "whoever reads the mailbox does not have the app"
    );
}

#[test]
fn b8_where_the_directory_is_asked_only_an_active_record_admits() {
    let own = jo().build().person.unwrap().user;
    let who = arrived("google", "jo");
    let by = DirectoryAttribute::Identity;
    let no = |private| refused(PublicReason::NotInDirectory, private);
    let none = DirectoryMatch::NoRecord {
        compared: vec![by],
        near_misses: 3,
    };
    for (required, found, expected) in [
        (false, None, Outcome::Granted),
        (true, None, no(PrivateReason::DirectoryNoRecord)),
        (true, Some(none), no(PrivateReason::DirectoryNoRecord)),
        (
            true,
            Some(DirectoryMatch::Inactive { by }),
            no(PrivateReason::DirectoryInactive),
        ),
        (true, Some(DirectoryMatch::Active { by }), Outcome::Granted),
    ] {
        let mut facts = facts(
            jo().settings(|settings| settings.directory.required = required),
            &who,
            Some(own),
        );
        facts.arrival.as_mut().unwrap().directory = found.map(|found| DirectoryFacts { found, synced_at: None });
        assert_eq!(decided(&facts, Some(&who), false), expected);
    }
}

proptest! {
    #[test]
    fn what_is_predicted_of_a_connected_provider_is_what_happens(
        staff in any::<bool>(), on in any::<bool>(), disabled in any::<bool>(), listed in any::<bool>(),
    ) {
        let google = ProviderId::parse("google").unwrap();
        let role = if staff { Role::Agent } else { Role::Customer };
        let mut builder = jo().role(role).settings(|settings| {
            let mut rule = settings.providers(role.audience());
            rule.switch(google.clone(), on);
            let rules = if staff { &mut settings.staff } else { &mut settings.customers };
            rules.providers = Some(rule);
        });
        if disabled {
            builder = builder.disabled();
        }
        if listed {
            builder = builder.person(|person| person.providers.push(google.clone()));
        }
        let who = arrived("google", "jo");
        let own = listed.then(|| jo().build().person.unwrap().user);
        let facts = facts(builder.without_address(), &who, own);
        let ways = ways_in(&facts.settings, facts.person.as_ref(), Surroundings::default());
        let predicted = ways.iter().find(|way| way.method == Method::Provider).unwrap().state;
        let happened = decided(&facts, Some(&who), false);
        prop_assert_eq!(predicted == WayState::Open, happened == Outcome::Granted, "{:?} {:?}", predicted, happened);
    }
}
