//! No stream of bytes makes the frame decoder panic, stand still or announce more than it was given, and no body inside
//! a frame makes the decoders of requests and responses panic.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use polydubbo::codec::frame::{self, Decoded, Event, FrameHeader};
use polydubbo::codec::hessian::Limits;
use polydubbo::codec::request::RequestHead;
use polydubbo::codec::response;

const LIMIT: u32 = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    loop {
        rest = match frame::decode(rest, LIMIT) {
            Decoded::Frame(header) => {
                let body = &rest[frame::HEADER_LENGTH..][..header.length as usize];
                decode_body(&header, body);
                &rest[frame::HEADER_LENGTH + body.len()..]
            }
            Decoded::Garbage(range) => {
                assert!(range.start == 0 && range.end <= rest.len());
                // Garbage of length zero would make a reader stand still.
                if range.is_empty() {
                    return;
                }
                &rest[range.end..]
            }
            Decoded::Overflow(header) => {
                assert!(header.length > LIMIT);
                let skipped = (frame::HEADER_LENGTH + header.length as usize).min(rest.len());
                &rest[skipped..]
            }
            Decoded::Partial(header) => {
                assert!(rest.len() < frame::HEADER_LENGTH + header.length as usize);
                return;
            }
            Decoded::Need(_) | Decoded::BadLength(_) => return,
        };
    }
});

fn decode_body(header: &FrameHeader, body: &[u8]) {
    // The header survives being written again, whatever its bits are.
    let copy = header.encode();
    assert_eq!(frame::decode(&copy, u32::MAX), if header.length == 0 { Decoded::Frame(*header) } else { Decoded::Partial(*header) });
    let body = Bytes::copy_from_slice(body);
    let _ = Event::recognise(header.serialization(), &body);
    if let Ok(head) = RequestHead::decode(&body, Limits::DEFAULT) {
        let _ = head.finish();
    }
    if let Ok(result) = response::decode(body.clone(), Limits::DEFAULT) {
        let _ = (result.attachments(), result.value(), result.throwable());
    }
}
