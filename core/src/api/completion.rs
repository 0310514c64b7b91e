//! How the outcome of a submitted call reaches its host.

use crate::error::Result;
use crate::rpc::RpcResult;

/// The outcome of one submitted call.
#[derive(Debug)]
pub struct Completion {
    /// The number that the host gave to the call.
    pub token: u64,
    /// What came back. An exception thrown by the remote method is an `Ok` result of kind
    /// [`Exception`](crate::rpc::ResultKind::Exception).
    pub result: Result<RpcResult>,
}

/// Receives the outcomes of submitted calls.
///
/// For every accepted call `complete` runs exactly once, also after a timeout, a cancellation, a lost
/// connection or a close.
pub trait CompletionSink: Send + Sync + 'static {
    /// Takes one outcome. Runs on an I/O thread and therefore must only store it and return.
    fn complete(&self, completion: Completion);
}
