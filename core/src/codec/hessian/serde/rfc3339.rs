//! Dates as text.

use crate::codec::hessian::jdk::{LocalDate, LocalTime};

const MS_PER_DAY: i64 = 86_400_000;

/// Milliseconds since the epoch as `2024-02-29T01:02:03.004Z`; `None` beyond the years of `java.time`.
pub(super) fn format(ms: i64) -> Option<String> {
    let date = LocalDate::from_epoch_day(ms.div_euclid(MS_PER_DAY))?;
    let time = LocalTime::from_nano_of_day(ms.rem_euclid(MS_PER_DAY) * 1_000_000)?;
    // Years of more than four digits and before year 0 carry their sign, as in ISO 8601.
    let year = match date.year {
        year @ 0..=9999 => format!("{year:04}"),
        year => format!("{year:+05}"),
    };
    let (hour, minute, second, milli) = (time.hour, time.minute, time.second, time.nano / 1_000_000);
    let (month, day) = (date.month, date.day);
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_utc() {
        for (ms, want) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (894_621_091_000, "1998-05-08T09:51:31.000Z"),
            (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(format(ms).as_deref(), Some(want));
        }
        assert!(format(i64::MIN).is_some());
    }
}
