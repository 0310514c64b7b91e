//! Functions of this crate that JavaScript calls without conversions.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::sys;

use super::{Js, Result, Value};

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
