//! The ceiling of a session check on PostgreSQL: a bare point-select over sqlx, and databases to measure in.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::task::JoinSet;

use crate::client::Window;
use crate::seed;

/// A database of our own on somebody's server; dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes one.
    pub(crate) fn make(server: &str) -> Result<Self> {
        let name = format!("doorward_load_{:08x}", rand::rng().random::<u32>());
        // A database knows letters beyond ASCII by its character type; where that is `C`, searches for them scan.
        let sql =
            format!("CREATE DATABASE {name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0");
        administer(server, sql).context("PostgreSQL gives no database")?;
        Ok(Self {
            server: server.to_owned(),
            name,
        })
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        let (base, query) = self
            .server
            .split_once('?')
            .map_or((self.server.as_str(), ""), |(base, query)| (base, query));
        let authority = base.find("://").map_or(0, |at| at + 3);
        let end = base
            .get(authority..)
            .and_then(|rest| rest.find('/'))
            .map_or(base.len(), |slash| authority + slash);
        let mut url = format!("{}/{}", base.get(..end).unwrap_or(base), self.name);
        if !query.is_empty() {
            url.push('?');
            url.push_str(query);
        }
        url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = administer(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)) {
            eprintln!("the database {} is left behind: {error:#}", self.name);
        }
    }
}

fn administer(server: &str, sql: String) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server).await?;
        // Databases cannot be named by a bound parameter; the name was made above.
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    })
}

/// Selects a second of one session with its person, by `clients` tasks over as many connections.
pub(crate) fn point_select(url: &str, users: u32, clients: u32, window: Window) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let pool = PgPoolOptions::new()
            .max_connections(clients)
            .acquire_timeout(Duration::from_secs(30))
            .connect(url)
            .await?;
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let pool = pool.clone();
            tasks.spawn(async move {
                let mut random = SmallRng::seed_from_u64(u64::from(number));
                let mut done = 0_u32;
                while Instant::now() < window.to {
                    let digest = seed::token_digest(random.random_range(0..users));
                    sqlx::query(
                        "SELECT s.id, s.expires_at, u.name, u.role FROM sessions s \
                         JOIN users u ON u.workspace_id = s.workspace_id AND u.id = s.user_id \
                         WHERE s.token_digest = $1 AND u.status = 'active'",
                    )
                    .bind(digest.as_slice())
                    .fetch_one(&pool)
                    .await?;
                    if window.from <= Instant::now() {
                        done += 1;
                    }
                }
                Ok::<_, sqlx::Error>(done)
            });
        }
        let mut all = 0_u32;
        while let Some(task) = tasks.join_next().await {
            all += task??;
        }
        Ok::<_, anyhow::Error>(all)
    })?;
    Ok(f64::from(done) / window.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_takes_the_place_of_the_one_in_the_url() {
        let of = |server: &str| {
            let database = std::mem::ManuallyDrop::new(Database {
                server: server.to_owned(),
                name: "x".to_owned(),
            });
            database.url()
        };
        assert_eq!(
            of("postgres://me@127.0.0.1:5432/postgres"),
            "postgres://me@127.0.0.1:5432/x"
        );
        assert_eq!(of("postgres://me@127.0.0.1:5432"), "postgres://me@127.0.0.1:5432/x");
        assert_eq!(of("postgres://me@h/postgres?host=/run"), "postgres://me@h/x?host=/run");
    }
}
