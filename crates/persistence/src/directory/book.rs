//! The synced directory, as those read it who run the workspace.

use std::fmt::Write as _;

use async_trait::async_trait;
use doorward_domain::directory::DirectoryRecord;
use doorward_domain::email_address::EmailKey;
use doorward_domain::ids::{DirectoryRecordId, WorkspaceId};
use doorward_domain::people_search::TextTest;
use doorward_domain::ports::{BookQuery, BookedRecord, DirectoryBook, MAX_BOOK_PAGE, PortResult};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, Value};

use super::{TABLE, groups_of, named_by, record, synced_at};
use crate::connect::Store;
use crate::fault::Trouble;
use crate::raw;
use crate::users::{few, like};

/// The synced directory, as it is read.
#[derive(Debug, Clone)]
pub struct SeaDirectoryBook {
    store: Store,
}

/// A search as SQL: conditions on `directory_records s`; `$1` is the workspace, `$2` how many are wanted.
struct Search {
    workspace: WorkspaceId,
    conditions: String,
    /// From `$3` on.
    bound: Vec<Value>,
    /// Which index SQLite is to walk through: it would guess.
    index: &'static str,
    is_by_text: bool,
}

impl Search {
    /// `None` where nothing can be found.
    fn of(backend: DbBackend, workspace: WorkspaceId, query: &BookQuery) -> Option<Self> {
        let mut search = Self {
            workspace,
            conditions: String::from("s.workspace_id = $1"),
            bound: Vec::new(),
            index: "",
            is_by_text: false,
        };
        if let Some(after) = query.after {
            search.and("s.id > $$", after.as_uuid());
        }
        if let Some(test) = query.text.as_deref().and_then(TextTest::of) {
            search.and_text(backend, test)?;
        }
        match query.active {
            None => {}
            Some(true) => search.conditions.push_str(" AND s.active"),
            Some(false) => {
                // Word by word as the index has it; who is not active is in the minority.
                search.conditions.push_str(" AND NOT s.active");
                search.index = "INDEXED BY directory_records_inactive_idx";
            }
        }
        if backend != DbBackend::Sqlite {
            search.index = "";
        }
        Some(search)
    }

    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.bound.push(value.into());
        let number = format!("${}", self.bound.len() + 2);
        let _ = write!(self.conditions, " AND {}", condition.replace("$$", &number));
    }

    /// Each in the form that the database has an index for, as for people.
    fn and_text(&mut self, backend: DbBackend, test: TextTest) -> Option<()> {
        let (TextTest::Holds(text) | TextTest::Begins(text)) = &test;
        // Lines are kept apart by a line feed, and neither database has a text with a NUL in it.
        if text.contains(['\n', '\0']) {
            return None;
        }
        self.is_by_text = true;
        self.index = "INDEXED BY directory_records_search_idx";
        match (backend, test) {
            (DbBackend::Postgres, TextTest::Holds(text)) => self.and("s.search_text LIKE $$", like(&text, "%", "%")),
            (DbBackend::Postgres, TextTest::Begins(text)) => {
                self.bound.push(like(&text, "", "%").into());
                let condition = format!(
                    "(s.search_text LIKE ${} OR s.search_text LIKE $$)",
                    self.bound.len() + 2
                );
                self.and(&condition, like(&text, "%\n", "%"));
            }
            (_, TextTest::Holds(text)) => self.and("instr(s.search_text, $$) > 0", text),
            (_, TextTest::Begins(text)) => {
                self.and("instr(char(10) || s.search_text, $$) > 0", format!("\n{text}"));
            }
        }
        Some(())
    }

    fn values(&self, limit: u32) -> Vec<Value> {
        let fixed: [Value; 2] = [self.workspace.as_uuid().into(), i64::from(limit).into()];
        fixed.into_iter().chain(self.bound.iter().cloned()).collect()
    }

    /// The ids of one page.
    fn page(&self) -> String {
        format!(
            "SELECT s.id FROM directory_records s {} WHERE {} ORDER BY s.id LIMIT $2",
            self.index, self.conditions
        )
    }
}

/// Records that a condition on `r` names, in order of id.
async fn read(on: &impl ConnectionTrait, condition: &str, values: Vec<Value>) -> Result<Vec<DirectoryRecord>, Trouble> {
    let sql = format!("SELECT r.* FROM directory_records r WHERE {condition} ORDER BY r.id");
    let rows = raw::all(on, &sql, values).await?;
    rows.iter().map(record).collect()
}

/// Near misses: `$1` workspace, `$2` local part, `$3` the address itself, `$4` how many.
fn near(backend: DbBackend) -> String {
    // SQLite would rather have the order for nothing and look at every address of the workspace for it.
    let index = if backend == DbBackend::Sqlite {
        "INDEXED BY directory_emails_local_idx"
    } else {
        ""
    };
    format!(
        "SELECT DISTINCT e.record_id FROM directory_emails e {index} WHERE e.workspace_id = $1 AND e.local_key = $2 \
         AND e.address_key <> $3 ORDER BY e.record_id LIMIT $4"
    )
}

impl SeaDirectoryBook {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn page_in(&self, workspace: WorkspaceId, query: &BookQuery) -> Result<Vec<DirectoryRecord>, Trouble> {
        let Some(search) = Search::of(self.store.backend(), workspace, query) else {
            return Ok(Vec::new());
        };
        let limit = query.limit.clamp(1, MAX_BOOK_PAGE);
        let walk = format!("r.workspace_id = $1 AND r.id IN ({})", search.page());
        if self.store.backend() != DbBackend::Postgres || !search.is_by_text {
            return read(self.store.reader(), &walk, search.values(limit)).await;
        }
        let tx = raw::planned_anew(&self.store).await?;
        let rare = few(&tx, (TABLE, &search.conditions), |limit| search.values(limit)).await?;
        let Some(mut ids) = rare else {
            let found = read(&tx, &walk, search.values(limit)).await?;
            tx.commit().await?;
            return Ok(found);
        };
        tx.commit().await?;
        ids.sort_unstable();
        ids.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let condition = format!("r.workspace_id = $1 AND r.id IN ({})", raw::placeholders(2, ids.len()));
        let workspace = std::iter::once(workspace.as_uuid().into());
        read(
            self.store.reader(),
            &condition,
            workspace.chain(ids.into_iter().map(Value::from)).collect(),
        )
        .await
    }

    async fn find_in(&self, workspace: WorkspaceId, id: DirectoryRecordId) -> Result<Option<BookedRecord>, Trouble> {
        let on = self.store.reader();
        let ids = vec![workspace.as_uuid().into(), id.as_uuid().into()];
        let Some(record) = read(on, "r.workspace_id = $1 AND r.id = $2", ids).await?.pop() else {
            return Ok(None);
        };
        Ok(Some(BookedRecord {
            record,
            groups: groups_of(on, workspace, &[id]).await?.remove(&id).unwrap_or_default(),
            names: named_by(on, workspace, id).await?.into_iter().collect(),
        }))
    }

    async fn near_in(
        &self,
        workspace: WorkspaceId,
        address: &EmailKey,
        limit: u32,
    ) -> Result<Vec<DirectoryRecord>, Trouble> {
        let values = vec![
            workspace.as_uuid().into(),
            address.local().into(),
            address.as_str().into(),
            i64::from(limit.clamp(1, MAX_BOOK_PAGE)).into(),
        ];
        let condition = format!("r.workspace_id = $1 AND r.id IN ({})", near(self.store.backend()));
        read(self.store.reader(), &condition, values).await
    }
}

#[async_trait]
impl DirectoryBook for SeaDirectoryBook {
    async fn page(&self, workspace: WorkspaceId, query: BookQuery) -> PortResult<Vec<DirectoryRecord>> {
        let found = self.page_in(workspace, &query).await;
        found.map_err(|trouble| trouble.at("directory_book.page"))
    }

    async fn find(&self, workspace: WorkspaceId, record: DirectoryRecordId) -> PortResult<Option<BookedRecord>> {
        let found = self.find_in(workspace, record).await;
        found.map_err(|trouble| trouble.at("directory_book.find"))
    }

    async fn near(&self, workspace: WorkspaceId, address: &EmailKey, limit: u32) -> PortResult<Vec<DirectoryRecord>> {
        let found = self.near_in(workspace, address, limit).await;
        found.map_err(|trouble| trouble.at("directory_book.near"))
    }

    async fn synced_at(&self, workspace: WorkspaceId) -> PortResult<Option<Timestamp>> {
        let found = synced_at(self.store.reader(), workspace).await;
        found.map_err(|trouble| trouble.at("directory_book.synced_at"))
    }
}

#[cfg(test)]
mod tests {
    use doorward_domain::testing::SeededEntropy;

    use super::*;
    use crate::{KeyRing, Station, StoreOptions};

    #[tokio::test]
    async fn b9_no_list_of_records_walks_through_the_table() {
        let keys = (0..32_u8)
            .map(|at| at.wrapping_mul(at).wrapping_mul(73) ^ 0xa5)
            .collect();
        let keys = KeyRing::new(vec![keys], std::sync::Arc::new(SeededEntropy::new(1))).unwrap();
        let store = Store::open(StoreOptions::new("sqlite::memory:", Station::Server, keys))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let workspace = WorkspaceId::from_uuid(uuid::Uuid::nil());
        let page = |text: Option<&str>, active| {
            let query = BookQuery {
                text: text.map(str::to_owned),
                active,
                after: Some(DirectoryRecordId::from_uuid(uuid::Uuid::nil())),
                limit: 50,
            };
            Search::of(DbBackend::Sqlite, workspace, &query).unwrap().page()
        };
        for (sql, index) in [
            (page(None, None), "sqlite_autoindex_directory_records_1"),
            (page(None, Some(true)), "sqlite_autoindex_directory_records_1"),
            (page(Some("lantern"), None), "directory_records_search_idx"),
            (page(Some("jo"), Some(true)), "directory_records_search_idx"),
            (page(None, Some(false)), "directory_records_inactive_idx"),
            (page(Some("lantern"), Some(false)), "directory_records_inactive_idx"),
            (near(DbBackend::Sqlite), "directory_emails_local_idx"),
        ] {
            let plan: Vec<String> = raw::all(store.reader(), &format!("EXPLAIN QUERY PLAN {sql}"), [])
                .await
                .unwrap()
                .iter()
                .map(|row| row.try_get("", "detail").unwrap())
                .collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{sql}: {plan:?}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{sql}: {plan:?}");
        }
    }
}
