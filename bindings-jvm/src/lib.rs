//! The native library of the Java artifacts.
//!
//! Everything users touch is Java; this crate moves bytes and calls between it and the core. The native methods are
//! those of the classes `*Native` in `io.polydubbo.internal`; each has a file here that implements and lists them.
//!
//! No Rust thread is ever attached to the JVM. Events go into queues; daemon threads that Java owns wait in
//! `QueueNative.poll`, where they also do the I/O, and hand the events to Java code. Java holds objects of this crate by
//! number, never by address.

#![deny(clippy::undocumented_unsafe_blocks)]

mod attachments;
mod boundary;
mod callback;
mod calls;
mod event;
mod frame;
mod handles;
mod log;
mod queue;
mod record;
mod reference;
mod registry_server;
mod server;
mod transport;

use std::ffi::c_void;

use jni::strings::JNIStr;
use jni::sys::{JNI_ERR, JNI_VERSION_1_8, jint};
use jni::{Env, JavaVM, NativeMethod, jni_str};

/// The native methods of one Java class.
struct Table {
    class: &'static JNIStr,
    methods: &'static [NativeMethod<'static>],
}

/// Every class with native methods. A new one adds its line.
const TABLES: &[Table] = &[
    Table { class: jni_str!("io/polydubbo/internal/QueueNative"), methods: queue::METHODS },
    Table { class: jni_str!("io/polydubbo/internal/ReferenceNative"), methods: reference::METHODS },
    Table { class: jni_str!("io/polydubbo/internal/ServerNative"), methods: server::METHODS },
    Table { class: jni_str!("io/polydubbo/internal/RegistryNative"), methods: registry_server::METHODS },
    Table { class: jni_str!("io/polydubbo/internal/CallbackNative"), methods: callback::METHODS },
    Table { class: jni_str!("io/polydubbo/internal/TransportNative"), methods: transport::METHODS },
];

/// Called by the JVM when it has loaded the library: all look-ups of classes happen here, on the thread that loads.
///
/// # Safety
/// `vm` is null or the interface of a running JVM, which has attached the calling thread.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _: *mut c_void) -> jint {
    if vm.is_null() {
        return JNI_ERR;
    }
    // SAFETY: the JVM passes its own, valid interface.
    let vm = unsafe { JavaVM::from_raw(vm) };
    match boundary::catch(|| vm.attach_current_thread(register)) {
        Some(Ok(())) => JNI_VERSION_1_8,
        _ => JNI_ERR,
    }
}

/// Links the native methods by table, so that their names need not follow from the names of the classes.
fn register(env: &mut Env<'_>) -> jni::errors::Result<()> {
    boundary::prepare(env)?;
    for table in TABLES {
        let class = env.find_class(table.class)?;
        // SAFETY: the macro that made the entries checked functions against signatures.
        unsafe { env.register_native_methods(&class, table.methods)? };
    }
    Ok(())
}
