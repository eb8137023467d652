use std::time::Duration;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use doorward_domain::hand_over::{
    Claim, Expected, HandOverAlgorithm, HandOverFault, HandOverKey, HandOverMaterial, PublicKeyMaterial,
    PublicKeyProblem, SharedSecret, TokenPart, check, clock_drift, default_highest_role,
};
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::ports::HandOverVerifier as _;
use doorward_domain::reason::PrivateReason;
use doorward_domain::role::{Audience, Role};
use doorward_domain::testing::SeededEntropy;
use doorward_domain::time::Timestamp;
use ring::{hmac, rand, signature};
use serde_json::{Value, json};
use uuid::Uuid;

use super::HandOverSignatures;

const RSA_PRIVATE: &[u8] = include_bytes!("../../tests/keys/rsa2048.pk8");
const RSA_PUBLIC: &str = include_str!("../../tests/keys/rsa2048.pub.pem");
const RSA_PUBLIC_PKCS1: &str = include_str!("../../tests/keys/rsa2048.pkcs1.pub.pem");
const RSA_SHORT: &str = include_str!("../../tests/keys/rsa1024.pub.pem");
const P256_PRIVATE: &[u8] = include_bytes!("../../tests/keys/p256.pk8");
const P256_PUBLIC: &str = include_str!("../../tests/keys/p256.pub.pem");
const P384_PUBLIC: &str = include_str!("../../tests/keys/p384.pub.pem");

const ORIGIN: &str = "https://help.example";
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
const WINDOW: Duration = Duration::from_mins(3);

fn key(algorithm: HandOverAlgorithm, material: HandOverMaterial) -> HandOverKey {
    HandOverKey {
        id: HandOverKeyId::from_uuid(Uuid::from_u128(7)),
        workspace: doorward_domain::ids::WorkspaceId::from_uuid(Uuid::from_u128(1)),
        audience: Audience::Customers,
        algorithm,
        material,
        highest_role: default_highest_role(Audience::Customers),
        created_at: NOW,
        revoked_at: None,
    }
}

fn shared(algorithm: HandOverAlgorithm, seed: u64) -> HandOverKey {
    let secret = SharedSecret::generate(algorithm, &SeededEntropy::new(seed)).unwrap();
    key(algorithm, HandOverMaterial::Secret(secret))
}

fn public(pem: &str) -> HandOverKey {
    let read = HandOverSignatures.read_public_key(pem).unwrap();
    key(read.algorithm(), HandOverMaterial::Public(read))
}

/// What signs a token in these tests.
enum Signer<'a> {
    Secret(&'a HandOverKey),
    Bytes(&'a [u8]),
    Rsa,
    P256,
    Nobody,
}

fn sign(signer: &Signer<'_>, algorithm: &str, signed: &[u8]) -> Vec<u8> {
    let mac = |secret: &[u8]| {
        let hash = match algorithm {
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(hash, secret), signed).as_ref().to_vec()
    };
    let random = rand::SystemRandom::new();
    match signer {
        Signer::Secret(key) => match &key.material {
            HandOverMaterial::Secret(secret) => mac(secret.expose().as_bytes()),
            HandOverMaterial::Public(_) => Vec::new(),
        },
        Signer::Bytes(secret) => mac(secret),
        Signer::Rsa => {
            let pair = signature::RsaKeyPair::from_pkcs8(RSA_PRIVATE).unwrap();
            let mut out = vec![0; pair.public().modulus_len()];
            pair.sign(&signature::RSA_PKCS1_SHA256, &random, signed, &mut out)
                .unwrap();
            out
        }
        Signer::P256 => {
            let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = signature::EcdsaKeyPair::from_pkcs8(algorithm, P256_PRIVATE, &random).unwrap();
            pair.sign(&random, signed).unwrap().as_ref().to_vec()
        }
        Signer::Nobody => Vec::new(),
    }
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn token_under(header: &Value, claims: &Value, signer: &Signer<'_>) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let signature = sign(signer, algorithm, signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn token(algorithm: &str, claims: &Value, signer: &Signer<'_>) -> String {
    token_under(&json!({ "alg": algorithm, "typ": "JWT" }), claims, signer)
}

fn claims() -> Value {
    json!({
        "iat": NOW.as_unix_seconds(),
        "jti": "0190b7a0-0000-7000-8000-000000000001",
        "email": "jo@example.com",
        "name": "Jo",
        "external_id": "42",
    })
}

/// The claims with some replaced; `null` takes one away.
fn but(changes: Value) -> Value {
    let mut claims = claims();
    let (Value::Object(into), Value::Object(changes)) = (&mut claims, changes) else {
        panic!("objects")
    };
    for (name, value) in changes {
        if value.is_null() {
            into.remove(&name);
        } else {
            into.insert(name, value);
        }
    }
    claims
}

fn look(token: &str, keys: &[HandOverKey]) -> Result<String, HandOverFault> {
    let expected = Expected {
        origin: ORIGIN,
        window: WINDOW,
        now: NOW,
    };
    check(token, keys, &HandOverSignatures, &expected).map(|handed| handed.claims.email.as_str().to_owned())
}

#[test]
fn b18_each_algorithm_opens_with_its_own_key() {
    for (algorithm, keys) in [
        ("HS256", [shared(HandOverAlgorithm::Hs256, 1)]),
        ("HS384", [shared(HandOverAlgorithm::Hs384, 1)]),
        ("HS512", [shared(HandOverAlgorithm::Hs512, 1)]),
        ("RS256", [public(RSA_PUBLIC)]),
        ("ES256", [public(P256_PUBLIC)]),
    ] {
        let signer = match algorithm {
            "RS256" => Signer::Rsa,
            "ES256" => Signer::P256,
            _ => Signer::Secret(&keys[0]),
        };
        let made = token(algorithm, &claims(), &signer);
        assert_eq!(look(&made, &keys).as_deref(), Ok("jo@example.com"), "{algorithm}");
        // One flipped bit anywhere, and it is no signature.
        let (signed, signature) = made.rsplit_once('.').unwrap();
        let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        bytes[3] ^= 1;
        let broken = format!("{signed}.{}", BASE64URL_NOPAD.encode(&bytes));
        assert_eq!(
            look(&broken, &keys),
            Err(HandOverFault::Signature { tried: 1 }),
            "{algorithm}"
        );
    }
}

#[test]
fn b18_two_live_keys_work_side_by_side_and_a_revoked_one_does_not() {
    let (old, new) = (shared(HandOverAlgorithm::Hs256, 1), shared(HandOverAlgorithm::Hs256, 2));
    let new = HandOverKey {
        id: HandOverKeyId::from_uuid(Uuid::from_u128(8)),
        ..new
    };
    let keys = [old.clone(), new.clone()];
    for signer in [&old, &new] {
        assert!(look(&token("HS256", &claims(), &Signer::Secret(signer)), &keys).is_ok());
    }
    let revoked = HandOverKey {
        revoked_at: Some(NOW),
        ..old.clone()
    };
    let by_old = token("HS256", &claims(), &Signer::Secret(&old));
    assert_eq!(
        look(&by_old, &[revoked.clone(), new]),
        Err(HandOverFault::Signature { tried: 1 })
    );
    assert_eq!(
        look(&by_old, &[revoked]),
        Err(HandOverFault::Algorithm {
            was: Some("HS256".to_owned()),
            live: vec![]
        })
    );
}

#[test]
fn b18_each_bad_token_is_refused_by_the_name_of_what_is_wrong() {
    let hs = shared(HandOverAlgorithm::Hs256, 1);
    let keys = [hs.clone()];
    let by = Signer::Secret(&hs);
    let now = NOW.as_unix_seconds();
    let good = token("HS256", &claims(), &by);
    let headed = |header: Value| token_under(&header, &claims(), &by);
    let claimed = |changes: Value| token("HS256", &but(changes), &by);
    let twice = {
        let payload = format!(r#"{{"iat":{now},"jti":"a","email":"jo@example.com","email":"eve@example.com"}}"#);
        let signed = format!(
            "{}.{}",
            part(&json!({ "alg": "HS256" })),
            BASE64URL_NOPAD.encode(payload.as_bytes())
        );
        let signature = sign(&by, "HS256", signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    };
    let oversized = claimed(json!({ "name": "x".repeat(5_000) }));
    let cases: Vec<(&str, String, &str, PrivateReason)> = vec![
        ("empty", String::new(), "token", PrivateReason::TokenMalformed),
        ("one part", "abc".to_owned(), "token", PrivateReason::TokenMalformed),
        (
            "four parts",
            format!("{good}.x"),
            "token",
            PrivateReason::TokenMalformed,
        ),
        (
            "five parts",
            "a.b.c.d.e".to_owned(),
            "token",
            PrivateReason::TokenMalformed,
        ),
        ("oversized", oversized, "token", PrivateReason::TokenMalformed),
        ("padded", format!("{good}="), "signature", PrivateReason::TokenMalformed),
        (
            "no JSON",
            "YWJj.YWJj.YWJj".to_owned(),
            "header",
            PrivateReason::TokenMalformed,
        ),
        (
            "a list",
            format!("{}.YWJj.YWJj", part(&json!([1]))),
            "header",
            PrivateReason::TokenMalformed,
        ),
        ("a claim twice", twice, "payload", PrivateReason::TokenMalformed),
        (
            "alg none",
            token("none", &claims(), &Signer::Nobody),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "alg None",
            token("None", &claims(), &Signer::Nobody),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "alg absent",
            headed(json!({ "typ": "JWT" })),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "alg a number",
            headed(json!({ "alg": 256 })),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "alg in small letters",
            headed(json!({ "alg": "hs256" })),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "another HS",
            token("HS512", &claims(), &by),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "RS256 without such a key",
            token("RS256", &claims(), &Signer::Rsa),
            "alg",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "crit",
            headed(json!({ "alg": "HS256", "crit": ["exp"] })),
            "crit",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "jku",
            headed(json!({ "alg": "HS256", "jku": "https://evil.example" })),
            "jku",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "x5u",
            headed(json!({ "alg": "HS256", "x5u": "https://evil.example" })),
            "x5u",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "jwk",
            headed(json!({ "alg": "HS256", "jwk": {} })),
            "jwk",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "b64",
            headed(json!({ "alg": "HS256", "b64": false })),
            "b64",
            PrivateReason::TokenAlgorithm,
        ),
        (
            "no signature",
            token("HS256", &claims(), &Signer::Nobody),
            "signature",
            PrivateReason::TokenSignature,
        ),
        (
            "empty secret",
            token("HS256", &claims(), &Signer::Bytes(b"")),
            "signature",
            PrivateReason::TokenSignature,
        ),
        (
            "no iat",
            claimed(json!({ "iat": null })),
            "iat",
            PrivateReason::TokenIssuedAt,
        ),
        (
            "iat a text",
            claimed(json!({ "iat": now.to_string() })),
            "iat",
            PrivateReason::TokenIssuedAt,
        ),
        (
            "iat in milliseconds",
            claimed(json!({ "iat": now * 1_000 })),
            "iat",
            PrivateReason::TokenIssuedAt,
        ),
        (
            "iat negative",
            claimed(json!({ "iat": -1 })),
            "iat",
            PrivateReason::TokenIssuedAt,
        ),
        (
            "iat too old",
            claimed(json!({ "iat": now - 181 })),
            "iat",
            PrivateReason::TokenIssuedAt,
        ),
        (
            "iat in the future",
            claimed(json!({ "iat": now + 181 })),
            "iat",
            PrivateReason::ClockDrift,
        ),
        (
            "over",
            claimed(json!({ "exp": now })),
            "exp",
            PrivateReason::TokenExpired,
        ),
        (
            "not begun",
            claimed(json!({ "nbf": now + 181 })),
            "nbf",
            PrivateReason::TokenNotBefore,
        ),
        (
            "for another",
            claimed(json!({ "aud": "https://other.example" })),
            "aud",
            PrivateReason::TokenAudience,
        ),
        (
            "for one with a name like ours",
            claimed(json!({ "aud": "https://help.example.evil.example" })),
            "aud",
            PrivateReason::TokenAudience,
        ),
        (
            "no jti",
            claimed(json!({ "jti": null })),
            "jti",
            PrivateReason::TokenReplayed,
        ),
        (
            "jti empty",
            claimed(json!({ "jti": "" })),
            "jti",
            PrivateReason::TokenReplayed,
        ),
        (
            "jti a number",
            claimed(json!({ "jti": 7 })),
            "jti",
            PrivateReason::TokenReplayed,
        ),
        (
            "jti too long",
            claimed(json!({ "jti": "x".repeat(256) })),
            "jti",
            PrivateReason::TokenReplayed,
        ),
        (
            "no email",
            claimed(json!({ "email": null })),
            "email",
            PrivateReason::TokenEmail,
        ),
        (
            "email empty",
            claimed(json!({ "email": "" })),
            "email",
            PrivateReason::TokenEmail,
        ),
        (
            "no address",
            claimed(json!({ "email": "jo" })),
            "email",
            PrivateReason::TokenEmail,
        ),
        (
            "emails",
            claimed(json!({ "email": ["jo@example.com"] })),
            "email",
            PrivateReason::TokenEmail,
        ),
        (
            "external_id empty",
            claimed(json!({ "external_id": "" })),
            "external_id",
            PrivateReason::TokenSubject,
        ),
        (
            "external_id an object",
            claimed(json!({ "external_id": {} })),
            "external_id",
            PrivateReason::TokenSubject,
        ),
        (
            "external_id an address in disguise",
            claimed(json!({ "external_id": "mailto:amy@example.com" })),
            "external_id",
            PrivateReason::TokenSubject,
        ),
        (
            "role too high",
            claimed(json!({ "role": "agent" })),
            "role",
            PrivateReason::TokenRole,
        ),
        (
            "role of an owner",
            claimed(json!({ "role": "owner" })),
            "role",
            PrivateReason::TokenRole,
        ),
        (
            "no role of ours",
            claimed(json!({ "role": "root" })),
            "role",
            PrivateReason::TokenRole,
        ),
        (
            "name a number",
            claimed(json!({ "name": 7 })),
            "name",
            PrivateReason::TokenMalformed,
        ),
        (
            "no language",
            claimed(json!({ "locale": "../en" })),
            "locale",
            PrivateReason::TokenMalformed,
        ),
    ];
    for (what, bad, field, reason) in cases {
        let fault = look(&bad, &keys).expect_err(what);
        assert_eq!((fault.field(), fault.reason()), (field, reason), "{what}: {fault}");
        assert!(!fault.was().is_empty() && !fault.should().is_empty(), "{what}");
    }
    assert!(look(&good, &keys).is_ok());
}

#[test]
fn b18_a_public_key_is_never_a_shared_secret() {
    let keys = [public(RSA_PUBLIC), public(P256_PUBLIC)];
    let PublicKeyMaterial::Rsa(der) = HandOverSignatures.read_public_key(RSA_PUBLIC).unwrap() else {
        panic!("an RSA key")
    };
    let hexed = HEXLOWER.encode(&der);
    for secret in [
        RSA_PUBLIC.as_bytes(),
        RSA_PUBLIC.trim().as_bytes(),
        P256_PUBLIC.as_bytes(),
        &der,
        hexed.as_bytes(),
    ] {
        let forged = token("HS256", &claims(), &Signer::Bytes(secret));
        let fault = look(&forged, &keys).unwrap_err();
        assert_eq!(fault.reason(), PrivateReason::TokenAlgorithm);
        // Not even if the two were mixed up in a row.
        let mixed = key(HandOverAlgorithm::Hs256, keys[0].material.clone());
        assert_eq!(look(&forged, &[mixed]), Err(HandOverFault::Signature { tried: 1 }));
    }
    let by_rsa = token("RS256", &claims(), &Signer::Rsa);
    let mixed = key(HandOverAlgorithm::Rs256, shared(HandOverAlgorithm::Hs256, 1).material);
    assert_eq!(look(&by_rsa, &[mixed]), Err(HandOverFault::Signature { tried: 1 }));
}

#[test]
fn b18_kid_is_a_hint_and_nothing_else() {
    let (one, two) = (shared(HandOverAlgorithm::Hs256, 1), shared(HandOverAlgorithm::Hs256, 2));
    let two = HandOverKey {
        id: HandOverKeyId::from_uuid(Uuid::from_u128(8)),
        ..two
    };
    let keys = [one.clone(), two.clone()];
    let named = |kid: Value, signer: &HandOverKey| {
        token_under(
            &json!({ "alg": "HS256", "kid": kid }),
            &claims(),
            &Signer::Secret(signer),
        )
    };
    assert!(look(&named(json!(two.id.to_string()), &two), &keys).is_ok());
    assert_eq!(
        look(&named(json!(one.id.to_string()), &two), &keys),
        Err(HandOverFault::Signature { tried: 1 })
    );
    for foreign in [
        json!("../../../../dev/null"),
        json!("' OR 1=1 --"),
        json!("site-key-2026"),
        json!({ "$ne": null }),
        json!(7),
        json!(Uuid::nil().to_string()),
    ] {
        assert!(look(&named(foreign.clone(), &two), &keys).is_ok(), "{foreign}");
        let forged = token_under(
            &json!({ "alg": "HS256", "kid": foreign }),
            &claims(),
            &Signer::Bytes(b""),
        );
        assert_eq!(look(&forged, &keys), Err(HandOverFault::Signature { tried: 2 }));
    }
}

#[test]
fn b18_the_window_is_open_at_both_ends() {
    let hs = shared(HandOverAlgorithm::Hs256, 1);
    let now = NOW.as_unix_seconds();
    for iat in [
        json!(now - 180),
        json!(now + 180),
        json!(now),
        serde_json::from_str(&format!("{now}.5")).unwrap(),
    ] {
        let made = token("HS256", &but(json!({ "iat": iat })), &Signer::Secret(&hs));
        assert!(look(&made, std::slice::from_ref(&hs)).is_ok(), "{iat}");
    }
    for aud in [
        json!(ORIGIN),
        json!(format!("{ORIGIN}/sign-in/jwt")),
        json!(["x", ORIGIN]),
    ] {
        let made = token("HS256", &but(json!({ "aud": aud })), &Signer::Secret(&hs));
        assert!(look(&made, std::slice::from_ref(&hs)).is_ok(), "{aud}");
    }
}

#[test]
fn b18_drift_is_measured_whatever_else_is_wrong() {
    let now = NOW.as_unix_seconds();
    for (iat, drift) in [(now + 400, 400), (now - 25, -25)] {
        let made = token("none", &but(json!({ "iat": iat })), &Signer::Nobody);
        assert_eq!(clock_drift(&made, NOW), Some(drift));
    }
    assert_eq!(clock_drift("a.b.c", NOW), None);
    let ahead = HandOverFault::IssuedAhead {
        ahead: Duration::from_secs(400),
        window: WINDOW,
    };
    assert_eq!(ahead.was(), "400 seconds in the future");
    assert_eq!(HandOverFault::Json(TokenPart::Payload).field(), "payload");
    assert_eq!(HandOverFault::Missing(Claim::Email).was(), "absent");
}

#[test]
fn public_keys_are_read_in_every_usual_form() {
    let read = |text: &str| HandOverSignatures.read_public_key(text);
    let rsa = read(RSA_PUBLIC).unwrap();
    assert_eq!(rsa.algorithm(), HandOverAlgorithm::Rs256);
    assert_eq!(read(RSA_PUBLIC_PKCS1).unwrap(), rsa);
    let pair = signature::RsaKeyPair::from_pkcs8(RSA_PRIVATE).unwrap();
    let numbers: ring::rsa::PublicKeyComponents<Vec<u8>> = pair.public().into();
    let jwk = json!({
        "kty": "RSA",
        "kid": "mine",
        "n": BASE64URL_NOPAD.encode(&numbers.n),
        "e": BASE64URL_NOPAD.encode(&numbers.e),
    });
    assert_eq!(read(&jwk.to_string()).unwrap(), rsa);

    let curve = read(P256_PUBLIC).unwrap();
    assert_eq!(curve.algorithm(), HandOverAlgorithm::Es256);
    let point = curve.as_bytes();
    let jwk = |x: &[u8], y: &[u8]| {
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": BASE64URL_NOPAD.encode(x),
            "y": BASE64URL_NOPAD.encode(y),
        })
        .to_string()
    };
    assert_eq!(read(&jwk(&point[1..33], &point[33..])).unwrap(), curve);
    // A point beside the curve.
    let mut beside = point[33..].to_vec();
    beside[31] ^= 1;
    assert_eq!(read(&jwk(&point[1..33], &beside)), Err(PublicKeyProblem::Unreadable));
}

#[test]
fn what_is_no_fit_public_key_is_refused_by_name() {
    let read = |text: &str| HandOverSignatures.read_public_key(text).unwrap_err();
    assert_eq!(read(RSA_SHORT), PublicKeyProblem::RsaSize { bits: 1_024 });
    assert_eq!(read(P384_PUBLIC), PublicKeyProblem::Kind);
    let private = format!("-----BEGIN {0} KEY-----\nAAAA\n-----END {0} KEY-----", "PRIVATE");
    assert_eq!(read(&private), PublicKeyProblem::Private);
    for (jwk, problem) in [
        (
            json!({ "kty": "RSA", "n": "AQ", "e": "AQAB", "d": "AQ" }),
            PublicKeyProblem::Private,
        ),
        (json!({ "kty": "oct", "k": "AAAA" }), PublicKeyProblem::Private),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
            PublicKeyProblem::Kind,
        ),
        (
            json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" }),
            PublicKeyProblem::Kind,
        ),
        (json!({ "n": "AQ" }), PublicKeyProblem::Unreadable),
    ] {
        assert_eq!(read(&jwk.to_string()), problem, "{jwk}");
    }
    let cut = RSA_PUBLIC.replace("-----END PUBLIC KEY-----", "");
    for text in [
        "",
        "hello",
        "{",
        &cut,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ] {
        assert_eq!(read(text), PublicKeyProblem::Unreadable, "{text:?}");
    }
    let even = {
        let jwk = json!({ "kty": "RSA", "n": BASE64URL_NOPAD.encode(&[0xf0; 256]), "e": "AQAB" });
        read(&jwk.to_string())
    };
    assert_eq!(even, PublicKeyProblem::Unreadable);
}

#[test]
fn a_key_admits_its_audience_up_to_its_highest_role_and_never_an_owner() {
    let of = |audience, highest_role| HandOverKey {
        audience,
        highest_role,
        ..shared(HandOverAlgorithm::Hs256, 1)
    };
    let customers = of(Audience::Customers, Role::Customer);
    let collaborators = of(Audience::Customers, Role::Collaborator);
    let agents = of(Audience::Staff, Role::Agent);
    let everything = of(Audience::Staff, Role::Owner);
    let admitted =
        |key: &HandOverKey| -> Vec<Role> { Role::ALL.into_iter().filter(|role| key.admits(*role)).collect() };
    assert_eq!(admitted(&customers), [Role::Customer]);
    assert_eq!(admitted(&collaborators), [Role::Customer, Role::Collaborator]);
    assert_eq!(admitted(&agents), [Role::Agent]);
    assert_eq!(admitted(&everything), [Role::Agent, Role::Admin]);
}
