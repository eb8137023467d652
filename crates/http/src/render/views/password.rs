use serde::Serialize;

use super::super::{Page, messages};
use super::{FieldError, PasswordRules, Refusal};

/// A form that asks for an address, to which a mail goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddressForm {
    /// What was typed as address.
    pub email: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email`.
    pub errors: Vec<FieldError>,
}

impl AddressForm {
    /// Empty, with what is no address, and refused.
    pub(super) fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                email: "ada at example".to_owned(),
                errors: vec![FieldError::new("email", messages::email_invalid())],
                ..Self::default()
            },
            Self {
                email: "ada@example.com".to_owned(),
                refusal: Some(Refusal {
                    code: "try-later".to_owned(),
                    words: messages::refusals::try_later(840),
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                }),
                ..Self::default()
            },
        ]
    }
}

/// `/forgot-password` (B14).
#[derive(Debug, Clone, Serialize)]
pub struct ForgotPassword(pub AddressForm);

impl From<AddressForm> for ForgotPassword {
    fn from(form: AddressForm) -> Self {
        Self(form)
    }
}

impl Page for ForgotPassword {
    const TEMPLATE: &'static str = "forgot-password.html";

    fn samples() -> Vec<Self> {
        AddressForm::samples().into_iter().map(Self).collect()
    }
}

/// After a reset mail was asked for: the same for every address (B16).
#[derive(Debug, Clone, Serialize)]
pub struct ForgotPasswordSent {
    /// The masked address.
    pub address: String,
    /// The address that mails come from, without a name.
    pub sender: Option<String>,
    /// How long a link works, in minutes (R32).
    pub lifetime_minutes: u32,
}

impl Page for ForgotPasswordSent {
    const TEMPLATE: &'static str = "forgot-password-sent.html";

    fn samples() -> Vec<Self> {
        vec![
            Self {
                address: "a•••@e•••.com".to_owned(),
                sender: Some("help@acme.example".to_owned()),
                lifetime_minutes: 60,
            },
            Self {
                address: "a•••@e•••.com".to_owned(),
                sender: None,
                lifetime_minutes: 60,
            },
        ]
    }
}

/// `/reset-password`: the page that a reset link leads to once its token has left the address bar (R36).
#[derive(Debug, Clone, Serialize)]
pub struct ResetPassword {
    /// What the password must have.
    pub rules: PasswordRules,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `password`.
    pub errors: Vec<FieldError>,
}

impl Page for ResetPassword {
    const TEMPLATE: &'static str = "reset-password.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            rules: PasswordRules { min_length: 15 },
            refusal: None,
            errors: Vec::new(),
        };
        vec![
            empty.clone(),
            Self {
                errors: vec![FieldError::new("password", messages::password_too_short(15))],
                ..empty
            },
        ]
    }
}

/// After a password was set: what else can sign in, so that an intruder's way in is seen (B14).
#[derive(Debug, Clone, Serialize)]
pub struct ResetPasswordDone {
    /// Everything beside the new password that opens the account.
    pub remaining: Vec<RemainingWay>,
}

/// A way into an account beside its password.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RemainingWay {
    /// Codes sent to an address.
    EmailedCode {
        /// The masked address.
        address: String,
    },
    /// Passkeys.
    Passkey,
    /// Accounts at providers that are connected.
    Connected,
}

impl Page for ResetPasswordDone {
    const TEMPLATE: &'static str = "reset-password-done.html";

    fn samples() -> Vec<Self> {
        vec![
            Self { remaining: Vec::new() },
            Self {
                remaining: vec![RemainingWay::EmailedCode {
                    address: "a•••@e•••.com".to_owned(),
                }],
            },
            Self {
                remaining: vec![
                    RemainingWay::EmailedCode {
                        address: "a•••@e•••.com".to_owned(),
                    },
                    RemainingWay::Passkey,
                    RemainingWay::Connected,
                ],
            },
        ]
    }
}

/// A link that is spent, too old or cut off: one page for all three (R41).
#[derive(Debug, Clone, Serialize)]
pub struct LinkInvalid {
    /// What the link was for.
    pub of: DeadLink,
    /// "XXXX-XXXX" of the receipt, where there is one.
    pub help_code: Option<String>,
}

/// What a link was for that opens nothing any more; the way on depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadLink {
    /// Choosing a new password.
    Reset,
    /// The operator's link (B15).
    Recover,
    /// Proving an address.
    VerifyEmail,
    /// A personal portal link (B5).
    Portal,
    /// Undoing a change, or ending a stranger's session.
    Warning,
}

impl Page for LinkInvalid {
    const TEMPLATE: &'static str = "link-invalid.html";

    fn samples() -> Vec<Self> {
        let all = [
            DeadLink::Reset,
            DeadLink::Recover,
            DeadLink::VerifyEmail,
            DeadLink::Portal,
            DeadLink::Warning,
        ];
        let with = |help_code: Option<&str>| {
            let help_code = help_code.map(str::to_owned);
            all.map(|of| Self {
                of,
                help_code: help_code.clone(),
            })
        };
        with(Some("7F3K-9QXM")).into_iter().chain(with(None)).collect()
    }
}
