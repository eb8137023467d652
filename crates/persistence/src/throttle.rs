//! Counters of tries, requests and mails, moved by single statements that say what [`doorward_domain::throttle::step`]
//! says.
//!
//! The row that a first charge makes is computed by `step` itself; how an existing row moves is said in SQL, so that
//! parallel charges settle among themselves in the database. A property test holds the two together. Durations count
//! in whole microseconds, and a rule's waits end before the year 290,000.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use doorward_domain::ids::WorkspaceId;
use doorward_domain::ports::{FaultKind, PortError, PortResult, Throttle};
use doorward_domain::throttle::{Admission, Charge, Counter, LimitRule, Step, ThrottleKey, step};
use doorward_domain::time::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Value};

use crate::connect::{Store, WriteTx};
use crate::fault::{fault, is_deadlock};
use crate::raw;

/// How long a count of failures in a row is remembered after the last one.
const IN_A_ROW_KEPT: Duration = Duration::from_hours(365 * 24);

/// The counters.
#[derive(Debug, Clone)]
pub struct SeaThrottle {
    store: Store,
}

impl SeaThrottle {
    /// Over that store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn consume_once(
        &self,
        workspace: WorkspaceId,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<Admission, ThrottleError> {
        let tx = self.store.write_tx().await?;
        let mut admission = Admission::Admitted;
        for charge in charges {
            if let Step::Exceeded { retry_at } = move_counter(&tx, workspace, charge, now).await? {
                admission = Admission::Exceeded {
                    reason: charge.reason,
                    retry_at,
                };
                break;
            }
        }
        tx.commit().await?;
        Ok(admission)
    }

    async fn refund_once(&self, workspace: WorkspaceId, charges: &[Charge]) -> Result<(), ThrottleError> {
        let tx = self.store.write_tx().await?;
        refund_in(&tx, workspace, charges).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Gives charges back, inside a transaction.
pub(crate) async fn refund_in(tx: &WriteTx, workspace: WorkspaceId, charges: &[Charge]) -> Result<(), DbErr> {
    for charge in charges {
        // Windows and spacings stay closed after a refund; a backoff opens again below its free ones.
        let free = match charge.rule {
            LimitRule::Backoff { free, .. } => i64::from(free),
            LimitRule::Window { .. } | LimitRule::Spacing { .. } => 0,
        };
        raw::execute(
            tx,
            REFUND,
            [workspace.as_uuid().into(), charge.key.as_str().into(), free.into()],
        )
        .await?;
    }
    Ok(())
}

/// Forgets counters, inside a transaction. One after the other: a single statement would take them in an order of the
/// database's own, and wait for a transaction that takes them in the order of their charges, and waits for this one.
pub(crate) async fn clear_in(tx: &WriteTx, workspace: WorkspaceId, keys: &[ThrottleKey]) -> Result<(), DbErr> {
    for key in keys {
        raw::execute(
            tx,
            "DELETE FROM throttle_counters WHERE workspace_id = $1 AND key = $2",
            [workspace.as_uuid().into(), key.as_str().into()],
        )
        .await?;
    }
    Ok(())
}

#[derive(Debug, thiserror::Error)]
enum ThrottleError {
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error("a counter refused a charge and yet is not over its limit")]
    Contradiction,
}

impl ThrottleError {
    /// Two transactions that wait for each other's counters: the database ends one of them, which may try again.
    fn may_try_again(&self) -> bool {
        matches!(self, Self::Database(error) if is_deadlock(error))
    }

    fn at(self, place: &'static str) -> PortError {
        match self {
            Self::Database(error) => fault(place)(error),
            Self::Contradiction => PortError::new(FaultKind::Corrupt, place, self),
        }
    }
}

/// How often a transaction is tried that the database ends in favour of another.
pub(crate) const TRIES: u32 = 5;

#[async_trait]
impl Throttle for SeaThrottle {
    async fn consume(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission> {
        const PLACE: &str = "throttle.consume";
        for _ in 1..TRIES {
            match self.consume_once(workspace, &charges, now).await {
                Err(error) if error.may_try_again() => {}
                done => return done.map_err(|error| error.at(PLACE)),
            }
        }
        let last = self.consume_once(workspace, &charges, now).await;
        last.map_err(|error| error.at(PLACE))
    }

    async fn peek(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission> {
        const PLACE: &str = "throttle.peek";
        if charges.is_empty() {
            return Ok(Admission::Admitted);
        }
        let sql = format!(
            "SELECT key, count, in_a_row, window_ends_at, blocked_until FROM throttle_counters \
             WHERE workspace_id = $1 AND key IN ({})",
            raw::placeholders(2, charges.len())
        );
        let keys = charges.iter().map(|charge| charge.key.as_str().into());
        let values = std::iter::once(Value::from(workspace.as_uuid())).chain(keys);
        let rows = raw::all(self.store.reader(), &sql, values)
            .await
            .map_err(fault(PLACE))?;
        let mut counters = HashMap::new();
        for row in rows {
            let key: String = row.try_get("", "key").map_err(fault(PLACE))?;
            counters.insert(key, counter(&row).map_err(fault(PLACE))?);
        }
        for charge in charges {
            let counter = counters.entry(charge.key.as_str().to_owned()).or_default();
            match step(*counter, charge.rule, now) {
                Step::Counted(next) => *counter = next,
                Step::Exceeded { retry_at } => {
                    return Ok(Admission::Exceeded {
                        reason: charge.reason,
                        retry_at,
                    });
                }
            }
        }
        Ok(Admission::Admitted)
    }

    async fn refund(&self, workspace: WorkspaceId, charges: Vec<Charge>) -> PortResult<()> {
        const PLACE: &str = "throttle.refund";
        for _ in 1..TRIES {
            match self.refund_once(workspace, &charges).await {
                Err(error) if error.may_try_again() => {}
                done => return done.map_err(|error| error.at(PLACE)),
            }
        }
        let last = self.refund_once(workspace, &charges).await;
        last.map_err(|error| error.at(PLACE))
    }

    async fn clear(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>) -> PortResult<()> {
        const PLACE: &str = "throttle.clear";
        let tx = self.store.write_tx().await.map_err(fault(PLACE))?;
        clear_in(&tx, workspace, &keys).await.map_err(fault(PLACE))?;
        tx.commit().await.map_err(fault(PLACE))
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        raw::sweep(
            &self.store,
            ("throttle_counters", "workspace_id, key"),
            "window_ends_at <= $1 AND blocked_until <= $1 AND (in_a_row = 0 OR window_ends_at <= $2)",
            &[now.as_micros().into(), now.minus(IN_A_ROW_KEPT).as_micros().into()],
        )
        .await
        .map_err(fault("throttle.sweep"))
    }
}

/// As [`doorward_domain::throttle::refund`]; `$3` is how many a backoff has free.
const REFUND: &str = "UPDATE throttle_counters SET \
     count = CASE WHEN count > 0 THEN count - 1 ELSE 0 END, \
     in_a_row = CASE WHEN in_a_row > 0 THEN in_a_row - 1 ELSE 0 END, \
     blocked_until = CASE WHEN (CASE WHEN count > 0 THEN count - 1 ELSE 0 END) >= $3 THEN blocked_until ELSE 0 END \
     WHERE workspace_id = $1 AND key = $2";

/// `$1` workspace, `$2` key, `$3` to `$6` the row that a first charge makes, `$7` now.
const MOVE: &str = "INSERT INTO throttle_counters AS t \
     (workspace_id, key, count, in_a_row, window_ends_at, blocked_until) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (workspace_id, key) DO UPDATE SET \
     count = CASE WHEN t.window_ends_at <= $7 THEN 1 ELSE t.count + 1 END, ";

/// `$8` the most in a window, `$9` the end of a window that begins now.
const WINDOW: &str = "window_ends_at = CASE WHEN t.window_ends_at <= $7 THEN $9 ELSE t.window_ends_at END \
     WHERE t.window_ends_at <= $7 OR t.count < $8 RETURNING count";

/// `$8` the end of the window, `$9` and `$10` the ends of the first and of a later wait.
const SPACING: &str = "window_ends_at = $8, \
     blocked_until = CASE WHEN t.window_ends_at <= $7 OR t.count = 0 THEN $9 ELSE $10 END \
     WHERE t.blocked_until <= $7 RETURNING count";

/// `$8` how many are free, `$9` the window in microseconds, `$10` the most in a row, `$11` the first wait in microseconds,
/// `$12` after how many doublings the longest is reached, `$13` the longest in microseconds.
fn backoff(postgres: bool) -> String {
    let count = "(CASE WHEN t.window_ends_at <= $7 THEN 1 ELSE t.count + 1 END)";
    // PostgreSQL shifts a bigint by an integer only.
    let times = if postgres {
        format!("CAST({count} - $8 AS INTEGER)")
    } else {
        format!("({count} - $8)")
    };
    let wait = format!("CASE WHEN {count} < $8 THEN 0 WHEN {count} - $8 >= $12 THEN $13 ELSE $11 << {times} END");
    format!(
        "in_a_row = t.in_a_row + 1, \
         blocked_until = CASE WHEN {count} < $8 THEN t.blocked_until ELSE $7 + {wait} END, \
         window_ends_at = CASE WHEN t.window_ends_at > $7 AND t.count + 1 < $8 THEN t.window_ends_at \
         ELSE $7 + {wait} + $9 END \
         WHERE t.in_a_row < $10 AND t.blocked_until <= $7 RETURNING count"
    )
}

/// Only a backoff looks at how many came in a row. Elsewhere the number is not kept, so that a sweep can tell the rows that
/// matter for a year from those that are over with their window.
fn counted_in_a_row(rule: LimitRule, counter: Counter) -> i64 {
    match rule {
        LimitRule::Backoff { .. } => i64::from(counter.in_a_row),
        LimitRule::Window { .. } | LimitRule::Spacing { .. } => 0,
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// After how many doublings of `first` the wait stays the same, and what it is then.
fn plateau(first: Duration, longest: Duration) -> (i64, Duration) {
    let top = first.checked_mul(1 << 31).map_or(longest, |wait| wait.min(longest));
    let mut times = 0;
    let mut wait = first;
    while wait < top {
        wait = wait.saturating_mul(2);
        times += 1;
    }
    (times, top)
}

async fn move_counter(
    tx: &WriteTx,
    workspace: WorkspaceId,
    charge: &Charge,
    now: Timestamp,
) -> Result<Step, ThrottleError> {
    let first = match step(Counter::default(), charge.rule, now) {
        Step::Counted(first) => first,
        // What admits nothing from the start admits nothing later.
        exceeded @ Step::Exceeded { .. } => return Ok(exceeded),
    };
    let mut values: Vec<Value> = vec![
        workspace.as_uuid().into(),
        charge.key.as_str().into(),
        i64::from(first.count).into(),
        counted_in_a_row(charge.rule, first).into(),
        first.window_ends_at.as_micros().into(),
        first.blocked_until.as_micros().into(),
        now.as_micros().into(),
    ];
    let tail = match charge.rule {
        LimitRule::Window { max, window } => {
            values.extend([i64::from(max).into(), now.plus(window).as_micros().into()]);
            WINDOW.to_owned()
        }
        LimitRule::Spacing { first, next, window } => {
            values.extend([
                now.plus(window).as_micros().into(),
                now.plus(first).as_micros().into(),
                now.plus(next).as_micros().into(),
            ]);
            SPACING.to_owned()
        }
        LimitRule::Backoff {
            free,
            window,
            first,
            longest,
            in_a_row,
        } => {
            let (doublings, longest) = plateau(first, longest);
            values.extend([
                i64::from(free).into(),
                micros(window).into(),
                i64::from(in_a_row).into(),
                micros(first).into(),
                doublings.into(),
                micros(longest).into(),
            ]);
            backoff(tx.get_database_backend() == sea_orm::DbBackend::Postgres)
        }
    };
    if raw::one(tx, &format!("{MOVE}{tail}"), values).await?.is_some() {
        return Ok(Step::Counted(first));
    }
    // The statement has locked the row, so it is still what refused.
    let row = raw::one(
        tx,
        "SELECT count, in_a_row, window_ends_at, blocked_until FROM throttle_counters WHERE workspace_id = $1 AND key = $2",
        [workspace.as_uuid().into(), charge.key.as_str().into()],
    )
    .await?
    .ok_or(ThrottleError::Contradiction)?;
    match step(counter(&row)?, charge.rule, now) {
        exceeded @ Step::Exceeded { .. } => Ok(exceeded),
        Step::Counted(_) => Err(ThrottleError::Contradiction),
    }
}

pub(crate) fn counter(row: &QueryResult) -> Result<Counter, DbErr> {
    let number = |column: &str| -> Result<u32, DbErr> {
        let number: i64 = row.try_get("", column)?;
        u32::try_from(number).map_err(|_range| DbErr::Type(format!("{column} is out of range")))
    };
    let instant = |column: &str| -> Result<Timestamp, DbErr> { row.try_get("", column).map(Timestamp::from_micros) };
    Ok(Counter {
        count: number("count")?,
        in_a_row: number("in_a_row")?,
        window_ends_at: instant("window_ends_at")?,
        blocked_until: instant("blocked_until")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_the_same_from_the_plateau_on() {
        let seconds = Duration::from_secs;
        assert_eq!(plateau(seconds(30), seconds(3_600)), (7, seconds(3_600)));
        assert_eq!(plateau(seconds(30), seconds(30)), (0, seconds(30)));
        assert_eq!(plateau(seconds(60), seconds(30)), (0, seconds(30)));
        assert_eq!(plateau(Duration::ZERO, seconds(30)), (0, Duration::ZERO));
        assert_eq!(plateau(Duration::from_micros(1), Duration::MAX).0, 31);
    }
}
