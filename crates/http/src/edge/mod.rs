//! What stands between a connection and the handlers: one small file a concern.

pub mod caller;
pub mod cookies;
pub mod csrf;
pub mod host;
pub mod observe;
pub mod request_id;
pub mod security_headers;

pub use caller::{Caller, Peer};
pub use cookies::{CookieName, Cookies};
pub use host::{FindWorkspace, Place};
pub(crate) use security_headers::FramedBy;
pub use security_headers::{FormTargets, Nonce, TokenPage};
