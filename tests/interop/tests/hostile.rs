//! Hostile bytes on a provider's port and on a consumer's connection: nothing panics, memory stays bounded, wrong bytes
//! are never taken for an answer or a call, and the next good call works.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polydubbo::codec::frame::{FrameHeader, HEADER_LENGTH, HESSIAN2, status};
use polydubbo::codec::hessian::Value;
use polydubbo::typed::ServiceError;
use polydubbo::{Error, Reference, Server, Service};

/// More than what one default payload of 8 MiB can take, and much less than what the bombs promise.
const ALLOWED_GROWTH: usize = 64 << 20;
const SOON: Duration = Duration::from_secs(20);

/// Parts of the request `sayHello("world")`: the argument, and descriptors of the two overloads.
const ARGUMENT: &[u8] = b"\x05world";
const STRING: &[u8] = b"\x12Ljava/lang/String;";
const OBJECT: &[u8] = b"\x12Ljava/lang/Object;";

static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        before(info);
    }));
}

fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Hessian values that promise much more than they hold.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let typed = b"V\x13[java.lang.Object\x49\x7f\xff\xff\xff".to_vec();
    vec![
        ("a list of 2^31-1 elements", b"X\x49\x7f\xff\xff\xff".to_vec()),
        ("a list of -1 elements", b"X\x49\xff\xff\xff\xff".to_vec()),
        ("a typed list of 2^31-1 elements", typed),
        ("a list of long[2^31-1]", b"V\x05[long\x49\x7f\xff\xff\xff".to_vec()),
        ("two hundred thousand nested lists", vec![0x79; 200_000]),
        ("two hundred thousand nested maps", vec![b'H'; 200_000]),
        ("a map without an end", b"H\x01a".to_vec()),
        ("a string cut short", b"S\xff\xffabc".to_vec()),
        ("chunks without an end", b"R\xff\xff".to_vec()),
        ("a binary cut short", b"B\xff\xff\x01".to_vec()),
        ("a class with 2^31-1 fields", b"C\x01A\x49\x7f\xff\xff\xff".to_vec()),
        ("an object of a class never defined", b"O\x49\x7f\xff\xff\xff".to_vec()),
        ("a reference to nothing", b"Q\x49\x7f\xff\xff\xff".to_vec()),
        ("an unknown tag", b"\x40".to_vec()),
        ("no value", Vec::new()),
    ]
}

/// Bytes that look random, the same in every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Broken framing; nothing here is a whole and valid frame.
fn broken_frames() -> Vec<(&'static str, Vec<u8>)> {
    let request = |length| FrameHeader::request(7, HESSIAN2, true, length).encode();
    vec![
        ("noise", noise(1 << 20)),
        ("zeros", vec![0; 1 << 20]),
        ("a line without an end", vec![b'a'; 1 << 20]),
        ("magic over and over", [0xDA, 0xBB].repeat(500_000)),
        ("half a header", request(10)[..9].to_vec()),
        ("a body cut short", [&request(1000)[..], &[0x05; 100]].concat()),
        ("2^31-1 bytes promised", request(i32::MAX as u32).to_vec()),
        ("a negative length", request(-1_i32 as u32).to_vec()),
        ("a little more than the payload", request((8 << 20) + 1).to_vec()),
        (
            "an event of noise",
            [&FrameHeader::request(7, HESSIAN2, true, 999).event().encode()[..], &noise(999)].concat(),
        ),
        ("a request of noise", [&request(999)[..], &noise(999)].concat()),
        (
            "a response nobody waits for",
            [&FrameHeader::response(99, HESSIAN2, 20, 999).encode()[..], &noise(999)].concat(),
        ),
        (
            "an unknown serialization",
            [&FrameHeader::request(7, 31, true, 9).encode()[..], &noise(9)].concat(),
        ),
    ]
}

fn request_body(descriptor: &[u8], argument: &[u8]) -> Vec<u8> {
    let head = b"\x052.0.2\x08demo.Foo\x050.0.0\x08sayHello";
    let tail = b"H\x04path\x08demo.Foo\x09interface\x08demo.Foo\x07version\x050.0.0Z";
    [&head[..], descriptor, argument, tail].concat()
}

fn request_frame(body: &[u8]) -> Vec<u8> {
    [&FrameHeader::request(7, HESSIAN2, true, body.len() as u32).encode()[..], body].concat()
}

async fn provider() -> Server {
    let service = Service::builder("demo.Foo")
        .method("sayHello", async |name: String| Ok::<_, ServiceError>(format!("Hello {name}")))
        .method("sayHello", async |value: Value| Ok::<_, ServiceError>(value))
        .build()
        .unwrap();
    let server = Server::builder().host("127.0.0.1").port(0).set("shutdown.notice", "0").service(service);
    server.start().await.unwrap()
}

async fn hello(reference: &Reference) -> Result<Value, Error> {
    reference.call("sayHello").arg("world").invoke::<Value>().await
}

async fn good_call(reference: &Reference, after: &str) {
    let end = Instant::now() + SOON;
    loop {
        match hello(reference).await {
            Ok(value) => return assert_eq!(value, Value::from("Hello world"), "after {after}"),
            // A connection that was closed for what came over it takes a moment to be made anew.
            Err(error) => assert!(Instant::now() < end, "after {after}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends the bytes, ends the sending side, and gives all that the provider says until it closes.
async fn attack(server: &Server, bytes: Vec<u8>) -> Vec<u8> {
    let port = server.local_addr().port();
    let talk = move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        // The provider may close at the first wrong byte: then neither of these works.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

/// One request on a connection that stays open; the status of its answer.
async fn ask(server: &Server, frame: Vec<u8>) -> u8 {
    let port = server.local_addr().port();
    let talk = move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.write_all(&frame).unwrap();
        let mut header = [0; HEADER_LENGTH];
        stream.read_exact(&mut header).unwrap();
        header[3]
    };
    tokio::task::spawn_blocking(talk).await.unwrap()
}

fn is_success(answer: &[u8]) -> bool {
    answer.len() >= HEADER_LENGTH
        && answer[..2] == [0xDA, 0xBB]
        && answer[2] & 0xA0 == 0
        && answer[3] == status::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_survives_hostile_bytes() {
    count_panics();
    let server = provider().await;
    let reference = Reference::builder("demo.Foo").url(&server.url()).retries(0).build().await.unwrap();
    good_call(&reference, "nothing").await;
    assert_eq!(ask(&server, request_frame(&request_body(STRING, ARGUMENT))).await, status::OK);
    let before = resident();

    for (name, bytes) in broken_frames() {
        let answer = attack(&server, bytes).await;
        assert!(!is_success(&answer), "{name} was taken for a call");
        hello(&reference).await.unwrap_or_else(|error| panic!("after {name}: {error}"));
    }
    for (name, bomb) in bombs() {
        for descriptor in [STRING, OBJECT] {
            let status = ask(&server, request_frame(&request_body(descriptor, &bomb))).await;
            assert_ne!(status, status::OK, "{name}");
            hello(&reference).await.unwrap_or_else(|error| panic!("after {name}: {error}"));
        }
    }
    every_truncation_is_refused(&server).await;
    promises_take_no_memory(&server).await;

    good_call(&reference, "everything").await;
    let grown = resident().saturating_sub(before);
    assert!(grown < ALLOWED_GROWTH, "{grown} bytes more than before");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

/// A whole frame whose body ends too early, at every place before the attachments.
async fn every_truncation_is_refused(server: &Server) {
    let body = request_body(STRING, ARGUMENT);
    let arguments_end = body.windows(ARGUMENT.len()).position(|part| part == ARGUMENT).unwrap();
    for length in 0..arguments_end {
        let status = ask(server, request_frame(&body[..length])).await;
        assert_ne!(status, status::OK, "{length} bytes of the body");
    }
}

/// Two hundred connections that each promise almost the whole payload and send a little of it.
async fn promises_take_no_memory(server: &Server) {
    let port = server.local_addr().port();
    let before = resident();
    let promise = FrameHeader::request(1, HESSIAN2, true, (8 << 20) - 1).encode();
    let streams: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.write_all(&promise).and_then(|()| stream.write_all(&[5; 100])).unwrap();
            stream
        })
        .collect();
    // Answered behind them, so all of them have been read.
    for _ in 0..20 {
        assert_eq!(ask(server, request_frame(&request_body(STRING, ARGUMENT))).await, status::OK);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < ALLOWED_GROWTH, "{grown} bytes for {} promises", streams.len());
}

/// A server that answers every request with what it is told at the moment.
struct FakeServer {
    port: u16,
    answer: Arc<Mutex<Answer>>,
}

/// Makes the answer to the request of this id; the connection is closed behind it if the flag is set.
type Answer = Box<dyn Fn(i64) -> (Vec<u8>, bool) + Send>;

impl FakeServer {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(Box::new(good_answer) as Answer));
        let shared = Arc::clone(&answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = Arc::clone(&shared);
                // Ends with its connection, by whichever side.
                thread::spawn(move || serve(stream, &answer));
            }
        });
        Self { port, answer }
    }

    fn answers(&self, answer: impl Fn(i64) -> (Vec<u8>, bool) + Send + 'static) {
        *self.answer.lock() = Box::new(answer);
    }
}

fn serve(mut stream: TcpStream, answer: &Mutex<Answer>) -> Option<()> {
    loop {
        let mut header = [0; HEADER_LENGTH];
        stream.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes(header[12..].try_into().unwrap());
        stream.read_exact(&mut vec![0; length as usize]).ok()?;
        let (bytes, close) = answer.lock()(i64::from_be_bytes(header[4..12].try_into().unwrap()));
        stream.write_all(&bytes).ok()?;
        if close {
            return None;
        }
    }
}

fn response(id: i64, status: u8, body: &[u8]) -> Vec<u8> {
    [&FrameHeader::response(id, HESSIAN2, status, body.len() as u32).encode()[..], body].concat()
}

fn good_answer(id: i64) -> (Vec<u8>, bool) {
    (response(id, status::OK, b"\x91\x0bHello world"), false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_survives_hostile_bytes() {
    count_panics();
    let server = FakeServer::start();
    let url = format!("dubbo://127.0.0.1:{}", server.port);
    let reference = Reference::builder("demo.Foo").url(&url).retries(0).timeout(Duration::from_millis(400));
    let reference = reference.build().await.unwrap();
    good_call(&reference, "nothing").await;
    let before = resident();

    for (name, bytes) in broken_frames() {
        server.answers(move |_| (bytes.clone(), true));
        fails_then_recovers(&server, &reference, name).await;
    }
    for (name, bomb) in bombs() {
        // A value, a value with attachments, an exception; and the text of an error.
        for (kind, status) in
            [(0x91, status::OK), (0x94, status::OK), (0x90, status::OK), (0, status::SERVICE_ERROR)]
        {
            let body = if kind == 0 { bomb.clone() } else { [&[kind], &bomb[..]].concat() };
            server.answers(move |id| (response(id, status, &body), false));
            fails_then_recovers(&server, &reference, name).await;
        }
    }
    let promise = FrameHeader::response(0, HESSIAN2, status::OK, i32::MAX as u32).encode();
    server.answers(move |id| {
        ([&promise[..4], &id.to_be_bytes(), &promise[12..], &noise(1 << 20)].concat(), true)
    });
    fails_then_recovers(&server, &reference, "an answer of 2^31-1 bytes").await;

    let grown = resident().saturating_sub(before);
    assert!(grown < ALLOWED_GROWTH, "{grown} bytes more than before");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}

async fn fails_then_recovers(server: &FakeServer, reference: &Reference, name: &str) {
    let outcome = tokio::time::timeout(SOON, hello(reference)).await;
    let outcome = outcome.unwrap_or_else(|_| panic!("{name}: the call never ended"));
    let error = outcome.err().unwrap_or_else(|| panic!("{name} was taken for an answer"));
    assert!(!error.message().is_empty(), "{name}");
    server.answers(good_answer);
    good_call(reference, name).await;
}
