//! Reading the synced directory: by any part of what a record says, and page by page; and files that wait for somebody's
//! word.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{WORKSPACE, belongs_to, index, key, unique};

const RECORDS: &str = "directory_records";
const UPLOADS: &str = "directory_uploads";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        search_text(manager).await?;
        manager
            .create_index(
                index("directory_records_inactive_idx", RECORDS, &[WORKSPACE, "id"])
                    .and_where(Expr::cust("NOT active"))
                    .to_owned(),
            )
            .await?;
        search_index(manager).await?;
        uploads(manager).await
    }
}

async fn search_text(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .alter_table(
            Table::alter()
                .table(RECORDS)
                .add_column(text("search_text").default(""))
                .to_owned(),
        )
        .await?;
    // What filters look at stands there in lower case already; the source's own name for a record is ASCII nearly always,
    // which both databases fold, and is folded in full when the record changes next.
    manager
        .get_connection()
        .execute_unprepared(
            "UPDATE directory_records SET search_text = replace(user_name_key, '\n', ' ') \
             || COALESCE('\n' || replace(display_name_key, '\n', ' '), '') \
             || COALESCE('\n' || replace(formatted_key, '\n', ' '), '') \
             || COALESCE('\n' || replace(family_name_key, '\n', ' '), '') \
             || COALESCE('\n' || replace(given_name_key, '\n', ' '), '') \
             || COALESCE('\n' || (SELECT string_agg(e.address_key, '\n') FROM directory_emails e \
             WHERE e.workspace_id = directory_records.workspace_id AND e.record_id = directory_records.id), '') \
             || COALESCE('\n' || lower(replace(external_id, '\n', ' ')), '')",
        )
        .await
        .map(|_done| ())
}

/// As for people: on SQLite an index that holds all that a search reads, on PostgreSQL trigrams, where they may be used.
async fn search_index(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Postgres => manager
            .get_connection()
            .execute_unprepared(
                "DO $$ BEGIN \
                 CREATE EXTENSION IF NOT EXISTS pg_trgm; \
                 CREATE INDEX directory_records_search_idx ON directory_records USING gin (search_text gin_trgm_ops); \
                 EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported \
                 THEN RAISE NOTICE 'pg_trgm cannot be used; searches will scan'; \
                 END $$",
            )
            .await
            .map(|_done| ()),
        _ => {
            manager
                .create_index(index(
                    "directory_records_search_idx",
                    RECORDS,
                    &[WORKSPACE, "id", "search_text"],
                ))
                .await
        }
    }
}

async fn uploads(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(UPLOADS)
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                .col(uuid("user_id"))
                // Encrypted.
                .col(blob("file"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut belongs_to(
                    "directory_uploads_user_fkey",
                    UPLOADS,
                    "user_id",
                    "users",
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(unique("directory_uploads_user_key", UPLOADS, &[WORKSPACE, "user_id"]))
        .await?;
    manager
        .create_index(index("directory_uploads_expires_idx", UPLOADS, &["expires_at"]))
        .await
}
