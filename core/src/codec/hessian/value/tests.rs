use super::*;
use crate::codec::hessian::{Reader, Writer};

fn encode(value: &Value) -> Bytes {
    let mut writer = Writer::new();
    writer.value(value).unwrap();
    writer.finish().unwrap()
}

fn decode(bytes: &[u8]) -> Value {
    let mut reader = Reader::new(bytes);
    let value = reader.read().unwrap();
    reader.expect_end().unwrap();
    value
}

#[test]
fn a_shared_container_is_written_once_and_stays_shared() {
    let shared = Value::object("demo.User", [("age", 3)]).unwrap();
    let list = Value::list([shared.clone(), shared, Value::Int(1)]);
    let bytes = encode(&list);
    assert_eq!(&bytes[..], b"\x7b\x43\x09demo.User\x91\x03age\x60\x93\x51\x91\x91");
    let read = decode(&bytes);
    assert_eq!(read, list);
    let items = read.as_list().unwrap().items();
    assert_eq!(items[0].identity(), items[1].identity());
}

#[test]
fn cycles_read_write_compare_and_print() {
    let bytes = b"\x43\x09demo.Node\x92\x04next\x01v\x60\x51\x90\x91";
    let node = decode(bytes);
    assert_eq!(encode(&node), &bytes[..]);
    assert_eq!(node, decode(bytes));
    let next = node.get("next").unwrap().resolve().unwrap();
    assert_eq!(next.identity(), node.identity());
    assert_eq!(format!("{node:?}"), "demo.Node(next: <back>, v: 1)");
    let list = Value::cyclic_list(None, |this| vec![this]);
    assert_eq!(&encode(&list)[..], b"\x79\x51\x90");
}

#[test]
fn the_part_of_a_cycle_survives_only_with_the_whole() {
    let node = decode(b"\x79\x79\x51\x90");
    let inner = node.as_list().unwrap().items()[0].clone();
    // The outer list is alive: it is written where the edge leads out of the part.
    assert_eq!(&encode(&inner)[..], b"\x79\x79\x51\x90");
    drop(node);
    assert!(Writer::new().value(&inner).is_err());
}

#[test]
fn very_deep_values_drop_compare_and_print_without_a_deep_stack() {
    let deep = |levels| (0..levels).fold(Value::Null, |inner, _| Value::list([inner]));
    let (left, right) = (deep(200_000), deep(200_000));
    assert!(left == right);
    assert!(format!("{left:?}").len() < 100);
    assert!(Writer::new().value(&left).is_err());
}

#[test]
fn a_repeated_field_reads_as_its_last_value() {
    let value = decode(b"\x43\x06demo.S\x92\x01a\x01a\x60\x91\x92");
    assert_eq!(value.get("a"), Some(&Value::Int(2)));
}

#[test]
fn an_object_without_a_slot_is_never_referred_to() {
    // An address, then a list that holds the address again. The holder inside has no slot of its own, and
    // must not be taken for the container that has the number it would have got.
    let holder = b"\x43\x30\x26java.net.InetAddress$InetAddressHolder\x91\x01h\x61\x91";
    let bytes =
        [b"\x7a\x43\x14java.net.InetAddress\x91\x06holder\x60", &holder[..], b"\x79\x51\x91"].concat();
    let value = decode(&bytes);
    assert_eq!(decode(&encode(&value)), value);
}

#[test]
fn equal_arguments_that_are_one_container_stay_one() {
    let shared = Value::list([Value::list([])]);
    let mut writer = Writer::new();
    for argument in &[shared.clone(), shared] {
        writer.value(argument).unwrap();
    }
    assert_eq!(&writer.finish().unwrap()[..], b"\x79\x78\x51\x90");
}

#[test]
fn containers_grow_while_they_have_one_owner() {
    let Value::List(mut list) = Value::list([]) else { panic!("a list") };
    Arc::get_mut(&mut list).unwrap().items_mut().push(Value::Int(1));
    assert_eq!(list.items(), [Value::Int(1)]);
    let Value::Map(mut map) = Value::map::<Value, Value>([]) else { panic!("a map") };
    Arc::get_mut(&mut map).unwrap().entries_mut().push(("a".into(), Value::Int(2)));
    assert_eq!(map.get("a"), Some(&Value::Int(2)));
    let Value::Object(mut object) = Value::object("demo.A", [("x", 1)]).unwrap() else { panic!("an object") };
    Arc::get_mut(&mut object).unwrap().fields_mut()[0] = Value::Int(3);
    assert_eq!(object.get("x"), Some(&Value::Int(3)));
}

#[test]
fn the_edge_back_leads_to_its_container_and_does_not_own_it() {
    let list = Value::list([Value::Null]);
    let back = list.back().unwrap();
    assert_eq!(back.identity(), list.identity());
    drop(list);
    assert!(back.resolve().is_none());
    assert!(Value::Null.back().is_none());
}
