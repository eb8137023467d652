//! What the logs of mail and of actions need to be read, sealed and kept for a while.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text_null, uuid, uuid_null};

use crate::columns::{WORKSPACE, index, key};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("audit").add_column(text_null("detail")).to_owned())
            .await?;
        manager
            .create_index(index("audit_actor_idx", "audit", &[WORKSPACE, "actor_id", "at"]))
            .await?;
        manager
            .create_index(index("audit_action_idx", "audit", &[WORKSPACE, "action", "at"]))
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_chains")
                    .col(uuid(WORKSPACE))
                    // The last row that is sealed, and its seal: a chain that was cut off at its end shows by it.
                    .col(big_integer("seq"))
                    .col(blob("hash"))
                    .col(big_integer("sealed_at"))
                    // Up to here the rows were removed when their time was over; the chain begins after it.
                    .col(big_integer("pruned_seq"))
                    .col(blob("pruned_hash"))
                    .col(big_integer_null("pruned_at"))
                    .primary_key(&mut key(&[]))
                    .to_owned(),
            )
            .await?;

        for column in [
            // The code or link that the mail carries, by its id.
            uuid_null("secret_id"),
            // Who asked for it: the receipt of the attempt, and the actor as the audit log names actors.
            uuid_null("receipt_id"),
            text_null("asked_by_kind"),
            uuid_null("asked_by_id"),
        ] {
            manager
                .alter_table(Table::alter().table("outbox").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_index(
                index("outbox_secret_idx", "outbox", &[WORKSPACE, "secret_id"])
                    .and_where(Expr::col("secret_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        // A mail that comes back is known by its id alone.
        manager.create_index(index("outbox_id_idx", "outbox", &["id"])).await?;
        manager
            .create_index(index("receipts_workspace_at_idx", "receipts", &[WORKSPACE, "at"]))
            .await?;
        manager
            .create_index(index("outbox_created_idx", "outbox", &[WORKSPACE, "created_at", "id"]))
            .await?;
        manager
            .create_index(index(
                "outbox_state_idx",
                "outbox",
                &[WORKSPACE, "state", "created_at", "id"],
            ))
            .await
    }
}
