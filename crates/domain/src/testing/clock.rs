//! A clock that a test moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::ports::Clock;
use crate::time::Timestamp;

/// A clock that stands still until it is told to move. Clones share one hand.
///
/// ```
/// use std::time::Duration;
///
/// use doorward_domain::ports::Clock as _;
/// use doorward_domain::testing::FixedClock;
///
/// let clock = FixedClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(601));
/// assert_eq!(clock.now().since(before), Duration::from_secs(601));
/// ```
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// Where [`FixedClock::default`] stands: 2030-01-01T00:00:00Z.
    pub const START: Timestamp = Timestamp::from_unix_seconds(1_893_456_000);

    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_micros())))
    }

    /// Moves the hand forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Puts the hand anywhere, backwards too.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
