//! When the owner of a session last proved who they are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer;

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
                    .table("sessions")
                    .add_column(big_integer("proved_at").default(0))
                    .to_owned(),
            )
            .await?;
        // Whoever is signed in proved it when they came in.
        manager
            .get_connection()
            .execute_unprepared("UPDATE sessions SET proved_at = created_at")
            .await
            .map(|_done| ())
    }
}
