//! Reads the exception that a remote method threw.

use super::hessian::{DecodeError, FromHessian, JavaString, Object, Reader, Value};
use crate::rpc::{RemoteThrowable, ResultKind, RpcResult, StackFrame};

/// Causes followed at most; a peer may send a chain as deep as its limits allow.
const MAX_CAUSES: usize = 64;

impl RpcResult {
    /// The exception of a result of kind [`ResultKind::Exception`]; empty for other kinds.
    ///
    /// Fields are found by name, since each Java version writes them in another order, and whatever is missing stays
    /// empty: an exception of a class that nobody here knows is still an exception.
    ///
    /// # Errors
    /// A malformed body.
    pub fn throwable(&self) -> Result<RemoteThrowable, DecodeError> {
        if self.kind() != ResultKind::Exception {
            return Ok(RemoteThrowable::default());
        }
        let value = Value::read_hessian(&mut Reader::new(self.body()))?;
        let mut throwable =
            value.as_object().map_or_else(RemoteThrowable::default, |object| read(object, MAX_CAUSES));
        throwable.encoded = self.value()?;
        Ok(throwable)
    }
}

fn read(object: &Object, causes: usize) -> RemoteThrowable {
    let message = text(object.get("detailMessage"));
    // Dubbo's GenericException stands for an exception of another class.
    let (class, message) = match (text(object.get("exceptionClass")), text(object.get("exceptionMessage"))) {
        (Some(class), inner) => (class, inner.or(message)),
        (None, _) => (object.class().name().to_owned(), message),
    };
    // A throwable that is its own cause has none; that edge arrives as `Value::Back`.
    let cause = match object.get("cause") {
        Some(Value::Object(cause)) if causes > 0 => Some(Box::new(read(cause, causes - 1))),
        _ => None,
    };
    let frames = object.get("stackTrace").and_then(Value::as_list).map_or(&[][..], |list| list.items());
    let stack = frames.iter().filter_map(Value::as_object).map(frame).collect();
    RemoteThrowable { class, message, stack, cause, encoded: bytes::Bytes::new() }
}

fn frame(object: &Object) -> StackFrame {
    StackFrame {
        declaring_class: text(object.get("declaringClass")).unwrap_or_default(),
        method_name: text(object.get("methodName")).unwrap_or_default(),
        file_name: text(object.get("fileName")),
        line_number: object.get("lineNumber").and_then(Value::as_long).map_or(-1, |line| line as i32),
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(JavaString::to_str_lossy(text).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::hessian::Writer;

    fn result(value: &Value) -> RpcResult {
        let mut writer = Writer::new();
        writer.value(value).unwrap();
        RpcResult::new(ResultKind::Exception, false, writer.finish().unwrap())
    }

    #[test]
    fn fields_are_found_by_name_and_causes_are_followed() {
        let frame = Value::object(
            "java.lang.StackTraceElement",
            [("declaringClass", Value::from("a.B")), ("methodName", "run".into()), ("lineNumber", 7.into())],
        )
        .unwrap();
        let cause = Value::object("java.io.IOException", [("detailMessage", Value::from("disk"))]).unwrap();
        let thrown = Value::object(
            "com.acme.Broken",
            [
                ("code", Value::from(5)),
                ("detailMessage", "bang".into()),
                ("stackTrace", Value::typed_list("[java.lang.StackTraceElement", [frame])),
                ("cause", cause),
            ],
        )
        .unwrap();
        let throwable = result(&thrown).throwable().unwrap();
        assert_eq!(throwable.to_string(), "com.acme.Broken: bang");
        assert_eq!((throwable.stack[0].line_number, throwable.stack[0].file_name.as_deref()), (7, None));
        assert_eq!(throwable.cause.unwrap().to_string(), "java.io.IOException: disk");
        assert!(!throwable.encoded.is_empty());
    }

    #[test]
    fn a_generic_exception_stands_for_the_one_it_names() {
        let wrapped = Value::object(
            "com.alibaba.dubbo.rpc.service.GenericException",
            [("exceptionClass", Value::from("com.acme.Broken")), ("exceptionMessage", "bang".into())],
        )
        .unwrap();
        assert_eq!(result(&wrapped).throwable().unwrap().to_string(), "com.acme.Broken: bang");
    }
}
