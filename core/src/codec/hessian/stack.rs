//! A bound on the stack that recursive Rust types may use.
//!
//! The codec itself does not recurse, but a recursive user type does, once for each level of the data, with
//! frames of a size that only the compiler knows: a struct of thirty fields takes 8 KiB and more in a debug
//! build. A limit on depth alone would be too low for one type or too high for another.

use std::hint::black_box;

/// Bytes of stack between the outermost and the innermost container. Threads have at least twice as much.
const BUDGET: usize = 512 << 10;

/// Remembers where on the stack the outermost container began.
///
/// Assumes that a container is read or written to its end on one thread, as recursive calls do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StackGuard {
    outermost: usize,
}

impl StackGuard {
    /// Whether a container inside `depth` others is too far down the stack to go on.
    #[inline]
    pub(super) fn is_exhausted(&mut self, depth: usize) -> bool {
        let marker = 0u8;
        let here = std::ptr::from_ref(black_box(&marker)).addr();
        if depth == 0 {
            self.outermost = here;
        }
        self.outermost.abs_diff(here) > BUDGET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursion_ends_within_the_budget_whatever_the_frames() {
        fn recurse<const FRAME: usize>(guard: &mut StackGuard, depth: usize) -> usize {
            let frame = black_box([0u8; FRAME]);
            let deepest = if guard.is_exhausted(depth) { depth } else { recurse::<FRAME>(guard, depth + 1) };
            black_box(frame);
            deepest
        }
        let small = recurse::<64>(&mut StackGuard::default(), 0);
        let large = recurse::<65536>(&mut StackGuard::default(), 0);
        assert!(large <= 9 && small > 10 * large, "{small} {large}");
    }
}
