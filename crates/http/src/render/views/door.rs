use serde::Serialize;

use super::super::{Page, messages};
use super::{DirectoryTold, FieldError, Providers, Refusal};

/// `/sign-in`: every way in that the workspace has open (B1, B2).
#[derive(Debug, Clone, Default, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one thing stands on the page"
)]
pub struct SignIn {
    /// What was typed as address.
    pub email: String,
    /// Whether passwords are open.
    pub password: bool,
    /// Whether emailed codes are open.
    pub code: bool,
    /// Whether passkeys are open.
    pub passkey: bool,
    /// Providers that are open.
    pub providers: Providers,
    /// By what this browser signed in last: `password`, `email-code` or `passkey`; a provider is noted with its buttons.
    pub last_used: Option<String>,
    /// Whether *Keep me signed in* is ticked.
    pub keep: bool,
    /// Whether new people may sign up.
    pub sign_up: bool,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email` or `password`.
    pub errors: Vec<FieldError>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign-in.html";

    fn samples() -> Vec<Self> {
        let open = Self {
            password: true,
            code: true,
            passkey: true,
            sign_up: true,
            last_used: Some("password".to_owned()),
            ..Self::default()
        };
        let refused = |code: &str, words| {
            Some(Refusal {
                code: code.to_owned(),
                words,
                help_code: Some("7F3K-9QXM".to_owned()),
                directory: None,
            })
        };
        let directory = |told: DirectoryTold| {
            let words = messages::refusals::not_in_directory();
            refused("not-in-directory", words).map(|refusal| Refusal {
                directory: Some(told),
                ..refusal
            })
        };
        let [known, unknown] = DirectoryTold::samples();
        vec![
            open.clone(),
            Self {
                email: "ada@example.com".to_owned(),
                refusal: refused("invalid-credentials", messages::refusals::invalid_credentials()),
                ..open.clone()
            },
            Self {
                email: "ada@".to_owned(),
                errors: vec![
                    FieldError::new("email", messages::email_invalid()),
                    FieldError::new("password", messages::password_missing()),
                ],
                ..open.clone()
            },
            Self {
                refusal: refused("try-later", messages::refusals::try_later(300)),
                ..open.clone()
            },
            Self {
                refusal: refused("session-expired", messages::attempt_over()),
                keep: true,
                ..open.clone()
            },
            Self {
                refusal: refused("passkey-wrong", messages::refusals::passkey_wrong()),
                ..open.clone()
            },
            Self {
                providers: Providers::all(),
                last_used: Some("email-code".to_owned()),
                ..open.clone()
            },
            Self {
                providers: Providers::of_the_directory(),
                last_used: None,
                refusal: directory(known),
                ..open.clone()
            },
            Self {
                password: true,
                providers: Providers::all(),
                refusal: directory(unknown),
                ..Self::default()
            },
            Self {
                providers: Providers::of_the_directory(),
                refusal: refused("provider-cancelled", messages::refusals::provider_cancelled()),
                ..Self::default()
            },
            Self {
                passkey: true,
                providers: Providers::all(),
                last_used: Some("passkey".to_owned()),
                ..Self::default()
            },
            Self {
                code: true,
                ..Self::default()
            },
            Self {
                password: true,
                ..Self::default()
            },
            Self {
                passkey: true,
                ..Self::default()
            },
            Self::default(),
        ]
    }
}

/// `/sign-in/code` and `/sign-up/verify`: the emailed code (B2, A3). Whether a mail went out makes no difference here
/// (R30, R90).
#[derive(Debug, Clone, Serialize)]
pub struct CodePage {
    /// What the code is for.
    pub purpose: CodePurpose,
    /// What is held of somebody whom a provider sent: goes with the forms, and leads back to their one more step (B7).
    pub held: Option<String>,
    /// The masked address.
    pub address: String,
    /// The address that mails come from, without a name.
    pub sender: Option<String>,
    /// Whole minutes since the latest code went out (R27).
    pub sent_minutes_ago: Option<u32>,
    /// Whether another code may be asked for in this attempt at all.
    pub may_resend: bool,
    /// Seconds until another code may be asked for; 0 when it may be now.
    pub resend_in_seconds: u32,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `code`.
    pub errors: Vec<FieldError>,
}

/// What an emailed code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodePurpose {
    /// To sign in.
    SignIn,
    /// To prove the address of a new account.
    SignUp,
}

impl Page for CodePage {
    const TEMPLATE: &'static str = "code.html";

    fn samples() -> Vec<Self> {
        let waiting = Self {
            purpose: CodePurpose::SignIn,
            held: None,
            address: "a•••@e•••.com".to_owned(),
            sender: Some("help@acme.example".to_owned()),
            sent_minutes_ago: Some(0),
            may_resend: true,
            resend_in_seconds: 24,
            refusal: None,
            errors: Vec::new(),
        };
        let refused = |code: &str, words| {
            Some(Refusal {
                code: code.to_owned(),
                words,
                help_code: Some("7F3K-9QXM".to_owned()),
                directory: None,
            })
        };
        vec![
            waiting.clone(),
            Self {
                resend_in_seconds: 0,
                sent_minutes_ago: Some(3),
                ..waiting.clone()
            },
            Self {
                resend_in_seconds: 1,
                sent_minutes_ago: Some(1),
                sender: None,
                ..waiting.clone()
            },
            Self {
                refusal: refused("code-wrong", messages::refusals::code_wrong()),
                ..waiting.clone()
            },
            Self {
                refusal: refused("code-expired", messages::refusals::code_expired()),
                resend_in_seconds: 0,
                sent_minutes_ago: Some(12),
                ..waiting.clone()
            },
            Self {
                refusal: refused("code-spent", messages::refusals::code_spent()),
                may_resend: false,
                ..waiting.clone()
            },
            Self {
                errors: vec![FieldError::new("code", messages::code_missing())],
                ..waiting.clone()
            },
            Self {
                errors: vec![FieldError::new("code", messages::code_shape(7))],
                ..waiting.clone()
            },
            Self {
                held: Some("0193fcb8-0000-4000-8000-000000000009".to_owned()),
                ..waiting.clone()
            },
            Self {
                purpose: CodePurpose::SignUp,
                ..waiting.clone()
            },
            Self {
                purpose: CodePurpose::SignUp,
                refusal: refused("code-wrong", messages::refusals::code_wrong()),
                sent_minutes_ago: None,
                ..waiting
            },
        ]
    }
}

/// In place of a page whose form has run out: leads back to the form, and the destination with it (B13).
#[derive(Debug, Clone, Serialize)]
pub struct ExpiredForm {
    /// The path of the page to begin again on.
    pub again: String,
}

impl Page for ExpiredForm {
    const TEMPLATE: &'static str = "expired.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            again: "/sign-in".to_owned(),
        }]
    }
}

/// A refusal that leaves no form to try again.
#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    /// What was refused and why.
    pub refusal: Refusal,
}

impl Page for Refused {
    const TEMPLATE: &'static str = "refused.html";

    fn samples() -> Vec<Self> {
        use messages::refusals;
        let all = [
            ("method-off", refusals::method_off()),
            ("link-invalid", refusals::link_invalid()),
            ("try-later", refusals::try_later(59)),
            ("sign-up-closed", refusals::sign_up_closed()),
        ];
        all.into_iter()
            .map(|(code, words)| Self {
                refusal: Refusal {
                    code: code.to_owned(),
                    words,
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                },
            })
            .collect()
    }
}
