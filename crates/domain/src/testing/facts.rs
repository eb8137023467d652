//! What the rules look at, built by hand.

use uuid::Uuid;

use super::given::address;
use crate::ids::{FlowId, UserId, WorkspaceId};
use crate::method::Method;
use crate::ports::{PasswordCheck, RedeemedCode};
use crate::return_to::ReturnTo;
use crate::role::Role;
use crate::settings::SecuritySettings;
use crate::sign_in::{
    Binding, EmailProven, FlowPurpose, PasswordVerified, PendingSignIn, PersonFacts, Proofs, SignInFacts,
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
    /// An active customer with a password, whose address is primary and proved, in a workspace with the settings of a
    /// new one.
    pub fn new(method: Method) -> Self {
        Self(SignInFacts {
            workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
            settings: SecuritySettings::default(),
            method,
            address: address("jo@example.com"),
            person: Some(PersonFacts {
                user: UserId::from_uuid(Uuid::from_u128(2)),
                role: Role::Customer,
                status: UserStatus::Active,
                has_password: true,
                address_verified: true,
                address_primary: true,
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
                email: None,
            },
            (Method::EmailCode, Some(_)) => Proofs {
                password: None,
                email: Some(proven_mailbox(&self.0, None)),
            },
        };
        (self.0, proofs)
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
    EmailProven::from_redeemed(&RedeemedCode {
        flow: Box::new(PendingSignIn {
            email: facts.address.clone(),
            password_verified: password_of,
            ..attempt(facts.workspace, FlowPurpose::SignIn, now)
        }),
    })
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
        wrong_tries: 0,
        last_sent_at: now,
        created_at: now,
        expires_at: now.plus(std::time::Duration::from_mins(30)),
        ended_at: None,
    }
}
