//! Statements as text, for what the query builder cannot say or says slowly. One text serves both databases wherever
//! that is possible: both read `$1`, upserts and `RETURNING`. Values are always bound (R118).

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait as _, ExecResult, QueryResult, QueryTrait as _, Statement,
    Value,
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
