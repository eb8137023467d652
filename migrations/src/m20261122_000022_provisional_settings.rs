//! Settings on trial, and what a walk through all people reads.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::columns::{WORKSPACE, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("workspaces")
                    // A JSON text: what the settings fall back to, and when. NULL while they hold for good.
                    .add_column(text_null("provisional"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("workspaces_provisional_idx", "workspaces", &[WORKSPACE])
                    .and_where(Expr::col("provisional").is_not_null())
                    .to_owned(),
            )
            .await?;
        // People are stored in the order of their making and walked through in the order of their ids: without these, each
        // would be looked up by itself.
        manager
            .create_index(index(
                "users_population_idx",
                "users",
                &[WORKSPACE, "id", "role", "status", "permissions"],
            ))
            .await?;
        // Each holds the column that its condition names, since SQLite reads that again.
        manager
            .create_index(
                index(
                    "user_emails_population_idx",
                    "user_emails",
                    &[WORKSPACE, "user_id", "is_primary"],
                )
                .and_where(Expr::col("is_primary"))
                .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("users_temporary_password_idx", "users", &[WORKSPACE, "id"])
                    .and_where(Expr::col("password_temporary_until").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index(
                    "users_without_password_idx",
                    "users",
                    &[WORKSPACE, "id", "password_phc"],
                )
                .and_where(Expr::col("password_phc").is_null())
                .to_owned(),
            )
            .await
    }
}
