use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use super::{Array, Binary};
use crate::codec::hessian::{DecodeError, FromHessian, Reader, ToHessian, Writer};

fn write(value: impl ToHessian) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.value(&value).unwrap();
    writer.finish().unwrap().to_vec()
}

fn read<'a, T: FromHessian<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = reader.read()?;
    reader.expect_end()?;
    Ok(value)
}

#[track_caller]
fn round_trip<T: ToHessian + for<'a> FromHessian<'a> + PartialEq + Debug>(value: T, want: &[u8]) {
    let bytes = write(&value);
    assert_eq!(bytes, want, "{value:?}");
    assert_eq!(read::<T>(&bytes).unwrap(), value);
}

#[test]
fn scalars_have_the_java_form() {
    round_trip(true, b"\x54");
    round_trip(-5i8, b"\x8b");
    round_trip(300i16, b"\xc9\x2c");
    round_trip(200u8, b"\xc8\xc8");
    round_trip(1i64, b"\xe1");
    round_trip(3_000_000_000u32, b"\x4c\0\0\0\0\xb2\xd0\x5e\0");
    round_trip(1.1f32, b"\x5f\0\0\x04\x4c");
    round_trip(2.5f64, b"\x5f\0\0\x09\xc4");
    round_trip('中', b"\x01\xe4\xb8\xad");
    round_trip((), b"\x4e");
    assert!(Writer::new().value(&'😀').is_err());
    assert!(Writer::new().value(&u64::MAX).is_err());
}

#[test]
fn containers_have_the_java_form() {
    round_trip(vec![1, 2], b"\x7a\x91\x92");
    round_trip([1i64, 2], b"\x7a\xe1\xe2");
    round_trip(Some("a".to_owned()), b"\x01a");
    round_trip(None::<i32>, b"\x4e");
    round_trip(Box::new(VecDeque::from([1])), b"\x71\x14java.util.LinkedList\x91");
    round_trip(HashSet::from([1]), b"\x71\x11java.util.HashSet\x91");
    round_trip(BTreeSet::from([1, 2]), b"\x72\x11java.util.TreeSet\x91\x92");
    round_trip(HashMap::from([("a".to_owned(), 1)]), b"\x48\x01a\x91\x5a");
    round_trip(BTreeMap::from([(1, true), (2, false)]), b"\x48\x91\x54\x92\x46\x5a");
    round_trip(Array(vec![1i32, 2]), b"\x72\x04[int\x91\x92");
    round_trip(Array(vec![Array(vec![1i32])]), b"\x71\x05[[int\x71\x04[int\x91");
    round_trip(Array(vec![1.1f32]), b"\x71\x06[float\x44\x3f\xf1\x99\x99\xa0\0\0\0");
    round_trip(Array(vec![Some("a".to_owned()), None]), b"\x72\x07[string\x01a\x4e");
    round_trip(Binary(vec![1, 2, 3]), b"\x23\x01\x02\x03");
}

#[test]
fn times_keep_their_millisecond_on_both_sides_of_the_epoch() {
    let epoch = SystemTime::UNIX_EPOCH;
    round_trip(epoch + Duration::from_millis(894_621_091_000), b"\x4a\0\0\0\xd0\x4b\x92\x84\xb8");
    round_trip(epoch - Duration::from_secs(60), b"\x4b\xff\xff\xff\xff");
    assert_eq!(write(epoch - Duration::from_nanos(1)), write(epoch - Duration::from_millis(1)));
}

#[test]
fn readers_convert_as_java_does_but_refuse_to_lose() {
    assert_eq!(read::<i8>(b"\xe5").unwrap(), 5);
    assert_eq!(read::<String>(b"\x5f\0\0\x04\x4c").unwrap(), "1.1");
    assert_eq!(read::<String>(b"\x54").unwrap(), "true");
    assert_eq!(read::<String>(b"\xd4\x80\0").unwrap(), "32768");
    assert_eq!(read::<f64>(b"\x95").unwrap(), 5.0);
    assert_eq!(read::<HashSet<i32>>(b"\x7a\x91\x91").unwrap(), HashSet::from([1]));
    assert_eq!(read::<Vec<i64>>(b"\x72\x04[int\x91\x92").unwrap(), [1, 2]);
    for (error, want) in [
        (read::<i8>(b"\xc8\xff").unwrap_err(), "number out of range for byte (at byte 0)"),
        (read::<u32>(b"\xdf").unwrap_err(), "number out of range for unsigned int (at byte 0)"),
        (read::<Vec<i32>>(b"\x7a\x91\x01a").unwrap_err(), "[1]: expected int, found string (at byte 2)"),
        (read::<i32>(b"\x4e").unwrap_err(), "expected int, found null (at byte 0)"),
        (read::<Vec<i32>>(b"\x4e").unwrap_err(), "expected list, found null (at byte 0)"),
        (
            read::<[i32; 3]>(b"\x7a\x91\x92").unwrap_err(),
            "number out of range for array of fixed length (at byte 0)",
        ),
        (
            read::<HashMap<String, i32>>(b"\x48\x01a\x91\x01b\x01c\x5a").unwrap_err(),
            "{1}: expected int, found string (at byte 6)",
        ),
    ] {
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn text_is_borrowed_where_it_can_be() {
    assert_eq!(read::<&str>("\x03a中é".as_bytes()).unwrap(), "a中é");
    assert!(read::<&str>(b"\x02\xed\xa0\xbd\xed\xb8\x80").is_err());
    assert_eq!(read::<String>(b"\x02\xed\xa0\xbd\xed\xb8\x80").unwrap(), "😀");
    assert_eq!(read::<String>(b"\x01\xed\xa0\xbd").unwrap_err().kind().name(), "bad_utf8");
}
