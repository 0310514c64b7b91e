//! From what the exchange layer reports to the error that a caller sees, in Dubbo's words.

use crate::error::{Error, ErrorCode};
use crate::url::Url;

/// The code for a response status other than 20 (OK).
#[must_use]
pub fn code_of_status(status: u8) -> ErrorCode {
    match status {
        25 => ErrorCode::StatusSerialization,
        30 => ErrorCode::StatusClientTimeout,
        31 => ErrorCode::StatusServerTimeout,
        35 => ErrorCode::StatusChannelInactive,
        40 => ErrorCode::StatusBadRequest,
        50 => ErrorCode::StatusBadResponse,
        60 => ErrorCode::StatusServiceNotFound,
        70 => ErrorCode::StatusServiceError,
        80 => ErrorCode::StatusServerError,
        90 => ErrorCode::StatusClientError,
        100 => ErrorCode::StatusThreadPoolExhausted,
        // Java treats any other number as an error with a text.
        _ => ErrorCode::Network,
    }
}

/// The status that tells a consumer about an error of this side.
#[must_use]
pub fn status_of_code(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::StatusBadRequest => 40,
        ErrorCode::StatusBadResponse | ErrorCode::Serialization => 50,
        ErrorCode::StatusServerTimeout => 31,
        ErrorCode::StatusServerError => 80,
        ErrorCode::StatusThreadPoolExhausted => 100,
        _ => 70,
    }
}

/// Gives a failed call the message of Dubbo's `RpcException`; the code stays what it was, and so does an error that
/// is a mistake of the caller rather than an outcome of the call.
#[must_use]
pub fn rpc_error(cause: Error, method: &str, url: &Url) -> Error {
    let code = cause.code();
    let text = match (code, code.rpc_code()) {
        (_, 2) => "Invoke remote method timeout. method: ",
        // The two blanks are Dubbo's.
        (_, 5) => "Invoke remote method failed cause by serialization error.  remote method: ",
        (ErrorCode::Closed, _) | (_, 7..) => return cause,
        (_, 1) => "Failed to invoke remote method: ",
        _ if code.number() >= 300 && code != ErrorCode::Internal => return cause,
        _ => "Fail to invoke remote method: ",
    };
    let mut error = Error::new(code, format!("{text}{method}, provider: {url}, cause: {}", cause.message()));
    for (key, value) in cause.context() {
        error = error.with(key, value);
    }
    error.caused_by(cause)
}

/// True when the provider certainly did not run the call, so that it may be sent to another provider even if it must
/// not be repeated: its worker pool refused it, or the service was not (or no longer) exported there.
#[must_use]
pub fn was_not_executed(error: &Error) -> bool {
    match error.code() {
        ErrorCode::StatusThreadPoolExhausted => true,
        ErrorCode::StatusServiceError => error.message().contains(NOT_FOUND_EXPORTED_SERVICE),
        _ => false,
    }
}

/// How Java begins the text for a service that is not exported under the key of the request.
pub const NOT_FOUND_EXPORTED_SERVICE: &str = "Not found exported service: ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_rpc_code_of_java() {
        for (status, code) in [
            (25, 5),
            (30, 2),
            (31, 2),
            (35, 1),
            (40, 1),
            (50, 1),
            (60, 1),
            (70, 1),
            (80, 1),
            (90, 1),
            (100, 1),
            (0, 1),
            (255, 1),
        ] {
            assert_eq!(code_of_status(status).rpc_code(), code, "{status}");
        }
    }

    #[test]
    fn messages_are_those_of_the_rpc_exception() {
        let url = Url::parse("dubbo://10.0.0.2:20880/demo.Foo").expect("url");
        let provider = "provider: dubbo://10.0.0.2:20880/demo.Foo";
        for (code, want) in [
            (
                ErrorCode::StatusServerTimeout,
                format!("Invoke remote method timeout. method: m, {provider}, cause: x"),
            ),
            (ErrorCode::StatusBadRequest, format!("Failed to invoke remote method: m, {provider}, cause: x")),
            (ErrorCode::Network, format!("Failed to invoke remote method: m, {provider}, cause: x")),
            (
                ErrorCode::StatusSerialization,
                format!(
                    "Invoke remote method failed cause by serialization error.  remote method: m, {provider}, cause: x"
                ),
            ),
            (ErrorCode::Internal, format!("Fail to invoke remote method: m, {provider}, cause: x")),
            (ErrorCode::Forked, "x".to_owned()),
            (ErrorCode::InFlightLimit, "x".to_owned()),
        ] {
            let error = rpc_error(Error::new(code, "x"), "m", &url);
            assert_eq!((error.code(), error.message()), (code, want.as_str()));
        }
    }

    #[test]
    fn only_refusals_before_execution_count_as_not_executed() {
        for (code, text, want) in [
            (ErrorCode::StatusThreadPoolExhausted, "server is shutting down", true),
            (
                ErrorCode::StatusServiceError,
                "...RemotingException: Not found exported service: demo.Foo:1 in [], may be",
                true,
            ),
            (ErrorCode::StatusServiceError, "Invalid token! Forbid invoke", false),
            (ErrorCode::StatusChannelInactive, "", false),
        ] {
            assert_eq!(was_not_executed(&Error::new(code, text)), want, "{code:?}");
        }
    }
}
