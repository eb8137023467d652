//! The providers of the suites do what they say, shown by a client that does each step by hand: what the suites of single
//! sign-on conclude stands on these.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use doorward_tests::machine::choose_cryptography;
use doorward_tests::providers::{
    Abroad, Answer, CLIENT, Call, Counterpart, Facebook, Failure, Flavour, Honest, Lie, Person, SECRET, Scripted,
    TENANT, X,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

const BACK: &str = "http://acme.localhost:8080/sign-in/callback/acme-sso";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn ada() -> Person {
    Person::new("10769150350006150715113082367")
        .named("Ada King")
        .email("ada@acme.test", true)
}

fn client() -> reqwest::Client {
    choose_cryptography();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

async fn read(address: &str) -> Value {
    client().get(address).send().await.unwrap().json().await.unwrap()
}

/// The value of a key in a table of the configuration.
fn key(table: &str, key: &str) -> String {
    let line = table.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
    line.unwrap_or_else(|| panic!("no {key} in {table}"))
        .trim_matches('"')
        .to_owned()
}

fn query(address: &str) -> BTreeMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

/// Where a client sends people.
fn departure(endpoint: &str, scope: &str) -> String {
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(VERIFIER.as_bytes()));
    let values = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", BACK),
        ("scope", scope),
        ("state", "a-state"),
        ("nonce", "a-nonce"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let mut url = Url::parse(endpoint).unwrap();
    url.query_pairs_mut().extend_pairs(values);
    url.into()
}

async fn exchange(endpoint: &str, code: &str, verifier: &str) -> (u16, Value) {
    let form: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ])
        .finish();
    let answer = client()
        .post(endpoint)
        .header(
            "authorization",
            format!("Basic {}", BASE64.encode(format!("{CLIENT}:{SECRET}").as_bytes())),
        )
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The header and the claims of a token; its signature is not looked at.
fn opened(token: &Value) -> (Value, Value) {
    let parts: Vec<&str> = token.as_str().expect("a token").split('.').collect();
    let part = |part: &str| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    (part(parts[0]), part(parts[1]))
}

#[tokio::test]
async fn the_honest_provider_signs_people_in_once_per_code_and_only_with_the_verifier() {
    let provider = Honest::start(Flavour::Plain, &[ada().with_two_factors()]);
    let metadata = read(&format!("{}/.well-known/openid-configuration", provider.issuer())).await;
    assert_eq!(metadata["issuer"], provider.issuer());
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let leave = departure(
        metadata["authorization_endpoint"].as_str().unwrap(),
        "openid email profile",
    );
    let mut abroad = Abroad::new();
    let back = abroad.go(&leave, Answer::As(&ada().subject)).await;
    assert!(back.starts_with(BACK), "{back}");
    let values = query(&back);
    assert_eq!(values["state"], "a-state");
    assert_eq!(values["iss"], provider.issuer());

    let endpoint = metadata["token_endpoint"].as_str().unwrap();
    let (status, _) = exchange(endpoint, &values["code"], &"x".repeat(43)).await;
    assert_eq!(status, 400, "another verifier");
    // The provider remembers the person, and asks nothing again.
    let again = query(&abroad.go(&leave, Answer::As("nobody")).await);
    let (status, tokens) = exchange(endpoint, &again["code"], VERIFIER).await;
    assert_eq!(status, 200, "{tokens}");
    let (header, claims) = opened(&tokens["id_token"]);
    assert_eq!(header["alg"], "ES256");
    assert_eq!(claims["sub"], ada().subject);
    assert_eq!(claims["email"], "ada@acme.test");
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["nonce"], "a-nonce");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(
        exchange(endpoint, &again["code"], VERIFIER).await.0,
        400,
        "a code is good once"
    );
}

#[tokio::test]
async fn the_honest_provider_sends_back_whoever_cancels_and_refuses_a_request_without_pkce() {
    let provider = Honest::start(Flavour::Google, &[ada()]);
    let metadata = read(&format!("{}/.well-known/openid-configuration", provider.issuer())).await;
    let leave = departure(metadata["authorization_endpoint"].as_str().unwrap(), "openid email");
    let values = query(&Abroad::new().go(&leave, Answer::Cancel).await);
    assert_eq!(values["error"], "access_denied");
    assert_eq!(values["state"], "a-state");
    let bare: String = leave
        .split('&')
        .filter(|part| !part.starts_with("code_challenge"))
        .collect::<Vec<_>>()
        .join("&");
    let values = query(&Abroad::new().go(&bare, Answer::As(&ada().subject)).await);
    assert_eq!(values["error"], "invalid_request");
}

#[tokio::test]
async fn microsoft_has_a_template_for_an_issuer_and_names_the_tenant_in_the_token() {
    let provider = Honest::start(Flavour::Microsoft, &[ada()]);
    let metadata = read(&format!(
        "{}/.well-known/openid-configuration",
        provider.configured_issuer()
    ))
    .await;
    assert!(
        metadata["issuer"].as_str().unwrap().ends_with("/{tenantid}/v2.0"),
        "{metadata}"
    );
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], Value::Null);
    let leave = departure(metadata["authorization_endpoint"].as_str().unwrap(), "openid email");
    let values = query(&Abroad::new().go(&leave, Answer::As(&ada().subject)).await);
    assert!(!values.contains_key("iss"), "{values:?}");
    let (_, tokens) = exchange(metadata["token_endpoint"].as_str().unwrap(), &values["code"], VERIFIER).await;
    let (header, claims) = opened(&tokens["id_token"]);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(claims["tid"], TENANT);
    assert_eq!(claims["iss"], provider.issuer());
    let keys = read(metadata["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(keys["keys"][0]["kid"], header["kid"]);
}

#[tokio::test]
async fn facebook_answers_as_documented() {
    let facebook = Facebook::start(&[ada()]);
    let table = facebook.table("facebook");
    let leave = departure(&key(&table, "authorization_endpoint"), "public_profile,email");
    let mut abroad = Abroad::new();
    let values = query(&abroad.go(&leave, Answer::Cancel).await);
    assert_eq!(values["error_reason"], "user_denied");
    let back = abroad.go(&leave, Answer::As(&ada().subject)).await;
    assert!(back.ends_with("#_=_"), "{back}");
    let values = query(&back);
    let endpoint = key(&table, "token_endpoint");
    let trade = |secret: &str| {
        let (code, back) = (
            values["code"].as_str(),
            form_urlencoded::byte_serialize(BACK.as_bytes()),
        );
        let back: String = back.collect();
        format!(
            "{endpoint}?client_id={CLIENT}&client_secret={secret}&redirect_uri={back}&code={code}&code_verifier={VERIFIER}"
        )
    };
    assert_eq!(read(&trade("wrong")).await["error"]["code"], 101);
    let token = read(&trade(SECRET)).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(read(&trade(SECRET)).await["error"]["code"], 100, "a code is good once");

    let inspect = endpoint.replace("/oauth/access_token", "/debug_token");
    let inspect = format!("{inspect}?input_token={token}&access_token={CLIENT}%7C{SECRET}");
    let data = read(&inspect).await;
    assert_eq!(
        (&data["data"]["app_id"], &data["data"]["is_valid"]),
        (&CLIENT.into(), &true.into())
    );
    facebook.give_tokens_of_another_app();
    assert_ne!(read(&inspect).await["data"]["app_id"], CLIENT);

    let me = format!(
        "{}?fields=id,name,email&access_token={token}",
        key(&table, "userinfo_endpoint")
    );
    assert_eq!(
        read(&me).await["error"]["type"],
        "GraphMethodException",
        "without a proof"
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(token.as_bytes());
    let proof = HEXLOWER.encode(&mac.finalize().into_bytes());
    let person = read(&format!("{me}&appsecret_proof={proof}")).await;
    assert_eq!(person["id"], ada().subject);
    assert_eq!(person["email"], "ada@acme.test");
    assert_eq!(person["email_verified"], Value::Null, "it never says so");
}

#[tokio::test]
async fn x_answers_as_documented_and_never_with_an_email() {
    let x = X::start(&[ada()]);
    let table = x.table("twitter");
    let leave = departure(&key(&table, "authorization_endpoint"), "users.read tweet.read");
    let mut abroad = Abroad::new();
    assert_eq!(
        query(&abroad.go(&leave, Answer::Cancel).await)["error"],
        "access_denied"
    );
    let values = query(&abroad.go(&leave, Answer::As(&ada().subject)).await);
    let endpoint = key(&table, "token_endpoint");
    let (status, answer) = exchange(&endpoint, &values["code"], "wrong").await;
    assert_eq!((status, &answer["error"]), (400, &"invalid_request".into()));
    let values = query(&abroad.go(&leave, Answer::As(&ada().subject)).await);
    let (status, answer) = exchange(&endpoint, &values["code"], VERIFIER).await;
    assert_eq!(status, 200, "{answer}");
    let me = client()
        .get(key(&table, "userinfo_endpoint"))
        .bearer_auth(answer["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let me: Value = me.json().await.unwrap();
    assert_eq!(me["data"]["id"], ada().subject);
    assert!(!me.to_string().contains('@'), "{me}");
    assert_eq!(read(&key(&table, "userinfo_endpoint")).await["status"], 401);
}

#[tokio::test]
async fn the_scripted_provider_tells_the_truth_until_it_is_told_to_lie() {
    let provider = Scripted::start(ada());
    let metadata = read(&format!("{}/.well-known/openid-configuration", provider.issuer())).await;
    let leave = departure(metadata["authorization_endpoint"].as_str().unwrap(), "openid");
    let endpoint = metadata["token_endpoint"].as_str().unwrap().to_owned();
    let token = async || {
        let values = query(&Abroad::new().go(&leave, Answer::As("")).await);
        let (status, tokens) = exchange(&endpoint, &values["code"], VERIFIER).await;
        assert_eq!(status, 200, "{tokens}");
        opened(&tokens["id_token"])
    };
    let (header, claims) = token().await;
    let keys = async || read(metadata["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(keys().await["keys"][0]["kid"], header["kid"]);
    assert_eq!((&claims["nonce"], &claims["aud"]), (&"a-nonce".into(), &CLIENT.into()));
    assert_eq!(claims["email_verified"], true);

    provider.lie(Lie::Nonce);
    assert_ne!(token().await.1["nonce"], "a-nonce");
    provider.lie(Lie::Unsigned);
    assert_eq!(token().await.0["alg"], "none");
    provider.lie(Lie::MixUp("https://other.example".to_owned()));
    assert_eq!(
        query(&Abroad::new().go(&leave, Answer::As("")).await)["iss"],
        "https://other.example"
    );
    provider.behave();
    let before = keys().await["keys"][0]["kid"].clone();
    provider.rotate_in_mid_flow();
    assert_eq!(keys().await["keys"][0]["kid"], before, "not before the exchange");
    let (header, _) = token().await;
    assert_ne!(header["kid"], before);
    assert_eq!(keys().await["keys"][0]["kid"], header["kid"]);
    assert_eq!(provider.asked().iter().filter(|call| **call == Call::Token).count(), 4);
}

#[tokio::test]
async fn a_provider_can_hang_break_and_answer_without_end() {
    let provider = Scripted::start(ada());
    let address = format!("{}/.well-known/openid-configuration", provider.issuer());
    provider.fail(Call::Discovery, Failure::Broken);
    assert_eq!(client().get(&address).send().await.unwrap().status(), 500);
    provider.fail(Call::Discovery, Failure::Endless);
    let mut answer = client().get(&address).send().await.unwrap();
    let mut bytes = 0;
    while bytes < 20_000_000 {
        bytes += answer.chunk().await.unwrap().expect("it does not end").len();
    }
    drop(answer);
    provider.fail(Call::Discovery, Failure::Hang);
    let short = client().get(&address).timeout(Duration::from_millis(300)).send().await;
    assert!(short.unwrap_err().is_timeout());
    // It answers others meanwhile.
    assert_eq!(
        client()
            .get(format!("{}/keys", provider.issuer()))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    provider.behave();
    assert_eq!(read(&address).await["issuer"], provider.issuer());
}
