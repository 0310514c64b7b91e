//! From a response to the result of a call.

use crate::codec::frame::status;
use crate::codec::hessian::{EncodeError, Limits, Reader};
use crate::codec::response;
use crate::error::{Error, ErrorCode, Result};
use crate::exchange::Response;
use crate::rpc::RpcResult;

use super::failure::code_of_status;

/// Id of Hessian2, the one serialization that is spoken here.
const HESSIAN2: u8 = 2;

/// Reads a response.
#[inline]
pub(super) fn decode(response: Response, limits: Limits) -> Result<RpcResult> {
    if response.status != status::OK || response.serialization != HESSIAN2 {
        return Err(refused(&response, limits));
    }
    match response::inspect(&response.body, limits) {
        Ok(shape) => Ok(shape.result(response.body)),
        Err(error) => Err(Error::new(ErrorCode::StatusClientError, error.to_string()).caused_by(error)),
    }
}

/// Why a response holds no result.
#[cold]
fn refused(response: &Response, limits: Limits) -> Error {
    if response.status != status::OK {
        return Error::new(code_of_status(response.status), error_text(response, limits));
    }
    Error::new(
        ErrorCode::StatusClientError,
        format!(
            "java.io.IOException: Unexpected serialization id:{} received from network, please check if the peer \
             send the right id. ",
            response.serialization
        ),
    )
}

/// The text of a response that reports an error; the fault itself where the body holds no text.
fn error_text(response: &Response, limits: Limits) -> String {
    let mut reader = Reader::with_limits(&response.body, limits);
    match reader.read_string() {
        Ok(Some(text)) => text.to_str_lossy().into_owned(),
        Ok(None) => "null".to_owned(),
        Err(error) => format!("the provider answered with status {} and no text: {error}", response.status),
    }
}

/// A request that cannot be encoded is a mistake of this side; Dubbo 3 reports it with the code of serialization.
pub(super) fn encode_error(error: EncodeError) -> Error {
    Error::new(ErrorCode::Serialization, error.to_string()).caused_by(error)
}
