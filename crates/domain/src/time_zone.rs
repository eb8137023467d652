//! Time zones that people choose (A4), and what the clock on their wall says.

use jiff::tz::TimeZone as Zone;

use crate::time::Timestamp;

/// An IANA time zone, from the database that is built in.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeZone(Zone);

/// An instant as a wall clock shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    /// Year.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute.
    pub minute: i8,
    /// Second.
    pub second: i8,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

impl TimeZone {
    /// UTC.
    pub const UTC: Self = Self(Zone::UTC);

    /// The zone of that IANA name, such as `Europe/Berlin`; `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Zone::get(name).ok().map(Self)
    }

    /// The zone of that name, or UTC.
    pub fn or_utc(name: Option<&str>) -> Self {
        name.and_then(Self::parse).unwrap_or(Self::UTC)
    }

    /// All names that people may choose from, in order.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = jiff::tz::db()
            .available()
            .map(|name| name.as_str().to_owned())
            .collect();
        names.retain(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/")));
        names.sort();
        names
    }

    /// What the clock on the wall says at that instant.
    pub fn wall_clock(&self, at: Timestamp) -> WallClock {
        let instant = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let zoned = instant.to_zoned(self.0.clone());
        WallClock {
            year: zoned.year(),
            month: zoned.month(),
            day: zoned.day(),
            hour: zoned.hour(),
            minute: zoned.minute(),
            second: zoned.second(),
            offset_seconds: zoned.offset().seconds(),
        }
    }

    /// When a day begins there, and when the day after does; `None` if the text is no day of the form `2026-11-22`.
    pub fn day(&self, text: &str) -> Option<(Timestamp, Timestamp)> {
        let day: jiff::civil::Date = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
        let begins = |day: jiff::civil::Date| {
            let midnight = day.to_zoned(self.0.clone()).ok()?;
            Some(Timestamp::from_micros(midnight.timestamp().as_microsecond()))
        };
        Some((begins(day)?, begins(day.tomorrow().ok()?)?))
    }

    /// What the zone is called at that instant, for people: `CET`, or `UTC+05:30` where it has no letters of its own.
    pub fn label(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let zoned = instant.to_zoned(self.0.clone());
        let letters = zoned.strftime("%Z").to_string();
        if letters.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return letters;
        }
        let seconds = zoned.offset().seconds();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs() / 60);
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Reads an instant by RFC 3339, whatever its offset.
pub fn read_rfc3339(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = (text.len() <= 40).then(|| text.parse().ok()).flatten()?;
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

/// An instant in UTC as RFC 3339 with milliseconds, as the API, receipts and logs spell it.
pub fn rfc3339(at: Timestamp) -> String {
    let clock = TimeZone::UTC.wall_clock(at);
    let millis = at.as_micros().rem_euclid(1_000_000) / 1_000;
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_wall_clocks_follow_the_zone_and_its_summer_time() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let winter = Timestamp::from_unix_seconds(1_795_352_400);
        assert_eq!(berlin.wall_clock(winter).offset_seconds, 3_600);
        assert_eq!(berlin.label(winter), "CET");
        let summer = winter.plus(std::time::Duration::from_hours(24 * 200));
        assert_eq!(berlin.label(summer), "CEST");
        assert!(TimeZone::parse("Europe/Nowhere").is_none() && TimeZone::parse("").is_none());
        assert_eq!(TimeZone::parse("Asia/Kathmandu").unwrap().label(winter), "UTC+05:45");
        let names = TimeZone::names();
        assert!(names.len() > 300 && names.contains(&"Asia/Riyadh".to_owned()));
    }

    #[test]
    fn instants_are_spelt_with_milliseconds() {
        assert_eq!(rfc3339(Timestamp::from_micros(1_500_000)), "1970-01-01T00:00:01.500Z");
    }
}
