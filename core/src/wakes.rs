//! Wake-ups of hosts, held back until the messages of one read are delivered.
//!
//! Those messages fill the queue of a host one after the other. A host that is woken by the first of them takes it and
//! sleeps again, and the second wakes it anew; so while a batch is delivered its bells are only noted, and ring once, at
//! its end.

use std::cell::RefCell;
use std::sync::Arc;

use smallvec::SmallVec;

/// What tells a host that its queue is not empty any more.
pub(crate) trait Bell: Send + Sync {
    /// Wakes the host. Must not block.
    fn ring(&self);
}

/// The bells to ring at the end of the batch that this thread delivers.
type Noted = SmallVec<[Arc<dyn Bell>; 2]>;

thread_local! {
    static NOTED: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

/// As long as it lives, bells of this thread wait for its end. One inside another has no effect of its own.
#[derive(Debug)]
pub(crate) struct Batch {
    is_outermost: bool,
}

impl Batch {
    pub(crate) fn begin() -> Self {
        let is_outermost = NOTED.with_borrow_mut(|noted| {
            let is_outermost = noted.is_none();
            noted.get_or_insert_default();
            is_outermost
        });
        Self { is_outermost }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if self.is_outermost {
            let noted = NOTED.take();
            noted.into_iter().flatten().for_each(|bell| bell.ring());
        }
    }
}

/// Rings a bell, now or at the end of the batch.
pub(crate) fn ring<B: Bell + 'static>(bell: &Arc<B>) {
    // A thread that ends has no batch any more.
    let is_noted = NOTED.try_with(|noted| note(&mut noted.borrow_mut(), bell)).unwrap_or(false);
    if !is_noted {
        bell.ring();
    }
}

fn note<B: Bell + 'static>(noted: &mut Option<Noted>, bell: &Arc<B>) -> bool {
    let Some(noted) = noted else { return false };
    if !noted.iter().any(|known| Arc::as_ptr(known).addr() == Arc::as_ptr(bell).addr()) {
        noted.push(Arc::clone(bell) as Arc<dyn Bell>);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Bell for Count {
        fn ring(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn bells_ring_at_once_without_a_batch_and_once_at_the_end_of_one() {
        let bells = [Arc::new(Count::default()), Arc::new(Count::default())];
        let rung = || bells.each_ref().map(|bell| bell.0.load(Ordering::Relaxed));
        ring(&bells[0]);
        assert_eq!(rung(), [1, 0]);
        let outer = Batch::begin();
        let inner = Batch::begin();
        for bell in [&bells[0], &bells[1], &bells[0]] {
            ring(bell);
        }
        drop(inner);
        assert_eq!(rung(), [1, 0]);
        drop(outer);
        assert_eq!(rung(), [2, 1]);
        ring(&bells[1]);
        assert_eq!(rung(), [2, 2]);
    }

    #[test]
    fn a_panic_ends_the_batch_and_rings() {
        let bell = Arc::new(Count::default());
        let panicked = catch_unwind(|| {
            let _batch = Batch::begin();
            ring(&bell);
            panic!("in the midst of a batch");
        });
        assert!(panicked.is_err());
        assert_eq!(bell.0.load(Ordering::Relaxed), 1);
        ring(&bell);
        assert_eq!(bell.0.load(Ordering::Relaxed), 2);
    }
}
