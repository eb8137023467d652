//! Mails that are promised, and what became of each.

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
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("kind"))
                    .col(text("address"))
                    .col(text("address_key"))
                    .col(uuid_null("user_id"))
                    .col(text("state"))
                    // The sealed content; NULL as soon as the mail is not queued any more (R29).
                    .col(blob_null("payload"))
                    .col(big_integer("attempts"))
                    .col(big_integer_null("next_attempt_at"))
                    .col(big_integer_null("expires_at"))
                    .col(uuid_null("lease"))
                    .col(big_integer_null("lease_until"))
                    .col(text_null("last_reply"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("last_attempt_at"))
                    .primary_key(&mut key(&["id"]))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("outbox_due_idx", "outbox", &["next_attempt_at", "created_at"])
                    .and_where(Expr::col("state").eq("queued"))
                    .to_owned(),
            )
            .await?;
        // An outcome is recorded under its lease.
        manager
            .create_index(
                index("outbox_lease_idx", "outbox", &["lease"])
                    .and_where(Expr::col("lease").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "outbox_address_idx",
                "outbox",
                &[WORKSPACE, "address_key", "created_at"],
            ))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("mail_events")
                    .col(uuid(WORKSPACE))
                    .col(uuid("mail_id"))
                    // Number of the try, from 1.
                    .col(big_integer("seq"))
                    .col(text("event"))
                    .col(text_null("reply"))
                    .col(big_integer("at"))
                    .primary_key(&mut key(&["mail_id", "seq"]))
                    .foreign_key(&mut belongs_to(
                        "mail_events_mail_fkey",
                        "mail_events",
                        "mail_id",
                        "outbox",
                    ))
                    .to_owned(),
            )
            .await
    }
}
