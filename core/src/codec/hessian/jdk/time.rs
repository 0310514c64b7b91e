//! `java.time`: handles whose fields stand in the order of the structs here.

use polydubbo_derive::Hessian;

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::codec::hessian::object::{ObjectPlan, begin_required_object};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::source::{FromHessian, ToHessian};
use crate::codec::hessian::tag::Kind;
use crate::codec::hessian::writer::Writer;

/// A `java.time.LocalDate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDate {
    /// Proleptic year.
    pub year: i32,
    /// Month, from 1.
    pub month: i32,
    /// Day of the month, from 1.
    pub day: i32,
}

/// A `java.time.LocalTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTime {
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 59.
    pub second: i32,
    /// 0 to 999 999 999.
    pub nano: i32,
}

/// A `java.time.LocalDateTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.LocalDateTimeHandle")]
pub struct LocalDateTime {
    /// Time of the day.
    pub time: LocalTime,
    /// The day.
    pub date: LocalDate,
}

/// A `java.time.Instant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.InstantHandle")]
pub struct Instant {
    /// Nanoseconds after the second, 0 to 999 999 999.
    pub nanos: i32,
    /// Seconds since 1970-01-01T00:00Z.
    pub seconds: i64,
}

/// A `java.time.Duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.DurationHandle")]
pub struct JavaDuration {
    /// Nanoseconds to add to the seconds, 0 to 999 999 999 also for negative durations.
    pub nanos: i32,
    /// Whole seconds, rounded down.
    pub seconds: i64,
}

/// A `java.time.Period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.PeriodHandle")]
pub struct Period {
    /// Days.
    pub days: i32,
    /// Months.
    pub months: i32,
    /// Years.
    pub years: i32,
}

/// A `java.time.Year`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.YearHandle")]
pub struct Year {
    /// Proleptic year.
    pub year: i32,
}

/// A `java.time.YearMonth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.YearMonthHandle")]
pub struct YearMonth {
    /// Month, from 1.
    pub month: i32,
    /// Proleptic year.
    pub year: i32,
}

/// A `java.time.MonthDay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.MonthDayHandle")]
pub struct MonthDay {
    /// Day of the month, from 1.
    pub day: i32,
    /// Month, from 1.
    pub month: i32,
}

/// A `java.time.ZoneOffset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.ZoneOffsetHandle")]
pub struct ZoneOffset {
    /// Seconds east of Greenwich.
    pub seconds: i32,
}

/// A `java.time.ZoneId` of a region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.ZoneIdHandle", rename_all = "camelCase")]
pub struct ZoneId {
    /// Name of the region, for example `Asia/Shanghai`.
    pub zone_id: String,
}

/// A `java.time.OffsetDateTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.OffsetDateTimeHandle", rename_all = "camelCase")]
pub struct OffsetDateTime {
    /// Offset from UTC.
    pub offset: ZoneOffset,
    /// Local date and time.
    pub date_time: LocalDateTime,
}

/// A `java.time.OffsetTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.OffsetTimeHandle", rename_all = "camelCase")]
pub struct OffsetTime {
    /// Offset from UTC.
    pub zone_offset: ZoneOffset,
    /// Local time.
    pub local_time: LocalTime,
}

/// A `java.time.ZonedDateTime`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.java8.ZonedDateTimeHandle", rename_all = "camelCase")]
pub struct ZonedDateTime {
    /// Offset from UTC at that time.
    pub offset: ZoneOffset,
    /// Local date and time.
    pub date_time: LocalDateTime,
    /// Name of the region.
    pub zone_id: String,
}

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

impl LocalDate {
    /// The day that is so many days after 1970-01-01; `None` when its year is no i32.
    #[must_use]
    pub fn from_epoch_day(epoch_day: i64) -> Option<Self> {
        // Years begin in March here, so that the leap day is the last of its year.
        let from_march_of_0 = epoch_day.checked_add(719_468)?;
        let era = from_march_of_0.div_euclid(146_097);
        let day_of_era = from_march_of_0.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era.checked_mul(400)?.checked_add(year_of_era + i64::from(month <= 2))?;
        Some(Self { year: i32::try_from(year).ok()?, month: month as i32, day: day as i32 })
    }
}

impl LocalTime {
    /// The time so many nanoseconds after midnight; `None` from 24:00 on.
    #[must_use]
    pub fn from_nano_of_day(nano_of_day: i64) -> Option<Self> {
        if !(0..NANOS_PER_DAY).contains(&nano_of_day) {
            return None;
        }
        let second_of_day = (nano_of_day / NANOS_PER_SECOND) as i32;
        Some(Self {
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            nano: (nano_of_day % NANOS_PER_SECOND) as i32,
        })
    }
}

static DATE: ObjectPlan =
    ObjectPlan::new("com.alibaba.com.caucho.hessian.io.java8.LocalDateHandle", &["day", "month", "year"]);
static TIME: ObjectPlan = ObjectPlan::new(
    "com.alibaba.com.caucho.hessian.io.java8.LocalTimeHandle",
    &["nano", "second", "minute", "hour"],
);
/// What readers look for: hessian-lite 4.0.4 can be told to send one long instead of the fields.
static READ_DATE: ObjectPlan = ObjectPlan::new("java.time.LocalDate", &["day", "month", "year", "epochDay"]);
static READ_TIME: ObjectPlan =
    ObjectPlan::new("java.time.LocalTime", &["nano", "second", "minute", "hour", "nanoOfDay"]);

impl ToHessian for LocalDate {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        DATE.begin(w)?;
        [self.day, self.month, self.year].iter().for_each(|value| w.int(*value));
        Ok(())
    }
}

impl ToHessian for LocalTime {
    fn write_hessian(&self, w: &mut Writer) -> Result<(), EncodeError> {
        TIME.begin(w)?;
        [self.nano, self.second, self.minute, self.hour].iter().for_each(|value| w.int(*value));
        Ok(())
    }
}

impl<'de> FromHessian<'de> for LocalDate {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        read_fields(r, &READ_DATE, Self::from_epoch_day, |[day, month, year]| Self { year, month, day })
    }
}

impl<'de> FromHessian<'de> for LocalTime {
    fn read_hessian(r: &mut Reader<'de>) -> Result<Self, DecodeError> {
        let from_fields = |[nano, second, minute, hour]: [i32; 4]| Self { hour, minute, second, nano };
        read_fields(r, &READ_TIME, Self::from_nano_of_day, from_fields)
    }
}

/// Reads `N` int fields, or the one long of the compact form, which is the field behind them.
fn read_fields<T, const N: usize>(
    r: &mut Reader<'_>,
    plan: &'static ObjectPlan,
    from_long: fn(i64) -> Option<T>,
    from_fields: impl FnOnce([i32; N]) -> T,
) -> Result<T, DecodeError> {
    let at = r.position();
    let from_long = |long| {
        from_long(long).ok_or_else(|| DecodeError::new(DecodeErrorKind::Overflow("java.time value"), at))
    };
    if matches!(r.peek()?, Kind::Long | Kind::Int) {
        return from_long(r.read_long()?);
    }
    let container = begin_required_object(r)?;
    let mut cursor = plan.cursor(r, container)?;
    let mut fields = [None; N];
    let mut compact = None;
    while let Some(index) = cursor.next_field(r)? {
        match fields.get_mut(index) {
            Some(field) => *field = Some(r.read_int()?),
            None => compact = Some(r.read_long()?),
        }
    }
    if let Some(long) = compact {
        return from_long(long);
    }
    let mut values = [0; N];
    for (value, field) in values.iter_mut().zip(fields) {
        *value = field.ok_or_else(|| r.fault(DecodeErrorKind::MissingField("of a java.time handle")))?;
    }
    Ok(from_fields(values))
}
