//! The second factor: an authenticator app, and ten backup codes in its place (B11, B12, R66–R75).

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ports::Entropy;
use crate::secret::{HashRecipe, TokenDigest, crockford_letter, crockford_value};
use crate::time::Timestamp;

/// Bytes of an authenticator app's secret: 160 bits (R68).
pub const APP_SECRET_BYTES: usize = 20;
/// Digits of an app code.
pub const APP_CODE_DIGITS: usize = 6;
/// Seconds of one time step (RFC 6238).
pub const STEP_SECONDS: i64 = 30;
/// Backup codes of one set (R74).
pub const BACKUP_CODES: usize = 10;
/// Letters of a backup code: 65 bits (R74).
pub const BACKUP_CODE_LENGTH: usize = 13;
/// With this many backup codes left, or fewer, the person is warned (R74).
pub const FEW_BACKUP_CODES: u32 = 3;

/// The secret that an authenticator app and the server share. Encrypted at rest, shown only while it is set up (R68).
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct AppSecret([u8; APP_SECRET_BYTES]);

impl AppSecret {
    /// Draws a new secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; APP_SECRET_BYTES];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Wraps a secret read from a row, after decryption.
    pub const fn from_bytes(bytes: [u8; APP_SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes, for the code generator and for encryption.
    pub const fn expose(&self) -> &[u8; APP_SECRET_BYTES] {
        &self.0
    }

    /// The key as people type it into an app: base32 in groups of four.
    pub fn as_text(&self) -> String {
        let text = data_encoding::BASE32_NOPAD.encode(&self.0);
        let letters: Vec<char> = text.chars().collect();
        letters
            .chunks(4)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret([redacted])")
    }
}

/// A backup code: thirteen Crockford base32 letters, good once (B12).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct BackupCode([u8; BACKUP_CODE_LENGTH]);

impl BackupCode {
    /// Draws a new code, five bits a letter, without modulo bias.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; BACKUP_CODE_LENGTH];
        entropy.fill(&mut bytes);
        for byte in &mut bytes {
            *byte = crockford_letter(*byte);
        }
        Self(bytes)
    }

    /// Reads what a person typed: any case and spacing, look-alikes forgiven. `None` if that does not leave thirteen
    /// letters.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut bytes = [0_u8; BACKUP_CODE_LENGTH];
        let mut filled = 0;
        for c in visible(typed)? {
            *bytes.get_mut(filled)? = crockford_value(c)?;
            filled += 1;
        }
        (filled == BACKUP_CODE_LENGTH).then_some(Self(bytes))
    }

    /// The code as it is shown, once: `ABCDE-FGHJK-MNP`.
    pub fn expose(&self) -> String {
        let letters: Vec<char> = self.0.iter().map(|byte| char::from(*byte)).collect();
        letters
            .chunks(5)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join("-")
    }

    /// The bare thirteen letters, for hashing.
    pub fn bare(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupCode([redacted])")
    }
}

/// Six digits as somebody typed them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AppCode(String);

impl AppCode {
    /// The six digits.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AppCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppCode([redacted])")
    }
}

/// What was typed into the one field that takes an app code or a backup code.
#[derive(Debug, Clone)]
pub enum TypedFactor {
    /// Six digits, in any script that Unicode knows as decimal.
    App(AppCode),
    /// Thirteen letters.
    Backup(BackupCode),
    /// Neither; counts as a wrong app code.
    Neither,
}

impl TypedFactor {
    /// Reads it. Spaces and dashes are dropped.
    pub fn parse(typed: &str) -> Self {
        let Some(letters) = visible(typed) else {
            return Self::Neither;
        };
        let digits: Option<String> = letters
            .iter()
            .map(|c| decimal(*c).and_then(|digit| char::from_digit(digit, 10)))
            .collect();
        match digits {
            Some(digits) if digits.len() == APP_CODE_DIGITS => Self::App(AppCode(digits)),
            _ => BackupCode::parse(typed).map_or(Self::Neither, Self::Backup),
        }
    }
}

/// The letters of what was typed, without spacing; `None` if it is absurdly long.
fn visible(typed: &str) -> Option<Vec<char>> {
    (typed.len() <= 256).then(|| {
        typed
            .chars()
            .filter(|c| {
                !c.is_whitespace()
                    && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
            })
            .collect()
    })
}

/// The value of a decimal digit in the scripts that keyboards of ours offer: ASCII, Arabic-Indic, Persian, full-width.
fn decimal(c: char) -> Option<u32> {
    let code = u32::from(c);
    [0x30, 0x660, 0x6f0, 0xff10]
        .into_iter()
        .find(|zero| (*zero..*zero + 10).contains(&code))
        .map(|zero| code - zero)
}

/// An authenticator app that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFactor {
    /// The shared secret; `None` where what is stored does not open with any key that the server has, as after a key was
    /// lost. Then no code of the app can be checked, and everything else goes on.
    pub secret: Option<AppSecret>,
    /// When it was turned on.
    pub enabled_at: Timestamp,
}

/// An app that is being set up and not on yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingApp {
    /// The secret that is shown.
    pub secret: AppSecret,
    /// The session or attempt that sets it up; no other one is shown the key, or turns it on.
    pub set_up_by: uuid::Uuid,
    /// It cannot be turned on after this instant.
    pub expires_at: Timestamp,
}

/// Backup codes as stored: digests under one recipe, so that a try costs one hash (R74).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSet {
    /// How each code of the set is hashed.
    pub recipe: HashRecipe,
    /// What is left: digests of the codes that nobody used.
    pub left: Vec<TokenDigest>,
    /// Digests of the codes of this set that were used: good for nothing, and yet right (R28).
    pub used: Vec<TokenDigest>,
}

impl BackupSet {
    /// Whether a code with that digest is left; compares in constant time.
    pub fn holds(&self, digest: &TokenDigest) -> bool {
        self.left.iter().fold(false, |found, own| own.matches(digest) | found)
    }

    /// Whether a code with that digest was used; compares in constant time.
    pub fn spent(&self, digest: &TokenDigest) -> bool {
        self.used.iter().fold(false, |found, own| own.matches(digest) | found)
    }
}

/// Everything of one person's second factor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactorRecord {
    /// The app, if one is on.
    pub app: Option<AppFactor>,
    /// The app that is being set up, if one is.
    pub pending: Option<PendingApp>,
    /// The last time step that was accepted, ever: over re-enrolments too (R70).
    pub last_step: Option<i64>,
    /// The backup codes, if there are any.
    pub backup: Option<BackupSet>,
}

/// What the rules see of somebody's factors and passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactorSummary {
    /// Whether an authenticator app is on: two-factor authentication is on then.
    pub app: bool,
    /// Backup codes that nobody used yet.
    pub backup_codes_left: u32,
    /// Passkeys.
    pub passkeys: u32,
    /// Passkeys among them that their authenticator says are backed up, so that they outlive a lost device.
    pub synced_passkeys: u32,
}

/// What is spent by proving a second factor, or by signing in with a passkey: settled by the same write that opens (or
/// renews) the session, so that of any number of parallel tries one gets in (R28, R70, R74).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorUse {
    /// A time step of the app; it must be greater than the last one that was accepted.
    AppStep(i64),
    /// The backup code with that digest; it must be left.
    BackupCode(TokenDigest),
    /// A passkey, with its state after use.
    Passkey(PasskeyUse),
}

/// What using a passkey changes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyUse {
    /// Which.
    pub passkey: crate::ids::PasskeyId,
    /// Its state that the answer was checked against. Where it is another one by now, a second answer was faster: of a copy,
    /// perhaps (R76).
    pub before: String,
    /// Its state afterwards, as the engine writes it.
    pub state: String,
    /// Whether it is backed up, as its authenticator says now.
    pub synced: bool,
}

/// A code of the app that matched, before it is known whether its step was used already.
#[derive(Debug, PartialEq, Eq)]
pub struct AppCodeMatch {
    step: i64,
}

impl AppCodeMatch {
    /// What the code generator says: the code of `step` was typed. Only [`accepted_steps`] may match (R69).
    pub const fn of_step(step: i64) -> Self {
        Self { step }
    }

    /// The time step.
    pub const fn step(&self) -> i64 {
        self.step
    }
}

/// The time steps whose codes are accepted at `now`: this one and one either side (R69), and of these only those after
/// the last one that was accepted (R70). Latest first.
pub fn accepted_steps(last: Option<i64>, now: Timestamp) -> Vec<i64> {
    steps_in_window(now)
        .into_iter()
        .filter(|step| last.is_none_or(|last| *step > last))
        .collect()
}

/// This time step and one either side, latest first (R69).
pub fn steps_in_window(now: Timestamp) -> [i64; 3] {
    let step = now.as_unix_seconds().div_euclid(STEP_SECONDS);
    [step + 1, step, step - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b11_one_field_takes_app_codes_and_backup_codes() {
        assert!(matches!(TypedFactor::parse(" 123 456 "), TypedFactor::App(code) if code.expose() == "123456"));
        assert!(matches!(TypedFactor::parse("١٢٣٤٥٦"), TypedFactor::App(code) if code.expose() == "123456"));
        assert!(
            matches!(TypedFactor::parse("abcde-fghjk-mno"), TypedFactor::Backup(code) if code.bare() == "ABCDEFGHJKMN0")
        );
        for neither in [
            "",
            "12345",
            "1234567",
            "ABCDE-FGHJK-MN",
            "ABCDE-FGHJK-MNU",
            &"1".repeat(300),
        ] {
            assert!(matches!(TypedFactor::parse(neither), TypedFactor::Neither), "{neither}");
        }
    }

    #[test]
    fn r69_one_step_either_side_and_r70_only_later_ones() {
        let now = Timestamp::from_unix_seconds(59);
        assert_eq!(accepted_steps(None, now), [2, 1, 0]);
        assert_eq!(accepted_steps(Some(1), now), [2]);
        assert_eq!(accepted_steps(Some(2), now), Vec::<i64>::new(), "T+1, then T, then T-1");
    }

    #[test]
    fn r68_the_key_is_shown_in_groups_of_four() {
        let secret = AppSecret::from_bytes(*b"12345678901234567890");
        assert_eq!(secret.as_text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(format!("{secret:?}"), "AppSecret([redacted])");
    }
}
