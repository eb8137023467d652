//! Roles that workspaces make for themselves.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null, uuid, uuid_null};

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
                    .table("roles")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("name"))
                    .col(text("based_on"))
                    .col(text("permissions"))
                    .col(big_integer("created_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("roles_workspace_fkey", "roles"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("roles_name_key", "roles", &[WORKSPACE, "name"]))
            .await?;
        // What such a role permits stands beside each who has it as well: a session check reads no further table.
        for column in [uuid_null("custom_role_id"), text_null("permissions")] {
            manager
                .alter_table(Table::alter().table("users").add_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
