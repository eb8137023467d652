//! Contracts of [`DirectoryBook`](crate::ports::DirectoryBook).

use serde_json::json;
use uuid::Uuid;

use super::StorePorts;
use super::directory::{a_token, changed, group_of, is_put, made, of};
use super::support::{NOW, acme, another, customer, later, row, uuid};
use crate::directory::{DirectoryRecord, DirectorySource};
use crate::ids::DirectoryRecordId;
use crate::ports::{BookQuery, EntryId, Stored};
use crate::testing::address;
use crate::workspace::Workspace;

/// The source of this suite.
pub const SOURCE: &str = include_str!("directory_book.rs");

fn everything() -> BookQuery {
    BookQuery {
        limit: 200,
        ..BookQuery::default()
    }
}

async fn page(store: &StorePorts, workspace: &Workspace, query: BookQuery) -> Vec<DirectoryRecord> {
    store.directory_book.page(workspace.id, query).await.unwrap()
}

async fn found_by(store: &StorePorts, workspace: &Workspace, text: &str) -> Vec<String> {
    let query = BookQuery {
        text: Some(text.to_owned()),
        ..everything()
    };
    let mut found: Vec<String> = page(store, workspace, query)
        .await
        .into_iter()
        .map(|record| record.user_name)
        .collect();
    found.sort();
    found
}

/// Records of a file and of every token are listed together, as they were stored, in order of id.
pub async fn records_of_every_source_are_listed_in_order(store: &StorePorts) {
    let workspace = acme(store).await;
    assert_eq!(store.directory_book.synced_at(workspace.id).await.unwrap(), None);
    let mut stored = vec![
        of(&workspace, DirectorySource::File, "jo@example.com"),
        of(&workspace, a_token(), "jo@example.com"),
        of(&workspace, a_token(), "mo@example.com"),
    ];
    for record in &stored {
        is_put(store, record).await;
    }
    stored.sort_by_key(|record| record.id);
    assert_eq!(page(store, &workspace, everything()).await, stored);
    assert_eq!(store.directory_book.synced_at(workspace.id).await.unwrap(), Some(NOW));
}

/// Pages that are asked for one behind the other show each record once, also where one is removed and one is made between
/// them.
pub async fn pages_show_each_record_once(store: &StorePorts) {
    let workspace = acme(store).await;
    let at = |n: u128| DirectoryRecord {
        id: DirectoryRecordId::from_uuid(Uuid::from_u128(n)),
        ..of(&workspace, DirectorySource::File, &format!("p{n}@example.com"))
    };
    for n in [1, 3, 5, 7, 9] {
        is_put(store, &at(n)).await;
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let query = BookQuery {
            after,
            limit: 2,
            ..BookQuery::default()
        };
        let records = page(store, &workspace, query).await;
        let Some(last) = records.last() else { break };
        after = Some(last.id);
        seen.extend(records.iter().map(|record| record.id.as_uuid().as_u128()));
        if seen.len() == 2 {
            let removed = store.directory.remove(
                workspace.id,
                DirectorySource::File,
                EntryId::Record(at(1).id),
                None,
                row(workspace.id),
            );
            assert!(matches!(removed.await.unwrap(), Stored::Done(_)));
            is_put(store, &at(2)).await;
            is_put(store, &at(6)).await;
        }
    }
    assert_eq!(seen, [1, 3, 5, 6, 7, 9]);
}

/// A text is looked for in user name, names, addresses and the source's own name for the record, whatever its case; a short
/// one at the beginning of each.
pub async fn a_record_is_found_by_each_of_its_lines(store: &StorePorts) {
    let workspace = acme(store).await;
    let fields = json!({
        "userName": "lovelace.ada", "externalId": "PERS-4711", "displayName": "Countess of Lovelace",
        "name": { "givenName": "Ada", "familyName": "Byron", "formatted": "Augusta Ada King" },
        "emails": [{ "value": "ada@example.com" }, { "value": "Analyst@engine.example" }],
    });
    is_put(store, &made(workspace.id, a_token(), fields)).await;
    is_put(store, &of(&workspace, DirectorySource::File, "mo@example.com")).await;
    for text in [
        "LOVELACE.ada",
        "countess",
        "byron",
        "Augusta",
        "ada@exa",
        "analyst@ENGINE",
        "pers-4711",
        "4711",
        "ad",
        "by",
        "co",
    ] {
        assert_eq!(found_by(store, &workspace, text).await, ["lovelace.ada"], "{text}");
    }
    for text in ["ng", "nobody", "ada@example.com.x", "countess\nbyron"] {
        assert_eq!(found_by(store, &workspace, text).await, [""; 0], "{text}");
    }
    assert_eq!(
        found_by(store, &workspace, "example.com").await,
        ["lovelace.ada", "mo@example.com"]
    );
}

/// Nothing that stands in a text means anything to the database.
pub async fn texts_are_values(store: &StorePorts) {
    let workspace = acme(store).await;
    is_put(store, &of(&workspace, DirectorySource::File, "jo@example.com")).await;
    let odd = json!({ "userName": "a%b_c\\d'e" });
    is_put(store, &made(workspace.id, DirectorySource::File, odd)).await;
    for text in [
        "%",
        "_",
        "jo%",
        "jo_example",
        "' OR 1=1 --",
        "jo\u{0}",
        "\\",
        "jo@example.com\\",
    ] {
        assert_eq!(found_by(store, &workspace, text).await, [""; 0], "{text:?}");
    }
    for text in ["a%b_c", "a%", "b_c\\d'e", "A%B_C\\D'E"] {
        let expected: &[&str] = if text == "b_c\\d'e" { &[] } else { &["a%b_c\\d'e"] };
        assert_eq!(found_by(store, &workspace, text).await, expected, "{text:?}");
    }
}

/// What a record says now finds it, and what it said before does not.
pub async fn a_changed_record_is_found_by_what_it_says_now(store: &StorePorts) {
    let workspace = acme(store).await;
    let before = of(&workspace, DirectorySource::File, "before@example.com");
    is_put(store, &before).await;
    let after = DirectoryRecord {
        id: before.id,
        version: 2,
        ..of(&workspace, DirectorySource::File, "after@example.com")
    };
    is_put(store, &after).await;
    assert_eq!(found_by(store, &workspace, "before").await, [""; 0]);
    assert_eq!(found_by(store, &workspace, "after").await, ["after@example.com"]);
}

/// A list can be narrowed to the records that admit somebody, and to those that do not.
pub async fn lists_are_narrowed_to_who_is_admitted(store: &StorePorts) {
    let workspace = acme(store).await;
    let (stays, goes) = (
        of(&workspace, DirectorySource::File, "stays@example.com"),
        of(&workspace, DirectorySource::File, "goes@example.com"),
    );
    for record in [&stays, &goes, &changed(&goes, false, later(1))] {
        is_put(store, record).await;
    }
    for (active, text, expected) in [
        (true, None, &stays),
        (false, None, &goes),
        (true, Some("example"), &stays),
        (false, Some("example"), &goes),
    ] {
        let query = BookQuery {
            active: Some(active),
            text: text.map(str::to_owned),
            ..everything()
        };
        let found = page(store, &workspace, query).await;
        let found: Vec<&str> = found.iter().map(|record| record.user_name.as_str()).collect();
        assert_eq!(found, [expected.user_name.as_str()], "{active} {text:?}");
    }
}

/// A record tells its groups and whom it names: an address that is proved, and not one that is only claimed.
pub async fn a_record_tells_its_groups_and_whom_it_names(store: &StorePorts) {
    let workspace = acme(store).await;
    let named = customer(store, &workspace, "jo@example.com").await;
    customer(store, &workspace, "mo@example.com").await;
    let record = of(&workspace, DirectorySource::File, "jo@example.com");
    is_put(store, &record).await;
    let group = group_of(&record, vec![record.id]);
    store
        .directory
        .put_group(group.clone(), row(workspace.id))
        .await
        .unwrap();
    let found = store
        .directory_book
        .find(workspace.id, record.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.record, record);
    assert_eq!(found.names, [named.id]);
    let groups: Vec<_> = found.groups.iter().map(|group| group.id).collect();
    assert_eq!(groups, [group.id]);
    let nobody = DirectoryRecordId::from_uuid(uuid());
    assert_eq!(store.directory_book.find(workspace.id, nobody).await.unwrap(), None);
}

/// Near an address are records with its local part at another domain; not its own, and not a longer one.
pub async fn near_misses_have_the_same_local_part_elsewhere(store: &StorePorts) {
    let workspace = acme(store).await;
    for email in [
        "jo@example.com",
        "jo@example.org",
        "jo@mail.example",
        "jojo@example.org",
        "mo@example.org",
    ] {
        is_put(store, &of(&workspace, DirectorySource::File, email)).await;
    }
    let key = address("jo@example.com").key();
    let near = store.directory_book.near(workspace.id, &key, 200).await.unwrap();
    let mut names: Vec<&str> = near.iter().map(|record| record.user_name.as_str()).collect();
    assert!(near.is_sorted_by_key(|record| record.id));
    names.sort_unstable();
    assert_eq!(names, ["jo@example.org", "jo@mail.example"]);
    assert_eq!(store.directory_book.near(workspace.id, &key, 1).await.unwrap().len(), 1);
}

/// Another workspace sees none of it.
pub async fn another_workspace_sees_nothing(store: &StorePorts) {
    let workspace = acme(store).await;
    let other = another(store, "other").await;
    let record = of(&workspace, DirectorySource::File, "jo@example.com");
    is_put(store, &record).await;
    let key = address("jo@example.org").key();
    assert_eq!(page(store, &other, everything()).await, []);
    assert_eq!(found_by(store, &other, "example").await, [""; 0]);
    assert_eq!(store.directory_book.find(other.id, record.id).await.unwrap(), None);
    assert_eq!(store.directory_book.near(other.id, &key, 200).await.unwrap(), []);
    assert_eq!(store.directory_book.synced_at(other.id).await.unwrap(), None);
}
