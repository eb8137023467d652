//! Each check of an ID token (R55): the token that does not pass it, and the one reason for that.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use doorward_domain::ports::{ProviderFault, TokenFault};
use doorward_domain::time::Timestamp;
use ring::digest::{SHA256, SHA512, digest};
use serde_json::{Value, json};

use crate::idp::{Idp, NOW};
use crate::keys::Signer;
use crate::{Door, config};

type Tweak = fn(&mut Value, &mut Value);

fn without(object: &mut Value, name: &str) {
    object.as_object_mut().unwrap().remove(name);
}

fn is(fault: &Result<doorward_domain::provider::Arrived, ProviderFault>, expected: TokenFault) -> bool {
    matches!(fault, Err(ProviderFault::Refused(found)) if *found == expected)
}

/// Each bad token of R55, and its reason.
const BAD: &[(&str, Tweak, TokenFault)] = &[
    (
        "alg none",
        |header, _| header["alg"] = json!("none"),
        TokenFault::Algorithm,
    ),
    (
        "alg None",
        |header, _| header["alg"] = json!("None"),
        TokenFault::Algorithm,
    ),
    (
        "alg HS256 over the public key",
        |header, _| header["alg"] = json!("HS256"),
        TokenFault::Algorithm,
    ),
    (
        "alg RS384",
        |header, _| header["alg"] = json!("RS384"),
        TokenFault::Algorithm,
    ),
    ("no alg", |header, _| without(header, "alg"), TokenFault::Algorithm),
    (
        "alg of another kind of key",
        |header, _| header["alg"] = json!("RS256"),
        TokenFault::Signature,
    ),
    (
        "jku",
        |header, _| header["jku"] = json!("https://evil.example/keys"),
        TokenFault::Algorithm,
    ),
    (
        "x5u",
        |header, _| header["x5u"] = json!("https://evil.example/chain"),
        TokenFault::Algorithm,
    ),
    (
        "jwk",
        |header, _| header["jwk"] = Signer::p256("first").jwk(),
        TokenFault::Algorithm,
    ),
    (
        "crit",
        |header, _| header["crit"] = json!(["exp"]),
        TokenFault::Algorithm,
    ),
    (
        "an access token",
        |header, _| header["typ"] = json!("at+jwt"),
        TokenFault::Malformed,
    ),
    (
        "unknown kid",
        |header, _| header["kid"] = json!("other"),
        TokenFault::Signature,
    ),
    ("no iss", |_, claims| without(claims, "iss"), TokenFault::Issuer),
    (
        "iss of another",
        |_, claims| claims["iss"] = json!("https://evil.example"),
        TokenFault::Issuer,
    ),
    (
        "iss with a slash more",
        |_, claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().unwrap())),
        TokenFault::Issuer,
    ),
    (
        "iss in capitals",
        |_, claims| claims["iss"] = json!(claims["iss"].as_str().unwrap().to_uppercase()),
        TokenFault::Issuer,
    ),
    ("no aud", |_, claims| without(claims, "aud"), TokenFault::Audience),
    (
        "no one in aud",
        |_, claims| claims["aud"] = json!([]),
        TokenFault::Audience,
    ),
    (
        "aud of another",
        |_, claims| claims["aud"] = json!("client-2"),
        TokenFault::Audience,
    ),
    (
        "aud that begins as ours",
        |_, claims| claims["aud"] = json!("client-11"),
        TokenFault::Audience,
    ),
    (
        "another beside us in aud",
        |_, claims| {
            claims["aud"] = json!(["client-1", "evil"]);
            claims["azp"] = json!("client-1");
        },
        TokenFault::Audience,
    ),
    (
        "several aud and no azp",
        |_, claims| claims["aud"] = json!(["client-1", "client-1"]),
        TokenFault::AuthorizedParty,
    ),
    (
        "azp of another",
        |_, claims| claims["azp"] = json!("client-2"),
        TokenFault::AuthorizedParty,
    ),
    (
        "azp that is no text",
        |_, claims| claims["azp"] = json!(1),
        TokenFault::AuthorizedParty,
    ),
    ("no exp", |_, claims| without(claims, "exp"), TokenFault::Expired),
    (
        "exp that is no time",
        |_, claims| claims["exp"] = json!("tomorrow"),
        TokenFault::Expired,
    ),
    (
        "exp over",
        |_, claims| claims["exp"] = json!(NOW - 1),
        TokenFault::Expired,
    ),
    (
        "exp this very second",
        |_, claims| claims["exp"] = json!(NOW),
        TokenFault::Expired,
    ),
    ("no iat", |_, claims| without(claims, "iat"), TokenFault::IssuedAt),
    (
        "iat too old",
        |_, claims| claims["iat"] = json!(NOW - 601),
        TokenFault::IssuedAt,
    ),
    (
        "iat ahead",
        |_, claims| claims["iat"] = json!(NOW + 61),
        TokenFault::ClockDrift(Duration::from_secs(61)),
    ),
    (
        "nbf ahead",
        |_, claims| claims["nbf"] = json!(NOW + 61),
        TokenFault::NotBefore,
    ),
    (
        "nbf that is no time",
        |_, claims| claims["nbf"] = json!("now"),
        TokenFault::NotBefore,
    ),
    ("no nonce", |_, claims| without(claims, "nonce"), TokenFault::Nonce),
    (
        "another nonce",
        |_, claims| claims["nonce"] = json!("A".repeat(43)),
        TokenFault::Nonce,
    ),
    (
        "an empty nonce",
        |_, claims| claims["nonce"] = json!(""),
        TokenFault::Nonce,
    ),
    ("no sub", |_, claims| without(claims, "sub"), TokenFault::Subject),
    (
        "an empty sub",
        |_, claims| claims["sub"] = json!(""),
        TokenFault::Subject,
    ),
    (
        "a sub that is no text",
        |_, claims| claims["sub"] = json!(1),
        TokenFault::Subject,
    ),
    (
        "a sub beyond ASCII",
        |_, claims| claims["sub"] = json!("jö"),
        TokenFault::Subject,
    ),
    (
        "a sub too long",
        |_, claims| claims["sub"] = json!("x".repeat(256)),
        TokenFault::Subject,
    ),
    (
        "at_hash of another",
        |_, claims| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA"),
        TokenFault::AccessTokenHash,
    ),
    (
        "at_hash that is no text",
        |_, claims| claims["at_hash"] = Value::Null,
        TokenFault::AccessTokenHash,
    ),
];

#[tokio::test]
async fn r55_each_bad_token_has_a_reason_of_its_own() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    assert!(door.sign_in(&idp).await.is_ok());
    for (name, tweak, expected) in BAD {
        idp.tweak(tweak);
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, *expected), "{name}: {arrived:?}");
    }
}

/// Tokens at the edge of each bound.
const GOOD: &[(&str, Tweak)] = &[
    ("no typ", |header, _| without(header, "typ")),
    ("no kid, and one key", |header, _| without(header, "kid")),
    ("aud in a list", |_, claims| claims["aud"] = json!(["client-1"])),
    ("azp that is us", |_, claims| claims["azp"] = json!("client-1")),
    ("several aud that are us", |_, claims| {
        claims["aud"] = json!(["client-1", "client-1"]);
        claims["azp"] = json!("client-1");
    }),
    ("exp next second", |_, claims| claims["exp"] = json!(NOW + 1)),
    ("iat ten minutes ago", |_, claims| claims["iat"] = json!(NOW - 600)),
    ("iat a minute ahead", |_, claims| claims["iat"] = json!(NOW + 60)),
    ("iat with a fraction", |_, claims| {
        claims["iat"] = json!(1_780_315_199.5);
    }),
    ("nbf a minute ahead", |_, claims| claims["nbf"] = json!(NOW + 60)),
    ("the longest sub", |_, claims| claims["sub"] = json!("x".repeat(255))),
];

#[tokio::test]
async fn r55_tokens_within_every_bound_pass() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    for (name, tweak) in GOOD {
        idp.tweak(tweak);
        let arrived = door.sign_in(&idp).await;
        assert!(arrived.is_ok(), "{name}: {arrived:?}");
    }
}

/// What is done to a whole token, and what is found then.
type Spoiler = (&'static str, fn(String) -> String, TokenFault);

#[tokio::test]
async fn r55_a_token_that_was_tampered_with() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let spoilers: [Spoiler; 7] = [
        (
            "claims of somebody else",
            |token| {
                let parts: Vec<&str> = token.split('.').collect();
                let claims = BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap();
                let claims = String::from_utf8(claims).unwrap().replace("jo-1", "jo-2");
                format!(
                    "{}.{}.{}",
                    parts[0],
                    BASE64URL_NOPAD.encode(claims.as_bytes()),
                    parts[2]
                )
            },
            TokenFault::Signature,
        ),
        (
            "no signature",
            |token| format!("{}.", token.rsplit_once('.').unwrap().0),
            TokenFault::Signature,
        ),
        (
            "a signature of nothing but zeroes",
            |token| {
                format!(
                    "{}.{}",
                    token.rsplit_once('.').unwrap().0,
                    BASE64URL_NOPAD.encode(&[0; 64])
                )
            },
            TokenFault::Signature,
        ),
        (
            "two parts",
            |token| token.rsplit_once('.').unwrap().0.to_owned(),
            TokenFault::Malformed,
        ),
        ("five parts", |token| format!("{token}.x.y"), TokenFault::Malformed),
        ("no base64", |token| format!("%{token}"), TokenFault::Malformed),
        ("nothing", |_| String::new(), TokenFault::Malformed),
    ];
    for (name, spoil, expected) in spoilers {
        idp.state().spoil = spoil;
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, expected), "{name}: {arrived:?}");
    }
}

#[tokio::test]
async fn r55_no_token_where_there_must_be_one() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    idp.lie(
        "/token",
        crate::idp::Lie::Json(200, json!({"access_token": "x", "token_type": "Bearer"})),
    );
    assert!(is(&door.sign_in(&idp).await, TokenFault::Malformed));
}

#[tokio::test]
async fn r55_a_key_that_the_provider_does_not_publish() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    // The same `kid`, another key.
    idp.state().signer = Arc::new(Signer::p256("first"));
    assert!(is(&door.sign_in(&idp).await, TokenFault::Signature));
}

#[tokio::test]
async fn r55_a_key_fits_only_by_its_kind_use_and_algorithm() {
    for (name, value) in [("use", "enc"), ("alg", "ES384"), ("kty", "RSA"), ("crv", "P-384")] {
        let idp = Idp::start().await;
        let door = Door::to(&idp);
        idp.state().keys[0][name] = json!(value);
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, TokenFault::Signature), "{name}: {arrived:?}");
    }
}

#[tokio::test]
async fn r55_every_allowed_algorithm_with_its_hash_of_the_access_token() {
    let half = |bytes: &[u8]| BASE64URL_NOPAD.encode(&bytes[..bytes.len() / 2]);
    let (short, long) = (
        half(digest(&SHA256, b"the-access-token").as_ref()),
        half(digest(&SHA512, b"the-access-token").as_ref()),
    );
    for (signer, algorithm, hash) in [
        (Signer::p256("a"), "ES256", short.clone()),
        (Signer::rsa("b"), "RS256", short.clone()),
        (Signer::rsa("c"), "PS256", short),
        (Signer::ed25519("d"), "EdDSA", long),
    ] {
        let idp = Idp::start().await;
        let door = Door::to(&idp);
        idp.state().keys = vec![Signer::p256("z").jwk(), signer.jwk()];
        idp.state().signer = Arc::new(signer);
        idp.tweak(move |header, claims| {
            header["alg"] = json!(algorithm);
            claims["at_hash"] = json!(hash);
        });
        let arrived = door.sign_in(&idp).await;
        assert!(arrived.is_ok(), "{algorithm}: {arrived:?}");
        // Only what the provider says that it signs with.
        idp.state().metadata["id_token_signing_alg_values_supported"] = json!(["ES512"]);
        assert!(
            is(&Door::to(&idp).sign_in(&idp).await, TokenFault::Algorithm),
            "{algorithm}"
        );
    }
}

#[tokio::test]
async fn r55_signed_in_at_the_provider_too_long_ago() {
    let idp = Idp::start().await;
    let door = Door::new(config("acme", &[("issuer", &idp.base), ("max_age", "600")]));
    let departure = door.depart().await.unwrap();
    assert!(departure.url.contains("max_age=600"));
    for (signed_in, expected) in [
        (None, Some(TokenFault::AuthTime)),
        (Some(NOW - 661), Some(TokenFault::AuthTime)),
        (Some(NOW - 660), None),
        (Some(NOW - 5), None),
    ] {
        idp.tweak(move |_, claims| {
            if let Some(signed_in) = signed_in {
                claims["auth_time"] = json!(signed_in);
            }
        });
        let arrived = door.sign_in(&idp).await;
        match expected {
            Some(fault) => assert!(is(&arrived, fault), "{signed_in:?}: {arrived:?}"),
            None => assert!(arrived.is_ok(), "{signed_in:?}: {arrived:?}"),
        }
    }
}

#[tokio::test]
async fn r55_userinfo_about_somebody_else() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    idp.tweak(|_, claims| without(claims, "email"));
    let arrived = door.sign_in(&idp).await.unwrap();
    assert_eq!(arrived.email.unwrap().address.as_str(), "jo@acme.example");
    assert_eq!(idp.last("/userinfo").authorization.unwrap(), "Bearer the-access-token");
    for other in [
        json!({"sub": "jo-2", "email": "jo@acme.example"}),
        json!({"email": "jo@acme.example"}),
        json!({"sub": "", "email": "jo@acme.example"}),
    ] {
        idp.lie("/userinfo", crate::idp::Lie::Json(200, other));
        assert!(is(&door.sign_in(&idp).await, TokenFault::UserinfoSubject));
    }
}

#[tokio::test]
async fn r55_a_drifting_clock_is_told_by_how_much() {
    let hour = Duration::from_hours(1);
    for (clock, expected) in [
        // The provider's clock says so: ours is an hour ahead of it, or behind it.
        (
            Timestamp::from_unix_seconds(NOW).plus(hour),
            TokenFault::ClockDrift(hour),
        ),
        (
            Timestamp::from_unix_seconds(NOW).minus(hour),
            TokenFault::ClockDrift(hour),
        ),
    ] {
        let idp = Idp::start().await;
        let mut door = Door::to(&idp);
        idp.state().date = Some("Mon, 01 Jun 2026 12:00:00 GMT");
        door.now = clock;
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, expected), "{arrived:?}");
        // A token that is wrong by the provider's clock as well is simply wrong.
        idp.tweak(|_, claims| {
            claims["iat"] = json!(NOW - 7_200);
            claims["exp"] = json!(NOW - 3_700);
        });
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, TokenFault::Expired), "{arrived:?}");
    }
}
