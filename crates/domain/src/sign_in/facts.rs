//! What the rules look at: gathered by a use case, never fetched by a rule.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::{DirectoryFacts, DirectoryStanding};
use crate::email_address::EmailAddress;
use crate::ids::{UserId, WorkspaceId};
use crate::method::Method;
use crate::provider::{ExternalIdentity, ProviderId};
use crate::role::{Permissions, Rights, Role};
use crate::second_factor::FactorSummary;
use crate::settings::SecuritySettings;
use crate::time::Timestamp;
use crate::user::{SignInRecord, UserStatus};

/// What the rules see of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who.
    pub user: UserId,
    /// Their role.
    pub role: Role,
    /// What they may do, where theirs is a role of the workspace's own making.
    #[serde(default)]
    pub own_permissions: Option<Permissions>,
    /// Whether they may come in.
    pub status: UserStatus,
    /// Whether a password is set.
    pub has_password: bool,
    /// Until when the password opens anything, where it is a temporary one that staff made.
    #[serde(default)]
    pub password_temporary_until: Option<Timestamp>,
    /// Whether the address that was typed is theirs *and* proved.
    pub address_verified: bool,
    /// Whether the address that was typed is their primary one.
    pub address_primary: bool,
    /// Addresses that a code or a link would reach: the primary one, and every proved one.
    pub mailboxes: u32,
    /// Second factor and passkeys.
    pub factors: FactorSummary,
    /// Providers that are connected to the account, in order of their ids.
    #[serde(default)]
    pub providers: Vec<ProviderId>,
    /// What the directory says of them, as each provider last named them; of a provider that is not here it has no record.
    /// Looked at where ways in are told before anybody comes; whoever comes is looked up by what they bring.
    #[serde(default)]
    pub directory: BTreeMap<ProviderId, DirectoryStanding>,
    /// Version of credentials and status that these facts were read at.
    pub credentials_version: i64,
}

impl PersonFacts {
    /// What they may do.
    pub fn rights(&self) -> Rights {
        Rights {
            role: self.role,
            permissions: self.permissions(),
        }
    }

    /// The facts about the owner of `record`, as their primary address shows them; for whoever came without typing one.
    pub fn of_owner(record: &SignInRecord) -> Self {
        match record.user.primary_email() {
            Some(primary) => Self::of(record, &primary.address),
            None => Self::about(record, None),
        }
    }

    /// The facts about the owner of `record`, who typed `address`.
    pub fn of(record: &SignInRecord, address: &EmailAddress) -> Self {
        Self::about(record, Some(address))
    }

    /// What they may do: what their role permits.
    pub fn permissions(&self) -> Permissions {
        self.own_permissions.unwrap_or(self.role.permissions())
    }

    /// Whether the address that was typed is theirs for certain: proved, or the primary one.
    pub const fn address_primary_or_proved(&self) -> bool {
        self.address_verified || self.address_primary
    }

    /// Whether the account is open at all.
    pub fn may_come_in(&self) -> bool {
        self.status == UserStatus::Active
    }

    fn about(record: &SignInRecord, address: Option<&EmailAddress>) -> Self {
        let email = address.and_then(|address| record.user.email(&address.key()));
        let mailboxes = record.user.emails.iter().filter(|email| email.reaches_owner()).count();
        Self {
            user: record.user.id,
            role: record.user.role,
            own_permissions: record.user.custom_role.as_ref().map(|own| own.permissions),
            status: record.user.status,
            has_password: record.password.is_some(),
            password_temporary_until: record.password_temporary_until,
            address_verified: email.is_some_and(|email| email.verified_at.is_some()),
            address_primary: email.is_some_and(|email| email.primary),
            mailboxes: u32::try_from(mailboxes).unwrap_or(u32::MAX),
            factors: record.factors,
            providers: record.providers.clone(),
            directory: BTreeMap::new(),
            credentials_version: record.credentials_version,
        }
    }
}

/// The door that somebody stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// The sign-in page.
    #[default]
    Front,
    /// `/backup-login`: no setting closes it, and only some roles may use it (B15).
    Backup,
}

/// What the rules see of somebody whom a provider, or the company's own site, sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalFacts {
    /// Who they are to the provider.
    pub identity: ExternalIdentity,
    /// The account that the identity is connected to, or that the helpdesk knew by it (A1).
    pub connected_to: Option<UserId>,
    /// What the directory says; `None` where it was not asked.
    pub directory: Option<DirectoryFacts>,
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
    /// At which door.
    pub door: Door,
    /// The address that was typed; `None` where none was, as with a passkey.
    pub address: Option<EmailAddress>,
    /// Who was sent by whom, for whoever comes from a provider or the company's own site.
    pub arrival: Option<ArrivalFacts>,
    /// The person who has that address, or that identity, if anybody.
    pub person: Option<PersonFacts>,
}
