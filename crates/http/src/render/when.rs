//! Instants as the clock on the reader's wall shows them.

use doorward_domain::time::Timestamp;
use doorward_domain::time_zone::{TimeZone, rfc3339};
use doorward_domain::words::Words;
use serde::Serialize;

/// An instant, for machines and for people: `<time datetime="{{ when.iso }}">{{ t(when.words) }}</time>`.
#[derive(Debug, Clone, Serialize)]
pub struct When {
    /// In UTC by RFC 3339.
    pub iso: String,
    /// Day, month, year, time and zone in words.
    pub words: Words,
}

impl When {
    /// That instant in that time zone.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let clock = zone.wall_clock(at);
        Self {
            iso: rfc3339(at),
            words: Words::key("date-and-time")
                .with("day", i64::from(clock.day))
                .with("month", i64::from(clock.month))
                .with("year", clock.year.to_string())
                .with("time", format!("{:02}:{:02}", clock.hour, clock.minute))
                .with("zone", zone.label(at)),
        }
    }
}
