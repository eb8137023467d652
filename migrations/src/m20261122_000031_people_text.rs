//! Parts of people's texts, in an index of their own on SQLite: without it each search for somebody rare reads everybody's.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What is indexed of a row of `users`: of which workspace it is, shortened to one trigram in capitals, which no text has;
/// and every line after an empty one, so that the beginning of a line is a trigram too, be it of one letter.
fn text_of(row: &str) -> String {
    format!(
        "substr(hex({row}.workspace_id), 1, 3) || char(10, 10) || replace({row}.search_text, char(10), char(10, 10))"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // PostgreSQL has had one of trigrams from the beginning.
        if manager.get_database_backend() == DbBackend::Postgres {
            return Ok(());
        }
        let (new, all) = (text_of("new"), text_of("users"));
        let statements = [
            // Rows of the index are found by number. The hidden numbers of `users` will not do: they may change when the
            // database is copied.
            "ALTER TABLE users ADD COLUMN search_number INTEGER".to_owned(),
            "UPDATE users SET search_number = rowid".to_owned(),
            "CREATE UNIQUE INDEX users_search_number_idx ON users (search_number)".to_owned(),
            "CREATE VIRTUAL TABLE users_text USING fts5 (text, content = '', contentless_delete = 1, detail = none, \
             tokenize = 'trigram case_sensitive 1')"
                .to_owned(),
            format!("INSERT INTO users_text (rowid, text) SELECT search_number, {all} FROM users"),
            format!(
                "CREATE TRIGGER users_text_inserted AFTER INSERT ON users BEGIN \
                 UPDATE users SET search_number = (SELECT COALESCE(MAX(search_number), 0) + 1 FROM users) \
                 WHERE workspace_id = new.workspace_id AND id = new.id; \
                 INSERT INTO users_text (rowid, text) SELECT search_number, {all} FROM users \
                 WHERE workspace_id = new.workspace_id AND id = new.id; END"
            ),
            format!(
                "CREATE TRIGGER users_text_updated AFTER UPDATE OF search_text ON users \
                 WHEN new.search_text <> old.search_text BEGIN \
                 UPDATE users_text SET text = {new} WHERE rowid = new.search_number; END"
            ),
            "CREATE TRIGGER users_text_deleted AFTER DELETE ON users BEGIN \
             DELETE FROM users_text WHERE rowid = old.search_number; END"
                .to_owned(),
        ];
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
