//! The contracts of all ports, on both databases.

mod sqlite {
    use doorward_domain::testing::contract::StorePorts;

    async fn store() -> StorePorts {
        crate::stores::Kind::Sqlite.ports().await
    }

    doorward_domain::contract_tests!(all, store);
}

mod postgres {
    use doorward_domain::testing::contract::StorePorts;

    async fn store() -> StorePorts {
        crate::stores::Kind::Postgres.ports().await
    }

    doorward_domain::contract_tests!(all, store);
}
