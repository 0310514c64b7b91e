//! A thin layer over the C interface of Node for the hot path: values are raw handles of the current scope,
//! calls take any number of arguments, and nothing is converted that need not be.

mod function;
mod reference;

use std::ffi::{CStr, c_void};
use std::ptr;

use napi::sys;

pub(crate) use self::function::MAX_ARGUMENTS;
pub(crate) use self::reference::{JsRef, Memory};

/// A value of the current handle scope. Copying it copies the handle.
pub(crate) type Value = sys::napi_value;

/// Why a step in JavaScript failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// JavaScript threw this value, which is no longer pending.
    Thrown(Value),
    /// Node refused the step: the environment is closing, or a bug of this crate.
    Refused(sys::napi_status),
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;

/// The environment on whose thread this code runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Js(sys::napi_env);

/// Octets of a text that is turned into UTF-16 units on the stack.
const SHORT_TEXT: usize = 512;

impl Js {
    /// Wraps the environment of the running native call.
    pub(crate) fn new(env: &napi::Env) -> Self {
        Self(env.raw())
    }

    /// The raw environment.
    pub(crate) fn raw(self) -> sys::napi_env {
        self.0
    }

    /// Runs a step that gives one value.
    fn make(self, step: impl FnOnce(sys::napi_env, *mut Value) -> sys::napi_status) -> Result<Value> {
        let mut value = ptr::null_mut();
        let status = step(self.0, &raw mut value);
        self.check(status)?;
        Ok(value)
    }

    /// Turns a status into a result and takes a pending exception with it.
    fn check(self, status: sys::napi_status) -> Result<()> {
        if status == sys::Status::napi_ok {
            return Ok(());
        }
        let mut thrown = ptr::null_mut();
        let mut is_pending = false;
        // SAFETY: the environment is that of the running call; the out pointers live on this stack.
        let taken = unsafe {
            sys::napi_is_exception_pending(self.0, &raw mut is_pending) == sys::Status::napi_ok
                && is_pending
                && sys::napi_get_and_clear_last_exception(self.0, &raw mut thrown) == sys::Status::napi_ok
        };
        Err(if taken { Fault::Thrown(thrown) } else { Fault::Refused(status) })
    }

    pub(crate) fn undefined(self) -> Result<Value> {
        // SAFETY: `make` gives a valid environment and out pointer, here and below.
        self.make(|env, out| unsafe { sys::napi_get_undefined(env, out) })
    }

    pub(crate) fn bool(self, value: bool) -> Result<Value> {
        // SAFETY: see above.
        self.make(|env, out| unsafe { sys::napi_get_boolean(env, value, out) })
    }

    pub(crate) fn int(self, value: i32) -> Result<Value> {
        // SAFETY: see above.
        self.make(|env, out| unsafe { sys::napi_create_int32(env, value, out) })
    }

    pub(crate) fn double(self, value: f64) -> Result<Value> {
        // SAFETY: see above.
        self.make(|env, out| unsafe { sys::napi_create_double(env, value, out) })
    }

    pub(crate) fn string(self, text: &str) -> Result<Value> {
        if text.is_ascii() {
            return self.string_latin1(text.as_bytes());
        }
        // Node's own decoder of UTF-8 looks at each octet; short texts are turned into units faster here.
        let mut units = [0; SHORT_TEXT];
        if text.len() <= SHORT_TEXT {
            let count = units.iter_mut().zip(text.encode_utf16()).map(|(place, unit)| *place = unit).count();
            return self.string_utf16(&units[..count]);
        }
        let (start, len) = (text.as_ptr().cast(), text.len() as isize);
        // SAFETY: start and length are those of a live slice, which the function copies.
        self.make(|env, out| unsafe { sys::napi_create_string_utf8(env, start, len, out) })
    }

    pub(crate) fn string_latin1(self, text: &[u8]) -> Result<Value> {
        let (start, len) = (text.as_ptr().cast(), text.len() as isize);
        // SAFETY: as above.
        self.make(|env, out| unsafe { sys::napi_create_string_latin1(env, start, len, out) })
    }

    pub(crate) fn string_utf16(self, units: &[u16]) -> Result<Value> {
        let (start, len) = (units.as_ptr(), units.len() as isize);
        // SAFETY: start and length are those of a live slice, which the function copies.
        self.make(|env, out| unsafe { sys::napi_create_string_utf16(env, start, len, out) })
    }

    pub(crate) fn array(self, items: &[Value]) -> Result<Value> {
        let len = items.len();
        // SAFETY: `make` gives a valid environment and out pointer.
        let array = self.make(|env, out| unsafe { sys::napi_create_array_with_length(env, len, out) })?;
        for (index, item) in items.iter().enumerate() {
            // SAFETY: array and item are handles of the current scope.
            self.check(unsafe { sys::napi_set_element(self.0, array, index as u32, *item) })?;
        }
        Ok(array)
    }

    /// A plain object.
    pub(crate) fn object(self, properties: &[(&CStr, Value)]) -> Result<Value> {
        // SAFETY: `make` gives a valid environment and out pointer.
        let object = self.make(|env, out| unsafe { sys::napi_create_object(env, out) })?;
        for (name, value) in properties {
            // SAFETY: object and value are handles of the current scope, the name ends with a zero.
            self.check(unsafe { sys::napi_set_named_property(self.0, object, name.as_ptr(), *value) })?;
        }
        Ok(object)
    }

    /// Runs a step whose handles die with it; its result must hold none.
    pub(crate) fn scope(self, step: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut scope = ptr::null_mut();
        // SAFETY: the out pointer lives on this stack.
        self.check(unsafe { sys::napi_open_handle_scope(self.0, &raw mut scope) })?;
        let result = step();
        // SAFETY: opened above, and scopes opened within the step are closed.
        let closed = self.check(unsafe { sys::napi_close_handle_scope(self.0, scope) });
        result.and(closed)
    }

    /// The own or inherited property, or undefined.
    pub(crate) fn property(self, object: Value, name: &CStr) -> Result<Value> {
        // SAFETY: object is a handle of the current scope, the name ends with a zero.
        self.make(|env, out| unsafe { sys::napi_get_named_property(env, object, name.as_ptr(), out) })
    }

    /// The text of a string value; fails for other values.
    pub(crate) fn text(self, value: Value) -> Result<String> {
        let mut len = 0;
        // SAFETY: without a buffer, the function gives the length only.
        self.check(unsafe {
            sys::napi_get_value_string_utf8(self.0, value, ptr::null_mut(), 0, &raw mut len)
        })?;
        let mut buffer = vec![0_u8; len + 1];
        // SAFETY: the buffer has room for the text and a zero.
        self.check(unsafe {
            sys::napi_get_value_string_utf8(
                self.0,
                value,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut len,
            )
        })?;
        buffer.truncate(len);
        Ok(String::from_utf8_lossy(&buffer).into_owned())
    }

    /// Calls a function without `this`.
    pub(crate) fn call(self, function: &JsRef, arguments: &[Value]) -> Result<Value> {
        let function = function.get(self)?;
        let this = self.undefined()?;
        let (count, start) = (arguments.len(), arguments.as_ptr());
        // SAFETY: all handles belong to the current scope; the slice lives through the call.
        self.make(|env, out| unsafe { sys::napi_call_function(env, this, function, count, start, out) })
    }

    /// Copies the bytes of a `Uint8Array` to the end of `copy`: JavaScript that runs later may do to it what it likes.
    pub(crate) fn copy_bytes(self, array: Value, copy: &mut Vec<u8>) -> Result<()> {
        let (start, len) = self.elements(array, sys::TypedarrayType::uint8_array)?;
        if len > 0 {
            // SAFETY: Node says that `len` octets start there, and nothing else runs on this thread meanwhile.
            copy.extend_from_slice(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) });
        }
        Ok(())
    }

    /// Reads the first `len` bytes of a `Uint8Array` of this package. `read` must not run JavaScript.
    pub(crate) fn with_bytes<T>(self, array: Value, len: usize, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let (start, has) = self.elements(array, sys::TypedarrayType::uint8_array)?;
        if len > has || len == 0 {
            return Err(Fault::Refused(sys::Status::napi_invalid_arg));
        }
        // SAFETY: Node says that `has` octets start there. The array is not shared with other threads, and nothing else
        // runs on this one meanwhile.
        Ok(read(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) }))
    }

    /// Where the elements of a typed array begin, and how many there are.
    fn elements(self, array: Value, expected: sys::napi_typedarray_type) -> Result<(*mut c_void, usize)> {
        let (mut kind, mut len, mut start) = (0, 0, ptr::null_mut());
        let (no_buffer, no_offset) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: array is a handle of the current scope; the out pointers live on this stack or are absent.
        self.check(unsafe {
            sys::napi_get_typedarray_info(
                self.0,
                array,
                &raw mut kind,
                &raw mut len,
                &raw mut start,
                no_buffer,
                no_offset,
            )
        })?;
        if kind != expected {
            return Err(Fault::Refused(sys::Status::napi_invalid_arg));
        }
        Ok((start, len))
    }

    /// Copies bytes into a buffer that JavaScript made for them.
    pub(crate) fn fill_buffer(self, buffer: Value, data: &[u8]) -> Result<()> {
        let (mut start, mut len) = (ptr::null_mut(), 0);
        // SAFETY: the out pointers live on this stack.
        self.check(unsafe { sys::napi_get_buffer_info(self.0, buffer, &raw mut start, &raw mut len) })?;
        if len != data.len() {
            return Err(Fault::Refused(sys::Status::napi_invalid_arg));
        }
        if !data.is_empty() {
            // SAFETY: Node says that `len` bytes start there, and the buffer is reachable through its handle; nothing
            // else runs on this thread meanwhile.
            unsafe { ptr::copy_nonoverlapping(data.as_ptr(), start.cast::<u8>(), len) };
        }
        Ok(())
    }

    /// The value as an integer without sign, modulo 2^32.
    pub(crate) fn u32(self, value: Value) -> Result<u32> {
        let mut number = 0;
        // SAFETY: value is a handle of the current scope; the out pointer lives on this stack.
        self.check(unsafe { sys::napi_get_value_uint32(self.0, value, &raw mut number) })?;
        Ok(number)
    }

    /// True for neither null nor undefined.
    pub(crate) fn is_some(self, value: Value) -> Result<bool> {
        let mut kind = 0;
        // SAFETY: as above.
        self.check(unsafe { sys::napi_typeof(self.0, value, &raw mut kind) })?;
        Ok(kind != sys::ValueType::napi_undefined && kind != sys::ValueType::napi_null)
    }

    /// Makes `value` the pending exception of the running native call.
    pub(crate) fn throw(self, value: Value) {
        // SAFETY: value is a handle of the current scope. A refusal means that the environment is closing.
        let _ = unsafe { sys::napi_throw(self.0, value) };
    }

    /// Makes an error with this text the pending exception of the running native call.
    pub(crate) fn throw_text(self, text: &str) {
        if let Ok(message) = self.string(text) {
            let (mut error, no_code) = (ptr::null_mut(), ptr::null_mut());
            // SAFETY: the message is a string of the current scope, the out pointer lives on this stack.
            if unsafe { sys::napi_create_error(self.0, no_code, message, &raw mut error) }
                == sys::Status::napi_ok
            {
                self.throw(error);
            }
        }
    }
}
