//! The schema of Doorward, one file a step, the same on SQLite and PostgreSQL.
//!
//! Rules that every table keeps: its key begins with `workspace_id`; instants are `BIGINT` microseconds since the Unix
//! epoch, so that both databases compare and sort them alike; digests are 32 raw bytes; what is polled (mails that are
//! due, what a sweep removes) has an index of its own. Each step runs in a transaction, so that a start that was killed
//! half way is finished by the next one (G10). No step can be undone: a step back is a restored backup.

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

mod columns;
mod m20261122_000001_workspaces;
mod m20261122_000002_people;
mod m20261122_000003_sessions;
mod m20261122_000004_throttle;
mod m20261122_000005_attempts;
mod m20261122_000006_outbox;
mod m20261122_000007_records;
mod m20261122_000008_api_keys;
mod m20261122_000009_fresh_proof;
mod m20261122_000010_second_step;
mod m20261122_000011_second_factors;
mod m20261122_000012_passkeys;
mod m20261122_000013_profiles;
mod m20261122_000014_address_claims;
mod m20261122_000015_roles;
mod m20261122_000016_providers;
mod m20261122_000017_portal_links;
mod m20261122_000018_hand_over;
mod m20261122_000019_directory;
mod m20261122_000020_custom_roles;
mod m20261122_000021_people_lifecycle;
mod m20261122_000022_provisional_settings;
mod m20261122_000023_workspace_providers;
mod m20261122_000024_workspace_face;
mod m20261122_000025_logs;
mod m20261122_000026_organisation_domains;
mod m20261122_000027_api_keys;
mod m20261122_000028_other_doors;
mod m20261122_000029_people_search;
mod m20261122_000030_directory_book;
mod m20261122_000031_people_text;

/// All steps of the schema, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_workspaces::Migration),
            Box::new(m20261122_000002_people::Migration),
            Box::new(m20261122_000003_sessions::Migration),
            Box::new(m20261122_000004_throttle::Migration),
            Box::new(m20261122_000005_attempts::Migration),
            Box::new(m20261122_000006_outbox::Migration),
            Box::new(m20261122_000007_records::Migration),
            Box::new(m20261122_000008_api_keys::Migration),
            Box::new(m20261122_000009_fresh_proof::Migration),
            Box::new(m20261122_000010_second_step::Migration),
            Box::new(m20261122_000011_second_factors::Migration),
            Box::new(m20261122_000012_passkeys::Migration),
            Box::new(m20261122_000013_profiles::Migration),
            Box::new(m20261122_000014_address_claims::Migration),
            Box::new(m20261122_000015_roles::Migration),
            Box::new(m20261122_000016_providers::Migration),
            Box::new(m20261122_000017_portal_links::Migration),
            Box::new(m20261122_000018_hand_over::Migration),
            Box::new(m20261122_000019_directory::Migration),
            Box::new(m20261122_000020_custom_roles::Migration),
            Box::new(m20261122_000021_people_lifecycle::Migration),
            Box::new(m20261122_000023_workspace_providers::Migration),
            Box::new(m20261122_000024_workspace_face::Migration),
            Box::new(m20261122_000022_provisional_settings::Migration),
            Box::new(m20261122_000025_logs::Migration),
            Box::new(m20261122_000026_organisation_domains::Migration),
            Box::new(m20261122_000027_api_keys::Migration),
            Box::new(m20261122_000028_other_doors::Migration),
            Box::new(m20261122_000029_people_search::Migration),
            Box::new(m20261122_000030_directory_book::Migration),
            Box::new(m20261122_000031_people_text::Migration),
        ]
    }
}
