//! However a stream is split into reads, it is cut into the same bytes of each kind, nothing is invented, and memory grows
//! with what has arrived only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polydubbo::codec::frames::{BodyLimits, FrameCutter, Piece};

fuzz_target!(|data: (u8, u16, u16, Vec<u8>)| {
    let (step, request, response, stream) = data;
    let limits = BodyLimits { request: request.into(), response: response.into() };
    let whole = cut(limits, std::iter::once(&stream[..]));
    let split = cut(limits, stream.chunks(usize::from(step).max(1)));
    assert_eq!(whole, split);
});

/// The bytes of each kind, and whether the stream could be followed to its end.
fn cut<'a>(limits: BodyLimits, reads: impl Iterator<Item = &'a [u8]>) -> ([Vec<u8>; 3], bool) {
    let mut cutter = FrameCutter::new(limits);
    let mut kinds: [Vec<u8>; 3] = Default::default();
    let (mut pieces, mut arrived) = (Vec::new(), 0);
    for read in reads {
        arrived += read.len();
        let result = cutter.consume(read, &mut pieces);
        for piece in pieces.drain(..) {
            assert!(!piece.is_empty());
            match piece {
                Piece::Frames(bytes) => kinds[0].extend_from_slice(&bytes),
                Piece::Truncated(bytes) => kinds[1].extend_from_slice(&bytes),
                Piece::Raw(bytes) => kinds[2].extend_from_slice(&bytes),
            }
        }
        assert!(kinds.iter().map(Vec::len).sum::<usize>() <= arrived);
        assert!(cutter.held() <= 2 * arrived + 64);
        if result.is_err() {
            return (kinds, false);
        }
    }
    (kinds, true)
}
