//! Personal portal links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text, uuid, uuid_null};

use crate::columns::{WORKSPACE, belongs_to, index, key, unique};

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
                    .table("portal_links")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    .col(blob("digest"))
                    .col(text("return_to"))
                    // Who made it, as the audit log names actors.
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("revoked_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to(
                        "portal_links_user_fkey",
                        "portal_links",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        for index in [
            unique("portal_links_digest_key", "portal_links", &[WORKSPACE, "digest"]),
            index(
                "portal_links_user_idx",
                "portal_links",
                &[WORKSPACE, "user_id", "created_at"],
            ),
            // What the sweep removes.
            index("portal_links_expires_idx", "portal_links", &["expires_at"]),
            index("portal_links_revoked_idx", "portal_links", &["revoked_at"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
