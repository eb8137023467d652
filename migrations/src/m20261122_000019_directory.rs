//! The synced directory, and the tokens by which it is synced.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, boolean, integer, text, text_null, uuid};

use crate::columns::{WORKSPACE, belongs_to, in_workspace, index, key, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tokens(manager).await?;
        records(manager).await?;
        emails(manager).await?;
        groups(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table("directory_syncs")
                    .col(uuid(WORKSPACE))
                    .col(big_integer("synced_at"))
                    .primary_key(&mut key(&[]))
                    .foreign_key(&mut in_workspace("directory_syncs_workspace_fkey", "directory_syncs"))
                    .to_owned(),
            )
            .await?;
        // A record names an identity by its subject, of whichever provider.
        manager
            .create_index(index("connections_subject_idx", "connections", &[WORKSPACE, "subject"]))
            .await
    }
}

async fn tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("scim_tokens")
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                .col(text("name"))
                .col(text_null("scope_provider"))
                .col(text_null("scope_issuer"))
                .col(text_null("scope_tenant"))
                .col(blob("digest"))
                .col(big_integer("created_at"))
                .col(big_integer_null("last_used_at"))
                .col(big_integer_null("revoked_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut in_workspace("scim_tokens_workspace_fkey", "scim_tokens"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(unique("scim_tokens_digest_key", "scim_tokens", &[WORKSPACE, "digest"]))
        .await
}

async fn records(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("directory_records")
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                // `file`, or the id of a token.
                .col(text("source"))
                .col(text_null("external_id"))
                .col(text_null("scope_provider"))
                .col(text_null("scope_issuer"))
                .col(text_null("scope_tenant"))
                .col(boolean("active"))
                // A JSON text: all that the source said. What filters look at stands beside it, in lower case.
                .col(text("attributes"))
                .col(text("user_name_key"))
                .col(text_null("display_name_key"))
                .col(text_null("formatted_key"))
                .col(text_null("family_name_key"))
                .col(text_null("given_name_key"))
                .col(big_integer("version"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut in_workspace(
                    "directory_records_workspace_fkey",
                    "directory_records",
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(unique(
            "directory_records_user_name_key",
            "directory_records",
            &[WORKSPACE, "source", "user_name_key"],
        ))
        .await?;
    manager
        .create_index(index(
            "directory_records_source_idx",
            "directory_records",
            &[WORKSPACE, "source", "id"],
        ))
        .await?;
    manager
        .create_index(index(
            "directory_records_external_idx",
            "directory_records",
            &[WORKSPACE, "external_id"],
        ))
        .await
}

async fn emails(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("directory_emails")
                .col(uuid(WORKSPACE))
                .col(uuid("record_id"))
                .col(integer("position"))
                .col(text("address_key"))
                // What stands before the @, for near misses.
                .col(text("local_key"))
                .col(text_null("kind_key"))
                .col(boolean("is_primary"))
                .primary_key(&mut key(&["record_id", "position"]))
                .foreign_key(&mut belongs_to(
                    "directory_emails_record_fkey",
                    "directory_emails",
                    "record_id",
                    "directory_records",
                ))
                .to_owned(),
        )
        .await?;
    for (name, column) in [
        ("directory_emails_address_idx", "address_key"),
        ("directory_emails_local_idx", "local_key"),
    ] {
        manager
            .create_index(index(name, "directory_emails", &[WORKSPACE, column]))
            .await?;
    }
    Ok(())
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("directory_groups")
                .col(uuid(WORKSPACE))
                .col(uuid("id"))
                .col(text("source"))
                .col(text_null("external_id"))
                .col(text("display_name"))
                .col(text("display_name_key"))
                .col(big_integer("version"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut in_workspace("directory_groups_workspace_fkey", "directory_groups"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index(
            "directory_groups_source_idx",
            "directory_groups",
            &[WORKSPACE, "source", "id"],
        ))
        .await?;
    manager
        .create_table(
            Table::create()
                .table("directory_members")
                .col(uuid(WORKSPACE))
                .col(uuid("group_id"))
                .col(uuid("record_id"))
                .primary_key(&mut key(&["group_id", "record_id"]))
                .foreign_key(&mut belongs_to(
                    "directory_members_group_fkey",
                    "directory_members",
                    "group_id",
                    "directory_groups",
                ))
                .foreign_key(&mut belongs_to(
                    "directory_members_record_fkey",
                    "directory_members",
                    "record_id",
                    "directory_records",
                ))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index(
            "directory_members_record_idx",
            "directory_members",
            &[WORKSPACE, "record_id"],
        ))
        .await
}
