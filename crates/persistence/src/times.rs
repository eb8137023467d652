//! What a database knows of the time, for whoever doubts the clock of this machine.

use doorward_domain::ports::PortResult;
use doorward_domain::time::Timestamp;
use sea_orm::{DbBackend, DbErr};

use crate::connect::Store;
use crate::fault::fault;
use crate::raw;

/// Instants that a right clock agrees with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreTimes {
    /// What the database's own clock says; `None` where it has none but this machine's.
    pub clock: Option<Timestamp>,
    /// When the newest row of the audit log was written, by whichever server wrote it. It cannot lie ahead.
    pub newest_row: Option<Timestamp>,
}

impl Store {
    /// What the database knows of the time.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn times(&self) -> PortResult<StoreTimes> {
        let read = async {
            let reader = self.reader();
            let clock = match reader.get_database_backend() {
                DbBackend::Postgres => {
                    let sql = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint AS at";
                    match raw::one(reader, sql, []).await? {
                        Some(row) => row.try_get::<Option<i64>>("", "at")?,
                        None => None,
                    }
                }
                _ => None,
            };
            // Workspace by workspace, since that is how the rows are indexed.
            let sql = "SELECT MAX(newest.at) AS at FROM \
                       (SELECT (SELECT MAX(a.at) FROM audit a WHERE a.workspace_id = w.workspace_id) AS at FROM workspaces w) newest";
            let newest_row = match raw::one(reader, sql, []).await? {
                Some(row) => row.try_get::<Option<i64>>("", "at")?,
                None => None,
            };
            Ok::<_, DbErr>(StoreTimes {
                clock: clock.map(Timestamp::from_micros),
                newest_row: newest_row.map(Timestamp::from_micros),
            })
        };
        read.await.map_err(fault("store.times"))
    }
}
