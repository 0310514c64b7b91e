package io.polydubbo;

/**
 * What went wrong, as a number that never changes its meaning and is the same in every language of PolyDubbo.
 *
 * <p>1 to 99 are Dubbo's own {@code RpcException} codes plus one; 100 to 199 are answers of the remote side with a status
 * other than OK; 200 is an exception thrown by the remote method; 300 to 399 are mistakes in the use of this library; 400 to
 * 499 concern the registry; 500 to 599 are internal.
 */
public enum ErrorCode {
    /** An unexpected cause, or a kind that this version does not know. */
    UNKNOWN(1, "Unknown"),
    /** The request could not be delivered, or the connection failed. */
    NETWORK(2, "Network"),
    /** No answer came within the timeout. */
    TIMEOUT(3, "Timeout"),
    /** A business failure that must not be retried. */
    BIZ(4, "Biz"),
    /** The registry lists no provider that this consumer may use. */
    FORBIDDEN(5, "Forbidden"),
    /** Arguments or results could not be encoded or decoded. */
    SERIALIZATION(6, "Serialization"),
    /** No provider is left after routing. */
    NO_INVOKER_AVAILABLE(7, "NoInvokerAvailable"),
    /** A concurrency limit was exceeded. */
    LIMIT_EXCEEDED(8, "LimitExceeded"),
    /** The deadline had passed before the call was sent. */
    TIMEOUT_TERMINATE(9, "TimeoutTerminate"),
    /** The registry failed (Dubbo 3). */
    REGISTRY(10, "Registry"),
    /** The router chain is not ready (Dubbo 3). */
    ROUTER_CACHE_NOT_BUILT(11, "RouterCacheNotBuilt"),
    /** The remote side has no such method (Dubbo 3). */
    METHOD_NOT_FOUND(12, "MethodNotFound"),
    /** An argument failed validation (Dubbo 3). */
    VALIDATION(13, "Validation"),
    /** The caller is not authorized (Dubbo 3). */
    AUTHORIZATION(14, "Authorization"),
    /** Status 25: the remote side could not serialize. */
    STATUS_SERIALIZATION(101, "StatusSerialization"),
    /** Status 30: the call timed out before it was written. */
    STATUS_CLIENT_TIMEOUT(102, "StatusClientTimeout"),
    /** Status 31: the call timed out after it was written. */
    STATUS_SERVER_TIMEOUT(103, "StatusServerTimeout"),
    /** Status 35: the connection closed while the call was pending. */
    STATUS_CHANNEL_INACTIVE(104, "StatusChannelInactive"),
    /** Status 40: the request could not be decoded. */
    STATUS_BAD_REQUEST(105, "StatusBadRequest"),
    /** Status 50: the result could not be encoded, or was too large. */
    STATUS_BAD_RESPONSE(106, "StatusBadResponse"),
    /** Status 60: service not found. */
    STATUS_SERVICE_NOT_FOUND(107, "StatusServiceNotFound"),
    /** Status 70: the service is not exported there, or a filter refused the call. */
    STATUS_SERVICE_ERROR(108, "StatusServiceError"),
    /** Status 80: the provider failed to dispatch the call. */
    STATUS_SERVER_ERROR(109, "StatusServerError"),
    /** Status 90: the response could not be decoded, or the call was cancelled. */
    STATUS_CLIENT_ERROR(110, "StatusClientError"),
    /** Status 100: the provider's worker pool is exhausted. */
    STATUS_THREAD_POOL_EXHAUSTED(111, "StatusThreadPoolExhausted"),
    /** The remote method threw. */
    REMOTE_EXCEPTION(200, "RemoteException"),
    /** An argument of a method of this library is not acceptable. */
    INVALID_ARGUMENT(300, "InvalidArgument"),
    /** The object has been closed. */
    CLOSED(301, "Closed"),
    /** The object was created before a {@code fork} and is used in the child. */
    FORKED(302, "Forked"),
    /** The feature does not exist here. */
    UNSUPPORTED(303, "Unsupported"),
    /** A setting is missing or wrong. */
    CONFIG(304, "Config"),
    /** The service is already exported under this key. */
    ALREADY_EXPORTED(305, "AlreadyExported"),
    /** Classes and native library are not of the same version. */
    ABI_MISMATCH(306, "AbiMismatch"),
    /** Too many calls are in flight from this client. */
    IN_FLIGHT_LIMIT(307, "InFlightLimit"),
    /** The registry cannot be reached. */
    REGISTRY_UNAVAILABLE(400, "RegistryUnavailable"),
    /** The registry refused the credentials. */
    REGISTRY_AUTH_FAILED(401, "RegistryAuthFailed"),
    /** A registry node could not be read or written. */
    REGISTRY_NODE(402, "RegistryNode"),
    /** A fault of this library. */
    INTERNAL(500, "Internal"),
    /** A panic was caught in the native library. */
    PANIC(501, "Panic"),
    /** A callback of the program failed. */
    HOST_CALLBACK(502, "HostCallback"),
    /** The caller cancelled the call. */
    CANCELLED(503, "Cancelled");

    private final int number;
    private final String label;

    ErrorCode(int number, String label) {
        this.number = number;
        this.label = label;
    }

    /**
     * The kind with a number.
     *
     * @param number the stable number
     * @return the kind; {@link #UNKNOWN} for a number that this version does not know
     */
    public static ErrorCode of(int number) {
        for (ErrorCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return UNKNOWN;
    }

    /**
     * The stable number.
     *
     * @return the number, the same in every language
     */
    public int number() {
        return number;
    }

    /**
     * The code of Dubbo's {@code RpcException} that a consumer of Dubbo Java would see.
     *
     * @return the code, 0 where Dubbo has none
     */
    public int rpcCode() {
        if (number < 100) {
            return number - 1;
        }
        switch (this) {
            case STATUS_CLIENT_TIMEOUT:
            case STATUS_SERVER_TIMEOUT:
                return 2;
            case STATUS_SERIALIZATION:
                return 5;
            case CLOSED:
                return 1;
            case IN_FLIGHT_LIMIT:
                return 7;
            default:
                return number < 200 ? 1 : number >= 400 && number < 500 ? 9 : 0;
        }
    }

    /**
     * The stable name, the same in every language.
     *
     * @return for example {@code Timeout}
     */
    @Override
    public String toString() {
        return label;
    }
}
