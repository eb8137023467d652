//! Whether the parts behind the ports are there.

use async_trait::async_trait;

use super::error::PortResult;

/// State of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// As this version needs it.
    Current,
    /// Migrations are pending; how many.
    Behind(u32),
    /// Newer than this binary knows (R120).
    Ahead,
}

/// Tells whether the store can be used.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Reaches the database and says how its schema stands.
    async fn schema(&self) -> PortResult<SchemaState>;
}
