//! No bytes make the Hessian reader panic, hang or reserve memory beyond its limits, whichever way they are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polydubbo::codec::hessian::{Reader, Value};

fuzz_target!(|data: &[u8]| {
    let mut skipped = Reader::new(data);
    let mut ends = Vec::new();
    while !skipped.is_at_end() && skipped.skip_value().is_ok() {
        ends.push(skipped.position());
    }
    let mut built = Reader::new(data);
    for end in ends {
        // Whatever can be built ends where skipping it ends.
        if built.read::<Value>().is_err() {
            return;
        }
        assert_eq!(built.position(), end);
    }
});
