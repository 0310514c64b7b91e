//! Calls that are served on the spot, from the bytes that arrived: they take no share in anything, and nothing of them
//! is kept, unless their method has to wait.

use std::sync::Arc;

use super::admission::Ends;
use super::recent::Shape;
use crate::exchange::Responder;

/// A method that can serve calls on the spot.
pub trait DirectMethod: Send + Sync {
    /// False while calls should be handed over to the service instead, because the method takes long.
    fn is_fast(&self) -> bool;

    /// Serves a call, or gives its responder back when its arguments are not exactly what the method takes. Runs on an
    /// I/O thread, and must neither block nor panic.
    fn serve(&self, call: DirectCall<'_>) -> Option<Responder>;
}

/// A call around which nothing happens: no filters, no callbacks, no workers.
pub struct DirectCall<'a> {
    pub(crate) shape: &'a Arc<Shape>,
    pub(crate) lent: &'a mut Lent,
    /// What may be the arguments: nobody has looked at them yet.
    pub(crate) arguments: &'a [u8],
    pub(crate) ends: Ends,
    pub(crate) responder: Responder,
}

/// A share in what the calls of one read have in common, which each passes on to the next.
#[derive(Default)]
pub(crate) struct Lent(Option<Arc<Shape>>);

impl Lent {
    pub(crate) fn take(&mut self, shape: &Arc<Shape>) -> Arc<Shape> {
        match self.0.take() {
            Some(lent) if Arc::ptr_eq(&lent, shape) => lent,
            _ => Arc::clone(shape),
        }
    }

    pub(crate) fn give_back(&mut self, shape: Arc<Shape>) {
        self.0 = Some(shape);
    }
}
