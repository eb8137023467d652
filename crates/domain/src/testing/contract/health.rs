//! Contracts of [`StoreHealth`](crate::ports::StoreHealth).

use super::StorePorts;
use crate::ports::SchemaState;

/// The source of this suite.
pub const SOURCE: &str = include_str!("health.rs");

/// A store that was made by this version needs no migration.
pub async fn a_fresh_store_is_current(store: &StorePorts) {
    assert_eq!(store.health.schema().await.unwrap(), SchemaState::Current);
}
