//! Hand-over by the company's own site (B18).

use doorward_domain::words::Words;
use serde::Serialize;

use super::super::super::{Page, When};
use super::super::FieldError;
use super::super::account::sample_when;
use super::people::Choice;

/// A key in the list.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverKeyRow {
    /// Its id, which a token may name as `kid`.
    pub id: String,
    /// Whom it hands over.
    pub audience: Words,
    /// Its algorithm.
    pub algorithm: String,
    /// The most that it can make of somebody.
    pub highest_role: Words,
    /// When it was added.
    pub made: When,
    /// Whether it counts.
    pub live: bool,
}

/// What a check of a token found. The token itself is not told back.
#[derive(Debug, Clone, Serialize)]
pub struct HandOverCheck {
    /// The first thing that is wrong: where, what it was, what it should be, and the reason that a receipt has for it. In
    /// English, as the checks tell it.
    pub wrong: Option<[String; 4]>,
    /// How far the clock of the site is from ours.
    pub drift: Option<Words>,
    /// The key that signed it.
    pub key: Option<String>,
    /// Whom it would sign in.
    pub opens: Option<Words>,
}

/// `/admin/hand-over`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminHandOver {
    /// Whose hand-over is off although there are keys for it.
    pub off: Vec<Words>,
    /// Whether two keys of one audience are live: the site changes over.
    pub changing_over: bool,
    /// Whether no more can be added.
    pub full: bool,
    /// The keys, live ones first.
    pub keys: Vec<HandOverKeyRow>,
    /// What a check found.
    pub check: Option<HandOverCheck>,
}

/// `/admin/hand-over/new`.
#[derive(Debug, Clone, Serialize)]
pub struct AdminHandOverNew {
    /// How tokens can be signed.
    pub algorithms: Vec<Choice>,
    /// The most that a token can make of somebody.
    pub roles: Vec<Choice>,
    /// The public key as pasted.
    pub public_key: String,
    /// What is wrong with the form.
    pub errors: Vec<FieldError>,
}

/// A key that was just added; its secret is shown once.
#[derive(Debug, Clone, Serialize)]
pub struct AdminHandOverMade {
    /// Its id.
    pub id: String,
    /// Its algorithm.
    pub algorithm: String,
    /// Its secret, where it is one that is shared.
    pub secret: Option<String>,
    /// Whether hand-over is still off.
    pub off: bool,
}

impl Page for AdminHandOver {
    const TEMPLATE: &'static str = "admin-hand-over.html";

    fn samples() -> Vec<Self> {
        let row = |live| HandOverKeyRow {
            id: "0190b7a0-0000-7000-8000-000000000001".to_owned(),
            audience: if live {
                Words::key("hand-over-key-customers")
            } else {
                Words::key("hand-over-key-staff")
            },
            algorithm: "HS256".to_owned(),
            highest_role: Words::key("role-customer"),
            made: sample_when(),
            live,
        };
        let empty = Self {
            off: Vec::new(),
            changing_over: false,
            full: false,
            keys: Vec::new(),
            check: None,
        };
        vec![
            empty.clone(),
            Self {
                off: vec![
                    Words::key("hand-over-key-off-customers"),
                    Words::key("hand-over-key-off-staff"),
                ],
                changing_over: true,
                full: true,
                keys: vec![row(true), row(false)],
                check: Some(HandOverCheck {
                    wrong: Some(["iat", "400 seconds ago <b>", "within 180 seconds", "token-iat"].map(str::to_owned)),
                    drift: Some(Words::key("hand-over-check-behind").with("seconds", 400_i64)),
                    key: Some("0190b7a0-0000-7000-8000-000000000001".to_owned()),
                    opens: None,
                }),
            },
            Self {
                check: Some(HandOverCheck {
                    wrong: None,
                    drift: Some(Words::key("hand-over-check-no-drift")),
                    key: Some("0190b7a0-0000-7000-8000-000000000001".to_owned()),
                    opens: Some(Words::key("hand-over-check-opens").with("name", "Zoë <b>")),
                }),
                ..empty
            },
        ]
    }
}

impl Page for AdminHandOverNew {
    const TEMPLATE: &'static str = "admin-hand-over-new.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            algorithms: vec![Choice {
                value: "HS256".to_owned(),
                label: Words::key("hand-over-key-shared").with("algorithm", "HS256"),
                chosen: true,
            }],
            roles: vec![Choice {
                value: "customer".to_owned(),
                label: Words::key("role-customer"),
                chosen: true,
            }],
            public_key: String::new(),
            errors: Vec::new(),
        };
        vec![
            plain.clone(),
            Self {
                public_key: "-----BEGIN PUBLIC KEY----- <b>".to_owned(),
                errors: vec![
                    FieldError::new("algorithm", Words::key("hand-over-key-too-many")),
                    FieldError::new("public_key", Words::key("hand-over-key-unreadable")),
                    FieldError::new("highest_role", Words::key("hand-over-key-role-wrong")),
                ],
                ..plain
            },
        ]
    }
}

impl Page for AdminHandOverMade {
    const TEMPLATE: &'static str = "admin-hand-over-made.html";

    fn samples() -> Vec<Self> {
        let shared = Self {
            id: "0190b7a0-0000-7000-8000-000000000001".to_owned(),
            algorithm: "HS256".to_owned(),
            secret: Some("dwh_sample".to_owned()),
            off: true,
        };
        vec![
            shared.clone(),
            Self {
                secret: None,
                off: false,
                ..shared
            },
        ]
    }
}
