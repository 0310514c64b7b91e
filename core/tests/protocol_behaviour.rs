//! What our provider answers to raw bytes: the behaviour vectors of the wire document.

mod protocol_support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use polydubbo::codec::hessian::Reader;
use polydubbo::protocol::inbound::{InboundCall, ServiceHandler};
use polydubbo::protocol::method_table::MethodTable;
use protocol_support::{Fixture, string, text_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const STRING: &str = "\x12Ljava/lang/String;";
const TWO_WAY: u8 = 0xC2;
const ONE_WAY: u8 = 0x82;

/// Answers `Hello <name>`, `Hello null` for null.
struct Greeter;

impl ServiceHandler for Greeter {
    fn handle(&self, call: InboundCall) {
        let name = match Reader::new(&call.arguments).read_string() {
            Ok(Some(text)) => text.to_str_lossy().into_owned(),
            Ok(None) => "null".to_owned(),
            Err(_) => "number".to_owned(),
        };
        call.responder.value(string(&format!("Hello {name}")));
    }
}

async fn start() -> (Fixture, TcpStream) {
    let methods = MethodTable::new().with("sayHello", "Ljava/lang/String;");
    let fixture = Fixture::start("", methods, Arc::new(Greeter)).await;
    let stream = TcpStream::connect(fixture.server.local_addr()).await.expect("connects");
    (fixture, stream)
}

fn frame(flags: u8, id: u64, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short").to_be_bytes();
    [&[0xDA, 0xBB, flags, 0], &id.to_be_bytes()[..], &length, body].concat()
}

/// A body from pieces of text, which carry their own lengths.
fn body(version: &str, path: &str, service_version: &str, method: &str, rest: &[u8]) -> Vec<u8> {
    let mut out = [version, path, service_version, method].concat().into_bytes();
    out.extend_from_slice(rest);
    out
}

fn hello(attachments: &[u8]) -> Vec<u8> {
    let rest = [STRING.as_bytes(), b"\x05world", attachments].concat();
    body("\x052.0.2", "\x08demo.Foo", "\x050.0.0", "\x08sayHello", &rest)
}

const PATH: &[u8] = b"H\x04path\x08demo.FooZ";

#[derive(Debug, PartialEq)]
struct Answer {
    flags: u8,
    status: u8,
    id: u64,
    body: Bytes,
}

async fn answer(stream: &mut TcpStream) -> Answer {
    let mut header = [0; 16];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut header)).await;
    read.expect("an answer").expect("the connection is open");
    assert_eq!(header[..2], [0xDA, 0xBB]);
    let id = u64::from_be_bytes(header[4..12].try_into().expect("8 bytes"));
    let length = u32::from_be_bytes(header[12..].try_into().expect("4 bytes"));
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await.expect("the whole body");
    Answer { flags: header[2], status: header[3], id, body: body.into() }
}

async fn send(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).await.expect("sends");
}

/// Sends a frame that gets no answer, then a call; the answer to the call must come first.
async fn expect_silence(stream: &mut TcpStream, bytes: &[u8]) {
    send(stream, bytes).await;
    send(stream, &frame(TWO_WAY, 0x5151, &hello(PATH))).await;
    assert_eq!(answer(stream).await.id, 0x5151);
}

#[tokio::test]
async fn calls_that_java_serves_are_served() {
    let (_fixture, mut stream) = start().await;
    let null = [STRING.as_bytes(), b"N", PATH].concat();
    let number = [STRING.as_bytes(), b"\x91", PATH].concat();
    let path_of_java = |version: &str| {
        body(
            version,
            "\x08demo.Foo",
            "\x050.0.0",
            "\x08sayHello",
            &[STRING.as_bytes(), b"\x05world", PATH].concat(),
        )
    };
    for (name, body, want) in [
        ("plain", hello(PATH), &b"\x94\x0bHello worldH\x05dubbo\x052.0.2Z"[..]),
        ("trailing bytes", [&hello(PATH)[..], b"abcd"].concat(), b"\x94\x0bHello worldH\x05dubbo\x052.0.2Z"),
        ("other attachments only", hello(b"H\x01x\x01yZ"), b"\x94\x0bHello worldH\x05dubbo\x052.0.2Z"),
        ("null attachments", hello(b"N"), b"\x94\x0bHello worldH\x05dubbo\x052.0.2Z"),
        (
            "null service version",
            body(
                "\x052.0.2",
                "\x08demo.Foo",
                "N",
                "\x08sayHello",
                &[STRING.as_bytes(), b"\x05world", PATH].concat(),
            ),
            b"\x94\x0bHello worldH\x05dubbo\x052.0.2Z",
        ),
        ("no protocol version", path_of_java("N"), b"\x91\x0bHello world"),
        ("2.6.2", path_of_java("\x052.6.2"), b"\x91\x0bHello world"),
        ("2.0.1", path_of_java("\x052.0.1"), b"\x91\x0bHello world"),
        ("3.0.0", path_of_java("\x053.0.0"), b"\x91\x0bHello world"),
        (
            "null argument",
            body("\x052.0.2", "\x08demo.Foo", "\x050.0.0", "\x08sayHello", &null),
            b"\x94\x0aHello nullH\x05dubbo\x052.0.2Z",
        ),
        (
            "a number for a text",
            body("\x052.0.2", "\x08demo.Foo", "\x050.0.0", "\x08sayHello", &number),
            b"\x94\x0cHello numberH\x05dubbo\x052.0.2Z",
        ),
    ] {
        // All 64 bits of an id are the caller's own.
        let id = 0xFEDC_BA98_7654_3210;
        send(&mut stream, &frame(TWO_WAY, id, &body)).await;
        let got = answer(&mut stream).await;
        assert_eq!(got, Answer { flags: 0x02, status: 20, id, body: Bytes::copy_from_slice(want) }, "{name}");
    }
}

#[tokio::test]
async fn broken_and_unknown_calls_get_the_status_and_text_of_java() {
    let (_fixture, mut stream) = start().await;
    let call = |path: &str, method: &str, rest: &[u8]| body("\x052.0.2", path, "\x050.0.0", method, rest);
    let world = |attachments: &[u8]| [STRING.as_bytes(), b"\x05world", attachments].concat();
    for (name, flags, body, status, text) in [
        (
            "unknown serialization",
            0xC0 | 29,
            hello(PATH),
            40,
            "Unexpected serialization id:29 received from network",
        ),
        ("serialization 0", 0xC0, hello(PATH), 40, "Unexpected serialization id:0 received from network"),
        ("empty body", TWO_WAY, Vec::new(), 40, "Fail to decode request due to: "),
        ("garbage", TWO_WAY, b"\xff\xff\xff".to_vec(), 40, "Fail to decode request due to: "),
        (
            "method",
            TWO_WAY,
            call("\x08demo.Foo", "\x04nope", &world(PATH)),
            40,
            "Service not found:demo.Foo, nope",
        ),
        (
            "descriptor",
            TWO_WAY,
            call("\x08demo.Foo", "\x08sayHello", &[b"\x01I\x91", PATH].concat()),
            40,
            "Service not found:demo.Foo, sayHello",
        ),
        (
            "path",
            TWO_WAY,
            call("\x09demo.Nope", "\x08sayHello", &world(b"HZ")),
            40,
            "Service not found:demo.Nope, sayHello",
        ),
        (
            "group",
            TWO_WAY,
            call("\x08demo.Foo", "\x08sayHello", &world(b"H\x05group\x02zzZ")),
            70,
            "Not found exported service: zz/demo.Foo:",
        ),
        (
            "version",
            TWO_WAY,
            call("\x08demo.Foo", "\x08sayHello", &world(b"H\x07version\x037.7Z")),
            70,
            "Not found exported service: demo.Foo:7.7:",
        ),
        (
            "path attachment",
            TWO_WAY,
            call("\x08demo.Foo", "\x08sayHello", &world(b"H\x04path\x0ademo.OtherZ")),
            70,
            "Not found exported service: demo.Other:",
        ),
        (
            "too few arguments",
            TWO_WAY,
            call("\x08demo.Foo", "\x08sayHello", &[STRING.as_bytes(), PATH].concat()),
            40,
            "Fail to decode",
        ),
    ] {
        send(&mut stream, &frame(flags, 7, &body)).await;
        let got = answer(&mut stream).await;
        assert_eq!((got.status, got.id), (status, 7), "{name}");
        let answered = text_of(&got.body);
        assert!(answered.contains(text), "{name}: {answered}");
    }
}

#[tokio::test]
async fn one_way_calls_and_events_of_no_interest_get_no_answer() {
    let (_fixture, mut stream) = start().await;
    let unknown = body(
        "\x052.0.2",
        "\x09demo.Nope",
        "\x050.0.0",
        "\x08sayHello",
        &[STRING.as_bytes(), b"\x01xHZ"].concat(),
    );
    for bytes in [
        frame(ONE_WAY, 1, &hello(PATH)),
        frame(ONE_WAY, 2, &unknown),
        frame(ONE_WAY, 3, b"\xff"),
        frame(0xA2, 4, b"N"),
        frame(0xE2, 5, b"\x01X"),
        frame(0xA2, 6, b"\x01R"),
        frame(0xA2, 7, b"\x01W"),
        frame(0x02, 8, b"\x92"),
    ] {
        expect_silence(&mut stream, &bytes).await;
    }
    send(&mut stream, &frame(0xE2, 9, b"N")).await;
    let heartbeat = Answer { flags: 0x22, status: 20, id: 9, body: Bytes::from_static(b"N") };
    assert_eq!(answer(&mut stream).await, heartbeat);
}

#[tokio::test]
async fn frames_may_stick_together_and_break_anywhere() {
    let (_fixture, mut stream) = start().await;
    stream.set_nodelay(true).expect("a socket");
    let (one, two) = (frame(TWO_WAY, 1, &hello(PATH)), frame(TWO_WAY, 2, &hello(PATH)));
    send(&mut stream, &[&one[..], &two].concat()).await;
    assert_eq!((answer(&mut stream).await.id, answer(&mut stream).await.id), (1, 2));
    for cut in [1, 10, 30] {
        let (head, tail) = one.split_at(cut);
        send(&mut stream, head).await;
        tokio::task::yield_now().await;
        send(&mut stream, tail).await;
        assert_eq!(answer(&mut stream).await.id, 1);
    }
}

#[tokio::test]
async fn a_call_that_is_too_long_is_answered_at_once_and_skipped() {
    let (_fixture, mut stream) = start().await;
    let length: u32 = 9 * 1024 * 1024;
    send(
        &mut stream,
        &[&[0xDA, 0xBB, TWO_WAY, 0, 0, 0, 0, 0, 0, 0, 0, 3], &length.to_be_bytes()[..]].concat(),
    )
    .await;
    let got = answer(&mut stream).await;
    assert_eq!((got.status, got.id), (40, 3));
    assert!(
        text_of(&got.body).starts_with("Data length too large: 9437184, max payload: 8388608, channel: ")
    );
    send(&mut stream, &vec![0; length as usize]).await;
    send(&mut stream, &frame(TWO_WAY, 4, &hello(PATH))).await;
    assert_eq!(answer(&mut stream).await.id, 4);
}

#[tokio::test]
async fn a_line_of_text_is_answered_as_telnet_and_calls_go_on() {
    let (_fixture, mut stream) = start().await;
    send(&mut stream, b"hello\r\n").await;
    let want = b"Unsupported command: hello\r\ndubbo>";
    let mut got = vec![0; want.len()];
    stream.read_exact(&mut got).await.expect("an answer");
    assert_eq!(got, want);
    send(&mut stream, &frame(TWO_WAY, 5, &hello(PATH))).await;
    assert_eq!(answer(&mut stream).await.id, 5);
}
