//! Workspaces and the host names they answer on.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

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
                    .table("workspaces")
                    .col(uuid(WORKSPACE).primary_key())
                    .col(text("slug"))
                    .col(text("name"))
                    // Portal and settings are read and replaced as a whole, so each is one JSON text.
                    .col(text("portal"))
                    .col(text("security"))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("workspaces_slug_key", "workspaces", &["slug"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("workspace_hosts")
                    .col(uuid(WORKSPACE))
                    .col(text("host"))
                    // The order in which the names were given.
                    .col(big_integer("position"))
                    .primary_key(&mut key(&["host"]))
                    .foreign_key(&mut in_workspace("workspace_hosts_workspace_fkey", "workspace_hosts"))
                    .to_owned(),
            )
            .await?;
        // A host name leads to one workspace of the whole server.
        manager
            .create_index(unique("workspace_hosts_host_key", "workspace_hosts", &["host"]))
            .await
    }
}
