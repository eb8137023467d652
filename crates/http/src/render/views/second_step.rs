use serde::Serialize;

use super::super::{Page, messages};
use super::{FieldError, Refusal};

/// `/sign-in/second-factor`: the code of the authenticator app, or a backup code in its place (B11, B12).
#[derive(Debug, Clone, Default, Serialize)]
pub struct SecondFactor {
    /// Whether a passkey of theirs would do.
    pub passkey: bool,
    /// Whether the field begins as one for backup codes: the last try was one.
    pub backup: bool,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `code`.
    pub errors: Vec<FieldError>,
}

impl Page for SecondFactor {
    const TEMPLATE: &'static str = "second-factor.html";

    fn samples() -> Vec<Self> {
        let refused = |code: &str, words| {
            Some(Refusal {
                code: code.to_owned(),
                words,
                help_code: Some("7F3K-9QXM".to_owned()),
                directory: None,
            })
        };
        let plain = Self::default();
        vec![
            plain.clone(),
            Self {
                passkey: true,
                ..plain.clone()
            },
            Self {
                backup: true,
                refusal: refused("second-factor-wrong", messages::refusals::second_factor_wrong()),
                ..plain.clone()
            },
            Self {
                passkey: true,
                refusal: refused("try-later", messages::refusals::try_later(900)),
                ..plain.clone()
            },
            Self {
                errors: vec![FieldError::new("code", messages::factor_shape())],
                ..plain.clone()
            },
            Self {
                errors: vec![FieldError::new("code", messages::factor_missing())],
                ..plain
            },
        ]
    }
}

/// `/sign-in/second-factor/set-up` before a key is drawn: why there is one more step, and how it begins.
#[derive(Debug, Clone, Serialize)]
pub struct EnrolSecondFactor {}

impl Page for EnrolSecondFactor {
    const TEMPLATE: &'static str = "enrol.html";

    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}

/// `/backup-login`: the emergency door (B15).
#[derive(Debug, Clone, Default, Serialize)]
pub struct BackupLogin {
    /// What was typed as address.
    pub email: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email` or `password`.
    pub errors: Vec<FieldError>,
}

impl Page for BackupLogin {
    const TEMPLATE: &'static str = "backup-login.html";

    fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                email: "ada@example.com".to_owned(),
                refusal: Some(Refusal {
                    code: "invalid-credentials".to_owned(),
                    words: messages::refusals::invalid_credentials(),
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                }),
                ..Self::default()
            },
            Self {
                email: "ada@".to_owned(),
                errors: vec![
                    FieldError::new("email", messages::email_invalid()),
                    FieldError::new("password", messages::password_missing()),
                ],
                ..Self::default()
            },
        ]
    }
}
