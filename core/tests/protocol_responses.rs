//! What our consumer makes of the answers of a scripted provider.

mod protocol_support;

use polydubbo::codec::frame::{FrameHeader, HEADER_LENGTH, status};
use polydubbo::protocol::dubbo::{DubboInvoker, ReferOptions};
use polydubbo::rpc::ResultKind;
use polydubbo::url::Url;
use polydubbo::{ErrorCode, Result};
use protocol_support::{call, text_of};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A provider that sends what it is told.
struct Script {
    listener: TcpListener,
    stream: Option<TcpStream>,
}

impl Script {
    async fn start() -> (Self, DubboInvoker) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = listener.local_addr().expect("an address").port();
        let url = Url::parse(&format!("dubbo://127.0.0.1:{port}/demo.Foo?timeout=300")).expect("a URL");
        let invoker = DubboInvoker::refer(url, &ReferOptions::default()).expect("refers");
        (Self { listener, stream: None }, invoker)
    }

    /// Reads one request and returns its id.
    async fn request(&mut self) -> i64 {
        if self.stream.is_none() {
            self.stream = Some(self.listener.accept().await.expect("a consumer").0);
        }
        let stream = self.stream.as_mut().expect("just accepted");
        let mut header = [0; HEADER_LENGTH];
        stream.read_exact(&mut header).await.expect("a header");
        let length = u32::from_be_bytes(header[12..].try_into().expect("4 bytes"));
        stream.read_exact(&mut vec![0; length as usize]).await.expect("a body");
        i64::from_be_bytes(header[4..12].try_into().expect("8 bytes"))
    }

    async fn send(&mut self, header: FrameHeader, body: &[u8]) {
        let frame = [&header.encode()[..], body].concat();
        self.stream.as_mut().expect("a request came first").write_all(&frame).await.expect("sends");
    }
}

/// One call, answered with this status, serialization and body.
async fn answered(
    script: &mut Script,
    invoker: &DubboInvoker,
    (status, serialization, body): (u8, u8, &[u8]),
) -> Result<polydubbo::rpc::RpcResult> {
    let call = call("sayHello", "x");
    let serve = async {
        let id = script.request().await;
        script.send(FrameHeader::response(id, serialization, status, body.len() as u32), body).await;
    };
    let (result, ()) = tokio::join!(invoker.invoke(&call), serve);
    result
}

#[tokio::test]
async fn every_status_becomes_the_rpc_exception_of_java() {
    let (mut script, invoker) = Script::start().await;
    let network = "Failed to invoke remote method: sayHello, provider: dubbo://127.0.0.1:";
    let timeout = "Invoke remote method timeout. method: sayHello, provider: dubbo://127.0.0.1:";
    let serialization =
        "Invoke remote method failed cause by serialization error.  remote method: sayHello, provider: ";
    for (status, code, rpc_code, start) in [
        (25, ErrorCode::StatusSerialization, 5, serialization),
        (30, ErrorCode::StatusClientTimeout, 2, timeout),
        (31, ErrorCode::StatusServerTimeout, 2, timeout),
        (35, ErrorCode::StatusChannelInactive, 1, network),
        (40, ErrorCode::StatusBadRequest, 1, network),
        (50, ErrorCode::StatusBadResponse, 1, network),
        (60, ErrorCode::StatusServiceNotFound, 1, network),
        (70, ErrorCode::StatusServiceError, 1, network),
        (80, ErrorCode::StatusServerError, 1, network),
        (90, ErrorCode::StatusClientError, 1, network),
        (100, ErrorCode::StatusThreadPoolExhausted, 1, network),
        (0, ErrorCode::Network, 1, network),
        (200, ErrorCode::Network, 1, network),
    ] {
        for (body, text) in [(&b"\x04text"[..], ", cause: text"), (b"N", ", cause: null")] {
            let error =
                answered(&mut script, &invoker, (status, 2, body)).await.expect_err("an error status");
            assert_eq!((error.code(), error.code().rpc_code()), (code, rpc_code), "{status}");
            assert!(error.message().starts_with(start), "{status}: {error}");
            assert!(error.message().ends_with(text), "{status}: {error}");
        }
    }
    let error = answered(&mut script, &invoker, (70, 2, b"")).await.expect_err("no text");
    assert_eq!(error.code(), ErrorCode::StatusServiceError);
}

#[tokio::test]
async fn irregular_results_end_as_in_java() {
    let (mut script, invoker) = Script::start().await;
    for body in
        [&b"\x91\x02hi"[..], b"\x94\x02hiN", b"\x94\x02hiM\x11java.util.TreeMapZ", b"\x94\x02hiHZjunk"]
    {
        let result = answered(&mut script, &invoker, (status::OK, 2, body)).await.expect("Java accepts it");
        assert_eq!(text_of(&result.value().expect("a value")), "hi");
    }
    let result = answered(&mut script, &invoker, (status::OK, 2, b"\x92")).await.expect("Java accepts it");
    assert_eq!(result.kind(), ResultKind::Null);
    for (serialization, body, text) in [
        (2, &b"\x94\x02hi"[..], "java.io.EOFException: readObject: "),
        (2, b"\x90\x02hi", "Response data error, expect Throwable, but get "),
        (2, b"\x99", "Unknown result flag, expect '0' '1' '2' '3' '4' '5', but received: 9"),
        (2, b"", "java.io.EOFException: "),
        (23, b"\x91\x02hi", "Unexpected serialization id:23 received from network"),
    ] {
        let error = answered(&mut script, &invoker, (status::OK, serialization, body)).await.expect_err(text);
        assert_eq!(error.code(), ErrorCode::StatusClientError, "{error}");
        assert!(error.message().contains(text), "{error}");
    }
}

#[tokio::test]
async fn only_the_answer_to_a_call_completes_it() {
    let (mut script, invoker) = Script::start().await;
    let call = call("sayHello", "x");
    let serve = async {
        let id = script.request().await;
        // Nobody waits for this one; a heartbeat's answer is no answer; READONLY comes in between.
        script.send(FrameHeader::response(id ^ 1, 2, status::OK, 4), b"\x91\x02no").await;
        script.send(FrameHeader::response(id, 2, status::OK, 1).event(), b"N").await;
        script.send(FrameHeader::request(77, 2, false, 2).event(), b"\x01R").await;
        let mut answer = FrameHeader::response(id, 2, status::OK, 5);
        // The TWOWAY bit means nothing on a response.
        answer.flags |= 0x40;
        script.send(answer, b"\x91\x03yes").await;
    };
    let (result, ()) = tokio::join!(invoker.invoke(&call), serve);
    assert_eq!(text_of(&result.expect("answered").value().expect("a value")), "yes");
    assert!(!invoker.is_available(), "a provider that announced its end is passed over");
    // It still answers calls that insist.
    let result = answered(&mut script, &invoker, (status::OK, 2, b"\x91\x03yes")).await.expect("answered");
    assert_eq!(text_of(&result.value().expect("a value")), "yes");
}

#[tokio::test]
async fn a_lost_connection_fails_the_calls_that_wait() {
    let (mut script, invoker) = Script::start().await;
    let call = call("sayHello", "x");
    let serve = async {
        script.request().await;
        script.stream = None;
    };
    let (result, ()) = tokio::join!(invoker.invoke(&call), serve);
    let error = result.expect_err("the connection is gone");
    assert_eq!((error.code(), error.code().rpc_code()), (ErrorCode::StatusChannelInactive, 1));
    assert!(error.message().contains("is inactive. Directly return the unFinished request"), "{error}");
}
