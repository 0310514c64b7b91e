//! Exceptions of this side as the Java objects that a consumer expects.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::codec::hessian::{ClassDef, EncodeError, Writer};
use crate::rpc::{RemoteThrowable, StackFrame};

/// Class used for failures that have no Java class of their own; every consumer knows it.
pub const RUNTIME_EXCEPTION: &str = "java.lang.RuntimeException";

/// The fields of `Throwable` in the order in which Java writes them.
const FIELDS: [&str; 4] = ["suppressedExceptions", "stackTrace", "cause", "detailMessage"];
const FRAME_FIELDS: [&str; 4] = ["declaringClass", "methodName", "fileName", "lineNumber"];

/// Causes written at most; a longer chain is cut, which a reader cannot tell from one that ends.
const MAX_CAUSES: usize = 16;

/// The exception that stands for a failure of another language: type, message and stack as one text.
#[must_use]
pub fn of_host(kind: &str, message: &str, stack: &str) -> RemoteThrowable {
    let mut text = format!("{kind}: {message}");
    if !stack.is_empty() {
        text.push('\n');
        text.push_str(stack);
    }
    RemoteThrowable { class: RUNTIME_EXCEPTION.to_owned(), message: Some(text), ..RemoteThrowable::default() }
}

/// Encodes an exception with empty tables. One that came off the wire goes out as it came.
///
/// # Errors
///
/// A class name that is none in Java.
pub fn encode(throwable: &RemoteThrowable) -> Result<Bytes, EncodeError> {
    if !throwable.encoded.is_empty() {
        return Ok(throwable.encoded.clone());
    }
    let mut writer = Writer::new();
    write(&mut writer, throwable, MAX_CAUSES)?;
    writer.finish()
}

fn write(writer: &mut Writer, throwable: &RemoteThrowable, causes: usize) -> Result<(), EncodeError> {
    let this = writer.begin_object(&class(&throwable.class)?)?;
    writer.begin_list(Some("java.util.Collections$EmptyList"), 0)?;
    writer.begin_list(Some("[java.lang.StackTraceElement"), throwable.stack.len())?;
    for frame in &throwable.stack {
        write_frame(writer, frame)?;
    }
    match &throwable.cause {
        Some(cause) if causes > 0 => write(writer, cause, causes - 1)?,
        // Java's way to say that there is no cause.
        _ => writer.reference(this)?,
    }
    match &throwable.message {
        Some(message) => writer.string(message),
        None => writer.null(),
    }
    Ok(())
}

fn write_frame(writer: &mut Writer, frame: &StackFrame) -> Result<(), EncodeError> {
    static CLASS: OnceLock<Arc<ClassDef>> = OnceLock::new();
    let class = match CLASS.get() {
        Some(class) => class,
        None => CLASS.get_or_init({
            let class = ClassDef::new("java.lang.StackTraceElement", FRAME_FIELDS)?;
            || class
        }),
    };
    writer.begin_object(class)?;
    writer.string(&frame.declaring_class);
    writer.string(&frame.method_name);
    match &frame.file_name {
        Some(name) => writer.string(name),
        None => writer.null(),
    }
    writer.int(frame.line_number);
    Ok(())
}

fn class(name: &str) -> Result<Arc<ClassDef>, EncodeError> {
    static RUNTIME: OnceLock<Arc<ClassDef>> = OnceLock::new();
    if name != RUNTIME_EXCEPTION {
        return ClassDef::new(name, FIELDS);
    }
    match RUNTIME.get() {
        Some(class) => Ok(Arc::clone(class)),
        None => {
            let class = ClassDef::new(name, FIELDS)?;
            Ok(Arc::clone(RUNTIME.get_or_init(|| class)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_another_language_is_the_runtime_exception_that_every_java_accepts() {
        let encoded = encode(&of_host("ValueError", "bad", "")).expect("encodes");
        let mut want = Vec::new();
        want.extend_from_slice(b"C\x1ajava.lang.RuntimeException\x94\x14suppressedExceptions\x0astackTrace");
        want.extend_from_slice(b"\x05cause\x0ddetailMessage\x60\x70\x1fjava.util.Collections$EmptyList");
        want.extend_from_slice(b"\x70\x1c[java.lang.StackTraceElement\x51\x90\x0fValueError: bad");
        assert_eq!(encoded, want);
    }

    #[test]
    fn stack_and_causes_are_written_as_java_objects() {
        let cause = RemoteThrowable { class: "demo.Inner".to_owned(), ..RemoteThrowable::default() };
        let frame = StackFrame {
            declaring_class: "demo.Foo".to_owned(),
            method_name: "bar".to_owned(),
            file_name: None,
            line_number: 7,
        };
        let outer = RemoteThrowable {
            class: "demo.Outer".to_owned(),
            message: None,
            stack: vec![frame],
            cause: Some(Box::new(cause)),
            encoded: Bytes::new(),
        };
        let encoded = encode(&outer).expect("encodes");
        let text = String::from_utf8_lossy(&encoded);
        for part in ["demo.Outer", "demo.Inner", "java.lang.StackTraceElement", "demo.Foo", "bar"] {
            assert!(text.contains(part), "{part}");
        }
        assert!(encode(&RemoteThrowable { class: "no class!".to_owned(), ..outer }).is_err());
    }

    #[test]
    fn an_exception_off_the_wire_goes_out_unchanged() {
        let encoded = Bytes::from_static(b"\x01x");
        let throwable = RemoteThrowable { encoded: encoded.clone(), ..RemoteThrowable::default() };
        assert_eq!(encode(&throwable).expect("as it is"), encoded);
    }
}
