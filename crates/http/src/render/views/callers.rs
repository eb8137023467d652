//! What staff asks of somebody, as they see it themselves (C10), and the page that follows a temporary password (C2).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::{Page, When, messages};
use super::{FieldError, PasswordRules, Refusal};

/// Something that staff asks to do.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRow {
    /// Its id.
    pub id: String,
    /// What it is.
    pub action: Words,
    /// When it was asked.
    pub at: When,
    /// When it is done, where it is announced.
    pub due: Option<When>,
    /// Whether it waits for a yes here.
    pub asks: bool,
}

/// `/account/requests`.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRequests {
    /// What is asked at present.
    pub requests: Vec<RequestRow>,
}

/// `/sign-in/new-password`.
#[derive(Debug, Clone, Serialize)]
pub struct NewOwnPassword {
    /// What the password must have.
    pub rules: PasswordRules,
    /// What is wrong with `password`.
    pub errors: Vec<FieldError>,
    /// The refusal of a form that is too old.
    pub refusal: Option<Refusal>,
}

impl Page for AccountRequests {
    const TEMPLATE: &'static str = "account-requests.html";

    fn samples() -> Vec<Self> {
        let at = || {
            let at = doorward_domain::time::Timestamp::from_unix_seconds(1_780_000_000);
            When::of(at, &doorward_domain::time_zone::TimeZone::or_utc(None))
        };
        let row = |action: &'static str, due, asks| RequestRow {
            id: "1".to_owned(),
            action: Words::key(action),
            at: at(),
            due,
            asks,
        };
        vec![
            Self { requests: Vec::new() },
            Self {
                requests: vec![
                    row("caller-for-set-password", None, true),
                    row("caller-for-reset-two-factor", Some(at()), false),
                    row("caller-for-reset-two-factor-and-passkeys", None, false),
                ],
            },
        ]
    }
}

impl Page for NewOwnPassword {
    const TEMPLATE: &'static str = "new-own-password.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            rules: PasswordRules { min_length: 12 },
            errors: Vec::new(),
            refusal: None,
        };
        vec![
            plain.clone(),
            Self {
                errors: vec![FieldError::new("password", messages::password_too_short(12))],
                ..plain
            },
        ]
    }
}
