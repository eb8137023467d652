//! Keys of portal applications.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid};

use crate::columns::{WORKSPACE, in_workspace, key, unique};

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
                    .table("api_keys")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(blob("digest"))
                    // Names of scopes, separated by spaces.
                    .col(text("scopes"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("revoked_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("api_keys_workspace_fkey", "api_keys"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("api_keys_digest_key", "api_keys", &[WORKSPACE, "digest"]))
            .await
    }
}
