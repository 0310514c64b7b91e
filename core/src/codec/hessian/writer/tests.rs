use super::*;

fn hex(writer: Writer) -> String {
    writer.finish().unwrap().iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn containers_close_by_counting() {
    let class = ClassDef::new("demo.User", ["age", "name"]).unwrap();
    let mut writer = Writer::new();
    writer.begin_list(None, 2).unwrap();
    writer.begin_object(&class).unwrap();
    writer.int(3);
    writer.string("bob");
    writer.begin_map(None).unwrap();
    writer.string("a");
    writer.begin_list(None, 0).unwrap();
    writer.end_map().unwrap();
    assert_eq!(writer.depth(), 0);
    assert_eq!(hex(writer), "7a430964656d6f2e557365729203616765046e616d65609303626f62480161785a");
}

#[test]
fn an_open_or_odd_container_is_an_error() {
    let mut writer = Writer::new();
    writer.begin_list(None, 1).unwrap();
    assert_eq!(*writer.finish().unwrap_err().kind(), EncodeErrorKind::Unbalanced);

    let mut writer = Writer::new();
    writer.begin_map(None).unwrap();
    writer.int(1);
    assert_eq!(*writer.end_map().unwrap_err().kind(), EncodeErrorKind::Unbalanced);
    assert_eq!(*Writer::new().end_map().unwrap_err().kind(), EncodeErrorKind::Unbalanced);
}

#[test]
fn profiles_differ_in_array_lists_only() {
    for (profile, java_type, want) in [
        (Profile::Portable, None, "78"),
        (Profile::Hl4, None, "78"),
        (Profile::Hl4, Some("java.util.ArrayList"), "78"),
        (Profile::Hl3, None, "70136a6176612e7574696c2e41727261794c697374"),
        (Profile::Portable, Some("java.util.ArrayList"), "70136a6176612e7574696c2e41727261794c697374"),
        (Profile::Hl3, Some("[int"), "70045b696e74"),
    ] {
        let mut writer = Writer::with_profile(profile);
        writer.begin_list(java_type, 0).unwrap();
        assert_eq!(hex(writer), want, "{profile:?} {java_type:?}");
    }
}

#[test]
fn a_writer_is_as_new_for_the_next_body() {
    let class = ClassDef::new("demo.A", ["x"]).unwrap();
    let shared = Arc::new(1);
    let write = |writer: &mut Writer| {
        assert_eq!(writer.next_slot(), 0);
        writer.begin_list(Some("demo.List"), 2).unwrap();
        writer.begin_object(&class).unwrap();
        writer.int(1);
        writer.begin_list(Some("java.util.ArrayList"), 0).unwrap();
    };
    let mut once = Writer::new();
    write(&mut once);
    let want = once.finish().unwrap();
    let mut writer = Writer::new();
    for _ in 0..2 {
        write(&mut writer);
        assert_eq!(writer.take(<[u8]>::to_vec).unwrap(), want);
        assert!(writer.is_empty() && writer.capacity() >= want.len());
        // What a value may change on its way is not kept either.
        writer.set_profile(Profile::Hl3);
        writer.set_ref_policy(RefPolicy::Always);
        writer.set_max_depth(1);
        writer.begin_list(None, 0).unwrap();
        writer.remember_shared(&shared, 0);
        writer.take(|_| ()).unwrap();
    }
    assert_eq!(writer.profile(), Profile::Portable);
    assert_eq!(writer.seen(Arc::as_ptr(&shared).addr()), None);
    assert_eq!(Arc::strong_count(&shared), 1, "nothing is kept alive");
    writer.begin_list(None, 1).unwrap();
    assert_eq!(*writer.take(|_| ()).unwrap_err().kind(), EncodeErrorKind::Unbalanced);
}

#[test]
fn rollback_leaves_no_trace() {
    let [first, second] = ["demo.A", "demo.B"].map(|name| ClassDef::new(name, ["x"]).unwrap());
    let mut writer = Writer::new();
    writer.begin_list(None, 2).unwrap();
    writer.begin_object(&first).unwrap();
    writer.int(1);
    let mark = writer.mark();
    let before = writer.buffer().to_vec();
    // Completes the list, so that the open container itself must come back.
    let slot = writer.begin_object(&second).unwrap();
    writer.remember(1, slot);
    writer.begin_map(Some("java.util.TreeMap")).unwrap();
    writer.end_map().unwrap();
    assert_eq!(writer.depth(), 0);
    writer.rollback(&mark);
    assert_eq!((writer.buffer(), writer.depth(), writer.next_slot()), (&*before, 1, 2));
    assert_eq!(writer.seen(1), None);
    writer.begin_object(&second).unwrap();
    writer.begin_map(Some("java.util.TreeMap")).unwrap();
    writer.end_map().unwrap();
    assert!(hex(writer).ends_with(
        "4306 64656d6f2e42 91 0178 61 4d11 6a6176612e7574696c2e547265654d6170 5a".replace(' ', "").as_str()
    ));
}

#[test]
fn a_body_can_be_continued() {
    let class = ClassDef::new("demo.A", ["x"]).unwrap();
    let mut first = Writer::new();
    first.begin_object(&class).unwrap();
    first.begin_list(Some("java.util.HashSet"), 0).unwrap();
    let (out, tables) = first.into_parts().unwrap();
    assert_eq!((tables.slots(), tables.classes().len()), (2, 1));
    let length = out.len();
    let mut second = Writer::resume(out, tables);
    second.begin_object(&class).unwrap();
    second.begin_list(Some("java.util.HashSet"), 0).unwrap();
    second.reference(1).unwrap();
    assert_eq!(&second.finish().unwrap()[length..], b"\x60\x70\x90\x51\x91");
}

#[test]
fn nesting_is_bounded() {
    let mut writer = Writer::new();
    writer.set_max_depth(3);
    for _ in 0..3 {
        writer.begin_list(None, 1).unwrap();
    }
    assert_eq!(*writer.begin_list(None, 1).unwrap_err().kind(), EncodeErrorKind::DepthLimit);
    writer.int(1);
    assert_eq!(hex(writer), "79797991");
}

#[test]
fn references_must_exist() {
    let mut writer = Writer::new();
    assert_eq!(*writer.reference(0).unwrap_err().kind(), EncodeErrorKind::BadRef(0));
    writer.begin_list(None, 1).unwrap();
    writer.reference(0).unwrap();
    assert_eq!(hex(writer), "795190");
}

#[test]
fn large_binary_is_chunked() {
    let mut writer = Writer::new();
    writer.binary(&[7; 100_000]);
    let bytes = writer.finish().unwrap();
    assert_eq!(bytes[..3], [tag::BINARY_CHUNK, 0x80, 0]);
    assert_eq!(bytes[3 + 0x8000..][..3], [tag::BINARY_CHUNK, 0x80, 0]);
    assert_eq!(bytes[2 * (3 + 0x8000)..][..3], [tag::BINARY, 0x86, 0xa0]);
    assert_eq!(bytes.len(), 100_000 + 9);
}

#[test]
fn empty_type_names_are_refused() {
    assert!(Writer::new().begin_list(Some(""), 0).is_err());
    assert!(Writer::new().begin_map(Some("")).is_err());
}
