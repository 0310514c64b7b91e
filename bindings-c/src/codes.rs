//! The numbers of errors, the same in all languages of PolyDubbo.

use polydubbo::api::ErrorCode;

/// RpcException code 0: an unexpected cause.
pub const DUBBO_ERR_UNKNOWN: u32 = 1;
/// RpcException code 1: send, connect and connection failures, and most remote error statuses.
pub const DUBBO_ERR_NETWORK: u32 = 2;
/// RpcException code 2: no answer within the timeout.
pub const DUBBO_ERR_TIMEOUT: u32 = 3;
/// RpcException code 3: a business failure that must not be retried.
pub const DUBBO_ERR_BIZ: u32 = 4;
/// RpcException code 4: the registry lists no provider that this consumer may use.
pub const DUBBO_ERR_FORBIDDEN: u32 = 5;
/// RpcException code 5: arguments or results could not be serialized.
pub const DUBBO_ERR_SERIALIZATION: u32 = 6;
/// RpcException code 6: no provider is left after routing.
pub const DUBBO_ERR_NO_INVOKER_AVAILABLE: u32 = 7;
/// RpcException code 7: a concurrency limit was exceeded.
pub const DUBBO_ERR_LIMIT_EXCEEDED: u32 = 8;
/// RpcException code 8: the deadline had passed before the call was sent.
pub const DUBBO_ERR_TIMEOUT_TERMINATE: u32 = 9;
/// RpcException code 9 (Dubbo 3): the registry failed.
pub const DUBBO_ERR_REGISTRY: u32 = 10;
/// RpcException code 10 (Dubbo 3): the router chain is not ready.
pub const DUBBO_ERR_ROUTER_CACHE_NOT_BUILT: u32 = 11;
/// RpcException code 11 (Dubbo 3): the remote side has no such method.
pub const DUBBO_ERR_METHOD_NOT_FOUND: u32 = 12;
/// RpcException code 12 (Dubbo 3): an argument failed validation.
pub const DUBBO_ERR_VALIDATION: u32 = 13;
/// RpcException code 13 (Dubbo 3): the caller is not authorized.
pub const DUBBO_ERR_AUTHORIZATION: u32 = 14;
/// Status 25: the remote side could not serialize.
pub const DUBBO_ERR_STATUS_SERIALIZATION: u32 = 101;
/// Status 30: the call timed out before it was written.
pub const DUBBO_ERR_STATUS_CLIENT_TIMEOUT: u32 = 102;
/// Status 31: the call timed out after it was written.
pub const DUBBO_ERR_STATUS_SERVER_TIMEOUT: u32 = 103;
/// Status 35: the connection closed while the call was pending.
pub const DUBBO_ERR_STATUS_CHANNEL_INACTIVE: u32 = 104;
/// Status 40: the request could not be decoded.
pub const DUBBO_ERR_STATUS_BAD_REQUEST: u32 = 105;
/// Status 50: the result could not be encoded, or was too large.
pub const DUBBO_ERR_STATUS_BAD_RESPONSE: u32 = 106;
/// Status 60: service not found (reserved by Dubbo, never sent by Java).
pub const DUBBO_ERR_STATUS_SERVICE_NOT_FOUND: u32 = 107;
/// Status 70: no exporter, or a provider filter refused the call.
pub const DUBBO_ERR_STATUS_SERVICE_ERROR: u32 = 108;
/// Status 80: the provider failed to dispatch the call.
pub const DUBBO_ERR_STATUS_SERVER_ERROR: u32 = 109;
/// Status 90: the response could not be decoded, or the call was cancelled.
pub const DUBBO_ERR_STATUS_CLIENT_ERROR: u32 = 110;
/// Status 100: the provider's worker pool is exhausted.
pub const DUBBO_ERR_STATUS_THREAD_POOL_EXHAUSTED: u32 = 111;
/// The remote method threw; see dubbo_error_remote_class.
pub const DUBBO_ERR_REMOTE_EXCEPTION: u32 = 200;
/// An argument of a library function is not acceptable.
pub const DUBBO_ERR_INVALID_ARGUMENT: u32 = 300;
/// The object has been closed.
pub const DUBBO_ERR_CLOSED: u32 = 301;
/// The object was created before a fork and is used in the child.
pub const DUBBO_ERR_FORKED: u32 = 302;
/// The feature does not exist here.
pub const DUBBO_ERR_UNSUPPORTED: u32 = 303;
/// A configuration value is missing or wrong.
pub const DUBBO_ERR_CONFIG: u32 = 304;
/// The service is already exported under this key.
pub const DUBBO_ERR_ALREADY_EXPORTED: u32 = 305;
/// Header and library disagree about the binary interface.
pub const DUBBO_ERR_ABI_MISMATCH: u32 = 306;
/// Too many calls are in flight from this client.
pub const DUBBO_ERR_IN_FLIGHT_LIMIT: u32 = 307;
/// The registry cannot be reached.
pub const DUBBO_ERR_REGISTRY_UNAVAILABLE: u32 = 400;
/// The registry refused the credentials.
pub const DUBBO_ERR_REGISTRY_AUTH_FAILED: u32 = 401;
/// A registry node could not be read or written.
pub const DUBBO_ERR_REGISTRY_NODE: u32 = 402;
/// A fault of this library.
pub const DUBBO_ERR_INTERNAL: u32 = 500;
/// A panic was caught at a language boundary.
pub const DUBBO_ERR_PANIC: u32 = 501;
/// A callback of the host language failed.
pub const DUBBO_ERR_HOST_CALLBACK: u32 = 502;
/// The caller cancelled the call.
pub const DUBBO_ERR_CANCELLED: u32 = 503;

/// The constants are spelt out for the header; here the compiler compares them with the core.
const _: () = {
    assert!(ErrorCode::ALL.len() == 41, "a code is missing here");
    assert!(DUBBO_ERR_UNKNOWN == ErrorCode::Unknown.number());
    assert!(DUBBO_ERR_NETWORK == ErrorCode::Network.number());
    assert!(DUBBO_ERR_TIMEOUT == ErrorCode::Timeout.number());
    assert!(DUBBO_ERR_BIZ == ErrorCode::Biz.number());
    assert!(DUBBO_ERR_FORBIDDEN == ErrorCode::Forbidden.number());
    assert!(DUBBO_ERR_SERIALIZATION == ErrorCode::Serialization.number());
    assert!(DUBBO_ERR_NO_INVOKER_AVAILABLE == ErrorCode::NoInvokerAvailable.number());
    assert!(DUBBO_ERR_LIMIT_EXCEEDED == ErrorCode::LimitExceeded.number());
    assert!(DUBBO_ERR_TIMEOUT_TERMINATE == ErrorCode::TimeoutTerminate.number());
    assert!(DUBBO_ERR_REGISTRY == ErrorCode::Registry.number());
    assert!(DUBBO_ERR_ROUTER_CACHE_NOT_BUILT == ErrorCode::RouterCacheNotBuilt.number());
    assert!(DUBBO_ERR_METHOD_NOT_FOUND == ErrorCode::MethodNotFound.number());
    assert!(DUBBO_ERR_VALIDATION == ErrorCode::Validation.number());
    assert!(DUBBO_ERR_AUTHORIZATION == ErrorCode::Authorization.number());
    assert!(DUBBO_ERR_STATUS_SERIALIZATION == ErrorCode::StatusSerialization.number());
    assert!(DUBBO_ERR_STATUS_CLIENT_TIMEOUT == ErrorCode::StatusClientTimeout.number());
    assert!(DUBBO_ERR_STATUS_SERVER_TIMEOUT == ErrorCode::StatusServerTimeout.number());
    assert!(DUBBO_ERR_STATUS_CHANNEL_INACTIVE == ErrorCode::StatusChannelInactive.number());
    assert!(DUBBO_ERR_STATUS_BAD_REQUEST == ErrorCode::StatusBadRequest.number());
    assert!(DUBBO_ERR_STATUS_BAD_RESPONSE == ErrorCode::StatusBadResponse.number());
    assert!(DUBBO_ERR_STATUS_SERVICE_NOT_FOUND == ErrorCode::StatusServiceNotFound.number());
    assert!(DUBBO_ERR_STATUS_SERVICE_ERROR == ErrorCode::StatusServiceError.number());
    assert!(DUBBO_ERR_STATUS_SERVER_ERROR == ErrorCode::StatusServerError.number());
    assert!(DUBBO_ERR_STATUS_CLIENT_ERROR == ErrorCode::StatusClientError.number());
    assert!(DUBBO_ERR_STATUS_THREAD_POOL_EXHAUSTED == ErrorCode::StatusThreadPoolExhausted.number());
    assert!(DUBBO_ERR_REMOTE_EXCEPTION == ErrorCode::RemoteException.number());
    assert!(DUBBO_ERR_INVALID_ARGUMENT == ErrorCode::InvalidArgument.number());
    assert!(DUBBO_ERR_CLOSED == ErrorCode::Closed.number());
    assert!(DUBBO_ERR_FORKED == ErrorCode::Forked.number());
    assert!(DUBBO_ERR_UNSUPPORTED == ErrorCode::Unsupported.number());
    assert!(DUBBO_ERR_CONFIG == ErrorCode::Config.number());
    assert!(DUBBO_ERR_ALREADY_EXPORTED == ErrorCode::AlreadyExported.number());
    assert!(DUBBO_ERR_ABI_MISMATCH == ErrorCode::AbiMismatch.number());
    assert!(DUBBO_ERR_IN_FLIGHT_LIMIT == ErrorCode::InFlightLimit.number());
    assert!(DUBBO_ERR_REGISTRY_UNAVAILABLE == ErrorCode::RegistryUnavailable.number());
    assert!(DUBBO_ERR_REGISTRY_AUTH_FAILED == ErrorCode::RegistryAuthFailed.number());
    assert!(DUBBO_ERR_REGISTRY_NODE == ErrorCode::RegistryNode.number());
    assert!(DUBBO_ERR_INTERNAL == ErrorCode::Internal.number());
    assert!(DUBBO_ERR_PANIC == ErrorCode::Panic.number());
    assert!(DUBBO_ERR_HOST_CALLBACK == ErrorCode::HostCallback.number());
    assert!(DUBBO_ERR_CANCELLED == ErrorCode::Cancelled.number());
};
