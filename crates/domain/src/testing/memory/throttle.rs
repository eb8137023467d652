use std::time::Duration;

use async_trait::async_trait;

use super::{KeptCounter, MemoryStore, State};
use crate::ids::WorkspaceId;
use crate::ports::{PortResult, Throttle};
use crate::throttle::{Admission, Charge, Counter, LimitRule, Step, ThrottleKey, refund, step};
use crate::time::Timestamp;

const YEAR: Duration = Duration::from_hours(365 * 24);

impl State {
    pub(super) fn refund(&mut self, workspace: WorkspaceId, charges: Vec<Charge>) {
        for charge in charges {
            if let Some(kept) = self.counters.get_mut(&(workspace, charge.key)) {
                kept.counter = refund(kept.counter, charge.rule);
            }
        }
    }

    pub(super) fn clear(&mut self, workspace: WorkspaceId, keys: Vec<ThrottleKey>) {
        for key in keys {
            self.counters.remove(&(workspace, key));
        }
    }
}

#[async_trait]
impl Throttle for MemoryStore {
    async fn consume(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission> {
        let mut state = self.state("throttle.consume")?;
        for charge in charges {
            let kept = state
                .counters
                .entry((workspace, charge.key))
                .or_insert_with(|| KeptCounter {
                    counter: Counter::default(),
                    counts_in_a_row: false,
                });
            match step(kept.counter, charge.rule, now) {
                Step::Counted(counter) => {
                    kept.counter = counter;
                    kept.counts_in_a_row = matches!(charge.rule, LimitRule::Backoff { .. });
                }
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

    async fn peek(&self, workspace: WorkspaceId, charges: Vec<Charge>, now: Timestamp) -> PortResult<Admission> {
        let state = self.state("throttle.peek")?;
        let mut moved: Vec<(ThrottleKey, Counter)> = Vec::new();
        for charge in charges {
            let stored = state
                .counters
                .get(&(workspace, charge.key.clone()))
                .map(|kept| kept.counter);
            let seen = moved.iter().rev().find(|(key, _)| *key == charge.key);
            let counter = seen.map(|(_, counter)| *counter).or(stored).unwrap_or_default();
            match step(counter, charge.rule, now) {
                Step::Counted(counter) => moved.push((charge.key, counter)),
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
        self.state("throttle.refund")?.refund(workspace, charges);
        Ok(())
    }

    async fn clear(&self, workspace: WorkspaceId, keys: Vec<ThrottleKey>) -> PortResult<()> {
        self.state("throttle.clear")?.clear(workspace, keys);
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> PortResult<u64> {
        let mut state = self.state("throttle.sweep")?;
        let before = state.counters.len();
        state.counters.retain(|_, kept| {
            let counter = kept.counter;
            let row_matters = kept.counts_in_a_row && counter.in_a_row > 0;
            counter.window_ends_at > now
                || counter.blocked_until > now
                || (row_matters && counter.window_ends_at.plus(YEAR) > now)
        });
        Ok(u64::try_from(before - state.counters.len()).unwrap_or(u64::MAX))
    }
}
