use std::fmt::Debug;

use super::*;
use crate::codec::hessian::{FromHessian, Reader, ToHessian, Value, Writer};

fn write(value: &impl ToHessian) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.value(value).unwrap();
    writer.finish().unwrap().to_vec()
}

#[track_caller]
fn round_trip<T: ToHessian + for<'a> FromHessian<'a> + PartialEq + Debug>(value: T, want: &str) {
    let bytes = write(&value);
    let read: Value = Reader::new(&bytes).read().unwrap();
    let text = format!("{read:?}").replace("com.alibaba.com.caucho.hessian.io.", "");
    assert_eq!(text, want);
    assert_eq!(Reader::new(&bytes).read::<T>().unwrap(), value);
}

#[test]
fn times_are_handles() {
    let date = LocalDate { year: 2024, month: 2, day: 29 };
    let time = LocalTime { hour: 1, minute: 2, second: 3, nano: 4 };
    let date_time = LocalDateTime { date, time };
    let offset = ZoneOffset { seconds: 28800 };
    round_trip(date, "java8.LocalDateHandle(day: 29, month: 2, year: 2024)");
    round_trip(time, "java8.LocalTimeHandle(nano: 4, second: 3, minute: 2, hour: 1)");
    round_trip(Instant { seconds: 1, nanos: 2 }, "java8.InstantHandle(nanos: 2, seconds: 1L)");
    round_trip(JavaDuration { seconds: -1, nanos: 2 }, "java8.DurationHandle(nanos: 2, seconds: -1L)");
    round_trip(Period { years: 1, months: 2, days: 3 }, "java8.PeriodHandle(days: 3, months: 2, years: 1)");
    round_trip(Year { year: 2024 }, "java8.YearHandle(year: 2024)");
    round_trip(YearMonth { year: 2024, month: 2 }, "java8.YearMonthHandle(month: 2, year: 2024)");
    round_trip(MonthDay { month: 2, day: 29 }, "java8.MonthDayHandle(day: 29, month: 2)");
    round_trip(ZoneId { zone_id: "Asia/Shanghai".into() }, "java8.ZoneIdHandle(zoneId: \"Asia/Shanghai\")");
    round_trip(
        OffsetTime { zone_offset: offset, local_time: time },
        "java8.OffsetTimeHandle(zoneOffset: java8.ZoneOffsetHandle(seconds: 28800), localTime: \
         java8.LocalTimeHandle(nano: 4, second: 3, minute: 2, hour: 1))",
    );
    let nested = "java8.LocalDateTimeHandle(time: java8.LocalTimeHandle(nano: 4, second: 3, minute: 2, hour: 1), \
                  date: java8.LocalDateHandle(day: 29, month: 2, year: 2024))";
    round_trip(date_time, nested);
    round_trip(
        OffsetDateTime { offset, date_time },
        &format!(
            "java8.OffsetDateTimeHandle(offset: java8.ZoneOffsetHandle(seconds: 28800), dateTime: {nested})"
        ),
    );
    round_trip(
        ZonedDateTime { offset, date_time, zone_id: "Asia/Shanghai".into() },
        &format!(
            "java8.ZonedDateTimeHandle(offset: java8.ZoneOffsetHandle(seconds: 28800), dateTime: {nested}, \
             zoneId: \"Asia/Shanghai\")"
        ),
    );
}

#[test]
fn compact_dates_of_newer_writers_are_read() {
    let date = b"\x43\x13java.time.LocalDate\x90\x60\x3c\x4d\x46";
    let want = LocalDate { year: 2024, month: 2, day: 29 };
    assert_eq!(Reader::new(date).read::<LocalDate>().unwrap(), want);
    let date_time =
        b"\x43\x17java.time.LocalDateTime\x92\x04date\x04time\x60\x3c\x4d\x46\x4c\0\0\0\x14\xf4\x6b\x04\0";
    let read = Reader::new(date_time).read::<LocalDateTime>().unwrap();
    assert_eq!((read.date, read.time), (want, LocalTime { hour: 0, minute: 1, second: 30, nano: 0 }));
}

#[test]
fn epoch_days_follow_the_gregorian_calendar() {
    for (day, (year, month, day_of_month)) in [
        (0, (1970, 1, 1)),
        (-1, (1969, 12, 31)),
        (19_782, (2024, 2, 29)),
        (11_016, (2000, 2, 29)),
        (-719_528, (0, 1, 1)),
        (-719_529, (-1, 12, 31)),
        (365_241_780_471, (999_999_999, 12, 31)),
    ] {
        let want = LocalDate { year, month, day: day_of_month };
        assert_eq!(LocalDate::from_epoch_day(day), Some(want), "{day}");
    }
    assert_eq!(LocalDate::from_epoch_day(i64::MAX), None);
    assert_eq!(LocalTime::from_nano_of_day(86_400_000_000_000), None);
}

#[test]
fn numbers_keep_every_digit() {
    round_trip("12.340".parse::<BigDecimal>().unwrap(), "java.math.BigDecimal(value: \"12.340\")");
    round_trip(BigInteger::from(-1), "java.math.BigInteger(signum: -1, mag: [int[1])");
    round_trip(BigInteger::from(0), "java.math.BigInteger(signum: 0, mag: [int[])");
    round_trip(BigInteger::from(1 << 64), "java.math.BigInteger(signum: 1, mag: [int[1, 0, 0])");
    for text in ["0", "-1", "18446744073709551616", "-170141183460469231731687303715884105728"] {
        let number: BigInteger = text.parse().unwrap();
        assert_eq!(number.to_string(), text);
        assert_eq!(number.to_i128(), text.parse().ok());
    }
    let long = "9".repeat(100);
    assert_eq!(long.parse::<BigInteger>().unwrap().to_string(), long);
    assert_eq!(long.parse::<BigInteger>().unwrap().to_i128(), None);
}

#[test]
fn big_integers_of_java_carry_caches_that_are_ignored() {
    let class = b"\x43\x14java.math.BigInteger\x94\x06signum\x0dbitCountPlus1\x03mag\x06lowest";
    let bytes = [&class[..], b"\x60\x8f\x90\x72\x04[int\x90\x95\x4e"].concat();
    assert_eq!(Reader::new(&bytes).read::<BigInteger>().unwrap(), BigInteger::from(-5));
}

#[test]
fn decimals_are_what_java_parses() {
    for good in ["0", "-1.50", "1E+3", ".5", "5.", "+7e-2"] {
        assert!(good.parse::<BigDecimal>().is_ok(), "{good}");
    }
    for bad in ["", ".", "1.2.3", "NaN", "1e", "e5", "1 ", "--1"] {
        assert!(bad.parse::<BigDecimal>().is_err(), "{bad}");
    }
}

#[test]
fn uuids_are_text_and_older_ones_two_halves() {
    let uuid = Uuid(1 << 64 | 2);
    round_trip(uuid, "java.util.UUID(value: \"00000000-0000-0001-0000-000000000002\")");
    let old = b"\x43\x0ejava.util.UUID\x92\x0cleastSigBits\x0bmostSigBits\x60\xe2\xe1";
    assert_eq!(Reader::new(old).read::<Uuid>().unwrap(), uuid);
    assert_eq!("1-2-3-4-5".parse::<Uuid>().unwrap().to_string(), "00000001-0002-0003-0004-000000000005");
    assert!("00000000-0000-0001-0000-00000000000+".parse::<Uuid>().is_err());
}

#[test]
fn sql_dates_are_objects_or_plain_dates() {
    round_trip(SqlTimestamp(1001), "java.sql.Timestamp(value: Date(1001))");
    round_trip(SqlDate(0), "java.sql.Date(value: Date(0))");
    assert_eq!(Reader::new(b"\x4b\0\0\0\x01").read::<SqlTime>().unwrap(), SqlTime(60_000));
}

#[test]
fn locales_and_classes_are_named() {
    round_trip(Locale { value: "zh_CN".into() }, "LocaleHandle(value: \"zh_CN\")");
    round_trip(JavaClass { name: "int".into() }, "java.lang.Class(name: \"int\")");
}
