//! What the rules look at, built by hand.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::given::{address, backup_set, passkey};
use crate::ids::{FlowId, UserId, WorkspaceId};
use crate::method::Method;
use crate::passkey::PasskeyAssertion;
use crate::ports::{PasswordCheck, RedeemedCode};
use crate::provider::{Arrived, ExternalIdentity, ProviderId};
use crate::return_to::ReturnTo;
use crate::role::Role;
use crate::second_factor::{AppCodeMatch, FactorSummary};
use crate::settings::SecuritySettings;
use crate::sign_in::{
    ArrivalFacts, Binding, Door, EmailProven, FirstStep, FirstStepProven, FlowPurpose, PasskeyVerified,
    PasswordVerified, PendingSignIn, PersonFacts, Proofs, ProviderVerified, SecondFactorKind, SecondFactorVerified,
    SignInFacts, Step,
};
use crate::time::Timestamp;
use crate::user::UserStatus;

/// Facts of a sign-in, and the proofs that go with them.
///
/// ```
/// use doorward_domain::method::Method;
/// use doorward_domain::policy::PolicySet;
/// use doorward_domain::sign_in::{Decision, decide};
/// use doorward_domain::testing::{FixedClock, FactsBuilder};
///
/// let (facts, proofs) = FactsBuilder::new(Method::Password).proved();
/// let decision = decide(&facts, proofs, &PolicySet::default(), FixedClock::START);
/// assert!(matches!(decision, Decision::Granted(..)));
/// ```
#[derive(Debug, Clone)]
pub struct FactsBuilder(SignInFacts);

impl FactsBuilder {
    /// An active customer with a password and no second factor, whose address is primary and proved, at the front door
    /// of a workspace with the settings of a new one.
    pub fn new(method: Method) -> Self {
        Self(SignInFacts {
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
            settings: SecuritySettings::default(),
            method,
            door: Door::Front,
            address: Some(address("jo@example.com")),
            arrival: matches!(method, Method::Provider | Method::HandOver).then(|| ArrivalFacts {
                identity: identity("acme-sso", "jo"),
                connected_to: Some(UserId::from_uuid(Uuid::from_u128(2))),
                directory: None,
            }),
            person: Some(PersonFacts {
                user: UserId::from_uuid(Uuid::from_u128(2)),
                role: Role::Customer,
                own_permissions: None,
                status: UserStatus::Active,
                has_password: true,
                password_temporary_until: None,
                address_verified: true,
                address_primary: true,
                mailboxes: 1,
                factors: FactorSummary::default(),
                providers: Vec::new(),
                directory: BTreeMap::new(),
                credentials_version: 1,
            }),
        })
    }

    /// Nobody has the address.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.0.person = None;
        self
    }

    /// Changes the person, if there is one.
    #[must_use]
    pub fn person(mut self, change: impl FnOnce(&mut PersonFacts)) -> Self {
        if let Some(person) = &mut self.0.person {
            change(person);
        }
        self
    }

    /// With that role.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        self.person(|person| person.role = role)
    }

    /// Disabled.
    #[must_use]
    pub fn disabled(self) -> Self {
        self.person(|person| person.status = UserStatus::Disabled)
    }

    /// At that door.
    #[must_use]
    pub fn door(mut self, door: Door) -> Self {
        self.0.door = door;
        self
    }

    /// Without a typed address, as whoever comes with a passkey.
    #[must_use]
    pub fn without_address(mut self) -> Self {
        self.0.address = None;
        self
    }

    /// With those factors.
    #[must_use]
    pub fn factors(self, factors: FactorSummary) -> Self {
        self.person(|person| person.factors = factors)
    }

    /// With an authenticator app that is on, and ten backup codes.
    #[must_use]
    pub fn app_on(self) -> Self {
        self.person(|person| {
            person.factors.app = true;
            person.factors.backup_codes_left = 10;
        })
    }

    /// With that many passkeys, none of them backed up.
    #[must_use]
    pub fn passkeys(self, passkeys: u32) -> Self {
        self.person(|person| person.factors.passkeys = passkeys)
    }

    /// In a workspace that requires a second factor of everyone.
    #[must_use]
    pub fn two_factor_required(self) -> Self {
        self.settings(|settings| {
            settings.customers.two_factor_required = true;
            settings.staff.two_factor_required = true;
        })
    }

    /// Changes the settings.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut SecuritySettings)) -> Self {
        change(&mut self.0.settings);
        self
    }

    /// The facts alone.
    pub fn build(self) -> SignInFacts {
        self.0
    }

    /// The facts, and no proof of anything.
    pub fn unproved(self) -> (SignInFacts, Proofs) {
        (self.0, Proofs::default())
    }

    /// The facts, and the proof that belongs to their method.
    pub fn proved(self) -> (SignInFacts, Proofs) {
        let proofs = match (self.0.method, &self.0.person) {
            (_, None) => Proofs::default(),
            (Method::Password, Some(person)) => Proofs {
                password: verified_password(person.user),
                ..Proofs::default()
            },
            (Method::EmailCode, Some(_)) => Proofs {
                email: Some(proven_mailbox(&self.0, None)),
                ..Proofs::default()
            },
            (Method::Passkey, Some(person)) => Proofs {
                passkey: Some(verified_passkey(person.user)),
                ..Proofs::default()
            },
            (Method::Provider | Method::HandOver, Some(_)) => Proofs {
                provider: self.0.arrival.as_ref().map(|facts| {
                    ProviderVerified::from_arrival(Arrived {
                        identity: facts.identity.clone(),
                        email: None,
                        name: None,
                        second_factor: false,
                    })
                }),
                ..Proofs::default()
            },
        };
        (self.0, proofs)
    }

    /// The facts, the proof that belongs to their method, and a second factor of the same person.
    pub fn proved_twice(self, kind: SecondFactorKind) -> (SignInFacts, Proofs) {
        let (facts, mut proofs) = self.proved();
        proofs.second_factor = facts
            .person
            .as_ref()
            .and_then(|person| second_factor(person.user, kind));
        (facts, proofs)
    }
}

/// The proof that a password of `user` was typed.
pub fn verified_password(user: UserId) -> Option<PasswordVerified> {
    PasswordVerified::from_check(user, &PasswordCheck::Match { rehash: None })
}

/// The proof that the mailbox of these facts was shown to be theirs, in an attempt in which the password of
/// `password_of` was verified before, if of anybody.
pub fn proven_mailbox(facts: &SignInFacts, password_of: Option<UserId>) -> EmailProven {
    let now = super::FixedClock::START;
    let attempt = attempt(facts.workspace, FlowPurpose::SignIn, now);
    EmailProven::from_redeemed(&RedeemedCode {
        flow: Box::new(PendingSignIn {
            email: facts.address.clone().unwrap_or_else(|| attempt.email.clone()),
            password_verified: password_of,
            ..attempt
        }),
    })
}

/// An identity at a provider of that id, of that subject.
pub(crate) fn identity(provider: &str, subject: &str) -> ExternalIdentity {
    ExternalIdentity {
        provider: ProviderId::parse(provider).unwrap_or_else(|error| unreachable!("{provider}: {error}")),
        issuer: "https://sso.example".to_owned(),
        tenant: String::new(),
        subject: subject.to_owned(),
    }
}

/// The proof that a passkey of `user` answered.
pub fn verified_passkey(user: UserId) -> PasskeyVerified {
    let workspace = WorkspaceId::from_uuid(Uuid::from_u128(1));
    PasskeyVerified::from_assertion(PasskeyAssertion {
        passkey: passkey(workspace, user, "Phone", false, super::FixedClock::START),
        state: "{}".to_owned(),
        synced: false,
    })
}

/// The proof that `user` showed a second factor of that kind: the code of time step 1, a backup code, a passkey.
pub fn second_factor(user: UserId, kind: SecondFactorKind) -> Option<SecondFactorVerified> {
    match kind {
        SecondFactorKind::App => Some(SecondFactorVerified::by_app(user, &AppCodeMatch::of_step(1))),
        SecondFactorKind::BackupCode => {
            let set = backup_set(1);
            let typed = set.left.first().copied()?;
            SecondFactorVerified::by_backup_code(user, &set, typed)
        }
        SecondFactorKind::Passkey => Some(SecondFactorVerified::by_passkey(verified_passkey(user))),
    }
}

/// What somebody proved by their first step, as an attempt at its second step keeps it.
pub fn first_step(user: UserId, method: Method) -> FirstStep {
    FirstStep {
        user,
        method,
        door: Door::Front,
        mailbox_proved: method == Method::EmailCode,
        credentials_version: 1,
        step: Step::SecondFactor,
        clears: Vec::new(),
        rehash: None,
    }
}

/// An attempt at its second step, alive for half an hour, and the proof that it carries.
pub fn second_step(workspace: WorkspaceId, first: FirstStep) -> (PendingSignIn, Option<FirstStepProven>) {
    let flow = PendingSignIn {
        first_step: Some(first),
        ..attempt(workspace, FlowPurpose::SecondStep, super::FixedClock::START)
    };
    let proven = FirstStepProven::from_pending(&flow);
    (flow, proven)
}

/// A fresh attempt of an app for `jo@example.com`, alive for half an hour.
pub fn attempt(workspace: WorkspaceId, purpose: FlowPurpose, now: Timestamp) -> PendingSignIn {
    PendingSignIn {
        id: FlowId::from_uuid(super::given::unique()),
        workspace,
        binding: Binding::Bearer,
        purpose,
        email: address("jo@example.com"),
        return_to: ReturnTo::default(),
        sign_up: None,
        password_verified: None,
        arrived: None,
        first_step: None,
        user: None,
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(std::time::Duration::from_mins(30)),
        ended_at: None,
    }
}
