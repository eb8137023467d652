//! One's own account, for whoever is signed in: by a cookie or a bearer session, never by a key of the portal application.

pub(crate) mod connections;
pub(crate) mod emails;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod security;
pub(crate) mod sessions;
pub(crate) mod two_factor;

use crate::problem::{Fault, FaultKind};

/// An id from a path; what is none is not found.
fn id_of<T: std::str::FromStr>(text: &str, nothing: &'static str) -> Result<T, Fault> {
    text.parse().map_err(|_| not_found(nothing))
}

/// 404 for what is not theirs, or not there.
fn not_found(nothing: &'static str) -> Fault {
    Fault::new(FaultKind::NotFound).detail(nothing)
}
