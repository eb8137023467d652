//! `decide`: who gets in, who does not, and what each of them is told.

use doorward_domain::ids::UserId;
use doorward_domain::method::Method;
use doorward_domain::policy::{PolicySet, Verdict};
use doorward_domain::reason::{PrivateReason, PublicReason};
use doorward_domain::role::Role;
use doorward_domain::settings::SecuritySettings;
use doorward_domain::sign_in::{Decision, Finding, Proofs, Refusal, Rule, Ruling, SignInFacts, Step, decide};
use doorward_domain::testing::{FactsBuilder, FixedClock, address, proven_mailbox, verified_password};
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
    for method in Method::ALL {
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
    let off = |change: fn(&mut SecuritySettings)| change;
    let no_passwords = off(|settings| settings.customers.password = false);
    let no_codes = off(|settings| settings.customers.email_code = false);
    let no_staff_passwords = off(|settings| settings.staff.password = false);
    let table = [
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
        assert_eq!(decision.findings().len(), 5, "{name}: each rule stands in the receipt");
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
    for rule in [Rule::AccountActive, Rule::MethodOffered, Rule::EmailProved] {
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
    ] {
        let all_off = |settings: &mut SecuritySettings| {
            for audience in [&mut settings.customers, &mut settings.staff] {
                (audience.password, audience.email_code) = (false, false);
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
    };
    let wrong = refused(PublicReason::InvalidCredentials, PrivateReason::WrongPassword);
    assert_eq!(
        outcome(&decided((facts, theirs))),
        wrong,
        "a password of another account"
    );

    let (facts, _) = FactsBuilder::new(Method::EmailCode).unproved();
    let elsewhere = SignInFacts {
        address: address("mo@example.com"),
        ..facts.clone()
    };
    let theirs = Proofs {
        password: verified_password(facts.person.as_ref().unwrap().user),
        email: Some(proven_mailbox(&elsewhere, None)),
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
        address: address("eve@example.com"),
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
        password: None,
        email: Some(proven_mailbox(&facts, Some(user))),
    };
    assert!(proofs.password_of(user));
    assert_eq!(outcome(&decided((facts, proofs))), Outcome::Granted);
}

#[test]
fn a_code_alone_is_no_password() {
    let (facts, _) = FactsBuilder::new(Method::Password).unproved();
    let proofs = Proofs {
        password: None,
        email: Some(proven_mailbox(&facts, None)),
    };
    let wrong = refused(PublicReason::InvalidCredentials, PrivateReason::WrongPassword);
    assert_eq!(outcome(&decided((facts, proofs))), wrong);
}

#[test]
fn no_secret_stands_in_a_finding() {
    let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
    let address = facts.address.as_str().to_owned();
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
    pub(crate) known: bool,
    pub(crate) role: Role,
    pub(crate) disabled: bool,
    pub(crate) has_password: bool,
    pub(crate) verified: bool,
    pub(crate) primary: bool,
    pub(crate) offered: [bool; 4],
    password_of: Option<bool>,
    mailbox: Option<bool>,
    verified_before: Option<bool>,
    verdicts: Vec<Verdict>,
}

fn whose() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![Just(None), Just(Some(true)), Just(Some(false))]
}

pub(crate) fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Allow),
        1 => Just(Verdict::Require(Step::ProveEmail)),
        1 => proptest::sample::select(PublicReason::ALL).prop_map(Verdict::Deny),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let mostly = || proptest::bool::weighted(0.85);
    let flags = (mostly(), mostly(), mostly(), any::<bool>(), mostly());
    let proofs = (whose(), whose(), whose());
    (
        proptest::sample::select(&Method::ALL[..]),
        proptest::sample::select(&Role::ALL[..]),
        flags,
        proptest::array::uniform4(mostly()),
        proofs,
        proptest::collection::vec(verdict(), 0..4),
    )
        .prop_map(|(method, role, flags, offered, proofs, verdicts)| {
            let (known, active, has_password, verified, primary) = flags;
            let (password_of, mailbox, verified_before) = proofs;
            Case {
                method,
                known,
                role,
                disabled: !active,
                has_password,
                verified,
                primary,
                offered,
                password_of,
                mailbox,
                verified_before,
                verdicts,
            }
        })
}

impl Case {
    pub(crate) fn facts(&self) -> SignInFacts {
        let builder = FactsBuilder::new(self.method)
            .role(self.role)
            .person(|person| {
                person.has_password = self.has_password;
                person.address_verified = self.verified;
                person.address_primary = self.primary;
                if self.disabled {
                    person.status = UserStatus::Disabled;
                }
            })
            .settings(|settings| {
                (settings.customers.password, settings.customers.email_code) = (self.offered[0], self.offered[1]);
                (settings.staff.password, settings.staff.email_code) = (self.offered[2], self.offered[3]);
            });
        if self.known { builder } else { builder.unknown() }.build()
    }

    /// Proofs of whatever was proved: `true` stands for the person and mailbox of the facts, `false` for others.
    fn proofs(&self, facts: &SignInFacts) -> Proofs {
        let theirs = FactsBuilder::new(self.method).build().person.unwrap().user;
        let user = |own: bool| if own { theirs } else { stranger() };
        let elsewhere = SignInFacts {
            address: address("elsewhere@example.com"),
            ..facts.clone()
        };
        Proofs {
            password: self.password_of.and_then(|own| verified_password(user(own))),
            email: self
                .mailbox
                .map(|own| proven_mailbox(if own { facts } else { &elsewhere }, self.verified_before.map(user))),
        }
    }

    /// What the behaviours ask for, written down once more and differently.
    fn expected(&self) -> &'static str {
        let mailbox = self.mailbox == Some(true);
        let password = self.password_of == Some(true) || (self.mailbox.is_some() && self.verified_before == Some(true));
        let credential = match self.method {
            Method::Password => password,
            _ => mailbox,
        };
        let staff = matches!(self.role, Role::Agent | Role::Admin | Role::Owner);
        let offered = self.offered[usize::from(staff) * 2 + usize::from(self.method == Method::EmailCode)];
        let claimed_only = !self.verified && !self.primary;
        let denied = self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Deny(_)));
        let required = self
            .verdicts
            .iter()
            .any(|verdict| matches!(verdict, Verdict::Require(_)));
        if !self.known || !credential || self.disabled || !offered || claimed_only || denied {
            "refused"
        } else if required || !(self.verified || mailbox) {
            "needs"
        } else {
            "granted"
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
            Outcome::Granted => "granted",
            Outcome::Needs(_) => "needs",
            Outcome::Refused(_) => "refused",
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
