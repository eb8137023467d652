//! Counters of tries, requests and mails.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::columns::{WORKSPACE, index, key};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No reference to a workspace: counters of the whole server stand under the nil id.
        manager
            .create_table(
                Table::create()
                    .table("throttle_counters")
                    .col(uuid(WORKSPACE))
                    .col(text("key"))
                    .col(big_integer("count"))
                    .col(big_integer("in_a_row"))
                    .col(big_integer("window_ends_at"))
                    .col(big_integer("blocked_until"))
                    .primary_key(&mut key(&["key"]))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "throttle_counters_window_idx",
                "throttle_counters",
                &["window_ends_at"],
            ))
            .await
    }
}
