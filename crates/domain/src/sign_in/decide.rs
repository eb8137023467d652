//! The one place where it is decided who gets in.

use super::decision::{Decision, Finding, Grant, Refusal, Rule, Ruling, Step};
use super::facts::{Door, PersonFacts, SignInFacts};
use super::proof::Proofs;
use crate::directory::{DirectoryFacts, DirectoryMatch};
use crate::method::Method;
use crate::policy::{PolicySet, Verdict};
use crate::provider::{Arrived, ProviderId};
use crate::reason::{PrivateReason, PublicReason};
use crate::role::{Audience, Permission};
use crate::second_factor::FactorUse;
use crate::settings::SecuritySettings;
use crate::time::Timestamp;
use crate::time_zone::rfc3339;
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
        Method::Passkey => PublicReason::PasskeyWrong,
        Method::Provider | Method::HandOver => PublicReason::ProviderAnswerWrong,
    };
    let Some(person) = &facts.person else {
        ledger.deny(
            Rule::AddressKnown,
            "nobody here has this address",
            Refusal::new(unproved, PrivateReason::UnknownAddress),
        );
        return finish(ledger, facts, None, (None, None));
    };
    ledger.allow(Rule::AddressKnown, format!("{} {}", person.role.as_str(), person.user));
    credential(&mut ledger, facts, person, &proofs, (unproved, now));
    if ledger.refusal.is_some() {
        return finish(ledger, facts, None, (None, None));
    }
    match person.status {
        UserStatus::Active => ledger.allow(Rule::AccountActive, "active"),
        UserStatus::Disabled | UserStatus::Deleted => {
            // Whoever was sent by a provider typed no address, so to say it tells a stranger nothing (B16).
            let public = match facts.method {
                Method::Provider | Method::HandOver => PublicReason::AccountDisabled,
                Method::Password | Method::EmailCode | Method::Passkey => unproved,
            };
            let private = match person.status {
                UserStatus::Deleted => PrivateReason::UserDeleted,
                _ => PrivateReason::UserDisabled,
            };
            ledger.deny(
                Rule::AccountActive,
                person.status.as_str(),
                Refusal::new(public, private),
            );
        }
    }
    match facts.door {
        Door::Front => method_offered(&mut ledger, facts, person),
        Door::Backup => backup_door(&mut ledger, facts.method, person, unproved),
    }
    directory(&mut ledger, facts);
    email_proved(&mut ledger, facts, person, &proofs, unproved);
    // The backup door is the one that no setting and no policy closes (B15).
    let asked = match facts.door {
        Door::Front => policies.evaluate(facts, now),
        Door::Backup => Vec::new(),
    };
    let mut wants_second_factor = false;
    for (name, verdict) in asked {
        let rule = Rule::Policy(name.as_str().to_owned());
        match verdict {
            Verdict::Allow => ledger.allow(rule, "no objection"),
            Verdict::Require(Step::SecondFactor | Step::EnrolSecondFactor) => {
                wants_second_factor = true;
                ledger.allow(rule, "wants a second factor");
            }
            Verdict::Require(step) => ledger.require(rule, step.as_str(), step),
            Verdict::Deny(public) => ledger.deny(rule, "objects", Refusal::new(public, PrivateReason::Policy)),
        }
    }
    second_factor(&mut ledger, facts, person, &proofs, wants_second_factor);
    let spends = proofs.spends(person.user);
    let arrived = facts
        .arrival
        .as_ref()
        .and_then(|arrival| proofs.identity(&arrival.identity).cloned());
    finish(ledger, facts, Some(person), (spends, arrived))
}

fn credential(
    ledger: &mut Ledger,
    facts: &SignInFacts,
    person: &PersonFacts,
    proofs: &Proofs,
    (unproved, now): (PublicReason, Timestamp),
) {
    let mailbox = facts
        .address
        .as_ref()
        .is_some_and(|address| proofs.mailbox(&address.key()));
    match facts.method {
        Method::Password if proofs.password_of(person.user) => match person.password_temporary_until {
            None => ledger.allow(Rule::Credential, "password matches"),
            // What staff has seen opens nothing: it only lets its owner choose another one.
            Some(until) if now < until => ledger.require(
                Rule::Credential,
                "temporary password matches, to be replaced",
                Step::SetPassword,
            ),
            Some(_) => ledger.deny(
                Rule::Credential,
                "temporary password matches, its time is over",
                Refusal::new(unproved, PrivateReason::PasswordTemporary),
            ),
        },
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
        Method::EmailCode if mailbox => ledger.allow(Rule::Credential, "code redeemed"),
        Method::EmailCode => {
            ledger.deny(
                Rule::Credential,
                "no code redeemed",
                Refusal::new(unproved, PrivateReason::CodeWrong),
            );
        }
        Method::Passkey if proofs.passkey_of(person.user) => {
            ledger.allow(Rule::Credential, "passkey answered, with user verification");
        }
        Method::Passkey => {
            ledger.deny(
                Rule::Credential,
                "no passkey of theirs answered",
                Refusal::new(unproved, PrivateReason::PasskeyWrong),
            );
        }
        Method::Provider | Method::HandOver => identity(ledger, facts, person, proofs, mailbox),
    }
}

/// R57: an identity opens the account that it is connected to. It becomes connected where both sides are proved: the
/// mailbox by a code in this attempt, or by a provider that is authoritative for its domain while the account proved the
/// same mailbox before. Else nothing is merged.
fn identity(ledger: &mut Ledger, facts: &SignInFacts, person: &PersonFacts, proofs: &Proofs, mailbox: bool) {
    let rule = Rule::Credential;
    let unproved = PublicReason::ProviderAnswerWrong;
    let shown = facts
        .arrival
        .as_ref()
        .and_then(|arrival| Some((arrival, proofs.identity(&arrival.identity)?)));
    let Some((arrival, arrived)) = shown else {
        let refusal = Refusal::new(unproved, PrivateReason::IdentityUnknown);
        return ledger.deny(rule, "no identity was shown", refusal);
    };
    let provider = &arrival.identity.provider;
    let vouched = arrived.email.as_ref().filter(|email| email.verified);
    let of_address = vouched.filter(|email| {
        facts
            .address
            .as_ref()
            .is_some_and(|address| address.key() == email.address.key())
    });
    match arrival.connected_to {
        Some(user) if user == person.user => ledger.allow(rule, format!("{provider} identity, connected")),
        _ if mailbox => ledger.allow(rule, format!("{provider} identity, and a code redeemed")),
        Some(_) => {
            let refusal = Refusal::new(PublicReason::IdentityTaken, PrivateReason::IdentityTaken);
            ledger.deny(
                rule,
                format!("{provider} identity, connected to another account"),
                refusal,
            );
        }
        None if of_address.is_some_and(|email| email.authoritative) && person.address_verified => {
            let saw = format!("{provider} identity, and its proved email at a domain it is authoritative for");
            ledger.allow(rule, saw);
        }
        None => {
            let refusal = Refusal::new(unproved, PrivateReason::EmailMissing);
            ledger.deny(rule, format!("{provider} identity, connected to no account"), refusal);
        }
    }
}

const fn is_asked_of_the_directory(settings: &SecuritySettings, method: Method) -> bool {
    matches!(method, Method::Provider) && settings.directory.required
}

/// B8: where the workspace asks it, single sign-on admits only whom the synced directory knows.
fn directory(ledger: &mut Ledger, facts: &SignInFacts) {
    let found = facts.arrival.as_ref().and_then(|arrival| arrival.directory.as_ref());
    match directory_ruling(&facts.settings, facts.method, found) {
        None => {}
        Some((finding, None)) => ledger.findings.push(finding),
        Some((finding, Some(refusal))) => ledger.deny(finding.rule, finding.saw, refusal),
    }
}

/// What the rule of the directory says of whoever comes by `method`, of whom the directory says `found`: its finding, and
/// the refusal where it denies. `None` where the workspace does not ask it.
///
/// [`decide`] asks it; so does whoever is about to make an account for somebody who has none yet.
pub fn directory_ruling(
    settings: &SecuritySettings,
    method: Method,
    found: Option<&DirectoryFacts>,
) -> Option<(Finding, Option<Refusal>)> {
    if !is_asked_of_the_directory(settings, method) {
        return None;
    }
    let mut ledger = Ledger {
        findings: Vec::new(),
        refusal: None,
        step: None,
    };
    look_into_directory(&mut ledger, found);
    let refusal = ledger.refusal;
    ledger.findings.pop().map(|finding| (finding, refusal))
}

fn look_into_directory(ledger: &mut Ledger, found: Option<&DirectoryFacts>) {
    let rule = Rule::Directory;
    let age = found
        .and_then(|facts| facts.synced_at)
        .map_or_else(|| "never synced".to_owned(), |at| format!("synced at {}", rfc3339(at)));
    let public = PublicReason::NotInDirectory;
    match found.map(|facts| &facts.found) {
        Some(DirectoryMatch::Active { by }) => {
            ledger.allow(rule, format!("active record, by {}, {age}", by.as_str()));
        }
        Some(DirectoryMatch::Inactive { by }) => {
            let refusal = Refusal::new(public, PrivateReason::DirectoryInactive);
            ledger.deny(rule, format!("inactive record, by {}, {age}", by.as_str()), refusal);
        }
        Some(DirectoryMatch::NoRecord { compared, near_misses }) => {
            let compared: Vec<&str> = compared.iter().map(|attribute| attribute.as_str()).collect();
            let saw = format!(
                "no record; compared {}; {near_misses} nearly match; {age}",
                compared.join(" and ")
            );
            ledger.deny(rule, saw, Refusal::new(public, PrivateReason::DirectoryNoRecord));
        }
        None => {
            let refusal = Refusal::new(public, PrivateReason::DirectoryNoRecord);
            ledger.deny(rule, "the directory was not looked at", refusal);
        }
    }
}

/// B15: whatever the settings say, but only for the roles that may, and only with the password: it must need no mail.
fn backup_door(ledger: &mut Ledger, method: Method, person: &PersonFacts, unproved: PublicReason) {
    let role = person.role.as_str();
    if method != Method::Password {
        let refusal = Refusal::new(unproved, PrivateReason::BackupDoorMethod);
        ledger.deny(
            Rule::BackupDoor,
            format!("{} is no key to it", method.as_str()),
            refusal,
        );
    } else if person.permissions().contains(Permission::UseBackupSignIn) {
        ledger.allow(Rule::BackupDoor, format!("{role} may use the backup door"));
    } else {
        let refusal = Refusal::new(unproved, PrivateReason::BackupDoorRole);
        ledger.deny(Rule::BackupDoor, format!("{role} may not use the backup door"), refusal);
    }
}

/// B11: once on, a second factor is asked after every first step there is, save a passkey, which is two in one.
fn second_factor(
    ledger: &mut Ledger,
    facts: &SignInFacts,
    person: &PersonFacts,
    proofs: &Proofs,
    wanted_by_policy: bool,
) {
    let factors = person.factors;
    if let Some(kind) = proofs.second_factor_of(person.user) {
        ledger.allow(Rule::SecondFactor, format!("{} shown", kind.as_str()));
    } else if facts.method == Method::Passkey {
        ledger.allow(Rule::SecondFactor, "a passkey with user verification is both factors");
    } else if let Some(provider) = trusted_second_factor(facts, person, proofs) {
        let saw = format!("{provider} says that one was shown, and the workspace takes its word");
        ledger.allow(Rule::SecondFactor, saw);
    } else if factors.app {
        ledger.require(Rule::SecondFactor, "on, not shown yet", Step::SecondFactor);
    } else if !wanted_by_policy && !facts.settings.audience(person.role.audience()).two_factor_required {
        ledger.allow(Rule::SecondFactor, "off, and not required");
    } else if factors.passkeys > 0 {
        // A passkey is a second factor that only its owner has; to let whoever typed the password set up an app instead
        // would make one factor of two.
        ledger.require(
            Rule::SecondFactor,
            "required; the account has a passkey",
            Step::SecondFactor,
        );
    } else {
        ledger.require(
            Rule::SecondFactor,
            "required; the account has none yet",
            Step::EnrolSecondFactor,
        );
    }
}

/// R59: the provider that says a second factor was shown, where the workspace takes its word for it.
fn trusted_second_factor<'f>(facts: &'f SignInFacts, person: &PersonFacts, proofs: &Proofs) -> Option<&'f ProviderId> {
    let arrival = facts.arrival.as_ref().filter(|_| facts.method == Method::Provider)?;
    let arrived = proofs.identity(&arrival.identity)?;
    // Only of an identity that was theirs before this attempt, or that the provider itself ties to their address: with a
    // code alone, whoever reads the mailbox could bring an identity of their own, and its second factor with it.
    let is_theirs = match arrival.connected_to {
        Some(user) => user == person.user,
        None => arrived.email.as_ref().is_some_and(|email| {
            let typed = facts
                .address
                .as_ref()
                .is_some_and(|address| address.key() == email.address.key());
            email.authoritative && person.address_verified && typed
        }),
    };
    let trusted = &facts.settings.audience(person.role.audience()).second_factor_from;
    let provider = &arrival.identity.provider;
    (is_theirs && arrived.second_factor && trusted.contains(provider)).then_some(provider)
}

fn method_offered(ledger: &mut Ledger, facts: &SignInFacts, person: &PersonFacts) {
    let audience = person.role.audience();
    let provider = facts.arrival.as_ref().map(|arrival| &arrival.identity.provider);
    let offered = match (facts.method, provider) {
        (Method::Provider, Some(provider)) => facts.settings.offers_provider(audience, provider),
        (Method::Provider, None) => false,
        (method, _) => facts.settings.audience(audience).offers(method),
    };
    let name = provider.map_or(facts.method.as_str(), ProviderId::as_str);
    let (whom, reason) = match audience {
        Audience::Customers => ("customers", PrivateReason::MethodOffCustomers),
        Audience::Staff => ("staff", PrivateReason::MethodOffStaff),
    };
    let saw = format!("{name} is {} for {whom}", if offered { "on" } else { "off" });
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
    if facts.address.is_none() {
        ledger.allow(Rule::EmailProved, "no address was typed");
    } else if person.address_verified {
        ledger.allow(Rule::EmailProved, "proved before");
    } else if !person.address_primary {
        // Anybody can add an address that is not theirs to their own account; a code to its owner must not open it (R47).
        let refusal = Refusal::new(unproved, PrivateReason::EmailUnproved);
        ledger.deny(
            Rule::EmailProved,
            "claimed as a secondary address, never proved",
            refusal,
        );
    } else if facts
        .address
        .as_ref()
        .is_some_and(|address| proofs.mailbox(&address.key()))
    {
        ledger.allow(Rule::EmailProved, "proved in this attempt");
    } else if facts.door == Door::Backup {
        // It must open with mail down, so it cannot wait for a code (R106).
        ledger.allow(Rule::EmailProved, "never proved; not asked for at the backup door");
    } else {
        ledger.require(Rule::EmailProved, "never proved", Step::ProveEmail);
    }
}

fn finish(
    mut ledger: Ledger,
    facts: &SignInFacts,
    person: Option<&PersonFacts>,
    (spends, arrived): (Option<FactorUse>, Option<Arrived>),
) -> Decision {
    if let Some(refusal) = ledger.refusal {
        let asked: Vec<Rule> = ledger.findings.iter().map(|finding| finding.rule.clone()).collect();
        for rule in [
            Rule::AddressKnown,
            Rule::Credential,
            Rule::AccountActive,
            match facts.door {
                Door::Front => Rule::MethodOffered,
                Door::Backup => Rule::BackupDoor,
            },
            Rule::Directory,
            Rule::EmailProved,
            Rule::SecondFactor,
        ] {
            let applies = rule != Rule::Directory || is_asked_of_the_directory(&facts.settings, facts.method);
            if applies && !asked.contains(&rule) {
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
                spends,
                arrived: arrived.map(Box::new),
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
