//! Whether the database is there, and of which version.

use async_trait::async_trait;
use doorward_domain::ports::{PortResult, SchemaState, StoreHealth};

use crate::connect::Store;
use crate::fault::fault;

/// Asks the database itself, on each call.
#[derive(Debug, Clone)]
pub struct SeaStoreHealth {
    store: Store,
}

impl SeaStoreHealth {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl StoreHealth for SeaStoreHealth {
    async fn schema(&self) -> PortResult<SchemaState> {
        self.store.schema().await.map_err(fault("store_health.schema"))
    }
}
