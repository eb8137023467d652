//! Hand-over by a signed token of the company's own site (B18): the keys it is signed with, what has to stand in it, and
//! the first thing that is wrong with one that does not pass.
//!
//! A token is a JSON Web Signature in its compact form (RFC 7515, 7519), made by the site for somebody who is signed in
//! there. It is good for one sign-in, within [`hand_over_window_seconds`](crate::limits::Limits) of its `iat`.

mod claims;
mod fault;
mod key;
mod token;

pub use claims::{Expected, HandOverClaims, MAX_EXTERNAL_ID, MAX_TOKEN_ID};
pub use fault::{Claim, HandOverFault, TokenPart};
pub use key::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, KeyProblem, MAX_LIVE_KEYS, PublicKeyMaterial, PublicKeyProblem,
    SHARED_SECRET_PREFIX, SharedSecret, default_highest_role, highest_role_problem,
};
pub use token::{HandedOver, MAX_HAND_OVER_TOKEN, check, clock_drift};

use crate::provider::{ExternalIdentity, ProviderId};
use crate::role::Audience;

/// The provider id that identities of the company's own site are connected under. No provider of the configuration may
/// have it.
pub const HAND_OVER_PROVIDER: &str = "jwt";

/// What the subject of somebody begins with whom the site gives no id of its own: the rest is the address.
pub(crate) const BY_ADDRESS: &str = "mailto:";

/// Who somebody is to the company's own site: by its own id for them where it gives one, else by the address. The site of
/// staff and that of customers may number their people alike, so their ids are apart.
pub fn identity(claims: &HandOverClaims, audience: Audience) -> Option<ExternalIdentity> {
    let subject = match &claims.external_id {
        Some(id) => id.clone(),
        None => format!("{BY_ADDRESS}{}", claims.email.key().as_str()),
    };
    let tenant = match audience {
        Audience::Customers => "",
        Audience::Staff => "staff",
    };
    Some(ExternalIdentity {
        provider: ProviderId::parse(HAND_OVER_PROVIDER).ok()?,
        issuer: String::new(),
        tenant: tenant.to_owned(),
        subject,
    })
}
