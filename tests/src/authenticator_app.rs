//! An authenticator app, as a person has it on their phone: it is given a key, and shows a code for each half minute.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE32_NOPAD;
use totp_rs::{Builder, Secret};
use url::Url;

/// Seconds of one code (RFC 6238).
const STEP: u64 = 30;
/// A code that is about to leave the server's window is not begun with: on a busy machine it would come too late.
const MARGIN: u64 = 6;

/// An app with one key.
#[derive(Debug, Clone)]
pub struct AuthenticatorApp {
    key: Vec<u8>,
    last: u64,
}

impl AuthenticatorApp {
    /// With the key as a page shows it, in groups of letters.
    ///
    /// # Panics
    /// When it is no base32.
    pub fn from_key(shown: &str) -> Self {
        let bare: String = shown.chars().filter(|letter| !letter.is_whitespace()).collect();
        let key = BASE32_NOPAD.decode(bare.to_ascii_uppercase().as_bytes());
        Self {
            key: key.unwrap_or_else(|error| panic!("{shown:?} is no key: {error}")),
            last: 0,
        }
    }

    /// With the address that a QR code holds.
    ///
    /// # Panics
    /// When it is not one that every app reads: SHA-1, six digits, thirty seconds, with an issuer (R68).
    pub fn from_url(shown: &str) -> Self {
        let url = Url::parse(shown).unwrap_or_else(|error| panic!("{shown:?} is no address: {error}"));
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")), "{url}");
        let value = |name: &str| {
            let found = url.query_pairs().find(|(own, _)| own == name);
            found.map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        assert!(matches!(value("algorithm").as_str(), "" | "SHA1"), "{url}");
        assert!(matches!(value("digits").as_str(), "" | "6"), "{url}");
        assert!(matches!(value("period").as_str(), "" | "30"), "{url}");
        assert!(!value("issuer").is_empty(), "{url}");
        Self::from_key(&value("secret"))
    }

    /// The same app, whose person was let in before by the codes of `other`: a step is good once, whichever key made its
    /// code (R70).
    #[must_use]
    pub fn after(mut self, other: &Self) -> Self {
        self.last = self.last.max(other.last);
        self
    }

    /// The key without spaces.
    pub fn key(&self) -> String {
        BASE32_NOPAD.encode(&self.key)
    }

    /// How many bits the key has.
    pub fn bits(&self) -> usize {
        self.key.len() * 8
    }

    /// The step that the clock of this machine is in.
    pub fn step_now() -> u64 {
        now() / STEP
    }

    /// The code of a step.
    pub fn code_of(&self, step: u64) -> String {
        let totp = Builder::new()
            .with_secret(Secret::from(self.key.clone()))
            .with_account_name("account".to_owned())
            .with_issuer(Some("issuer".to_owned()))
            .build();
        let totp = totp.expect("a key of the server makes codes");
        totp.generate(step * STEP).to_string()
    }

    /// A code that the server takes now and has not taken before: of the step before, of this one, or of the next,
    /// whichever comes first after the one that was given last. Waits for the clock only after all three.
    pub async fn next_code(&mut self) -> String {
        let step = self.next_step().await;
        self.code_of(step)
    }

    /// The step of [`AuthenticatorApp::next_code`], for tests that look at its neighbours.
    pub async fn next_step(&mut self) -> u64 {
        loop {
            let now = now();
            let from = if now % STEP > STEP - MARGIN {
                now / STEP
            } else {
                now / STEP - 1
            };
            let step = from.max(self.last + 1);
            if step <= now / STEP + 1 {
                self.last = step;
                return step;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A well-formed code that is right for no step that the server may look at.
    pub fn wrong_code(&self) -> String {
        let now = Self::step_now();
        let near: Vec<String> = (now - 3..=now + 3).map(|step| self.code_of(step)).collect();
        let mut wrong = (0..).map(|number| format!("{number:06}"));
        wrong
            .find(|code| !near.contains(code))
            .expect("there are a million codes")
    }

    /// The code of a step as Debian's `oathtool` has it, which is given the key as text.
    ///
    /// # Panics
    /// When it is not on this machine; `cargo xtask setup` installs it.
    pub fn code_by_oathtool(&self, step: u64) -> String {
        let output = Command::new("oathtool")
            .args(["--totp", "--base32", "--now", &format!("@{}", step * STEP), &self.key()])
            .env("TZ", "UTC")
            .output()
            .unwrap_or_else(|error| panic!("oathtool (`cargo xtask setup` installs it): {error}"));
        assert!(
            output.status.success(),
            "oathtool: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs()
}
