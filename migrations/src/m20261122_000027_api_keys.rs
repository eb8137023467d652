//! What people tell API keys apart by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, text, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            text("name").default("").take(),
            text("last_four").default("").take(),
            // Before there was a page for it only the operator made keys.
            text("actor_kind").default("operator").take(),
            uuid_null("actor_id"),
            big_integer_null("last_used_at"),
        ];
        for column in columns {
            manager
                .alter_table(Table::alter().table("api_keys").add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
