use doorward_domain::mail::EmailNotice;
use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::TimeZone;
use doorward_domain::words::Words;
use serde::Serialize;

use super::super::{Page, When, messages};
use super::{FieldError, PasswordRules, Refusal};

/// The page that a mailed or printed link leads to, once its token has left the address bar (R36): says what the link
/// does, and does it by a button (R34).
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LinkConfirm {
    /// `/recover` (B15).
    Recover {
        /// The masked address of the account.
        address: String,
        /// Why the last try was refused.
        refusal: Option<Refusal>,
    },
    /// `/verify-email` (A5).
    VerifyEmail {
        /// The masked address.
        address: String,
        /// The name of the account.
        account: String,
    },
    /// `/revert-email` (R48).
    RevertEmail {
        /// What was done to the address: `added`, `made-primary` or `removed`.
        change: &'static str,
        /// The masked address.
        address: String,
    },
    /// `/stop-request` (C10).
    StopRequest {
        /// What was announced.
        action: Words,
    },
    /// `/restore-account`.
    RestoreAccount,
    /// `/not-me`.
    NotMe {
        /// When the sign-in was.
        at: When,
    },
}

impl Page for LinkConfirm {
    const TEMPLATE: &'static str = "link-confirm.html";

    fn samples() -> Vec<Self> {
        let address = || "a•••@e•••.com".to_owned();
        let revert = |change: EmailNotice| Self::RevertEmail {
            change: change.as_str(),
            address: address(),
        };
        vec![
            Self::Recover {
                address: address(),
                refusal: None,
            },
            Self::Recover {
                address: address(),
                refusal: Some(Refusal {
                    code: "try-later".to_owned(),
                    words: messages::refusals::try_later(60),
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                }),
            },
            Self::VerifyEmail {
                address: address(),
                account: "Ada <b>friends</b> Lovelace".to_owned(),
            },
            revert(EmailNotice::Added),
            revert(EmailNotice::MadePrimary),
            revert(EmailNotice::Removed),
            Self::StopRequest {
                action: Words::key("caller-for-reset-two-factor"),
            },
            Self::RestoreAccount,
            Self::NotMe {
                at: When::of(Timestamp::from_unix_seconds(1_780_000_000), &TimeZone::or_utc(None)),
            },
        ]
    }
}

/// After such a button was pressed.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LinkDone {
    /// The address signs its owner in from now on.
    Verified {
        /// The masked address.
        address: String,
    },
    /// The address belongs to another account by now.
    VerifyTaken,
    /// The change of addresses is undone, and a reset link is on its way.
    Reverted {
        /// The masked address that the link went to, where there is one.
        address: Option<String>,
    },
    /// The address belongs to another account by now.
    RevertTaken,
    /// That session is over, and a reset link is on its way.
    Disowned {
        /// The masked address that the link went to, where there is one.
        address: Option<String>,
    },
}

impl Page for LinkDone {
    const TEMPLATE: &'static str = "link-done.html";

    fn samples() -> Vec<Self> {
        let address = || Some("a•••@e•••.com".to_owned());
        vec![
            Self::Verified {
                address: "a•••@e•••.com".to_owned(),
            },
            Self::VerifyTaken,
            Self::Reverted { address: address() },
            Self::Reverted { address: None },
            Self::RevertTaken,
            Self::Disowned { address: address() },
            Self::Disowned { address: None },
        ]
    }
}

/// `/recover/set-up`: what the operator's link lets somebody do, and nothing else (B15, R73).
#[derive(Debug, Clone, Serialize)]
pub struct RecoverSetUp {
    /// The masked address of the account.
    pub address: String,
    /// What the password must have.
    pub rules: PasswordRules,
    /// Whether two-factor authentication is on.
    pub two_factor: bool,
    /// What is wrong with `password`.
    pub errors: Vec<FieldError>,
    /// The refusal of a form that is too old.
    pub refusal: Option<Refusal>,
}

impl Page for RecoverSetUp {
    const TEMPLATE: &'static str = "recover-set-up.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            address: "a•••@e•••.com".to_owned(),
            rules: PasswordRules { min_length: 12 },
            two_factor: true,
            errors: Vec::new(),
            refusal: None,
        };
        vec![
            plain.clone(),
            Self {
                two_factor: false,
                errors: vec![FieldError::new("password", messages::password_too_short(12))],
                ..plain.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "session-expired".to_owned(),
                    words: messages::form_expired(),
                    help_code: None,
                    directory: None,
                }),
                ..plain
            },
        ]
    }
}
