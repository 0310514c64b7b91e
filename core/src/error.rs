//! The one error type of the library, and the stable numbers of its kinds.
//!
//! An [`Error`] names the cause in its message, the place in its context and, where there is one,
//! the remedy at the end of its message. Every language binding exposes the same [`ErrorCode`]
//! numbers under the same names, so a fault is recognised alike in all of them.

use std::error::Error as StdError;
use std::fmt;

use crate::rpc::RemoteThrowable;

/// Declares the enum together with the list of its members and their names, so that there is one table.
macro_rules! error_codes {
    ($(#[$head:meta])* pub enum $enum:ident { $($(#[$doc:meta])* $name:ident = $number:literal,)+ }) => {
        $(#[$head])*
        pub enum $enum { $($(#[$doc])* $name = $number,)+ }

        impl $enum {
            /// Every code, by rising number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable name, the same in all languages.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

error_codes! {
    /// What went wrong, as a number that never changes its meaning.
    ///
    /// [`ErrorCode::rpc_code`] groups them as a Java caller sees them: every timeout is 2, every failure of the
    /// transport 1, whichever status or local event it came from.
    ///
    /// 1 to 99 are Dubbo's own `RpcException` codes plus one; 100 to 199 are answers of the remote side
    /// with a status other than OK; 200 is an exception thrown by the remote method; 300 to 399 are
    /// mistakes in the use of this library; 400 to 499 concern the registry; 500 to 599 are internal.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    #[repr(u32)]
    #[non_exhaustive]
    pub enum ErrorCode {
        /// `RpcException` code 0: an unexpected cause.
        Unknown = 1,
        /// `RpcException` code 1: send, connect and connection failures, and most remote error statuses.
        Network = 2,
        /// `RpcException` code 2: no answer within the timeout.
        Timeout = 3,
        /// `RpcException` code 3: a business failure that must not be retried.
        Biz = 4,
        /// `RpcException` code 4: the registry lists no provider that this consumer may use.
        Forbidden = 5,
        /// `RpcException` code 5: arguments or results could not be serialized.
        Serialization = 6,
        /// `RpcException` code 6: no provider is left after routing.
        NoInvokerAvailable = 7,
        /// `RpcException` code 7: a concurrency limit was exceeded.
        LimitExceeded = 8,
        /// `RpcException` code 8: the deadline had passed before the call was sent.
        TimeoutTerminate = 9,
        /// `RpcException` code 9 (Dubbo 3): the registry failed.
        Registry = 10,
        /// `RpcException` code 10 (Dubbo 3): the router chain is not ready.
        RouterCacheNotBuilt = 11,
        /// `RpcException` code 11 (Dubbo 3): the remote side has no such method.
        MethodNotFound = 12,
        /// `RpcException` code 12 (Dubbo 3): an argument failed validation.
        Validation = 13,
        /// `RpcException` code 13 (Dubbo 3): the caller is not authorized.
        Authorization = 14,

        /// Status 25: the remote side could not serialize.
        StatusSerialization = 101,
        /// Status 30: the call timed out before it was written.
        StatusClientTimeout = 102,
        /// Status 31: the call timed out after it was written.
        StatusServerTimeout = 103,
        /// Status 35: the connection closed while the call was pending.
        StatusChannelInactive = 104,
        /// Status 40: the request could not be decoded.
        StatusBadRequest = 105,
        /// Status 50: the result could not be encoded, or was too large.
        StatusBadResponse = 106,
        /// Status 60: service not found (reserved by Dubbo, never sent by Java).
        StatusServiceNotFound = 107,
        /// Status 70: no exporter, or a provider filter refused the call.
        StatusServiceError = 108,
        /// Status 80: the provider failed to dispatch the call.
        StatusServerError = 109,
        /// Status 90: the response could not be decoded, or the call was cancelled.
        StatusClientError = 110,
        /// Status 100: the provider's worker pool is exhausted.
        StatusThreadPoolExhausted = 111,

        /// The remote method threw; see [`Error::remote`].
        RemoteException = 200,

        /// An argument of a library function is not acceptable.
        InvalidArgument = 300,
        /// The object has been closed.
        Closed = 301,
        /// The object was created before a `fork` and is used in the child.
        Forked = 302,
        /// The feature does not exist here.
        Unsupported = 303,
        /// A configuration value is missing or wrong.
        Config = 304,
        /// The service is already exported under this key.
        AlreadyExported = 305,
        /// Header and library disagree about the binary interface.
        AbiMismatch = 306,
        /// Too many calls are in flight from this client.
        InFlightLimit = 307,

        /// The registry cannot be reached.
        RegistryUnavailable = 400,
        /// The registry refused the credentials.
        RegistryAuthFailed = 401,
        /// A registry node could not be read or written.
        RegistryNode = 402,

        /// A fault of this library.
        Internal = 500,
        /// A panic was caught at a language boundary.
        Panic = 501,
        /// A callback of the host language failed.
        HostCallback = 502,
        /// The caller cancelled the call.
        Cancelled = 503,
    }
}

impl ErrorCode {
    /// The stable number, the same in all languages.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The code with this number, unless it belongs to a newer version.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        let index = Self::ALL.binary_search_by_key(&number, |code| code.number()).ok()?;
        Some(Self::ALL[index])
    }

    /// The code of Dubbo's `RpcException` that a Java caller would see for this error.
    #[must_use]
    pub const fn rpc_code(self) -> i32 {
        match self.number() {
            n @ 1..=99 => n as i32 - 1,
            102 | 103 => 2,
            101 => 5,
            104..=199 => 1,
            301 => 1,
            307 => 7,
            400..=499 => 9,
            _ => 0,
        }
    }
}

/// A boxed cause.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// An error with its kind, its message, where it happened and what caused it.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: ErrorCode,
    message: String,
    context: Vec<(&'static str, String)>,
    remote: Option<RemoteThrowable>,
    source: Option<BoxError>,
}

/// The result of every fallible function of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error; the message names the cause and, where there is one, the remedy.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            context: Vec::new(),
            remote: None,
            source: None,
        }))
    }

    /// Creates the error for an exception thrown by the remote method.
    #[must_use]
    pub fn remote_exception(throwable: RemoteThrowable) -> Self {
        let mut error = Self::new(ErrorCode::RemoteException, throwable.to_string());
        error.0.remote = Some(throwable);
        error
    }

    /// Adds one detail about the place, for example `("service", key)`.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// Sets the cause. Its text joins the message unless it is there already, because the text of an error is all that
    /// some languages show.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        let mut level: Option<&(dyn StdError + 'static)> = Some(&*source);
        while let Some(cause) = level {
            let text = cause
                .downcast_ref::<Self>()
                .map_or_else(|| cause.to_string(), |own| own.message().to_owned());
            // Java tells what the system says without the system's number.
            let words = text.split(" (os error ").next().unwrap_or_default();
            if !self.0.message.contains(words) {
                self.0.message.push_str(": ");
                self.0.message.push_str(&text);
            }
            level = cause.source();
        }
        self.0.source = Some(source);
        self
    }

    /// The same error as another kind: an address that cannot be read is a mistake in a setting where a setting holds it.
    #[must_use]
    pub(crate) fn with_code(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// The kind of the error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The message without the context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Details about the place, in the order in which they were added. `to_string()` shows them in brackets behind the
    /// message: that is the text of the error in every language.
    #[must_use]
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.0.context
    }

    /// The exception of the remote method, when [`Error::code`] is [`ErrorCode::RemoteException`].
    #[must_use]
    pub fn remote(&self) -> Option<&RemoteThrowable> {
        self.0.remote.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for (index, (key, value)) in self.0.context.iter().enumerate() {
            let separator = if index == 0 { " (" } else { ", " };
            write!(f, "{separator}{key}: {value}")?;
        }
        if self.0.context.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_shows_the_context_in_order() {
        let error = Error::new(ErrorCode::Config, "bad port").with("key", "port").with("value", 70000);
        assert_eq!(error.to_string(), "bad port (key: port, value: 70000)");
    }

    #[test]
    fn codes_are_found_by_number_and_named_once() {
        assert!(ErrorCode::ALL.is_sorted_by_key(|code| code.number()));
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_number(code.number()), Some(*code));
            assert_eq!(code.name(), format!("{code:?}"));
        }
        assert_eq!(ErrorCode::from_number(99), None);
    }

    #[test]
    fn causes_join_the_message_once() {
        let refused = std::io::Error::other("connection refused");
        let below =
            Error::new(ErrorCode::Network, "cannot connect").with("address", "h:1").caused_by(refused);
        assert_eq!(below.message(), "cannot connect: connection refused");
        let above = Error::new(ErrorCode::Registry, "no registry").caused_by(below);
        assert_eq!(above.message(), "no registry: cannot connect: connection refused");
        let taken = std::io::Error::from_raw_os_error(98);
        let words = taken.to_string().replace(" (os error 98)", "");
        let told = Error::new(ErrorCode::Network, format!("failed, cause: {words}")).caused_by(taken);
        assert_eq!(told.message(), format!("failed, cause: {words}"));
        let told = Error::new(ErrorCode::Network, "failed, cause: late");
        assert_eq!(told.caused_by(Error::new(ErrorCode::Timeout, "late")).message(), "failed, cause: late");
    }

    #[test]
    fn rpc_codes_follow_the_status() {
        for (code, want) in [
            (ErrorCode::Timeout, 2),
            (ErrorCode::StatusServerTimeout, 2),
            (ErrorCode::StatusThreadPoolExhausted, 1),
            (ErrorCode::StatusSerialization, 5),
            (ErrorCode::RegistryNode, 9),
            (ErrorCode::Internal, 0),
        ] {
            assert_eq!(code.rpc_code(), want, "{code:?}");
        }
    }
}
