//! The keys that a provider signs with.

use data_encoding::BASE64URL_NOPAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::Value;

/// Most keys of one provider that are looked at.
const MAX_KEYS: usize = 100;
/// Bits of an RSA modulus: shorter ones can be factored, longer ones only cost time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

/// The keys of a provider, as its document lists them.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<CoreJsonWebKey>,
}

/// What came of looking for the key of a signature.
#[derive(Debug)]
pub(crate) enum Verdict<'a> {
    /// This key made it.
    By(&'a CoreJsonWebKey),
    /// None of the keys made it, and the one that did may not be known yet.
    Unknown,
    /// The key that is named did not make it.
    Wrong,
}

impl KeySet {
    /// Reads the document. Keys that cannot be used are left out; `None` if there is no list of keys.
    pub(crate) fn read(document: &Value) -> Option<Self> {
        let listed = document.get("keys")?.as_array()?;
        let usable = |key: &&Value| key.get("kty").is_some_and(|kty| kty != "oct") && is_strong(key);
        let keys = listed
            .iter()
            .take(MAX_KEYS)
            .filter(usable)
            .filter_map(|key| serde_json::from_value(key.clone()).ok())
            .collect();
        Some(Self { keys })
    }

    /// Looks for the key that signed `message`. A key fits only by its `kty`, `alg` and `use` (R55).
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        algorithm: &CoreJwsSigningAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Verdict<'_> {
        let named = |key: &&CoreJsonWebKey| kid.is_none() || key.key_id().map(|id| id.as_str()) == kid;
        let mut candidates = self.keys.iter().filter(named).peekable();
        if candidates.peek().is_none() {
            return Verdict::Unknown;
        }
        match candidates.find(|key| key.verify_signature(algorithm, message, signature).is_ok()) {
            Some(key) => Verdict::By(key),
            None if kid.is_none() => Verdict::Unknown,
            None => Verdict::Wrong,
        }
    }
}

/// Whether a key is none of RSA, or of a length that can be relied on.
fn is_strong(key: &Value) -> bool {
    if key.get("kty").is_none_or(|kty| kty != "RSA") {
        return true;
    }
    let modulus = key.get("n").and_then(Value::as_str).unwrap_or_default();
    let modulus = BASE64URL_NOPAD.decode(modulus.as_bytes()).unwrap_or_default();
    let zeroes = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeroes).map_or(8, |byte| byte.leading_zeros() as usize);
    let bits = ((modulus.len() - zeroes) * 8).saturating_sub(first);
    RSA_BITS.contains(&bits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_that_cannot_be_relied_on_are_left_out() {
        let rsa = |bytes: usize, first: u8| {
            let mut modulus = vec![0xff; bytes];
            modulus[0] = first;
            json!({"kty": "RSA", "e": "AQAB", "n": BASE64URL_NOPAD.encode(&modulus)})
        };
        for (key, usable) in [
            (rsa(256, 0x80), true),
            (rsa(512, 0xff), true),
            (rsa(257, 0), true),
            (rsa(256, 0x7f), false),
            (rsa(256, 0), false),
            (rsa(128, 0xff), false),
            (rsa(513, 1), false),
            (json!({"kty": "RSA", "e": "AQAB"}), false),
            (json!({"kty": "oct", "k": "c2VjcmV0"}), false),
            (json!({"kty": "post-quantum"}), false),
            (json!({}), false),
            (json!(1), false),
        ] {
            let read = KeySet::read(&json!({"keys": [key]})).unwrap();
            assert_eq!(read.keys.len(), usize::from(usable), "{key}");
        }
        assert!(KeySet::read(&json!({"keys": {}})).is_none());
        let many = vec![rsa(256, 0xff); 200];
        assert_eq!(KeySet::read(&json!({"keys": many})).unwrap().keys.len(), MAX_KEYS);
    }
}
