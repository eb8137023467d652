//! The first half of a round trip: sending somebody to a provider with state, nonce and PKCE (R51).

use doorward_domain::ports::{Departure, Entropy, ProviderFault};
use doorward_domain::secret::RawToken;
use oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, basic::BasicClient,
};
use url::Url;

use crate::http::{HttpError, unavailable};
use crate::provider::{ProviderConfig, ProviderKind};

/// Prepares a round trip that comes back to `callback`, an address of its own per provider (R53). A challenge is sent to each
/// provider, also to one that does not say that it takes it: whoever takes it holds to it.
pub(crate) fn prepare(
    provider: &ProviderConfig,
    endpoint: Url,
    callback: &str,
    entropy: &dyn Entropy,
) -> Result<Departure, ProviderFault> {
    let callback = RedirectUrl::new(callback.to_owned());
    let callback = callback.map_err(|_| unavailable("authorization", HttpError::Address))?;
    let (state, verifier) = (RawToken::generate(entropy), RawToken::generate(entropy));
    let nonce = (provider.kind == ProviderKind::OpenIdConnect).then(|| RawToken::generate(entropy));
    let client = BasicClient::new(ClientId::new(provider.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(endpoint))
        .set_redirect_uri(callback);
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.expose()));
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.expose()))
        .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge);
    if let Some(nonce) = &nonce {
        request = request.add_extra_param("nonce", nonce.expose());
    }
    if let Some(max_age) = provider.max_age {
        request = request.add_extra_param("max_age", max_age.as_secs().to_string());
    }
    let (url, _) = request.url();
    Ok(Departure {
        url: url.into(),
        state,
        nonce,
        verifier,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r56_the_vector_of_rfc_7636() {
        let verifier = PkceCodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(challenge.method().as_str(), "S256");
    }
}
