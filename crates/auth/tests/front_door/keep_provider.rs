//! C3: credentials of providers that a workspace brings itself.

use std::collections::BTreeMap;

use doorward_auth::Acting;
use doorward_auth::workspace::keep_provider::{KeepProviderError, TypedProvider};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::own_provider::ClientSecret;
use doorward_domain::ports::Workspaces as _;
use doorward_domain::provider::ProviderId;
use doorward_domain::role::{Rights, Role};
use doorward_domain::workspace::Workspace;

use crate::house::House;

pub(crate) fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

pub(crate) fn typed(provider: &str, values: &[(&str, &str)], secret: Option<&str>) -> TypedProvider {
    let values: BTreeMap<String, String> = values
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    TypedProvider {
        id: id(provider),
        values,
        secret: secret.map(|secret| ClientSecret::new(secret.to_owned())),
    }
}

pub(crate) fn as_role(role: Role) -> Acting {
    Acting {
        actor: Actor::Operator,
        rights: Rights::of(role),
        client: None,
    }
}

async fn as_it_is(house: &House) -> Workspace {
    let read = house.given.store.find(house.given.workspace.id).await;
    read.unwrap().unwrap()
}

#[tokio::test]
async fn c3_own_credentials_are_kept_named_and_forgotten() {
    let house = House::new().await;
    let (acting, workspace) = (as_role(Role::Admin), &house.given.workspace);
    let providers = house.auth.providers();
    let first = typed(
        "google",
        &[("client_id", " ours "), ("name", "Our Google"), ("issuer", " ")],
        Some("hush"),
    );
    let kept = providers.keep(&acting, workspace, first).await.unwrap();
    assert_eq!(
        kept.draft.values.len(),
        2,
        "what is empty says nothing: {:?}",
        kept.draft.values
    );
    assert_eq!(kept.draft.values["client_id"], "ours");
    let offered = providers.offered(&as_it_is(&house).await);
    assert!(
        offered
            .iter()
            .any(|provider| provider.id == id("google") && provider.name == "Our Google")
    );
    assert_eq!(house.audited(AuditAction::ProviderSaved), 1);
    assert!(providers.forget(&acting, workspace, &id("google")).await.unwrap());
    assert!(!providers.forget(&acting, workspace, &id("google")).await.unwrap());
    assert_eq!(house.audited(AuditAction::ProviderRemoved), 1);
    assert_eq!(as_it_is(&house).await.own_providers, []);
}

#[tokio::test]
async fn the_secret_that_is_kept_stays_only_for_the_same_client() {
    let house = House::new().await;
    let (acting, workspace) = (as_role(Role::Admin), &house.given.workspace);
    let providers = house.auth.providers();
    let said = [("client_id", "ours"), ("issuer", "https://sso.example")];
    providers
        .keep(&acting, workspace, typed("acme", &said, Some("hush")))
        .await
        .unwrap();
    let renamed = [
        ("client_id", "ours"),
        ("issuer", "https://sso.example"),
        ("name", "Acme"),
    ];
    let kept = providers
        .keep(&acting, workspace, typed("acme", &renamed, None))
        .await
        .unwrap();
    assert_eq!(kept.draft.secret.expose(), "hush");
    // Whoever points it elsewhere does not learn the secret by it.
    let elsewhere = [("client_id", "ours"), ("issuer", "https://evil.example")];
    let kept = providers
        .keep(&acting, workspace, typed("acme", &elsewhere, None))
        .await
        .unwrap();
    assert_eq!(kept.draft.secret.expose(), "", "nothing of the old one goes there");
}

#[tokio::test]
async fn r97_who_people_are_is_for_an_owner_to_say() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let providers = house.auth.providers();
    let keys = [("client_id", "ours"), ("jwks_uri", "https://evil.example/keys")];
    let by_admin = providers
        .keep(&as_role(Role::Admin), workspace, typed("google", &keys, Some("s")))
        .await;
    assert!(
        matches!(&by_admin, Err(KeepProviderError::BeyondReach(beyond)) if beyond == &["jwks_uri"]),
        "{by_admin:?}"
    );
    assert!(providers.find(workspace, &id("google")).await.unwrap().is_none());
    providers
        .keep(&as_role(Role::Owner), workspace, typed("google", &keys, Some("s")))
        .await
        .unwrap();
    let renamed = [
        ("client_id", "ours"),
        ("jwks_uri", "https://evil.example/keys"),
        ("name", "G"),
    ];
    providers
        .keep(&as_role(Role::Admin), workspace, typed("google", &renamed, Some("s")))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_will_not_do_is_told_and_not_kept() {
    let house = House::new().await;
    let (acting, workspace) = (as_role(Role::Owner), &house.given.workspace);
    let providers = house.auth.providers();
    let kept = providers
        .keep(&acting, workspace, typed("acme", &[("colour", "red")], Some("s")))
        .await;
    let Err(KeepProviderError::Problems(problems)) = kept else {
        panic!("kept: {kept:?}");
    };
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["id", "client_id"]);
    assert!(providers.list(workspace).await.unwrap().is_empty());
    assert_eq!(house.audited(AuditAction::ProviderSaved), 0);
}
