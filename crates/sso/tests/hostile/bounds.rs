//! A provider that is away, slow, endless, or leads elsewhere (R54, R65).

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward_domain::ports::{CallbackQuery, IdentityProvider as _, ProviderFault, TokenFault};
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_sso::{Options, Providers};
use serde_json::json;

use crate::idp::{Idp, Lie};
use crate::keys::Signer;
use crate::{Dice, Door, config, impatient, workspace};

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn is_unavailable<T>(result: &Result<T, ProviderFault>, expected: &str) -> bool {
    matches!(result, Err(ProviderFault::Unavailable { what, .. }) if *what == expected)
}

/// What is written about a fault, its causes included.
fn told(result: Result<Arrived, ProviderFault>) -> String {
    let mut text = String::new();
    let fault = result.unwrap_err();
    let mut error: Option<&dyn std::error::Error> = Some(&fault);
    while let Some(cause) = error {
        for part in [cause.to_string(), format!("{cause:?}")] {
            text.push_str(&part);
            text.push(' ');
        }
        error = cause.source();
    }
    text
}

const PATHS: [(&str, &str); 4] = [
    (DISCOVERY, "discovery"),
    ("/token", "token"),
    ("/jwks", "keys"),
    ("/userinfo", "userinfo"),
];

async fn with_a_lie_at(path: &str, lie: Lie) -> (Result<Arrived, ProviderFault>, Duration) {
    let idp = Idp::start().await;
    let door = Door::with(config("acme", &[("issuer", &idp.base)]), impatient());
    idp.tweak(|_, claims| {
        claims.as_object_mut().unwrap().remove("email");
    });
    idp.lie(path, lie);
    let began = Instant::now();
    (door.sign_in(&idp).await, began.elapsed())
}

#[tokio::test]
async fn r65_every_bad_answer_of_every_endpoint_is_the_providers_fault() {
    let raw = |head: &str, body: &str| Lie::Raw(format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n{body}"));
    for (path, what) in PATHS {
        for (name, lie) in [
            ("500", Lie::Json(500, json!({}))),
            ("404", Lie::Json(404, json!({"error": "invalid_grant"}))),
            ("10 MB", Lie::Long(10 * 1024 * 1024)),
            ("endless", Lie::Endless),
            ("no JSON", raw("200 OK\r\ncontent-type: application/json", "<html>")),
            ("another content type", raw("200 OK\r\ncontent-type: text/html", "{}")),
            ("nothing in it", Lie::Json(200, json!({}))),
            ("another form", Lie::Json(200, json!([1]))),
            ("no HTTP", Lie::Raw("SSH-2.0-x\r\n".to_owned())),
            (
                "cut off",
                raw("200 OK\r\ncontent-type: application/json\r\ncontent-length: 100", "{"),
            ),
            ("gone", Lie::Raw(String::new())),
        ] {
            if (path, name) == ("/userinfo", "nothing in it") {
                continue;
            }
            let (arrived, _) = with_a_lie_at(path, lie).await;
            assert!(is_unavailable(&arrived, what), "{path} {name}: {arrived:?}");
        }
    }
}

#[tokio::test]
async fn r65_a_provider_that_hangs_is_given_up_in_time() {
    for (path, what) in PATHS {
        let (arrived, took) = with_a_lie_at(path, Lie::Hang).await;
        assert!(is_unavailable(&arrived, what), "{path}: {arrived:?}");
        assert!(took < Duration::from_secs(3), "{path} took {took:?}");
    }
    let limits = Options::default().limits;
    assert!(limits.total < Duration::from_secs(10) && limits.connect == Duration::from_secs(5));
    assert_eq!((limits.body, limits.metadata_body), (1024 * 1024, 256 * 1024));
}

#[tokio::test]
async fn r65_nobody_waits_for_another_provider_that_hangs() {
    let (hangs, works) = (Idp::start().await, Idp::start().await);
    hangs.lie(DISCOVERY, Lie::Hang);
    let configs = vec![
        config("hangs", &[("issuer", &hangs.base)]),
        config("works", &[("issuer", &works.base)]),
    ];
    let providers = Arc::new(Providers::new(configs, Options::default(), Arc::new(Dice)).unwrap());
    let ids = ["hangs", "works"].map(|id| ProviderId::parse(id).unwrap());
    let callback = "https://acme.help.example/sign-in/callback/x";
    let waiting: Vec<_> = (0..200)
        .map(|_| {
            let (providers, id) = (Arc::clone(&providers), ids[0].clone());
            tokio::spawn(async move { providers.depart(workspace(), &id, callback).await.is_ok() })
        })
        .collect();
    while hangs.asked(DISCOVERY) == 0 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    assert!(providers.depart(workspace(), &ids[1], callback).await.is_ok());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(hangs.asked(DISCOVERY), 1);
    for task in waiting {
        task.abort();
    }
}

#[tokio::test]
async fn r65_the_fault_tells_no_secret() {
    for (path, lie) in [
        (
            "/token",
            Lie::Json(400, json!({"error": "invalid_grant", "error_description": "secret-1"})),
        ),
        (
            "/token",
            Lie::Json(200, json!({"access_token": ["the-access-token", "secret-1"]})),
        ),
        ("/token", Lie::Json(200, json!("the-access-token secret-1"))),
        ("/userinfo", Lie::Json(200, json!(["the-access-token"]))),
        ("/userinfo", Lie::Raw(String::new())),
    ] {
        let told = told(with_a_lie_at(path, lie).await.0);
        for secret in ["secret-1", "the-access-token", "code-0", "code_verifier"] {
            assert!(!told.contains(secret), "{path}: {told}");
        }
    }
}

#[tokio::test]
async fn r65_what_the_provider_says_instead_of_a_code() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let answer = async |error: Option<&str>, code: Option<&str>| {
        let departure = door.depart().await.unwrap();
        let query = CallbackQuery {
            code: code.map(str::to_owned),
            issuer: None,
            error: error.map(str::to_owned),
        };
        door.arrive(departure, query).await
    };
    for cancelled in ["access_denied", "user_denied", "consent_required"] {
        assert!(matches!(
            answer(Some(cancelled), None).await,
            Err(ProviderFault::Cancelled)
        ));
    }
    for fault in ["server_error", "temporarily_unavailable", "x\r\ny", ""] {
        assert!(
            is_unavailable(&answer(Some(fault), None).await, "authorization"),
            "{fault}"
        );
    }
    // An error counts, also beside a code.
    assert!(matches!(
        answer(Some("access_denied"), Some("code-0")).await,
        Err(ProviderFault::Cancelled)
    ));
    assert!(is_unavailable(&answer(None, None).await, "authorization"));
    assert!(is_unavailable(&answer(None, Some("")).await, "authorization"));
    assert_eq!(idp.asked("/token"), 0);
}

#[tokio::test]
async fn r54_metadata_of_another_issuer() {
    for issuer in ["https://evil.example", "", "BASE/", "base"] {
        let idp = Idp::start().await;
        let door = Door::to(&idp);
        let told = match issuer {
            "BASE/" => format!("{}/", idp.base),
            "base" => idp.base.to_uppercase(),
            other => other.to_owned(),
        };
        idp.state().metadata["issuer"] = json!(told);
        assert!(is_unavailable(&door.sign_in(&idp).await, "discovery"), "{told}");
        assert_eq!(idp.asked("/token"), 0);
    }
}

#[tokio::test]
async fn r54_redirects_are_not_followed() {
    for (path, what) in PATHS {
        let elsewhere = Idp::start().await;
        let lie = format!(
            "HTTP/1.1 302 Found\r\nlocation: {}{path}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.base
        );
        let (arrived, _) = with_a_lie_at(path, Lie::Raw(lie)).await;
        assert!(is_unavailable(&arrived, what), "{path}: {arrived:?}");
        assert_eq!(elsewhere.asked(path), 0);
    }
}

/// Metadata that lead to closed addresses are refused before anything is sent there. The provider itself is on loopback,
/// so loopback is open to it, and nothing else.
#[tokio::test]
async fn r54_metadata_that_lead_into_the_house() {
    for host in [
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "[fd00::8]",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "0xa9fea9fe",
        "2852039166",
        "167772161",
        "0251.0376.0251.0376",
    ] {
        for (key, what) in [
            ("token_endpoint", "token"),
            ("jwks_uri", "keys"),
            ("userinfo_endpoint", "userinfo"),
        ] {
            let idp = Idp::start().await;
            let door = Door::to(&idp);
            idp.tweak(|_, claims| {
                claims.as_object_mut().unwrap().remove("email");
            });
            idp.state().metadata[key] = json!(format!("https://{host}/x"));
            let began = Instant::now();
            let arrived = door.sign_in(&idp).await;
            assert!(is_unavailable(&arrived, what), "{host} {key}: {arrived:?}");
            assert!(told(arrived).contains("Closed"), "{host} {key}");
            assert!(began.elapsed() < Duration::from_secs(2), "{host} {key}");
        }
    }
}

#[tokio::test]
async fn r54_metadata_over_http_or_of_another_scheme() {
    for address in [
        "http://sso.acme.example/token",
        "file:///etc/passwd",
        "ftp://localhost/x",
        "/token",
        "javascript:1",
    ] {
        for key in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
        ] {
            let idp = Idp::start().await;
            let door = Door::to(&idp);
            idp.state().metadata[key] = json!(address);
            assert!(is_unavailable(&door.depart().await, "discovery"), "{key} {address}");
        }
    }
}

#[tokio::test]
async fn r54_a_key_that_changes_in_the_middle_of_a_round_trip() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    door.sign_in(&idp).await.unwrap();
    let departure = door.depart().await.unwrap();
    let query = idp.visit(&departure.url);
    let next = Signer::p256("second");
    idp.state().keys = vec![next.jwk()];
    idp.state().signer = Arc::new(next);
    door.arrive(departure, query).await.unwrap();
    assert_eq!(idp.asked("/jwks"), 2);
    assert_eq!(idp.asked(DISCOVERY), 1);
}

#[tokio::test]
async fn r54_keys_are_fetched_for_an_unknown_kid_at_most_once_a_minute() {
    let idp = Idp::start().await;
    let mut door = Door::to(&idp);
    door.sign_in(&idp).await.unwrap();
    assert_eq!(idp.asked("/jwks"), 1);
    idp.tweak(|header, _| header["kid"] = json!("never"));
    for _ in 0..10 {
        let arrived = door.sign_in(&idp).await;
        assert!(
            matches!(arrived, Err(ProviderFault::Refused(TokenFault::Signature))),
            "{arrived:?}"
        );
    }
    assert_eq!(idp.asked("/jwks"), 2);
    door.now = door.now.plus(Duration::from_secs(59));
    assert!(door.sign_in(&idp).await.is_err());
    assert_eq!(idp.asked("/jwks"), 2);
    door.now = door.now.plus(Duration::from_secs(1));
    assert!(door.sign_in(&idp).await.is_err());
    assert_eq!(idp.asked("/jwks"), 3);
    // Ten at once are one.
    door.now = door.now.plus(Duration::from_mins(1));
    let next = Signer::p256("second");
    idp.state().keys = vec![next.jwk()];
    idp.state().signer = Arc::new(next);
    idp.tweak(|_, _| {});
    let ask = || door.sign_in(&idp);
    let five = async || tokio::join!(ask(), ask(), ask(), ask(), ask());
    let (these, those) = tokio::join!(five(), five());
    for arrived in [<[_; 5]>::from(these), <[_; 5]>::from(those)].into_iter().flatten() {
        assert!(arrived.is_ok(), "{arrived:?}");
    }
    assert_eq!(idp.asked("/jwks"), 4);
}

#[tokio::test]
async fn a_client_shows_itself_as_the_provider_takes_it() {
    for (methods, in_body) in [
        (json!(["client_secret_basic"]), false),
        (json!(["client_secret_post", "client_secret_basic"]), false),
        (json!(["client_secret_post"]), true),
    ] {
        let idp = Idp::start().await;
        idp.state().metadata["token_endpoint_auth_methods_supported"] = methods;
        let door = Door::to(&idp);
        door.sign_in(&idp).await.unwrap();
        let asked = idp.last("/token");
        assert_eq!(asked.form.contains_key("client_secret"), in_body);
        assert_eq!(asked.authorization.is_some(), !in_body);
    }
}
