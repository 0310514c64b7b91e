//! `#[derive(Hessian)]` as a user meets it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polydubbo::Hessian;
use polydubbo::codec::hessian::{DecodeError, FromHessian, Reader, ToHessian, Value, Writer};

#[derive(Debug, Clone, PartialEq, Hessian)]
#[hessian(class = "demo.User", rename_all = "camelCase")]
struct User {
    user_name: String,
    #[hessian(long)]
    id: u32,
    #[hessian(long)]
    parent: Option<i32>,
    #[hessian(type = "java.util.LinkedList")]
    tags: Vec<String>,
    #[hessian(rename = "class_")]
    kind: Color,
    #[hessian(default)]
    score: f64,
    nick: Option<String>,
    #[hessian(skip)]
    cached: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Hessian)]
#[hessian(class = "demo.Color", enum, rename_all = "SCREAMING_SNAKE_CASE")]
enum Color {
    Red,
    DarkBlue,
    #[hessian(rename = "grün")]
    Green,
}

#[derive(Debug, PartialEq, Hessian)]
#[hessian(class = "demo.Borrowed")]
struct Borrowed<'a> {
    plain: &'a str,
    any: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Hessian)]
#[hessian(class = "demo.Page")]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Debug, PartialEq, Hessian)]
#[hessian(class = "demo.Nothing")]
struct Nothing;

/// Written without fields, but read with the long that Java puts behind it.
#[derive(Debug, PartialEq, Hessian)]
#[hessian(class = "java.time.LocalDate")]
struct SomeDay;

#[derive(Debug, PartialEq, Hessian)]
#[hessian(class = "demo.Node")]
struct Node {
    next: Option<Box<Self>>,
}

fn user() -> User {
    User {
        user_name: "bob".into(),
        id: 7,
        parent: None,
        tags: vec!["a".into()],
        kind: Color::DarkBlue,
        score: 1.5,
        nick: None,
        cached: false,
    }
}

fn write(value: &impl ToHessian) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.value(value).unwrap();
    writer.finish().unwrap().to_vec()
}

fn read<'a, T: FromHessian<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = reader.read()?;
    reader.expect_end()?;
    Ok(value)
}

#[test]
fn a_struct_is_an_object_of_its_class() {
    let bytes = write(&user());
    assert_eq!(
        format!("{:?}", read::<Value>(&bytes).unwrap()),
        "demo.User(userName: \"bob\", id: 7L, parent: null, tags: java.util.LinkedList[\"a\"], \
         class_: demo.Color(name: \"DARK_BLUE\"), score: 1.5, nick: null)"
    );
    assert_eq!(read::<User>(&bytes).unwrap(), user());
}

#[test]
fn a_struct_is_read_by_name_from_any_class_and_from_maps() {
    // Another class, another order, an unknown field with a nested class, and two fields missing.
    let other = Value::object(
        "other.Person",
        [
            ("extra", Value::object("other.Deep", [("x", vec![Value::Int(1)])]).unwrap()),
            ("class_", Value::enum_constant("demo.Color", "RED").unwrap()),
            ("tags", Value::list([])),
            ("id", Value::Int(9)),
            ("userName", "al".into()),
        ],
    );
    let want = User { user_name: "al".into(), id: 9, tags: vec![], kind: Color::Red, score: 0.0, ..user() };
    let bytes = write(&other.unwrap());
    assert_eq!(read::<User>(&bytes).unwrap(), want);
    // The second time the mapping comes from the cache.
    assert_eq!(read::<User>(&bytes).unwrap(), want);
    let map = Value::map([
        ("userName", Value::from("al")),
        ("zzz", Value::list([Value::Null])),
        ("class_", "RED".into()),
        ("tags", Value::list([])),
        ("id", Value::Long(9)),
    ]);
    assert_eq!(read::<User>(&write(&map)).unwrap(), want);
}

#[test]
fn repeated_objects_may_be_references() {
    let shared = Value::object("demo.Node", [("next", Value::Null)]).unwrap();
    let bytes = write(&Value::list([shared.clone(), shared]));
    assert_eq!(bytes[bytes.len() - 2], 0x51);
    assert_eq!(read::<Vec<Node>>(&bytes).unwrap(), [Node { next: None }, Node { next: None }]);
    let cyclic = read::<Node>(b"\x43\x09demo.Node\x91\x04next\x60\x51\x90").unwrap_err();
    assert_eq!(cyclic.kind().name(), "cyclic_reference");
}

#[test]
fn faults_name_the_field() {
    let bad = Value::object("demo.User", [("tags", Value::list([Value::Int(1), Value::Date(0)]))]).unwrap();
    let error = read::<User>(&write(&bad)).unwrap_err();
    assert!(error.to_string().starts_with("tags[1]: expected string, found date"), "{error}");
    let empty = Value::map::<&str, Value>([]);
    assert!(read::<User>(&write(&empty)).unwrap_err().to_string().starts_with("missing field userName"));
    let constant = Value::enum_constant("demo.Color", "PINK").unwrap();
    assert!(read::<Color>(&write(&constant)).unwrap_err().to_string().starts_with("unknown name PINK"));
}

#[test]
fn enums_are_objects_with_a_name_and_may_be_plain_strings() {
    assert_eq!(write(&Color::Red), b"\x43\x0ademo.Color\x91\x04name\x60\x03RED");
    assert_eq!(read::<Color>("\x04grün".as_bytes()).unwrap(), Color::Green);
    assert_eq!(read::<Color>(&write(&Color::Green)).unwrap(), Color::Green);
}

#[test]
fn structs_may_borrow_take_parameters_and_be_empty() {
    let borrowed = Borrowed { plain: "p", any: "😀".into() };
    let bytes = write(&borrowed);
    assert_eq!(read::<Borrowed<'_>>(&bytes).unwrap(), borrowed);
    let page = Page { items: vec![1i64, 2] };
    assert_eq!(read::<Page<i64>>(&write(&page)).unwrap(), page);
    assert_eq!(write(&Nothing), b"\x43\x0cdemo.Nothing\x90\x60");
    assert_eq!(read::<Nothing>(&write(&Nothing)).unwrap(), Nothing);
}

#[test]
fn a_value_behind_an_object_without_fields_is_passed() {
    let mut reader = Reader::new(b"\x43\x13java.time.LocalDate\x90\x60\x4c\0\0\0\0\0\0\x4c\xa6\x93");
    assert_eq!(reader.read::<SomeDay>().unwrap(), SomeDay);
    assert_eq!(reader.read::<i32>().unwrap(), 3);
    assert!(reader.is_at_end());
}

#[test]
fn lists_of_ints_of_any_length_and_size_come_back_also_through_references() {
    let sizes = [0, 47, 48, -17, 2047, 2048, -2049, 262_143, 262_144, i32::MIN, i32::MAX, -1];
    for count in [0, 1, 7, 8, 12, 1023, 1024, 1025, 3000] {
        let page = Page { items: sizes.into_iter().cycle().take(count).collect::<Vec<i32>>() };
        let mut writer = Writer::new();
        writer.value(&page).unwrap();
        let slot_of_the_list = 1;
        writer.reference(slot_of_the_list).unwrap();
        writer.int(5);
        let bytes = writer.finish().unwrap();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.read::<Page<i32>>().unwrap(), page);
        assert_eq!(reader.read::<Vec<i32>>().unwrap(), page.items);
        assert_eq!(reader.read::<i32>().unwrap(), 5);
    }
}

#[test]
fn the_definition_is_written_once_in_a_body() {
    let users = vec![user(), user()];
    let bytes = write(&users);
    let count = |needle: &[u8]| bytes.windows(needle.len()).filter(|window| *window == needle).count();
    assert_eq!((count(b"demo.User"), count(b"demo.Color")), (1, 1));
    assert_eq!(read::<Vec<User>>(&bytes).unwrap(), users);
    let by_name = BTreeMap::from([("x".to_owned(), user())]);
    assert_eq!(read::<BTreeMap<String, User>>(&write(&by_name)).unwrap(), by_name);
}

/// A recursive type whose frames are large.
#[derive(Debug, Hessian)]
#[hessian(class = "demo.Wide")]
#[rustfmt::skip]
struct Wide {
    a: Option<String>, b: Option<String>, c: Option<String>, d: Option<String>, e: Option<String>,
    f: Option<String>, g: Option<String>, h: Option<String>, i: Option<String>, j: Option<String>,
    k: Option<String>, l: Option<String>, m: Option<String>, n: Option<String>, o: Option<String>,
    next: Option<Box<Self>>,
}

#[test]
fn recursive_types_fit_a_stack_of_one_mebibyte_however_large_they_are() {
    fn nested(class: &[u8], count: usize) -> Vec<u8> {
        [b"\x43", class, b"\x91\x04next", &*vec![0x60; count], b"\x4e"].concat()
    }
    let run = || {
        let node: Node = read(&nested(b"\x09demo.Node", 200)).unwrap();
        assert_eq!(write(&node), nested(b"\x09demo.Node", 200));
        let wide: Wide = read(&nested(b"\x09demo.Wide", 24)).unwrap();
        assert!(Writer::new().value(&wide).is_ok());
        for bomb in [nested(b"\x09demo.Node", 100_000), nested(b"\x09demo.Wide", 100_000)] {
            assert_eq!(read::<Node>(&bomb).unwrap_err().kind().name(), "depth_limit");
            assert_eq!(read::<Wide>(&bomb).unwrap_err().kind().name(), "depth_limit");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}
