//! A PostgreSQL database for one test.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use url::Url;

use crate::machine::random_name;

/// The variable that says where PostgreSQL is.
pub const URL_VARIABLE: &str = "DOORWARD_TEST_POSTGRES_URL";

/// An empty database, dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    server: Url,
    name: String,
}

impl TestDatabase {
    /// Makes one.
    ///
    /// # Panics
    /// When no PostgreSQL is named: these suites are never skipped.
    pub async fn create() -> Self {
        let server = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{URL_VARIABLE} is not set. `cargo xtask test` runs every suite with a PostgreSQL; to run some: \
                 `cargo xtask postgres -- cargo nextest run --workspace -E 'test(…)'`"
            )
        });
        let server = Url::parse(&server).unwrap_or_else(|error| panic!("{URL_VARIABLE} is not a URL: {error}"));
        let name = format!("doorward_test_{}", random_name());
        administer(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// A connection, for looking at rows from outside.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url())
            .await
            .expect("the test's own database answers")
    }
}

async fn administer(server: &Url, sql: &str) {
    let work = async {
        let mut connection = PgConnection::connect(server.as_str()).await?;
        // The statement holds no word that came from outside: databases cannot be named by a bound parameter.
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await
    };
    let done = tokio::time::timeout(Duration::from_secs(30), work).await;
    let done = done.unwrap_or_else(|_| panic!("PostgreSQL of {URL_VARIABLE} did not answer {sql:?} within 30 s"));
    done.unwrap_or_else(|error| panic!("PostgreSQL of {URL_VARIABLE} refused {sql:?}: {error}"));
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, sql) = (
            self.server.clone(),
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
        // A thread of its own: this runs inside the test's runtime, where nothing may block on a future.
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made")
                .block_on(administer(&server, &sql));
        })
        .join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "{} could not be dropped",
            self.name
        );
    }
}
