//! Rust types for classes of the JDK, written and read in the forms that Java's writers use.
//!
//! Most of these classes are replaced on the wire by a handle; the handle's class and fields are given
//! with each type. Values are carried as Java holds them and are not checked against a calendar.

mod misc;
mod number;
mod sql;
mod time;
mod uuid;

pub use self::misc::{JavaClass, Locale};
pub use self::number::{BigDecimal, BigInteger, ParseNumberError};
pub use self::sql::{SqlDate, SqlTime, SqlTimestamp};
pub use self::time::{
    Instant, JavaDuration, LocalDate, LocalDateTime, LocalTime, MonthDay, OffsetDateTime, OffsetTime, Period,
    Year, YearMonth, ZoneId, ZoneOffset, ZonedDateTime,
};
pub use self::uuid::Uuid;

#[cfg(test)]
mod tests;
