//! Calling services.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use napi::Either;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use polydubbo::api::hessian::Writer;
use polydubbo::api::{
    Arguments, AttachmentValue, Attachments, Invocation, Method, Reference, ReferenceConfig, Result,
};

use crate::errors::Failure;
use crate::value::walk::{Classes, Tape, WalkError, play};

/// Attachments as they cross the border: keys and values in turn; a value is text or one encoded Hessian value.
pub(crate) type AttachmentList = Vec<Either<String, Uint8Array>>;

/// A reference as JavaScript holds it.
#[napi]
pub struct NativeReference(Rc<Target>);

/// Where calls go, with the methods that have a number.
pub(crate) struct Target {
    pub(crate) reference: Reference,
    methods: RefCell<Vec<Arc<Method>>>,
}

#[napi]
impl NativeReference {
    /// The number under which calls name a method.
    #[napi(catch_unwind)]
    pub fn method(&self, name: String, descriptor: String) -> u32 {
        let mut methods = self.0.methods.borrow_mut();
        methods.push(self.0.reference.method(&name, &descriptor));
        methods.len() as u32 - 1
    }

    /// Whether a call would find a connected provider.
    #[napi(getter, catch_unwind)]
    pub fn is_available(&self) -> bool {
        self.0.reference.is_available()
    }
}

impl NativeReference {
    pub(crate) fn new(reference: Reference) -> Self {
        Self(Rc::new(Target { reference, methods: RefCell::default() }))
    }

    pub(crate) fn target(&self) -> &Rc<Target> {
        &self.0
    }
}

impl Target {
    /// The call that a tape describes, without options.
    pub(crate) fn invocation(
        &self,
        tape: &Tape<'_>,
        classes: &mut Classes,
    ) -> std::result::Result<Invocation, Failure> {
        invocation_of(&self.methods.borrow(), tape, classes)
    }
}

/// The call of one of `methods` that a tape describes, without options.
pub(crate) fn invocation_of(
    methods: &[Arc<Method>],
    tape: &Tape<'_>,
    classes: &mut Classes,
) -> std::result::Result<Invocation, Failure> {
    let Some(method) = methods.get(tape.method()).cloned() else { return Err(WalkError::Tape(0).into()) };
    let mut writer = Writer::new();
    let count = play(tape, classes, &mut writer)?;
    let arguments = Arguments { bytes: writer.finish().map_err(WalkError::from)?, count };
    Ok(Invocation::new(method, arguments))
}

/// The settings of a reference from keys and values in turn; `custom` are keys of the user's own.
pub(crate) fn config_of(pairs: &[String], custom: &[String]) -> Result<ReferenceConfig> {
    let mut config = ReferenceConfig::new("");
    for pair in pairs.chunks_exact(2) {
        config.set(&pair[0], &pair[1])?;
    }
    for pair in custom.chunks_exact(2) {
        config.parameters.set_custom(&pair[0], &pair[1])?;
    }
    Ok(config)
}

pub(crate) fn attachments_of(list: AttachmentList) -> Attachments {
    let mut attachments = Attachments::new();
    let mut items = list.into_iter();
    while let (Some(Either::A(key)), Some(value)) = (items.next(), items.next()) {
        match value {
            Either::A(text) => attachments.set(key, text),
            Either::B(encoded) => {
                attachments.set(key, AttachmentValue::Encoded(bytes::Bytes::copy_from_slice(&encoded)));
            }
        }
    }
    attachments
}
