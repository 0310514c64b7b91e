//! A thin layer over the C interface of Node for the hot path: values are raw handles of the current scope,
//! calls take any number of arguments, and nothing is converted that need not be.

use std::any::Any;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::sys;

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

    /// The bytes of a `Uint8Array`, copied: JavaScript that runs later may do to it what it likes.
    pub(crate) fn bytes(self, array: Value) -> Result<Vec<u8>> {
        let (start, len) = self.elements(array, sys::TypedarrayType::uint8_array)?;
        if len == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: Node says that `len` octets start there, and nothing else runs on this thread meanwhile.
        Ok(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), len) }.to_vec())
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

/// What a [`Js::function`] does with its state and its arguments. `None` gives undefined, or leaves what it threw.
pub(crate) type Body<T> = fn(&T, Js, &[Value; MAX_ARGUMENTS]) -> Option<Value>;

/// Arguments that a [`Js::function`] may take; those not given are undefined.
pub(crate) const MAX_ARGUMENTS: usize = 5;

struct Closure<T> {
    state: T,
    body: Body<T>,
}

impl Js {
    /// Makes a function for the hot path: nothing is looked up or converted that its body does not ask for.
    pub(crate) fn function<T: 'static>(self, state: T, body: Body<T>) -> Result<Value> {
        let closure = Box::into_raw(Box::new(Closure { state, body }));
        let (name, length) = (ptr::null(), 0);
        // SAFETY: `call` and `finish` get the closure as `data`. It lives until the function is collected.
        unsafe {
            let call: sys::napi_callback = Some(call::<T>);
            let made =
                self.make(|env, out| sys::napi_create_function(env, name, length, call, closure.cast(), out));
            let function = made.inspect_err(|_| drop(Box::from_raw(closure)))?;
            let (hint, reference) = (ptr::null_mut(), ptr::null_mut());
            let finish: sys::napi_finalize = Some(finish::<T>);
            // Refused, the closure stays forever: the function may be called.
            self.check(sys::napi_add_finalizer(self.0, function, closure.cast(), finish, hint, reference))?;
            Ok(function)
        }
    }
}

/// Runs the body of a [`Js::function`].
unsafe extern "C" fn call<T>(env: sys::napi_env, info: sys::napi_callback_info) -> Value {
    let (mut count, mut arguments) = (MAX_ARGUMENTS, [ptr::null_mut(); MAX_ARGUMENTS]);
    let (no_this, mut data) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: called by Node with its environment; the out pointers live on this stack, and there is room for the
    // arguments. Those that are missing become undefined.
    let status = unsafe {
        sys::napi_get_cb_info(env, info, &raw mut count, arguments.as_mut_ptr(), no_this, &raw mut data)
    };
    if status != sys::Status::napi_ok {
        return ptr::null_mut();
    }
    // SAFETY: `Js::function` made the function with its closure, which lives as long as the function that runs.
    let closure = unsafe { &*data.cast::<Closure<T>>() };
    let run = AssertUnwindSafe(|| (closure.body)(&closure.state, Js(env), &arguments));
    catch_unwind(run)
        .unwrap_or_else(|panic| {
            Js(env).throw_text(text_of(&*panic));
            None
        })
        .unwrap_or(ptr::null_mut())
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic in the native module")
}

/// Frees the closure of a [`Js::function`].
unsafe extern "C" fn finish<T>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `Js::function`, and Node finalizes a function once.
    drop(unsafe { Box::from_raw(data.cast::<Closure<T>>()) });
}

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
