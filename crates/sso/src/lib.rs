//! OAuth 2 and OpenID Connect clients for Doorward.
//!
//! What stands here: the [`ProviderConfig`] of each identity provider, read and checked with every mistake told at
//! once; the [table](EmailWorth) of what each provider's word about an email is worth; and the [`Departure`], the first
//! half of a round trip, with PKCE, state and nonce (R51). The second half, the callback, is not built yet, so no page
//! offers a provider.

mod departure;
mod provider;

pub use departure::{Departure, DepartureError};
pub use provider::{EmailWorth, ProviderConfig, ProviderKind, ProviderProblem};
