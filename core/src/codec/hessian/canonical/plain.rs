//! Handles and value classes as what they stand for.

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::jdk::{
    BigDecimal, BigInteger, Instant, JavaClass, JavaDuration, LocalDate, LocalDateTime, LocalTime, Locale,
    MonthDay, OffsetDateTime, OffsetTime, Period, Uuid, Year, YearMonth, ZoneId, ZoneOffset, ZonedDateTime,
};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::FromHessianOwned;
use crate::codec::hessian::value::Value;
use crate::codec::hessian::writer::Writer;

/// What an object of a well-known class stands for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Plain {
    /// A scalar in a shell: `AtomicLong`, `java.sql.Timestamp`, the handles of boxed numbers.
    Scalar(Value),
    /// `java.math.BigDecimal`
    BigDecimal(BigDecimal),
    /// `java.math.BigInteger`
    BigInteger(BigInteger),
    /// `java.util.UUID`
    Uuid(Uuid),
    /// `java.util.Locale`
    Locale(Locale),
    /// `java.lang.Class`
    Class(JavaClass),
    /// `java.time.LocalDate`
    LocalDate(LocalDate),
    /// `java.time.LocalTime`
    LocalTime(LocalTime),
    /// `java.time.LocalDateTime`
    LocalDateTime(LocalDateTime),
    /// `java.time.Instant`
    Instant(Instant),
    /// `java.time.Duration`
    Duration(JavaDuration),
    /// `java.time.Period`
    Period(Period),
    /// `java.time.Year`
    Year(Year),
    /// `java.time.YearMonth`
    YearMonth(YearMonth),
    /// `java.time.MonthDay`
    MonthDay(MonthDay),
    /// `java.time.ZoneOffset`
    ZoneOffset(ZoneOffset),
    /// `java.time.ZoneId`
    ZoneId(ZoneId),
    /// `java.time.OffsetDateTime`
    OffsetDateTime(OffsetDateTime),
    /// `java.time.OffsetTime`
    OffsetTime(OffsetTime),
    /// `java.time.ZonedDateTime`
    ZonedDateTime(ZonedDateTime),
}

impl Value {
    /// Converts the value to a Rust type, as reading its bytes would.
    ///
    /// # Errors
    /// When the type does not take such a value.
    pub fn convert<T: FromHessianOwned>(&self) -> Result<T, DecodeError> {
        let mut writer = Writer::new();
        let encoded = writer.value(self).and_then(|()| writer.finish());
        let bytes = encoded
            .map_err(|error| DecodeError::new(DecodeErrorKind::Custom(error.to_string().into()), 0))?;
        Reader::new(&bytes).read()
    }

    /// What an object of a well-known class stands for; `None` for every other value.
    ///
    /// # Errors
    /// When the object lacks the fields of its class, or they are out of range.
    pub fn plain(&self) -> Result<Option<Plain>, DecodeError> {
        let Some(object) = self.as_object() else { return Ok(None) };
        let class = object.class().name();
        let handle = class
            .strip_prefix("com.alibaba.com.caucho.hessian.io.")
            .or_else(|| class.strip_prefix("com.caucho.hessian.io."));
        Ok(Some(match handle.unwrap_or(class) {
            "java.math.BigDecimal" => Plain::BigDecimal(self.convert()?),
            "java.math.BigInteger" => Plain::BigInteger(self.convert()?),
            "java.util.UUID" => Plain::Uuid(self.convert()?),
            "java.lang.Class" => Plain::Class(self.convert()?),
            "LocaleHandle" => Plain::Locale(self.convert()?),
            "java8.LocalDateHandle" | "java.time.LocalDate" => Plain::LocalDate(self.convert()?),
            "java8.LocalTimeHandle" | "java.time.LocalTime" => Plain::LocalTime(self.convert()?),
            "java8.LocalDateTimeHandle" | "java.time.LocalDateTime" => Plain::LocalDateTime(self.convert()?),
            "java8.InstantHandle" => Plain::Instant(self.convert()?),
            "java8.DurationHandle" => Plain::Duration(self.convert()?),
            "java8.PeriodHandle" => Plain::Period(self.convert()?),
            "java8.YearHandle" => Plain::Year(self.convert()?),
            "java8.YearMonthHandle" => Plain::YearMonth(self.convert()?),
            "java8.MonthDayHandle" => Plain::MonthDay(self.convert()?),
            "java8.ZoneOffsetHandle" => Plain::ZoneOffset(self.convert()?),
            "java8.ZoneIdHandle" => Plain::ZoneId(self.convert()?),
            "java8.OffsetDateTimeHandle" => Plain::OffsetDateTime(self.convert()?),
            "java8.OffsetTimeHandle" => Plain::OffsetTime(self.convert()?),
            "java8.ZonedDateTimeHandle" => Plain::ZonedDateTime(self.convert()?),
            _ => return Ok(self.shell_content(class).map(Plain::Scalar)),
        }))
    }

    /// The content of an object that is only a shell around one value.
    fn shell_content(&self, class: &str) -> Option<Self> {
        let simple = class.rsplit(['.', '$']).next()?;
        match class.strip_suffix(simple)? {
            "com.alibaba.com.caucho.hessian.io." | "com.caucho.hessian.io." => match simple {
                "ByteHandle" | "ShortHandle" | "FloatHandle" => self.get("_value").cloned(),
                _ => None,
            },
            "java.util.concurrent.atomic." => match simple {
                // The JDK keeps an int.
                "AtomicBoolean" => self.get("value")?.as_long().map(|value| Self::Bool(value != 0)),
                "AtomicInteger" | "AtomicLong" | "AtomicReference" => self.get("value").cloned(),
                _ => None,
            },
            "java.util.concurrent.atomic.LongAdder$" => self.get("value").cloned(),
            "java.sql." if matches!(simple, "Date" | "Time" | "Timestamp") => self.get("value").cloned(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_both_packages_become_what_they_stand_for() {
        for package in ["com.alibaba.com.caucho.hessian.io.", "com.caucho.hessian.io."] {
            let date = Value::object(
                &format!("{package}java8.LocalDateHandle"),
                [("day", 29), ("month", 2), ("year", 2024)],
            );
            let want = LocalDate { year: 2024, month: 2, day: 29 };
            assert_eq!(date.unwrap().plain().unwrap(), Some(Plain::LocalDate(want)));
            let byte = Value::object(&format!("{package}ByteHandle"), [("_value", 5)]).unwrap();
            assert_eq!(byte.plain().unwrap(), Some(Plain::Scalar(Value::Int(5))));
        }
    }

    #[test]
    fn shells_give_their_content() {
        for (class, value, want) in [
            ("java.util.concurrent.atomic.AtomicBoolean", Value::Int(1), Value::Bool(true)),
            ("java.util.concurrent.atomic.AtomicLong", Value::Long(5), Value::Long(5)),
            ("java.util.concurrent.atomic.LongAdder$SerializationProxy", Value::Long(5), Value::Long(5)),
            ("java.sql.Timestamp", Value::Date(1001), Value::Date(1001)),
        ] {
            let shell = Value::object(class, [("value", value)]).unwrap();
            assert_eq!(shell.plain().unwrap(), Some(Plain::Scalar(want)), "{class}");
        }
    }

    #[test]
    fn other_objects_are_left_alone_and_broken_ones_are_errors() {
        assert_eq!(Value::object("demo.Date", [("value", 1)]).unwrap().plain().unwrap(), None);
        assert_eq!(Value::Int(1).plain().unwrap(), None);
        let broken = Value::object("java.math.BigDecimal", [("value", "NaN")]).unwrap();
        assert!(broken.plain().is_err());
    }
}
