//! The security settings of a workspace: one set of rules per audience (C3).

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::email_address::EmailAddress;
use crate::method::Method;
use crate::provider::ProviderId;
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

/// Which providers an audience may sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", content = "providers", rename_all = "kebab-case")]
pub enum ProviderRule {
    /// Every one that has credentials, save these.
    AllBut(BTreeSet<ProviderId>),
    /// Only these.
    Only(BTreeSet<ProviderId>),
}

impl ProviderRule {
    /// What a new workspace has: for customers each one that has credentials, for staff none (C3).
    pub const fn new_workspace(audience: Audience) -> Self {
        match audience {
            Audience::Customers => Self::AllBut(BTreeSet::new()),
            Audience::Staff => Self::Only(BTreeSet::new()),
        }
    }

    /// Whether it admits that provider.
    pub fn admits(&self, provider: &ProviderId) -> bool {
        match self {
            Self::AllBut(closed) => !closed.contains(provider),
            Self::Only(open) => open.contains(provider),
        }
    }

    /// Opens or closes one provider.
    pub fn switch(&mut self, provider: ProviderId, on: bool) {
        let (Self::AllBut(listed) | Self::Only(listed)) = &*self;
        let mut listed = listed.clone();
        let lists_the_open = matches!(self, Self::Only(_));
        if on == lists_the_open {
            listed.insert(provider);
        } else {
            listed.remove(&provider);
        }
        *self = if lists_the_open {
            Self::Only(listed)
        } else {
            Self::AllBut(listed)
        };
    }
}

/// Whether single sign-on admits only people whom the synced directory knows (B8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct DirectoryRule {
    /// Whether it does.
    pub required: bool,
    /// Whom to ask for a record, in the workspace's own words; shown on the sign-in page and to those who are refused.
    #[serde(default)]
    pub ask: Option<String>,
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
    /// Providers of single sign-on and social sign-in (B6); `None` for what a new workspace has.
    #[serde(default)]
    pub providers: Option<ProviderRule>,
    /// Providers whose word counts that a second factor was shown (R59).
    #[serde(default)]
    pub second_factor_from: BTreeSet<ProviderId>,
    /// Hand-over by a signed token of the company's own site (B18).
    #[serde(default)]
    pub hand_over: bool,
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
    /// Whether the workspace offers this method to the audience; a single provider is switched by
    /// [`SecuritySettings::offers_provider`].
    pub const fn offers(&self, method: Method) -> bool {
        match method {
            Method::Password => self.password,
            Method::EmailCode => self.email_code,
            Method::Passkey => self.passkey,
            Method::Provider => true,
            Method::HandOver => self.hand_over,
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
    /// Whom single sign-on admits (B8).
    #[serde(default)]
    pub directory: DirectoryRule,
    /// Whether portal links work (B3, B4).
    #[serde(default = "on")]
    pub portal_links: bool,
    /// Origins whose pages may frame the pages of the door (R84); none in a new workspace.
    #[serde(default)]
    pub embedding: Vec<String>,
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
                providers: None,
                second_factor_from: BTreeSet::new(),
                hand_over: false,
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
                providers: None,
                second_factor_from: BTreeSet::new(),
                hand_over: false,
                two_factor_required: false,
                password_min_length: 15,
                password_min_length_with_two_factor: shortest_with_two_factor(),
                session_idle_seconds: 60 * 60,
                session_absolute_seconds: DAY,
            },
            sign_up: SignUpRule::Open,
            directory: DirectoryRule::default(),
            portal_links: true,
            embedding: Vec::new(),
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

    /// Which providers that audience may sign in with.
    pub fn providers(&self, audience: Audience) -> ProviderRule {
        let given = self.audience(audience).providers.clone();
        given.unwrap_or_else(|| ProviderRule::new_workspace(audience))
    }

    /// Whether that audience may sign in with that provider, if it has credentials.
    pub fn offers_provider(&self, audience: Audience, provider: &ProviderId) -> bool {
        self.providers(audience).admits(provider)
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
