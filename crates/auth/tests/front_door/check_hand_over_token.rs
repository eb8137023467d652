//! B18: the checker tells field by field what is wrong with a token.

use doorward_auth::sign_in::hand_over::HandOverToken;
use doorward_auth::workspace::check_hand_over_token::{HandOverChecked, WouldOpen};
use doorward_domain::hand_over::HandOverAlgorithm;
use doorward_domain::policy::PolicySet;
use doorward_domain::role::Audience;
use doorward_domain::testing::{hand_over_token, signed_token};
use serde_json::json;

use crate::add_hand_over_key::{add, wanted};
use crate::hand_over::{Site, hand_over, on};
use crate::house::{House, signed_in};

async fn check(house: &House, token: &str) -> HandOverChecked {
    let workspaces = house.auth.workspaces();
    let token = HandOverToken::new(token);
    let checked = workspaces.check_hand_over_token(&house.given.workspace, &token);
    checked.await.unwrap()
}

#[tokio::test]
async fn b18_a_good_token_is_told_whom_it_would_sign_in_and_is_not_used_up() {
    let house = House::with(on, PolicySet::default()).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let token = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    for _ in 0..2 {
        let checked = check(&house, &token).await;
        assert_eq!(checked.wrong, None);
        assert_eq!(checked.drift_seconds, Some(0));
        assert_eq!(checked.would_open, Some(WouldOpen::NewAccount));
        assert!(checked.key.is_some());
    }
    assert!(house.given.store.people().is_empty(), "a check changes nothing");
    let entered = signed_in(hand_over(&house.browser(), &token).await);
    let used = check(&house, &token).await.wrong.unwrap();
    assert_eq!((used.field.as_str(), used.was.as_str()), ("jti", "used before"));
    let next = site.token(json!({ "email": "jo@example.com", "external_id": "42" }));
    let known = check(&house, &next).await.would_open;
    assert_eq!(known, Some(WouldOpen::Account(entered.session.user)));
}

#[tokio::test]
async fn b18_the_first_wrong_field_is_named_with_what_it_was_and_should_be_and_the_drift() {
    let house = House::with(on, PolicySet::default()).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    let now = house.auth.now().as_unix_seconds();
    // Wrong in three places: the first one that is looked at is told.
    let token = site.token(json!({ "iat": now + 400, "email": "jo", "role": "owner" }));
    let checked = check(&house, &token).await;
    assert_eq!(checked.drift_seconds, Some(400));
    let wrong = checked.wrong.unwrap();
    assert_eq!(wrong.field, "iat");
    assert_eq!(wrong.was, "400 seconds in the future");
    assert!(
        wrong.should.contains("within 180 seconds of our clock"),
        "{}",
        wrong.should
    );
    for (claims, field, was) in [
        (json!({ "email": "jo" }), "email", "\"jo\""),
        (json!({}), "email", "absent"),
        (json!({ "email": "jo@example.com", "role": "owner" }), "role", "owner"),
        (
            json!({ "email": "jo@example.com", "iat": now - 200 }),
            "iat",
            "200 seconds ago",
        ),
    ] {
        let wrong = check(&house, &site.token(claims)).await.wrong.unwrap();
        assert_eq!((wrong.field.as_str(), wrong.was.as_str()), (field, was));
        assert!(!wrong.should.is_empty());
    }
}

#[tokio::test]
async fn b18_what_is_not_the_tokens_fault_is_told_too() {
    let house = House::new().await;
    let none = check(&house, &hand_over_token(HandOverAlgorithm::Hs256, "x", &json!({}))).await;
    let wrong = none.wrong.unwrap();
    assert_eq!(wrong.field, "alg");
    assert!(wrong.should.contains("none is live"), "{}", wrong.should);
    let site = Site::new(&house, Audience::Customers, None).await;
    let off = check(&house, &site.token(json!({ "email": "jo@example.com" }))).await;
    assert_eq!(off.wrong.unwrap().field, "customers.hand_over");
    let house = House::with(on, PolicySet::default()).await;
    let site = Site::new(&house, Audience::Customers, None).await;
    house.given.agent("agent@example.com");
    let agent = check(&house, &site.token(json!({ "email": "agent@example.com" }))).await;
    assert_eq!(agent.wrong.unwrap().field, "role");
}

#[tokio::test]
async fn b18_the_checker_never_prints_the_secret() {
    let house = House::with(on, PolicySet::default()).await;
    let secret = add(&house, wanted(None)).await.unwrap().secret.unwrap();
    let secret = secret.expose();
    let claims = json!({ "email": secret, "iat": house.auth.now().as_unix_seconds(), "jti": secret });
    let hs = HandOverAlgorithm::Hs256;
    for pasted in [
        secret.to_owned(),
        format!("{secret}.{secret}.{secret}"),
        hand_over_token(hs, secret, &claims),
        signed_token(hs, secret, &json!({ "alg": secret }), &claims),
        signed_token(hs, secret, &json!({ "alg": "HS256", "kid": secret }), &claims),
        hand_over_token(hs, secret, &json!({ "iat": secret })),
        hand_over_token(hs, secret, &json!({ "iat": [secret] })),
    ] {
        let told = format!("{:?}", check(&house, &pasted).await);
        assert!(!told.contains(&secret[4..20]), "{told}");
    }
}
