//! Objects that Java holds by number.
//!
//! A number carries the generation of its place, so one that was released is recognised instead of reaching whatever
//! took the place later.

use jni::sys::jlong;
use parking_lot::RwLock;
use polydubbo::api::{Error, ErrorCode, Result};
use slotmap::{DefaultKey, Key, KeyData, SlotMap};

/// Objects of one kind. They clone cheaply.
pub(crate) struct Handles<T> {
    objects: RwLock<Option<SlotMap<DefaultKey, T>>>,
}

impl<T> Handles<T> {
    pub(crate) const fn new() -> Self {
        Self { objects: RwLock::new(None) }
    }

    /// Keeps an object and gives its number, which is never 0.
    pub(crate) fn insert(&self, object: T) -> jlong {
        let key = self.objects.write().get_or_insert_default().insert(object);
        key.data().as_ffi() as jlong
    }

    /// Lets an object go.
    pub(crate) fn remove(&self, handle: jlong) -> Option<T> {
        self.objects.write().as_mut()?.remove(key(handle)?)
    }

    /// Number of objects kept.
    pub(crate) fn len(&self) -> usize {
        self.objects.read().as_ref().map_or(0, SlotMap::len)
    }
}

impl<T: Clone> Handles<T> {
    /// The object with this number.
    ///
    /// # Errors
    /// [`ErrorCode::Closed`] when it was let go.
    pub(crate) fn get(&self, handle: jlong) -> Result<T> {
        let objects = self.objects.read();
        let object = objects.as_ref().and_then(|objects| objects.get(key(handle)?));
        object.cloned().ok_or_else(|| Error::new(ErrorCode::Closed, "the object was closed before this use"))
    }
}

/// The key behind a number that [`Handles::insert`] gave; none for other numbers, some of which would be taken for keys.
fn key(handle: jlong) -> Option<DefaultKey> {
    let key = DefaultKey::from(KeyData::from_ffi(handle as u64));
    (key.data().as_ffi() == handle as u64).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_number_does_not_reach_what_took_its_place() {
        let handles = Handles::new();
        let first = handles.insert("first");
        assert_eq!(handles.remove(first), Some("first"));
        let second = handles.insert("second");
        assert_ne!(first, second);
        assert_eq!(handles.get(first).unwrap_err().code(), ErrorCode::Closed);
        assert_eq!(handles.remove(first), None);
        assert_eq!((handles.get(second).unwrap(), handles.len()), ("second", 1));
    }

    #[test]
    fn no_number_is_made_up() {
        let handles = Handles::new();
        handles.insert(1);
        for handle in [0, -1, 1, i64::MAX, i64::MIN] {
            assert!(handles.get(handle).is_err(), "{handle}");
        }
    }
}
