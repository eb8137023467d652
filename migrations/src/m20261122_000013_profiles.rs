//! Pictures on profiles.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

use crate::columns::{WORKSPACE, belongs_to, key};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A table of its own, the picture last: whoever reads people reads no picture.
        manager
            .create_table(
                Table::create()
                    .table("user_pictures")
                    .col(uuid(WORKSPACE))
                    .col(uuid("user_id"))
                    .col(big_integer("set_at"))
                    .col(blob("png"))
                    .primary_key(&mut key(&["user_id"]))
                    .foreign_key(&mut belongs_to(
                        "user_pictures_user_fkey",
                        "user_pictures",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await
    }
}
