//! What pages and API tell alike of a refusal: how long to wait. Its status is in [`problem`](crate::problem), its
//! sentence in [`refusals`](crate::render::messages::refusals).

use std::time::Duration;

use doorward_auth::Refused;
use doorward_domain::reason::PublicReason;
use doorward_domain::time::Timestamp;

/// `Retry-After` where no wait helps, only another way in: asking more often than hourly is for nothing.
const NO_USE_SOONER_SECONDS: u64 = 60 * 60;

/// Whole seconds after which to come back, one at least; `None` where waiting has nothing to do with it.
pub(crate) fn wait_of(refused: &Refused, now: Timestamp) -> Option<u64> {
    refused
        .retry_at
        .map(|at| seconds_until(at, now).max(1))
        .or((refused.reason == PublicReason::TryLater).then_some(NO_USE_SOONER_SECONDS))
}

/// Whole seconds until an instant, rounded up, so that whoever waits them is not early; zero if it is past.
pub(crate) fn seconds_until(at: Timestamp, now: Timestamp) -> u64 {
    whole_seconds(at.since(now))
}

/// Whole seconds of a wait, rounded up.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_micros().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use doorward_domain::secret::HelpCode;
    use doorward_domain::testing::SeededEntropy;

    use super::*;

    #[test]
    fn waits_are_rounded_up() {
        let now = Timestamp::from_unix_seconds(100);
        for (micros, seconds) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(
                seconds_until(Timestamp::from_micros(now.as_micros() + micros), now),
                seconds
            );
        }
        assert_eq!(seconds_until(Timestamp::from_unix_seconds(1), now), 0);
    }

    #[test]
    fn a_way_that_is_closed_altogether_is_not_said_to_open_soon() {
        let now = Timestamp::from_unix_seconds(100);
        let refused = |reason, retry_at| Refused {
            reason,
            retry_at,
            help_code: HelpCode::generate(&SeededEntropy::new(1)),
            flow: None,
            tries_left: None,
            return_to: None,
            directory: None,
        };
        let soon = Some(Timestamp::from_unix_seconds(130));
        assert_eq!(wait_of(&refused(PublicReason::TryLater, soon), now), Some(30));
        assert_eq!(wait_of(&refused(PublicReason::TryLater, Some(now)), now), Some(1));
        assert_eq!(wait_of(&refused(PublicReason::TryLater, None), now), Some(3_600));
        assert_eq!(wait_of(&refused(PublicReason::CodeWrong, None), now), None);
    }
}
