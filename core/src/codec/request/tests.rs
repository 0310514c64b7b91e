use super::*;
use crate::codec::hessian::Value;
use crate::rpc::AttachmentValue;

/// `sayHello("world")` as Dubbo 2.7.8 wrote it.
const SAY_HELLO: &[u8] =
    b"\x052.0.2\x08demo.Foo\x050.0.0\x08sayHello\x12Ljava/lang/String;\x05worldH\x04path\
    \x08demo.Foo\x12remote.application\x04cons\x09interface\x08demo.Foo\x07version\x050.0.0Z";

fn template() -> RequestTemplate {
    let mut constants = Attachments::new();
    constants.set("path", "demo.Foo");
    constants.set("remote.application", "cons");
    constants.set("interface", "demo.Foo");
    constants.set("version", "0.0.0");
    let method = Method::new("sayHello", "Ljava/lang/String;");
    RequestTemplate::new("demo.Foo", Some("0.0.0"), &method, constants).expect("encodes")
}

fn world() -> Arguments {
    Arguments { bytes: Bytes::from_static(b"\x05world"), count: 1 }
}

fn joined(pieces: Pieces<'_>) -> Bytes {
    pieces.concat().into()
}

fn decode(body: &Bytes) -> Result<DecodedRequest<'_>, DecodeError> {
    RequestHead::decode(body, Limits::DEFAULT)?.finish()
}

#[test]
fn a_call_without_attachments_of_its_own_is_what_java_writes() {
    let (template, arguments) = (template(), world());
    let pieces = template.encode(&arguments, &Attachments::new()).expect("encodes");
    assert_eq!(joined(pieces), SAY_HELLO);
}

#[test]
fn shared_parts_are_not_copied() {
    let (template, arguments) = (template(), world());
    let pieces = template.encode(&arguments, &Attachments::new()).expect("encodes");
    assert_eq!(pieces.head.as_ptr(), template.prefix.as_ptr());
    assert_eq!(pieces.values.as_ptr(), arguments.bytes.as_ptr());
}

#[test]
fn attachments_of_a_call_join_the_constant_ones_and_never_replace_path_and_version() {
    for (own, key, want) in [
        (("trace-id", "t-1"), "trace-id", "t-1"),
        (("remote.application", "mine"), "remote.application", "mine"),
        (("path", "evil"), "path", "demo.Foo"),
        (("version", "9"), "version", "0.0.0"),
        (("trace-id", "t-1"), "interface", "demo.Foo"),
    ] {
        let mut attachments = Attachments::new();
        attachments.set(own.0, own.1);
        let body = joined(template().encode(&world(), &attachments).expect("encodes"));
        let request = decode(&body).expect("decodes");
        assert_eq!(request.attachments.text(key), Some(want), "{own:?}");
        assert_eq!(request.arguments, world().bytes);
    }
}

#[test]
fn an_attachment_that_is_an_object_does_not_disturb_the_classes_of_the_arguments() {
    let object = |class| Value::object(class, [("x", 1)]).expect("a class name");
    let encoded = |value: &Value| {
        let mut writer = Writer::new();
        writer.value(value).expect("writes");
        writer.finish().expect("whole")
    };
    let arguments = Arguments { bytes: encoded(&object("demo.A")), count: 1 };
    let mut own = Attachments::new();
    own.set("extra", AttachmentValue::Encoded(encoded(&object("demo.B"))));
    own.set("_TO", AttachmentValue::Int(3000));
    let body = joined(template().encode(&arguments, &own).expect("encodes"));
    let request = decode(&body).expect("decodes");
    assert_eq!(request.arguments, arguments.bytes);
    let found = request.attachments.to_attachments(|_| true);
    assert_eq!(found.get("extra"), own.get("extra"));
    assert_eq!(found.get("_TO"), own.get("_TO"));
}

#[test]
fn the_head_of_a_request_of_java_is_read() {
    let body = Bytes::from_static(SAY_HELLO);
    let request = decode(&body).expect("decodes");
    let head = &request.head;
    assert_eq!(head.protocol_version.as_deref(), Some("2.0.2"));
    assert_eq!((&*head.method, &*head.descriptor), ("sayHello", "Ljava/lang/String;"));
    assert_eq!((request.path(), request.version(), request.group()), ("demo.Foo", "0.0.0", ""));
    assert_eq!(request.argument_count, 1);
    assert_eq!(request.attachments.text("remote.application"), Some("cons"));
}

#[test]
fn irregular_bodies_that_java_serves_are_read() {
    for (body, path, version) in [
        (&b"\x052.0.2\x08demo.FooN\x01m\x00H\x04path\x05otherZ"[..], "other", ""),
        (b"\x052.0.2\x08demo.FooN\x01m\x00N", "demo.Foo", ""),
        (b"N\x08demo.Foo\x031.0\x01m\x00H\x01x\x01yZ", "demo.Foo", "1.0"),
        (b"\x052.0.2\x08demo.Foo\x031.0\x01m\x00H\x07version\x032.0Zjunk", "demo.Foo", "2.0"),
        (b"\x052.0.2\x08demo.FooN\x01m\x01INM\x11java.util.TreeMap\x05group\x01gZ", "demo.Foo", ""),
    ] {
        let body = Bytes::from_static(body);
        let request = decode(&body).expect("Java serves it");
        assert_eq!((request.path(), request.version()), (path, version), "{body:?}");
    }
}

#[test]
fn every_truncation_is_an_error_and_none_panics() {
    for end in 0..SAY_HELLO.len() {
        let body = Bytes::from_static(&SAY_HELLO[..end]);
        assert!(decode(&body).is_err(), "{end}");
    }
    for body in [&b"\xff\xff\xff"[..], b"", b"\x052.0.2\x01a\x01b\x01c\x01XH"] {
        assert!(decode(&Bytes::from_static(body)).is_err());
    }
}
