//! Generic calls: a method is named by a text, its arguments travel in a form that needs no classes.
//!
//! The provider turns `$invoke(name, types, arguments)` into an ordinary call and the result back into the general
//! form; the service never notices. The modes `true`, `raw.return` and `gson` are spoken; `bean`, `nativejava` and
//! `protobuf-json` are refused with Dubbo's text.

mod json;
mod realize;

use std::sync::Arc;

use bytes::Bytes;

use super::admission::Refusal;
use super::exporter::Exporter;
use crate::codec::frame::status;
use crate::codec::hessian::{EncodeError, Limits, List, Reader, Value, Writer};
use crate::error::{Error, ErrorCode};
use crate::filter::Outcome;
use crate::rpc::{Attachments, Method, ResultKind, RpcResult};

pub use realize::{descriptor_of, generalize, realize};

/// The conversions recurse, so they take less depth than the codec itself.
const LIMITS: Limits = Limits { depth: 128, ..Limits::DEFAULT };

/// Attachment that names the mode.
pub const GENERIC: &str = "generic";

/// How arguments and result of a generic call travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GenericMode {
    /// `true`: objects as maps with the key `class`, both ways.
    True,
    /// `raw.return`: as `true`, but the result is the object itself.
    RawReturn,
    /// `gson` (Dubbo 3): each argument and the result are a JSON text.
    Gson,
}

impl GenericMode {
    fn of(attachments: &Attachments) -> Result<Self, Refusal> {
        match attachments.text(GENERIC).unwrap_or_default() {
            "" | "true" => Ok(Self::True),
            "raw.return" => Ok(Self::RawReturn),
            "gson" => Ok(Self::Gson),
            other => Err(refuse(format!(
                "Generic serialization [{other}] only support message type of its own, which this provider does not \
                 read: use generic=true, raw.return or gson"
            ))),
        }
    }

    /// Turns the answer of the service into the form that the caller expects.
    pub(crate) fn convert(self, outcome: &mut Outcome) {
        let Ok(result) = outcome else { return };
        let kind = match result.kind() {
            ResultKind::Exception => ResultKind::Exception,
            ResultKind::Value | ResultKind::Null => ResultKind::Value,
        };
        let converted = match result.kind() {
            ResultKind::Null if self == Self::Gson => json_text(&Value::Null),
            ResultKind::Null => return,
            ResultKind::Value if self == Self::RawReturn => return,
            ResultKind::Value if self == Self::Gson => {
                read(result.body()).and_then(|value| json_text(&value))
            }
            ResultKind::Value => generalized(result.body()),
            ResultKind::Exception => generic_exception(result.body()),
        };
        *outcome = match converted {
            Ok(body) => Ok(RpcResult::new(kind, false, body)),
            Err(error) => Err(Error::new(ErrorCode::StatusBadResponse, error)),
        };
    }
}

/// What a generic call means.
#[derive(Debug)]
pub(super) struct GenericCall {
    pub(super) mode: GenericMode,
    pub(super) method: Arc<Method>,
    pub(super) arguments: Bytes,
    pub(super) count: usize,
}

/// Finds the method that a generic call names, and encodes its arguments as an ordinary call would.
pub(super) fn resolve(
    exporter: &Exporter,
    arguments: &Bytes,
    attachments: &Attachments,
) -> Result<GenericCall, Refusal> {
    let mode = GenericMode::of(attachments)?;
    let mut reader = Reader::with_limits(arguments, LIMITS);
    let mut next = || reader.read::<Value>().map_err(Refusal::broken);
    let (name, types, values) = (next()?, next()?, next()?);
    let name = name.as_str().unwrap_or_default().trim();
    let types = types.as_list().map(type_names);
    let values = values.as_list().map(List::items);
    let method = find(exporter, name, types.as_deref(), values.map_or(0, <[Value]>::len))?;
    let count = crate::codec::descriptor::parameter_count(&method.descriptor).unwrap_or_default();
    // Absent arguments are nulls.
    let nulls = vec![Value::Null; count];
    let values = values.unwrap_or(&nulls);
    if values.len() != count {
        return Err(refuse(
            "GenericFilter#invoke args.length != types.length, please check your params".to_owned(),
        ));
    }
    let arguments = encode_arguments(mode, &method, values)?;
    Ok(GenericCall { mode, method, arguments, count })
}

fn type_names(list: &List) -> Vec<String> {
    list.items().iter().map(|item| item.as_str().unwrap_or("java.lang.Object").to_owned()).collect()
}

fn find(
    exporter: &Exporter,
    name: &str,
    types: Option<&[String]>,
    count: usize,
) -> Result<Arc<Method>, Refusal> {
    let (methods, interface) = (exporter.methods(), exporter.interface());
    let Some(types) = types else {
        return match methods.overloads(name) {
            [one] => Ok(Arc::clone(one)),
            [] => {
                let objects = "Ljava/lang/Object;".repeat(count);
                let method = methods.find(name, &objects).filter(|_| methods.is_open(name));
                method.ok_or_else(|| refuse(format!("{interface}.{name}()")))
            }
            several => Err(refuse(format!(
                "Not unique method for method name({name}) in class({interface}), find {} methods.",
                several.len()
            ))),
        };
    };
    let descriptor: String = types.iter().map(|name| descriptor_of(name)).collect();
    // The text of Java's NoSuchMethodException.
    methods.find(name, &descriptor).ok_or_else(|| refuse(format!("{interface}.{name}({})", types.join(","))))
}

fn encode_arguments(mode: GenericMode, method: &Method, values: &[Value]) -> Result<Bytes, Refusal> {
    let mut writer = Writer::new();
    let types = crate::codec::descriptor::Parameters::new(&method.descriptor);
    for (value, parameter) in values.iter().zip(types) {
        let written = match mode {
            GenericMode::Gson => realize(&from_json_text(value, parameter)?, Some(parameter)),
            GenericMode::True | GenericMode::RawReturn => realize(value, Some(parameter)),
        };
        let written = written.and_then(|value| writer.value(&value));
        written.map_err(|error| refuse(error.to_string()))?;
    }
    writer.finish().map_err(|error| refuse(error.to_string()))
}

fn from_json_text(value: &Value, parameter: &str) -> Result<Value, Refusal> {
    let Value::String(text) = value else {
        return Err(refuse(
            "Generic serialization [gson] only support message type java.lang.String and your message type is another"
                .to_owned(),
        ));
    };
    json::from_text(&text.to_str_lossy(), parameter).map_err(|error| refuse(error.to_string()))
}

fn json_text(value: &Value) -> Result<Bytes, String> {
    let mut writer = Writer::new();
    writer.string(&json::to_text(value));
    writer.finish().map_err(|error| error.to_string())
}

fn read(body: &[u8]) -> Result<Value, String> {
    Reader::with_limits(body, LIMITS).read().map_err(|error| error.to_string())
}

fn refuse(text: String) -> Refusal {
    Refusal::new(status::SERVICE_ERROR, format!("org.apache.dubbo.rpc.RpcException: {text}"))
}

fn generalized(body: &[u8]) -> Result<Bytes, String> {
    let value = read(body)?;
    let mut writer = Writer::new();
    let written = generalize(&value).and_then(|value| writer.value(&value));
    written.and_then(|()| writer.finish()).map_err(|error| error.to_string())
}

/// The class under whose name Java wraps the exceptions of generic calls, in 2.7 and 3.x alike.
const GENERIC_EXCEPTION: &str = "com.alibaba.dubbo.rpc.service.GenericException";

/// Wraps an exception: generic callers do not have its class, so they get its name and message.
fn generic_exception(body: &[u8]) -> Result<Bytes, String> {
    let exception = read(body)?;
    let class = exception.as_object().map(|object| object.class().name().to_owned()).unwrap_or_default();
    let message = exception.get("detailMessage").and_then(Value::as_str).map(str::to_owned);
    write_generic_exception(&class, message.as_deref()).map_err(|error| error.to_string())
}

fn write_generic_exception(class: &str, message: Option<&str>) -> Result<Bytes, EncodeError> {
    let fields = [
        "exceptionClass",
        "exceptionMessage",
        "suppressedExceptions",
        "stackTrace",
        "cause",
        "detailMessage",
    ];
    let definition = crate::codec::hessian::ClassDef::new(GENERIC_EXCEPTION, fields)?;
    let mut writer = Writer::new();
    let this = writer.begin_object(&definition)?;
    let text = |writer: &mut Writer, text: Option<&str>| match text {
        Some(text) => writer.string(text),
        None => writer.null(),
    };
    writer.string(class);
    text(&mut writer, message);
    writer.begin_list(Some("java.util.Collections$EmptyList"), 0)?;
    writer.begin_list(Some("[java.lang.StackTraceElement"), 0)?;
    writer.reference(this)?;
    text(&mut writer, message);
    writer.finish()
}

/// Encodes the arguments of `$invoke` for a consumer without the classes: `types` are Java type names such as `int`
/// or `java.lang.String[]`, objects become maps with the key `class`. The call needs the attachment
/// [`GENERIC`] = `true`, the method name `$invoke` and its
/// [descriptor](crate::codec::descriptor::GENERIC_DESCRIPTOR).
///
/// # Errors
///
/// Values without a Java form, and cycles, which maps cannot express.
pub fn encode_invoke(
    method: &str,
    types: &[&str],
    values: &[Value],
) -> Result<crate::rpc::Arguments, EncodeError> {
    let mut writer = Writer::new();
    writer.string(method);
    writer.begin_list(Some("[string"), types.len())?;
    types.iter().for_each(|name| writer.string(name));
    writer.begin_list(Some("[object"), values.len())?;
    for value in values {
        writer.value(&generalize(value)?)?;
    }
    Ok(crate::rpc::Arguments { bytes: writer.finish()?, count: 3 })
}
