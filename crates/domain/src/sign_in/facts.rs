//! What the rules look at: gathered by a use case, never fetched by a rule.

use serde::{Deserialize, Serialize};

use crate::email_address::EmailAddress;
use crate::ids::{UserId, WorkspaceId};
use crate::method::Method;
use crate::role::Role;
use crate::settings::SecuritySettings;
use crate::user::{SignInRecord, UserStatus};

/// What the rules see of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// Whether they may come in.
    pub status: UserStatus,
    /// Whether a password is set.
    pub has_password: bool,
    /// Whether the address that was typed is theirs *and* proved.
    pub address_verified: bool,
    /// Whether the address that was typed is their primary one.
    pub address_primary: bool,
    /// Version of credentials and status that these facts were read at.
    pub credentials_version: i64,
}

impl PersonFacts {
    /// The facts about the owner of `record`, who typed `address`.
    pub fn of(record: &SignInRecord, address: &EmailAddress) -> Self {
        let email = record.user.email(&address.key());
        Self {
            user: record.user.id,
            role: record.user.role,
            status: record.user.status,
            has_password: record.password.is_some(),
            address_verified: email.is_some_and(|email| email.verified_at.is_some()),
            address_primary: email.is_some_and(|email| email.primary),
            credentials_version: record.credentials_version,
        }
    }
}

/// Everything that a sign-in is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFacts {
    /// Where.
    pub workspace: WorkspaceId,
    /// The rules of that door.
    pub settings: SecuritySettings,
    /// By which first step.
    pub method: Method,
    /// The address that was typed.
    pub address: EmailAddress,
    /// The person who has that address, if anybody.
    pub person: Option<PersonFacts>,
}
