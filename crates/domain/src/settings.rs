//! The security settings of a workspace: one set of rules per audience (C3).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::EmailAddress;
use crate::method::Method;
use crate::role::Audience;

/// Who may make an account by themself (A3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum SignUpRule {
    /// Anyone who proves a mailbox.
    #[default]
    Open,
    /// Whoever proves a mailbox at one of these domains (A-labels, lower case).
    Domains {
        /// The domains; an address must match one exactly.
        domains: Vec<String>,
    },
    /// Nobody.
    Closed,
}

/// The rules for one audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the security page"
)]
pub struct AudienceSettings {
    /// Email and password (B1).
    pub password: bool,
    /// Emailed codes (B2).
    pub email_code: bool,
    /// Passkeys (B10).
    #[serde(default = "on")]
    pub passkey: bool,
    /// Whether nobody of this audience gets in without a second factor: whoever has none sets one up on the way in (B11).
    #[serde(default)]
    pub two_factor_required: bool,
    /// Shortest password, in code points after NFC (R1); never under 8.
    pub password_min_length: u16,
    /// Shortest password of somebody whose two-factor authentication is on (SD2); never under 8.
    #[serde(default = "shortest_with_two_factor")]
    pub password_min_length_with_two_factor: u16,
    /// Seconds a session lives without use (R81).
    pub session_idle_seconds: u32,
    /// Seconds a session lives at all (R81).
    pub session_absolute_seconds: u32,
}

impl AudienceSettings {
    /// Whether the workspace offers this method to the audience.
    pub const fn offers(&self, method: Method) -> bool {
        match method {
            Method::Password => self.password,
            Method::EmailCode => self.email_code,
            Method::Passkey => self.passkey,
        }
    }

    /// The shortest password that somebody may choose, in code points after NFC (R1, SD2).
    pub const fn shortest_password(&self, two_factor_on: bool) -> u16 {
        if two_factor_on && self.password_min_length_with_two_factor < self.password_min_length {
            self.password_min_length_with_two_factor
        } else {
            self.password_min_length
        }
    }

    /// How long a session lives without use.
    pub const fn session_idle(&self) -> Duration {
        Duration::from_secs(self.session_idle_seconds as u64)
    }

    /// How long a session lives at all.
    pub const fn session_absolute(&self) -> Duration {
        Duration::from_secs(self.session_absolute_seconds as u64)
    }
}

/// What settings written before passkeys existed mean: a new way in is open, as in a new workspace (C3).
const fn on() -> bool {
    true
}

/// SD2: eight characters are enough where the password is one of two factors.
const fn shortest_with_two_factor() -> u16 {
    8
}

/// The rules of the door of one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritySettings {
    /// Rules for customers and collaborators.
    pub customers: AudienceSettings,
    /// Rules for agents, admins and owners.
    pub staff: AudienceSettings,
    /// Who may sign up.
    pub sign_up: SignUpRule,
}

impl Default for SecuritySettings {
    /// What a new workspace has (C3): passwords for all, codes for customers and not for staff (SD1), sign-up open;
    /// lengths by SD2, timeouts by R81.
    fn default() -> Self {
        const DAY: u32 = 24 * 60 * 60;
        Self {
            customers: AudienceSettings {
                password: true,
                email_code: true,
                passkey: true,
                two_factor_required: false,
                password_min_length: 12,
                password_min_length_with_two_factor: shortest_with_two_factor(),
                session_idle_seconds: 7 * DAY,
                session_absolute_seconds: 30 * DAY,
            },
            staff: AudienceSettings {
                password: true,
                email_code: false,
                passkey: true,
                two_factor_required: false,
                password_min_length: 15,
                password_min_length_with_two_factor: shortest_with_two_factor(),
                session_idle_seconds: 60 * 60,
                session_absolute_seconds: DAY,
            },
            sign_up: SignUpRule::Open,
        }
    }
}

impl SecuritySettings {
    /// The rules for that audience.
    pub const fn audience(&self, audience: Audience) -> &AudienceSettings {
        match audience {
            Audience::Customers => &self.customers,
            Audience::Staff => &self.staff,
        }
    }

    /// Whether anybody at all may use the method: decides what the sign-in page shows, before it knows who comes.
    pub const fn offers_to_anyone(&self, method: Method) -> bool {
        self.customers.offers(method) || self.staff.offers(method)
    }

    /// Whether an owner of this mailbox may sign up.
    pub fn may_sign_up(&self, address: &EmailAddress) -> bool {
        match &self.sign_up {
            SignUpRule::Open => true,
            SignUpRule::Domains { domains } => domains.iter().any(|domain| domain == address.domain()),
            SignUpRule::Closed => false,
        }
    }
}
