//! Versions of the library and of its binary interface.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use polydubbo::api::{Error, ErrorCode};

use crate::boundary::{fallible, infallible};
use crate::errors::dubbo_error;

/// Major version of the binary interface; before 1.0 it counts the minor versions of the package. Also in the soname.
pub const DUBBO_ABI_MAJOR: u32 = 1;
/// Minor version of the binary interface: it grows with every function.
pub const DUBBO_ABI_MINOR: u32 = 0;

/// Gives the version of the binary interface of the loaded library: major << 16 | minor.
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_abi_version() -> u32 {
    infallible(0, || DUBBO_ABI_MAJOR << 16 | DUBBO_ABI_MINOR)
}

/// Checks that the loaded library serves programs that were compiled with a header of this version: the major versions are
/// equal, and the minor version of the library is not older.
///
/// @param abi_version DUBBO_ABI_VERSION
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_check_abi(
    abi_version: u32,
    err: Option<&mut MaybeUninit<Option<Box<dubbo_error>>>>,
) -> u32 {
    fallible(err, || {
        let (major, minor) = (abi_version >> 16, abi_version & 0xffff);
        if major == DUBBO_ABI_MAJOR && (0..=DUBBO_ABI_MINOR).contains(&minor) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::AbiMismatch,
            format!(
                "the program was compiled for version {major}.{minor} of the interface, the library has \
                 {DUBBO_ABI_MAJOR}.{DUBBO_ABI_MINOR}: compile it with the header of the installed library"
            ),
        ))
    })
}

/// Gives the version of the library: a zero-terminated text that is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn dubbo_version_string() -> *const c_char {
    infallible(c"".as_ptr(), || concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast())
}

/// The major version follows the package.
const _: () = {
    let minor = env!("CARGO_PKG_VERSION_MINOR").as_bytes();
    let is_before_one = matches!(env!("CARGO_PKG_VERSION_MAJOR").as_bytes(), b"0");
    assert!(is_before_one && minor.len() == 1 && (minor[0] - b'0') as u32 == DUBBO_ABI_MAJOR);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_must_be_equal_and_the_minor_not_newer() {
        let check = |major: u32, minor: u32| dubbo_check_abi(major << 16 | minor, None);
        assert_eq!(check(DUBBO_ABI_MAJOR, DUBBO_ABI_MINOR), 0);
        for (major, minor) in
            [(DUBBO_ABI_MAJOR, DUBBO_ABI_MINOR + 1), (DUBBO_ABI_MAJOR + 1, 0), (DUBBO_ABI_MAJOR - 1, 0)]
        {
            assert_eq!(check(major, minor), ErrorCode::AbiMismatch.number(), "{major}.{minor}");
        }
        assert_eq!(dubbo_abi_version(), DUBBO_ABI_MAJOR << 16 | DUBBO_ABI_MINOR);
    }
}
