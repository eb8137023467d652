//! Portal links (B3–B5).

use serde::Serialize;

use super::super::{Page, messages};
use super::{FieldError, Providers, Refusal};

/// `/portal?to=`: the shared portal link (B3).
#[derive(Debug, Clone, Default, Serialize)]
pub struct SharedPortal {
    /// What was typed as address.
    pub email: String,
    /// Providers that are open.
    pub providers: Providers,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
    /// What is wrong with `email`.
    pub errors: Vec<FieldError>,
}

fn try_later() -> Refusal {
    Refusal {
        code: "try-later".to_owned(),
        words: messages::refusals::try_later(300),
        help_code: Some("7F3K-9QXM".to_owned()),
        directory: None,
    }
}

impl Page for SharedPortal {
    const TEMPLATE: &'static str = "portal-shared.html";

    fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                providers: Providers::all(),
                ..Self::default()
            },
            Self {
                email: "ada@".to_owned(),
                errors: vec![FieldError::new("email", messages::email_invalid())],
                ..Self::default()
            },
            Self {
                email: "ada@example.com".to_owned(),
                refusal: Some(try_later()),
                ..Self::default()
            },
        ]
    }
}

/// The page of a personal portal link, once its token has left the address bar (B4, R36).
#[derive(Debug, Clone, Serialize)]
pub struct PersonalPortal {
    /// The masked address that a code goes to (R40).
    pub address: String,
    /// Whether the form sends itself where scripts run.
    pub sends_itself: bool,
    /// The name of somebody else who is signed in, if anybody is.
    pub signed_in_as: Option<String>,
    /// Where the link leads.
    pub destination: String,
    /// Why the last try was refused.
    pub refusal: Option<Refusal>,
}

impl Page for PersonalPortal {
    const TEMPLATE: &'static str = "portal-personal.html";

    fn samples() -> Vec<Self> {
        let plain = Self {
            address: "a•••@e•••.com".to_owned(),
            sends_itself: true,
            signed_in_as: None,
            destination: "/tickets/42".to_owned(),
            refusal: None,
        };
        vec![
            plain.clone(),
            Self {
                sends_itself: false,
                refusal: Some(try_later()),
                ..plain.clone()
            },
            Self {
                signed_in_as: Some("Grace <b>Hopper</b>".to_owned()),
                ..plain
            },
        ]
    }
}

/// What portal links lead to where the workspace has them switched off.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PortalOff {}

impl Page for PortalOff {
    const TEMPLATE: &'static str = "portal-off.html";

    fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}
