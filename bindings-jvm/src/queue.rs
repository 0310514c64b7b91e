//! The queues that Java's threads drain: the native methods of `QueueNative`.

use std::sync::Arc;
use std::time::Duration;

use jni::objects::{JByteArray, JByteBuffer, JClass, JString};
use jni::sys::{jint, jlong};
use jni::{Env, NativeMethod, native_method};
use polydubbo::api::{Error, ErrorCode, EventQueue, HostedIo};

use crate::boundary::{Result, Throw};
use crate::handles::Handles;
use crate::log;
use crate::record::{Batch, Event as _, PAYLOADS};

/// The queues that Java knows.
static QUEUES: Handles<Arc<dyn Source>> = Handles::new();

/// Where a thread of Java's takes records from.
pub(crate) trait Source: Send + Sync {
    /// Waits for records and appends them; false when none will ever come again.
    fn poll(&self, timeout: Duration, max: usize, batch: &mut Batch<'_>) -> bool;

    /// Lets nothing more in and wakes who waits.
    fn close(&self);
}

/// The queue of references and servers. Its thread does their I/O, and carries what was logged, too.
struct Events {
    io: HostedIo,
    queue: Arc<EventQueue>,
}

impl Source for Events {
    fn poll(&self, timeout: Duration, max: usize, batch: &mut Batch<'_>) -> bool {
        let mut events = Vec::new();
        let is_open = self.io.wait(&self.queue, timeout, max, &mut events);
        events.into_iter().for_each(|event| batch.push(event.into_record()));
        log::drain(max - batch.len(), batch);
        is_open
    }

    fn close(&self) {
        self.queue.close();
    }
}

/// As [`publish`], for the queue of references and servers, whose thread does the I/O.
pub(crate) fn publish_events(io: HostedIo, queue: &Arc<EventQueue>) -> jlong {
    publish(Arc::new(Events { io, queue: Arc::clone(queue) }))
}

/// Lets Java drain anything that gives records, by the number that this gives, until it closes it with `QueueNative.close`.
pub(crate) fn publish(source: Arc<dyn Source>) -> jlong {
    QUEUES.insert(source)
}

pub(crate) const METHODS: &[NativeMethod<'static>] = &[
    native_method! { static fn version() -> JString, error_policy = Throw },
    native_method! {
        static fn poll(queue: jlong, batch: JByteBuffer, max_records: jint, timeout_millis: jint) -> jint,
        error_policy = Throw
    },
    native_method! { static fn take(payload: jlong) -> jbyte[], error_policy = Throw },
    native_method! { static fn drop_payload(payload: jlong), error_policy = Throw },
    native_method! { static fn close(queue: jlong), error_policy = Throw },
    native_method! { static fn kept() -> jint, error_policy = Throw },
];

/// Version of the library, for the check that it fits the classes.
fn version<'local>(env: &mut Env<'local>, _: JClass<'local>) -> Result<JString<'local>> {
    Ok(env.new_string(env!("CARGO_PKG_VERSION"))?)
}

/// Waits for records and writes them into a direct buffer. Gives their number, -1 when the queue has ended.
fn poll<'local>(
    env: &mut Env<'local>,
    _: JClass<'local>,
    queue: jlong,
    batch: JByteBuffer<'local>,
    max_records: jint,
    timeout_millis: jint,
) -> Result<jint> {
    let Ok(source) = QUEUES.get(queue) else { return Ok(-1) };
    let address = env.get_direct_buffer_address(&batch)?;
    let capacity = env.get_direct_buffer_capacity(&batch)?;
    // SAFETY: the memory of a direct buffer, which the local reference keeps alive; only the polling thread uses it.
    let buffer = unsafe { std::slice::from_raw_parts_mut(address, capacity) };
    let (mut batch, max) = Batch::new(buffer, usize::try_from(max_records).unwrap_or(0));
    if max == 0 {
        return Err(Error::new(ErrorCode::InvalidArgument, "the batch has no room for a record").into());
    }
    let timeout = Duration::from_millis(u64::try_from(timeout_millis).unwrap_or(0));
    if source.poll(timeout, max, &mut batch) {
        return Ok(batch.len() as jint);
    }
    QUEUES.remove(queue);
    Ok(-1)
}

/// The bytes of a payload that did not travel in its batch; this side forgets them.
fn take<'local>(env: &mut Env<'local>, _: JClass<'local>, payload: jlong) -> Result<JByteArray<'local>> {
    let bytes = PAYLOADS
        .remove(payload)
        .ok_or_else(|| Error::new(ErrorCode::Internal, "the payload was taken or dropped before"))?;
    Ok(env.byte_array_from_slice(&bytes)?)
}

/// Forgets a payload that nobody wants.
fn drop_payload<'local>(_: &mut Env<'local>, _: JClass<'local>, payload: jlong) -> Result<()> {
    drop(PAYLOADS.remove(payload));
    Ok(())
}

/// Ends a queue: what is in it is dropped, and its pump ends.
fn close<'local>(_: &mut Env<'local>, _: JClass<'local>, queue: jlong) -> Result<()> {
    if let Some(queue) = QUEUES.remove(queue) {
        queue.close();
    }
    Ok(())
}

/// Payloads that Java has not taken yet; 0 when nothing leaks.
fn kept<'local>(_: &mut Env<'local>, _: JClass<'local>) -> Result<jint> {
    Ok(PAYLOADS.len() as jint)
}
