//! Bounds on what a peer's bytes may make the reader do.

/// Bounds on one body, checked before memory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nesting of containers. Recursive Rust types end earlier when they need more than 512 KiB of stack.
    pub depth: usize,
    /// Lists, maps and objects in one body.
    pub slots: usize,
    /// Class definitions in one body.
    pub classes: usize,
    /// Class definitions that may stand directly before one value; Java writes one.
    pub class_chain: usize,
    /// Fields of one class definition.
    pub fields: usize,
    /// Entries of the type table.
    pub types: usize,
    /// UTF-16 units of a class, type or field name.
    pub name_units: usize,
    /// Elements for which a target may allocate before it has seen them.
    pub preallocate: usize,
    /// Bytes that the decoded values may take. `None` gives 64 times the body, at least 16 MiB, at most
    /// 512 MiB: a list of small objects takes that much in the owned model.
    pub memory: Option<usize>,
}

impl Limits {
    /// The bounds used unless told otherwise; they admit all that a Java peer can read itself.
    pub const DEFAULT: Self = Self {
        depth: 512,
        slots: 1_000_000,
        classes: 4096,
        class_chain: 128,
        fields: 4096,
        types: 65536,
        name_units: 1024,
        preallocate: 1024,
        memory: None,
    };

    /// The memory budget for a body of this many bytes.
    pub(super) fn memory_for(&self, body: usize) -> usize {
        self.memory.unwrap_or_else(|| body.saturating_mul(64).clamp(16 << 20, 512 << 20))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_budget_follows_the_body_within_bounds() {
        let mib = 1 << 20;
        for (body, want) in [(0, 16 * mib), (mib, 64 * mib), (8 * mib, 512 * mib), (usize::MAX, 512 * mib)] {
            assert_eq!(Limits::DEFAULT.memory_for(body), want);
        }
        assert_eq!(Limits { memory: Some(5), ..Limits::DEFAULT }.memory_for(mib), 5);
    }
}
