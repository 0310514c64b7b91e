//! Text and bytes as they cross the border.

use std::ffi::{CStr, c_char};
use std::slice;

use bytes::Bytes;
use polydubbo::api::Result;

use crate::boundary::{infallible, invalid};

/// Text in UTF-8, not zero-terminated. As a parameter it is borrowed for the call, and a length of SIZE_MAX stands for
/// the length of a zero-terminated string: dubbo_text makes such a view. NULL with length 0 is the empty text.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dubbo_str {
    /// The first octet.
    pub data: *const c_char,
    /// Number of octets.
    pub len: usize,
}

/// Bytes. As a parameter they are borrowed for the call; NULL with length 0 is empty.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dubbo_bytes {
    /// The first byte.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
}

/// Bytes or text that the library made and the program owns. May move between threads.
pub struct dubbo_buf(Bytes);

/// Shows the content: a view that dies with the buffer.
///
/// @param buf borrowed; NULL is empty
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_buf_view(buf: Option<&dubbo_buf>) -> dubbo_bytes {
    infallible(dubbo_bytes::EMPTY, || buf.map_or(dubbo_bytes::EMPTY, |buf| dubbo_bytes::view(&buf.0)))
}

/// Releases a buffer.
///
/// @param buf consumed; NULL is a no-op
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_buf_free(buf: Option<Box<dubbo_buf>>) {
    infallible((), || drop(buf));
}

impl dubbo_buf {
    pub(crate) fn new(content: impl Into<Bytes>) -> Box<Self> {
        Box::new(Self(content.into()))
    }
}

impl Default for dubbo_str {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Default for dubbo_bytes {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl dubbo_str {
    /// What is absent, and the empty text.
    pub(crate) const EMPTY: Self = Self { data: std::ptr::null(), len: 0 };

    /// A view of a text.
    pub(crate) fn view(text: &str) -> Self {
        Self { data: text.as_ptr().cast(), len: text.len() }
    }

    /// A view of a text, or what is absent.
    pub(crate) fn view_of(text: Option<&str>) -> Self {
        text.map_or(Self::EMPTY, Self::view)
    }

    /// The text of a parameter; its name is for the error.
    pub(crate) fn text<'a>(self, name: &str) -> Result<&'a str> {
        std::str::from_utf8(self.octets(name)?)
            .map_err(|error| invalid(format!("{name} is no UTF-8: {error}")))
    }

    fn octets<'a>(self, name: &str) -> Result<&'a [u8]> {
        if self.len == usize::MAX && !self.data.is_null() {
            // SAFETY: the header demands a zero-terminated string that lives through the call.
            return Ok(unsafe { CStr::from_ptr(self.data) }.to_bytes());
        }
        octets(self.data.cast(), self.len, name)
    }
}

impl dubbo_bytes {
    pub(crate) const EMPTY: Self = Self { data: std::ptr::null(), len: 0 };

    pub(crate) fn view(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes of a parameter; its name is for the error.
    pub(crate) fn bytes<'a>(self, name: &str) -> Result<&'a [u8]> {
        octets(self.data, self.len, name)
    }
}

/// The elements of an array parameter.
pub(crate) fn elements<'a, T>(data: *const T, len: usize, name: &str) -> Result<&'a [T]> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(invalid(format!("{name} is NULL although its length is {len}"))),
        _ if len.checked_mul(size_of::<T>()).is_none_or(|size| size > isize::MAX as usize) => {
            Err(invalid(format!("{name} is longer than memory: {len}")))
        }
        // SAFETY: the header demands `len` elements that live through the call.
        _ => Ok(unsafe { slice::from_raw_parts(data, len) }),
    }
}

fn octets<'a>(data: *const u8, len: usize, name: &str) -> Result<&'a [u8]> {
    elements(data, len, name)
}

#[cfg(test)]
mod tests {
    use polydubbo::api::ErrorCode;

    use super::*;

    #[test]
    fn text_comes_with_a_length_or_a_terminator() {
        let hello = c"hello";
        let text = |data, len| dubbo_str { data, len }.text("name").map_err(|error| error.code());
        assert_eq!(text(hello.as_ptr(), usize::MAX), Ok("hello"));
        assert_eq!(text(hello.as_ptr(), 4), Ok("hell"));
        assert_eq!(text(std::ptr::null(), 0), Ok(""));
        for len in [1, usize::MAX] {
            assert_eq!(text(std::ptr::null(), len), Err(ErrorCode::InvalidArgument));
        }
        assert_eq!(text(c"\xff".as_ptr(), 1), Err(ErrorCode::InvalidArgument));
    }
}
