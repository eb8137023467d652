//! Authenticator apps and backup codes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, blob, blob_null, text_null, uuid};

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
                    .table("user_factors")
                    .col(uuid(WORKSPACE))
                    .col(uuid("user_id"))
                    // Sealed (R68); NULL where no app is on. The row stays then, for its last step.
                    .col(blob_null("app_secret"))
                    .col(big_integer_null("enabled_at"))
                    // Sealed: the app that is being set up.
                    .col(blob_null("pending_secret"))
                    .col(big_integer_null("pending_expires_at"))
                    // The last time step ever accepted, over all apps that were on (R70).
                    .col(big_integer_null("last_step"))
                    // How the codes of the present set are hashed: parameters and one salt (R74).
                    .col(text_null("backup_recipe"))
                    .primary_key(&mut key(&["user_id"]))
                    .foreign_key(&mut belongs_to(
                        "user_factors_user_fkey",
                        "user_factors",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("backup_codes")
                    .col(uuid(WORKSPACE))
                    .col(uuid("user_id"))
                    .col(blob("digest"))
                    .col(big_integer_null("used_at"))
                    .primary_key(&mut key(&["user_id", "digest"]))
                    .foreign_key(&mut belongs_to(
                        "backup_codes_user_fkey",
                        "backup_codes",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        // A sign-in counts those that are left.
        manager
            .create_index(index(
                "backup_codes_user_idx",
                "backup_codes",
                &[WORKSPACE, "user_id", "used_at"],
            ))
            .await
    }
}
