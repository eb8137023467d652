//! Credentials of providers that workspaces bring themselves, and what is on trial of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};

use crate::columns::{WORKSPACE, in_workspace, key};

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
                    .table("workspace_providers")
                    .col(uuid(WORKSPACE))
                    .col(text("provider"))
                    .col(uuid("revision"))
                    .col(text("name"))
                    // What the configuration takes under `providers.<id>`, as JSON; the secret apart.
                    .col(text("facts"))
                    // Sealed.
                    .col(blob("secret"))
                    .col(big_integer("changed_at"))
                    .primary_key(&mut key(&["provider"]))
                    .foreign_key(&mut in_workspace(
                        "workspace_providers_workspace_fkey",
                        "workspace_providers",
                    ))
                    .to_owned(),
            )
            .await?;
        // The words on their buttons stand beside the workspace as well: whoever shows a page reads no further table.
        manager
            .alter_table(
                Table::alter()
                    .table("workspaces")
                    .add_column(text("own_providers").default("[]"))
                    .to_owned(),
            )
            .await
    }
}
