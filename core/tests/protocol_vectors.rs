//! The bodies of frames captured from Dubbo Java: each is read as Java meant it, and written again byte for byte.

use bytes::Bytes;
use polydubbo::codec::frame::HEADER_LENGTH;
use polydubbo::codec::hessian::{Limits, Reader, Value};
use polydubbo::codec::request::{RequestHead, RequestTemplate};
use polydubbo::codec::response;
use polydubbo::codec::version::supports_response_attachments;
use polydubbo::rpc::{Arguments, Attachments, Method, ResultKind, RpcResult};
use serde_json::Value as Json;

struct Vector {
    name: String,
    request: bool,
    event: bool,
    status: u64,
    body: Bytes,
}

fn vectors() -> Vec<Vector> {
    let json: Vec<Json> =
        serde_json::from_str(include_str!("../../tests/vectors/frames.json")).expect("the vectors");
    json.iter().map(vector).collect()
}

fn vector(json: &Json) -> Vector {
    let hex = json["hex"].as_str().expect("hex");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    Vector {
        name: json["name"].as_str().expect("a name").to_owned(),
        request: json["request"] == true,
        event: !json["event"].is_null(),
        status: json["status"].as_u64().expect("a status"),
        body: Bytes::copy_from_slice(&bytes[HEADER_LENGTH..]),
    }
}

/// Name, path, version, method, descriptor, and one attachment of a request.
type Request = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static str,
    (&'static str, &'static str),
);

const REQUESTS: &[Request] = &[
    ("V1", "demo.Foo", Some("0.0.0"), "sayHello", "Ljava/lang/String;", ("remote.application", "cons")),
    ("V3", "demo.Foo", Some("0.0.0"), "nullRet", "I", ("path", "demo.Foo")),
    ("V5", "demo.Foo", Some("0.0.0"), "voidRet", "", ("interface", "demo.Foo")),
    ("V6", "demo.Foo", Some("0.0.0"), "add", "IJ", ("version", "0.0.0")),
    (
        "V9",
        "demo.Foo",
        Some("0.0.0"),
        "types",
        "ZBCDFIJS[I[[Ljava/lang/String;Ljava/util/List;Ldemo/Foo$Inner;",
        ("path", "demo.Foo"),
    ),
    ("V10", "demo.Foo", Some("0.0.0"), "sayHello", "Ljava/lang/String;", ("path", "demo.Foo")),
    ("V11", "demo.Foo", Some("0.0.0"), "sayHello", "Ljava/lang/String;", ("id", "0")),
    ("V12", "demo.Foo", Some("1.0.0"), "sayHello", "Ljava/lang/String;", ("trace-id", "t-1")),
    ("V13", "demo.Foo", Some("0.0.0"), "$echo", "Ljava/lang/Object;", ("path", "demo.Foo")),
    (
        "V15",
        "demo.Foo",
        Some("0.0.0"),
        "$invoke",
        "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;",
        ("generic", "true"),
    ),
    (
        "V17",
        "demo.Foo",
        Some("0.0.0"),
        "sub",
        "Ljava/lang/String;Ldemo/Cb;",
        ("sys_callback_arg-1", "1348538261"),
    ),
    ("V18", "demo.Cb", None, "changed", "Ljava/lang/String;", ("callback.service.instid", "1348538261")),
    ("V26", "demo.Foo", Some("0.0.0"), "sayHello", "Ljava/lang/String;", ("timeout", "2000")),
];

#[test]
fn requests_are_read_as_java_meant_them_and_written_byte_for_byte() {
    let vectors: Vec<_> = vectors().into_iter().filter(|v| v.request && !v.event).collect();
    assert_eq!(vectors.len(), REQUESTS.len());
    for (vector, want) in vectors.iter().zip(REQUESTS) {
        let &(name, path, version, method, descriptor, (key, value)) = want;
        assert_eq!(vector.name, name);
        let request =
            RequestHead::decode(&vector.body, Limits::DEFAULT).and_then(RequestHead::finish).expect(name);
        let head = &request.head;
        assert!(supports_response_attachments(head.protocol_version.as_deref()), "{name}");
        assert_eq!(
            (&*head.path, head.version.as_deref(), &*head.method, &*head.descriptor),
            (path, version, method, descriptor)
        );
        assert_eq!(request.attachments.text(key), Some(value), "{name}");

        let method = Method::new(method, descriptor);
        let template =
            RequestTemplate::new(path, version, &method, request.attachments.to_attachments(|_| true))
                .expect(name);
        let count = request.argument_count;
        let arguments = Arguments { bytes: request.arguments.clone(), count };
        let written = template.encode(&arguments, &Attachments::new()).expect(name).concat();
        assert_eq!(written, vector.body, "{name}");
    }
}

#[test]
fn the_arguments_of_a_request_are_cut_out_whole() {
    for (name, want) in [
        ("V1", vec![Value::from("world")]),
        ("V6", vec![Value::from(1), Value::from(2i64)]),
        ("V17", vec![Value::from("kk"), Value::Null]),
    ] {
        let vector = vectors().into_iter().find(|v| v.name == name).expect(name);
        let request =
            RequestHead::decode(&vector.body, Limits::DEFAULT).and_then(RequestHead::finish).expect(name);
        let mut reader = Reader::new(&request.arguments);
        let mut values = Vec::new();
        while !reader.is_at_end() {
            values.push(reader.read::<Value>().expect(name));
        }
        assert_eq!(values, want, "{name}");
    }
}

/// Name, kind, value if it is short, attachments beside `dubbo`, and whether there are attachments at all.
type Response = (&'static str, ResultKind, &'static str, &'static [(&'static str, &'static str)], bool);

const RESPONSES: &[Response] = &[
    ("V2", ResultKind::Value, "Hello world", &[], true),
    ("V4", ResultKind::Null, "", &[], true),
    ("V7", ResultKind::Value, "3", &[], true),
    ("V8", ResultKind::Exception, "demo.FooException", &[], true),
    ("V14", ResultKind::Value, "OK", &[], true),
    ("V16", ResultKind::Value, "Hello gen", &[], true),
    ("V19", ResultKind::Value, "cb:hi kk", &[], true),
    ("V20", ResultKind::Null, "", &[], true),
    ("V24", ResultKind::Value, "Hello world", &[], false),
    ("V27", ResultKind::Value, "Hello world", &[], true),
    ("V30", ResultKind::Null, "", &[("output", "40")], true),
];

#[test]
fn results_are_read_as_java_meant_them_and_written_byte_for_byte() {
    let vectors: Vec<_> =
        vectors().into_iter().filter(|v| !v.request && !v.event && v.status == 20).collect();
    assert_eq!(vectors.len(), RESPONSES.len());
    for (vector, &(name, kind, text, own, has_attachments)) in vectors.iter().zip(RESPONSES) {
        assert_eq!(vector.name, name);
        let result = response::decode(vector.body.clone(), Limits::DEFAULT).expect(name);
        assert_eq!((result.kind(), result.has_attachments()), (kind, has_attachments), "{name}");
        let value = result.value().expect(name);
        assert_eq!(shown(&value), text, "{name}");
        let attachments = result.attachments().expect(name);
        assert_eq!(attachments.text("dubbo"), has_attachments.then_some("2.0.2"), "{name}");

        let mut sent = Attachments::new();
        own.iter().for_each(|(key, value)| sent.set(*key, *value));
        let again = RpcResult::new(kind, false, value);
        let written = response::encode(&again, has_attachments.then_some(&sent)).expect(name).concat();
        assert_eq!(written, vector.body, "{name}");
    }
}

/// A value as text; an object as the name of its class.
fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    match Reader::new(bytes).read::<Value>().expect("a value") {
        Value::Int(number) => number.to_string(),
        Value::Object(object) => object.class().name().to_owned(),
        other => other.as_str().expect("a text").to_owned(),
    }
}

#[test]
fn the_exception_of_java_is_read_with_its_stack() {
    let vector = vectors().into_iter().find(|v| v.name == "V8").expect("V8");
    let result = response::decode(vector.body, Limits::DEFAULT).expect("a result");
    let thrown = result.throwable().expect("readable");
    assert_eq!((thrown.class.as_str(), thrown.message.as_deref()), ("demo.FooException", Some("bang")));
    assert_eq!(thrown.stack.len(), 1);
    let frame = &thrown.stack[0];
    assert_eq!((frame.declaring_class.as_str(), frame.method_name.as_str()), ("demo.FooImpl", "boom"));
    assert_eq!((frame.file_name.as_deref(), frame.line_number), (Some("FooImpl.java"), 7));
    assert!(thrown.cause.is_none(), "an exception that is its own cause has none");
}

#[test]
fn the_body_of_every_other_status_is_a_text() {
    let errors: Vec<_> = vectors().into_iter().filter(|v| !v.request && !v.event && v.status != 20).collect();
    let found: Vec<_> = errors.iter().map(|v| (v.name.as_str(), v.status)).collect();
    assert_eq!(found, [("V25", 50), ("V28", 25), ("V29", 40), ("V32", 100), ("V34", 40)]);
    for vector in &errors {
        let text = Reader::new(&vector.body).read_string().expect("a string").expect("not null");
        let text = text.to_str_lossy();
        let known =
            ["Data length too large: ", "Fail to decode request due to: ", "Server side(127.0.0.1,20990)"];
        assert!(known.iter().any(|start| text.starts_with(start)), "{}: {text}", vector.name);
    }
}
