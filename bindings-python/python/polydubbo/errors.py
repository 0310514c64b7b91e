"""The exceptions of this package.

Every exception derives from :class:`DubboError` and carries ``code``, a number that means the same in
every language that PolyDubbo serves. A failed call raises an :class:`RpcError`; an exception thrown by
the remote method raises a :class:`RemoteException` or the Python class registered for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = [
    "ERROR_CODES",
    "ArgumentRangeError",
    "ArgumentTypeError",
    "ArgumentValueError",
    "CancelledCallError",
    "ClosedError",
    "ConfigError",
    "DubboError",
    "ForbiddenError",
    "ForkedError",
    "InternalError",
    "InvalidArgumentError",
    "LimitExceededError",
    "MethodNotFoundError",
    "NetworkError",
    "NoProviderError",
    "RegistryError",
    "RemoteException",
    "RpcError",
    "RpcTimeoutError",
    "SerializationError",
    "StackFrame",
    "ThreadPoolExhaustedError",
    "ValidationError",
]


#: Stable numbers of all kinds of errors, and their names; 1 to 99 are Dubbo's ``RpcException`` codes plus one.
ERROR_CODES: Mapping[int, str] = MappingProxyType(
    {
        1: "Unknown",
        2: "Network",
        3: "Timeout",
        4: "Biz",
        5: "Forbidden",
        6: "Serialization",
        7: "NoInvokerAvailable",
        8: "LimitExceeded",
        9: "TimeoutTerminate",
        10: "Registry",
        11: "RouterCacheNotBuilt",
        12: "MethodNotFound",
        13: "Validation",
        14: "Authorization",
        101: "StatusSerialization",
        102: "StatusClientTimeout",
        103: "StatusServerTimeout",
        104: "StatusChannelInactive",
        105: "StatusBadRequest",
        106: "StatusBadResponse",
        107: "StatusServiceNotFound",
        108: "StatusServiceError",
        109: "StatusServerError",
        110: "StatusClientError",
        111: "StatusThreadPoolExhausted",
        200: "RemoteException",
        300: "InvalidArgument",
        301: "Closed",
        302: "Forked",
        303: "Unsupported",
        304: "Config",
        305: "AlreadyExported",
        306: "AbiMismatch",
        307: "InFlightLimit",
        400: "RegistryUnavailable",
        401: "RegistryAuthFailed",
        402: "RegistryNode",
        500: "Internal",
        501: "Panic",
        502: "HostCallback",
        503: "Cancelled",
    }
)


class DubboError(Exception):
    """The base of all errors of this package."""

    #: Stable number of the kind of error, the same in every language.
    code: int = 500
    #: Details about the place, for example ``{"service": "com.acme.Greeter"}``.
    context: dict[str, str]
    #: Attachments that came with the answer, if there was one.
    attachments: dict[str, Any]

    def __init__(self, message: str = "", *, code: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.context = {}
        self.attachments = {}

    @property
    def code_name(self) -> str:
        """Stable name of the kind of error, for example ``Timeout``, the same in every language."""
        return ERROR_CODES.get(self.code, "Unknown")

    @property
    def rpc_code(self) -> int:
        """The code of Dubbo's ``RpcException`` that a Java caller would see."""
        if self.code < 100:
            return self.code - 1
        if 400 <= self.code < 500:
            return 9
        return {101: 5, 102: 2, 103: 2, 301: 1, 307: 7}.get(self.code, 1 if 100 <= self.code < 200 else 0)


class RpcError(DubboError):
    """A call failed on its way: the cases of Dubbo's ``RpcException`` and the remote error statuses."""

    code = 1

    @property
    def is_timeout(self) -> bool:
        """True when no answer came in time."""
        return self.code in (3, 9, 102, 103)

    @property
    def is_network(self) -> bool:
        """True when the request could not be delivered or the connection broke."""
        return self.code in (2, 104)


class NetworkError(RpcError, ConnectionError):
    """The request could not be delivered, or the connection broke while it was pending."""

    code = 2


class RpcTimeoutError(RpcError, TimeoutError):
    """No answer came within the timeout."""

    code = 3


class ForbiddenError(RpcError):
    """The registry lists no provider that this consumer may use."""

    code = 5


class SerializationError(RpcError):
    """An argument or a result could not be encoded or decoded."""

    code = 6


class ArgumentTypeError(SerializationError, TypeError):
    """A value is not of its declared type, or has no Java form; found before anything is sent."""


class ArgumentRangeError(SerializationError, OverflowError):
    """A number does not fit its Java type; found before anything is sent."""


class ArgumentValueError(SerializationError, ValueError):
    """A value of the right type cannot be sent; found before anything is sent."""


class NoProviderError(RpcError):
    """No provider is left after routing."""

    code = 7


class LimitExceededError(RpcError):
    """A concurrency limit was exceeded, here or at the provider."""

    code = 8


class MethodNotFoundError(RpcError):
    """The provider has no such method."""

    code = 12


class ValidationError(RpcError):
    """The provider refused an argument."""

    code = 13


class ThreadPoolExhaustedError(RpcError):
    """The provider has no thread left for the call (status 100)."""

    code = 111


class ConfigError(DubboError, ValueError):
    """A configuration value is missing or wrong."""

    code = 304


class InvalidArgumentError(DubboError, ValueError):
    """An argument of a function of this package is not acceptable."""

    code = 300


class RegistryError(DubboError):
    """The registry cannot be reached or refused an operation."""

    code = 400


class ClosedError(DubboError):
    """The object has been closed."""

    code = 301


class ForkedError(DubboError, RuntimeError):
    """The object was created before ``os.fork()`` and is used in the child process."""

    code = 302


class InternalError(DubboError):
    """A fault of this package."""

    code = 500


class CancelledCallError(DubboError):
    """The call was cancelled before its answer came."""

    code = 503


class StackFrame(NamedTuple):
    """One frame of a Java stack trace."""

    declaring_class: str
    method_name: str
    file_name: str | None = None
    #: Negative when unknown; -2 for a native method, as in Java.
    line_number: int = -1

    def __str__(self) -> str:
        if self.line_number == -2:
            place = "Native Method"
        elif self.file_name is None:
            place = "Unknown Source"
        elif self.line_number < 0:
            place = self.file_name
        else:
            place = f"{self.file_name}:{self.line_number}"
        return f"{self.declaring_class}.{self.method_name}({place})"


class RemoteException(DubboError):
    """An exception thrown by the remote method.

    Raise it in a service to send an exception of a Java class that has no Python class::

        raise RemoteException("no such user", java_class="com.acme.NotFoundException")

    Register a subclass with :func:`polydubbo.java_exception` to catch one Java class and to carry its fields.
    """

    code = 200
    #: Class name, for example ``com.acme.NotFoundException``.
    java_class: str = "java.lang.RuntimeException"
    #: ``getMessage()`` of the exception.
    java_message: str | None
    #: Stack of the remote side, innermost first.
    java_stack: list[StackFrame]
    #: The cause as Java reported it; also the ``__cause__`` of this exception.
    java_cause: BaseException | None
    #: The other fields of the Java object.
    fields: dict[str, Any]

    def __init__(
        self,
        message: str | None = None,
        *,
        java_class: str | None = None,
        cause: BaseException | None = None,
        fields: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message if message is not None else "")
        if java_class is not None:
            self.java_class = java_class
        self.java_message = message
        self.java_stack = []
        self.java_cause = cause
        self.fields = {} if fields is None else fields
        if cause is not None:
            self.__cause__ = cause

    def __str__(self) -> str:
        return self.java_class if self.java_message is None else f"{self.java_class}: {self.java_message}"

    def format_java_stack(self) -> str:
        """The remote stack as Java prints it, with all causes."""
        lines = [str(self), *(f"\tat {frame}" for frame in self.java_stack)]
        seen: set[int] = {id(self)}
        cause = self.java_cause
        while cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            lines.append(f"Caused by: {cause}")
            lines.extend(f"\tat {frame}" for frame in getattr(cause, "java_stack", ()))
            cause = getattr(cause, "java_cause", None)
        return "\n".join(lines)


_BY_CODE: dict[int, type[DubboError]] = {
    2: NetworkError,
    3: RpcTimeoutError,
    5: ForbiddenError,
    6: SerializationError,
    7: NoProviderError,
    8: LimitExceededError,
    9: RpcTimeoutError,
    10: RegistryError,
    12: MethodNotFoundError,
    13: ValidationError,
    14: ForbiddenError,
    101: SerializationError,
    102: RpcTimeoutError,
    103: RpcTimeoutError,
    104: NetworkError,
    111: ThreadPoolExhaustedError,
    300: InvalidArgumentError,
    301: ClosedError,
    302: ForkedError,
    303: InvalidArgumentError,
    304: ConfigError,
    305: ConfigError,
    307: LimitExceededError,
    400: RegistryError,
    401: RegistryError,
    402: RegistryError,
    503: CancelledCallError,
}


def error_from_code(code: int, message: str, context: dict[str, str]) -> DubboError:
    """Builds the exception for an error of the core; used by the native module."""
    kind = _BY_CODE.get(code)
    if kind is None:
        kind = RpcError if code < 300 else InternalError
    error = kind(message)
    error.code = code
    error.context = context
    return error
