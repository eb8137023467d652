//! Receipts and the audit log. Neither refers to a person's row: both outlive it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob_null, text, text_null, uuid, uuid_null};

use crate::columns::{WORKSPACE, index, key, unique};

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
                    .table("receipts")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("help_code"))
                    .col(big_integer("at"))
                    .col(text("attempt"))
                    .col(text_null("address_key"))
                    .col(uuid_null("user_id"))
                    .col(text("client_address"))
                    .col(text("user_agent"))
                    .col(uuid("request_id"))
                    // JSON texts: read as a whole, never searched by the database.
                    .col(text("outcome"))
                    .col(text("findings"))
                    .primary_key(&mut key(&["id"]))
                    .to_owned(),
            )
            .await?;
        // Not unique: 40 bits repeat among millions of rows, and a repeated help code must not undo a sign-in.
        manager
            .create_index(index(
                "receipts_help_code_idx",
                "receipts",
                &[WORKSPACE, "help_code", "at"],
            ))
            .await?;
        manager
            .create_index(index(
                "receipts_address_idx",
                "receipts",
                &[WORKSPACE, "address_key", "at"],
            ))
            .await?;
        manager
            .create_index(index("receipts_at_idx", "receipts", &["at"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("audit")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(big_integer("at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(uuid_null("subject_id"))
                    .col(text("action"))
                    .col(text("outcome"))
                    .col(text_null("client_address"))
                    .col(text_null("user_agent"))
                    .col(uuid_null("request_id"))
                    // Filled in afterwards by whoever seals the chain, so that the chain does not serialise commits
                    // (R101).
                    .col(big_integer_null("seq"))
                    .col(blob_null("prev_hash"))
                    .col(blob_null("hash"))
                    .primary_key(&mut key(&["id"]))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("audit_at_idx", "audit", &[WORKSPACE, "at"]))
            .await?;
        manager
            .create_index(index("audit_subject_idx", "audit", &[WORKSPACE, "subject_id", "at"]))
            .await?;
        manager
            .create_index(unique("audit_seq_key", "audit", &[WORKSPACE, "seq"]))
            .await?;
        manager
            .create_index(
                index("audit_unsealed_idx", "audit", &[WORKSPACE, "at"])
                    .and_where(Expr::col("seq").is_null())
                    .to_owned(),
            )
            .await
    }
}
