//! Exchanging a code for tokens.

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use doorward_domain::ports::ProviderFault;
use doorward_domain::secret::RawToken;
use doorward_domain::time::Timestamp;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::http::header::DATE;
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, ExtraTokenFields, HttpRequest,
    HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse,
    TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::{Errand, Http, HttpError, unavailable};
use crate::provider::ProviderConfig;

/// What is exchanged.
pub(crate) struct Code<'a> {
    pub(crate) handed_out: &'a str,
    pub(crate) verifier: &'a RawToken,
    pub(crate) callback: &'a str,
}

/// What a provider gives for a code.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access_token: SecretString,
    pub(crate) id_token: Option<SecretString>,
    /// When it answered, by its own clock.
    pub(crate) provider_now: Option<Timestamp>,
}

#[derive(Clone, Serialize, Deserialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdTokenField").finish_non_exhaustive()
    }
}

impl ExtraTokenFields for IdTokenField {}

type Answer = StandardTokenResponse<IdTokenField, BasicTokenType>;
type TokenClient = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
>;

/// Our client as the library asks for one. It notes when the provider answered.
struct Line {
    http: Http,
    errand: Errand,
    dated: OnceLock<Timestamp>,
}

impl<'c> AsyncHttpClient<'c> for Line {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.http.send(request, &self.errand).await?;
            if let Some(date) = date_of(&response) {
                self.dated.get_or_init(|| date);
            }
            Ok(response)
        })
    }
}

/// Exchanges a code.
pub(crate) async fn exchange(
    provider: &ProviderConfig,
    http: &Http,
    endpoint: &Url,
    auth_type: AuthType,
    code: Code<'_>,
    errand: &Errand,
) -> Result<Tokens, ProviderFault> {
    let callback = RedirectUrl::new(code.callback.to_owned());
    let client = TokenClient::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(provider.client_secret.expose_secret().to_owned()))
        .set_auth_type(auth_type)
        .set_token_uri(TokenUrl::from_url(endpoint.clone()))
        .set_redirect_uri(callback.map_err(|_| unavailable("token", HttpError::Address))?);
    let line = Line {
        http: http.clone(),
        errand: *errand,
        dated: OnceLock::new(),
    };
    let answer = client
        .exchange_code(AuthorizationCode::new(code.handed_out.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(code.verifier.expose()))
        .request_async(&line)
        .await
        .map_err(|error| errand.fault(without_answer(error)))?;
    Ok(Tokens {
        access_token: SecretString::from(answer.access_token().secret().as_str()),
        id_token: answer.extra_fields().id_token.as_deref().map(SecretString::from),
        provider_now: line.dated.get().copied(),
    })
}

/// What went wrong, without what the provider answered: a token may be in it.
fn without_answer(error: RequestTokenError<HttpError, BasicErrorResponse>) -> HttpError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => HttpError::Refused(word(answer.error().as_ref())),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => HttpError::Content,
    }
}

/// A word that a provider names an error by, if it is none but a word.
pub(crate) fn word(text: &str) -> String {
    let is_word = text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word {
        text.to_owned()
    } else {
        "something unreadable".to_owned()
    }
}

/// When an answer was made, by the clock of whoever made it.
pub(crate) fn date_of(answer: &HttpResponse) -> Option<Timestamp> {
    let text = answer.headers().get(DATE)?.to_str().ok()?;
    let date = httpdate::parse_http_date(text).ok()?;
    let since: Duration = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).ok()?))
}
