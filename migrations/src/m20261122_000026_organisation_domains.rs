//! Email domains of organisations, and by what people are counted who have a role of the workspace's own making.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, uuid};

use crate::columns::{WORKSPACE, belongs_to, index, key};

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
                    .table("organisation_domains")
                    .col(uuid(WORKSPACE))
                    // A-labels in lower case. The key has it that a domain belongs to one organisation: races end here.
                    .col(text("domain"))
                    .col(uuid("organisation_id"))
                    .primary_key(&mut key(&["domain"]))
                    .foreign_key(&mut belongs_to(
                        "organisation_domains_organisation_fkey",
                        "organisation_domains",
                        "organisation_id",
                        "organisations",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "organisation_domains_organisation_idx",
                "organisation_domains",
                &[WORKSPACE, "organisation_id"],
            ))
            .await?;
        manager
            .create_index(
                index("users_custom_role_idx", "users", &[WORKSPACE, "custom_role_id"])
                    .and_where(Expr::col("custom_role_id").is_not_null())
                    .to_owned(),
            )
            .await
    }
}
