//! What a provider says of itself: its metadata and its keys (R54).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorward_domain::ports::ProviderFault;
use doorward_domain::time::Timestamp;
use oauth2::AuthType;
use serde::Deserialize;
use url::Url;

use crate::cached::Cached;
use crate::http::{Errand, Http, HttpError, Limits, get};
use crate::keys::KeySet;
use crate::provider::{ProviderConfig, endpoint};
use crate::reach::is_loopback_host;

/// How long metadata, and keys, are good for: a key that a provider takes back counts no longer than this.
const GOOD_FOR: Duration = Duration::from_hours(1);
/// Keys are fetched for an unknown `kid` at most this often (R54).
const KEYS_FLOOR: Duration = Duration::from_mins(1);

/// What a provider says of itself, each address overridden by the configured one.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: Url,
    pub(crate) token_endpoint: Url,
    pub(crate) userinfo_endpoint: Option<Url>,
    pub(crate) jwks_uri: Url,
    /// Algorithms that ID tokens are signed with; `None` if it does not say.
    pub(crate) algorithms: Option<Vec<String>>,
    /// How a client shows who it is.
    pub(crate) auth_type: AuthType,
    /// Whether each of its answers names it (RFC 9207).
    pub(crate) names_itself: bool,
}

/// The document of `/.well-known/openid-configuration`.
#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Metadata and keys of one provider, fetched when they are needed.
#[derive(Debug)]
pub(crate) struct Discovery {
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    /// When the keys were last fetched for an unknown `kid`.
    fetched_for_unknown: Mutex<Option<Timestamp>>,
}

impl Discovery {
    pub(crate) fn new() -> Self {
        Self {
            metadata: Cached::new(),
            keys: Cached::new(),
            fetched_for_unknown: Mutex::new(None),
        }
    }

    /// What the provider says of itself.
    pub(crate) async fn metadata(
        &self,
        provider: &ProviderConfig,
        http: &Http,
        limits: &Limits,
        until: tokio::time::Instant,
    ) -> Result<Arc<Metadata>, ProviderFault> {
        let errand = errand("discovery", limits, until);
        self.metadata
            .get(GOOD_FOR, &errand, async {
                if let Some(configured) = Metadata::configured(provider) {
                    return Ok(configured);
                }
                let issuer = provider.issuer.as_deref().unwrap_or_default();
                let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
                let address = Url::parse(&address).map_err(|_| errand.fault(HttpError::Address))?;
                let document = http.json(get(&address, None), &errand).await;
                let document = document.map_err(|error| errand.fault(error))?;
                Metadata::read(provider, document).map_err(|error| errand.fault(error))
            })
            .await
    }

    /// The provider's keys.
    pub(crate) async fn keys(
        &self,
        metadata: &Metadata,
        http: &Http,
        limits: &Limits,
        until: tokio::time::Instant,
    ) -> Result<Arc<KeySet>, ProviderFault> {
        let errand = errand("keys", limits, until);
        let fetch = fetch_keys(metadata, http, &errand);
        self.keys.get(GOOD_FOR, &errand, fetch).await
    }

    /// The provider's keys once more, because one is wanted that `stale` does not hold; `None` if that was asked for within
    /// the last minute.
    pub(crate) async fn keys_anew(
        &self,
        stale: &Arc<KeySet>,
        metadata: &Metadata,
        http: &Http,
        limits: &Limits,
        until: tokio::time::Instant,
        now: Timestamp,
    ) -> Result<Option<Arc<KeySet>>, ProviderFault> {
        let errand = errand("keys", limits, until);
        let fetch = async {
            {
                let mut last = self.fetched_for_unknown.lock().unwrap_or_else(PoisonError::into_inner);
                // A clock that was set back must not close this for long.
                let recent = |then: Timestamp| now.since(then).max(then.since(now)) < KEYS_FLOOR;
                if last.is_some_and(recent) {
                    return Ok(None);
                }
                *last = Some(now);
            }
            fetch_keys(metadata, http, &errand).await.map(Some)
        };
        self.keys.other_than(stale, &errand, fetch).await
    }
}

fn errand(what: &'static str, limits: &Limits, until: tokio::time::Instant) -> Errand {
    Errand {
        what,
        until: until.min(tokio::time::Instant::now() + limits.metadata),
        body: limits.metadata_body,
    }
}

async fn fetch_keys(metadata: &Metadata, http: &Http, errand: &Errand) -> Result<KeySet, ProviderFault> {
    let document = http.json(get(&metadata.jwks_uri, None), errand).await;
    document
        .and_then(|document| KeySet::read(&document).ok_or(HttpError::Content))
        .map_err(|error| errand.fault(error))
}

impl Metadata {
    /// From the configuration alone, where it holds every address that is needed.
    fn configured(provider: &ProviderConfig) -> Option<Self> {
        Some(Self {
            authorization_endpoint: provider.authorization_endpoint.clone()?,
            token_endpoint: provider.token_endpoint.clone()?,
            userinfo_endpoint: provider.userinfo_endpoint.clone(),
            jwks_uri: provider.jwks_uri.clone()?,
            algorithms: None,
            auth_type: AuthType::BasicAuth,
            names_itself: false,
        })
    }

    fn read(provider: &ProviderConfig, document: Document) -> Result<Self, HttpError> {
        let template = provider.issuer_template();
        let issuer = template.as_deref().or(provider.issuer.as_deref()).unwrap_or_default();
        if document.issuer != issuer {
            return Err(HttpError::OtherIssuer);
        }
        let on_loopback = provider.is_on_loopback();
        let address = |configured: &Option<Url>, discovered: &str| match configured {
            Some(configured) => Ok(configured.clone()),
            // Nobody is sent to this machine by a provider that is not on it.
            None => endpoint(discovered)
                .ok()
                .filter(|url| on_loopback || !is_loopback_host(url))
                .ok_or(HttpError::Content),
        };
        let userinfo_endpoint = match (&provider.userinfo_endpoint, &document.userinfo_endpoint) {
            (Some(configured), _) => Some(configured.clone()),
            (None, Some(discovered)) => Some(address(&None, discovered)?),
            (None, None) => None,
        };
        Ok(Self {
            authorization_endpoint: address(&provider.authorization_endpoint, &document.authorization_endpoint)?,
            token_endpoint: address(&provider.token_endpoint, &document.token_endpoint)?,
            userinfo_endpoint,
            jwks_uri: address(&provider.jwks_uri, &document.jwks_uri)?,
            algorithms: document.id_token_signing_alg_values_supported,
            auth_type: auth_type(document.token_endpoint_auth_methods_supported.as_deref()),
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

/// In a header unless the provider takes it in the body only.
fn auth_type(methods: Option<&[String]>) -> AuthType {
    let takes = |method: &str| methods.is_some_and(|methods| methods.iter().any(|listed| listed == method));
    if takes("client_secret_post") && !takes("client_secret_basic") {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::config;

    fn read(key: &str, address: &str) -> Result<Metadata, HttpError> {
        let provider = config("acme", &[("issuer", "https://sso.acme.example")]);
        let mut document = json!({
            "issuer": "https://sso.acme.example",
            "authorization_endpoint": "https://sso.acme.example/authorize",
            "token_endpoint": "https://sso.acme.example/token",
            "userinfo_endpoint": "https://sso.acme.example/me",
            "jwks_uri": "https://keys.acme.example/",
        });
        document[key] = json!(address);
        Metadata::read(&provider, serde_json::from_value(document).unwrap())
    }

    #[test]
    fn r54_a_provider_elsewhere_sends_nobody_to_this_machine() {
        for key in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
        ] {
            assert!(read(key, "https://other.example/x").is_ok());
            for closed in [
                "http://localhost/x",
                "https://localhost/x",
                "https://127.0.0.1/x",
                "http://[::1]:80/",
            ] {
                assert!(matches!(read(key, closed), Err(HttpError::Content)), "{key} {closed}");
            }
        }
    }
}
