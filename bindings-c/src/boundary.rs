//! The border between C and Rust: no panic crosses it, and no pointer is used before it was looked at.
//!
//! Pointers cross it as the types that say who owns what, so that the compiler checks the rest: `Option<&T>` is borrowed,
//! `Option<Box<T>>` owned or consumed, `Option<&mut MaybeUninit<T>>` a place for a result, all of them possibly NULL. What
//! C must promise in return is in the header: pointers are NULL or of the right type, alive, and consumed once.

use std::any::Any;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use polydubbo::api::{Error, ErrorCode, Result};

use crate::errors::dubbo_error;

/// Runs the body of a function that can fail: its number, and its error if C wants it.
pub(crate) fn fallible(
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
    body: impl FnOnce() -> Result<()>,
) -> u32 {
    let err = err.map(|slot| slot.write(None));
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return 0,
        Ok(Err(error)) => error,
        Err(payload) => panicked(&*payload),
    };
    let code = error.code().number();
    if let Some(err) = err {
        *err = Some(Box::new(dubbo_error::from(error)));
    }
    code
}

/// Runs the body of a function that cannot fail; `fallback` is its result should it panic.
pub(crate) fn infallible<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// The error of a caught panic.
pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = format!("panic in the library: {}", text.unwrap_or("without a message"));
    Error::new(ErrorCode::Panic, text)
}

/// A parameter that must not be NULL.
pub(crate) fn required<T>(parameter: Option<T>, name: &str) -> Result<T> {
    parameter.ok_or_else(|| invalid(format!("{name} is NULL")))
}

/// The place for an object, which is NULL until something is put there.
pub(crate) fn place<T>(out: Option<&mut MaybeUninit<T>>) -> Result<&mut T>
where
    T: Default,
{
    required(out, "out").map(|out| out.write(T::default()))
}

/// The error of a parameter that is not acceptable.
#[cold]
pub(crate) fn invalid(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidArgument, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_text() {
        let mut err = MaybeUninit::uninit();
        assert_eq!(fallible(Some(&mut err), || panic!("lost {}", 7)), ErrorCode::Panic.number());
        // SAFETY: written by `fallible`.
        let error = unsafe { err.assume_init() }.expect("an error");
        assert!(error.message().ends_with("lost 7"), "{}", error.message());
        assert_eq!(infallible(3, || panic!("lost")), 3);
    }

    #[test]
    fn a_success_leaves_null() {
        let mut err = MaybeUninit::uninit();
        assert_eq!(fallible(Some(&mut err), || Ok(())), 0);
        // SAFETY: written by `fallible`.
        assert!(unsafe { err.assume_init() }.is_none());
    }

    #[test]
    fn every_exported_function_goes_through_the_boundary() {
        let mut exported = 0;
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("sources") {
                let path = entry.expect("a source").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a source");
                for function in text.split("#[unsafe(no_mangle)]\n").skip(1) {
                    let body = function.split_once("{\n").expect("a body").1.trim_start();
                    let is_guarded = body.starts_with("fallible(err, ") || body.starts_with("infallible(");
                    assert!(
                        is_guarded,
                        "{}: {}",
                        path.display(),
                        function.lines().next().unwrap_or_default()
                    );
                    exported += 1;
                }
            }
        }
        assert!(exported > 100, "{exported}");
    }
}
