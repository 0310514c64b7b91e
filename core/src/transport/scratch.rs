//! What a thread needs while it reads from a connection, shared by all connections of the thread.

use std::cell::Cell;

/// Bytes read with one system call at most.
pub(crate) const READ: usize = 256 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends the thread's buffer of [`READ`] bytes for the duration of `use_it`. Should another
/// borrower be active on the thread, the inner one gets a buffer of its own.
pub(crate) fn with<T>(use_it: impl FnOnce(&mut [u8]) -> T) -> T {
    let mut buffer = BUFFER.take();
    if buffer.is_empty() {
        buffer = vec![0; READ];
    }
    let result = use_it(&mut buffer);
    BUFFER.set(buffer);
    result
}
