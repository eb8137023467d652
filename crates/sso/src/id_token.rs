//! The checks of an ID token, all of them, every time (R55).

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use doorward_domain::ports::TokenFault;
use doorward_domain::provider::MAX_SUBJECT;
use doorward_domain::time::Timestamp;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::provider::{Tenants, is_tenant_id};

/// How far two clocks may be apart (R55).
const SKEW: Duration = Duration::from_mins(1);
/// How old a token may be (R55).
const MAX_TOKEN_AGE: Duration = Duration::from_mins(10);
/// Parameters of a header that would let the token bring its own key, or its own rules.
const REFUSED_PARAMETERS: [&str; 5] = ["jku", "x5u", "jwk", "crit", "b64"];

/// An algorithm that an ID token may be signed with: never `none`, never one that shares our secret (R55).
pub(crate) fn allowed_algorithm(name: &str) -> Option<CoreJwsSigningAlgorithm> {
    match name {
        "RS256" => Some(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        "PS256" => Some(CoreJwsSigningAlgorithm::RsaSsaPssSha256),
        "ES256" => Some(CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        "EdDSA" => Some(CoreJwsSigningAlgorithm::EdDsa),
        _ => None,
    }
}

/// A token that was taken apart, and of which nothing is believed yet.
pub(crate) struct Unverified<'a> {
    /// What is signed.
    pub(crate) message: &'a [u8],
    /// The signature.
    pub(crate) signature: Vec<u8>,
    /// By which algorithm.
    pub(crate) algorithm: CoreJwsSigningAlgorithm,
    /// By which key.
    pub(crate) kid: Option<String>,
    claims: Map<String, Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart and looks at its header. `listed` are the algorithms that the provider says it signs with.
    pub(crate) fn read(token: &'a str, listed: Option<&[String]>) -> Result<Self, TokenFault> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Malformed);
        };
        let decode = |part: &str| {
            BASE64URL_NOPAD
                .decode(part.as_bytes())
                .map_err(|_| TokenFault::Malformed)
        };
        let object = |part: &str| -> Result<Map<String, Value>, TokenFault> {
            serde_json::from_slice(&decode(part)?).map_err(|_| TokenFault::Malformed)
        };
        let message = token
            .get(..header.len() + 1 + claims.len())
            .unwrap_or_default()
            .as_bytes();
        let header = object(header)?;
        let name = header.get("alg").and_then(Value::as_str).ok_or(TokenFault::Algorithm)?;
        let algorithm = allowed_algorithm(name)
            .filter(|_| listed.is_none_or(|listed| listed.iter().any(|listed| listed == name)))
            .ok_or(TokenFault::Algorithm)?;
        if REFUSED_PARAMETERS
            .iter()
            .any(|parameter| header.contains_key(*parameter))
        {
            return Err(TokenFault::Algorithm);
        }
        // Another kind of token than a JWT, such as an access token (`at+jwt`), is not taken for one.
        let is_jwt = |kind: &str| kind.eq_ignore_ascii_case("JWT") || kind.eq_ignore_ascii_case("application/jwt");
        if header.get("typ").is_some_and(|kind| !kind.as_str().is_some_and(is_jwt)) {
            return Err(TokenFault::Malformed);
        }
        Ok(Self {
            message,
            signature: decode(signature)?,
            algorithm,
            kid: header.get("kid").and_then(Value::as_str).map(str::to_owned),
            claims: object(claims)?,
        })
    }

    /// The claims, once a key was found to have signed them.
    pub(crate) fn verified_by(self, key: CoreJsonWebKey) -> Claims {
        Claims {
            said: self.claims,
            algorithm: self.algorithm,
            key,
        }
    }
}

/// What a token must say.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// The issuer; with `{tenantid}` in it for [`Self::many_tenants`].
    pub(crate) issuer: &'a str,
    /// Whether the issuer is built from the token's `tid` (R58).
    pub(crate) many_tenants: bool,
    /// Which tenants may come in.
    pub(crate) tenants: &'a Tenants,
    /// Who we are to the provider.
    pub(crate) client_id: &'a str,
    /// The nonce that was sent.
    pub(crate) nonce: Option<&'a str>,
    /// The access token that came with it.
    pub(crate) access_token: &'a str,
    /// How long ago the person may have signed in.
    pub(crate) max_age: Option<Duration>,
    /// By our clock.
    pub(crate) now: Timestamp,
    /// By the provider's, as its answer was dated.
    pub(crate) provider_now: Option<Timestamp>,
}

/// Claims whose signature holds.
#[derive(Debug)]
pub(crate) struct Claims {
    said: Map<String, Value>,
    algorithm: CoreJwsSigningAlgorithm,
    key: CoreJsonWebKey,
}

/// One check of them.
type Check = fn(&Claims, &Expected<'_>) -> Result<(), TokenFault>;

impl Claims {
    /// Runs every check; the first that fails is told.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let checks: [Check; 11] = [
            Self::check_tenant,
            Self::check_issuer,
            Self::check_audience,
            Self::check_authorized_party,
            Self::check_expiry,
            Self::check_issued_at,
            Self::check_not_before,
            Self::check_nonce,
            Self::check_subject,
            Self::check_access_token_hash,
            Self::check_auth_time,
        ];
        checks.iter().try_for_each(|check| check(self, expected))
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.said.get(name).and_then(Value::as_str)
    }

    /// A claim that is true, however it is spelled.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.said.get(name).is_some_and(is_true)
    }

    /// `amr` (RFC 8176).
    pub(crate) fn methods(&self) -> Vec<&str> {
        let listed = self.said.get("amr").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The tenant, where it has the form of one.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.text("tid").filter(|tid| is_tenant_id(tid))
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        let value = self.said.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction of a second does not matter, and what is out of range saturates"
        )]
        let seconds = value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
        Some(Timestamp::from_unix_seconds(seconds))
    }

    fn check_tenant(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        if !expected.many_tenants && *expected.tenants == Tenants::Any {
            return Ok(());
        }
        let admitted = self.tenant().is_some_and(|tenant| expected.tenants.admit(tenant));
        if admitted { Ok(()) } else { Err(TokenFault::Tenant) }
    }

    fn check_issuer(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let issuer = self.text("iss").ok_or(TokenFault::Issuer)?;
        let is_expected = if expected.many_tenants {
            let tenant = self.tenant().ok_or(TokenFault::Tenant)?;
            expected.issuer.replace("{tenantid}", tenant) == issuer
        } else {
            expected.issuer == issuer
        };
        if is_expected { Ok(()) } else { Err(TokenFault::Issuer) }
    }

    fn audiences(&self) -> Vec<Option<&str>> {
        match self.said.get("aud") {
            Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
            Some(one) => vec![one.as_str()],
            None => Vec::new(),
        }
    }

    fn check_audience(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let audiences = self.audiences();
        // Nobody else is trusted: whoever shares the token could show it here as their own.
        let is_ours = !audiences.is_empty() && audiences.iter().all(|audience| *audience == Some(expected.client_id));
        if is_ours { Ok(()) } else { Err(TokenFault::Audience) }
    }

    fn check_authorized_party(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        match self.said.get("azp") {
            None if self.audiences().len() > 1 => Err(TokenFault::AuthorizedParty),
            None => Ok(()),
            Some(party) if party.as_str() == Some(expected.client_id) => Ok(()),
            Some(_) => Err(TokenFault::AuthorizedParty),
        }
    }

    fn check_expiry(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let expires_at = self.time("exp").ok_or(TokenFault::Expired)?;
        if expires_at > expected.now {
            Ok(())
        } else {
            Err(self.drift(expected).unwrap_or(TokenFault::Expired))
        }
    }

    fn check_issued_at(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let issued_at = self.time("iat").ok_or(TokenFault::IssuedAt)?;
        let ahead = issued_at.since(expected.now);
        if ahead > SKEW {
            return Err(TokenFault::ClockDrift(ahead));
        }
        if expected.now.since(issued_at) > MAX_TOKEN_AGE {
            return Err(self.drift(expected).unwrap_or(TokenFault::IssuedAt));
        }
        Ok(())
    }

    fn check_not_before(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        match (self.said.get("nbf"), self.time("nbf")) {
            (None, _) => Ok(()),
            (Some(_), Some(begins_at)) if begins_at.since(expected.now) <= SKEW => Ok(()),
            (Some(_), _) => Err(self.drift(expected).unwrap_or(TokenFault::NotBefore)),
        }
    }

    /// How far the provider's clock is from ours, if that is what makes the token's times look wrong: by the provider's own
    /// clock they are right.
    fn drift(&self, expected: &Expected<'_>) -> Option<TokenFault> {
        let provider_now = expected.provider_now?;
        let apart = provider_now.since(expected.now).max(expected.now.since(provider_now));
        let issued_at = self.time("iat")?;
        let is_right = self.time("exp")? > provider_now
            && issued_at.since(provider_now) <= SKEW
            && provider_now.since(issued_at) <= MAX_TOKEN_AGE
            && self
                .time("nbf")
                .is_none_or(|begins_at| begins_at.since(provider_now) <= SKEW);
        (apart > SKEW && is_right).then_some(TokenFault::ClockDrift(apart))
    }

    fn check_nonce(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        match (self.text("nonce"), expected.nonce) {
            (Some(given), Some(sent)) if bool::from(given.as_bytes().ct_eq(sent.as_bytes())) => Ok(()),
            _ => Err(TokenFault::Nonce),
        }
    }

    fn check_subject(&self, _: &Expected<'_>) -> Result<(), TokenFault> {
        let subject = self.text("sub").ok_or(TokenFault::Subject)?;
        if is_subject(subject) {
            Ok(())
        } else {
            Err(TokenFault::Subject)
        }
    }

    fn check_access_token_hash(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let Some(claimed) = self.said.get("at_hash") else {
            return Ok(());
        };
        let hash = self.key.hash_bytes(expected.access_token.as_bytes(), &self.algorithm);
        let hash = hash.map_err(|_| TokenFault::AccessTokenHash)?;
        let half = hash.get(..hash.len() / 2).unwrap_or_default();
        if claimed.as_str() == Some(BASE64URL_NOPAD.encode(half).as_str()) {
            Ok(())
        } else {
            Err(TokenFault::AccessTokenHash)
        }
    }

    fn check_auth_time(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        let Some(max_age) = expected.max_age else {
            return Ok(());
        };
        let signed_in_at = self.time("auth_time").ok_or(TokenFault::AuthTime)?;
        if expected.now.since(signed_in_at) <= max_age.saturating_add(SKEW) {
            Ok(())
        } else {
            Err(TokenFault::AuthTime)
        }
    }
}

/// Whether a text can be a subject (R50).
pub(crate) fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_SUBJECT && text.is_ascii()
}

/// Whether a value says yes: some providers write booleans as texts or numbers.
pub(crate) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => text == "true" || text == "1",
        Value::Number(number) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// Whether methods of RFC 8176 make more than one factor: the provider says so, or two of them are of different kinds.
pub(crate) fn is_second_factor(methods: &[&str]) -> bool {
    const KNOWS: [&str; 3] = ["pwd", "pin", "kba"];
    const HAS: [&str; 7] = ["otp", "hwk", "swk", "sms", "tel", "sc", "pop"];
    const IS: [&str; 6] = ["face", "fpt", "iris", "retina", "vbm", "bio"];
    let shown = |kind: &[&str]| methods.iter().any(|method| kind.contains(method));
    let kinds = [shown(&KNOWS), shown(&HAS), shown(&IS)];
    methods.contains(&"mfa") || kinds.iter().filter(|shown| **shown).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r59_more_than_one_factor() {
        for (methods, expected) in [
            (&[][..], false),
            (&["pwd"], false),
            (&["otp"], false),
            (&["hwk"], false),
            (&["pwd", "pin"], false),
            (&["pwd", "user"], false),
            (&["mca"], false),
            (&["mfa"], true),
            (&["pwd", "mfa"], true),
            (&["pwd", "otp"], true),
            (&["pwd", "sms"], true),
            (&["pin", "hwk"], true),
            (&["hwk", "fpt"], true),
        ] {
            assert_eq!(is_second_factor(methods), expected, "{methods:?}");
        }
    }
}
