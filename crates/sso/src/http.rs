//! The one HTTP client by which providers are spoken to: bounded in time, size and reach (R54, R65).

use std::sync::Arc;
use std::time::Duration;

use doorward_domain::ports::ProviderFault;
use oauth2::{HttpRequest, HttpResponse, http};
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls_platform_verifier::Verifier;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::reach::{Closed, Guard, Reach};

/// How much time and room a provider gets (R54, R65).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For metadata, and for keys.
    pub metadata: Duration,
    /// For everything that one question to the engine asks of a provider.
    pub total: Duration,
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of metadata, and of keys.
    pub metadata_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            metadata: Duration::from_secs(5),
            // The answer has to stand within ten seconds, its own work included.
            total: Duration::from_millis(9_750),
            body: 1024 * 1024,
            metadata_body: 256 * 1024,
        }
    }
}

/// Most headers of an answer, and bytes of them.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: u32 = 32 * 1024;

/// Why an engine cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// TLS cannot be set up, most often because the system has no root certificates.
    #[error(
        "TLS for identity providers cannot be set up (are the system's root certificates installed, such as Debian's ca-certificates?)"
    )]
    Tls(#[source] rustls::Error),
    /// The client cannot be built.
    #[error("the HTTP client for identity providers cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// What went wrong on the way to a provider and back; never holds a secret, nor an address's query.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error("the address of the request is none")]
    Address,
    #[error("no whole answer within the time there is")]
    Slow,
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("it answers {0}")]
    Status(http::StatusCode),
    #[error("it leads elsewhere, and redirects are not followed")]
    Redirect,
    #[error("it refuses: {0}")]
    Refused(String),
    #[error("the answer is not JSON")]
    NotJson,
    #[error("the answer lacks what it must hold, or holds it in another form")]
    Content,
    #[error("the metadata are those of another issuer than the configured one")]
    OtherIssuer,
    #[error("somebody else has just been told that it fails")]
    Shared,
    #[error("the request does not get through")]
    Transport(#[source] reqwest::Error),
}

/// What one request is for, and how much it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    /// `discovery`, `keys`, `token`, `userinfo`.
    pub(crate) what: &'static str,
    /// Until when.
    pub(crate) until: Instant,
    /// Bytes of a body.
    pub(crate) body: usize,
}

impl Errand {
    /// The fault that an error on this errand is.
    pub(crate) fn fault(&self, error: HttpError) -> ProviderFault {
        unavailable(self.what, error)
    }
}

/// The provider does not answer as it should.
pub(crate) fn unavailable(what: &'static str, error: HttpError) -> ProviderFault {
    ProviderFault::Unavailable {
        what,
        source: Some(Box::new(error)),
    }
}

/// A client of one reach. Each reach keeps connections of its own, so that none is used by somebody who may not open it.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    reach: Reach,
}

impl Http {
    pub(crate) fn new(reach: Reach, limits: &Limits) -> Result<Self, SetupError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(Arc::clone(&provider)).map_err(SetupError::Tls)?;
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(SetupError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Guard::new(reach))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_BYTES)
            .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self { client, reach })
    }

    /// Asks, and reads the whole answer, whatever its status.
    pub(crate) async fn send(&self, request: HttpRequest, errand: &Errand) -> Result<HttpResponse, HttpError> {
        timeout_at(errand.until, self.exchange(request, errand.body))
            .await
            .unwrap_or(Err(HttpError::Slow))
    }

    async fn exchange(&self, request: HttpRequest, most: usize) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| HttpError::Address)?;
        self.reach.admits_url(&url)?;
        let request = reqwest::Request::try_from(request).map_err(|_| HttpError::Address)?;
        let mut response = self.client.execute(request).await.map_err(transport)?;
        if response.status().is_redirection() {
            return Err(HttpError::Redirect);
        }
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(HttpError::TooLong(most));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if body.len() + chunk.len() > most {
                return Err(HttpError::TooLong(most));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }

    /// Asks for a JSON document.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(
        &self,
        request: Result<HttpRequest, HttpError>,
        errand: &Errand,
    ) -> Result<T, HttpError> {
        let response = self.send(request?, errand).await?;
        if response.status() != http::StatusCode::OK {
            return Err(HttpError::Status(response.status()));
        }
        if !is_json(&response) {
            return Err(HttpError::NotJson);
        }
        // What it says is not repeated: it may be a token.
        serde_json::from_slice(response.body()).map_err(|_| HttpError::Content)
    }
}

/// A request for a JSON document.
pub(crate) fn get(url: &Url, bearer: Option<&SecretString>) -> Result<HttpRequest, HttpError> {
    let mut request = http::Request::get(url.as_str()).header(http::header::ACCEPT, "application/json");
    if let Some(bearer) = bearer {
        request = request.header(
            http::header::AUTHORIZATION,
            format!("Bearer {}", bearer.expose_secret()),
        );
    }
    request.body(Vec::new()).map_err(|_| HttpError::Address)
}

/// Whether an answer says that it is JSON: `application/json`, or a form of it such as `application/jwk-set+json`.
pub(crate) fn is_json(response: &HttpResponse) -> bool {
    let kind = response.headers().get(http::header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}

fn transport(error: reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Slow
    } else {
        HttpError::Transport(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn r54_a_public_provider_does_not_lead_to_this_machine() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let ask = async |reach, host: &str| {
            let limits = Limits::default();
            let errand = Errand {
                what: "token",
                until: Instant::now() + Duration::from_millis(200),
                body: 1,
            };
            let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
            let http = Http::new(reach, &limits).unwrap();
            http.json::<()>(get(&url, None), &errand).await.unwrap_err()
        };
        for host in ["127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
            let error = ask(Reach::Public, host).await;
            assert!(matches!(error, HttpError::Closed(_)), "{host}: {error:?}");
        }
        let error = ask(Reach::Public, "localhost").await;
        let (mut cause, mut is_closed) = (error.source(), false);
        while let Some(error) = cause {
            is_closed |= error.is::<Closed>();
            cause = error.source();
        }
        assert!(is_closed, "{error:?}");
        let reached = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(reached.is_err(), "somebody came");
        // What is open does get there, and waits for an answer.
        assert!(matches!(ask(Reach::Loopback, "127.0.0.1").await, HttpError::Slow));
        assert!(listener.accept().await.is_ok());
    }
}
