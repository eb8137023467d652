//! C3: credentials of providers that a workspace brings itself.

use std::collections::BTreeMap;

use doorward_auth::Acting;
use doorward_auth::workspace::change_settings::{ChangeHow, SettingChange};
use doorward_auth::workspace::keep_provider::{ForgetProviderError, KeepProviderError, TypedProvider};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::ids::ConnectionId;
use doorward_domain::own_provider::ClientSecret;
use doorward_domain::ports::{Connections as _, Workspaces};
use doorward_domain::provider::{Connection, ProviderId};
use doorward_domain::role::{Rights, Role};
use doorward_domain::testing::{Person, arrived, audit};
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
    let read = Workspaces::find(&house.given.store, house.given.workspace.id).await;
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

/// The attack: an admin keeps the domains that an owner trusted a provider with, and points it at one of their own.
#[tokio::test]
async fn r97_an_admin_does_not_exchange_a_trusted_issuer_for_their_own() {
    let house = House::new().await;
    let workspace = &house.given.workspace;
    let providers = house.auth.providers();
    let at = |issuer| {
        [
            ("client_id", "ours"),
            ("issuer", issuer),
            ("authoritative_for", "acme.example"),
        ]
    };
    let said = typed("acme", &at("https://sso.acme.example"), Some("s"));
    providers.keep(&as_role(Role::Owner), workspace, said).await.unwrap();
    let said = typed("acme", &at("https://evil.example"), Some("mine"));
    let by_admin = providers.keep(&as_role(Role::Admin), workspace, said).await;
    assert!(
        matches!(&by_admin, Err(KeepProviderError::BeyondReach(beyond)) if beyond == &["issuer"]),
        "{by_admin:?}"
    );
}

/// The attack: not the switch is turned off that lets the last admin in, but what stands behind it is forgotten (R105).
#[tokio::test]
async fn r105_the_credentials_that_the_last_admin_comes_in_by_stay() {
    let house = House::new().await;
    let workspace = house.given.workspace.clone();
    let owner = Person::customer(workspace.id, "owner@acme.example").role(Role::Owner);
    let owner = house.given.person(owner.without_password());
    let acme = id("acme");
    let connection = Connection {
        id: ConnectionId::from_uuid(owner.id.as_uuid()),
        workspace: workspace.id,
        user: owner.id,
        identity: arrived("acme", "owner").identity,
        label: None,
        vouched: None,
        created_at: house.auth.now(),
        last_used_at: None,
    };
    let row = audit(workspace.id, AuditAction::IdentityConnected, house.auth.now());
    house.given.store.connect(connection, row, Vec::new()).await.unwrap();
    let by = Acting {
        actor: Actor::User(owner.id),
        ..as_role(Role::Owner)
    };
    let providers = house.auth.providers();
    let said = typed(
        "acme",
        &[("client_id", "ours"), ("issuer", "https://sso.example")],
        Some("s"),
    );
    providers.keep(&by, &workspace, said).await.unwrap();
    let on = SettingChange {
        key: "staff.providers.acme".to_owned(),
        value: "true".to_owned(),
    };
    let workspaces = house.auth.workspaces();
    workspaces
        .change_settings(&by, &workspace, &[on], ChangeHow::default())
        .await
        .unwrap();
    let now = as_it_is(&house).await;
    let said = providers.forget(&by, &now, &acme).await;
    assert!(matches!(said, Err(ForgetProviderError::LastWayIn)), "{said:?}");
    house
        .given
        .person(Person::customer(workspace.id, "other@acme.example").role(Role::Admin));
    assert!(providers.forget(&by, &now, &acme).await.unwrap());
}
