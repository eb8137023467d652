//! The store against real databases: a SQLite file with several connections, and PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod account;
mod changes;
mod contract;
mod given;
mod logs;
mod opening;
mod outbox;
mod races;
mod sessions;
mod stores;
mod throttle;
