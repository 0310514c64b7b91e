//! Throwables: beans whose fields Java fixes.

use bytes::Bytes;

use crate::codec::hessian::error::{DecodeError, DecodeErrorKind};
use crate::codec::hessian::reader::Reader;
use crate::codec::hessian::value::{Object, Value};
use crate::rpc::{RemoteThrowable, StackFrame};

/// Causes beyond so many are dropped.
const MAX_CAUSES: usize = 64;

/// Reads the exception at the start of a body that begins with empty tables, such as an exceptional result.
///
/// A map with the fields of a throwable is taken too: that is what a peer sends on that did not know the class.
///
/// # Errors
/// Malformed bytes, or `TypeMismatch` when the value is neither an object nor a map.
pub fn read_throwable(body: &Bytes) -> Result<RemoteThrowable, DecodeError> {
    let mut reader = Reader::new(body);
    let value: Value = reader.read()?;
    let mut throwable = from_value(&value).ok_or_else(|| {
        DecodeError::new(DecodeErrorKind::TypeMismatch { expected: "throwable", found: "other value" }, 0)
    })?;
    throwable.encoded = body.slice(..reader.position());
    Ok(throwable)
}

/// Whether an object looks like a throwable: by the name of its class, or by the fields of `Throwable`.
#[must_use]
pub fn is_throwable(object: &Object) -> bool {
    let class = object.class();
    let has_fields =
        class.field_index("detailMessage").is_some() && class.field_index("stackTrace").is_some();
    has_fields || class.name().ends_with("Exception") || class.name().ends_with("Error")
}

fn from_value(value: &Value) -> Option<RemoteThrowable> {
    // A cause that is an ancestor, usually the exception itself, is Java's way to say that there is none: it
    // reads as the edge of a cycle, which is neither object nor map.
    let mut chain = Vec::new();
    let mut next = Some(value);
    while let Some(value) = next {
        let is_bean = matches!(value, Value::Object(_) | Value::Map(_));
        if !is_bean || chain.len() > MAX_CAUSES {
            break;
        }
        chain.push(one(value));
        next = value.get("cause");
    }
    chain.into_iter().rev().reduce(|cause, mut effect| {
        effect.cause = Some(Box::new(cause));
        effect
    })
}

/// One throwable without its cause.
fn one(value: &Value) -> RemoteThrowable {
    let class = match value {
        Value::Object(object) => object.class().name(),
        Value::Map(map) => map.java_type().unwrap_or("java.util.HashMap"),
        _ => "",
    };
    let message = value.get("detailMessage").and_then(text);
    // Dubbo wraps the exception of a generic call: it stands for the class and message that it names.
    let wraps = class.ends_with(".rpc.service.GenericException");
    let (class, message) = match value.get("exceptionClass").and_then(text) {
        Some(inner) if wraps => (inner, value.get("exceptionMessage").and_then(text).or(message)),
        _ => (class.to_owned(), message),
    };
    let frames = value.get("stackTrace").and_then(Value::as_list);
    RemoteThrowable {
        class,
        message,
        stack: frames.map(|frames| frames.items().iter().map(frame).collect()).unwrap_or_default(),
        ..RemoteThrowable::default()
    }
}

fn frame(value: &Value) -> StackFrame {
    let field = |name| value.get(name).and_then(text);
    let line = value.get("lineNumber").and_then(Value::as_long);
    StackFrame {
        declaring_class: field("declaringClass").unwrap_or_default(),
        method_name: field("methodName").unwrap_or_default(),
        file_name: field("fileName"),
        line_number: line.and_then(|line| i32::try_from(line).ok()).unwrap_or(-1),
    }
}

fn text(value: &Value) -> Option<String> {
    if let Value::String(text) = value { Some(text.to_str_lossy().into_owned()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::hessian::{ClassDef, Writer};

    fn throwable(class: &str, message: &str, cause: Option<Value>) -> Value {
        let fields = ["suppressedExceptions", "stackTrace", "cause", "detailMessage"];
        let frame = Value::object(
            "java.lang.StackTraceElement",
            [
                ("lineNumber", Value::Int(7)),
                ("fileName", Value::Null),
                ("methodName", "run".into()),
                ("declaringClass", "demo.Main".into()),
            ],
        );
        let stack = Value::typed_list("[java.lang.StackTraceElement", [frame.unwrap()]);
        let none = Value::typed_list("java.util.Collections$EmptyList", []);
        Value::cyclic_object(&ClassDef::new(class, fields).unwrap(), |this| {
            vec![none, stack, cause.unwrap_or(this), message.into()]
        })
    }

    fn encode(value: &Value) -> Bytes {
        let mut writer = Writer::new();
        writer.value(value).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn class_message_stack_and_causes_are_found() {
        let inner = throwable("demo.Inner", "why", None);
        let bytes = encode(&throwable("demo.OuterException", "what", Some(inner)));
        let body = Bytes::from([&bytes[..], b"\x48\x5a"].concat());
        let read = read_throwable(&body).unwrap();
        assert_eq!(read.to_string(), "demo.OuterException: what");
        assert_eq!(read.encoded, bytes);
        let frame = &read.stack[0];
        assert_eq!(
            (&*frame.declaring_class, &*frame.method_name, frame.line_number),
            ("demo.Main", "run", 7)
        );
        let cause = read.cause.unwrap();
        assert_eq!(cause.to_string(), "demo.Inner: why");
        assert_eq!(cause.cause, None);
    }

    #[test]
    fn long_chains_of_causes_are_cut() {
        let chain = (0..200).fold(throwable("demo.E", "0", None), |cause, i| {
            throwable("demo.E", &i.to_string(), Some(cause))
        });
        let mut read = read_throwable(&encode(&chain)).unwrap();
        let mut length = 0;
        while let Some(cause) = read.cause.take() {
            (read, length) = (*cause, length + 1);
        }
        assert_eq!(length, MAX_CAUSES);
    }

    #[test]
    fn a_generic_exception_stands_for_the_one_it_names() {
        let wrapped = Value::object(
            "com.alibaba.dubbo.rpc.service.GenericException",
            [("exceptionClass", Value::from("com.acme.Broken")), ("exceptionMessage", "bang".into())],
        );
        let read = read_throwable(&encode(&wrapped.unwrap())).unwrap();
        assert_eq!(read.to_string(), "com.acme.Broken: bang");
    }

    #[test]
    fn throwables_are_told_by_name_or_by_fields() {
        let is = |value: &Value| is_throwable(value.as_object().unwrap());
        assert!(is(&throwable("demo.Failure", "", None)));
        assert!(is(&Value::object("demo.BizException", [("code", 1)]).unwrap()));
        assert!(!is(&Value::object("demo.User", [("detailMessage", "")]).unwrap()));
        assert!(read_throwable(&Bytes::from_static(b"\x01a")).is_err());
    }
}
