//! By which address somebody was admitted, how far the memory of hand-over goes, and workspaces that people make for
//! themselves.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, boolean, text, text_null, uuid, uuid_null,
};

use crate::columns::{WORKSPACE, belongs_to, in_workspace, index, key};

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
                    .table("connections")
                    .add_column(text_null("vouched_key"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("connections_vouched_idx", "connections", &[WORKSPACE, "vouched_key"])
                    .and_where(Expr::col("vouched_key").is_not_null())
                    .to_owned(),
            )
            .await?;
        // The latest end of a token that a sweep forgot: whatever the clock does, none that ended by then is taken again.
        manager
            .create_table(
                Table::create()
                    .table("hand_over_forgotten")
                    .col(uuid(WORKSPACE))
                    .col(big_integer("until"))
                    .primary_key(&mut key(&[]))
                    .foreign_key(&mut in_workspace(
                        "hand_over_forgotten_workspace_fkey",
                        "hand_over_forgotten",
                    ))
                    .to_owned(),
            )
            .await?;
        foundings(manager).await?;
        tickets(manager).await
    }
}

/// What somebody typed who makes a workspace, until their mailbox is proved. The workspace does not exist yet, so nothing
/// refers to it.
async fn foundings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("foundings")
                // Of the workspace that it becomes.
                .col(uuid(WORKSPACE))
                // Digest of the flow cookie of the browser; NULL for an app.
                .col(blob_null("binding"))
                // NULL until it is asked.
                .col(text_null("slug"))
                .col(text("workspace_name"))
                .col(text("person_name"))
                .col(text("address"))
                .col(text_null("language"))
                .col(text_null("password_phc"))
                // Who they are in the workspace that they come from.
                .col(uuid_null("from_workspace_id"))
                .col(uuid_null("from_user_id"))
                // Digests of its codes with the ends of their lives, one behind the other.
                .col(blob("codes"))
                .col(big_integer("wrong_tries"))
                .col(big_integer("last_sent_at"))
                .col(big_integer_null("proved_at"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&[]))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("foundings_expires_idx", "foundings", &["expires_at"]))
        .await
}

/// Tickets that carry somebody from one host to another, since cookies do not.
async fn tickets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("tickets")
                .col(uuid(WORKSPACE))
                .col(blob("digest"))
                .col(text("purpose"))
                .col(uuid("user_id"))
                .col(boolean("password_chosen"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["digest"]))
                .foreign_key(&mut belongs_to("tickets_user_fkey", "tickets", "user_id", "users"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("tickets_expires_idx", "tickets", &["expires_at"]))
        .await
}
