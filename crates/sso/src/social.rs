//! Arriving from a provider of plain OAuth 2: Facebook, X, and others.

use data_encoding::HEXLOWER;
use doorward_domain::ports::{ProviderFault, TokenFault};
use doorward_domain::provider::{Arrived, ExternalIdentity};
use hmac::{Hmac, KeyInit as _, Mac as _};
use oauth2::AuthType;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use sha2::Sha256;
use url::Url;

use crate::engine::{Visit, configured};
use crate::exchange::Tokens;
use crate::http::{HttpError, get};
use crate::id_token::is_subject;
use crate::openid::short;
use crate::worth::{Said, vouch};

/// Facebook's Graph: whose token it is, and that it was made for this app, is asked of Facebook before it is believed (R58).
pub(crate) async fn facebook(visit: &Visit<'_>) -> Result<Arrived, ProviderFault> {
    let config = &visit.provider.config;
    let tokens = exchange(visit, AuthType::RequestBody).await?;
    let token = tokens.access_token.expose_secret();
    let me = configured(config.userinfo_endpoint.as_ref(), "userinfo")?;

    let errand = visit.errand("token");
    let mut debug = me.join("debug_token").map_err(|_| errand.fault(HttpError::Address))?;
    debug.query_pairs_mut().append_pair("input_token", token).append_pair(
        "access_token",
        &format!("{}|{}", config.client_id, config.client_secret.expose_secret()),
    );
    let about: Value = ask(visit, &debug, None, "token").await?;
    let about = about.get("data").ok_or_else(|| errand.fault(HttpError::Content))?;
    if text(about.get("app_id")).as_deref() != Some(config.client_id.as_str()) {
        return Err(ProviderFault::Refused(TokenFault::App));
    }
    if about.get("is_valid") != Some(&Value::Bool(true)) {
        return Err(ProviderFault::Refused(TokenFault::Malformed));
    }

    let mut address = me;
    address
        .query_pairs_mut()
        .append_pair("fields", "id,name,email")
        .append_pair("access_token", token)
        .append_pair("appsecret_proof", &proof(token, &config.client_secret));
    let person = ask(visit, &address, None, "userinfo").await?;
    let subject = text(person.get("id")).ok_or(ProviderFault::Refused(TokenFault::Subject))?;
    if text(about.get("user_id")).as_deref() != Some(subject.as_str()) {
        return Err(ProviderFault::Refused(TokenFault::UserinfoSubject));
    }
    arrived(visit, subject, &person)
}

/// X: the person stands under `data`, and no email does.
pub(crate) async fn x(visit: &Visit<'_>) -> Result<Arrived, ProviderFault> {
    let person = userinfo(visit).await?;
    let person = person.get("data").unwrap_or(&Value::Null);
    let subject = text(person.get("id")).ok_or(ProviderFault::Refused(TokenFault::Subject))?;
    arrived(visit, subject, person)
}

/// Any other: `sub` or else `id` is the person.
pub(crate) async fn plain(visit: &Visit<'_>) -> Result<Arrived, ProviderFault> {
    let person = userinfo(visit).await?;
    let subject = text(person.get("sub")).or_else(|| text(person.get("id")));
    let subject = subject.ok_or(ProviderFault::Refused(TokenFault::Subject))?;
    arrived(visit, subject, &person)
}

async fn exchange(visit: &Visit<'_>, auth_type: AuthType) -> Result<Tokens, ProviderFault> {
    let endpoint = configured(visit.provider.config.token_endpoint.as_ref(), "token")?;
    visit.exchange(&endpoint, auth_type).await
}

async fn userinfo(visit: &Visit<'_>) -> Result<Value, ProviderFault> {
    let tokens = exchange(visit, AuthType::BasicAuth).await?;
    let endpoint = configured(visit.provider.config.userinfo_endpoint.as_ref(), "userinfo")?;
    ask(visit, &endpoint, Some(&tokens.access_token), "userinfo").await
}

async fn ask(
    visit: &Visit<'_>,
    url: &Url,
    bearer: Option<&SecretString>,
    what: &'static str,
) -> Result<Value, ProviderFault> {
    let errand = visit.errand(what);
    let answer = visit.provider.http.json(get(url, bearer), &errand).await;
    answer.map_err(|error| errand.fault(error))
}

fn arrived(visit: &Visit<'_>, subject: String, person: &Value) -> Result<Arrived, ProviderFault> {
    if !is_subject(&subject) {
        return Err(ProviderFault::Refused(TokenFault::Subject));
    }
    let config = &visit.provider.config;
    let said = Said {
        email: person.get("email").and_then(Value::as_str),
        ..Said::default()
    };
    Ok(Arrived {
        identity: ExternalIdentity {
            provider: config.id.clone(),
            issuer: String::new(),
            tenant: String::new(),
            subject,
        },
        email: vouch(config, &said),
        name: person.get("name").and_then(Value::as_str).map(short),
        second_factor: false,
    })
}

/// An id, which some write as a number.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// `appsecret_proof`: shows that the token is used by the app it was made for.
fn proof(token: &str, secret: &SecretString) -> String {
    // HMAC takes keys of any length, so the other arm is never reached.
    Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(token.as_bytes());
            HEXLOWER.encode(&mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_an_hmac_of_the_token_under_the_secret() {
        // RFC 4231, test case 2.
        assert_eq!(
            proof("what do ya want for nothing?", &SecretString::from("Jefe")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
