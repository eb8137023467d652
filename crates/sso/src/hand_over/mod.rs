//! Signatures of hand-over by the company's own site (B18).

mod der;
mod public_key;

use doorward_domain::hand_over::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, PublicKeyMaterial, PublicKeyProblem, SharedSecret,
};
use doorward_domain::ports::HandOverVerifier;
use ring::{hmac, signature};

/// Checks signatures with ring. Each key has one algorithm, and its kind has to be that of the algorithm.
#[derive(Debug, Clone, Copy, Default)]
pub struct HandOverSignatures;

fn by_secret(algorithm: hmac::Algorithm, secret: &SharedSecret, signed: &[u8], shown: &[u8]) -> bool {
    let key = hmac::Key::new(algorithm, secret.expose().as_bytes());
    hmac::verify(&key, signed, shown).is_ok()
}

fn by_public_key(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    signed: &[u8],
    shown: &[u8],
) -> bool {
    signature::UnparsedPublicKey::new(algorithm, key)
        .verify(signed, shown)
        .is_ok()
}

impl HandOverVerifier for HandOverSignatures {
    fn verifies(&self, key: &HandOverKey, signed: &[u8], shown: &[u8]) -> bool {
        match (key.algorithm, &key.material) {
            (HandOverAlgorithm::Hs256, HandOverMaterial::Secret(secret)) => {
                by_secret(hmac::HMAC_SHA256, secret, signed, shown)
            }
            (HandOverAlgorithm::Hs384, HandOverMaterial::Secret(secret)) => {
                by_secret(hmac::HMAC_SHA384, secret, signed, shown)
            }
            (HandOverAlgorithm::Hs512, HandOverMaterial::Secret(secret)) => {
                by_secret(hmac::HMAC_SHA512, secret, signed, shown)
            }
            (HandOverAlgorithm::Rs256, HandOverMaterial::Public(PublicKeyMaterial::Rsa(key))) => {
                by_public_key(&signature::RSA_PKCS1_2048_8192_SHA256, key, signed, shown)
            }
            (HandOverAlgorithm::Es256, HandOverMaterial::Public(PublicKeyMaterial::P256(key))) => {
                by_public_key(&signature::ECDSA_P256_SHA256_FIXED, key, signed, shown)
            }
            _ => false,
        }
    }

    fn read_public_key(&self, text: &str) -> Result<PublicKeyMaterial, PublicKeyProblem> {
        public_key::read(text)
    }
}

#[cfg(test)]
mod tests;
