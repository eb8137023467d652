//! Signing and checking tokens of hand-over, without any asymmetric key.

use data_encoding::BASE64URL_NOPAD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};

use crate::hand_over::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, PublicKeyMaterial, PublicKeyProblem, SharedSecret,
};
use crate::ports::HandOverVerifier;

fn mac<M: Mac + KeyInit>(secret: &SharedSecret, signed: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(signed);
    Some(mac.finalize().into_bytes().to_vec())
}

fn signature(algorithm: HandOverAlgorithm, secret: &SharedSecret, signed: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        HandOverAlgorithm::Hs256 => mac::<Hmac<Sha256>>(secret, signed),
        HandOverAlgorithm::Hs384 => mac::<Hmac<Sha384>>(secret, signed),
        HandOverAlgorithm::Hs512 => mac::<Hmac<Sha512>>(secret, signed),
        HandOverAlgorithm::Rs256 | HandOverAlgorithm::Es256 => None,
    }
}

/// Checks signatures by shared secrets as the real one does; knows no public keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SecretsOnly;

impl HandOverVerifier for SecretsOnly {
    fn verifies(&self, key: &HandOverKey, signed: &[u8], shown: &[u8]) -> bool {
        match &key.material {
            HandOverMaterial::Secret(secret) => {
                signature(key.algorithm, secret, signed).is_some_and(|right| right == shown)
            }
            HandOverMaterial::Public(_) => false,
        }
    }

    fn read_public_key(&self, _text: &str) -> Result<PublicKeyMaterial, PublicKeyProblem> {
        Err(PublicKeyProblem::Unreadable)
    }
}

/// The token that a site would make of these claims with that secret; empty for an algorithm that takes none.
pub fn hand_over_token(algorithm: HandOverAlgorithm, secret: &str, claims: &Value) -> String {
    let header = serde_json::json!({ "alg": algorithm.as_str(), "typ": "JWT" });
    signed_token(algorithm, secret, &header, claims)
}

/// The same, under whatever header.
pub fn signed_token(algorithm: HandOverAlgorithm, secret: &str, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(header), part(claims));
    let secret = SharedSecret::from_stored(secret.to_owned());
    signature(algorithm, &secret, signed.as_bytes())
        .map(|signature| format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
        .unwrap_or_default()
}
