//! Logos of workspaces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

use crate::columns::{WORKSPACE, in_workspace, key};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A table of its own: whoever reads workspaces reads no picture.
        manager
            .create_table(
                Table::create()
                    .table("workspace_logos")
                    .col(uuid(WORKSPACE))
                    .col(big_integer("set_at"))
                    .col(blob("png"))
                    .primary_key(&mut key(&[]))
                    .foreign_key(&mut in_workspace("workspace_logos_workspace_fkey", "workspace_logos"))
                    .to_owned(),
            )
            .await
    }
}
