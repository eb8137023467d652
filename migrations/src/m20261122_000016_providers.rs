//! Round trips to providers of single sign-on, who came back from one, and the identities that are connected.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, text_null, uuid};

use crate::columns::{WORKSPACE, belongs_to, in_workspace, index, key, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        trips(manager).await?;
        held(manager).await?;
        connections(manager).await?;
        // A JSON text: what a provider said of whoever began the attempt.
        manager
            .alter_table(
                Table::alter()
                    .table("flows")
                    .add_column(text_null("arrived"))
                    .to_owned(),
            )
            .await
    }
}

async fn trips(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("round_trips")
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                .col(text("provider"))
                // SHA-256 of the state that comes back.
                .col(blob("state_digest"))
                // Digest of the cookie of the browser.
                .col(blob("browser"))
                // Sealed: nonce and verifier (R52).
                .col(blob("secrets"))
                // A JSON text.
                .col(text("purpose"))
                .col(text("return_to"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("taken_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut in_workspace("round_trips_workspace_fkey", "round_trips"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(unique(
            "round_trips_state_key",
            "round_trips",
            &[WORKSPACE, "state_digest"],
        ))
        .await?;
    manager
        .create_index(index("round_trips_expires_idx", "round_trips", &["expires_at"]))
        .await
}

async fn held(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("held_arrivals")
                .col(uuid(WORKSPACE))
                // That of the round trip.
                .col(uuid("id"))
                .col(blob("browser"))
                // A JSON text.
                .col(text("arrived"))
                .col(text("return_to"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut in_workspace("held_arrivals_workspace_fkey", "held_arrivals"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("held_arrivals_expires_idx", "held_arrivals", &["expires_at"]))
        .await
}

async fn connections(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("connections")
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                .col(uuid("user_id"))
                .col(text("provider"))
                .col(text("issuer"))
                .col(text("tenant"))
                .col(text("subject"))
                .col(text_null("label"))
                .col(big_integer("created_at"))
                .col(big_integer_null("last_used_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut belongs_to(
                    "connections_user_fkey",
                    "connections",
                    "user_id",
                    "users",
                ))
                .to_owned(),
        )
        .await?;
    // The one key of an identity (R50).
    manager
        .create_index(unique(
            "connections_identity_key",
            "connections",
            &[WORKSPACE, "provider", "issuer", "tenant", "subject"],
        ))
        .await?;
    manager
        .create_index(index(
            "connections_user_idx",
            "connections",
            &[WORKSPACE, "user_id", "provider"],
        ))
        .await
}
