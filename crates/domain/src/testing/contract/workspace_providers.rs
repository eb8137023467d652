//! Contracts of [`WorkspaceProviders`](crate::ports::WorkspaceProviders).

use std::collections::BTreeMap;

use super::support::{NOW, acme, another, race, row, spent_row, uuid, was_audited};
use super::{RACERS, StorePorts};
use crate::ids::CredentialsId;
use crate::own_provider::{ClientSecret, MAX_OWN_PROVIDERS, OwnProvider, ProviderDraft};
use crate::ports::OwnProviderSaved;
use crate::provider::{ProviderDescription, ProviderId};
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("workspace_providers.rs");

fn id(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

fn own(workspace: &Workspace, provider: &str) -> OwnProvider {
    OwnProvider {
        workspace: workspace.id,
        revision: CredentialsId::from_uuid(uuid()),
        draft: ProviderDraft {
            id: id(provider),
            values: BTreeMap::from([
                ("client_id".to_owned(), format!("client of {provider}")),
                ("issuer".to_owned(), format!("https://{provider}.example")),
            ]),
            secret: ClientSecret::new(format!("secret of {provider}")),
        },
        name: format!("{provider}, by us"),
        changed_at: NOW,
    }
}

async fn save(store: &StorePorts, own: OwnProvider) -> OwnProviderSaved {
    let workspace = own.workspace;
    store.workspace_providers.save(own, row(workspace)).await.unwrap()
}

fn facts(own: &OwnProvider) -> (CredentialsId, &ProviderDraft, &str) {
    (own.revision, &own.draft, &own.name)
}

fn assert_same(read: &OwnProvider, kept: &OwnProvider) {
    let (read_facts, kept_facts) = (facts(read), facts(kept));
    assert_eq!((read_facts.0, read_facts.2), (kept_facts.0, kept_facts.2));
    assert_eq!(
        (&read_facts.1.id, &read_facts.1.values),
        (&kept_facts.1.id, &kept_facts.1.values)
    );
    assert_eq!(read_facts.1.secret.expose(), kept_facts.1.secret.expose());
    assert_eq!((read.workspace, read.changed_at), (kept.workspace, kept.changed_at));
}

async fn named(store: &StorePorts, workspace: &Workspace) -> Vec<ProviderDescription> {
    let read = store.workspaces.find(workspace.id).await.unwrap();
    read.unwrap().own_providers
}

/// Credentials come back as they were kept, and the workspace names them; another workspace has none of it.
pub async fn credentials_come_back_as_they_were_kept(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let (google, sso) = (own(&workspace, "google"), own(&workspace, "acme-sso"));
    let entry = row(workspace.id);
    let before = store.workspaces.edition();
    let saved = store.workspace_providers.save(google.clone(), entry.clone());
    assert_eq!(saved.await.unwrap(), OwnProviderSaved::Saved);
    assert!(was_audited(store, &entry).await);
    assert_ne!(
        store.workspaces.edition(),
        before,
        "whoever keeps workspaces is to read them anew"
    );
    assert_eq!(save(store, sso.clone()).await, OwnProviderSaved::Saved);
    let found = store
        .workspace_providers
        .find(workspace.id, &id("google"))
        .await
        .unwrap();
    assert_same(&found.unwrap(), &google);
    let listed = store.workspace_providers.list(workspace.id).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_same(&listed[0], &sso);
    assert_same(&listed[1], &google);
    assert_eq!(
        named(store, &workspace).await,
        [sso.description(), google.description()]
    );
    assert!(
        store
            .workspace_providers
            .find(other.id, &id("google"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.workspace_providers.list(other.id).await.unwrap().is_empty());
    assert_eq!(named(store, &other).await, []);
}

/// What is saved again takes the place of what was there.
pub async fn credentials_are_changed_in_place(store: &StorePorts) {
    let workspace = acme(store).await;
    assert_eq!(save(store, own(&workspace, "google")).await, OwnProviderSaved::Saved);
    let mut changed = own(&workspace, "google");
    "Our Google".clone_into(&mut changed.name);
    changed.draft.secret = ClientSecret::new("another".to_owned());
    assert_eq!(save(store, changed.clone()).await, OwnProviderSaved::Saved);
    let listed = store.workspace_providers.list(workspace.id).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_same(&listed[0], &changed);
    assert_eq!(named(store, &workspace).await, [changed.description()]);
}

/// Credentials are forgotten once, in their own workspace only.
pub async fn credentials_are_forgotten_once(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    assert_eq!(save(store, own(&workspace, "google")).await, OwnProviderSaved::Saved);
    let remove = async |workspace: &Workspace| {
        let entry = row(workspace.id);
        let google = id("google");
        let removed = store.workspace_providers.remove(workspace.id, &google, entry.clone());
        (removed.await.unwrap(), was_audited(store, &entry).await)
    };
    assert_eq!(remove(&other).await, (false, false));
    assert_eq!(remove(&workspace).await, (true, true));
    assert_eq!(remove(&workspace).await, (false, false));
    assert_eq!(named(store, &workspace).await, []);
    assert!(
        store
            .workspace_providers
            .find(workspace.id, &id("google"))
            .await
            .unwrap()
            .is_none()
    );
}

/// Neither write happens without its audit row.
pub async fn nothing_is_kept_without_its_audit_row(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = spent_row(store, &workspace).await;
    let google = own(&workspace, "google");
    store
        .workspace_providers
        .save(google.clone(), spent.clone())
        .await
        .unwrap_err();
    assert!(store.workspace_providers.list(workspace.id).await.unwrap().is_empty());
    assert_eq!(named(store, &workspace).await, []);
    save(store, google).await;
    store
        .workspace_providers
        .remove(workspace.id, &id("google"), spent)
        .await
        .unwrap_err();
    assert_eq!(named(store, &workspace).await.len(), 1);
}

/// Nobody keeps credentials for a workspace that there is not.
pub async fn nothing_is_kept_for_a_workspace_that_is_gone(store: &StorePorts) {
    let workspace = acme(store).await;
    let nowhere = Workspace {
        id: crate::ids::WorkspaceId::from_uuid(uuid()),
        ..workspace
    };
    let saved = store.workspace_providers.save(own(&nowhere, "google"), row(nowhere.id));
    assert_eq!(saved.await.unwrap(), OwnProviderSaved::Gone);
}

/// However many are saved at once, a workspace keeps no more than it may, and names exactly those.
pub async fn a_race_keeps_no_more_than_may_be(store: &StorePorts) {
    let workspace = acme(store).await;
    let said = race(RACERS, |at| {
        let (store, own) = (store.clone(), own(&workspace, &format!("idp-{at}")));
        async move { save(&store, own).await }
    })
    .await;
    let saved = said.iter().filter(|said| **said == OwnProviderSaved::Saved).count();
    assert_eq!(saved, MAX_OWN_PROVIDERS);
    let listed = store.workspace_providers.list(workspace.id).await.unwrap();
    assert_eq!(listed.len(), MAX_OWN_PROVIDERS);
    let described: Vec<ProviderDescription> = listed.iter().map(OwnProvider::description).collect();
    assert_eq!(named(store, &workspace).await, described);
    let again = OwnProvider {
        revision: CredentialsId::from_uuid(uuid()),
        ..listed[0].clone()
    };
    assert_eq!(
        save(store, again).await,
        OwnProviderSaved::Saved,
        "what is there can be changed"
    );
}
