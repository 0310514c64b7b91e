//! What outlives the running native call.

use std::ptr;

use napi::sys;

use super::{Fault, Js, Result, Value};

/// A strong reference to a JavaScript value, to be used and dropped on the thread of its environment only.
#[derive(Debug)]
pub(crate) struct JsRef {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl JsRef {
    pub(crate) fn new(js: Js, value: Value) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: value is a handle of the current scope.
        js.check(unsafe { sys::napi_create_reference(js.0, value, 1, &raw mut reference) })?;
        Ok(Self { env: js.0, reference })
    }

    pub(crate) fn get(&self, js: Js) -> Result<Value> {
        // SAFETY: the reference lives as long as `self` and belongs to this environment.
        js.make(|env, out| unsafe { sys::napi_get_reference_value(env, self.reference, out) })
    }
}

impl Drop for JsRef {
    fn drop(&mut self) {
        // SAFETY: made by `new` in this environment and deleted once. The owner, a `Bridge`, is itself owned by the
        // environment and so dropped on its thread.
        let _ = unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}

/// Memory of a typed array that only this package knows, for numbers from here to JavaScript.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    start: *mut T,
    len: usize,
    /// Keeps it alive.
    _array: JsRef,
}

impl<T: Copy> Memory<T> {
    /// Takes an array of the kind whose elements are `T`.
    pub(crate) fn new(js: Js, array: Value, kind: sys::napi_typedarray_type) -> Result<Self> {
        let (start, len) = js.elements(array, kind)?;
        Ok(Self { start: start.cast(), len, _array: JsRef::new(js, array)? })
    }

    /// The number of elements.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Sets the first elements.
    pub(crate) fn write(&mut self, items: &[T]) -> Result<()> {
        if items.len() > self.len {
            return Err(Fault::Refused(sys::Status::napi_invalid_arg));
        }
        // SAFETY: Node said that `len` elements start there. They stay there: the array is alive, and its buffer is known
        // to `ts/internal/plan.ts` only, which neither detaches nor resizes it. JavaScript reads it on this thread, thus
        // not now.
        unsafe { ptr::copy_nonoverlapping(items.as_ptr(), self.start, items.len()) };
        Ok(())
    }
}
