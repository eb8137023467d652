//! The ways of proving who one is.

use serde::{Deserialize, Serialize};

/// A first step of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Email and password (B1).
    Password,
    /// Emailed 7-character code (B2).
    EmailCode,
    /// A passkey, with user verification (B10).
    Passkey,
    /// A provider of single sign-on or social sign-in (B6).
    Provider,
    /// A signed token from the company's own site (B18).
    HandOver,
}

impl Method {
    /// Every first step there is.
    pub const ALL: [Self; 5] = [
        Self::Password,
        Self::EmailCode,
        Self::Passkey,
        Self::Provider,
        Self::HandOver,
    ];

    /// Those that need nobody beside this server and the person.
    pub const LOCAL: [Self; 3] = [Self::Password, Self::EmailCode, Self::Passkey];

    /// The stable name, as stored, logged and shown by the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email-code",
            Self::Passkey => "passkey",
            Self::Provider => "provider",
            Self::HandOver => "hand-over",
        }
    }

    /// The method of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}
