//! B18: the company's own site hands people over, with the server as it is shipped.

use data_encoding::BASE64URL_NOPAD;
use doorward_tests::browser::fresh_password;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{ADA, House, TICKET, WORKSPACE, who};

pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("a clock after 1970").as_secs()
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// A token as a site's own library would make it.
pub(crate) fn token(secret: &str, claims: &Value) -> String {
    let signed = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "HS256" })), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}

fn claims(jti: &str) -> Value {
    json!({ "iat": now(), "jti": jti, "email": ADA, "name": "Ada Lovelace", "external_id": "4711" })
}

pub(crate) fn link(token: &str, to: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("token", token).append_pair("returnto", to);
    format!("/sign-in/jwt?{}", query.finish())
}

impl House {
    fn hand_over(&self, args: &[&str]) -> String {
        let args = [&["hand-over"], args, &["--workspace", WORKSPACE]].concat();
        self.server.cli(&args).expect_success().stdout.trim().to_owned()
    }

    fn takes_hand_overs(&self) -> String {
        let set = ["settings", "set", "--workspace", WORKSPACE, "customers.hand_over=true"];
        self.server.cli(&set).expect_success();
        self.hand_over(&["key", "add", "--audience", "customers"])
    }

    /// What the checker says: whether the token is good, and its words.
    fn check_token(&self, token: &str) -> (bool, String) {
        let args = ["hand-over", "check", "--workspace", WORKSPACE];
        let said = self.server.cli_with_input(&args, token);
        (said.status.success(), format!("{}{}", said.stdout, said.stderr))
    }
}

#[tokio::test]
async fn b18_whoever_is_signed_in_at_the_site_arrives_signed_in_here() {
    let house = House::new().await;
    let secret = house.takes_hand_overs();
    let mut browser = house.browser();
    let first = token(&secret, &claims("1"));
    let page = browser.get(&link(&first, TICKET)).await.expect_status(200);
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(who(&mut browser).await, None, "the address alone signs nobody in");
    let inside = browser.submit_only(&page, "Continue", &[]).await.expect_status(303);
    assert_eq!(inside.location(), Some(TICKET));
    assert_eq!(who(&mut browser).await.as_deref(), Some(ADA));
    // Once: neither the thief who read the address, nor the owner who goes back.
    let mut thief = house.browser();
    let page = thief.get(&link(&first, TICKET)).await.expect_status(200);
    let refused = thief.submit_only(&page, "Continue", &[]).await.expect_status(401);
    assert!(refused.help_code().is_some());
    assert_eq!(who(&mut thief).await, None);
    assert!(!house.server.log().contains(&first), "no token in the log");
    assert!(house.explain(ADA).contains("token-jti"), "{}", house.explain(ADA));
}

#[tokio::test]
async fn b18_of_parallel_uses_of_one_token_one_signs_in() {
    let house = House::new().await;
    let secret = house.takes_hand_overs();
    house.ada(&fresh_password());
    let token = token(&secret, &claims("race"));
    let mut racers = Vec::new();
    for _ in 0..20 {
        let (mut browser, token) = (house.browser(), token.clone());
        racers.push(tokio::spawn(async move {
            let answer = browser
                .post("/sign-in/jwt", &[("token", &token), ("returnto", "/")])
                .await;
            answer.status.as_u16()
        }));
    }
    let mut opened = 0;
    for racer in racers {
        match racer.await.expect("a racer") {
            303 => opened += 1,
            401 => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(opened, 1);
    assert_eq!(house.accounts_of(ADA), 1);
}

#[tokio::test]
async fn b18_the_checker_says_what_is_wrong_and_the_door_agrees() {
    let house = House::new().await;
    let secret = house.takes_hand_overs();
    let with = |name: &str, value: Value| {
        let mut claims = claims("c");
        claims[name] = value;
        token(&secret, &claims)
    };
    let (good, said) = house.check_token(&token(&secret, &claims("c")));
    assert!(good && said.contains("somebody new"), "{said}");
    let none = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&claims("n")));
    let mut browser = house.browser();
    for (bad, field) in [
        (with("iat", json!(now() - 600)), "iat:"),
        (with("iat", json!(now() + 600)), "iat:"),
        (with("email", json!("ada")), "email:"),
        (with("email", Value::Null), "email: absent"),
        (with("role", json!("owner")), "role: owner"),
        (with("external_id", json!([])), "external_id:"),
        (token("not the secret", &claims("c")), "signature:"),
        (none, "alg: none"),
        (secret.clone(), "token:"),
    ] {
        let (good, said) = house.check_token(&bad);
        assert!(!good && said.contains(field), "{field}: {said}");
        assert!(!said.contains(&secret), "the secret is told");
        browser
            .post("/sign-in/jwt", &[("token", &bad), ("returnto", TICKET)])
            .await
            .expect_status(401);
    }
    assert_eq!(who(&mut browser).await, None);
    assert_eq!(house.accounts_of(ADA), 0);
    // The same by the API.
    let key = house.api_key(WORKSPACE, "settings:write");
    let mut app = house.browser();
    app.always("authorization", &format!("Bearer {key}"));
    let body = json!({ "token": with("iat", json!(now() - 600)) });
    let told = app
        .json(Method::POST, "/api/v1/hand-over/check", &body)
        .await
        .expect_status(200)
        .json();
    assert_eq!(told["wrong"]["field"], "iat");
    let drift = told["drift_seconds"].as_i64().expect("a drift");
    assert!((-605..=-600).contains(&drift), "{drift}");
}

#[tokio::test]
async fn b18_a_public_key_of_the_site_signs_in_and_is_no_secret() {
    let house = House::new().await;
    house.takes_hand_overs();
    let private = p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("a key");
    let point = private.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": BASE64URL_NOPAD.encode(x),
        "y": BASE64URL_NOPAD.encode(y),
    });
    let file = house.server.folder().join("site-key.json");
    std::fs::write(&file, jwk.to_string()).expect("a file");
    let path = file.to_str().expect("a path");
    house.hand_over(&["key", "add", "--audience", "customers", "--public-key", path]);
    let signed = format!("{}.{}", part(&json!({ "alg": "ES256" })), part(&claims("es")));
    let signature: p256::ecdsa::Signature = private.sign(signed.as_bytes());
    let by_key = format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()));
    let mut browser = house.browser();
    let inside = browser
        .post("/sign-in/jwt", &[("token", &by_key), ("returnto", TICKET)])
        .await;
    assert_eq!(inside.expect_status(303).location(), Some(TICKET));
    // Whoever knows the public key knows no secret.
    let mut thief = house.browser();
    for secret in [jwk.to_string(), BASE64URL_NOPAD.encode(point.as_bytes())] {
        let forged = token(&secret, &claims("forged"));
        thief
            .post("/sign-in/jwt", &[("token", &forged)])
            .await
            .expect_status(401);
    }
    assert_eq!(who(&mut thief).await, None);
    let listed = house.hand_over(&["key", "list"]);
    assert_eq!(
        listed.lines().filter(|line| line.ends_with("live")).count(),
        2,
        "{listed}"
    );
}

#[tokio::test]
async fn b18_keys_overlap_and_a_revoked_one_is_dead_at_once() {
    let house = House::new().await;
    let old = house.takes_hand_overs();
    let new = house.hand_over(&["key", "add", "--audience", "customers"]);
    let third = [
        "hand-over",
        "key",
        "add",
        "--workspace",
        WORKSPACE,
        "--audience",
        "customers",
    ];
    house.server.cli(&third).expect_failure();
    let arrive = async |secret: &str, jti: &str| {
        let token = token(secret, &claims(jti));
        house
            .browser()
            .post("/sign-in/jwt", &[("token", &token)])
            .await
            .status
            .as_u16()
    };
    assert_eq!((arrive(&old, "a").await, arrive(&new, "b").await), (303, 303));
    let listed = house.hand_over(&["key", "list"]);
    let id = listed.split_whitespace().next().expect("an id").to_owned();
    house.hand_over(&["key", "revoke", &id]);
    assert_eq!((arrive(&old, "c").await, arrive(&new, "d").await), (401, 303));
    assert!(!listed.contains(&old) && !listed.contains(&new));
    assert!(!house.server.log().contains("dwh_"), "no secret in the log");
}
