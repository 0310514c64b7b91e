//! Where the arguments of a call are written.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};

use crate::codec::hessian::{EncodeError, Writer};

thread_local! {
    static SPARE: Cell<Option<Box<Parts>>> = const { Cell::new(None) };
}

/// Arguments above this are allocated alone.
const SMALL: usize = 1024;
/// Small arguments share allocations of this size, which is also the most that one pending call keeps alive.
const GROUP: usize = 4096;
/// Larger buffers of a writer are not kept.
const KEPT: usize = 64 * 1024;

/// A writer lent by its thread for one call: a fresh one is large, and its buffer grows in several steps.
pub(super) struct ArgumentWriter(Box<Parts>);

#[derive(Default)]
struct Parts {
    writer: Writer,
    group: BytesMut,
}

impl ArgumentWriter {
    pub(super) fn new() -> Self {
        Self(SPARE.take().unwrap_or_default())
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        &mut self.0.writer
    }

    /// The encoded arguments.
    pub(super) fn finish(mut self) -> Result<Bytes, EncodeError> {
        let Parts { writer, group } = &mut *self.0;
        let bytes = writer.take(|encoded| copy(encoded, group))?;
        if writer.capacity() <= KEPT {
            SPARE.set(Some(self.0));
        }
        Ok(bytes)
    }
}

fn copy(encoded: &[u8], group: &mut BytesMut) -> Bytes {
    if encoded.len() > SMALL {
        return Bytes::copy_from_slice(encoded);
    }
    if group.capacity() < encoded.len() {
        *group = BytesMut::with_capacity(GROUP);
    }
    group.extend_from_slice(encoded);
    group.split().freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> Bytes {
        let mut arguments = ArgumentWriter::new();
        arguments.writer().string(text);
        arguments.finish().expect("a string is complete")
    }

    #[test]
    fn arguments_stay_what_they_are_whatever_is_written_after_them() {
        let texts: Vec<String> = (0..50).map(|n| "ab".repeat(n * n)).collect();
        let written: Vec<Bytes> = texts.iter().map(|text| write(text)).collect();
        for (text, bytes) in texts.iter().zip(&written) {
            let mut alone = Writer::new();
            alone.string(text);
            assert_eq!(*bytes, alone.finish().expect("a string is complete"));
        }
    }

    #[test]
    fn a_call_that_is_given_up_leaves_nothing_to_the_next() {
        let mut given_up = ArgumentWriter::new();
        given_up.writer().begin_list(None, 2).expect("a list may begin");
        assert!(given_up.finish().is_err());
        let mut dropped = ArgumentWriter::new();
        dropped.writer().string("x");
        drop(dropped);
        assert_eq!(write("y"), &b"\x01y"[..]);
    }

    #[test]
    fn calls_may_be_put_together_while_others_are() {
        let mut outer = ArgumentWriter::new();
        outer.writer().string("a");
        assert_eq!(write("b"), &b"\x01b"[..]);
        outer.writer().string("c");
        assert_eq!(outer.finish().expect("complete"), &b"\x01a\x01c"[..]);
    }
}
