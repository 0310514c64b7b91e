use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Serde, from_bytes, to_bytes};
use crate::codec::hessian::{EncodeErrorKind, Reader, Value, Writer};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "demo.User")]
struct User<'a> {
    name: &'a str,
    nick: Option<Cow<'a, str>>,
    age: u8,
    tags: Vec<String>,
    #[serde(default)]
    score: f32,
    color: Color,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename = "demo.Color", rename_all = "UPPERCASE")]
enum Color {
    Red,
    Blue,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Rect { w: i64, h: i64 },
}

fn user() -> User<'static> {
    let tags = vec!["a".into()];
    User { name: "bob", nick: None, age: 3, tags, score: 1.1, color: Color::Blue }
}

#[track_caller]
fn round_trip<T: Serialize + for<'a> Deserialize<'a> + PartialEq + Debug>(value: T, want: &str) {
    let bytes = to_bytes(&value).unwrap();
    let read: Value = Reader::new(&bytes).read().unwrap();
    assert_eq!(format!("{read:?}"), want);
    assert_eq!(from_bytes::<T>(&bytes).unwrap(), value);
}

#[test]
fn structs_with_a_class_are_objects() {
    let bytes = to_bytes(&user()).unwrap();
    let value: Value = Reader::new(&bytes).read().unwrap();
    assert_eq!(
        format!("{value:?}"),
        "demo.User(name: \"bob\", nick: null, age: 3, tags: [\"a\"], score: 1.1, color: demo.Color(name: \"BLUE\"))"
    );
    assert_eq!(from_bytes::<User<'_>>(&bytes).unwrap(), user());
}

#[test]
fn other_types_have_their_usual_forms() {
    round_trip(Shape::Point, "\"Point\"");
    round_trip(Shape::Circle(1.5), "{\"Circle\": 1.5}");
    round_trip(Shape::Line(1, 2), "{\"Line\": [1, 2]}");
    round_trip(Shape::Rect { w: 1, h: 2 }, "{\"Rect\": {\"w\": 1L, \"h\": 2L}}");
    round_trip((1u8, 'x', true), "[1, \"x\", true]");
    round_trip(BTreeMap::from([(1u32, None), (2, Some(0.5f64))]), "{1L: null, 2L: 0.5}");
    round_trip((), "null");
    assert!(to_bytes(&u64::MAX).is_err());
    let big = to_bytes(&(1i128 << 64)).unwrap();
    assert_eq!(
        Reader::new(&big).read::<crate::codec::hessian::jdk::BigInteger>().unwrap().to_string(),
        "18446744073709551616"
    );
}

#[test]
fn structs_are_read_from_maps_and_other_classes() {
    let fields = [
        ("color", Value::from("RED")),
        ("unknown", Value::list([Value::Int(1)])),
        ("tags", Value::list([Value::Bool(true)])),
        ("name", "al".into()),
        ("age", Value::Long(4)),
    ];
    let want =
        User { name: "al", age: 4, tags: vec!["true".into()], score: 0.0, color: Color::Red, ..user() };
    for value in [Value::map(fields.clone()), Value::object("other.Person", fields).unwrap()] {
        let mut writer = Writer::new();
        writer.value(&value).unwrap();
        assert_eq!(from_bytes::<User<'_>>(&writer.finish().unwrap()).unwrap(), want);
    }
}

#[test]
fn any_value_describes_itself() {
    let bytes = b"\x48\x01d\x4a\0\0\0\xd0\x4b\x92\x84\xb8\x01l\xe1\x01o\x43\x06demo.A\x91\x01x\x60\x4e\x01s\x51\x91\x5a";
    let want = json!({"d": "1998-05-08T09:51:31.000Z", "l": 1, "o": {"x": null}, "s": {"x": null}});
    assert_eq!(from_bytes::<serde_json::Value>(bytes).unwrap(), want);
}

#[test]
fn errors_have_place_and_path_but_no_values() {
    let bytes = to_bytes(&json!({"name": "secret", "age": 300, "tags": [], "color": "RED"})).unwrap();
    let error = from_bytes::<User<'_>>(&bytes).unwrap_err().to_string();
    assert!(error.starts_with("{0}: integer out of range, expected u8 (at byte "), "{error}");
    let error = from_bytes::<Vec<bool>>(b"\x79\x06secret").unwrap_err().to_string();
    assert_eq!(error, "[0]: expected boolean, found string (at byte 1)");
    let error = from_bytes::<User<'_>>(b"\x48\x5a").unwrap_err();
    assert_eq!(error.to_string(), "missing field name (at byte 2)");
    assert_eq!(from_bytes::<i32>(b"\x91\x91").unwrap_err().kind().name(), "trailing_data");
    assert_eq!(
        from_bytes::<serde_json::Value>(b"\x79\x51\x90").unwrap_err().kind().name(),
        "cyclic_reference"
    );
}

#[test]
fn serde_types_stand_among_others() {
    let mut writer = Writer::new();
    writer.value(&vec![Serde(user()), Serde(user())]).unwrap();
    let bytes = writer.finish().unwrap();
    let read: Vec<Serde<User<'_>>> = Reader::new(&bytes).read().unwrap();
    assert_eq!(read, [Serde(user()), Serde(user())]);
}

#[test]
fn the_deepest_permitted_value_fits_a_stack_of_one_mebibyte() {
    let run = || {
        let deepest = [vec![0x79; 127], vec![0x78]].concat();
        let value = from_bytes::<serde_json::Value>(&deepest).unwrap();
        assert_eq!(to_bytes(&value).unwrap(), deepest);
        let deeper = json!([value]);
        assert_eq!(*to_bytes(&deeper).unwrap_err().kind(), EncodeErrorKind::DepthLimit);
        let deeper = vec![0x79; 100_000];
        assert_eq!(from_bytes::<serde_json::Value>(&deeper).unwrap_err().kind().name(), "depth_limit");
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
