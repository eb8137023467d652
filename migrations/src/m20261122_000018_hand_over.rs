//! Hand-over by the company's own site: keys, and tokens that were used.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid};

use crate::columns::{WORKSPACE, in_workspace, index, key};

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
                    .table("hand_over_keys")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("audience"))
                    .col(text("algorithm"))
                    // Sealed: the shared secret, or the public key.
                    .col(blob("material"))
                    .col(text("highest_role"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("revoked_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("hand_over_keys_workspace_fkey", "hand_over_keys"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("hand_over_tokens")
                    .col(uuid(WORKSPACE))
                    .col(blob("digest"))
                    .col(big_integer("expires_at"))
                    .primary_key(&mut key(&["digest"]))
                    .foreign_key(&mut in_workspace("hand_over_tokens_workspace_fkey", "hand_over_tokens"))
                    .to_owned(),
            )
            .await?;
        // What the sweep removes.
        manager
            .create_index(index(
                "hand_over_tokens_expires_idx",
                "hand_over_tokens",
                &["expires_at"],
            ))
            .await
    }
}
