//! A table that only grows.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Chains of entries, each of which is set once. Looking something up takes no lock and writes to no shared memory,
/// and what is found lives as long as the table.
///
/// For the few things that are known of each method of a service. Who fills it keeps the number of entries bounded.
pub(crate) struct OnceMap<T> {
    chains: [Link<T>; CHAINS],
    len: AtomicUsize,
}

type Link<T> = OnceLock<Box<Entry<T>>>;

struct Entry<T> {
    value: T,
    next: Link<T>,
}

const CHAINS: usize = 32;

impl<T> Default for OnceMap<T> {
    fn default() -> Self {
        Self { chains: [const { OnceLock::new() }; CHAINS], len: AtomicUsize::new(0) }
    }
}

impl<T> OnceMap<T> {
    /// The entry of which `is` says yes, among those that were inserted with this hash.
    pub(crate) fn find(&self, hash: usize, is: impl Fn(&T) -> bool) -> Option<&T> {
        let mut link = &self.chains[hash % CHAINS];
        while let Some(entry) = link.get() {
            if is(&entry.value) {
                return Some(&entry.value);
            }
            link = &entry.next;
        }
        None
    }

    /// As [`OnceMap::find`], or else a new entry; of several that are made at the same time one stays.
    pub(crate) fn find_or_insert(
        &self,
        hash: usize,
        is: impl Fn(&T) -> bool,
        make: impl FnOnce() -> T,
    ) -> &T {
        let mut link = &self.chains[hash % CHAINS];
        let mut make = Some(make);
        loop {
            let entry = link.get_or_init(|| {
                self.len.fetch_add(1, Ordering::Relaxed);
                // A link is followed only once it is set, so this runs at most once.
                let make = make.take().expect("the chain ends where an entry was made");
                Box::new(Entry { value: make(), next: OnceLock::new() })
            });
            if is(&entry.value) || make.is_none() {
                return &entry.value;
            }
            link = &entry.next;
        }
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
}

impl<T> std::fmt::Debug for OnceMap<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnceMap").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stay_where_they_are_and_exist_once() {
        let map = OnceMap::default();
        let first = map.find_or_insert(7, |n| *n == 7, || 7);
        for n in 0..1000 {
            assert_eq!(*map.find_or_insert(n, |m| *m == n, || n), n);
        }
        assert_eq!(map.len(), 1000);
        assert!(std::ptr::eq(first, map.find(7, |n| *n == 7).unwrap()));
        assert_eq!(map.find(3, |n| *n == 1000), None);
    }

    #[test]
    fn threads_that_insert_the_same_get_the_same() {
        let map = OnceMap::default();
        let all: Vec<&usize> = std::thread::scope(|scope| {
            let insert = || (0..100).map(|n| map.find_or_insert(n, |m| *m == n, || n)).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(insert)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(map.len(), 100);
        assert!(all.iter().enumerate().all(|(at, n)| std::ptr::eq(*n, all[at % 100])));
    }
}
