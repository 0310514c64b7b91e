//! Attachments: the texts that travel beside arguments and results.

use std::mem::MaybeUninit;

use polydubbo::api::hessian::{Profile, Reader, Value};
use polydubbo::api::{AttachmentValue, Attachments, Result};

use crate::boundary::{fallible, infallible, invalid, place, required};
use crate::errors::dubbo_error;
use crate::text::dubbo_str;
use crate::value::codec::{encode, malformed};
use crate::value::dubbo_value;

/// The attachments of a call or a response: a view that dies with it.
#[repr(transparent)]
pub struct dubbo_attachments(Attachments);

/// Counts the attachments.
///
/// @param attachments borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_attachments_len(attachments: Option<&dubbo_attachments>) -> usize {
    infallible(0, || attachments.map_or(0, |attachments| attachments.0.len()))
}

/// Shows a key, in the order in which they arrived; empty when there is none.
///
/// @param attachments borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_attachments_key(attachments: Option<&dubbo_attachments>, index: usize) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        dubbo_str::view_of(
            attachments.and_then(|attachments| attachments.0.iter().nth(index)).map(|(key, _)| key),
        )
    })
}

/// Shows the text of an attachment. Its data is NULL if there is none, or if it is no text.
///
/// @param attachments borrowed
/// @param key borrowed
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_attachments_get(
    attachments: Option<&dubbo_attachments>,
    key: dubbo_str,
) -> dubbo_str {
    infallible(dubbo_str::EMPTY, || {
        let key = key.text("key").ok();
        dubbo_str::view_of(key.and_then(|key| attachments.and_then(|attachments| attachments.0.text(key))))
    })
}

/// Decodes an attachment of any type.
///
/// @param attachments borrowed
/// @param key borrowed
/// @param out owned: released by dubbo_value_free
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_attachments_value(
    attachments: Option<&dubbo_attachments>,
    key: dubbo_str,
    out: Option<&mut MaybeUninit<Option<Box<dubbo_value>>>>,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let out = place(out)?;
        let key = key.text("key")?;
        let found = required(attachments, "attachments")?.0.get(key);
        let value = match found.ok_or_else(|| invalid(format!("there is no attachment {key:?}")))? {
            AttachmentValue::Text(text) => Value::from(&**text),
            AttachmentValue::Int(number) => Value::Int(*number),
            AttachmentValue::Encoded(body) => {
                Reader::new(body).read().map_err(|error| malformed("attachment", &error))?
            }
        };
        *out = Some(dubbo_value::boxed(value));
        Ok(())
    })
}

impl dubbo_attachments {
    /// Attachments of the core as C sees them.
    pub(crate) fn view(attachments: &Attachments) -> &Self {
        // SAFETY: the wrapper is transparent.
        unsafe { &*std::ptr::from_ref(attachments).cast::<Self>() }
    }
}

/// Sets a text.
pub(crate) fn set_text(attachments: &mut Attachments, key: dubbo_str, text: dubbo_str) -> Result<()> {
    let (key, text) = (key_of(key)?, text.text("value")?);
    attachments.set(key.to_owned(), text.to_owned());
    Ok(())
}

/// Sets a value of any type.
pub(crate) fn set_value(
    attachments: &mut Attachments,
    key: dubbo_str,
    value: Option<Box<dubbo_value>>,
) -> Result<()> {
    let value = required(value, "value")?.into_inner();
    let key = key_of(key)?;
    attachments.set(key.to_owned(), AttachmentValue::Encoded(encode(&[value], Profile::Portable)?));
    Ok(())
}

fn key_of<'a>(key: dubbo_str) -> Result<&'a str> {
    match key.text("key")? {
        "" => Err(invalid("key is empty")),
        key => Ok(key),
    }
}
