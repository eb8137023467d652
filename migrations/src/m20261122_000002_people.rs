//! People, their addresses and other identities, and the organisations they belong to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null, uuid};
use sea_orm_migration::sea_orm::DbBackend;

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
                    .table("users")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("role"))
                    .col(text("status"))
                    .col(text("name"))
                    // Name, addresses, identities and organisations in lower case, one a line: what a search looks
                    // through. Neither database folds case beyond ASCII on its own.
                    .col(text("search_text"))
                    .col(text_null("language"))
                    .col(text_null("time_zone"))
                    .col(text_null("password_phc"))
                    .col(big_integer("credentials_version"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("last_sign_in_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("users_workspace_fkey", "users"))
                    .to_owned(),
            )
            .await?;

        search_index(manager).await?;

        manager
            .create_table(
                Table::create()
                    .table("user_emails")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(uuid("user_id"))
                    // Mail goes to the spelling as stored; look-ups go by the key (R44, R45).
                    .col(text("address"))
                    .col(text("address_key"))
                    .col(boolean("is_primary"))
                    .col(big_integer_null("verified_at"))
                    .col(big_integer("created_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut belongs_to(
                        "user_emails_user_fkey",
                        "user_emails",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        let emails = |name, columns: &[&'static str]| unique(name, "user_emails", columns);
        // One owner per mailbox, and one person per address as a first one (A2): races end here.
        manager
            .create_index(
                emails("user_emails_verified_key", &[WORKSPACE, "address_key"])
                    .and_where(Expr::col("verified_at").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                emails("user_emails_primary_address_key", &[WORKSPACE, "address_key"])
                    .and_where(Expr::col("is_primary"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                emails("user_emails_primary_key", &[WORKSPACE, "user_id"])
                    .and_where(Expr::col("is_primary"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(emails(
                "user_emails_user_address_key",
                &[WORKSPACE, "user_id", "address_key"],
            ))
            .await?;
        manager
            .create_index(index(
                "user_emails_address_idx",
                "user_emails",
                &[WORKSPACE, "address_key"],
            ))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("identities")
                    .col(uuid(WORKSPACE))
                    .col(text("kind"))
                    .col(text("subject"))
                    .col(uuid("user_id"))
                    .col(big_integer("created_at"))
                    .primary_key(&mut key(&["kind", "subject"]))
                    .foreign_key(&mut belongs_to(
                        "identities_user_fkey",
                        "identities",
                        "user_id",
                        "users",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index("identities_user_idx", "identities", &[WORKSPACE, "user_id"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("organisations")
                    .col(uuid(WORKSPACE))
                    .col(uuid("id"))
                    .col(text("name"))
                    .col(big_integer("created_at"))
                    .primary_key(&mut key(&["id"]))
                    .foreign_key(&mut in_workspace("organisations_workspace_fkey", "organisations"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(unique("organisations_name_key", "organisations", &[WORKSPACE, "name"]))
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("memberships")
                    .col(uuid(WORKSPACE))
                    .col(uuid("user_id"))
                    .col(uuid("organisation_id"))
                    .primary_key(&mut key(&["user_id", "organisation_id"]))
                    .foreign_key(&mut belongs_to(
                        "memberships_user_fkey",
                        "memberships",
                        "user_id",
                        "users",
                    ))
                    .foreign_key(&mut belongs_to(
                        "memberships_organisation_fkey",
                        "memberships",
                        "organisation_id",
                        "organisations",
                    ))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(index(
                "memberships_organisation_idx",
                "memberships",
                &[WORKSPACE, "organisation_id"],
            ))
            .await
    }
}

/// A search looks for a part of a text, which no ordinary index finds. On SQLite an index that holds all that the search
/// reads makes it some twenty times faster than a walk through the table. On PostgreSQL trigrams find the rows at once;
/// where the extension may not be used, a parallel scan has to do.
async fn search_index(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Postgres => manager
            .get_connection()
            .execute_unprepared(
                "DO $$ BEGIN \
                 CREATE EXTENSION IF NOT EXISTS pg_trgm; \
                 CREATE INDEX users_search_idx ON users USING gin (search_text gin_trgm_ops); \
                 EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported \
                 THEN RAISE NOTICE 'pg_trgm cannot be used; searches will scan'; \
                 END $$",
            )
            .await
            .map(|_done| ()),
        _ => {
            manager
                .create_index(index("users_search_idx", "users", &[WORKSPACE, "id", "search_text"]))
                .await
        }
    }
}
