//! There and back: what is sent, what is taken, whose it is (R50–R53, R56, R58, R59).

use std::collections::HashSet;
use std::sync::Arc;

use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{CallbackQuery, IdentityProvider as _, ProviderFault, TokenFault};
use doorward_domain::provider::{ExternalIdentity, ProviderId};
use doorward_sso::{Options, Providers};
use serde_json::json;
use url::Url;

use crate::idp::{Idp, Lie, Pairs};
use crate::{Dice, Door, config};

fn query_of(address: &str) -> Pairs {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

fn is_mix_up<T>(result: &Result<T, ProviderFault>) -> bool {
    matches!(result, Err(ProviderFault::Refused(TokenFault::MixUp)))
}

#[test]
fn providers_are_offered_in_a_stable_order() {
    let acme = [("issuer", "https://sso.acme.example"), ("name", "Acme SSO")];
    let configs = ["zeta", "twitter", "facebook", "acme", "microsoft", "google"].map(|id| match id {
        "zeta" | "acme" => config(id, &acme),
        known => config(known, &[]),
    });
    let providers = Providers::new(configs.into(), Options::default(), Arc::new(Dice)).unwrap();
    let offered = providers.offered(&doorward_domain::testing::workspace("acme"));
    let names: Vec<(&str, &str)> = offered
        .iter()
        .map(|offered| (offered.id.as_str(), offered.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("google", "Google"),
            ("microsoft", "Microsoft"),
            ("facebook", "Facebook"),
            ("twitter", "X"),
            ("acme", "Acme SSO"),
            ("zeta", "Acme SSO"),
        ]
    );
}

#[tokio::test]
async fn r50_the_identity_is_provider_issuer_and_subject_and_nothing_else() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    idp.tweak(|_, claims| {
        claims["sub"] = json!("Jo-1 ");
        claims["tid"] = json!("11111111-2222-3333-4444-555555555555");
        claims["preferred_username"] = json!("root");
    });
    let arrived = door.sign_in(&idp).await.unwrap();
    assert_eq!(
        arrived.identity,
        ExternalIdentity {
            provider: ProviderId::parse("acme").unwrap(),
            issuer: idp.base.clone(),
            tenant: String::new(),
            subject: "Jo-1 ".to_owned(),
        }
    );
    assert_eq!(arrived.name.as_deref(), Some("Jo"));
    let email = arrived.email.unwrap();
    assert!(email.verified && !email.authoritative);
}

#[tokio::test]
async fn r51_code_flow_with_pkce_state_and_nonce_anew_each_time() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let mut drawn = HashSet::new();
    for _ in 0..20 {
        let departure = door.depart().await.unwrap();
        let query = query_of(&departure.url);
        assert!(departure.url.starts_with(&format!("{}/authorize?", idp.base)));
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "client-1");
        assert_eq!(query["scope"], "openid email profile");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(query["code_challenge"].len(), 43);
        assert_eq!(query["redirect_uri"], door.callback);
        assert_eq!(query["state"], departure.state.expose());
        assert_eq!(query["nonce"], departure.nonce.unwrap().expose());
        assert_eq!(departure.verifier.expose().len(), 43);
        assert!(!departure.url.contains(&departure.verifier.expose()));
        assert!(!departure.url.contains("secret-1"));
        drawn.extend([
            query["state"].clone(),
            query["nonce"].clone(),
            departure.verifier.expose(),
        ]);
    }
    assert_eq!(drawn.len(), 60);
    assert_eq!(idp.asked("/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn r51_the_code_is_exchanged_with_the_verifier_whose_challenge_was_sent() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let (departure, other) = (door.depart().await.unwrap(), door.depart().await.unwrap());
    let query = idp.visit(&departure.url);
    // Somebody else's code in this browser: the provider compares the verifier, and the nonce is another one anyway.
    let arrived = door.arrive(other, query).await;
    assert!(
        matches!(arrived, Err(ProviderFault::Unavailable { what: "token", .. })),
        "{arrived:?}"
    );
    let departure = door.depart().await.unwrap();
    let (verifier, query) = (departure.verifier.expose(), idp.visit(&departure.url));
    door.arrive(departure, query.clone()).await.unwrap();
    let form = idp.last("/token").form;
    assert_eq!(form["code_verifier"], verifier);
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["redirect_uri"], door.callback);
    assert!(!form.contains_key("client_secret"));
    // The same code once more.
    let again = door.depart().await.unwrap();
    assert!(door.arrive(again, query).await.is_err());
}

#[tokio::test]
async fn r51_a_provider_that_does_not_speak_of_pkce_gets_it_all_the_same() {
    for methods in [None, Some(json!(["plain"]))] {
        let idp = Idp::start().await;
        let door = Door::to(&idp);
        match methods {
            Some(methods) => idp.state().metadata["code_challenge_methods_supported"] = methods,
            None => {
                let _ = idp
                    .state()
                    .metadata
                    .as_object_mut()
                    .unwrap()
                    .remove("code_challenge_methods_supported");
            }
        }
        let departure = door.depart().await.unwrap();
        assert_eq!(query_of(&departure.url)["code_challenge_method"], "S256");
        let query = idp.visit(&departure.url);
        door.arrive(departure, query).await.unwrap();
    }
}

#[tokio::test]
async fn r53_an_answer_that_names_another_provider() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let (evil, slash) = ("https://evil.example".to_owned(), format!("{}/", idp.base));
    for named in [evil, slash, idp.base.to_uppercase(), String::new()] {
        let departure = door.depart().await.unwrap();
        let query = CallbackQuery {
            issuer: Some(named.clone()),
            ..idp.visit(&departure.url)
        };
        let arrived = door.arrive(departure, query).await;
        assert!(is_mix_up(&arrived), "{named}: {arrived:?}");
        // Also where it says that it was cancelled.
        let query = CallbackQuery {
            issuer: Some(named),
            error: Some("access_denied".to_owned()),
            code: None,
        };
        let departure = door.depart().await.unwrap();
        assert!(is_mix_up(&door.arrive(departure, query).await));
    }
    assert_eq!(idp.asked("/token"), 0);
    let departure = door.depart().await.unwrap();
    let query = CallbackQuery {
        issuer: Some(idp.base.clone()),
        ..idp.visit(&departure.url)
    };
    assert!(door.arrive(departure, query).await.is_ok());
}

#[tokio::test]
async fn r53_an_answer_must_name_a_provider_that_says_it_does() {
    let idp = Idp::start().await;
    idp.state().metadata["authorization_response_iss_parameter_supported"] = json!(true);
    let door = Door::to(&idp);
    assert!(is_mix_up(&door.sign_in(&idp).await));
    assert_eq!(idp.asked("/token"), 0);
    let departure = door.depart().await.unwrap();
    let query = CallbackQuery {
        issuer: Some(idp.base.clone()),
        ..idp.visit(&departure.url)
    };
    assert!(door.arrive(departure, query).await.is_ok());
}

#[tokio::test]
async fn r53_a_provider_without_an_issuer_is_named_by_nobody() {
    let idp = Idp::start().await;
    let door = Door::new(config("twitter", &[("token_endpoint", &format!("{}/token", idp.base))]));
    let departure = door.depart().await.unwrap();
    let query = CallbackQuery {
        issuer: Some(idp.base.clone()),
        ..idp.visit(&departure.url)
    };
    assert!(is_mix_up(&door.arrive(departure, query).await));
}

#[tokio::test]
async fn a_provider_that_is_not_configured() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    let other = ProviderId::parse("other").unwrap();
    let departed = door
        .providers
        .depart(WorkspaceId::from_uuid(uuid::Uuid::nil()), &other, &door.callback)
        .await;
    assert!(matches!(departed, Err(ProviderFault::Unknown)));
}

#[tokio::test]
async fn r59_more_than_one_factor_only_where_the_provider_says_so() {
    let idp = Idp::start().await;
    let door = Door::to(&idp);
    assert!(!door.sign_in(&idp).await.unwrap().second_factor);
    for (amr, expected) in [
        (json!(["pwd"]), false),
        (json!("mfa"), false),
        (json!(["pwd", "otp"]), true),
        (json!(["mfa"]), true),
    ] {
        idp.tweak(move |_, claims| claims["amr"] = amr.clone());
        assert_eq!(door.sign_in(&idp).await.unwrap().second_factor, expected);
    }
}

#[tokio::test]
async fn r57_a_verified_email_at_a_domain_of_the_provider() {
    let idp = Idp::start().await;
    let door = Door::new(config(
        "acme",
        &[("issuer", &idp.base), ("authoritative_for", "acme.example")],
    ));
    let email = door.sign_in(&idp).await.unwrap().email.unwrap();
    assert!(email.verified && email.authoritative);
    for claimed in [json!(false), json!("false"), json!(null), json!("yes")] {
        idp.tweak(move |_, claims| claims["email_verified"] = claimed.clone());
        let email = door.sign_in(&idp).await.unwrap().email.unwrap();
        assert!(!email.verified && !email.authoritative);
    }
    idp.tweak(|_, claims| claims["email_verified"] = json!("true"));
    assert!(door.sign_in(&idp).await.unwrap().email.unwrap().authoritative);
    idp.tweak(|_, claims| claims["email"] = json!("jo@acme.example, root@acme.example"));
    assert_eq!(door.sign_in(&idp).await.unwrap().email, None);
}

const ACME: &str = "11111111-2222-3333-4444-555555555555";
const OTHER: &str = "99999999-2222-3333-4444-555555555555";

/// Microsoft's many tenants, played at loopback: its own issuer, the endpoints overridden.
fn microsoft(idp: &Idp, pairs: &[(&str, &str)]) -> Door {
    let endpoints = ["authorize", "token", "jwks"].map(|path| format!("{}/{path}", idp.base));
    let mut all = vec![
        ("authorization_endpoint", endpoints[0].as_str()),
        ("token_endpoint", &endpoints[1]),
        ("jwks_uri", &endpoints[2]),
    ];
    all.extend_from_slice(pairs);
    Door::new(config("microsoft", &all))
}

fn from_tenant(idp: &Idp, tenant: &'static str) {
    idp.tweak(move |_, claims| {
        claims["iss"] = json!(format!("https://login.microsoftonline.com/{tenant}/v2.0"));
        claims["tid"] = json!(tenant);
    });
}

#[tokio::test]
async fn r58_microsofts_issuer_is_built_from_the_tenant() {
    let idp = Idp::start().await;
    let door = microsoft(&idp, &[]);
    from_tenant(&idp, ACME);
    let identity = door.sign_in(&idp).await.unwrap().identity;
    assert_eq!(
        identity.issuer,
        format!("https://login.microsoftonline.com/{ACME}/v2.0")
    );
    assert_eq!(identity.tenant, ACME);
    let refused = async |fault| {
        let arrived = door.sign_in(&idp).await;
        assert!(
            matches!(&arrived, Err(ProviderFault::Refused(found)) if *found == fault),
            "{arrived:?}"
        );
    };
    idp.tweak(|_, claims| {
        claims["iss"] = json!(format!("https://login.microsoftonline.com/{ACME}/v2.0"));
        claims["tid"] = json!(OTHER);
    });
    refused(TokenFault::Issuer).await;
    from_tenant(&idp, "x/v2.0?");
    refused(TokenFault::Tenant).await;
    idp.tweak(|_, claims| claims["iss"] = json!(format!("https://login.microsoftonline.com/{ACME}/v2.0")));
    refused(TokenFault::Tenant).await;
    idp.tweak(|_, claims| {
        claims["iss"] = json!("https://login.microsoftonline.com/{tenantid}/v2.0");
        claims["tid"] = json!("{tenantid}");
    });
    refused(TokenFault::Tenant).await;
}

#[tokio::test]
async fn r58_only_listed_tenants_come_in() {
    let idp = Idp::start().await;
    for tenants in [ACME.to_owned(), format!("{ACME} 00000000-0000-0000-0000-000000000000")] {
        let door = microsoft(&idp, &[("tenants", &tenants)]);
        from_tenant(&idp, ACME);
        assert_eq!(door.sign_in(&idp).await.unwrap().identity.tenant, ACME);
        from_tenant(&idp, OTHER);
        let arrived = door.sign_in(&idp).await;
        assert!(
            matches!(&arrived, Err(ProviderFault::Refused(TokenFault::Tenant))),
            "{arrived:?}"
        );
    }
}

#[tokio::test]
async fn r58_any_tenants_administrator_may_write_any_email() {
    let idp = Idp::start().await;
    let door = microsoft(&idp, &[("authoritative_for", "acme.example")]);
    from_tenant(&idp, OTHER);
    let email = door.sign_in(&idp).await.unwrap().email.unwrap();
    assert!(!email.verified && !email.authoritative);
    idp.tweak(|_, claims| {
        claims["iss"] = json!(format!("https://login.microsoftonline.com/{ACME}/v2.0"));
        claims["tid"] = json!(ACME);
        claims["xms_edov"] = json!("1");
    });
    let email = door.sign_in(&idp).await.unwrap().email.unwrap();
    assert!(email.verified && email.authoritative);
}

#[tokio::test]
async fn r58_microsofts_metadata_hold_the_template() {
    let idp = Idp::start().await;
    let issuer = format!("{}/common/v2.0", idp.base);
    let door = Door::new(config("microsoft", &[("issuer", &issuer)]));
    let mut metadata = idp.state().metadata.clone();
    metadata["issuer"] = json!(format!("{}/{{tenantid}}/v2.0", idp.base));
    idp.lie(
        "/common/v2.0/.well-known/openid-configuration",
        Lie::Json(200, metadata),
    );
    let base = idp.base.clone();
    idp.tweak(move |_, claims| {
        claims["iss"] = json!(format!("{base}/{ACME}/v2.0"));
        claims["tid"] = json!(ACME);
    });
    assert_eq!(door.sign_in(&idp).await.unwrap().identity.tenant, ACME);
    // An answer that names one tenant, and a token of another.
    let departure = door.depart().await.unwrap();
    let query = CallbackQuery {
        issuer: Some(format!("{}/{OTHER}/v2.0", idp.base)),
        ..idp.visit(&departure.url)
    };
    assert!(is_mix_up(&door.arrive(departure, query).await));
}
