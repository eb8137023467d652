//! B9: a directory that syncs itself.

use doorward_auth::directory::sync_directory::{Change, SyncError, Synced, Wanted};
use doorward_domain::audit::{Actor, AuditAction};
use doorward_domain::directory::{DirectoryGroup, ScimToken};
use doorward_domain::ports::{EntryId, EntryQuery, ListedRecord};
use doorward_domain::scim::{ScimFault, schema};
use doorward_domain::testing::{PASSWORD, client};
use serde_json::{Value, json};

use crate::create_scim_token::token;
use crate::house::{House, signed_in};

async fn sync(house: &House, token: &ScimToken, change: Change, only_at: Option<i64>) -> Result<Synced, SyncError> {
    house.auth.directory().sync(token, &client(), change, only_at).await
}

fn user(synced: Result<Synced, SyncError>) -> ListedRecord {
    match synced {
        Ok(Synced::User(user)) => *user,
        other => panic!("{other:?}"),
    }
}

fn group(synced: Result<Synced, SyncError>) -> DirectoryGroup {
    match synced {
        Ok(Synced::Group(group)) => *group,
        other => panic!("{other:?}"),
    }
}

fn jo() -> Value {
    json!({
        "schemas": [schema::USER], "userName": "jo", "externalId": "X-1", "active": true,
        "emails": [{ "value": "jo@example.com", "type": "work", "primary": true }],
    })
}

fn operations(operations: &Value) -> Wanted {
    Wanted::Patched(json!({ "schemas": [schema::PATCH], "Operations": operations }))
}

#[tokio::test]
async fn b9_a_record_made_inactive_ends_that_persons_sessions_at_once() {
    let house = House::new().await;
    house.given.customer("jo@example.com");
    let (token, _) = token(&house, "Entra ID").await;
    let record = user(sync(&house, &token, Change::NewUser(jo()), None).await).record;
    assert_eq!(record.scope, token.scope);
    let session = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    assert!(house.is_live(&session).await);

    let unchanged = operations(&json!([{ "op": "replace", "path": "active", "value": true }]));
    let same = user(sync(&house, &token, Change::User(record.id, unchanged), None).await).record;
    assert_eq!(same, record);
    assert!(house.is_live(&session).await);

    let inactive = operations(&json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    let off = user(sync(&house, &token, Change::User(record.id, inactive), None).await).record;
    assert_eq!((off.active, off.version), (false, 2));
    assert!(!house.is_live(&session).await);
    let row = house.given.store.audit_rows().pop().unwrap();
    assert_eq!(
        (row.action, row.actor),
        (AuditAction::DirectoryChanged, Actor::ScimToken(token.id))
    );
    assert!(row.client.is_some());

    let active = Wanted::Whole(jo());
    user(sync(&house, &token, Change::User(record.id, active), None).await);
    let session = signed_in(house.browser().password("jo@example.com", PASSWORD).await);
    let removed = sync(&house, &token, Change::Remove(EntryId::Record(record.id)), None).await;
    assert_eq!(removed.unwrap(), Synced::Removed);
    assert!(!house.is_live(&session).await);
}

#[tokio::test]
async fn r63_a_token_sees_its_own_records_only() {
    let house = House::new().await;
    let (own, _) = token(&house, "Entra ID").await;
    let (other, _) = token(&house, "Okta").await;
    let record = user(sync(&house, &own, Change::NewUser(jo()), None).await).record;
    let members = json!({
        "schemas": [schema::GROUP], "displayName": "Sales", "members": [{ "value": record.id.to_string() }],
    });
    let sales = group(sync(&house, &own, Change::NewGroup(members.clone()), None).await);
    assert_eq!(sales.members, [record.id]);

    let fault = |synced: Result<Synced, SyncError>| match synced.unwrap_err() {
        SyncError::Unfit(error) => error.fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        fault(sync(&house, &other, Change::NewGroup(members), None).await),
        ScimFault::InvalidValue
    );
    assert_eq!(
        fault(sync(&house, &own, Change::NewUser(jo()), None).await),
        ScimFault::Uniqueness
    );
    user(sync(&house, &other, Change::NewUser(jo()), None).await);
    for change in [
        Change::User(record.id, Wanted::Whole(jo())),
        Change::Group(sales.id, operations(&json!([{ "op": "remove", "path": "members" }]))),
        Change::Remove(EntryId::Record(record.id)),
        Change::Remove(EntryId::Group(sales.id)),
    ] {
        let refused = sync(&house, &other, change, None).await.unwrap_err();
        assert!(matches!(refused, SyncError::Unknown), "{refused:?}");
    }
    let directory = house.auth.directory();
    let seen = directory.users(&other, EntryQuery::behind(None, 10)).await.unwrap();
    assert_eq!(seen.total, 1);
    assert_ne!(seen.entries[0].record.id, record.id);
    assert_eq!(
        directory
            .groups(&other, EntryQuery::behind(None, 10))
            .await
            .unwrap()
            .total,
        0
    );
}

#[tokio::test]
async fn a_version_that_is_not_there_any_more_changes_nothing() {
    let house = House::new().await;
    let (token, _) = token(&house, "Entra ID").await;
    let record = user(sync(&house, &token, Change::NewUser(jo()), None).await).record;
    let title = |title: &str| operations(&json!([{ "op": "add", "path": "title", "value": title }]));
    user(sync(&house, &token, Change::User(record.id, title("Dr")), Some(1)).await);
    for change in [
        Change::User(record.id, title("Prof")),
        Change::User(record.id, Wanted::Whole(jo())),
        Change::Remove(EntryId::Record(record.id)),
    ] {
        let stale = sync(&house, &token, change, Some(1)).await.unwrap_err();
        assert!(matches!(stale, SyncError::Stale), "{stale:?}");
    }
    let left = house
        .auth
        .directory()
        .users(&token, EntryQuery::one(record.id))
        .await
        .unwrap();
    assert_eq!(left.entries[0].record.attributes["title"], "Dr");
}
