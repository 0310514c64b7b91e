//! What was decoded can be encoded, decodes again, and then encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polydubbo::codec::hessian::{Reader, Value, Writer};

fn encode(value: &Value) -> Option<bytes::Bytes> {
    let mut writer = Writer::new();
    writer.value(value).ok()?;
    writer.finish().ok()
}

fuzz_target!(|data: &[u8]| {
    let Ok(value) = Reader::new(data).read::<Value>() else { return };
    // A value may be refused on the way out, for example for a class name that Java could not have.
    let Some(first) = encode(&value) else { return };
    let again: Value = Reader::new(&first).read().expect("our own bytes decode");
    let second = encode(&again).expect("a value that was encoded once is encoded again");
    assert_eq!(first, second);
});
