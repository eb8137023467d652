//! Statements as text, for what the query builder cannot say or says slowly. One text serves both databases wherever
//! that is possible: both read `$1`, upserts and `RETURNING`. Values are always bound (R118).

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _, ExecResult,
    QueryResult, QueryTrait as _, Statement, TransactionTrait as _, Value,
};

use crate::connect::Store;

fn statement(on: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// Executes, and says how many rows were touched.
pub(crate) async fn execute(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    on.execute_raw(statement(on, sql, values))
        .await
        .map(|result: ExecResult| result.rows_affected())
}

/// Executes in a transaction of its own, and says how many rows were touched.
pub(crate) async fn write(store: &Store, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, DbErr> {
    let tx = store.write_tx().await?;
    let touched = execute(&tx, sql, values).await?;
    tx.commit().await?;
    Ok(touched)
}

/// A transaction for reading in which PostgreSQL plans each statement for the very values that it is given. After five times
/// it would take one plan for all of them, and for a text that is searched for there is none: what finds somebody rare at once
/// goes through the whole index for a text that many have, or that has no trigram at all.
pub(crate) async fn planned_anew(store: &Store) -> Result<DatabaseTransaction, DbErr> {
    let tx = store.reader().begin().await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL plan_cache_mode = force_custom_plan")
            .await?;
    }
    Ok(tx)
}

/// The first row, if there is one.
pub(crate) async fn one(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, DbErr> {
    on.query_one_raw(statement(on, sql, values)).await
}

/// All rows.
pub(crate) async fn all(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    on.query_all_raw(statement(on, sql, values)).await
}

/// `$2, $3, …`: `count` placeholders, beginning with number `first`.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 5);
    for number in first..first + count {
        if number > first {
            text.push_str(", ");
        }
        text.push('$');
        text.push_str(&number.to_string());
    }
    text
}

/// Inserts a row unless one with the same key, whichever key that is, is there; says whether it did. On PostgreSQL it waits
/// for a transaction that is just inserting such a row.
pub(crate) async fn insert_if_free<A>(on: &impl ConnectionTrait, row: A) -> Result<bool, DbErr>
where
    A: ActiveModelTrait,
{
    let statement = A::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .into_query();
    on.execute(&statement).await.map(|result| result.rows_affected() == 1)
}

/// How many rows one statement of a sweep removes, so that a long sweep holds nobody up.
const SWEEP_BATCH: u64 = 1_000;

/// Removes all rows of `table` that meet `condition`, a batch at a time, and says how many. `key` names the columns of its
/// primary key.
pub(crate) async fn sweep(
    store: &Store,
    (table, key): (&'static str, &'static str),
    condition: &'static str,
    values: &[Value],
) -> Result<u64, DbErr> {
    // Nodes that sweep at the same time take different rows rather than wait for each other.
    let skip = match store.backend() {
        DbBackend::Postgres => "FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    // The condition stands twice: a row that was chosen and then changed by somebody else is judged anew as it is then.
    let sql = format!(
        "DELETE FROM {table} WHERE ({condition}) AND ({key}) IN \
         (SELECT {key} FROM {table} WHERE {condition} LIMIT {SWEEP_BATCH} {skip})"
    );
    let mut swept = 0;
    loop {
        let batch = write(store, &sql, values.iter().cloned()).await?;
        swept += batch;
        if batch < SWEEP_BATCH {
            return Ok(swept);
        }
    }
}
