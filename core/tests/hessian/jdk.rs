//! The Rust types for JDK classes against the bytes that Java wrote for them.

use std::collections::{BTreeMap, HashSet, VecDeque};

use polydubbo::codec::hessian::jdk::{
    BigDecimal, BigInteger, Instant, JavaClass, JavaDuration, LocalDate, LocalDateTime, LocalTime, Locale,
    MonthDay, OffsetDateTime, OffsetTime, Period, SqlTimestamp, Uuid, Year, YearMonth, ZoneId, ZoneOffset,
    ZonedDateTime,
};
use polydubbo::codec::hessian::{Array, Binary, FromHessianOwned, Reader, ToHessian, Writer};

use crate::vectors::load;

/// Reads the vector as `T` and writes it again: the bytes must be Java's.
fn same<T: FromHessianOwned + ToHessian>(name: &str) {
    let vectors = load();
    let vector = vectors.iter().find(|vector| vector.name == name).unwrap_or_else(|| panic!("no {name}"));
    let value: T = Reader::new(&vector.bytes).read().unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut writer = Writer::new();
    writer.value(&value).unwrap();
    assert_eq!(writer.finish().unwrap(), vector.bytes, "{name}");
}

#[test]
fn value_classes_have_the_bytes_of_java() {
    same::<BigDecimal>("bigdecimal");
    same::<BigInteger>("biginteger_minimal");
    same::<Uuid>("uuid");
    same::<SqlTimestamp>("sql_timestamp");
    same::<JavaClass>("class_int");
    same::<Locale>("locale");
}

#[test]
fn java_time_has_the_bytes_of_java() {
    same::<LocalDate>("local_date");
    same::<LocalTime>("local_time");
    same::<LocalDateTime>("local_date_time");
    same::<Instant>("instant");
    same::<JavaDuration>("duration");
    same::<Period>("period");
    same::<Year>("year");
    same::<YearMonth>("year_month");
    same::<MonthDay>("month_day");
    same::<ZoneOffset>("zone_offset");
    same::<ZoneId>("zone_id");
    same::<OffsetDateTime>("offset_date_time");
    same::<OffsetTime>("offset_time");
    same::<ZonedDateTime>("zoned_date_time");
}

#[test]
fn collections_have_the_bytes_of_java() {
    same::<Array<i32>>("array_int");
    same::<Array<i64>>("array_long");
    same::<Array<i16>>("array_short");
    same::<Array<bool>>("array_boolean");
    same::<Array<f32>>("array_float");
    same::<Array<f64>>("array_double");
    same::<Array<Option<String>>>("array_string");
    same::<Array<Option<i32>>>("array_integer_boxed");
    same::<Array<Array<i32>>>("array_int_2d");
    same::<Array<Binary>>("array_bytes");
    same::<VecDeque<i32>>("linkedlist");
    same::<HashSet<i32>>("hashset");
    same::<BTreeMap<String, i32>>("map_str_int");
    same::<Vec<i32>>("list_8");
}
