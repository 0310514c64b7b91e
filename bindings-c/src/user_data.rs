//! What C gives along with a function, and wants back at the end.

use std::ffi::c_void;

use crate::pool;

/// Releases user data. Runs on a thread of the callback pool, exactly once, after the last use.
pub type dubbo_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// User data that is destroyed when nobody needs it any more.
pub(crate) struct UserData {
    data: *mut c_void,
    destroy: dubbo_destroy_fn,
}

// SAFETY: the header demands data that any thread may use.
unsafe impl Send for UserData {}
// SAFETY: as above; the library itself never looks behind the pointer.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn new(data: *mut c_void, destroy: dubbo_destroy_fn) -> Self {
        Self { data, destroy }
    }

    pub(crate) fn pointer(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for UserData {
    /// The last owner may be a thread that must not run code of the program.
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let data = Self { data: self.data, destroy: None };
        pool::run(move || {
            let data = data;
            // SAFETY: the program gave the function for this data, and this is the only call of it.
            unsafe { destroy(data.pointer()) }
        });
    }
}
