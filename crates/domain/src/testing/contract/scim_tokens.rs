//! Contracts of [`ScimTokens`](crate::ports::ScimTokens).

use super::StorePorts;
use super::support::{NOW, acme, another, fresh_token, later, row, spent_row, uuid, was_audited};
use crate::directory::{IdentityScope, ScimToken};
use crate::ids::ScimTokenId;
use crate::provider::ProviderId;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("scim_tokens.rs");

fn token(workspace: &Workspace) -> ScimToken {
    ScimToken {
        id: ScimTokenId::from_uuid(uuid()),
        workspace: workspace.id,
        name: "Entra ID".to_owned(),
        scope: Some(IdentityScope {
            provider: ProviderId::parse("microsoft").unwrap(),
            issuer: Some("https://login.example".to_owned()),
            tenant: "t1".to_owned(),
        }),
        digest: fresh_token(),
        created_at: NOW,
        last_used_at: None,
        revoked_at: None,
    }
}

/// A token comes back as it was issued, by its digest, in its own workspace only; all are listed, oldest first.
pub async fn tokens_come_back_as_they_were_issued(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let later_one = ScimToken {
        scope: None,
        created_at: later(5),
        ..token(&workspace)
    };
    let tokens = [token(&workspace), later_one];
    for token in tokens.iter().rev() {
        let entry = row(workspace.id);
        store.scim_tokens.issue(token.clone(), entry.clone()).await.unwrap();
        assert!(was_audited(store, &entry).await);
        assert_eq!(
            store
                .scim_tokens
                .find(workspace.id, &token.digest)
                .await
                .unwrap()
                .as_ref(),
            Some(token)
        );
        assert_eq!(store.scim_tokens.find(other.id, &token.digest).await.unwrap(), None);
    }
    assert_eq!(store.scim_tokens.list(workspace.id).await.unwrap(), tokens);
    assert_eq!(store.scim_tokens.list(other.id).await.unwrap(), []);
    assert_eq!(
        store.scim_tokens.find(workspace.id, &fresh_token()).await.unwrap(),
        None
    );
}

/// A revoked token is found no more, and can be revoked once; only in its own workspace.
pub async fn a_revoked_token_is_not_found(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let token = token(&workspace);
    store.scim_tokens.issue(token.clone(), row(workspace.id)).await.unwrap();
    assert!(
        !store
            .scim_tokens
            .revoke(other.id, token.id, row(other.id))
            .await
            .unwrap()
    );
    let entry = row(workspace.id);
    assert!(
        store
            .scim_tokens
            .revoke(workspace.id, token.id, entry.clone())
            .await
            .unwrap()
    );
    assert!(was_audited(store, &entry).await);
    assert_eq!(store.scim_tokens.find(workspace.id, &token.digest).await.unwrap(), None);
    assert!(
        !store
            .scim_tokens
            .revoke(workspace.id, token.id, row(workspace.id))
            .await
            .unwrap()
    );
    let listed = store.scim_tokens.list(workspace.id).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(entry.at));
}

/// A renewed token is found by its new secret only, revoked before or not.
pub async fn a_renewed_token_goes_by_its_new_secret(store: &StorePorts) {
    let (workspace, other) = (acme(store).await, another(store, "other").await);
    let token = token(&workspace);
    store.scim_tokens.issue(token.clone(), row(workspace.id)).await.unwrap();
    assert!(
        !store
            .scim_tokens
            .renew(other.id, token.id, fresh_token(), row(other.id))
            .await
            .unwrap()
    );
    let mut old = token.digest;
    for revoked in [false, true] {
        if revoked {
            store
                .scim_tokens
                .revoke(workspace.id, token.id, row(workspace.id))
                .await
                .unwrap();
        }
        let new = fresh_token();
        let entry = row(workspace.id);
        let renewed = store.scim_tokens.renew(workspace.id, token.id, new, entry.clone());
        assert!(renewed.await.unwrap());
        assert!(was_audited(store, &entry).await);
        assert_eq!(store.scim_tokens.find(workspace.id, &old).await.unwrap(), None);
        let found = store.scim_tokens.find(workspace.id, &new).await.unwrap().unwrap();
        assert_eq!((found.id, found.revoked_at), (token.id, None));
        old = new;
    }
}

/// The last use is noted to the minute.
pub async fn uses_are_noted_by_the_minute(store: &StorePorts) {
    let workspace = acme(store).await;
    let token = token(&workspace);
    store.scim_tokens.issue(token.clone(), row(workspace.id)).await.unwrap();
    for (at, noted) in [(1, 1), (30, 1), (60, 1), (61, 61), (200, 200)] {
        store
            .scim_tokens
            .note_use(workspace.id, token.id, later(at))
            .await
            .unwrap();
        let listed = store.scim_tokens.list(workspace.id).await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(later(noted)), "used at {at}");
    }
}

/// Where the audit row cannot be written, nothing is.
pub async fn changes_are_all_or_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let kept = token(&workspace);
    store.scim_tokens.issue(kept.clone(), row(workspace.id)).await.unwrap();
    let spent = spent_row(store, &workspace).await;
    let tokens = &store.scim_tokens;
    let lost = token(&workspace);
    tokens.issue(lost.clone(), spent.clone()).await.unwrap_err();
    tokens
        .renew(workspace.id, kept.id, fresh_token(), spent.clone())
        .await
        .unwrap_err();
    tokens.revoke(workspace.id, kept.id, spent).await.unwrap_err();
    assert_eq!(tokens.list(workspace.id).await.unwrap(), [kept]);
}
