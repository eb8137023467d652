//! Attempts that span several requests, their codes, and mailed links.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, blob_null, text, text_null, uuid, uuid_null};

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
                    .table("flows")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    // Digest of the flow cookie; NULL where the flow's id itself is the proof (an app).
                    .col(blob_null("binding"))
                    .col(text("purpose"))
                    .col(text("address"))
                    .col(text("address_key"))
                    .col(text("return_to"))
                    .col(text_null("sign_up_name"))
                    .col(text_null("sign_up_password_phc"))
                    .col(uuid_null("password_verified_user_id"))
                    .col(big_integer("wrong_tries"))
                    .col(big_integer("last_sent_at"))
                    .col(big_integer("created_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("ended_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("flows_workspace_fkey", "flows"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("flows_live_idx", "flows", &[WORKSPACE, "address_key", "purpose"])
                    .and_where(Expr::col("ended_at").is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                index("flows_password_idx", "flows", &[WORKSPACE, "password_verified_user_id"])
                    .and_where(Expr::col("password_verified_user_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("flows_expires_idx", "flows", &["expires_at"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("codes")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(uuid("flow_id"))
                    .col(blob("digest"))
                    .col(big_integer("issued_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("used_at"))
                    .col(big_integer_null("voided_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to("codes_flow_fkey", "codes", "flow_id", "flows"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("codes_flow_idx", "codes", &[WORKSPACE, "flow_id", "issued_at"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("links")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("purpose"))
                    .col(uuid("user_id"))
                    .col(text("address_key"))
                    .col(blob("digest"))
                    .col(text("return_to"))
                    .col(big_integer("issued_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("used_at"))
                    .col(big_integer_null("voided_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to("links_user_fkey", "links", "user_id", "users"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("links_digest_key", "links", &[WORKSPACE, "digest"]))
            .await?;
        manager
            .create_index(index(
                "links_user_idx",
                "links",
                &[WORKSPACE, "user_id", "purpose", "issued_at"],
            ))
            .await?;
        manager
            .create_index(index("links_expires_idx", "links", &["expires_at"]))
            .await
    }
}
