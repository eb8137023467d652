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
}

impl Method {
    /// Every first step there is.
    pub const ALL: [Self; 3] = [Self::Password, Self::EmailCode, Self::Passkey];

    /// The stable name, as stored, logged and shown by the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email-code",
            Self::Passkey => "passkey",
        }
    }

    /// The method of that stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}
