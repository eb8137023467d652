//! Providers of single sign-on and social sign-in, and who they say somebody is (B6, R50–R58).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::email_address::{EmailAddress, EmailKey};
use crate::ids::{ConnectionId, TripId, UserId, WorkspaceId};
use crate::own_provider::ProviderDraft;
use crate::return_to::ReturnTo;
use crate::secret::{RawToken, TokenDigest};
use crate::time::Timestamp;

/// Longest id of a provider, in characters.
pub const MAX_PROVIDER_ID: usize = 40;
/// Longest subject taken from a provider, in bytes (R50).
pub const MAX_SUBJECT: usize = 255;
/// The id under which an external id of the company's own site is kept (B18); no provider of the configuration has it.
pub const HAND_OVER: &str = "jwt";
/// Longest issuer or tenant kept, in bytes.
pub const MAX_ISSUER: usize = 500;

/// The id that the configuration gives a provider: `google`, `microsoft`, `facebook`, `twitter`, or any other. A name of
/// its own in every address of its round trips, so that one provider's answer never reaches another's endpoint (R53).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderId(String);

/// A text that is no id of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a provider's id is made of a-z, 0-9 and hyphens, at most {MAX_PROVIDER_ID} of them")]
pub struct NoProviderId;

impl ProviderId {
    /// Reads an id: lower-case letters, digits and inner hyphens.
    pub fn parse(text: &str) -> Result<Self, NoProviderId> {
        let fits = (1..=MAX_PROVIDER_ID).contains(&text.len())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !text.starts_with('-')
            && !text.ends_with('-');
        fits.then(|| Self(text.to_owned())).ok_or(NoProviderId)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for the company's own site, which hands people over without a button (B18).
    pub fn is_hand_over(&self) -> bool {
        self.0 == HAND_OVER
    }

    /// Whose word mark and colours a button of it has to show.
    pub fn brand(&self) -> Brand {
        match self.as_str() {
            "google" => Brand::Google,
            "microsoft" => Brand::Microsoft,
            "facebook" => Brand::Facebook,
            "twitter" => Brand::X,
            _ => Brand::Other,
        }
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ProviderId {
    type Err = NoProviderId;

    fn from_str(text: &str) -> Result<Self, NoProviderId> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ProviderId {
    type Error = NoProviderId;

    fn try_from(text: String) -> Result<Self, NoProviderId> {
        Self::parse(&text)
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> Self {
        id.0
    }
}

/// Whose mark a button shows; each has brand rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Brand {
    /// Google.
    Google,
    /// Microsoft.
    Microsoft,
    /// Facebook.
    Facebook,
    /// X (Twitter).
    X,
    /// Any other: a name, no mark.
    Other,
}

impl Brand {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Facebook => "facebook",
            Self::X => "x",
            Self::Other => "other",
        }
    }
}

/// A provider that can be used, as pages and API name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderDescription {
    /// Its id.
    pub id: ProviderId,
    /// The word on its button.
    pub name: String,
    /// Whose mark it shows.
    pub brand: Brand,
}

/// Who somebody is to a provider: the one key of an identity (R50). Email, user name and display name are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalIdentity {
    /// The provider's id in the configuration.
    pub provider: ProviderId,
    /// Issuer, byte by byte; empty for a provider that has none.
    pub issuer: String,
    /// Tenant (Microsoft's `tid`); empty for a provider that has none.
    pub tenant: String,
    /// Subject, byte by byte.
    pub subject: String,
}

impl ExternalIdentity {
    /// Whether it is that of somebody whom the company's own site knows by nothing but an address
    /// ([`hand_over::identity`](crate::hand_over::identity)). Such an identity belongs to whoever has proved the address here,
    /// and moves with it.
    pub fn is_by_address(&self) -> bool {
        self.provider.is_hand_over() && self.subject.starts_with(crate::hand_over::BY_ADDRESS)
    }

    /// Whether both are what the company's own site numbers one and the same account by, and yet differ: of a person it has one
    /// number for each audience.
    pub fn contradicts(&self, other: &Self) -> bool {
        let numbered = |identity: &Self| identity.provider.is_hand_over() && !identity.is_by_address();
        numbered(self) && numbered(other) && self.tenant == other.tenant && self.subject != other.subject
    }
}

/// What a provider's word about an email address came to, by the one table of what each one's word is worth (R57, R58).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VouchedEmail {
    /// The address.
    pub address: EmailAddress,
    /// Whether the provider says that it is proved, and is one whose word about that counts.
    pub verified: bool,
    /// Whether it is proved, at a domain that the provider is authoritative for: it links by itself to an account on which
    /// the same address is proved.
    pub authoritative: bool,
}

/// What a provider said of somebody who came back from it, every check passed (R55).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// Who.
    pub identity: ExternalIdentity,
    /// Their email, if one was given.
    pub email: Option<VouchedEmail>,
    /// Their name, if one was given; to be cleaned before it is kept.
    pub name: Option<String>,
    /// Whether the provider says that more than one factor was shown (`amr`, `acr`); absent counts as no (R59).
    pub second_factor: bool,
}

impl Arrived {
    /// What the provider called them: tells two connections apart.
    pub fn label(&self) -> Option<String> {
        let email = self.email.as_ref().map(|email| email.address.as_str().to_owned());
        let text = email.or_else(|| self.name.as_deref().map(crate::user::clean_name))?;
        (!text.is_empty()).then_some(text)
    }
}

impl Arrived {
    /// The address that counts by itself: proved, at a domain that whoever vouches is authoritative for. By it a record of the
    /// directory admits somebody, and sends them away again (R61).
    pub fn vouched_key(&self) -> Option<EmailKey> {
        let vouched = self.email.as_ref().filter(|email| email.authoritative);
        vouched.map(|email| email.address.key())
    }
}

/// What a round trip is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
pub enum TripPurpose {
    /// Signing in.
    SignIn,
    /// Connecting the identity to the account of a session that has just proved afresh who it is (A6, R57).
    Connect {
        /// Whose account.
        user: UserId,
        /// From which session; the answer must come back in it.
        session: crate::ids::SessionId,
    },
    /// Trying credentials that are not kept (C3): nobody is signed in by it, and nothing is connected.
    Try {
        /// Who tries them.
        user: UserId,
        /// From which session; the answer must come back in it.
        session: crate::ids::SessionId,
    },
}

/// What has to be remembered of somebody who was sent to a provider, until they come back: server-side, bound to the
/// browser, good once and for ten minutes (R52).
#[derive(Debug, Clone)]
pub struct RoundTrip {
    /// Its id.
    pub id: TripId,
    /// Where.
    pub workspace: WorkspaceId,
    /// To which provider.
    pub provider: ProviderId,
    /// SHA-256 of the `state` that comes back.
    pub state: TokenDigest,
    /// Digest of the cookie of the browser that was sent.
    pub browser: TokenDigest,
    /// What must stand in the ID token; `None` where there is no ID token.
    pub nonce: Option<RawToken>,
    /// What is shown when the code is exchanged (RFC 7636).
    pub verifier: RawToken,
    /// What for.
    pub purpose: TripPurpose,
    /// The credentials to go by, where they are being tried; else those that are kept.
    pub trial: Option<Box<ProviderDraft>>,
    /// Where the person was going (B13).
    pub return_to: ReturnTo,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// Somebody who came back from a provider, of whom one more step is wanted before it is known whose account is meant: an
/// email address, to be proved by a code (B7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldArrival {
    /// Its id: that of the round trip.
    pub id: TripId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Digest of the cookie of the browser.
    pub browser: TokenDigest,
    /// What the provider said.
    pub arrived: Arrived,
    /// Where the person was going (B13).
    pub return_to: ReturnTo,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// An identity of a provider that is connected to an account (A6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Whose account.
    pub user: UserId,
    /// Who they are to the provider.
    pub identity: ExternalIdentity,
    /// What the provider called them when it was last used: an address or a name, to tell two connections apart. Shown, and
    /// never looked up by.
    pub label: Option<String>,
    /// The address that was vouched for when it was last used ([`Arrived::vouched_key`]): whom a record of the directory
    /// admitted by it, that record also sends away, whatever addresses the account has (R61).
    pub vouched: Option<EmailKey>,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When it was last signed in with.
    pub last_used_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed_over(subject: &str, tenant: &str) -> ExternalIdentity {
        ExternalIdentity {
            provider: ProviderId::parse(HAND_OVER).unwrap(),
            issuer: String::new(),
            tenant: tenant.to_owned(),
            subject: subject.to_owned(),
        }
    }

    #[test]
    fn b18_a_site_has_one_number_for_a_person() {
        let seven = handed_over("7", "");
        for (other, contradicts) in [
            (handed_over("7", ""), false),
            (handed_over("8", ""), true),
            (handed_over("8", "staff"), false),
            (handed_over("mailto:jo@example.com", ""), false),
        ] {
            assert_eq!(seven.contradicts(&other), contradicts, "{other:?}");
            assert_eq!(other.contradicts(&seven), contradicts, "{other:?}");
        }
        let elsewhere = ExternalIdentity {
            provider: ProviderId::parse("acme-sso").unwrap(),
            ..handed_over("8", "")
        };
        assert!(!seven.contradicts(&elsewhere));
        assert!(handed_over("mailto:jo@example.com", "").is_by_address());
        assert!(
            !ExternalIdentity {
                subject: "mailto:jo@example.com".to_owned(),
                ..elsewhere
            }
            .is_by_address()
        );
    }

    #[test]
    fn an_id_is_safe_in_an_address() {
        for good in ["google", "acme-sso", "a", "0idp"] {
            assert_eq!(ProviderId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "Google", "a/b", "a.b", "a b", "ä", &"a".repeat(41)] {
            assert_eq!(ProviderId::parse(bad), Err(NoProviderId), "{bad:?}");
        }
    }
}
