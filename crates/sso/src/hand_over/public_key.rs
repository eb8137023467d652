//! Reading public keys: PEM of SubjectPublicKeyInfo (RFC 5280) or RSAPublicKey (RFC 8017), and JSON Web Keys (RFC 7517).

use data_encoding::{BASE64, BASE64URL_NOPAD};
use doorward_domain::hand_over::{PublicKeyMaterial, PublicKeyProblem};
use serde_json::{Map, Value};

use super::der;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Longest text that is looked at: an RSA key of 8192 bits is under 2 KiB.
const LONGEST: usize = 16 * 1024;

pub(super) fn read(text: &str) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(PublicKeyProblem::Unreadable);
    }
    if text.starts_with('{') {
        let members: Map<String, Value> = serde_json::from_str(text).map_err(|_| PublicKeyProblem::Unreadable)?;
        return from_jwk(&members);
    }
    from_pem(text)
}

fn from_pem(text: &str) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    if text.contains("PRIVATE KEY-----") {
        return Err(PublicKeyProblem::Private);
    }
    let unreadable = PublicKeyProblem::Unreadable;
    let inside = |label: &str| {
        let body = text.strip_prefix(&format!("-----BEGIN {label}-----"))?;
        let body = body.strip_suffix(&format!("-----END {label}-----"))?;
        let joined: String = body.split_ascii_whitespace().collect();
        BASE64.decode(joined.as_bytes()).ok()
    };
    if let Some(der) = inside("PUBLIC KEY") {
        return from_spki(&der);
    }
    if let Some(der) = inside("RSA PUBLIC KEY") {
        return rsa(&der);
    }
    Err(unreadable)
}

fn from_spki(whole: &[u8]) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    let unreadable = PublicKeyProblem::Unreadable;
    let mut inner = der::only(whole, der::SEQUENCE).ok_or(unreadable)?;
    let mut algorithm = der::take(&mut inner, der::SEQUENCE).ok_or(unreadable)?;
    let bits = der::only(inner, der::BIT_STRING).ok_or(unreadable)?;
    let Some((0, key)) = bits.split_first() else {
        return Err(unreadable);
    };
    match der::take(&mut algorithm, der::OBJECT_ID).ok_or(unreadable)? {
        RSA => rsa(key),
        ELLIPTIC if der::only(algorithm, der::OBJECT_ID) == Some(P256) => point(key),
        _ => Err(PublicKeyProblem::Kind),
    }
}

fn from_jwk(members: &Map<String, Value>) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    let unreadable = PublicKeyProblem::Unreadable;
    if members.contains_key("d") || members.contains_key("k") {
        return Err(PublicKeyProblem::Private);
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let bytes = |name: &str| {
        let decoded = text(name).and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
        decoded.ok_or(unreadable)
    };
    match (text("kty"), text("crv")) {
        (Some("RSA"), _) => {
            let mut numbers = Vec::new();
            der::put_positive(&mut numbers, &bytes("n")?).ok_or(unreadable)?;
            der::put_positive(&mut numbers, &bytes("e")?).ok_or(unreadable)?;
            let mut whole = Vec::new();
            der::put(&mut whole, der::SEQUENCE, &numbers).ok_or(unreadable)?;
            rsa(&whole)
        }
        (Some("EC"), Some("P-256")) => {
            let mut whole = vec![4];
            whole.extend(bytes("x")?);
            whole.extend(bytes("y")?);
            point(&whole)
        }
        (Some(_), _) => Err(PublicKeyProblem::Kind),
        (None, _) => Err(unreadable),
    }
}

fn rsa(whole: &[u8]) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    let unreadable = PublicKeyProblem::Unreadable;
    let mut numbers = der::only(whole, der::SEQUENCE).ok_or(unreadable)?;
    let modulus = der::positive(&mut numbers).ok_or(unreadable)?;
    let exponent = der::positive(&mut numbers).ok_or(unreadable)?;
    if !numbers.is_empty() {
        return Err(unreadable);
    }
    let zeros = modulus.first().map_or(0, |first| first.leading_zeros());
    let bits = (modulus.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0));
    if !(2_048..=8_192).contains(&bits) {
        return Err(PublicKeyProblem::RsaSize { bits });
    }
    // What ring takes: odd, at least 3 and within 33 bits; a modulus is odd, being a product of odd primes.
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    if exponent == [1] || exponent.len() > 4 || !odd(exponent) || !odd(modulus) {
        return Err(unreadable);
    }
    Ok(PublicKeyMaterial::Rsa(whole.to_vec()))
}

/// A point, uncompressed or compressed, that lies on the curve.
fn point(bytes: &[u8]) -> Result<PublicKeyMaterial, PublicKeyProblem> {
    use p256::elliptic_curve::sec1::ToSec1Point as _;

    let key = p256::PublicKey::from_sec1_bytes(bytes).map_err(|_| PublicKeyProblem::Unreadable)?;
    Ok(PublicKeyMaterial::P256(key.to_sec1_point(false).as_bytes().to_vec()))
}
