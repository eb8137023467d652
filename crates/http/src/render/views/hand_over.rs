//! Hand-over by the company's own site (B18).

use serde::Serialize;

use super::super::Page;

/// `/sign-in/jwt`: sends the token on by itself.
#[derive(Clone, Serialize)]
pub struct HandOver {
    /// The token, as it stood in the address.
    pub token: String,
    /// Where the person is going.
    pub return_to: String,
    /// Whether it does so by itself. Not where somebody is signed in already: a link that anybody can send must not put
    /// them into another account unasked.
    pub sends_itself: bool,
    /// Whoever is signed in already, if that is somebody else.
    pub signed_in_as: Option<String>,
}

impl std::fmt::Debug for HandOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandOver").finish_non_exhaustive()
    }
}

impl Page for HandOver {
    const TEMPLATE: &'static str = "hand-over.html";

    fn samples() -> Vec<Self> {
        let sample = Self {
            token: "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl".to_owned(),
            return_to: "/tickets/42".to_owned(),
            sends_itself: true,
            signed_in_as: None,
        };
        let asking = Self {
            sends_itself: false,
            signed_in_as: Some("Ada Lovelace".to_owned()),
            ..sample.clone()
        };
        vec![sample, asking]
    }
}
