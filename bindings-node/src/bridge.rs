//! All state of one JavaScript environment, as one object that the environment owns.

use std::cell::RefCell;

use napi::bindgen_prelude::{Buffer, Object, Uint8Array, Unknown};
use napi::{Env, JsValue};
use napi_derive::napi;
use polydubbo::codec::hessian::{EncodeError, Profile, Reader, Refs, Writer};
use polydubbo::{Error, ErrorCode};

use crate::errors::Errors;
use crate::js::Js;
use crate::value::build::{Hooks, JsBuilder};
use crate::value::walk::{Classes, play};

/// The native side of one environment. Made once by `ts/internal/native.ts`, and internal to the package.
#[napi]
pub struct Bridge {
    hooks: Hooks,
    errors: Errors,
    classes: RefCell<Classes>,
}

#[napi]
impl Bridge {
    /// Takes the functions that the native module calls.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, hooks: Object<'_>) -> napi::Result<Self> {
        let js = Js::new(&env);
        let make = || Ok((Hooks::new(js, hooks.raw())?, Errors::new(js, hooks.raw())?));
        let made: crate::js::Result<_> = make();
        let (hooks, errors) =
            made.map_err(|fault| napi::Error::from_reason(format!("bad hooks: {fault:?}")))?;
        Ok(Self { hooks, errors, classes: RefCell::default() })
    }

    /// Adds a class definition for the tape and gives its number.
    #[napi(catch_unwind)]
    pub fn define_class(&self, env: Env, name: String, fields: Vec<String>) -> napi::Result<u32> {
        let define = || self.classes.borrow_mut().define(&name, &fields).map_err(bad_class);
        self.errors.guard(Js::new(&env), || Ok(define()?))
    }

    /// Forgets how classes are made, after a registration.
    #[napi(catch_unwind)]
    pub fn forget_classes(&self) {
        self.hooks.forget_classes();
    }

    /// Encodes the values of a tape.
    #[napi(catch_unwind)]
    pub fn encode(&self, env: Env, tape: Uint8Array, profile: u32) -> napi::Result<Buffer> {
        self.errors.guard(Js::new(&env), || {
            let mut writer = Writer::with_profile(match profile {
                1 => Profile::Hl3,
                2 => Profile::Hl4,
                _ => Profile::Portable,
            });
            play(&tape, &mut self.classes.borrow_mut(), &mut writer)?;
            let bytes = writer.finish().map_err(crate::value::walk::WalkError::from)?;
            Ok(Vec::from(bytes).into())
        })
    }

    /// Decodes all values of a body, which share one set of tables, into an array.
    #[napi(catch_unwind)]
    pub fn decode<'env>(&self, env: &'env Env, body: Uint8Array, flags: u32) -> napi::Result<Unknown<'env>> {
        let js = Js::new(env);
        let array = self.errors.guard(js, || {
            let mut builder = JsBuilder::new(js, &self.hooks, flags)?;
            let (mut reader, mut refs) = (Reader::new(&body), Refs::default());
            let mut values = Vec::new();
            while !reader.is_at_end() {
                let built = reader.build(&mut builder, &mut refs)?;
                values.push(builder.finish(built)?);
            }
            Ok(js.array(&values)?)
        })?;
        // SAFETY: the array is a handle of the scope of this call.
        Ok(unsafe { Unknown::from_raw_unchecked(js.raw(), array) })
    }
}

fn bad_class(error: EncodeError) -> Error {
    Error::new(ErrorCode::InvalidArgument, error.to_string())
}
