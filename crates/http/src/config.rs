//! What the transport needs to know of the configuration; read and checked by the binary.

use std::time::Duration;

use ipnet::IpNet;

use crate::public_url::PublicUrl;

/// Largest request body, in bytes (R2).
pub const BODY_CAP_BYTES: usize = 64 * 1024;

/// Largest request body where a picture is uploaded, in bytes: the picture and what a form adds around it (A4).
pub const UPLOAD_CAP_BYTES: usize = doorward_domain::picture::MAX_UPLOAD_BYTES + BODY_CAP_BYTES;

/// Time for a request body to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Addresses and trust.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// `public_url`: scheme, base host and port that people see.
    pub public_url: PublicUrl,
    /// `default_workspace`: the address part of the workspace served at the base host.
    pub default_workspace: Option<String>,
    /// `trusted_proxies`: whose `X-Forwarded-*` or `Forwarded` headers are believed (R92).
    pub trusted_proxies: Vec<IpNet>,
    /// Origins of the server-wide providers, where forms may end up (R84).
    pub form_targets: Vec<String>,
}
