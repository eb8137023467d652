//! Time and randomness of the real world: the only place that reads either.

use doorward_domain::ports::{Clock, Entropy};
use doorward_domain::time::Timestamp;
use rand::TryRng as _;
use rand::rngs::SysRng;

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the Clock port's one reading of the system clock"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if SysRng.try_fill_bytes(buffer).is_err() {
            // A generator that fails must stop the process rather than give weak secrets (R115).
            tracing::error!("the operating system's random generator failed");
            std::process::abort();
        }
    }
}
