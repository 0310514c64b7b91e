use super::*;

const EXCEPTION: &[u8] = b"C\x11demo.FooException\x91\x0ddetailMessage\x60\x04bang";

fn body(bytes: &'static [u8]) -> Result<RpcResult, ResponseError> {
    decode(Bytes::from_static(bytes), Limits::DEFAULT)
}

fn joined(result: &RpcResult, attachments: Option<&Attachments>) -> Vec<u8> {
    encode(result, attachments).expect("encodes").concat()
}

#[test]
fn flags_follow_the_kind_and_the_version_of_the_caller() {
    let value = RpcResult::new(ResultKind::Value, false, Bytes::from_static(b"\x02hi"));
    let exception = RpcResult::new(ResultKind::Exception, false, Bytes::from_static(EXCEPTION));
    for (result, plain, extended) in
        [(&exception, 0x90, 0x93), (&value, 0x91, 0x94), (&RpcResult::null(), 0x92, 0x95)]
    {
        let old = joined(result, None);
        assert_eq!(old, [&[plain][..], result.body()].concat());
        let new = joined(result, Some(&Attachments::new()));
        assert_eq!(new, [&[extended][..], result.body(), PLAIN_MAP].concat());
    }
}

#[test]
fn what_is_encoded_is_read_back_with_its_attachments() {
    let mut attachments = Attachments::new();
    attachments.set("out", "B");
    let value = RpcResult::new(ResultKind::Value, false, Bytes::from_static(b"\x02hi"));
    for (result, attachments) in [
        (&value, Some(&attachments)),
        (&value, None),
        (&RpcResult::null(), Some(&attachments)),
        (&RpcResult::null(), None),
    ] {
        let bytes = Bytes::from(joined(result, attachments));
        let read = decode(bytes, Limits::DEFAULT).expect("decodes");
        assert_eq!(read.kind(), result.kind());
        assert_eq!(read.value().expect("value"), *result.body());
        let found = read.attachments().expect("attachments");
        assert_eq!(found.text("out"), attachments.and_then(|a| a.text("out")));
        assert_eq!(found.text("dubbo"), attachments.map(|_| "2.0.2"));
    }
}

#[test]
fn irregular_bodies_that_java_accepts_are_results() {
    for (bytes, kind) in [
        (&b"\x91\x02hi"[..], ResultKind::Value),
        (b"\x92", ResultKind::Null),
        (b"\x94\x02hiN", ResultKind::Value),
        (b"\x94\x02hiM\x11java.util.TreeMap\x01a\x01bZ", ResultKind::Value),
        (b"\x94\x02hiH\x05dubbo\x052.0.2Zjunk", ResultKind::Value),
        (b"\xe4\x02hiN", ResultKind::Value),
        (b"\x95H\x03out\x0240\x05dubbo\x052.0.2Z", ResultKind::Null),
    ] {
        assert_eq!(body(bytes).expect("a result").kind(), kind, "{bytes:?}");
    }
}

#[test]
fn irregular_bodies_that_java_refuses_fail_with_its_texts() {
    for (bytes, text) in [
        (&b"\x94\x02hi"[..], "java.io.EOFException: readObject: "),
        (b"", "java.io.EOFException: readObject: "),
        (b"\x95", "java.io.EOFException: readObject: "),
        (b"\x90\x02hi", "java.io.IOException: Response data error, expect Throwable, but get string"),
        (b"\x90N", "java.io.IOException: Response data error, expect Throwable, but get null"),
        (
            b"\x99",
            "java.io.IOException: Unknown result flag, expect '0' '1' '2' '3' '4' '5', but received: 9",
        ),
        (b"\x02hi", "java.io.IOException: "),
    ] {
        let error = body(bytes).expect_err("Java refuses it").to_string();
        assert!(error.starts_with(text), "{bytes:?}: {error}");
    }
}

#[test]
fn an_exception_of_an_unknown_class_is_a_result() {
    let bytes = [&b"\x93"[..], EXCEPTION, PLAIN_MAP].concat();
    let result = decode(Bytes::from(bytes), Limits::DEFAULT).expect("a result");
    assert_eq!(result.kind(), ResultKind::Exception);
    assert_eq!(result.value().expect("the exception"), EXCEPTION);
}

#[test]
fn truncations_are_errors_and_none_panics() {
    let whole = [&b"\x93"[..], EXCEPTION, PLAIN_MAP].concat();
    for end in 0..whole.len() {
        let bytes = Bytes::copy_from_slice(&whole[..end]);
        assert!(decode(bytes, Limits::DEFAULT).is_err(), "{end}");
    }
}
