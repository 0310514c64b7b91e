//! What is sent and which answers are good.

use anyhow::Result;
use clap::ValueEnum;
use polydubbo_micro::user::JAVA_BYTES;

use crate::frame::{self, Frame, OK};

/// Interface that every provider of the benchmark exports.
pub(crate) const INTERFACE: &str = "io.polydubbo.bench.BenchService";

/// Shape of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// A body that only a frame echo understands.
    Frame,
    /// A real Dubbo call, `String echo(String)`.
    Echo,
    /// `User createUser(User)`: an object of thirteen fields both ways.
    Pojo,
    /// `List<User> listUser(int)`: fifteen such objects back.
    List15,
    /// `Map<String, Object> echoMap(Map<String, Object>)`: texts and numbers both ways.
    Map,
    /// `String fail(String)`: an exception back, with its stack.
    Exception,
    /// `echo` twice, first one-way, then two-way: the answer tells that both have arrived. Counts as one request.
    Oneway,
}

/// A ready-made request body and the test of its answer.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    shape: Shape,
    bytes: Vec<u8>,
    payload: usize,
}

impl Body {
    /// A body with `payload` bytes of user data, where the shape leaves that open.
    pub(crate) fn new(shape: Shape, payload: usize) -> Self {
        let bytes = match shape {
            Shape::Frame => text(payload).into_bytes(),
            Shape::Echo | Shape::Oneway => call("echo", STRING, &string(&text(payload))),
            Shape::Exception => call("fail", STRING, &string(&text(payload))),
            Shape::Pojo => call("createUser", "Lio/polydubbo/bench/User;", JAVA_BYTES),
            // 0x91 is the number one.
            Shape::List15 => call("listUser", "I", &[0x91]),
            Shape::Map => call("echoMap", "Ljava/util/Map;", &map()),
        };
        Self { shape, bytes, payload }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends everything that makes up one request.
    pub(crate) fn push_request(&self, out: &mut Vec<u8>, id: u64) {
        if self.shape == Shape::Oneway {
            frame::push_one_way(out, !id, &self.bytes);
        }
        frame::push_request(out, id, &self.bytes);
    }

    /// True for the answer that this request must get.
    pub(crate) fn is_answered_by(&self, answer: Frame<'_>) -> bool {
        self.is_answered_with(answer.status(), answer.body())
    }

    /// The same for an answer that is already taken apart.
    pub(crate) fn is_answered_with(&self, status: u8, body: &[u8]) -> bool {
        status == OK && self.is_answer_body(body)
    }

    fn is_answer_body(&self, body: &[u8]) -> bool {
        // Kinds 1 and 4 are values, 0 and 3 exceptions, without and with attachments.
        let (kinds, least) = match self.shape {
            Shape::Frame => return body.len() == self.payload,
            Shape::Echo | Shape::Oneway => ([0x91, 0x94], self.payload),
            Shape::Exception => ([0x90, 0x93], self.payload),
            Shape::Pojo => ([0x91, 0x94], JAVA_BYTES.len()),
            Shape::List15 => ([0x91, 0x94], 15 * USER_TEXT),
            Shape::Map => ([0x91, 0x94], map().len()),
        };
        body.first().is_some_and(|kind| kinds.contains(kind)) && body.len() >= least
    }
}

const STRING: &str = "Ljava/lang/String;";

/// Length of the longest text of a user.
const USER_TEXT: usize = 600;

/// Printable text of `length` bytes.
pub(crate) fn text(length: usize) -> String {
    (0..length).map(|index| char::from(b'a' + (index % 26) as u8)).collect()
}

/// The body that Dubbo Java writes for a call of one argument, with its four usual attachments.
fn call(method: &str, descriptor: &str, argument: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in ["2.0.2", INTERFACE, "0.0.0", method, descriptor] {
        push_string(&mut body, part);
    }
    body.extend_from_slice(argument);
    body.push(b'H');
    for part in ["path", INTERFACE, "interface", INTERFACE, "version", "0.0.0", "timeout", "10000"] {
        push_string(&mut body, part);
    }
    body.push(b'Z');
    body
}

/// A map of eight texts and eight numbers.
fn map() -> Vec<u8> {
    let mut out = vec![b'H'];
    for index in 0..8 {
        push_string(&mut out, &format!("text-{index}"));
        push_string(&mut out, &text(24));
        push_string(&mut out, &format!("number-{index}"));
        out.push(0x90 + index);
    }
    out.push(b'Z');
    out
}

fn string(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_string(&mut out, text);
    out
}

/// Hessian2 string of ASCII text: a length in one of three forms, then the characters, in chunks when it is long.
fn push_string(out: &mut Vec<u8>, text: &str) {
    const CHUNK: usize = 0x8000;
    let mut rest = text.as_bytes();
    while rest.len() > CHUNK {
        out.extend_from_slice(&[b'R', (CHUNK >> 8) as u8, CHUNK as u8]);
        out.extend_from_slice(&rest[..CHUNK]);
        rest = &rest[CHUNK..];
    }
    match rest.len() {
        short @ 0..=31 => out.push(short as u8),
        middle @ 32..=1023 => out.extend_from_slice(&[0x30 + (middle >> 8) as u8, middle as u8]),
        long => out.extend_from_slice(&[b'S', (long >> 8) as u8, long as u8]),
    }
    out.extend_from_slice(rest);
}

/// Splits `dubbo://host:port` or `host:port` and returns the address.
///
/// # Errors
/// When it names no address.
pub(crate) fn address(target: &str) -> Result<std::net::SocketAddr> {
    use std::net::ToSocketAddrs;
    let rest = target.strip_prefix("dubbo://").unwrap_or(target);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.to_socket_addrs()?.next().ok_or_else(|| anyhow::anyhow!("{target} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame;

    #[test]
    fn string_lengths_take_the_shortest_form() {
        for (length, want) in [
            (0, vec![0]),
            (31, vec![31]),
            (32, vec![0x30, 32]),
            (1023, vec![0x33, 0xff]),
            (1024, vec![b'S', 4, 0]),
        ] {
            let mut out = Vec::new();
            push_string(&mut out, &text(length));
            assert_eq!(out[..out.len() - length], want, "{length}");
        }
        let mut long = Vec::new();
        push_string(&mut long, &text(0x8001));
        assert_eq!(long[..3], [b'R', 0x80, 0]);
        assert_eq!(long[3 + 0x8000..], [1, b'a' + (0x8000 % 26) as u8]);
    }

    /// Whether a body is answered by a response with these flags, this status and this body.
    fn answers(body: &Body, flags: u8, status: u8, bytes: &[u8]) -> bool {
        let mut out = vec![0xda, 0xbb, flags, status];
        out.extend_from_slice(&1_u64.to_be_bytes());
        out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        out.extend_from_slice(bytes);
        let mut good = false;
        frame::cut(&out, |answer| {
            good = body.is_answered_by(answer);
            Ok(())
        })
        .unwrap();
        good
    }

    #[test]
    fn only_a_value_with_status_ok_is_a_good_answer() {
        let body = Body::new(Shape::Echo, 4);
        assert!(answers(&body, 2, OK, b"\x91\x04abcd"));
        assert!(answers(&body, 2, OK, b"\x94\x04abcdHZ"));
        assert!(!answers(&body, 2, OK, b"\x93\x04abcdHZ"), "an exception");
        assert!(!answers(&body, 2, 100, b"\x91\x04abcd"), "an exhausted pool");
    }

    #[test]
    fn an_exception_is_the_good_answer_of_a_method_that_fails() {
        let body = Body::new(Shape::Exception, 4);
        assert!(answers(&body, 2, OK, b"\x93\x04abcdHZ"));
        assert!(!answers(&body, 2, OK, b"\x91\x04abcd"));
    }

    #[test]
    fn a_one_way_call_is_followed_by_one_that_is_answered() {
        let mut out = Vec::new();
        Body::new(Shape::Oneway, 4).push_request(&mut out, 7);
        let mut seen = Vec::new();
        frame::cut(&out, |request| {
            seen.push((request.is_two_way_request(), request.id()));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [(false, !7), (true, 7)]);
    }

    #[test]
    fn addresses_are_found_in_urls_and_alone() {
        for target in ["127.0.0.1:7", "dubbo://127.0.0.1:7", "dubbo://127.0.0.1:7/a.B?timeout=3"] {
            assert_eq!(address(target).unwrap().to_string(), "127.0.0.1:7");
        }
        assert!(address("dubbo://").is_err());
    }
}
