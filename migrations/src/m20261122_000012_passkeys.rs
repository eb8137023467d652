//! Passkeys, and the rounds with their authenticators.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, blob_null, boolean, text, uuid};

use crate::columns::{WORKSPACE, belongs_to, in_workspace, index, key, unique};

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
                    .table("passkeys")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // The id that the authenticator chose.
                    .col(blob("credential"))
                    // Public key, counter and flags, as the engine writes them.
                    .col(text("state"))
                    .col(text("name"))
                    .col(boolean("synced"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("last_used_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to("passkeys_user_fkey", "passkeys", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique(
                "passkeys_credential_key",
                "passkeys",
                &[WORKSPACE, "credential"],
            ))
            .await?;
        // With all that a sign-in counts of them.
        manager
            .create_index(index(
                "passkeys_user_idx",
                "passkeys",
                &[WORKSPACE, "user_id", "synced"],
            ))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("passkey_ceremonies")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    // Digest of the cookie of the browser that began it; NULL for an app.
                    .col(blob_null("binding"))
                    // Sealed: what it is for, and what the engine wants back (R76).
                    .col(blob("state"))
                    .col(big_integer("expires_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace(
                        "passkey_ceremonies_workspace_fkey",
                        "passkey_ceremonies",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "passkey_ceremonies_expires_idx",
                "passkey_ceremonies",
                &["expires_at"],
            ))
            .await
    }
}
