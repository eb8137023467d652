//! Contracts of [`ApiKeys`](crate::ports::ApiKeys).

use super::StorePorts;
use super::support::{NOW, acme, another, fresh_token, later, row, uuid, was_audited};
use crate::api_key::{ApiKey, Scope};
use crate::ids::ApiKeyId;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("api_keys.rs");

fn key(workspace: &Workspace) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from_uuid(uuid()),
        workspace: workspace.id,
        digest: fresh_token(),
        scopes: vec![Scope::UsersRead, Scope::PortalLinksWrite],
        created_at: NOW,
        revoked_at: None,
    }
}

/// A key is found by its digest, in its own workspace only, with its scopes.
pub async fn a_key_is_found_by_its_digest_in_its_own_workspace(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    for scopes in [Vec::new(), Scope::ALL.to_vec(), vec![Scope::UsersRead]] {
        let key = ApiKey {
            scopes,
            ..key(&workspace)
        };
        let entry = row(workspace.id);
        store.api_keys.create(key.clone(), entry.clone()).await.unwrap();
        assert!(was_audited(store, &entry).await);
        assert_eq!(store.api_keys.find(other.id, &key.digest).await.unwrap(), None);
        assert_eq!(store.api_keys.find(workspace.id, &key.digest).await.unwrap(), Some(key));
    }
    assert_eq!(store.api_keys.find(workspace.id, &fresh_token()).await.unwrap(), None);
}

/// A key whose audit row cannot be written is not there.
pub async fn create_is_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let spent = row(workspace.id);
    store.audit.append(spent.clone()).await.unwrap();
    let key = key(&workspace);
    store.api_keys.create(key.clone(), spent).await.unwrap_err();
    assert_eq!(store.api_keys.find(workspace.id, &key.digest).await.unwrap(), None);
}

/// A revoked key is not found.
pub async fn a_revoked_key_is_not_found(store: &StorePorts) {
    let workspace = acme(store).await;
    let revoked = ApiKey {
        revoked_at: Some(later(1)),
        ..key(&workspace)
    };
    store.api_keys.create(revoked.clone(), row(workspace.id)).await.unwrap();
    assert_eq!(store.api_keys.find(workspace.id, &revoked.digest).await.unwrap(), None);
}
