//! The sixteen bytes before every body, as far as a generator needs them.
//!
//! Written apart from the core on purpose: the yardstick must not change when the measured thing does.

use anyhow::{Result, bail};

/// Length of a frame header.
pub(crate) const HEADER: usize = 16;
const MAGIC: [u8; 2] = [0xda, 0xbb];
const REQUEST: u8 = 0x80;
const TWO_WAY: u8 = 0x40;
const EVENT: u8 = 0x20;
const HESSIAN2: u8 = 2;
/// Status of a good answer.
pub(crate) const OK: u8 = 20;

/// One complete frame, borrowed from the read buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a>(&'a [u8]);

impl<'a> Frame<'a> {
    pub(crate) fn id(self) -> u64 {
        u64::from_be_bytes(self.0[4..12].try_into().expect("eight bytes"))
    }

    pub(crate) fn status(self) -> u8 {
        self.0[3]
    }

    pub(crate) fn is_event(self) -> bool {
        self.0[2] & EVENT != 0
    }

    pub(crate) fn is_two_way_request(self) -> bool {
        self.0[2] & (REQUEST | TWO_WAY) == REQUEST | TWO_WAY
    }

    pub(crate) fn body(self) -> &'a [u8] {
        &self.0[HEADER..]
    }
}

/// Calls `each` for every complete frame at the start of `bytes` and returns how many bytes they took.
///
/// # Errors
/// When the bytes are not a sequence of frames, or `each` fails.
pub(crate) fn cut(bytes: &[u8], mut each: impl FnMut(Frame<'_>) -> Result<()>) -> Result<usize> {
    let mut at = 0;
    while bytes.len() - at >= HEADER {
        let rest = &bytes[at..];
        if rest[..2] != MAGIC {
            bail!("byte {at} of a read is not the start of a frame: {:02x?}", &rest[..HEADER]);
        }
        let length = u32::from_be_bytes(rest[12..HEADER].try_into().expect("four bytes")) as usize;
        let Some(frame) = rest.get(..HEADER + length) else { break };
        each(Frame(frame))?;
        at += frame.len();
    }
    Ok(at)
}

/// Appends a two-way request.
pub(crate) fn push_request(out: &mut Vec<u8>, id: u64, body: &[u8]) {
    push(out, REQUEST | TWO_WAY | HESSIAN2, 0, id, body);
}

/// Appends a request that is not answered.
pub(crate) fn push_one_way(out: &mut Vec<u8>, id: u64, body: &[u8]) {
    push(out, REQUEST | HESSIAN2, 0, id, body);
}

/// Appends the answer that sends the body of `request` back; nothing for a one-way request or a response.
pub(crate) fn push_echo(out: &mut Vec<u8>, request: Frame<'_>) {
    if request.is_two_way_request() {
        push(out, request.0[2] & !(REQUEST | TWO_WAY), OK, request.id(), request.body());
    }
}

fn push(out: &mut Vec<u8>, flags: u8, status: u8, id: u64, body: &[u8]) {
    let length = u32::try_from(body.len()).expect("bodies of the benchmark are far below 4 GiB");
    let mut header = [0; HEADER];
    header[..2].copy_from_slice(&MAGIC);
    header[2] = flags;
    header[3] = status;
    header[4..12].copy_from_slice(&id.to_be_bytes());
    header[12..].copy_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_whole_and_the_rest_is_left() {
        let mut bytes = Vec::new();
        push_request(&mut bytes, 7, b"seven");
        push_request(&mut bytes, 8, b"");
        let whole = bytes.len();
        push_request(&mut bytes, 9, b"nine");
        for missing in 1..HEADER + 4 {
            let mut seen = Vec::new();
            let used = cut(&bytes[..bytes.len() - missing], |frame| {
                seen.push((frame.id(), frame.body().to_vec()));
                Ok(())
            });
            assert_eq!(used.unwrap(), whole);
            assert_eq!(seen, [(7, b"seven".to_vec()), (8, Vec::new())]);
        }
    }

    #[test]
    fn anything_else_than_a_frame_is_an_error() {
        assert!(cut(b"GET / HTTP/1.1\r\n\r\n", |_| Ok(())).is_err());
    }

    #[test]
    fn an_echo_keeps_id_body_and_event_flag() {
        let mut request = Vec::new();
        push(&mut request, 0xe2, 0, u64::MAX, b"N");
        let mut answer = Vec::new();
        cut(&request, |frame| {
            push_echo(&mut answer, frame);
            Ok(())
        })
        .unwrap();
        assert_eq!(answer[2..4], [0x22, OK]);
        let mut none = Vec::new();
        cut(&answer, |frame| {
            assert_eq!((frame.id(), frame.body()), (u64::MAX, b"N".as_slice()));
            assert!(frame.is_event());
            push_echo(&mut none, frame);
            Ok(())
        })
        .unwrap();
        assert!(none.is_empty(), "a response is not answered");
    }
}
