//! An address may be one person's proved one and, unproved, the first one of another record.

use sea_orm_migration::prelude::*;

use crate::columns::{WORKSPACE, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("user_emails_primary_address_key")
                    .table("user_emails")
                    .to_owned(),
            )
            .await?;
        // A claim never blocks the owner (R48): whoever proved an address may make it their first one, whatever another
        // record claims. Proved ones have a unique index of their own.
        manager
            .create_index(
                unique("user_emails_claim_key", "user_emails", &[WORKSPACE, "address_key"])
                    .and_where(Expr::col("is_primary").and(Expr::col("verified_at").is_null()))
                    .to_owned(),
            )
            .await
    }
}
