//! Time and randomness. Real ones stand in the binary; rules take values, never these.

use crate::time::Timestamp;

/// Tells the time.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The present instant, cut to microseconds.
    fn now(&self) -> Timestamp;
}

/// Draws randomness fit for secrets.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Entropy: Send + Sync {
    /// Fills the buffer from the operating system's generator. MUST stop the process rather than hand out anything
    /// weaker (R115).
    fn fill(&self, buffer: &mut [u8]);
}
