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
}

impl std::fmt::Debug for HandOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandOver").finish_non_exhaustive()
    }
}

impl Page for HandOver {
    const TEMPLATE: &'static str = "hand-over.html";

    fn samples() -> Vec<Self> {
        vec![Self {
            token: "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl".to_owned(),
            return_to: "/tickets/42".to_owned(),
            sends_itself: true,
        }]
    }
}
