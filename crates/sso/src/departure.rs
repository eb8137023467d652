//! The first half of a round trip: sending somebody to a provider with state, nonce and PKCE (R51).

use doorward_domain::ports::Entropy;
use doorward_domain::secret::RawToken;
use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, basic::BasicClient,
};
use thiserror::Error;
use url::Url;

use crate::provider::{ProviderConfig, ProviderKind};

/// Where somebody is sent, and what has to be remembered, server-side, until they come back (R52).
#[derive(Debug)]
pub struct Departure {
    /// The address at the provider.
    pub url: Url,
    /// Comes back with them; 256 bits.
    pub state: RawToken,
    /// Stands in the ID token; 256 bits. `None` where there is no ID token.
    pub nonce: Option<RawToken>,
    /// Shown when the code is exchanged (RFC 7636): 43 characters out of 32 random bytes.
    pub verifier: RawToken,
}

/// Why nobody can be sent.
#[derive(Debug, Error)]
pub enum DepartureError {
    /// Discovery has not told the endpoint yet, and none is configured.
    #[error("the provider's authorization endpoint is not known")]
    NoEndpoint,
}

impl Departure {
    /// Prepares a round trip that comes back to `callback`, an address of its own per provider (R53).
    pub fn prepare(provider: &ProviderConfig, callback: &Url, entropy: &dyn Entropy) -> Result<Self, DepartureError> {
        let endpoint = provider
            .authorization_endpoint
            .clone()
            .ok_or(DepartureError::NoEndpoint)?;
        let (state, verifier) = (RawToken::generate(entropy), RawToken::generate(entropy));
        let nonce = (provider.kind == ProviderKind::OpenIdConnect).then(|| RawToken::generate(entropy));
        let client = BasicClient::new(ClientId::new(provider.client_id.clone()))
            .set_auth_uri(AuthUrl::from_url(endpoint))
            .set_redirect_uri(RedirectUrl::from_url(callback.clone()));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.expose()));
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.expose()))
            .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        if let Some(nonce) = &nonce {
            request = request.add_extra_param("nonce", nonce.expose());
        }
        let (url, _) = request.url();
        Ok(Self {
            url,
            state,
            nonce,
            verifier,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;

    struct Zeroes;

    impl Entropy for Zeroes {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn r56_the_vector_of_rfc_7636() {
        let verifier = PkceCodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge.method().as_str(), "S256");
    }

    #[test]
    fn r51_code_flow_with_pkce_state_and_nonce() {
        let values: BTreeMap<String, String> = [
            ("client_id", "abc"),
            ("issuer", "https://sso.acme.example"),
            ("authorization_endpoint", "https://sso.acme.example/authorize"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let provider = ProviderConfig::read("acme", &values).unwrap();
        let callback = Url::parse("https://acme.help.example/sign-in/callback/acme").unwrap();
        let departure = Departure::prepare(&provider, &callback, &Zeroes).unwrap();
        let query: HashMap<_, _> = departure.url.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["redirect_uri"], callback.as_str());
        assert_eq!(query["state"], departure.state.expose());
        assert_eq!(query["nonce"], departure.nonce.unwrap().expose());
        assert_eq!(departure.verifier.expose().len(), 43);
        assert!(
            !departure
                .url
                .as_str()
                .contains(&format!("verifier={}", departure.verifier.expose()))
        );
    }

    #[test]
    fn without_an_endpoint_nobody_is_sent() {
        let values = [("client_id".to_owned(), "abc".to_owned())].into();
        let provider = ProviderConfig::read("google", &values).unwrap();
        let callback = Url::parse("https://acme.help.example/sign-in/callback/google").unwrap();
        assert!(matches!(
            Departure::prepare(&provider, &callback, &Zeroes),
            Err(DepartureError::NoEndpoint)
        ));
    }
}
