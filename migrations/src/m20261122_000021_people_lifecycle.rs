//! Challenges to people who call, temporary passwords, and accounts that are deleted and can still come back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob_null, text, text_null, uuid, uuid_null};

use crate::columns::{WORKSPACE, belongs_to, index, key};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        for column in [
            // Until when a password that staff made opens anything; NULL where its owner chose it.
            big_integer_null("password_temporary_until"),
            big_integer_null("deleted_at"),
            // What the status was before the account was deleted.
            text_null("status_before"),
        ] {
            manager
                .alter_table(Table::alter().table("users").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_index(
                index("users_deleted_idx", "users", &["deleted_at"])
                    .and_where(Expr::col("deleted_at").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("caller_challenges")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // Who asked, as the audit log names actors.
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(text("action"))
                    .col(text("way"))
                    // The mailbox that a code went to, and what is kept of the code.
                    .col(text_null("address_key"))
                    .col(blob_null("code"))
                    // From when on it may be done, where it is announced.
                    .col(big_integer_null("due_at"))
                    .col(big_integer("tries_left"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("proved_at"))
                    .col(text_null("ended_how"))
                    .col(big_integer_null("ended_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to(
                        "caller_challenges_user_fkey",
                        "caller_challenges",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "caller_challenges_user_idx",
                "caller_challenges",
                &[WORKSPACE, "user_id", "created_at"],
            ))
            .await?;
        // What a worker looks for.
        manager
            .create_index(
                index("caller_challenges_due_idx", "caller_challenges", &["due_at"])
                    .and_where(Expr::col("ended_at").is_null())
                    .and_where(Expr::col("due_at").is_not_null())
                    .to_owned(),
            )
            .await?;
        // What the sweep removes.
        manager
            .create_index(index(
                "caller_challenges_expires_idx",
                "caller_challenges",
                &["expires_at"],
            ))
            .await
    }
}
