//! Who runs a workspace, among all who are in it.

use sea_orm_migration::prelude::*;

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
            .create_index(index("users_role_idx", "users", &[WORKSPACE, "role", "id"]))
            .await
    }
}
