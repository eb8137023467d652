//! Secrets as values that do not print, do not compare by accident, and are wiped when dropped.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ports::Entropy;

/// Longest password accepted, in Unicode code points after NFC (R2).
pub const MAX_PASSWORD_CODE_POINTS: usize = 256;
/// Longest password accepted, in bytes of UTF-8 after NFC (R2).
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// Letters of an emailed code (B2).
pub const CODE_LENGTH: usize = 7;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The Crockford base32 letter of the low five bits.
pub(crate) fn crockford_letter(byte: u8) -> u8 {
    CROCKFORD.get(usize::from(byte & 31)).copied().unwrap_or(b'0')
}

/// The letter that somebody meant: any case, `O` read as `0`, `I` and `L` as `1`; `None` if it is none of the alphabet.
pub(crate) fn crockford_value(typed: char) -> Option<u8> {
    let meant = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    u8::try_from(meant).ok().filter(|byte| CROCKFORD.contains(byte))
}

/// Why a text cannot be a password at all. Length below the minimum is a matter of [`crate::password_rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Nothing was typed (R10).
    #[error("the password is empty")]
    Empty,
    /// More than 256 code points or 1,024 bytes (R2); refused before hashing, never truncated.
    #[error("the password is too long")]
    TooLong,
}

/// A password in NFC, exactly as typed otherwise: spaces at the ends are kept (R3).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

impl Password {
    /// Takes what was typed, normalises it to NFC (R3) and checks the upper bounds (R2).
    pub fn parse(typed: &str) -> Result<Self, PasswordError> {
        if typed.is_empty() {
            return Err(PasswordError::Empty);
        }
        if typed.len() > MAX_PASSWORD_BYTES * 3 {
            return Err(PasswordError::TooLong);
        }
        let normal: String = typed.nfc().collect();
        if normal.len() > MAX_PASSWORD_BYTES || normal.chars().count() > MAX_PASSWORD_CODE_POINTS {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(normal))
    }

    /// One that the server made: plain ASCII, within all bounds.
    pub fn generated(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for hashing and for checking rules; never log or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// A stored password hash: a PHC string (R5), opaque outside the hashing engine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordDigest(String);

impl PasswordDigest {
    /// Wraps a PHC string made by the hashing engine or read from a row.
    pub fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordDigest([redacted])")
    }
}

/// How the codes of one set are hashed: parameters and one salt, as a PHC string without a hash (R74). Opaque outside the
/// hashing engine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HashRecipe(String);

impl HashRecipe {
    /// Wraps a recipe made by the hashing engine or read from a row.
    pub fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HashRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashRecipe([redacted])")
    }
}

/// SHA-256 of a token, or HMAC-SHA-256 of a code: what is stored and looked up (R29, R31, R78).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Wraps a digest read from a row.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time, for digests of low-entropy secrets (R29).
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest([redacted])")
    }
}

/// A random token of 256 bits, written as 43 characters of base64url (R31, R78).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RawToken([u8; 32]);

impl RawToken {
    /// Draws a new token.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a token as it stands in a cookie, a header or a link. `None` if it is not 43 characters of base64url:
    /// an absent, empty or cut-off token matches nothing (R33).
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        if text.len() != 43 {
            return None;
        }
        let decoded = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.copy_from_slice(decoded.get(..32)?);
        Some(Self(bytes))
    }

    /// The token as it is given out, once.
    pub fn expose(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.0)
    }

    /// What is stored of it.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for RawToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawToken([redacted])")
    }
}

/// The server key under which short codes and device cookies are authenticated (R29); kept outside the database.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CodeKey([u8; 32]);

impl CodeKey {
    /// Wraps key material derived from the server's secret key file.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// HMAC-SHA-256 over length-prefixed `parts`, so that no two lists of parts give the same input.
    pub fn authenticate(&self, parts: &[&[u8]]) -> TokenDigest {
        // HMAC takes keys of any length, so the other arm is never reached; an all-zero digest matches nothing stored.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return TokenDigest([0; 32]);
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        TokenDigest(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey([redacted])")
    }
}

/// A code of seven Crockford base32 characters, 35 bits (R20).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EmailCode([u8; CODE_LENGTH]);

impl EmailCode {
    /// Draws a new code, five bits a character, without modulo bias.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; CODE_LENGTH];
        entropy.fill(&mut bytes);
        for byte in &mut bytes {
            *byte = crockford_letter(*byte);
        }
        Self(bytes)
    }

    /// Reads what a person typed: any case, spaces and dashes dropped, `O` read as `0`, `I` and `L` as `1` (B2).
    /// `None` if that does not leave seven characters of the alphabet.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 256 {
            return None;
        }
        let mut bytes = [0_u8; CODE_LENGTH];
        let mut filled = 0;
        for c in typed.chars() {
            if c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}' | '\u{feff}') {
                continue;
            }
            *bytes.get_mut(filled)? = crockford_value(c)?;
            filled += 1;
        }
        (filled == CODE_LENGTH).then_some(Self(bytes))
    }

    /// The code as it is mailed, once.
    pub fn expose(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// What is stored of it: keyed, and bound to the flow it was issued in (R25, R29).
    pub fn digest(&self, key: &CodeKey, flow: crate::ids::FlowId) -> TokenDigest {
        key.authenticate(&[b"email-code", flow.as_uuid().as_bytes(), &self.0])
    }
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailCode([redacted])")
    }
}

/// Eight characters by which staff find a receipt: `K7QM-2XRD` (C4). Not a secret: it opens nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HelpCode(String);

impl HelpCode {
    /// Draws a new help code, 40 bits.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 8];
        entropy.fill(&mut bytes);
        let letter = |byte: &u8| char::from(crockford_letter(*byte));
        let text: String = bytes.iter().map(letter).collect();
        Self(format!(
            "{}-{}",
            &text.get(..4).unwrap_or_default(),
            &text.get(4..).unwrap_or_default()
        ))
    }

    /// Reads one as somebody says it on the telephone: any case and spacing, look-alikes forgiven.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut text = String::with_capacity(9);
        for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = char::from(crockford_value(c)?);
            if text.len() == 4 {
                text.push('-');
            }
            text.push(c);
            if text.len() > 9 {
                return None;
            }
        }
        (text.len() == 9).then_some(Self(text))
    }

    /// The code with its dash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HelpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
