//! `decide`: who gets in, who does not, and what each of them is told.

use doorward_domain::ids::UserId;
use doorward_domain::method::Method;
use doorward_domain::policy::{PolicySet, Verdict};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::{Permission, Role};
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{
    Decision, Door, Finding, FirstStep, Proofs, Refusal, Rule, Ruling, SecondFactorKind, SignInFacts, Step, decide,
};
use doorward_domain::testing::{
    FactsBuilder, FixedClock, address, first_step, proven_mailbox, second_factor, second_step, verified_passkey,
    verified_password,
};
use doorward_domain::user::UserStatus;
use proptest::prelude::*;
use uuid::Uuid;

use crate::policies::policies;

const NOW: doorward_domain::time::Timestamp = FixedClock::START;

/// What comes out, without the findings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Granted,
    Needs(Step),
    Refused(Refusal),
}

pub(crate) fn outcome(decision: &Decision) -> Outcome {
    match decision {
        Decision::Granted(..) => Outcome::Granted,
        Decision::Needs(step, _) => Outcome::Needs(*step),
        Decision::Refused(refusal, _) => Outcome::Refused(*refusal),
    }
}

fn decided((facts, proofs): (SignInFacts, Proofs)) -> Decision {
    decide(&facts, proofs, &PolicySet::default(), NOW)
}

fn refused(public: PublicReason, private: PrivateReason) -> Outcome {
    Outcome::Refused(Refusal { public, private })
}

fn stranger() -> UserId {
    UserId::from_uuid(Uuid::from_u128(999))
}

fn finding<'a>(decision: &'a Decision, rule: &Rule) -> &'a Finding {
    let of_rule: Vec<&Finding> = decision
        .findings()
        .iter()
        .filter(|finding| finding.rule == *rule)
        .collect();
    assert_eq!(of_rule.len(), 1, "{rule:?} stands once in {decision:?}");
    of_rule[0]
}

#[test]
fn a_proved_credential_of_an_active_person_opens_the_door() {
    for method in Method::LOCAL {
        let (facts, proofs) = FactsBuilder::new(method)
            .person(|person| person.credentials_version = 7)
            .proved();
        let person = facts.person.clone().unwrap();
        let Decision::Granted(grant, findings) = decide(&facts, proofs, &PolicySet::default(), NOW) else {
            panic!("{method:?} is not granted");
        };
        assert_eq!((grant.workspace(), grant.user()), (facts.workspace, person.user));
        assert_eq!((grant.audience(), grant.method()), (person.role.audience(), method));
        assert_eq!(grant.credentials_version(), 7);
        let rules: Vec<&Rule> = findings.iter().map(|finding| &finding.rule).collect();
        let all = [
            &Rule::AddressKnown,
            &Rule::Credential,
            &Rule::AccountActive,
            &Rule::MethodOffered,
            &Rule::EmailProved,
            &Rule::SecondFactor,
        ];
        assert_eq!(rules, all, "C4: the rules in order");
        assert!(
            findings
                .iter()
                .all(|finding| finding.ruling == Ruling::Allow && !finding.saw.is_empty())
        );
    }
}

#[test]
fn each_rule_refuses_by_itself() {
    use PrivateReason as Private;
    use PublicReason as Public;
    let password = || FactsBuilder::new(Method::Password);
    let code = || FactsBuilder::new(Method::EmailCode);
    let passkey = || FactsBuilder::new(Method::Passkey).without_address();
    let off = |change: fn(&mut SecuritySettings)| change;
    let no_passwords = off(|settings| settings.customers.password = false);
    let no_codes = off(|settings| settings.customers.email_code = false);
    let no_passkeys = off(|settings| settings.customers.passkey = false);
    let no_staff_passwords = off(|settings| settings.staff.password = false);
    let table = vec![
        (
            password().unknown().proved(),
            Rule::AddressKnown,
            Public::InvalidCredentials,
            Private::UnknownAddress,
        ),
        (
            code().unknown().proved(),
            Rule::AddressKnown,
            Public::CodeWrong,
            Private::UnknownAddress,
        ),
        (
            password().unproved(),
            Rule::Credential,
            Public::InvalidCredentials,
            Private::WrongPassword,
        ),
        (
            password().person(|person| person.has_password = false).unproved(),
            Rule::Credential,
            Public::InvalidCredentials,
            Private::NoPassword,
        ),
        (
            code().unproved(),
            Rule::Credential,
            Public::CodeWrong,
            Private::CodeWrong,
        ),
        (
            password().disabled().proved(),
            Rule::AccountActive,
            Public::InvalidCredentials,
            Private::UserDisabled,
        ),
        (
            code().disabled().proved(),
            Rule::AccountActive,
            Public::CodeWrong,
            Private::UserDisabled,
        ),
        (
            passkey().unknown().proved(),
            Rule::AddressKnown,
            Public::PasskeyWrong,
            Private::UnknownAddress,
        ),
        (
            passkey().unproved(),
            Rule::Credential,
            Public::PasskeyWrong,
            Private::PasskeyWrong,
        ),
        (
            passkey().disabled().proved(),
            Rule::AccountActive,
            Public::PasskeyWrong,
            Private::UserDisabled,
        ),
        (
            passkey().settings(no_passkeys).proved(),
            Rule::MethodOffered,
            Public::MethodOff,
            Private::MethodOffCustomers,
        ),
        (
            password().door(Door::Backup).role(Role::Agent).proved(),
            Rule::BackupDoor,
            Public::InvalidCredentials,
            Private::BackupDoorRole,
        ),
        (
            password().settings(no_passwords).proved(),
            Rule::MethodOffered,
            Public::MethodOff,
            Private::MethodOffCustomers,
        ),
        (
            code().settings(no_codes).proved(),
            Rule::MethodOffered,
            Public::MethodOff,
            Private::MethodOffCustomers,
        ),
        (
            password().role(Role::Agent).settings(no_staff_passwords).proved(),
            Rule::MethodOffered,
            Public::MethodOff,
            Private::MethodOffStaff,
        ),
        (
            code().role(Role::Owner).proved(),
            Rule::MethodOffered,
            Public::MethodOff,
            Private::MethodOffStaff,
        ),
        (
            code()
                .person(|person| (person.address_verified, person.address_primary) = (false, false))
                .proved(),
            Rule::EmailProved,
            Public::CodeWrong,
            Private::EmailUnproved,
        ),
    ];
    for (case, rule, public, private) in table {
        let name = format!("{rule:?} {private:?}");
        let decision = decided(case);
        assert_eq!(outcome(&decision), refused(public, private), "{name}");
        let denied = finding(&decision, &rule);
        assert_eq!((denied.ruling, denied.reason), (Ruling::Deny, Some(private)), "{name}");
        let others = decision.findings().iter().filter(|finding| finding.rule != rule);
        assert!(
            others.clone().all(|finding| finding.ruling != Ruling::Deny),
            "{name}: by itself"
        );
        for finding in others.filter(|finding| finding.ruling == Ruling::NotAsked) {
            assert_eq!((finding.saw.as_str(), finding.reason), ("", None), "{name}");
        }
        assert_eq!(decision.findings().len(), 6, "{name}: each rule stands in the receipt");
    }
}

#[test]
fn the_other_audiences_settings_do_not_matter() {
    for (role, theirs) in [(Role::Collaborator, true), (Role::Admin, false)] {
        let case = FactsBuilder::new(Method::Password).role(role).settings(|settings| {
            settings.staff.password = !theirs;
            settings.customers.password = theirs;
        });
        assert_eq!(outcome(&decided(case.proved())), Outcome::Granted, "{role:?}");
    }
}

#[test]
fn rules_after_the_credential_are_not_asked_before_it_is_proved() {
    let (facts, proofs) = FactsBuilder::new(Method::Password).disabled().unproved();
    let asked = policies(&[("never", Verdict::Deny(PublicReason::TryLater))]);
    let decision = decide(&facts, proofs, &asked, NOW);
    for rule in [
        Rule::AccountActive,
        Rule::MethodOffered,
        Rule::EmailProved,
        Rule::SecondFactor,
    ] {
        assert_eq!(finding(&decision, &rule).ruling, Ruling::NotAsked);
    }
    let named = Rule::Policy("never".to_owned());
    assert!(decision.findings().iter().all(|finding| finding.rule != named));
}

#[test]
fn r9_until_the_credential_is_proved_everybody_is_told_the_same() {
    for (method, told) in [
        (Method::Password, PublicReason::InvalidCredentials),
        (Method::EmailCode, PublicReason::CodeWrong),
        (Method::Passkey, PublicReason::PasskeyWrong),
    ] {
        let all_off = |settings: &mut SecuritySettings| {
            for audience in [&mut settings.customers, &mut settings.staff] {
                (audience.password, audience.email_code, audience.passkey) = (false, false, false);
                audience.two_factor_required = true;
            }
        };
        let somebody = || FactsBuilder::new(method);
        let people = [
            ("unknown", somebody().unknown()),
            ("wrong password", somebody()),
            ("no password", somebody().person(|person| person.has_password = false)),
            ("disabled", somebody().disabled()),
            ("unproved", somebody().person(|person| person.address_verified = false)),
            (
                "claimed",
                somebody().person(|person| {
                    (person.address_verified, person.address_primary) = (false, false);
                }),
            ),
            ("staff", somebody().role(Role::Owner)),
            ("method off", somebody().settings(all_off)),
            ("second factor on", somebody().app_on()),
            ("second factor required", somebody().two_factor_required()),
            ("at the backup door", somebody().door(Door::Backup)),
        ];
        for (who, builder) in people {
            match decided(builder.unproved()) {
                Decision::Refused(refusal, _) => assert_eq!(refusal.public, told, "{who} by {method:?}"),
                other => panic!("{who} by {method:?}: {other:?}"),
            }
        }
        match decided(somebody().disabled().settings(all_off).proved()) {
            Decision::Refused(refusal, _) => assert_eq!(refusal.public, told, "R60: a disabled person with proof"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn somebody_elses_proof_proves_nothing() {
    let (facts, _) = FactsBuilder::new(Method::Password).unproved();
    let theirs = Proofs {
        password: verified_password(stranger()),
        email: Some(proven_mailbox(&facts, Some(stranger()))),
        ..Proofs::default()
    };
    let wrong = refused(PublicReason::InvalidCredentials, PrivateReason::WrongPassword);
    assert_eq!(
        outcome(&decided((facts, theirs))),
        wrong,
        "a password of another account"
    );

    let (facts, _) = FactsBuilder::new(Method::EmailCode).unproved();
    let elsewhere = SignInFacts {
        address: Some(address("mo@example.com")),
        ..facts.clone()
    };
    let theirs = Proofs {
        password: verified_password(facts.person.as_ref().unwrap().user),
        email: Some(proven_mailbox(&elsewhere, None)),
        ..Proofs::default()
    };
    let wrong = refused(PublicReason::CodeWrong, PrivateReason::CodeWrong);
    assert_eq!(
        outcome(&decided((facts, theirs))),
        wrong,
        "a code to another mailbox, and only a password beside it"
    );
}

#[test]
fn r57_a_password_left_on_an_unproved_mailbox_opens_nothing_by_itself() {
    let unproved = || FactsBuilder::new(Method::Password).person(|person| person.address_verified = false);
    let decision = decided(unproved().proved());
    assert_eq!(outcome(&decision), Outcome::Needs(Step::ProveEmail));
    assert_eq!(finding(&decision, &Rule::EmailProved).ruling, Ruling::Require);

    let (facts, mut proofs) = unproved().proved();
    let elsewhere = SignInFacts {
        address: Some(address("eve@example.com")),
        ..facts.clone()
    };
    proofs.email = Some(proven_mailbox(&elsewhere, None));
    let still = outcome(&decided((facts, proofs)));
    assert_eq!(
        still,
        Outcome::Needs(Step::ProveEmail),
        "a code to another mailbox is no proof of this one"
    );
}

#[test]
fn r57_the_owner_of_the_mailbox_gets_in_with_a_code_and_with_a_password_verified_on_the_way() {
    let unproved = |method| FactsBuilder::new(method).person(|person| person.address_verified = false);
    let (facts, proofs) = unproved(Method::EmailCode).proved();
    assert!(
        !proofs.password_of(facts.person.as_ref().unwrap().user),
        "the password is not theirs to keep"
    );
    assert_eq!(outcome(&decided((facts, proofs))), Outcome::Granted);

    let (facts, _) = unproved(Method::Password).unproved();
    let user = facts.person.as_ref().unwrap().user;
    let proofs = Proofs {
        email: Some(proven_mailbox(&facts, Some(user))),
        ..Proofs::default()
    };
    assert!(proofs.password_of(user));
    assert_eq!(outcome(&decided((facts, proofs))), Outcome::Granted);
}

#[test]
fn a_code_alone_is_no_password() {
    let (facts, _) = FactsBuilder::new(Method::Password).unproved();
    let proofs = Proofs {
        email: Some(proven_mailbox(&facts, None)),
        ..Proofs::default()
    };
    let wrong = refused(PublicReason::InvalidCredentials, PrivateReason::WrongPassword);
    assert_eq!(outcome(&decided((facts, proofs))), wrong);
}

#[test]
fn no_secret_stands_in_a_finding() {
    let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
    let address = facts.address.as_ref().unwrap().as_str().to_owned();
    for finding in decided((facts, proofs)).findings() {
        assert!(
            !finding.saw.contains(&address) && !finding.saw.contains("horse"),
            "{finding:?}"
        );
    }
}

/// Everything a decision can depend on, as plain choices.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Case {
    pub(crate) method: Method,
    pub(crate) door: Door,
    pub(crate) known: bool,
    pub(crate) typed: bool,
    pub(crate) role: Role,
    pub(crate) disabled: bool,
    pub(crate) has_password: bool,
    pub(crate) verified: bool,
    pub(crate) primary: bool,
    /// Methods of customers, then of staff, each in the order of [`Method::LOCAL`].
    pub(crate) offered: [bool; 6],
    /// Whether a second factor is required of customers, and of staff.
    pub(crate) required: [bool; 2],
    pub(crate) app: bool,
    pub(crate) passkeys: u32,
    password_of: Option<bool>,
    mailbox: Option<bool>,
    verified_before: Option<bool>,
    passkey_of: Option<bool>,
    /// What an earlier request of the attempt proved: of them or somebody else, by which method, with the mailbox or
    /// not.
    first: Option<(bool, Method, bool)>,
    second: Option<(bool, SecondFactorKind)>,
    verdicts: Vec<Verdict>,
}

const KINDS: [SecondFactorKind; 3] = [
    SecondFactorKind::App,
    SecondFactorKind::BackupCode,
    SecondFactorKind::Passkey,
];

fn whose() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![Just(None), Just(Some(true)), Just(Some(false))]
}

pub(crate) fn method() -> impl Strategy<Value = Method> {
    proptest::sample::select(&Method::LOCAL[..])
}

pub(crate) fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        6 => Just(Verdict::Allow),
        1 => Just(Verdict::Require(Step::ProveEmail)),
        1 => Just(Verdict::Require(Step::SecondFactor)),
        1 => Just(Verdict::Require(Step::EnrolSecondFactor)),
        1 => proptest::sample::select(PublicReason::ALL).prop_map(Verdict::Deny),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let mostly = || proptest::bool::weighted(0.85);
    let person = (
        (mostly(), mostly(), mostly(), any::<bool>(), mostly()),
        proptest::sample::select(&Role::ALL[..]),
        (any::<bool>(), prop_oneof![Just(0_u32), Just(1), Just(3)]),
    );
    let first = prop_oneof![
        3 => Just(None),
        2 => (any::<bool>(), method(), any::<bool>()).prop_map(Some),
    ];
    let second = prop_oneof![
        1 => Just(None),
        1 => (any::<bool>(), proptest::sample::select(&KINDS[..])).prop_map(Some),
    ];
    let settings = (
        proptest::array::uniform6(mostly()),
        proptest::array::uniform2(any::<bool>()),
        proptest::collection::vec(verdict(), 0..4),
    );
    (
        (method(), mostly(), mostly()),
        person,
        settings,
        (whose(), whose(), whose(), whose()),
        (first, second),
    )
        .prop_map(|((method, front, typed), person, settings, proofs, (first, second))| {
            let ((known, active, has_password, verified, primary), role, (app, passkeys)) = person;
            let (offered, required, verdicts) = settings;
            let (password_of, mailbox, verified_before, passkey_of) = proofs;
            Case {
                method,
                door: if front { Door::Front } else { Door::Backup },
                known,
                typed,
                role,
                disabled: !active,
                has_password,
                verified,
                primary,
                offered,
                required,
                app,
                passkeys,
                password_of,
                mailbox,
                verified_before,
                passkey_of,
                first,
                second,
                verdicts,
            }
        })
}

/// What the behaviours ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Refused,
    Needs(Step),
    Granted,
}

impl Case {
    pub(crate) fn is_staff(&self) -> bool {
        matches!(self.role, Role::Agent | Role::Admin | Role::Owner)
    }

    pub(crate) fn facts(&self) -> SignInFacts {
        let builder = FactsBuilder::new(self.method)
            .door(self.door)
            .role(self.role)
            .person(|person| {
                person.has_password = self.has_password;
                person.address_verified = self.verified;
                person.address_primary = self.primary;
                person.factors.app = self.app;
                person.factors.passkeys = self.passkeys;
                if self.disabled {
                    person.status = UserStatus::Disabled;
                }
            })
            .settings(|settings| {
                let [password, code, passkey, ..] = self.offered;
                let customers = &mut settings.customers;
                (customers.password, customers.email_code, customers.passkey) = (password, code, passkey);
                let [.., password, code, passkey] = self.offered;
                let staff = &mut settings.staff;
                (staff.password, staff.email_code, staff.passkey) = (password, code, passkey);
                (customers.two_factor_required, staff.two_factor_required) = (self.required[0], self.required[1]);
            });
        let builder = if self.typed { builder } else { builder.without_address() };
        if self.known { builder } else { builder.unknown() }.build()
    }

    /// Proofs of whatever was proved: `true` stands for the person and mailbox of the facts, `false` for others.
    fn proofs(&self, facts: &SignInFacts) -> Proofs {
        let theirs = FactsBuilder::new(self.method).build().person.unwrap().user;
        let user = |own: bool| if own { theirs } else { stranger() };
        let elsewhere = SignInFacts {
            address: Some(address("elsewhere@example.com")),
            ..facts.clone()
        };
        Proofs {
            password: self.password_of.and_then(|own| verified_password(user(own))),
            email: self
                .mailbox
                .map(|own| proven_mailbox(if own { facts } else { &elsewhere }, self.verified_before.map(user))),
            passkey: self.passkey_of.map(|own| verified_passkey(user(own))),
            provider: None,
            first_step: self.first.and_then(|(own, method, mailbox_proved)| {
                let first = FirstStep {
                    mailbox_proved,
                    ..first_step(user(own), method)
                };
                second_step(facts.workspace, first).1
            }),
            second_factor: self.second.and_then(|(own, kind)| second_factor(user(own), kind)),
        }
    }

    fn mailbox_proved(&self) -> bool {
        // Attempts of the builders are for the very address of the facts.
        self.typed && (self.mailbox == Some(true) || matches!(self.first, Some((_, _, true))))
    }

    /// What the behaviours ask for, written down once more and differently.
    fn expected(&self) -> Expected {
        let first = |method| self.first.is_some_and(|(own, by, _)| own && by == method);
        let credential = match self.method {
            Method::Password => {
                self.password_of == Some(true)
                    || (self.mailbox.is_some() && self.verified_before == Some(true))
                    || first(Method::Password)
            }
            Method::EmailCode => self.mailbox_proved(),
            _ => self.passkey_of == Some(true) || first(Method::Passkey),
        };
        let says = |wanted: fn(&Verdict) -> bool| self.door == Door::Front && self.verdicts.iter().any(wanted);
        let place = Method::LOCAL.iter().position(|method| *method == self.method).unwrap();
        let open = match self.door {
            Door::Front => self.offered[usize::from(self.is_staff()) * 3 + place],
            Door::Backup => self.method == Method::Password && matches!(self.role, Role::Admin | Role::Owner),
        };
        let claimed_only = self.typed && !self.verified && !self.primary;
        let denied = says(|verdict| matches!(verdict, Verdict::Deny(_)));
        if !self.known || !credential || self.disabled || !open || claimed_only || denied {
            return Expected::Refused;
        }
        let email_missing = self.typed && !self.verified && !self.mailbox_proved() && self.door == Door::Front;
        if email_missing || says(|verdict| *verdict == Verdict::Require(Step::ProveEmail)) {
            return Expected::Needs(Step::ProveEmail);
        }
        let both_at_once = self.method == Method::Passkey;
        let shown = matches!(self.second, Some((true, _)));
        let required = self.required[usize::from(self.is_staff())]
            || says(|verdict| matches!(verdict, Verdict::Require(Step::SecondFactor | Step::EnrolSecondFactor)));
        match (shown || both_at_once, self.app, required, self.passkeys) {
            (true, ..) | (false, false, false, _) => Expected::Granted,
            (false, true, ..) | (false, false, true, 1..) => Expected::Needs(Step::SecondFactor),
            (false, false, true, 0) => Expected::Needs(Step::EnrolSecondFactor),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decisions_are_what_the_behaviours_ask_for(case in case()) {
        let facts = case.facts();
        let named: Vec<(&'static str, Verdict)> = ["a", "b", "c"].into_iter().zip(case.verdicts.clone()).collect();
        let decision = decide(&facts, case.proofs(&facts), &policies(&named), NOW);
        let got = match outcome(&decision) {
            Outcome::Granted => Expected::Granted,
            Outcome::Needs(step) => Expected::Needs(step),
            Outcome::Refused(_) => Expected::Refused,
        };
        prop_assert_eq!(got, case.expected(), "{:?}", decision);
    }

    #[test]
    fn nothing_is_granted_without_a_proof(case in case()) {
        let facts = case.facts();
        let decision = decide(&facts, Proofs::default(), &PolicySet::default(), NOW);
        prop_assert!(matches!(decision, Decision::Refused(..)), "{:?}", decision);
    }

    #[test]
    fn b11_nobody_whose_app_is_on_is_granted_without_a_second_factor(case in case()) {
        let case = Case { app: true, ..case };
        let facts = case.facts();
        let decision = decide(&facts, case.proofs(&facts), &PolicySet::default(), NOW);
        if case.method != Method::Passkey && !matches!(case.second, Some((true, _))) {
            prop_assert!(!matches!(decision, Decision::Granted(..)), "{:?}", decision);
        }
    }

    #[test]
    fn b15_nobody_is_granted_at_the_backup_door_without_the_permission(case in case()) {
        let case = Case { door: Door::Backup, ..case };
        let facts = case.facts();
        let decision = decide(&facts, case.proofs(&facts), &PolicySet::default(), NOW);
        if !case.role.may(Permission::UseBackupSignIn) {
            prop_assert!(matches!(decision, Decision::Refused(..)), "{:?}", decision);
        }
    }

    #[test]
    fn what_a_grant_spends_is_its_owners(case in case()) {
        let facts = case.facts();
        if let Decision::Granted(grant, _) = decide(&facts, case.proofs(&facts), &PolicySet::default(), NOW) {
            let second = matches!(case.second, Some((true, _)));
            let passkey = case.passkey_of == Some(true);
            prop_assert_eq!(grant.spends().is_some(), second || passkey, "{:?}", grant);
        }
    }

    #[test]
    fn a_refusal_names_the_rule_that_denied(case in case()) {
        let facts = case.facts();
        let decision = decide(&facts, case.proofs(&facts), &PolicySet::default(), NOW);
        let denied: Vec<Option<PrivateReason>> = decision
            .findings()
            .iter()
            .filter(|finding| finding.ruling == Ruling::Deny)
            .map(|finding| finding.reason)
            .collect();
        match &decision {
            Decision::Refused(refusal, _) => prop_assert_eq!(denied.first().copied(), Some(Some(refusal.private))),
            _ => prop_assert!(denied.is_empty()),
        }
    }
}
