//! What an attempt at its second step has behind it, and what a link is about beside the person and the mailbox.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text_null, uuid_null};

use crate::columns::{WORKSPACE, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        let columns = [
            // A JSON text: read as a whole, never searched by the database; whose it is stands beside it.
            ("flows", text_null("first_step")),
            ("flows", uuid_null("first_step_user_id")),
            ("flows", uuid_null("user_id")),
            // A JSON text; NULL where the link is about nothing further.
            ("links", text_null("subject")),
        ];
        for (table, column) in columns {
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        // A person's attempts end with what they rest on.
        for (name, column) in [
            ("flows_first_step_idx", "first_step_user_id"),
            ("flows_user_idx", "user_id"),
        ] {
            manager
                .create_index(
                    index(name, "flows", &[WORKSPACE, column])
                        .and_where(Expr::col(column).is_not_null())
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}
