use super::*;
use crate::codec::hessian::{GraphBuilder, Value, Writer};

fn body(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.finish().unwrap().to_vec()
}

#[test]
fn skipping_keeps_the_tables_in_step() {
    let bytes = b"\x43\x09demo.User\x91\x01u\x60\x71\x14java.util.LinkedList\x92\x60\x51\x91\x71\x90\x51\x92";
    let mut reader = Reader::new(bytes);
    reader.skip_value().unwrap();
    let value: Value = reader.read().unwrap();
    assert_eq!(value.get("u").unwrap().as_list().unwrap().java_type(), Some("java.util.LinkedList"));
    let value: Value = reader.read().unwrap();
    assert_eq!(format!("{value:?}"), "java.util.LinkedList[demo.User(u: java.util.LinkedList[2])]");
    reader.expect_end().unwrap();
}

#[test]
fn values_of_one_body_share_when_built_with_one_table() {
    let mut reader = Reader::new(b"\x79\x91\x51\x90\x79\x51\x90");
    let (mut builder, mut refs) = (GraphBuilder::new(), Refs::default());
    let first = reader.build(&mut builder, &mut refs).unwrap();
    let second = reader.build(&mut builder, &mut refs).unwrap();
    let third = reader.build(&mut builder, &mut refs).unwrap();
    assert_eq!(first.identity(), second.identity());
    assert_eq!(third.as_list().unwrap().items()[0].identity(), first.identity());
}

#[test]
fn a_part_of_a_skipped_container_is_one_container_when_built_later() {
    // A skipped list holds slot 1; the next value refers to slot 1, then to slot 0 which holds it.
    let mut reader = Reader::new(b"\x79\x79\x91\x7a\x51\x91\x51\x90");
    reader.skip_value().unwrap();
    let value: Value = reader.read().unwrap();
    let items = value.as_list().unwrap().items();
    assert_eq!(items[0].identity(), items[1].as_list().unwrap().items()[0].identity());
}

#[test]
fn typed_reads_follow_references_and_refuse_cycles() {
    let mut reader = Reader::new(b"\x7a\x91\x92\x51\x90\x93");
    let mut sum = 0;
    for _ in 0..2 {
        let mut list = reader.begin_list().unwrap().unwrap();
        while reader.next_item(&mut list).unwrap() {
            sum += reader.read_int().unwrap();
        }
    }
    assert_eq!((sum, reader.read_int().unwrap()), (6, 3));

    let mut reader = Reader::new(b"\x79\x51\x90");
    let mut list = reader.begin_list().unwrap().unwrap();
    assert!(reader.next_item(&mut list).unwrap());
    let error = reader.begin_list().unwrap_err();
    assert_eq!(*error.kind(), DecodeErrorKind::CyclicReference(0));
}

#[test]
fn references_to_shared_lists_do_not_expand_for_ever() {
    // Each list holds the one before twice: 2^40 visits when written out as a tree.
    let mut bytes = vec![0x58, 0xb8, 0x78];
    for slot in 1..40u8 {
        bytes.extend([0x7a, 0x51, 0x90 + slot, 0x51, 0x90 + slot]);
    }
    let mut reader = Reader::new(&bytes);
    fn count(reader: &mut Reader<'_>) -> Result<usize> {
        let mut items = 1;
        let Some(mut list) = reader.begin_list()? else { return Ok(0) };
        while reader.next_item(&mut list)? {
            items += count(reader)?;
        }
        Ok(items)
    }
    assert_eq!(*count(&mut reader).unwrap_err().kind(), DecodeErrorKind::ExpansionLimit);
    // The owned model shares, so it reads all of it.
    assert!(Reader::new(&bytes).read::<Value>().is_ok());
}

#[test]
fn every_limit_is_enforced() {
    let lists = [0x58, 0xb0].into_iter().chain([0x78; 32]).collect::<Vec<_>>();
    let types = |n: u8| (b'a'..b'a' + n).flat_map(|c| [0x70, 0x01, c]).collect::<Vec<_>>();
    let name = [&[0x43, 0x1f][..], &[b'a'; 31], &[0x90, 0x60]].concat();
    let default = Limits::DEFAULT;
    for (what, limits, bytes, want) in [
        ("depth", Limits { depth: 3, ..default }, vec![0x79; 4], DecodeErrorKind::DepthLimit),
        ("slots", Limits { slots: 30, ..default }, lists.clone(), DecodeErrorKind::LengthLimit),
        ("memory", Limits { memory: Some(1000), ..default }, lists, DecodeErrorKind::MemoryLimit),
        ("types", Limits { types: 3, ..default }, types(4), DecodeErrorKind::LengthLimit),
        ("names", Limits { name_units: 30, ..default }, name, DecodeErrorKind::LengthLimit),
        (
            "fields",
            Limits { fields: 1, ..default },
            b"\x43\x01a\x92\x01x\x01y\x60\x91\x92".to_vec(),
            DecodeErrorKind::LengthLimit,
        ),
        (
            "classes",
            Limits { classes: 1, ..default },
            b"\x43\x01a\x90\x43\x01b\x90\x60".to_vec(),
            DecodeErrorKind::LengthLimit,
        ),
        (
            "class chain",
            Limits { class_chain: 2, ..default },
            b"\x43\x01a\x90".repeat(3),
            DecodeErrorKind::DepthLimit,
        ),
    ] {
        let mut reader = Reader::with_limits(&bytes, limits);
        let error = loop {
            match reader.read::<Value>() {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(*error.kind(), want, "{what}");
    }
}

#[test]
fn announced_lengths_cost_memory_budget_before_they_cost_memory() {
    /// A list of lists of lists ...
    struct Lists(Vec<Self>);

    impl<'de> FromHessian<'de> for Lists {
        fn read_hessian(r: &mut Reader<'de>) -> Result<Self> {
            r.read().map(Self)
        }
    }

    // Each level announces 256 elements, which the bytes behind it could be, and holds one.
    let bytes = [0x58, 0xc9, 0x00].repeat(300);
    let limits = Limits { memory: Some(50_000), ..Limits::DEFAULT };
    let Err(error) = Reader::with_limits(&bytes, limits).read::<Lists>().map(|lists| lists.0.len()) else {
        panic!("the budget is not kept");
    };
    assert_eq!(*error.kind(), DecodeErrorKind::MemoryLimit);
}

#[test]
fn small_objects_fit_the_default_budget() {
    let mut bytes = b"\x58\x49\x00\x04\x93\xe0\x43\x0ademo.Point\x92\x01x\x01y".to_vec();
    bytes.extend(b"\x60\x91\x92".repeat(300_000));
    assert!(Reader::new(&bytes).read::<Value>().is_ok());
}

#[test]
fn errors_name_the_place() {
    let mut bad = body(|w| {
        let class = crate::codec::hessian::ClassDef::new("demo.Order", ["id", "items"]).unwrap();
        w.begin_list(None, 2).unwrap();
        w.int(1);
        w.begin_object(&class).unwrap();
        w.int(1);
        w.begin_map(None).unwrap();
        w.string("a");
        w.begin_list(None, 1).unwrap();
        w.int(1);
        w.end_map().unwrap();
    });
    let at = bad.len() - 2;
    bad[at] = 0x40;
    let error = Reader::new(&bad).read::<Value>().unwrap_err();
    assert_eq!(error.to_string(), format!("[1].items{{0}}[0]: unknown tag 0x40 (at byte {at})"));
}

#[test]
fn addresses_from_java_keep_the_slots_of_their_writer() {
    // [Inet4Address, X, X]: the holder inside the address takes no slot, so slot 2 is X.
    let holder = b"\x43\x30\x26java.net.InetAddress$InetAddressHolder\x91\x01h\x61\x91";
    let bytes =
        [b"\x7b\x43\x14java.net.InetAddress\x91\x06holder\x60", &holder[..], b"\x78\x51\x92"].concat();
    let value: Value = Reader::new(&bytes).read().unwrap();
    let items = value.as_list().unwrap().items();
    assert_eq!(items[1].identity(), items[2].identity());

    // hessian-lite 4.0.1 to 4.0.4 does not number the address either.
    let old = [&bytes[..bytes.len() - 1], b"\x91"].concat();
    let mut reader = Reader::new(&old);
    reader.set_numbering(Numbering::HessianLite40);
    let value: Value = reader.read().unwrap();
    let items = value.as_list().unwrap().items();
    assert_eq!(items[1].identity(), items[2].identity());
}

#[test]
fn iterators_of_java_have_no_slot() {
    // [iterator, X, X]
    let value: Value = Reader::new(b"\x7b\x57\x91\x5a\x78\x51\x91").read().unwrap();
    let items = value.as_list().unwrap().items();
    assert_eq!(items[0].as_list().unwrap().items(), [Value::Int(1)]);
    assert_eq!(items[1].identity(), items[2].identity());
}

#[test]
fn lost_immutable_collections_are_named() {
    let error = Reader::new(b"\x43\x11java.util.CollSer\x91\x03tag\x60\x91").read::<Value>().unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::LostContent(_)), "{error}");
}

#[test]
fn integers_convert_as_in_java_but_are_never_cut() {
    for (bytes, want) in [
        (&b"\xe1"[..], Ok(1)),
        (b"\x54", Ok(1)),
        (b"\x5d\x05", Ok(5)),
        (b"\x4c\x00\x00\x00\x01\x00\x00\x00\x00", Err("overflow")),
        (b"\x5f\x00\x00\x04\x4c", Err("overflow")),
        (b"\x44\x7f\xf8\x00\x00\x00\x00\x00\x00", Err("overflow")),
        (b"\x01a", Err("type_mismatch")),
        (b"\x4e", Err("type_mismatch")),
    ] {
        let read = Reader::new(bytes).read_int().map_err(|error| error.kind().name());
        assert_eq!(read, want, "{bytes:x?}");
    }
}

#[test]
fn a_class_mapping_is_found_under_the_same_key_in_every_body() {
    let bytes = b"\x43\x09demo.Memo\x91\x01x\x60\x91";
    let class = |bytes| {
        let value: Value = Reader::new(bytes).read().unwrap();
        value.as_object().unwrap().class().id()
    };
    assert_eq!(class(bytes), class(bytes));
}
