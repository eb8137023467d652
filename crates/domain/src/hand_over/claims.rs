//! What stands in a token.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::BY_ADDRESS;
use super::fault::{Claim, HandOverFault};
use super::key::HandOverKey;
use crate::email_address::EmailAddress;
use crate::role::Role;
use crate::secret::TokenDigest;
use crate::time::Timestamp;
use crate::user::clean_name;
use crate::words::LanguageTag;

/// Longest id of a token, in bytes.
pub const MAX_TOKEN_ID: usize = 255;
/// Longest id that a site gives a person, in bytes.
pub const MAX_EXTERNAL_ID: usize = 255;

/// Seconds after which no date is meant any more: the year 5138. Milliseconds by mistake are told as such.
const LATEST: f64 = 1e11;

/// Members of a JSON object, each named once.
pub(super) type Members = BTreeMap<String, Value>;

/// What a token is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<'a> {
    /// Scheme, host and port of the workspace, as its people see it.
    pub origin: &'a str,
    /// How far `iat` may be from now.
    pub window: Duration,
    /// The present moment.
    pub now: Timestamp,
}

/// What a token says, every rule about it kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverClaims {
    /// When it was made.
    pub issued_at: Timestamp,
    /// SHA-256 of its own id.
    pub token_id: TokenDigest,
    /// The address; the site vouches for the mailbox.
    pub email: EmailAddress,
    /// The site's own id of the person.
    pub external_id: Option<String>,
    /// The name, cleaned.
    pub name: Option<String>,
    /// The role of somebody who comes for the first time.
    pub role: Role,
    /// An organisation to be in, cleaned.
    pub organisation: Option<String>,
    /// Preferred language.
    pub locale: Option<LanguageTag>,
}

impl HandOverClaims {
    /// Reads what stands in a token that `key` signed. Stops at the first claim that is wrong.
    pub(super) fn read(members: &Members, key: &HandOverKey, expected: &Expected<'_>) -> Result<Self, HandOverFault> {
        let Expected { origin, window, now } = *expected;
        let issued_at = instant(members, Claim::IssuedAt)?.ok_or(HandOverFault::Missing(Claim::IssuedAt))?;
        let (age, ahead) = (now.since(issued_at), issued_at.since(now));
        if age > window {
            return Err(HandOverFault::IssuedTooLongAgo { age, window });
        }
        if ahead > window {
            return Err(HandOverFault::IssuedAhead { ahead, window });
        }
        if let Some(end) = instant(members, Claim::Expires)?
            && end <= now
        {
            return Err(HandOverFault::Expired { ago: now.since(end) });
        }
        if let Some(begin) = instant(members, Claim::NotBefore)?
            && begin.since(now) > window
        {
            return Err(HandOverFault::NotBefore {
                ahead: begin.since(now),
            });
        }
        audience(members, origin)?;
        let token_id = text(members, Claim::TokenId, MAX_TOKEN_ID)?.ok_or(HandOverFault::Missing(Claim::TokenId))?;
        let email = text(members, Claim::Email, 1_024)?.ok_or(HandOverFault::Missing(Claim::Email))?;
        let email = EmailAddress::parse(email).map_err(|_| wrong(Claim::Email, email))?;
        let external_id = external_id(members)?;
        let cleaned = |claim, text: Option<&str>| {
            text.map(|text| {
                let clean = clean_name(text);
                if clean.is_empty() {
                    Err(wrong(claim, text))
                } else {
                    Ok(clean)
                }
            })
            .transpose()
        };
        // A site that knows no name of somebody may well say so with an empty text.
        let name = text(members, Claim::Name, 1_024)?
            .map(clean_name)
            .filter(|name| !name.is_empty());
        let role = role(members, key)?;
        let organisation = text(members, Claim::Organisation, 1_024)?;
        let organisation = cleaned(Claim::Organisation, organisation)?;
        let locale = text(members, Claim::Locale, 35)?
            .map(|tag| LanguageTag::parse(tag).map_err(|_| wrong(Claim::Locale, tag)))
            .transpose()?;
        Ok(Self {
            issued_at,
            token_id: TokenDigest::from_bytes(Sha256::digest(token_id.as_bytes()).into()),
            email,
            external_id,
            name,
            role,
            organisation,
            locale,
        })
    }
}

/// How a value that does not fit is told.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        plain => plain.to_string(),
    }
}

fn wrong(claim: Claim, was: &str) -> HandOverFault {
    let was = format!("{was:?}");
    HandOverFault::Shape { claim, was }
}

/// A claim that is there; `null` is as good as absent.
fn member(members: &Members, claim: Claim) -> Option<&Value> {
    // Both spellings of the word are in use.
    let other = (claim == Claim::Organisation)
        .then(|| members.get("organization"))
        .flatten();
    members.get(claim.as_str()).or(other).filter(|value| !value.is_null())
}

fn text(members: &Members, claim: Claim, longest: usize) -> Result<Option<&str>, HandOverFault> {
    let Some(value) = member(members, claim) else {
        return Ok(None);
    };
    let optional = matches!(claim, Claim::Name);
    match value.as_str() {
        Some(text) if text.len() <= longest && (optional || !text.is_empty()) => Ok(Some(text)),
        _ => Err(HandOverFault::Shape {
            claim,
            was: shown(value),
        }),
    }
}

/// The moment that a claim names, if it is there.
pub(super) fn instant(members: &Members, claim: Claim) -> Result<Option<Timestamp>, HandOverFault> {
    let Some(value) = member(members, claim) else {
        return Ok(None);
    };
    let seconds = value
        .as_f64()
        .filter(|seconds| value.is_number() && (0.0..LATEST).contains(seconds));
    let Some(seconds) = seconds else {
        let was = if value
            .as_f64()
            .is_some_and(|number| (LATEST..LATEST * 1e4).contains(&number))
        {
            format!("{value}, which looks like milliseconds")
        } else {
            shown(value)
        };
        return Err(HandOverFault::Shape { claim, was });
    };
    // Below 10^11 seconds a 64-bit float holds every microsecond's neighbourhood, and the bound keeps it in range.
    let micros = Duration::from_secs_f64(seconds).as_micros();
    Ok(Some(Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))))
}

/// A token that says for whom it is, is for this workspace. The key of a site may sign for other services too, and what
/// they were sent must not open anything here.
fn audience(members: &Members, origin: &str) -> Result<(), HandOverFault> {
    let Some(value) = member(members, Claim::Audience) else {
        return Ok(());
    };
    let ours = |value: &Value| {
        let rest = value.as_str().and_then(|text| text.strip_prefix(origin));
        matches!(rest, Some("" | "/" | "/sign-in/jwt"))
    };
    let fits = match value {
        Value::Array(all) => all.iter().any(ours),
        one => ours(one),
    };
    if fits {
        return Ok(());
    }
    Err(HandOverFault::Audience {
        was: value.to_string(),
        should: origin.to_owned(),
    })
}

fn external_id(members: &Members) -> Result<Option<String>, HandOverFault> {
    let claim = Claim::ExternalId;
    let Some(value) = member(members, claim) else {
        return Ok(None);
    };
    // Many sites number their people.
    let id = match value {
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::String(text) => text.clone(),
        other => {
            return Err(HandOverFault::Shape {
                claim,
                was: shown(other),
            });
        }
    };
    let fits = (1..=MAX_EXTERNAL_ID).contains(&id.len())
        && !id.starts_with(BY_ADDRESS)
        && !id.chars().any(char::is_control)
        && id.trim() == id;
    if fits { Ok(Some(id)) } else { Err(wrong(claim, &id)) }
}

fn role(members: &Members, key: &HandOverKey) -> Result<Role, HandOverFault> {
    let Some(name) = text(members, Claim::Role, 100)? else {
        return Ok(key.default_role());
    };
    let role = Role::parse(name).ok_or_else(|| wrong(Claim::Role, name))?;
    if key.admits(role) {
        return Ok(role);
    }
    Err(HandOverFault::RoleTooHigh {
        was: role,
        audience: key.audience,
        highest: key.highest_role,
    })
}
