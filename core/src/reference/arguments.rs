//! Where the arguments of a call are written.

use std::cell::Cell;

use bytes::Bytes;

use crate::codec::hessian::{EncodeError, Writer};

thread_local! {
    static SPARE: Cell<Option<Box<Writer>>> = const { Cell::new(None) };
}

/// Larger buffers are not kept.
const KEPT: usize = 64 * 1024;

/// A writer lent by its thread for one call: a fresh one is large, and its buffer grows in several steps.
pub(super) struct ArgumentWriter(Box<Writer>);

impl ArgumentWriter {
    pub(super) fn new() -> Self {
        Self(SPARE.take().unwrap_or_default())
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        &mut self.0
    }

    /// The encoded arguments.
    pub(super) fn finish(mut self) -> Result<Bytes, EncodeError> {
        let bytes = self.0.take()?;
        if self.0.capacity() <= KEPT {
            SPARE.set(Some(self.0));
        }
        Ok(bytes)
    }
}
