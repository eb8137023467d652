//! Reading a token: header, key, signature, claims, in this order.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::claims::{Expected, HandOverClaims, Members, instant};
use super::fault::{Claim, HandOverFault, TokenPart};
use super::key::{HandOverAlgorithm, HandOverKey};
use crate::ids::HandOverKeyId;
use crate::ports::HandOverVerifier;
use crate::time::Timestamp;

/// Longest token read, in bytes: it has to fit into an address.
pub const MAX_HAND_OVER_TOKEN: usize = 4_096;

/// Headers that bring a key along, point at one, or must be understood (RFC 7515 §4.1, RFC 7797): each refused by name.
const REFUSED_HEADERS: [&str; 8] = ["crit", "jku", "x5u", "jwk", "x5c", "b64", "enc", "zip"];

/// Somebody whom the company's own site handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver<'k> {
    /// The key that signed.
    pub key: &'k HandOverKey,
    /// What the token says.
    pub claims: HandOverClaims,
}

struct Parts<'t> {
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
    signed: &'t str,
}

fn split(token: &str) -> Result<Parts<'_>, HandOverFault> {
    if token.is_empty() {
        return Err(HandOverFault::Empty);
    }
    if token.len() > MAX_HAND_OVER_TOKEN {
        return Err(HandOverFault::TooLong { bytes: token.len() });
    }
    let wrong = || HandOverFault::Parts {
        parts: token.split('.').count(),
    };
    let (signed, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
    let (header, payload) = signed.split_once('.').ok_or_else(wrong)?;
    if payload.contains('.') {
        return Err(wrong());
    }
    Ok(Parts {
        header,
        payload,
        signature,
        signed,
    })
}

fn decoded(text: &str, part: TokenPart) -> Result<Vec<u8>, HandOverFault> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| HandOverFault::Encoding(part))
}

/// The members of a JSON object. One that names something twice is refused: two readers would read two things.
fn members(text: &str, part: TokenPart) -> Result<Members, HandOverFault> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = Members;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
            let mut members = Members::new();
            while let Some((name, value)) = map.next_entry::<String, Value>()? {
                if members.insert(name, value).is_some() {
                    return Err(A::Error::custom("named twice"));
                }
            }
            Ok(members)
        }
    }

    let bytes = decoded(text, part)?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let members = reader.deserialize_map(EachOnce);
    members
        .and_then(|members| reader.end().map(|()| members))
        .map_err(|_| HandOverFault::Json(part))
}

/// The live keys that the header leaves to be tried: those of its algorithm, or the one of them that `kid` names. A `kid`
/// is compared with ids and nothing else; one that is not ours says nothing.
fn candidates<'k>(header: &Members, keys: &'k [HandOverKey]) -> Result<Vec<&'k HandOverKey>, HandOverFault> {
    if let Some(name) = REFUSED_HEADERS.into_iter().find(|name| header.contains_key(*name)) {
        return Err(HandOverFault::Header { name });
    }
    let live: Vec<&HandOverKey> = keys.iter().filter(|key| key.is_live()).collect();
    let named = header.get("alg");
    let algorithm = named.and_then(Value::as_str).and_then(HandOverAlgorithm::parse);
    let fitting: Vec<&HandOverKey> = live
        .iter()
        .copied()
        .filter(|key| Some(key.algorithm) == algorithm)
        .collect();
    if fitting.is_empty() {
        let mut algorithms: Vec<HandOverAlgorithm> = live.iter().map(|key| key.algorithm).collect();
        algorithms.sort();
        algorithms.dedup();
        return Err(HandOverFault::Algorithm {
            was: named.map(|named| named.as_str().map_or_else(|| named.to_string(), str::to_owned)),
            live: algorithms,
        });
    }
    let kid = header.get("kid").and_then(Value::as_str);
    let meant = fitting
        .iter()
        .copied()
        .find(|key| kid.and_then(|kid| kid.parse::<HandOverKeyId>().ok()) == Some(key.id));
    Ok(meant.map_or(fitting, |key| vec![key]))
}

/// Checks a token against the keys of a workspace. Whether it was used before, and whose account it opens, is not looked
/// at.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check<'k>(
    token: &str,
    keys: &'k [HandOverKey],
    verifier: &dyn HandOverVerifier,
    expected: &Expected<'_>,
) -> Result<HandedOver<'k>, HandOverFault> {
    let parts = split(token)?;
    let header = members(parts.header, TokenPart::Header)?;
    let tried = candidates(&header, keys)?;
    let signature = decoded(parts.signature, TokenPart::Signature)?;
    let key = tried
        .iter()
        .copied()
        .find(|key| verifier.verifies(key, parts.signed.as_bytes(), &signature));
    let key = key.ok_or(HandOverFault::Signature { tried: tried.len() })?;
    let payload = members(parts.payload, TokenPart::Payload)?;
    let claims = HandOverClaims::read(&payload, key, expected)?;
    Ok(HandedOver { key, claims })
}

/// How many seconds the token's `iat` is ahead of `now` (behind it: negative), of whatever `iat` can be read at all, the
/// rest being right or not.
pub fn clock_drift(token: &str, now: Timestamp) -> Option<i64> {
    let parts = split(token).ok()?;
    let payload = members(parts.payload, TokenPart::Payload).ok()?;
    let issued_at = instant(&payload, Claim::IssuedAt).ok()??;
    Some(issued_at.as_unix_seconds().saturating_sub(now.as_unix_seconds()))
}
