//! Sessions, by the digest of their token.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};

use crate::columns::{WORKSPACE, belongs_to, index, key, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(uuid(WORKSPACE))
                    .col(blob("token_digest"))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    .col(text("method"))
                    .col(big_integer("created_at"))
                    .col(big_integer("last_seen_at"))
                    .col(big_integer("idle_micros"))
                    .col(big_integer("expires_at"))
                    // The earlier of `expires_at` and `last_seen_at + idle_micros`, as last written: what the sweep
                    // looks for.
                    .col(big_integer("ends_at"))
                    .col(text("client_address"))
                    .col(text("user_agent"))
                    .col(uuid("request_id"))
                    .primary_key(&mut key(&["token_digest"]))
                    .foreign_key(&mut belongs_to("sessions_user_fkey", "sessions", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        // A check has nothing but the token.
        manager
            .create_index(unique("sessions_token_key", "sessions", &["token_digest"]))
            .await?;
        manager
            .create_index(unique("sessions_id_key", "sessions", &[WORKSPACE, "id"]))
            .await?;
        manager
            .create_index(index(
                "sessions_user_idx",
                "sessions",
                &[WORKSPACE, "user_id", "last_seen_at"],
            ))
            .await?;
        manager
            .create_index(index("sessions_ends_idx", "sessions", &["ends_at"]))
            .await
    }
}
