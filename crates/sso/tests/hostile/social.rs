//! Facebook, X, and other providers of plain OAuth 2 (R58).

use doorward_domain::ports::{ProviderFault, TokenFault};
use doorward_domain::provider::Arrived;
use serde_json::{Value, json};

use crate::idp::{Idp, Lie};
use crate::{Door, config};

fn is(arrived: &Result<Arrived, ProviderFault>, expected: TokenFault) -> bool {
    matches!(arrived, Err(ProviderFault::Refused(found)) if *found == expected)
}

fn door(idp: &Idp, id: &str, me: &str, pairs: &[(&str, &str)]) -> Door {
    let endpoints = ["authorize", "token", me].map(|path| format!("{}/{path}", idp.base));
    let mut all = vec![
        ("authorization_endpoint", endpoints[0].as_str()),
        ("token_endpoint", &endpoints[1]),
        ("userinfo_endpoint", &endpoints[2]),
    ];
    all.extend_from_slice(pairs);
    Door::new(config(id, &all))
}

fn about(app: &Value, valid: bool, user: &str) -> Lie {
    Lie::Json(
        200,
        json!({"data": {"app_id": app, "is_valid": valid, "user_id": user, "type": "USER"}}),
    )
}

async fn facebook() -> (Idp, Door) {
    let idp = Idp::start().await;
    let door = door(&idp, "facebook", "v25.0/me", &[("authoritative_for", "acme.example")]);
    idp.lie("/v25.0/debug_token", about(&json!("client-1"), true, "1020"));
    let person = json!({"id": "1020", "name": "Jo", "email": "jo@acme.example"});
    idp.lie("/v25.0/me", Lie::Json(200, person));
    (idp, door)
}

#[tokio::test]
async fn r58_facebook_by_its_graph() {
    let (idp, door) = facebook().await;
    let departure = door.depart().await.unwrap();
    assert!(departure.nonce.is_none());
    assert!(departure.url.contains("code_challenge_method=S256"));
    let query = idp.visit(&departure.url);
    let arrived = door.arrive(departure, query).await.unwrap();
    assert_eq!(
        (arrived.identity.issuer.as_str(), arrived.identity.subject.as_str()),
        ("", "1020")
    );
    assert!(!arrived.second_factor);
    // Its word about an email is a hint, whatever is configured.
    let email = arrived.email.unwrap();
    assert_eq!(email.address.as_str(), "jo@acme.example");
    assert!(!email.verified && !email.authoritative);
    let asked = idp.last("/v25.0/debug_token").query;
    assert_eq!(asked["input_token"], "the-access-token");
    assert_eq!(asked["access_token"], "client-1|secret-1");
    let asked = idp.last("/v25.0/me").query;
    assert_eq!(asked["fields"], "id,name,email");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"secret-1");
    let proof = ring::hmac::sign(&key, b"the-access-token");
    assert_eq!(asked["appsecret_proof"], data_encoding::HEXLOWER.encode(proof.as_ref()));
}

#[tokio::test]
async fn r58_facebook_with_a_token_of_another_app_or_person() {
    let (idp, door) = facebook().await;
    for (lie, fault) in [
        (about(&json!("client-2"), true, "1020"), TokenFault::App),
        (about(&Value::Null, true, "1020"), TokenFault::App),
        (about(&json!("client-1"), false, "1020"), TokenFault::Malformed),
        (about(&json!("client-1"), true, "1021"), TokenFault::UserinfoSubject),
    ] {
        idp.lie("/v25.0/debug_token", lie);
        let arrived = door.sign_in(&idp).await;
        assert!(is(&arrived, fault), "{arrived:?}");
    }
    let (idp, door) = facebook().await;
    idp.lie("/v25.0/me", Lie::Json(200, json!({"name": "Jo"})));
    assert!(is(&door.sign_in(&idp).await, TokenFault::Subject));
    let (idp, door) = facebook().await;
    idp.lie("/v25.0/me", Lie::Json(200, json!({"id": "1020"})));
    assert_eq!(door.sign_in(&idp).await.unwrap().email, None);
}

#[tokio::test]
async fn r58_x_never_gives_an_email() {
    let idp = Idp::start().await;
    let door = door(&idp, "twitter", "2/users/me", &[]);
    let person = json!({"data": {"id": "2244994945", "name": "Jo", "username": "jo", "email": "jo@acme.example"}});
    idp.lie("/2/users/me", Lie::Json(200, person));
    let arrived = door.sign_in(&idp).await.unwrap();
    assert_eq!(
        (arrived.identity.issuer.as_str(), arrived.identity.subject.as_str()),
        ("", "2244994945")
    );
    assert_eq!((arrived.email, arrived.name.as_deref()), (None, Some("Jo")));
    assert_eq!(
        idp.last("/2/users/me").authorization.unwrap(),
        "Bearer the-access-token"
    );
    for nobody in [
        json!({"data": {"name": "Jo"}}),
        json!({"data": {"id": ""}}),
        json!({"errors": []}),
    ] {
        idp.lie("/2/users/me", Lie::Json(200, nobody));
        assert!(is(&door.sign_in(&idp).await, TokenFault::Subject));
    }
}

#[tokio::test]
async fn r58_plain_oauth_gives_a_hint_at_most() {
    let idp = Idp::start().await;
    let door = door(
        &idp,
        "forge",
        "user",
        &[("kind", "oauth2"), ("authoritative_for", "acme.example")],
    );
    for (person, subject) in [
        (
            json!({"id": 17, "email": "jo@acme.example", "email_verified": true}),
            "17",
        ),
        (json!({"sub": "s", "id": 17, "email": "jo@acme.example"}), "s"),
    ] {
        idp.lie("/user", Lie::Json(200, person));
        let arrived = door.sign_in(&idp).await.unwrap();
        assert_eq!(arrived.identity.subject, subject);
        let email = arrived.email.unwrap();
        assert!(!email.verified && !email.authoritative);
    }
    for nobody in [
        json!({}),
        json!({"id": 1.5}),
        json!({"id": {"x": 1}}),
        json!({"id": "ö"}),
    ] {
        idp.lie("/user", Lie::Json(200, nobody));
        assert!(is(&door.sign_in(&idp).await, TokenFault::Subject));
    }
}
