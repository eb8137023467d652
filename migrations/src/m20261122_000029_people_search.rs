//! Looking people up by how they stand, and by what they are connected by.

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
            .create_index(
                index("users_barred_idx", "users", &[WORKSPACE, "status", "id"])
                    .and_where(Expr::col("status").ne("active"))
                    .to_owned(),
            )
            .await?;
        // Subjects and labels are ASCII nearly always, which both databases fold; the others are folded in full when the
        // person changes next.
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE users SET search_text = search_text || (\
                 SELECT string_agg('\n' || lower(c.subject) || COALESCE('\n' || lower(c.label), ''), '') \
                 FROM connections c WHERE c.workspace_id = users.workspace_id AND c.user_id = users.id) \
                 WHERE EXISTS (SELECT 1 FROM connections c \
                 WHERE c.workspace_id = users.workspace_id AND c.user_id = users.id)",
            )
            .await
            .map(|_done| ())
    }
}
