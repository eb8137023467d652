//! The synced directory: records and groups by source, and whom a record that is made inactive ends the sessions of.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use doorward_domain::audit::AuditEntry;
use doorward_domain::directory::{
    DirectoryAttribute, DirectoryFacts, DirectoryGroup, DirectoryMatch, DirectoryRecord, DirectorySource, GroupRef,
    IdentityScope, MAX_NEAR_MISSES,
};
use doorward_domain::ids::{DirectoryGroupId, DirectoryRecordId, ScimTokenId, UserId, WorkspaceId};
use doorward_domain::ports::{
    Directory, EntryId, FaultKind, GroupQuery, Listed, ListedRecord, PortError, PortResult, RecordQuery, RunChanges,
    RunCommitted, Stored,
};
use doorward_domain::provider::{Arrived, ProviderId};
use doorward_domain::scim::resource::{self, Place};
use doorward_domain::scim::select::fold;
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use crate::changes::{Announcement, Changed};
use crate::connect::{Store, WriteTx};
use crate::fault::{Trouble, Unreadable};
use crate::retry::announced;
use crate::{people, raw, records};

mod book;
mod filter;
mod tokens;
mod uploads;

pub use book::SeaDirectoryBook;
use filter::Conditions;
pub use tokens::SeaScimTokens;
pub use uploads::SeaDirectoryUploads;

const TABLE: &str = "directory_records";

/// Rows of one statement that inserts many.
const BATCH: usize = 100;

/// Above so many people, sessions in memory are told that anything may have changed, rather than of each.
const MANY: usize = 100;

/// The synced directory.
#[derive(Debug, Clone)]
pub struct SeaDirectory {
    store: Store,
}

impl SeaDirectory {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

fn source_key(source: DirectorySource) -> String {
    match source {
        DirectorySource::File => "file".to_owned(),
        DirectorySource::Scim(token) => token.to_string(),
    }
}

fn source(key: &str) -> Result<DirectorySource, Unreadable> {
    if key == "file" {
        return Ok(DirectorySource::File);
    }
    key.parse::<ScimTokenId>()
        .map(DirectorySource::Scim)
        .map_err(|_id| Unreadable::new(TABLE, "source"))
}

/// Provider, issuer and tenant of a scope, as columns hold them.
fn scope_values(scope: Option<&IdentityScope>) -> [Value; 3] {
    [
        scope.map(|scope| scope.provider.as_str().to_owned()).into(),
        scope.and_then(|scope| scope.issuer.clone()).into(),
        scope.map(|scope| scope.tenant.clone()).into(),
    ]
}

fn scope(row: &QueryResult, table: &'static str) -> Result<Option<IdentityScope>, Trouble> {
    let Some(provider) = row.try_get::<Option<String>>("", "scope_provider")? else {
        return Ok(None);
    };
    Ok(Some(IdentityScope {
        provider: ProviderId::parse(&provider).map_err(|_id| Unreadable::new(table, "scope_provider"))?,
        issuer: row.try_get("", "scope_issuer")?,
        tenant: row.try_get::<Option<String>>("", "scope_tenant")?.unwrap_or_default(),
    }))
}

const COLUMNS: &str = "workspace_id, id, source, external_id, scope_provider, scope_issuer, scope_tenant, active, \
     attributes, user_name_key, display_name_key, formatted_key, family_name_key, given_name_key, version, updated_at, \
     search_text, created_at";
const COLUMN_COUNT: usize = 18;

fn values(record: &DirectoryRecord) -> Result<Vec<Value>, Trouble> {
    let attributes =
        serde_json::to_string(&record.attributes).map_err(|error| sea_orm::DbErr::Json(error.to_string()))?;
    let folded = |text: &Option<String>| -> Value { text.as_deref().map(fold).into() };
    let mut values: Vec<Value> = vec![
        record.workspace.as_uuid().into(),
        record.id.as_uuid().into(),
        source_key(record.source).into(),
        record.external_id.clone().into(),
    ];
    values.extend(scope_values(record.scope.as_ref()));
    values.extend([
        record.active.into(),
        attributes.into(),
        fold(&record.user_name).into(),
        folded(&record.display_name),
        folded(&record.name.formatted),
        folded(&record.name.family),
        folded(&record.name.given),
        record.version.into(),
        record.updated_at.as_micros().into(),
        record.search_text().into(),
        // Last: an update has all but this.
        record.created_at.as_micros().into(),
    ]);
    Ok(values)
}

fn record(row: &QueryResult) -> Result<DirectoryRecord, Trouble> {
    let unreadable = || Unreadable::new(TABLE, "attributes");
    let attributes: String = row.try_get("", "attributes")?;
    let attributes = serde_json::from_str(&attributes).map_err(|_json| unreadable())?;
    let key: String = row.try_get("", "source")?;
    let place = Place {
        id: DirectoryRecordId::from_uuid(row.try_get("", "id")?),
        workspace: WorkspaceId::from_uuid(row.try_get("", "workspace_id")?),
        source: source(&key)?,
        version: row.try_get("", "version")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        updated_at: Timestamp::from_micros(row.try_get("", "updated_at")?),
    };
    Ok(resource::record(attributes, place, scope(row, TABLE)?).map_err(|_unfit| unreadable())?)
}

/// Inserts records of one workspace; says whether all of them were new.
async fn insert_records(tx: &WriteTx, new: &[DirectoryRecord]) -> Result<bool, Trouble> {
    for batch in new.chunks(BATCH) {
        let rows: Vec<String> = (0..batch.len())
            .map(|row| format!("({})", raw::placeholders(row * COLUMN_COUNT + 1, COLUMN_COUNT)))
            .collect();
        let mut all = Vec::with_capacity(batch.len() * COLUMN_COUNT);
        for record in batch {
            all.extend(values(record)?);
        }
        let sql = format!(
            "INSERT INTO directory_records ({COLUMNS}) VALUES {} ON CONFLICT DO NOTHING",
            rows.join(", ")
        );
        if raw::execute(tx, &sql, all).await? != batch.len() as u64 {
            return Ok(false);
        }
    }
    insert_emails(tx, new).await?;
    Ok(true)
}

async fn insert_emails(tx: &WriteTx, of: &[DirectoryRecord]) -> Result<(), Trouble> {
    const FIELDS: usize = 7;
    let all: Vec<Vec<Value>> = of
        .iter()
        .flat_map(|record| {
            record.emails.iter().zip(0_i32..).map(|(email, position)| {
                let key = email.address.key();
                let local = key.as_str().split_once('@').map_or("", |(local, _)| local).to_owned();
                vec![
                    record.workspace.as_uuid().into(),
                    record.id.as_uuid().into(),
                    position.into(),
                    key.as_str().into(),
                    local.into(),
                    email.kind.as_deref().map(fold).into(),
                    email.primary.into(),
                ]
            })
        })
        .collect();
    for batch in all.chunks(BATCH) {
        let rows: Vec<String> = (0..batch.len())
            .map(|row| format!("({})", raw::placeholders(row * FIELDS + 1, FIELDS)))
            .collect();
        let sql = format!(
            "INSERT INTO directory_emails (workspace_id, record_id, position, address_key, local_key, kind_key, \
             is_primary) VALUES {}",
            rows.join(", ")
        );
        raw::execute(tx, &sql, batch.iter().flatten().cloned()).await?;
    }
    Ok(())
}

/// The groups of records, each in order of id.
async fn groups_of(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    records: &[DirectoryRecordId],
) -> Result<BTreeMap<DirectoryRecordId, Vec<GroupRef>>, Trouble> {
    let mut groups: BTreeMap<DirectoryRecordId, Vec<GroupRef>> = BTreeMap::new();
    for batch in records.chunks(500) {
        let sql = format!(
            "SELECT m.record_id, g.id, g.display_name FROM directory_members m JOIN directory_groups g \
             ON g.workspace_id = m.workspace_id AND g.id = m.group_id \
             WHERE m.workspace_id = $1 AND m.record_id IN ({}) ORDER BY g.id",
            raw::placeholders(2, batch.len())
        );
        let workspace: [Value; 1] = [workspace.as_uuid().into()];
        let ids = batch.iter().map(|id| Value::from(id.as_uuid()));
        for row in raw::all(on, &sql, workspace.into_iter().chain(ids)).await? {
            let of = DirectoryRecordId::from_uuid(row.try_get("", "record_id")?);
            groups.entry(of).or_default().push(GroupRef {
                id: DirectoryGroupId::from_uuid(row.try_get("", "id")?),
                display_name: row.try_get("", "display_name")?,
            });
        }
    }
    Ok(groups)
}

/// When a directory was last changed.
async fn synced_at(on: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<Option<Timestamp>, Trouble> {
    let synced = raw::one(
        on,
        "SELECT synced_at FROM directory_syncs WHERE workspace_id = $1",
        [workspace.as_uuid().into()],
    )
    .await?;
    let synced: Option<i64> = synced.map(|row| row.try_get("", "synced_at")).transpose()?;
    Ok(synced.map(Timestamp::from_micros))
}

/// Whom a record names as it stands in the tables: by a proved address, by one that was vouched for, or by an identity.
async fn named_by(
    on: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: DirectoryRecordId,
) -> Result<BTreeSet<UserId>, Trouble> {
    let rows = raw::all(
        on,
        "SELECT u.user_id FROM directory_emails e JOIN user_emails u ON u.workspace_id = e.workspace_id \
         AND u.address_key = e.address_key AND u.verified_at IS NOT NULL WHERE e.workspace_id = $1 AND e.record_id = $2 \
         UNION SELECT c.user_id FROM directory_emails e JOIN connections c ON c.workspace_id = e.workspace_id \
         AND c.vouched_key = e.address_key WHERE e.workspace_id = $1 AND e.record_id = $2 \
         UNION SELECT c.user_id FROM directory_records r JOIN connections c ON c.workspace_id = r.workspace_id \
         AND c.subject = r.external_id AND c.provider = r.scope_provider AND c.tenant = r.scope_tenant \
         AND (r.scope_issuer IS NULL OR c.issuer = r.scope_issuer) WHERE r.workspace_id = $1 AND r.id = $2",
        [workspace.as_uuid().into(), id.as_uuid().into()],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(UserId::from_uuid(row.try_get("", "user_id")?)))
        .collect()
}

/// Whether any active record names somebody, as the tables stand.
async fn is_named(tx: &WriteTx, workspace: WorkspaceId, user: UserId) -> Result<bool, Trouble> {
    let row = raw::one(
        tx,
        "SELECT 1 AS one FROM directory_records r WHERE r.workspace_id = $1 AND r.active AND (EXISTS \
         (SELECT 1 FROM directory_emails e JOIN user_emails u ON u.workspace_id = e.workspace_id \
         AND u.address_key = e.address_key AND u.verified_at IS NOT NULL WHERE e.workspace_id = r.workspace_id \
         AND e.record_id = r.id AND u.user_id = $2) OR EXISTS \
         (SELECT 1 FROM directory_emails e JOIN connections c ON c.workspace_id = e.workspace_id \
         AND c.vouched_key = e.address_key WHERE e.workspace_id = r.workspace_id AND e.record_id = r.id \
         AND c.user_id = $2) OR EXISTS \
         (SELECT 1 FROM connections c WHERE c.workspace_id = r.workspace_id AND c.user_id = $2 \
         AND c.subject = r.external_id AND c.provider = r.scope_provider AND c.tenant = r.scope_tenant \
         AND (r.scope_issuer IS NULL OR c.issuer = r.scope_issuer))) LIMIT 1",
        [workspace.as_uuid().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(row.is_some())
}

/// Whose sessions end by a change.
#[derive(Default)]
struct Ending {
    /// Certainly theirs.
    ends: BTreeSet<UserId>,
    /// Theirs, if no active record names them when all is written.
    let_go: BTreeSet<UserId>,
}

impl Ending {
    async fn settle(mut self, tx: &WriteTx, workspace: WorkspaceId) -> Result<BTreeSet<UserId>, Trouble> {
        for user in self.let_go {
            if !self.ends.contains(&user) && !is_named(tx, workspace, user).await? {
                self.ends.insert(user);
            }
        }
        Ok(self.ends)
    }
}

/// Ends the sessions of people, in order of their ids, so that two of these do not wait for each other in a circle.
async fn end_for(
    tx: &WriteTx,
    announcement: &Announcement,
    workspace: WorkspaceId,
    people: &BTreeSet<UserId>,
    now: Timestamp,
) -> Result<(), Trouble> {
    for user in people {
        people::raise_version(tx, workspace, *user, None).await?;
        people::end_sessions(tx, workspace, *user, None).await?;
        people::end_second_steps(tx, workspace, *user, now).await?;
        if people.len() <= MANY {
            announcement.announce(tx, Changed::Person(workspace, *user)).await?;
        }
    }
    if people.len() > MANY {
        announcement.announce(tx, Changed::Everything).await?;
    }
    Ok(())
}

/// The last steps of each change.
async fn finish(
    tx: WriteTx,
    announcement: &Announcement,
    people: &BTreeSet<UserId>,
    audit: &AuditEntry,
) -> Result<Vec<UserId>, Trouble> {
    end_for(&tx, announcement, audit.workspace, people, audit.at).await?;
    records::insert_audit(&tx, audit).await?;
    // Last: every change takes this row, and keeps it until its end.
    raw::execute(
        &tx,
        "INSERT INTO directory_syncs (workspace_id, synced_at) VALUES ($1, $2) \
         ON CONFLICT (workspace_id) DO UPDATE SET synced_at = excluded.synced_at",
        [audit.workspace.as_uuid().into(), audit.at.as_micros().into()],
    )
    .await?;
    tx.commit().await?;
    Ok(people.iter().copied().collect())
}

/// Version and state of an entry, whose row is taken by it.
async fn take(
    tx: &WriteTx,
    table: &'static str,
    workspace: WorkspaceId,
    source: DirectorySource,
    id: uuid::Uuid,
) -> Result<Option<(i64, bool)>, Trouble> {
    let active = if table == TABLE { "active" } else { "1 = 1 AS active" };
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => "FOR UPDATE",
        _ => "",
    };
    let sql =
        format!("SELECT version, {active} FROM {table} WHERE workspace_id = $1 AND id = $2 AND source = $3 {lock}");
    let values = [workspace.as_uuid().into(), id.into(), source_key(source).into()];
    let row = raw::one(tx, &sql, values).await?;
    row.map(|row| Ok((row.try_get("", "version")?, row.try_get("", "active")?)))
        .transpose()
}

/// What became of one record, inside a transaction.
enum Written {
    Done,
    Refused(Stored),
}

/// Puts a record in the place of the one that was read; adds to `ending` whose sessions are to end by it.
async fn replace(tx: &WriteTx, record: &DirectoryRecord, ending: &mut Ending) -> Result<Written, Trouble> {
    let workspace = record.workspace;
    let there = take(tx, TABLE, workspace, record.source, record.id.as_uuid()).await?;
    let Some((version, was_active)) = there else {
        return Ok(Written::Refused(Stored::Unknown));
    };
    if version + 1 != record.version {
        return Ok(Written::Refused(Stored::Stale));
    }
    let taken = raw::one(
        tx,
        "SELECT 1 AS one FROM directory_records WHERE workspace_id = $1 AND source = $2 AND user_name_key = $3 \
         AND id <> $4",
        [
            workspace.as_uuid().into(),
            source_key(record.source).into(),
            fold(&record.user_name).into(),
            record.id.as_uuid().into(),
        ],
    )
    .await?;
    if taken.is_some() {
        return Ok(Written::Refused(Stored::Taken));
    }
    let mut named_before = named_by(tx, workspace, record.id).await?;
    raw::execute(
        tx,
        "UPDATE directory_records SET external_id = $4, scope_provider = $5, scope_issuer = $6, scope_tenant = $7, \
         active = $8, attributes = $9, user_name_key = $10, display_name_key = $11, formatted_key = $12, \
         family_name_key = $13, given_name_key = $14, version = $15, updated_at = $16, search_text = $17 \
         WHERE workspace_id = $1 AND id = $2 AND source = $3",
        values(record)?.into_iter().take(COLUMN_COUNT - 1),
    )
    .await?;
    raw::execute(
        tx,
        "DELETE FROM directory_emails WHERE workspace_id = $1 AND record_id = $2",
        [workspace.as_uuid().into(), record.id.as_uuid().into()],
    )
    .await?;
    insert_emails(tx, std::slice::from_ref(record)).await?;
    let mut names = named_by(tx, workspace, record.id).await?;
    match (was_active, record.active) {
        (true, false) => {
            ending.ends.append(&mut named_before);
            ending.ends.append(&mut names);
        }
        (false, false) => ending.ends.extend(names.difference(&named_before)),
        (true, true) => ending.let_go.extend(named_before.difference(&names)),
        (false, true) => {}
    }
    Ok(Written::Done)
}

impl SeaDirectory {
    async fn put_record_once(
        &self,
        record: &DirectoryRecord,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Stored, Trouble> {
        let tx = self.store.write_tx().await?;
        let mut ending = Ending::default();
        if record.version == 1 {
            if !insert_records(&tx, std::slice::from_ref(record)).await? {
                let there = take(&tx, TABLE, record.workspace, record.source, record.id.as_uuid()).await?;
                tx.rollback().await?;
                return Ok(if there.is_some() { Stored::Stale } else { Stored::Taken });
            }
            if !record.active {
                ending.ends = named_by(&tx, record.workspace, record.id).await?;
            }
        } else if let Written::Refused(refused) = replace(&tx, record, &mut ending).await? {
            tx.rollback().await?;
            return Ok(refused);
        }
        let people = ending.settle(&tx, record.workspace).await?;
        Ok(Stored::Done(finish(tx, announcement, &people, audit).await?))
    }

    async fn put_group_once(
        &self,
        group: &DirectoryGroup,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Stored, Trouble> {
        let tx = self.store.write_tx().await?;
        let ids = || -> [Value; 3] {
            [
                group.workspace.as_uuid().into(),
                group.id.as_uuid().into(),
                source_key(group.source).into(),
            ]
        };
        let told: [Value; 5] = [
            group.external_id.clone().into(),
            group.display_name.as_str().into(),
            fold(&group.display_name).into(),
            group.version.into(),
            group.updated_at.as_micros().into(),
        ];
        if group.version == 1 {
            let inserted = raw::execute(
                &tx,
                "INSERT INTO directory_groups (workspace_id, id, source, external_id, display_name, display_name_key, \
                 version, updated_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
                ids()
                    .into_iter()
                    .chain(told)
                    .chain([group.created_at.as_micros().into()]),
            )
            .await?;
            if inserted == 0 {
                tx.rollback().await?;
                return Ok(Stored::Stale);
            }
        } else {
            let there = take(
                &tx,
                "directory_groups",
                group.workspace,
                group.source,
                group.id.as_uuid(),
            )
            .await?;
            let refused = match there {
                None => Some(Stored::Unknown),
                Some((version, _)) if version + 1 != group.version => Some(Stored::Stale),
                Some(_) => None,
            };
            if let Some(refused) = refused {
                tx.rollback().await?;
                return Ok(refused);
            }
            raw::execute(
                &tx,
                "UPDATE directory_groups SET external_id = $4, display_name = $5, display_name_key = $6, version = $7, \
                 updated_at = $8 WHERE workspace_id = $1 AND id = $2 AND source = $3",
                ids().into_iter().chain(told),
            )
            .await?;
        }
        if !put_members(&tx, group).await? {
            tx.rollback().await?;
            return Ok(Stored::NoSuchMember);
        }
        Ok(Stored::Done(finish(tx, announcement, &BTreeSet::new(), audit).await?))
    }

    async fn remove_once(
        &self,
        (workspace, source): (WorkspaceId, DirectorySource),
        entry: EntryId,
        only_at: Option<i64>,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<Stored, Trouble> {
        let (table, id) = match entry {
            EntryId::Record(id) => (TABLE, id.as_uuid()),
            EntryId::Group(id) => ("directory_groups", id.as_uuid()),
        };
        let tx = self.store.write_tx().await?;
        let refused = match take(&tx, table, workspace, source, id).await? {
            None => Some(Stored::Unknown),
            Some((version, _)) if only_at.is_some_and(|only_at| only_at != version) => Some(Stored::Stale),
            Some((_, active)) => {
                let mut people = BTreeSet::new();
                if let EntryId::Record(id) = entry
                    && active
                {
                    people = named_by(&tx, workspace, id).await?;
                }
                let sql = format!("DELETE FROM {table} WHERE workspace_id = $1 AND id = $2");
                raw::execute(&tx, &sql, [workspace.as_uuid().into(), id.into()]).await?;
                return Ok(Stored::Done(finish(tx, announcement, &people, audit).await?));
            }
        };
        tx.rollback().await?;
        Ok(refused.unwrap_or(Stored::Unknown))
    }

    async fn commit_once(
        &self,
        run: &RunChanges,
        audit: &AuditEntry,
        announcement: &Announcement,
    ) -> Result<RunCommitted, Trouble> {
        let tx = self.store.write_tx().await?;
        let mut ending = Ending::default();
        if !insert_records(&tx, &run.create).await? {
            tx.rollback().await?;
            return Ok(RunCommitted::Stale);
        }
        for record in run.create.iter().filter(|record| !record.active) {
            ending.ends.append(&mut named_by(&tx, run.workspace, record.id).await?);
        }
        // In order of their ids: two runs that change the same records do not wait for each other in a circle.
        let mut update: Vec<&DirectoryRecord> = run.update.iter().collect();
        update.sort_unstable_by_key(|record| record.id);
        for record in update {
            if let Written::Refused(_) = replace(&tx, record, &mut ending).await? {
                tx.rollback().await?;
                return Ok(RunCommitted::Stale);
            }
        }
        let people = ending.settle(&tx, run.workspace).await?;
        Ok(RunCommitted::Committed(finish(tx, announcement, &people, audit).await?))
    }
}

/// Brings the members of a group to what they are to be; `false` where one is no record of the same source.
async fn put_members(tx: &WriteTx, group: &DirectoryGroup) -> Result<bool, Trouble> {
    let ids = || -> [Value; 2] { [group.workspace.as_uuid().into(), group.id.as_uuid().into()] };
    let mut there = BTreeSet::new();
    for row in raw::all(
        tx,
        "SELECT record_id FROM directory_members WHERE workspace_id = $1 AND group_id = $2",
        ids(),
    )
    .await?
    {
        there.insert(DirectoryRecordId::from_uuid(row.try_get("", "record_id")?));
    }
    let wanted: BTreeSet<DirectoryRecordId> = group.members.iter().copied().collect();
    let gone: Vec<DirectoryRecordId> = there.difference(&wanted).copied().collect();
    for batch in gone.chunks(BATCH) {
        let sql = format!(
            "DELETE FROM directory_members WHERE workspace_id = $1 AND group_id = $2 AND record_id IN ({})",
            raw::placeholders(3, batch.len())
        );
        let members = batch.iter().map(|id| Value::from(id.as_uuid()));
        raw::execute(tx, &sql, ids().into_iter().chain(members)).await?;
    }
    let new: Vec<DirectoryRecordId> = wanted.difference(&there).copied().collect();
    for batch in new.chunks(BATCH) {
        let sql = format!(
            "INSERT INTO directory_members (workspace_id, group_id, record_id) SELECT workspace_id, $2, id \
             FROM directory_records WHERE workspace_id = $1 AND source = $3 AND id IN ({})",
            raw::placeholders(4, batch.len())
        );
        let members = batch.iter().map(|id| Value::from(id.as_uuid()));
        let source: [Value; 1] = [source_key(group.source).into()];
        let inserted = raw::execute(tx, &sql, ids().into_iter().chain(source).chain(members)).await?;
        if inserted != batch.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Conditions on what belongs to a source, and on what a query names.
fn conditions<I: Copy, F>(
    on: &impl ConnectionTrait,
    (workspace, source): (WorkspaceId, DirectorySource),
    query: &doorward_domain::ports::EntryQuery<I, F>,
    uuid: impl Fn(I) -> uuid::Uuid,
    and_filter: impl Fn(&mut Conditions, &F),
) -> Conditions {
    let mut conditions = Conditions::new(on.get_database_backend());
    let (workspace, source) = (
        conditions.bind(workspace.as_uuid()),
        conditions.bind(source_key(source)),
    );
    conditions.and(&format!("r.workspace_id = {workspace} AND r.source = {source}"));
    if let Some(id) = query.id {
        let id = conditions.bind(uuid(id));
        conditions.and(&format!("r.id = {id}"));
    }
    if let Some(after) = query.after {
        let after = conditions.bind(uuid(after));
        conditions.and(&format!("r.id > {after}"));
    }
    if let Some(filter) = &query.filter {
        and_filter(&mut conditions, filter);
    }
    conditions
}

async fn count(on: &impl ConnectionTrait, table: &'static str, conditions: &Conditions) -> Result<u64, Trouble> {
    let sql = format!("SELECT COUNT(*) AS n FROM {table} r WHERE {}", conditions.text);
    let row = raw::one(on, &sql, conditions.values.clone()).await?;
    let n: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(n).unwrap_or(0))
}

async fn page(
    on: &impl ConnectionTrait,
    table: &'static str,
    mut conditions: Conditions,
    (offset, limit): (u64, u32),
) -> Result<Vec<QueryResult>, Trouble> {
    let limit = conditions.bind(i64::from(limit));
    let offset = conditions.bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let sql = format!(
        "SELECT r.* FROM {table} r WHERE {} ORDER BY r.id LIMIT {limit} OFFSET {offset}",
        conditions.text
    );
    Ok(raw::all(on, &sql, conditions.values).await?)
}

impl SeaDirectory {
    async fn match_in(&self, workspace: WorkspaceId, arrived: &Arrived) -> Result<DirectoryFacts, Trouble> {
        let on = self.store.reader();
        let judge = |by, row: Option<QueryResult>| -> Result<Option<DirectoryMatch>, Trouble> {
            let active: Option<bool> = row.map(|row| row.try_get("", "active")).transpose()?;
            Ok(active.map(|active| {
                if active {
                    DirectoryMatch::Active { by }
                } else {
                    DirectoryMatch::Inactive { by }
                }
            }))
        };
        let synced_at = synced_at(on, workspace).await?;
        let facts = |found| DirectoryFacts { found, synced_at };

        let identity = &arrived.identity;
        let by_identity = raw::one(
            on,
            "SELECT active FROM directory_records WHERE workspace_id = $1 AND external_id = $2 AND scope_provider = $3 \
             AND scope_tenant = $4 AND (scope_issuer IS NULL OR scope_issuer = $5) ORDER BY active DESC LIMIT 1",
            [
                workspace.as_uuid().into(),
                identity.subject.as_str().into(),
                identity.provider.as_str().into(),
                identity.tenant.as_str().into(),
                identity.issuer.as_str().into(),
            ],
        )
        .await?;
        if let Some(found) = judge(DirectoryAttribute::Identity, by_identity)? {
            return Ok(facts(found));
        }
        let mut compared = vec![DirectoryAttribute::Identity];
        let key = arrived.email.as_ref().map(|email| email.address.key());
        if let Some(key) = key
            .as_ref()
            .filter(|_| arrived.email.as_ref().is_some_and(|email| email.authoritative))
        {
            compared.push(DirectoryAttribute::Email);
            let by_email = raw::one(
                on,
                "SELECT r.active FROM directory_emails e JOIN directory_records r ON r.workspace_id = e.workspace_id \
                 AND r.id = e.record_id WHERE e.workspace_id = $1 AND e.address_key = $2 ORDER BY r.active DESC LIMIT 1",
                [workspace.as_uuid().into(), key.as_str().into()],
            )
            .await?;
            if let Some(found) = judge(DirectoryAttribute::Email, by_email)? {
                return Ok(facts(found));
            }
        }
        let mut near = 0;
        if let Some((local, _domain)) = key.as_ref().and_then(|key| key.as_str().split_once('@')) {
            let row = raw::one(
                on,
                "SELECT COUNT(*) AS n FROM (SELECT DISTINCT record_id FROM directory_emails WHERE workspace_id = $1 \
                 AND local_key = $2 LIMIT $3) near",
                [
                    workspace.as_uuid().into(),
                    local.into(),
                    i64::from(MAX_NEAR_MISSES).into(),
                ],
            )
            .await?;
            near = row.map(|row| row.try_get::<i64>("", "n")).transpose()?.unwrap_or(0);
        }
        Ok(facts(DirectoryMatch::NoRecord {
            compared,
            near_misses: u32::try_from(near).unwrap_or(MAX_NEAR_MISSES),
        }))
    }

    async fn records_in(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: &RecordQuery,
    ) -> Result<Listed<ListedRecord>, Trouble> {
        let on = self.store.reader();
        let conditions = conditions(
            on,
            (workspace, source),
            query,
            DirectoryRecordId::as_uuid,
            Conditions::and_record,
        );
        let total = count(on, TABLE, &conditions).await?;
        let mut entries = Vec::new();
        for row in page(on, TABLE, conditions, (query.offset, query.limit)).await? {
            entries.push(ListedRecord {
                record: record(&row)?,
                groups: Vec::new(),
            });
        }
        let ids: Vec<DirectoryRecordId> = entries.iter().map(|listed| listed.record.id).collect();
        let mut groups = groups_of(on, workspace, &ids).await?;
        for listed in &mut entries {
            listed.groups = groups.remove(&listed.record.id).unwrap_or_default();
        }
        Ok(Listed { entries, total })
    }

    async fn groups_in(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: &GroupQuery,
    ) -> Result<Listed<DirectoryGroup>, Trouble> {
        let on = self.store.reader();
        let conditions = conditions(
            on,
            (workspace, source),
            query,
            DirectoryGroupId::as_uuid,
            Conditions::and_group,
        );
        let total = count(on, "directory_groups", &conditions).await?;
        let mut entries = Vec::new();
        for row in page(on, "directory_groups", conditions, (query.offset, query.limit)).await? {
            let id = DirectoryGroupId::from_uuid(row.try_get("", "id")?);
            let mut members = Vec::new();
            for row in raw::all(
                on,
                "SELECT record_id FROM directory_members WHERE workspace_id = $1 AND group_id = $2 ORDER BY record_id",
                [workspace.as_uuid().into(), id.as_uuid().into()],
            )
            .await?
            {
                members.push(DirectoryRecordId::from_uuid(row.try_get("", "record_id")?));
            }
            entries.push(DirectoryGroup {
                id,
                workspace,
                source,
                external_id: row.try_get("", "external_id")?,
                display_name: row.try_get("", "display_name")?,
                members,
                version: row.try_get("", "version")?,
                created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
                updated_at: Timestamp::from_micros(row.try_get("", "updated_at")?),
            });
        }
        Ok(Listed { entries, total })
    }
}

#[async_trait]
impl Directory for SeaDirectory {
    async fn match_arrival(&self, workspace: WorkspaceId, arrived: &Arrived) -> PortResult<DirectoryFacts> {
        let found = self.match_in(workspace, arrived).await;
        found.map_err(|trouble| trouble.at("directory.match_arrival"))
    }

    async fn records(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: RecordQuery,
    ) -> PortResult<Listed<ListedRecord>> {
        let found = self.records_in(workspace, source, &query).await;
        found.map_err(|trouble| trouble.at("directory.records"))
    }

    async fn put_record(&self, record: DirectoryRecord, audit: AuditEntry) -> PortResult<Stored> {
        announced!(self, "directory.put_record", |announcement| {
            self.put_record_once(&record, &audit, &announcement)
        })
    }

    async fn groups(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        query: GroupQuery,
    ) -> PortResult<Listed<DirectoryGroup>> {
        let found = self.groups_in(workspace, source, &query).await;
        found.map_err(|trouble| trouble.at("directory.groups"))
    }

    async fn put_group(&self, group: DirectoryGroup, audit: AuditEntry) -> PortResult<Stored> {
        announced!(self, "directory.put_group", |announcement| {
            self.put_group_once(&group, &audit, &announcement)
        })
    }

    async fn remove(
        &self,
        workspace: WorkspaceId,
        source: DirectorySource,
        entry: EntryId,
        only_at: Option<i64>,
        audit: AuditEntry,
    ) -> PortResult<Stored> {
        announced!(self, "directory.remove", |announcement| {
            self.remove_once((workspace, source), entry, only_at, &audit, &announcement)
        })
    }

    async fn commit_run(&self, run: RunChanges, audit: AuditEntry) -> PortResult<RunCommitted> {
        let mut all = run.create.iter().chain(&run.update);
        if all.any(|record| record.workspace != run.workspace || record.source != run.source) {
            return Err(PortError::bare(FaultKind::Misuse, "directory.commit_run"));
        }
        announced!(self, "directory.commit_run", |announcement| {
            self.commit_once(&run, &audit, &announcement)
        })
    }
}
