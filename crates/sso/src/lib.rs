//! OAuth 2 and OpenID Connect clients for Doorward, and the signatures of hand-over ([`HandOverSignatures`], B18).
//!
//! One engine, [`Providers`], stands behind the port
//! [`IdentityProvider`](doorward_domain::ports::IdentityProvider): each [`ProviderConfig`] is read and checked with every
//! mistake told at once, people are sent off with PKCE, state and nonce (R51), and what comes back is exchanged and checked
//! (R53–R55, R58). What a provider's word about an email is worth stands in one table, [`EmailWorth`]. The engine keeps no
//! round trip: whoever calls it does, and hands it back.

mod cached;
mod check_up;
mod departure;
mod discovery;
mod engine;
mod exchange;
mod hand_over;
mod http;
mod id_token;
mod keys;
mod openid;
mod provider;
mod reach;
mod social;
#[cfg(test)]
mod testing;
mod worth;

pub use check_up::CheckUp;
pub use engine::{Options, Providers};
pub use hand_over::HandOverSignatures;
pub use http::{Limits, SetupError};
pub use provider::{Dialect, ProviderConfig, ProviderKind, ProviderProblem, Tenant, Tenants};
pub use worth::EmailWorth;
