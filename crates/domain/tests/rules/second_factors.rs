//! The second factor at the door: when it is asked for, what answers it, and how what was typed is read.

use std::collections::HashSet;
use std::sync::Arc;

use doorward_domain::ids::{UserId, WorkspaceId};
use doorward_domain::method::Method;
use doorward_domain::policy::{PolicySet, Verdict};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::second_factor::{
    AppSecret, BackupCode, BackupSet, FactorUse, TypedFactor, accepted_steps, steps_in_window,
};
use doorward_domain::secret::TokenDigest;
use doorward_domain::sign_in::{
    Decision, Door, FirstStep, FirstStepProven, FlowPurpose, PendingSignIn, Proofs, Refusal, SecondFactorKind,
    SecondFactorVerified, SignInFacts, Step, decide,
};
use doorward_domain::testing::{
    FactsBuilder, FixedClock, SeededEntropy, address, attempt, backup_code, backup_set, first_step, second_factor,
    second_step, verified_passkey,
};
use doorward_domain::time::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use crate::deciding::{Outcome, outcome};
use crate::policies::policies;
use crate::secrets::spelled;

const NOW: Timestamp = FixedClock::START;
const KINDS: [SecondFactorKind; 3] = [
    SecondFactorKind::App,
    SecondFactorKind::BackupCode,
    SecondFactorKind::Passkey,
];

fn decided((facts, proofs): (SignInFacts, Proofs)) -> Outcome {
    outcome(&decide(&facts, proofs, &PolicySet::default(), NOW))
}

/// Whoever comes by this method through this door; a passkey is in the account if that is the method.
fn coming(method: Method, door: Door) -> FactsBuilder {
    let builder = FactsBuilder::new(method)
        .role(Role::Owner)
        .door(door)
        .settings(|settings| {
            settings.staff.email_code = true;
        });
    match method {
        Method::Passkey => builder.without_address().passkeys(1),
        _ => builder,
    }
}

/// Every first step at every door that takes it.
fn ways_in() -> Vec<(Door, Method)> {
    let front = Method::LOCAL.into_iter().map(|method| (Door::Front, method));
    front.chain([(Door::Backup, Method::Password)]).collect()
}

#[test]
fn b11_a_second_factor_is_asked_for_after_every_first_step_but_a_passkey() {
    let (granted, second, enrol) = (
        Outcome::Granted,
        Outcome::Needs(Step::SecondFactor),
        Outcome::Needs(Step::EnrolSecondFactor),
    );
    for (door, method) in ways_in() {
        // Whether the app is on, passkeys, whether it is required, and what comes of one factor alone.
        let table = [
            (false, 0, false, &granted),
            (false, 2, false, &granted),
            (true, 0, false, &second),
            (true, 2, false, &second),
            (false, 0, true, &enrol),
            (false, 2, true, &second),
            (true, 0, true, &second),
            (true, 2, true, &second),
        ];
        for (app, passkeys, required, expected) in table {
            let case = format!("{door:?} {method:?} app {app} passkeys {passkeys} required {required}");
            let mut builder = coming(method, door);
            if method != Method::Passkey {
                builder = builder.passkeys(passkeys);
            }
            if app {
                builder = builder.app_on();
            }
            if required {
                builder = builder.two_factor_required();
            }
            let expected = if method == Method::Passkey { &granted } else { expected };
            assert_eq!(&decided(builder.clone().proved()), expected, "{case}");
            for kind in KINDS {
                assert_eq!(decided(builder.clone().proved_twice(kind)), granted, "{case} {kind:?}");
            }
        }
    }
}

#[test]
fn b11_required_for_staff_is_not_required_for_customers_and_the_other_way_round() {
    for (role, customers, staff, expected) in [
        (Role::Customer, true, false, Outcome::Needs(Step::EnrolSecondFactor)),
        (Role::Collaborator, false, true, Outcome::Granted),
        (Role::Agent, true, false, Outcome::Granted),
        (Role::Admin, false, true, Outcome::Needs(Step::EnrolSecondFactor)),
    ] {
        let builder = FactsBuilder::new(Method::Password).role(role).settings(|settings| {
            settings.customers.two_factor_required = customers;
            settings.staff.two_factor_required = staff;
        });
        assert_eq!(decided(builder.proved()), expected, "{role:?}");
    }
}

#[test]
fn a_policy_can_ask_for_a_second_factor_and_deny_beats_that() {
    let asks = |step| policies(&[("asks", Verdict::Require(step))]);
    let by_policy = |builder: FactsBuilder, set: &PolicySet, kind: Option<SecondFactorKind>| {
        let (facts, proofs) = match kind {
            Some(kind) => builder.proved_twice(kind),
            None => builder.proved(),
        };
        outcome(&decide(&facts, proofs, set, NOW))
    };
    let password = || FactsBuilder::new(Method::Password);
    for step in [Step::SecondFactor, Step::EnrolSecondFactor] {
        let set = asks(step);
        let enrol = Outcome::Needs(Step::EnrolSecondFactor);
        let second = Outcome::Needs(Step::SecondFactor);
        assert_eq!(by_policy(password(), &set, None), enrol);
        assert_eq!(by_policy(password().passkeys(1), &set, None), second);
        assert_eq!(by_policy(password().app_on(), &set, None), second);
        for kind in KINDS {
            assert_eq!(by_policy(password().app_on(), &set, Some(kind)), Outcome::Granted);
        }
        let passkey = coming(Method::Passkey, Door::Front);
        assert_eq!(by_policy(passkey, &set, None), Outcome::Granted);
        let backup = coming(Method::Password, Door::Backup);
        assert_eq!(
            by_policy(backup, &set, None),
            Outcome::Granted,
            "B15: no policy closes this door"
        );
    }
    let both = policies(&[
        ("asks", Verdict::Require(Step::SecondFactor)),
        ("denies", Verdict::Deny(PublicReason::TryLater)),
    ]);
    let refused = Outcome::Refused(Refusal::new(PublicReason::TryLater, PrivateReason::Policy));
    assert_eq!(by_policy(password().app_on(), &both, None), refused);
    assert_eq!(
        by_policy(password().app_on(), &both, Some(SecondFactorKind::App)),
        refused
    );
    let backup = coming(Method::Password, Door::Backup);
    assert_eq!(by_policy(backup, &both, None), Outcome::Granted);
}

#[test]
fn an_unproved_mailbox_comes_before_the_second_factor() {
    let builder = || {
        FactsBuilder::new(Method::Password)
            .app_on()
            .person(|person| person.address_verified = false)
    };
    assert_eq!(decided(builder().proved()), Outcome::Needs(Step::ProveEmail));
    let shown = builder().proved_twice(SecondFactorKind::App);
    assert_eq!(decided(shown), Outcome::Needs(Step::ProveEmail));
    let at_the_backup_door = builder().role(Role::Admin).door(Door::Backup);
    assert_eq!(
        decided(at_the_backup_door.proved()),
        Outcome::Needs(Step::SecondFactor),
        "R106: it opens with mail down, and not on one factor"
    );
}

#[test]
fn b15_the_backup_door_is_for_admins_whatever_the_settings_say() {
    for role in Role::ALL {
        let builder = FactsBuilder::new(Method::Password)
            .role(role)
            .door(Door::Backup)
            .settings(|settings| (settings.staff.password, settings.customers.password) = (false, false));
        let expected = match role {
            Role::Admin | Role::Owner => Outcome::Granted,
            _ => Outcome::Refused(Refusal::new(
                PublicReason::InvalidCredentials,
                PrivateReason::BackupDoorRole,
            )),
        };
        assert_eq!(decided(builder.clone().proved()), expected, "{role:?}");
        let front = builder.door(Door::Front).proved();
        assert!(matches!(decided(front), Outcome::Refused(refusal) if refusal.public == PublicReason::MethodOff));
    }
}

#[test]
fn r106_the_backup_door_opens_to_the_password_and_to_nothing_else() {
    for method in Method::ALL {
        let builder = FactsBuilder::new(method).role(Role::Owner).door(Door::Backup);
        let granted = decided(builder.proved()) == Outcome::Granted;
        assert_eq!(granted, method == Method::Password, "{method:?}");
    }
}

#[test]
fn somebody_elses_second_factor_is_none() {
    let stranger = UserId::from_uuid(Uuid::from_u128(999));
    for kind in KINDS {
        let (facts, mut proofs) = FactsBuilder::new(Method::Password).app_on().proved();
        proofs.second_factor = second_factor(stranger, kind);
        assert_eq!(decided((facts, proofs)), Outcome::Needs(Step::SecondFactor), "{kind:?}");

        let (facts, mut proofs) = FactsBuilder::new(Method::Password).proved();
        proofs.second_factor = second_factor(stranger, kind);
        proofs.passkey = Some(verified_passkey(stranger));
        let Decision::Granted(grant, _) = decide(&facts, proofs, &PolicySet::default(), NOW) else {
            panic!("{kind:?}: a password is enough where no second factor is on");
        };
        assert_eq!(grant.spends(), None, "what a stranger showed is not theirs to spend");
    }
    let (facts, _) = coming(Method::Passkey, Door::Front).unproved();
    let proofs = Proofs {
        passkey: Some(verified_passkey(stranger)),
        ..Proofs::default()
    };
    let wrong = Refusal::new(PublicReason::PasskeyWrong, PrivateReason::PasskeyWrong);
    assert_eq!(decided((facts, proofs)), Outcome::Refused(wrong));
}

#[test]
fn a_grant_spends_what_was_shown() {
    let spends = |(facts, proofs): (SignInFacts, Proofs)| match decide(&facts, proofs, &PolicySet::default(), NOW) {
        Decision::Granted(grant, _) => grant.spends().cloned(),
        other => panic!("not granted: {other:?}"),
    };
    let password = || FactsBuilder::new(Method::Password).app_on();
    assert_eq!(
        spends(password().proved_twice(SecondFactorKind::App)),
        Some(FactorUse::AppStep(1))
    );
    let code = backup_set(1).left[0];
    assert_eq!(
        spends(password().proved_twice(SecondFactorKind::BackupCode)),
        Some(FactorUse::BackupCode(code))
    );
    for used in [
        password().proved_twice(SecondFactorKind::Passkey),
        coming(Method::Passkey, Door::Front).proved(),
    ] {
        assert!(matches!(spends(used), Some(FactorUse::Passkey(_))));
    }
    assert_eq!(spends(FactsBuilder::new(Method::Password).proved()), None);
}

#[test]
fn r74_a_backup_code_is_proof_only_while_it_is_left() {
    let user = UserId::from_uuid(Uuid::from_u128(2));
    let set = backup_set(3);
    for code in &set.left {
        let proof = SecondFactorVerified::by_backup_code(user, &set, *code).unwrap();
        assert_eq!((proof.user(), proof.kind()), (user, SecondFactorKind::BackupCode));
        assert_eq!(proof.into_spent(), Some(FactorUse::BackupCode(*code)));
    }
    let used = BackupSet {
        left: set.left[1..].to_vec(),
        used: vec![set.left[0]],
        ..set.clone()
    };
    assert_eq!(SecondFactorVerified::by_backup_code(user, &used, set.left[0]), None);
    let unknown = TokenDigest::from_bytes([0; 32]);
    assert!(used.spent(&set.left[0]) && !used.spent(&set.left[1]) && !used.spent(&unknown));
    assert_eq!(SecondFactorVerified::by_backup_code(user, &set, unknown), None);
    let none = BackupSet {
        left: Vec::new(),
        ..set
    };
    assert_eq!(SecondFactorVerified::by_backup_code(user, &none, unknown), None);
}

#[test]
fn r73_only_an_attempt_at_its_second_step_carries_a_first_one() {
    let workspace = WorkspaceId::from_uuid(Uuid::from_u128(1));
    let user = UserId::from_uuid(Uuid::from_u128(2));
    for purpose in [
        FlowPurpose::SignIn,
        FlowPurpose::SignUp,
        FlowPurpose::SecondStep,
        FlowPurpose::FreshProof,
        FlowPurpose::Recovery,
    ] {
        let flow = PendingSignIn {
            first_step: Some(first_step(user, Method::Password)),
            password_verified: Some(user),
            user: Some(user),
            ..attempt(workspace, purpose, NOW)
        };
        let proven = FirstStepProven::from_pending(&flow);
        assert_eq!(proven.is_some(), purpose == FlowPurpose::SecondStep, "{purpose:?}");
        let empty = PendingSignIn {
            first_step: None,
            ..flow
        };
        assert_eq!(FirstStepProven::from_pending(&empty), None, "{purpose:?}");
    }
}

#[test]
fn r73_the_first_step_counts_for_its_own_person_and_method_and_asks_for_the_second() {
    let stranger = UserId::from_uuid(Uuid::from_u128(999));
    let carried = |facts: &SignInFacts, first: FirstStep| Proofs {
        first_step: second_step(facts.workspace, first).1,
        ..Proofs::default()
    };
    for (door, method) in ways_in() {
        let facts = coming(method, door).app_on().build();
        let jo = facts.person.as_ref().unwrap().user;
        let proofs = carried(&facts, first_step(jo, method));
        let expected = match method {
            Method::Passkey => Outcome::Granted,
            _ => Outcome::Needs(Step::SecondFactor),
        };
        assert_eq!(decided((facts.clone(), proofs)), expected, "{method:?}");

        let mut proofs = carried(&facts, first_step(jo, method));
        proofs.second_factor = second_factor(jo, SecondFactorKind::App);
        assert_eq!(decided((facts.clone(), proofs)), Outcome::Granted, "{method:?}");

        for other in Method::LOCAL.into_iter().filter(|other| *other != method) {
            let mut proofs = carried(&facts, first_step(jo, other));
            proofs.second_factor = second_factor(jo, SecondFactorKind::App);
            let said = decided((facts.clone(), proofs));
            assert!(
                matches!(said, Outcome::Refused(_)),
                "{other:?} is no {method:?}: {said:?}"
            );
        }
        if method != Method::EmailCode {
            let mut proofs = carried(&facts, first_step(stranger, method));
            proofs.second_factor = second_factor(jo, SecondFactorKind::App);
            let said = decided((facts.clone(), proofs));
            assert!(matches!(said, Outcome::Refused(_)), "a stranger's {method:?}: {said:?}");
        }
    }
}

#[test]
fn r73_a_mailbox_proved_before_the_second_step_is_that_of_the_attempt() {
    let (facts, _) = FactsBuilder::new(Method::EmailCode).app_on().unproved();
    let jo = facts.person.as_ref().unwrap().user;
    let shown = |mailbox_proved, email: &str| {
        let first = FirstStep {
            mailbox_proved,
            ..first_step(jo, Method::EmailCode)
        };
        let (flow, _) = second_step(facts.workspace, first);
        let flow = PendingSignIn {
            email: address(email),
            ..flow
        };
        let proofs = Proofs {
            first_step: FirstStepProven::from_pending(&flow),
            second_factor: second_factor(jo, SecondFactorKind::App),
            ..Proofs::default()
        };
        decided((facts.clone(), proofs))
    };
    assert_eq!(shown(true, "jo@example.com"), Outcome::Granted);
    for (mailbox_proved, email) in [(false, "jo@example.com"), (true, "mo@example.com")] {
        let wrong = Refusal::new(PublicReason::CodeWrong, PrivateReason::CodeWrong);
        assert_eq!(
            shown(mailbox_proved, email),
            Outcome::Refused(wrong),
            "{mailbox_proved} {email}"
        );
    }
}

#[test]
fn r73_the_second_decision_is_taken_on_fresh_facts() {
    let both = |builder: FactsBuilder| {
        let (facts, _) = builder.app_on().unproved();
        let jo = facts.person.as_ref().unwrap().user;
        let proofs = Proofs {
            first_step: second_step(facts.workspace, first_step(jo, Method::Password)).1,
            second_factor: second_factor(jo, SecondFactorKind::App),
            ..Proofs::default()
        };
        decided((facts, proofs))
    };
    let password = || FactsBuilder::new(Method::Password);
    assert_eq!(both(password()), Outcome::Granted);
    let disabled = Refusal::new(PublicReason::InvalidCredentials, PrivateReason::UserDisabled);
    assert_eq!(both(password().disabled()), Outcome::Refused(disabled));
    let off = Refusal::new(PublicReason::MethodOff, PrivateReason::MethodOffCustomers);
    let closed = password().settings(|settings| settings.customers.password = false);
    assert_eq!(both(closed), Outcome::Refused(off));
}

#[test]
fn r68_a_secret_is_160_bits_and_new_each_time() {
    let entropy = SeededEntropy::new(1);
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let secret = AppSecret::generate(&entropy);
        assert!(secret.expose().iter().collect::<HashSet<_>>().len() > 5);
        assert!(seen.insert(*secret.expose()));
        let text = secret.as_text();
        assert_eq!(text.split(' ').map(str::len).collect::<Vec<_>>(), [4; 8]);
    }
}

#[test]
fn r74_backup_codes_are_thirteen_of_thirty_two_letters_all_of_them_used() {
    let (mut codes, mut letters) = (HashSet::new(), HashSet::new());
    for number in 0..300 {
        let code = backup_code(number);
        let (bare, shown) = (code.bare(), code.expose());
        assert_eq!(shown.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 3]);
        assert_eq!(shown.replace('-', ""), bare);
        assert!(!format!("{code:?}").contains(&bare[..4]));
        letters.extend(bare.chars());
        assert!(codes.insert(bare), "number {number}");
    }
    assert_eq!(letters.len(), 32);
}

#[test]
fn a_set_is_not_held_by_what_only_looks_like_its_codes() {
    let set = backup_set(2);
    for code in &set.left {
        let mut near = *code.as_bytes();
        for place in [0, 15, 31] {
            near[place] ^= 1;
            assert!(!set.holds(&TokenDigest::from_bytes(near)));
            near[place] ^= 1;
        }
        assert!(set.holds(code));
    }
}

/// The digits in the scripts that keyboards offer.
fn digit_in(script: u8, digit: u8) -> char {
    let zero = [0x30_u32, 0x660, 0x6f0, 0xff10][usize::from(script % 4)];
    char::from_u32(zero + u32::from(digit % 10)).unwrap()
}

const FILLERS: [&str; 7] = ["", "", " ", "-", "\u{a0}", "\u{2013}", "\u{200b}"];

fn kind_of(typed: &TypedFactor) -> &'static str {
    match typed {
        TypedFactor::App(_) => "app",
        TypedFactor::Backup(_) => "backup",
        TypedFactor::Neither => "neither",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn b11_an_app_code_is_read_in_any_script_and_spacing(
        digits in proptest::collection::vec((0_u8..10, any::<u8>(), any::<u8>()), 0..15),
    ) {
        let mut typed = String::new();
        for (digit, script, filler) in &digits {
            typed.push_str(FILLERS[usize::from(*filler) % FILLERS.len()]);
            typed.push(digit_in(*script, *digit));
        }
        let plain: String = digits.iter().map(|(digit, _, _)| char::from(b'0' + digit)).collect();
        match TypedFactor::parse(&typed) {
            TypedFactor::App(code) => {
                prop_assert_eq!(digits.len(), 6);
                prop_assert_eq!(code.expose(), plain);
            }
            TypedFactor::Backup(code) => {
                prop_assert_eq!(digits.len(), 13);
                prop_assert_eq!(code.bare(), plain);
            }
            TypedFactor::Neither => prop_assert!(digits.len() != 6, "{}", typed),
        }
    }

    #[test]
    fn b12_a_backup_code_is_read_however_a_hand_writes_it(
        number in any::<u32>(),
        choices in proptest::collection::vec(any::<(bool, u8, u8)>(), 13),
    ) {
        let code = backup_code(number);
        let typed = spelled(&code.bare(), &choices);
        prop_assert_eq!(BackupCode::parse(&typed).unwrap().bare(), code.bare());
        for text in [typed.as_str(), &code.expose(), &code.bare()] {
            match TypedFactor::parse(text) {
                TypedFactor::Backup(read) => prop_assert_eq!(read.bare(), code.bare()),
                other => prop_assert!(false, "{} is read as {}", text, kind_of(&other)),
            }
        }
    }

    #[test]
    fn b12_a_letter_more_or_less_is_no_backup_code(number in any::<u32>(), place in 0_usize..13, extra in "[0-9A-Z]") {
        let bare = backup_code(number).bare();
        let (mut less, mut more) = (bare.clone(), bare.clone());
        less.remove(place);
        more.insert_str(place, &extra);
        prop_assert!(BackupCode::parse(&less).is_none());
        prop_assert!(BackupCode::parse(&more).is_none());
        let mut foreign = bare;
        foreign.replace_range(place..=place, "U");
        prop_assert!(BackupCode::parse(&foreign).is_none(), "U is no letter of the alphabet");
    }

    #[test]
    fn whatever_is_typed_is_read_as_one_thing(typed in "\\PC{0,300}|[0-9 -]{0,20}|[0-9A-Za-z -]{10,20}") {
        match TypedFactor::parse(&typed) {
            TypedFactor::App(code) => {
                prop_assert!(code.expose().len() == 6 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert!(BackupCode::parse(&typed).is_none());
            }
            TypedFactor::Backup(code) => prop_assert_eq!(code.bare().len(), 13),
            TypedFactor::Neither => prop_assert!(BackupCode::parse(&typed).is_none()),
        }
    }

    #[test]
    fn r69_r70_only_steps_of_the_window_that_are_later_than_the_last_are_accepted(
        seconds in -100_000_i64..4_000_000_000,
        last in proptest::option::of(-5_i64..5),
    ) {
        let now = Timestamp::from_unix_seconds(seconds);
        let this = seconds.div_euclid(30);
        prop_assert_eq!(steps_in_window(now), [this + 1, this, this - 1]);
        let last = last.map(|away| this + away);
        let expected: Vec<i64> = (this - 1..=this + 1)
            .rev()
            .filter(|step| last.is_none() || last < Some(*step))
            .collect();
        prop_assert_eq!(accepted_steps(last, now), expected);
    }

    #[test]
    fn r70_a_clock_that_steps_back_brings_no_used_code_back(seconds in 0_i64..1_000_000, back in 0_i64..100_000) {
        let now = Timestamp::from_unix_seconds(seconds);
        let used = accepted_steps(None, now)[0];
        let earlier = accepted_steps(Some(used), Timestamp::from_unix_seconds(seconds - back));
        prop_assert_eq!(earlier, Vec::<i64>::new());
    }
}

#[test]
fn what_is_absurdly_long_is_read_as_nothing() {
    for typed in ["1".repeat(257), " ".repeat(400), format!("{}123456", " ".repeat(251))] {
        assert_eq!(kind_of(&TypedFactor::parse(&typed)), "neither");
    }
    assert_eq!(
        kind_of(&TypedFactor::parse(&format!("{}123456", " ".repeat(250)))),
        "app"
    );
}

#[test]
fn policies_that_ask_see_whether_the_app_is_on() {
    use doorward_domain::policy::{PolicyName, SignInPolicy};

    struct AppOnly;

    impl SignInPolicy for AppOnly {
        fn name(&self) -> PolicyName {
            PolicyName::new("app-only")
        }

        fn evaluate(&self, facts: &SignInFacts, _now: Timestamp) -> Verdict {
            match &facts.person {
                Some(person) if person.factors.app => Verdict::Allow,
                _ => Verdict::Deny(PublicReason::MethodOff),
            }
        }
    }

    let set = PolicySet::new(vec![Arc::new(AppOnly)]);
    for (builder, granted) in [
        (FactsBuilder::new(Method::Password).app_on(), true),
        (FactsBuilder::new(Method::Password), false),
    ] {
        let (facts, proofs) = builder.proved_twice(SecondFactorKind::App);
        let said = outcome(&decide(&facts, proofs, &set, NOW));
        assert_eq!(said == Outcome::Granted, granted);
    }
}
