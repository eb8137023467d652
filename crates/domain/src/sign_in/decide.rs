//! The one place where it is decided who gets in.

use super::decision::{Decision, Finding, Grant, Refusal, Rule, Ruling, Step};
use super::facts::{PersonFacts, SignInFacts};
use super::proof::Proofs;
use crate::method::Method;
use crate::policy::{PolicySet, Verdict};
use crate::reason::{PrivateReason, PublicReason};
use crate::role::Audience;
use crate::time::Timestamp;
use crate::user::UserStatus;

struct Ledger {
    findings: Vec<Finding>,
    refusal: Option<Refusal>,
    step: Option<Step>,
}

impl Ledger {
    fn allow(&mut self, rule: Rule, saw: impl Into<String>) {
        self.findings.push(Finding {
            rule,
            saw: saw.into(),
            ruling: Ruling::Allow,
            reason: None,
        });
    }

    fn require(&mut self, rule: Rule, saw: impl Into<String>, step: Step) {
        self.findings.push(Finding {
            rule,
            saw: saw.into(),
            ruling: Ruling::Require,
            reason: None,
        });
        self.step.get_or_insert(step);
    }

    fn deny(&mut self, rule: Rule, saw: impl Into<String>, refusal: Refusal) {
        let reason = Some(refusal.private);
        self.findings.push(Finding {
            rule,
            saw: saw.into(),
            ruling: Ruling::Deny,
            reason,
        });
        self.refusal.get_or_insert(refusal);
    }
}

/// Decides one attempt: Deny beats Require beats Allow, over the built-in rules and all `policies`.
///
/// Until the credential is proved, every refusal is told as the same public reason, so that the answer says nothing
/// about the address (R9, B16); the findings say what was really the matter. The proofs are consumed: one set of
/// proofs, one decision.
#[expect(
    clippy::needless_pass_by_value,
    reason = "proofs are consumed: one set of proofs, one decision"
)]
pub fn decide(facts: &SignInFacts, proofs: Proofs, policies: &PolicySet, now: Timestamp) -> Decision {
    let mut ledger = Ledger {
        findings: Vec::new(),
        refusal: None,
        step: None,
    };
    let unproved = match facts.method {
        Method::Password => PublicReason::InvalidCredentials,
        Method::EmailCode => PublicReason::CodeWrong,
    };
    let Some(person) = &facts.person else {
        ledger.deny(
            Rule::AddressKnown,
            "nobody here has this address",
            Refusal::new(unproved, PrivateReason::UnknownAddress),
        );
        return finish(ledger, facts, None);
    };
    ledger.allow(Rule::AddressKnown, format!("{} {}", person.role.as_str(), person.user));
    credential(&mut ledger, facts, person, &proofs, unproved);
    if ledger.refusal.is_some() {
        return finish(ledger, facts, None);
    }
    match person.status {
        UserStatus::Active => ledger.allow(Rule::AccountActive, "active"),
        UserStatus::Disabled => {
            ledger.deny(
                Rule::AccountActive,
                "disabled",
                Refusal::new(unproved, PrivateReason::UserDisabled),
            );
        }
    }
    method_offered(&mut ledger, facts, person);
    email_proved(&mut ledger, facts, person, &proofs, unproved);
    for (name, verdict) in policies.evaluate(facts, now) {
        let rule = Rule::Policy(name.as_str().to_owned());
        match verdict {
            Verdict::Allow => ledger.allow(rule, "no objection"),
            Verdict::Require(step) => ledger.require(rule, step.as_str(), step),
            Verdict::Deny(public) => ledger.deny(rule, "objects", Refusal::new(public, PrivateReason::Policy)),
        }
    }
    finish(ledger, facts, Some(person))
}

fn credential(ledger: &mut Ledger, facts: &SignInFacts, person: &PersonFacts, proofs: &Proofs, unproved: PublicReason) {
    let address = facts.address.key();
    match facts.method {
        Method::Password if proofs.password_of(person.user) => ledger.allow(Rule::Credential, "password matches"),
        Method::Password if person.has_password => ledger.deny(
            Rule::Credential,
            "password does not match",
            Refusal::new(unproved, PrivateReason::WrongPassword),
        ),
        Method::Password => {
            ledger.deny(
                Rule::Credential,
                "account has no password",
                Refusal::new(unproved, PrivateReason::NoPassword),
            );
        }
        Method::EmailCode if proofs.mailbox(&address) => ledger.allow(Rule::Credential, "code redeemed"),
        Method::EmailCode => {
            ledger.deny(
                Rule::Credential,
                "no code redeemed",
                Refusal::new(unproved, PrivateReason::CodeWrong),
            );
        }
    }
}

fn method_offered(ledger: &mut Ledger, facts: &SignInFacts, person: &PersonFacts) {
    let audience = person.role.audience();
    let offered = facts.settings.audience(audience).offers(facts.method);
    let (whom, reason) = match audience {
        Audience::Customers => ("customers", PrivateReason::MethodOffCustomers),
        Audience::Staff => ("staff", PrivateReason::MethodOffStaff),
    };
    let saw = format!(
        "{} is {} for {whom}",
        facts.method.as_str(),
        if offered { "on" } else { "off" }
    );
    if offered {
        ledger.allow(Rule::MethodOffered, saw);
    } else {
        ledger.deny(Rule::MethodOffered, saw, Refusal::new(PublicReason::MethodOff, reason));
    }
}

fn email_proved(
    ledger: &mut Ledger,
    facts: &SignInFacts,
    person: &PersonFacts,
    proofs: &Proofs,
    unproved: PublicReason,
) {
    if person.address_verified {
        ledger.allow(Rule::EmailProved, "proved before");
    } else if !person.address_primary {
        // Anybody can add an address that is not theirs to their own account; a code to its owner must not open it (R47).
        let refusal = Refusal::new(unproved, PrivateReason::EmailUnproved);
        ledger.deny(
            Rule::EmailProved,
            "claimed as a secondary address, never proved",
            refusal,
        );
    } else if proofs.mailbox(&facts.address.key()) {
        ledger.allow(Rule::EmailProved, "proved in this attempt");
    } else {
        ledger.require(Rule::EmailProved, "never proved", Step::ProveEmail);
    }
}

fn finish(mut ledger: Ledger, facts: &SignInFacts, person: Option<&PersonFacts>) -> Decision {
    if let Some(refusal) = ledger.refusal {
        let asked: Vec<Rule> = ledger.findings.iter().map(|finding| finding.rule.clone()).collect();
        for rule in [
            Rule::AddressKnown,
            Rule::Credential,
            Rule::AccountActive,
            Rule::MethodOffered,
            Rule::EmailProved,
        ] {
            if !asked.contains(&rule) {
                let saw = String::new();
                ledger.findings.push(Finding {
                    rule,
                    saw,
                    ruling: Ruling::NotAsked,
                    reason: None,
                });
            }
        }
        return Decision::Refused(refusal, ledger.findings);
    }
    match (ledger.step, person) {
        (Some(step), _) => Decision::Needs(step, ledger.findings),
        (None, Some(person)) => Decision::Granted(
            Grant {
                workspace: facts.workspace,
                user: person.user,
                role: person.role,
                method: facts.method,
                credentials_version: person.credentials_version,
            },
            ledger.findings,
        ),
        (None, None) => Decision::Refused(
            Refusal::new(PublicReason::InvalidCredentials, PrivateReason::UnknownAddress),
            ledger.findings,
        ),
    }
}
