//! The in-memory fakes, held to the contracts that the databases and engines are held to.

use doorward_domain::testing::contract::StorePorts;
use doorward_domain::testing::{MemoryStore, PlainHasher};

async fn make_store() -> StorePorts {
    StorePorts::of(MemoryStore::new())
}

async fn make_hasher() -> PlainHasher {
    PlainHasher::default()
}

doorward_domain::contract_tests!(all, make_store);
doorward_domain::contract_tests!(password_hasher, make_hasher);
