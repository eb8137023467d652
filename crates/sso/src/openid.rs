//! Arriving from a provider of OpenID Connect.

use doorward_domain::ports::{ProviderFault, TokenFault};
use doorward_domain::provider::{Arrived, ExternalIdentity};
use openidconnect::core::CoreJsonWebKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::discovery::Metadata;
use crate::engine::Visit;
use crate::http::get;
use crate::id_token::{Claims, Expected, Unverified, is_second_factor, is_true};
use crate::keys::{KeySet, Verdict};
use crate::provider::Dialect;
use crate::worth::{Said, vouch};

/// Longest name that is handed on, in characters.
const MAX_NAME: usize = 200;

pub(crate) async fn arrive(visit: &Visit<'_>) -> Result<Arrived, ProviderFault> {
    let config = &visit.provider.config;
    let metadata = visit.provider.metadata(visit.limits, visit.until).await?;
    if metadata.names_itself && visit.arrival.query.issuer.is_none() {
        return Err(ProviderFault::Refused(TokenFault::MixUp));
    }
    let tokens = visit
        .exchange(&metadata.token_endpoint, metadata.auth_type.clone())
        .await?;
    let id_token = tokens.id_token.as_ref().map(|token| token.expose_secret().to_owned());
    let id_token = id_token.ok_or(ProviderFault::Refused(TokenFault::Malformed))?;
    let unverified = Unverified::read(&id_token, metadata.algorithms.as_deref()).map_err(ProviderFault::Refused)?;
    let key = signing_key(visit, &metadata, &unverified).await?;
    let claims = unverified.verified_by(key);
    let (template, nonce) = (config.issuer_template(), visit.nonce());
    let expected = Expected {
        issuer: template.as_deref().or(config.issuer.as_deref()).unwrap_or_default(),
        many_tenants: template.is_some(),
        tenants: &config.tenants,
        client_id: &config.client_id,
        nonce: nonce.as_deref(),
        access_token: tokens.access_token.expose_secret(),
        max_age: config.max_age,
        now: visit.arrival.now,
        provider_now: tokens.provider_now,
    };
    claims.check(&expected).map_err(ProviderFault::Refused)?;
    let (issuer, subject) = match (claims.text("iss"), claims.text("sub")) {
        (Some(issuer), Some(subject)) => (issuer.to_owned(), subject.to_owned()),
        _ => return Err(ProviderFault::Refused(TokenFault::Malformed)),
    };
    if visit
        .arrival
        .query
        .issuer
        .as_ref()
        .is_some_and(|named| *named != issuer)
    {
        return Err(ProviderFault::Refused(TokenFault::MixUp));
    }
    let userinfo = userinfo(visit, &metadata, &claims, &subject, &tokens.access_token).await?;
    let told = |name: &str| userinfo.get(name).and_then(Value::as_str);
    let tenant = claims
        .tenant()
        .filter(|_| config.dialect == Dialect::Microsoft)
        .unwrap_or_default();
    let said = if claims.text("email").is_some() {
        Said {
            email: claims.text("email"),
            email_verified: claims.is_true("email_verified"),
            hosted_domain: claims.text("hd"),
            domain_owner_verified: claims.is_true("xms_edov"),
            tenant,
        }
    } else {
        Said {
            email: told("email"),
            email_verified: userinfo.get("email_verified").is_some_and(is_true),
            hosted_domain: told("hd"),
            domain_owner_verified: userinfo.get("xms_edov").is_some_and(is_true),
            tenant,
        }
    };
    Ok(Arrived {
        identity: ExternalIdentity {
            provider: config.id.clone(),
            issuer,
            tenant: tenant.to_owned(),
            subject,
        },
        email: vouch(config, &said),
        name: claims.text("name").or_else(|| told("name")).map(short),
        second_factor: is_second_factor(&claims.methods()),
    })
}

/// A name that is not longer than any name.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// The key that signed a token. Keys are fetched anew for one that is not known: the provider may just have changed it.
async fn signing_key(
    visit: &Visit<'_>,
    metadata: &Metadata,
    token: &Unverified<'_>,
) -> Result<CoreJsonWebKey, ProviderFault> {
    let (provider, limits, until) = (visit.provider, visit.limits, visit.until);
    let look = |keys: &KeySet| {
        let verdict = keys.verify(token.kid.as_deref(), &token.algorithm, token.message, &token.signature);
        match verdict {
            Verdict::By(key) => Ok(Some(key.clone())),
            Verdict::Unknown => Ok(None),
            Verdict::Wrong => Err(ProviderFault::Refused(TokenFault::Signature)),
        }
    };
    let keys = provider.discovery.keys(metadata, &provider.http, limits, until).await?;
    if let Some(key) = look(&keys)? {
        return Ok(key);
    }
    let now = visit.arrival.now;
    let anew = provider
        .discovery
        .keys_anew(&keys, metadata, &provider.http, limits, until, now)
        .await?;
    let found = match anew {
        Some(keys) => look(&keys)?,
        None => None,
    };
    found.ok_or(ProviderFault::Refused(TokenFault::Signature))
}

/// What the userinfo endpoint tells, asked only for an email that the token lacks. It is believed only about the very person
/// whom the token is about.
async fn userinfo(
    visit: &Visit<'_>,
    metadata: &Metadata,
    claims: &Claims,
    subject: &str,
    access_token: &SecretString,
) -> Result<Map<String, Value>, ProviderFault> {
    let wanted = visit.provider.config.scopes.iter().any(|scope| scope == "email");
    let endpoint = metadata
        .userinfo_endpoint
        .as_ref()
        .filter(|_| wanted && claims.text("email").is_none());
    let Some(endpoint) = endpoint else {
        return Ok(Map::new());
    };
    let errand = visit.errand("userinfo");
    let told = visit
        .provider
        .http
        .json(get(endpoint, Some(access_token)), &errand)
        .await;
    let told: Map<String, Value> = told.map_err(|error| errand.fault(error))?;
    let about = told.get("sub").and_then(Value::as_str).unwrap_or_default();
    if bool::from(about.as_bytes().ct_eq(subject.as_bytes())) {
        Ok(told)
    } else {
        Err(ProviderFault::Refused(TokenFault::UserinfoSubject))
    }
}
