//! What is wrong with a token: the first thing found, what it was, what it should be.

use std::time::Duration;

use thiserror::Error;

use super::key::HandOverAlgorithm;
use super::token::MAX_HAND_OVER_TOKEN;
use crate::reason::PrivateReason;
use crate::role::{Audience, Role};

/// Longest piece of a token that is told back, in characters.
const TOLD: usize = 80;

/// One of the three parts of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenPart {
    /// Before the first dot.
    Header,
    /// Between the dots.
    Payload,
    /// Behind the last dot.
    Signature,
}

impl TokenPart {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        }
    }
}

/// A claim that is read from a token; any other is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// When the token was made.
    IssuedAt,
    /// When it ends, if it says so.
    Expires,
    /// When it begins, if it says so.
    NotBefore,
    /// Whom it is for, if it says so.
    Audience,
    /// Its own id, good once.
    TokenId,
    /// Address.
    Email,
    /// The site's id of the person.
    ExternalId,
    /// Name.
    Name,
    /// Role.
    Role,
    /// Organisation.
    Organisation,
    /// Language.
    Locale,
}

impl Claim {
    /// Every claim, in the order in which they are checked.
    pub const ALL: [Self; 11] = [
        Self::IssuedAt,
        Self::Expires,
        Self::NotBefore,
        Self::Audience,
        Self::TokenId,
        Self::Email,
        Self::ExternalId,
        Self::Name,
        Self::Role,
        Self::Organisation,
        Self::Locale,
    ];

    /// The name in the token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IssuedAt => "iat",
            Self::Expires => "exp",
            Self::NotBefore => "nbf",
            Self::Audience => "aud",
            Self::TokenId => "jti",
            Self::Email => "email",
            Self::ExternalId => "external_id",
            Self::Name => "name",
            Self::Role => "role",
            Self::Organisation => "organisation",
            Self::Locale => "locale",
        }
    }

    const fn reason(self) -> PrivateReason {
        match self {
            Self::IssuedAt => PrivateReason::TokenIssuedAt,
            Self::Expires => PrivateReason::TokenExpired,
            Self::NotBefore => PrivateReason::TokenNotBefore,
            Self::Audience => PrivateReason::TokenAudience,
            Self::TokenId => PrivateReason::TokenReplayed,
            Self::Email => PrivateReason::TokenEmail,
            Self::ExternalId => PrivateReason::TokenSubject,
            Self::Role => PrivateReason::TokenRole,
            Self::Name | Self::Organisation | Self::Locale => PrivateReason::TokenMalformed,
        }
    }

    const fn should(self) -> &'static str {
        match self {
            Self::IssuedAt | Self::Expires | Self::NotBefore => {
                "a number: seconds since 1970-01-01T00:00:00Z, without quotation marks"
            }
            Self::Audience => "absent, or the address of this help centre",
            Self::TokenId => "a text of its own in every token, 1 to 255 bytes; a random UUID will do",
            Self::Email => "the person's email address",
            Self::ExternalId => {
                "a text, 1 to 255 bytes, that your site never gives to anybody else and that does not begin with mailto:"
            }
            Self::Name => "a text",
            Self::Role => "customer, collaborator, agent or admin",
            Self::Organisation => "a text: the name of one organisation",
            Self::Locale => "a language tag such as en or pt-BR",
        }
    }
}

/// The first thing that is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {}; it should be {}", self.field(), self.was(), self.should())]
pub enum HandOverFault {
    /// No token at all.
    Empty,
    /// Too long.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Not three parts.
    Parts {
        /// How many there are.
        parts: usize,
    },
    /// A part is not base64url.
    Encoding(TokenPart),
    /// A part is not a JSON object that names each thing once.
    Json(TokenPart),
    /// A header that asks for a key from elsewhere, or for something that is not understood.
    Header {
        /// Which.
        name: &'static str,
    },
    /// No algorithm, one that is not allowed, or one that no live key is for.
    Algorithm {
        /// What the header says, if anything.
        was: Option<String>,
        /// What live keys there are for.
        live: Vec<HandOverAlgorithm>,
    },
    /// Signed by something else than the live keys of that algorithm.
    Signature {
        /// How many keys were tried.
        tried: usize,
    },
    /// A claim is absent.
    Missing(Claim),
    /// A claim is of another kind, or out of bounds.
    Shape {
        /// Which.
        claim: Claim,
        /// What stands there.
        was: String,
    },
    /// Made too long ago, or by a clock that is slow.
    IssuedTooLongAgo {
        /// How long ago, by our clock.
        age: Duration,
        /// How long a token is good for.
        window: Duration,
    },
    /// Made in the future: the clocks differ by this much.
    IssuedAhead {
        /// How far ahead of our clock.
        ahead: Duration,
        /// How far it may be.
        window: Duration,
    },
    /// Its own end has come.
    Expired {
        /// How long ago.
        ago: Duration,
    },
    /// Its own beginning has not.
    NotBefore {
        /// How far ahead.
        ahead: Duration,
    },
    /// Made for somebody else, such as a token that the site's key signed for another service.
    Audience {
        /// For whom.
        was: String,
        /// The address of this workspace.
        should: String,
    },
    /// A role that the key may not give.
    RoleTooHigh {
        /// The role.
        was: Role,
        /// Whom the key hands over.
        audience: Audience,
        /// The most it may give.
        highest: Role,
    },
    /// Used before.
    Replayed,
    /// The account that it is about has a role that the key may not hand over.
    AccountRole {
        /// The account's role.
        was: Role,
        /// Whom the key hands over.
        audience: Audience,
        /// The most it may hand over.
        highest: Role,
    },
}

fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole == 1 {
        "1 second".to_owned()
    } else {
        format!("{whole} seconds")
    }
}

const fn whom(audience: Audience) -> &'static str {
    match audience {
        Audience::Customers => "customers",
        Audience::Staff => "staff",
    }
}

/// Cuts what is told back, and takes out what would not be seen.
fn told(text: &str) -> String {
    let mut told: String = text.chars().filter(|c| !c.is_control()).take(TOLD).collect();
    if text.chars().count() > TOLD {
        told.push('…');
    }
    told
}

impl HandOverFault {
    /// What the receipt says.
    pub const fn reason(&self) -> PrivateReason {
        match self {
            Self::Empty | Self::TooLong { .. } | Self::Parts { .. } | Self::Encoding(_) | Self::Json(_) => {
                PrivateReason::TokenMalformed
            }
            Self::Header { .. } | Self::Algorithm { .. } => PrivateReason::TokenAlgorithm,
            Self::Signature { .. } => PrivateReason::TokenSignature,
            Self::Missing(claim) | Self::Shape { claim, .. } => claim.reason(),
            Self::IssuedTooLongAgo { .. } => PrivateReason::TokenIssuedAt,
            Self::IssuedAhead { .. } => PrivateReason::ClockDrift,
            Self::Expired { .. } => PrivateReason::TokenExpired,
            Self::NotBefore { .. } => PrivateReason::TokenNotBefore,
            Self::Audience { .. } => PrivateReason::TokenAudience,
            Self::RoleTooHigh { .. } | Self::AccountRole { .. } => PrivateReason::TokenRole,
            Self::Replayed => PrivateReason::TokenReplayed,
        }
    }

    /// Where it is: the name of a claim, of a header, or of a part.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty | Self::TooLong { .. } | Self::Parts { .. } => "token",
            Self::Encoding(part) | Self::Json(part) => part.as_str(),
            Self::Header { name } => name,
            Self::Algorithm { .. } => "alg",
            Self::Signature { .. } => TokenPart::Signature.as_str(),
            Self::Missing(claim) | Self::Shape { claim, .. } => claim.as_str(),
            Self::IssuedTooLongAgo { .. } | Self::IssuedAhead { .. } => Claim::IssuedAt.as_str(),
            Self::Expired { .. } => Claim::Expires.as_str(),
            Self::NotBefore { .. } => Claim::NotBefore.as_str(),
            Self::Audience { .. } => Claim::Audience.as_str(),
            Self::RoleTooHigh { .. } | Self::AccountRole { .. } => Claim::Role.as_str(),
            Self::Replayed => Claim::TokenId.as_str(),
        }
    }

    /// What it was. Of a token that cannot be read nothing is repeated: it may be a secret that was pasted by mistake.
    pub fn was(&self) -> String {
        match self {
            Self::Empty => "empty".to_owned(),
            Self::TooLong { bytes } => format!("{bytes} bytes long"),
            Self::Parts { parts } => format!("{parts} parts between dots"),
            Self::Encoding(_) => "not base64url".to_owned(),
            Self::Json(_) => "not a JSON object in which each name stands once".to_owned(),
            Self::Header { .. } => "present in the header".to_owned(),
            Self::Algorithm { was: None, .. } | Self::Missing(_) => "absent".to_owned(),
            Self::Signature { tried: 1 } => "not made with the live key".to_owned(),
            Self::Signature { tried } => format!("made with none of the {tried} live keys"),
            Self::Algorithm { was: Some(was), .. } | Self::Shape { was, .. } | Self::Audience { was, .. } => told(was),
            Self::IssuedTooLongAgo { age: ago, .. } | Self::Expired { ago } => format!("{} ago", seconds(*ago)),
            Self::IssuedAhead { ahead, .. } | Self::NotBefore { ahead } => format!("{} in the future", seconds(*ahead)),
            Self::RoleTooHigh { was, .. } => was.as_str().to_owned(),
            Self::AccountRole { was, highest, .. } if was <= highest && was.audience() == highest.audience() => {
                format!(
                    "the account there is may do more than the role {} permits",
                    was.as_str()
                )
            }
            Self::AccountRole { was, .. } => format!("the account there is has the role {}", was.as_str()),
            Self::Replayed => "used before".to_owned(),
        }
    }

    /// What it should be.
    pub fn should(&self) -> String {
        match self {
            Self::Empty | Self::Parts { .. } => "header.payload.signature".to_owned(),
            Self::TooLong { .. } => format!("at most {MAX_HAND_OVER_TOKEN} bytes long"),
            Self::Encoding(_) => "base64url without padding (RFC 7515)".to_owned(),
            Self::Json(_) => "a JSON object".to_owned(),
            Self::Header { .. } => "absent: keys are the ones that were added here, and nothing else".to_owned(),
            Self::Algorithm { live, .. } if live.is_empty() => {
                "signed with a key of this workspace, and none is live; add one".to_owned()
            }
            Self::Algorithm { live, .. } => {
                let names: Vec<&str> = live.iter().map(|algorithm| algorithm.as_str()).collect();
                format!("{}, which the live keys are for", names.join(" or "))
            }
            Self::Signature { .. } => {
                "made over header and payload with a live key of this workspace; a shared secret is used as the text it \
                 is shown as, not decoded"
                    .to_owned()
            }
            Self::Missing(claim) | Self::Shape { claim, .. } => claim.should().to_owned(),
            Self::IssuedTooLongAgo { window, .. } => format!(
                "within {} of our clock; make the token at the moment the person is sent, and set your clock by NTP",
                seconds(*window)
            ),
            Self::IssuedAhead { window, .. } => {
                format!("within {} of our clock; set your clock by NTP", seconds(*window))
            }
            Self::Expired { .. } => "in the future".to_owned(),
            Self::NotBefore { .. } => "in the past".to_owned(),
            Self::Audience { should, .. } => format!("absent, or {should}"),
            Self::RoleTooHigh { audience, highest, .. } | Self::AccountRole { audience, highest, .. } => {
                format!(
                    "at most {}, for this key hands over {}; never owner",
                    highest.as_str(),
                    whom(*audience)
                )
            }
            Self::Replayed => "new in every token: a token is good for one sign-in".to_owned(),
        }
    }
}
