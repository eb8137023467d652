use serde::Serialize;

use super::super::{Page, messages};
use super::{FieldError, PasswordRules, Providers, Refusal};

/// `/sign-up` (A3).
#[derive(Debug, Clone, Serialize)]
pub struct SignUp {
    /// What was typed as name.
    pub name: String,
    /// What was typed as address.
    pub email: String,
    /// What the password must have.
    pub rules: PasswordRules,
    /// The mail domains that sign-up is open to; empty when it is open to all.
    pub domains: Vec<String>,
    /// Providers that are open.
    pub providers: Providers,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `name`, `email` or `password`.
    pub errors: Vec<FieldError>,
}

impl Page for SignUp {
    const TEMPLATE: &'static str = "sign-up.html";

    fn samples() -> Vec<Self> {
        let empty = Self {
            name: String::new(),
            email: String::new(),
            rules: PasswordRules { min_length: 12 },
            domains: Vec::new(),
            providers: Providers::default(),
            refusal: None,
            errors: Vec::new(),
        };
        let with = |errors: Vec<FieldError>| Self {
            name: "Ada \"<i>\" Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            errors,
            ..empty.clone()
        };
        vec![
            empty.clone(),
            with(vec![
                FieldError::new("name", messages::name_missing()),
                FieldError::new("email", messages::email_missing()),
                FieldError::new("password", messages::new_password_missing()),
            ]),
            with(vec![FieldError::new("password", messages::password_too_short(12))]),
            with(vec![
                FieldError::new("name", messages::name_too_long(100)),
                FieldError::new("email", messages::one_email_only()),
                FieldError::new("password", messages::password_too_long(256)),
            ]),
            with(vec![
                FieldError::new("name", messages::name_invalid()),
                FieldError::new("password", messages::password_common()),
            ]),
            with(vec![FieldError::new("password", messages::password_context())]),
            Self {
                domains: vec!["acme.example".to_owned(), "acme-labs.example".to_owned()],
                ..empty.clone()
            },
            Self {
                providers: Providers::of_the_directory(),
                ..empty.clone()
            },
            Self {
                refusal: Some(Refusal {
                    code: "sign-up-closed".to_owned(),
                    words: messages::refusals::sign_up_closed(),
                    help_code: Some("7F3K-9QXM".to_owned()),
                    directory: None,
                }),
                ..empty
            },
        ]
    }
}
