"""What the asyncio and the blocking reference share: settings, method lookup, packing of arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from . import _javatypes, _lifecycle, _native, types
from ._schema import InterfaceSchema, MethodSchema, callback_options, method_schema, schema_of
from .errors import InvalidArgumentError

__all__ = ["CallSettings", "Proxy", "ReferenceBase"]

T = TypeVar("T")
OptionValue = str | int | bool

_GENERIC = method_schema(
    "$invoke", ["java.lang.String", "java.lang.String[]", "java.lang.Object[]"], "java.lang.Object"
)
_ECHO = method_schema("$echo", ["java.lang.Object"])


@dataclass(frozen=True)
class CallSettings:
    """What one call, or all calls through one proxy, override of the reference's settings."""

    timeout: float | None = None
    retries: int | None = None
    oneway: bool = False
    attachments: Mapping[str, Any] | None = None

    def for_method(self, schema: MethodSchema) -> _native.CallOptions | None:
        """The settings of one method; what the call says wins over what the interface says."""
        timeout = self.timeout if self.timeout is not None else schema.timeout
        retries = self.retries if self.retries is not None else schema.retries
        oneway = self.oneway or schema.oneway
        if timeout is None and retries is None and not oneway and not self.attachments:
            return None
        return _native.CallOptions(milliseconds(timeout), retries, oneway, dict(self.attachments or {}))


Caller = Callable[..., Any]


class Proxy:
    """Every attribute is a method of the Java service."""

    def __init__(self, find: Callable[[str], Caller]) -> None:
        self.__dict__["__find__"] = find

    def __getattr__(self, attribute: str) -> Caller:
        # Python asks objects for special methods (copy, pickle, inspection); no Java method is called so.
        if attribute.startswith("__") and attribute.endswith("__"):
            raise AttributeError(attribute)
        caller: Caller = self.__dict__["__find__"](attribute)
        # The next access finds it without coming here.
        self.__dict__[attribute] = caller
        return caller


class ReferenceBase(Generic[T]):
    """A Java service as Python sees it."""

    def __init__(
        self,
        # A class of the user, also a protocol: to mypy, `type[T]` would not take those.
        interface: Callable[..., T] | str,
        *,
        registry: str | None = None,
        url: str | None = None,
        application: str | None = None,
        version: str | None = None,
        group: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        check: bool | None = None,
        infer: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        parameters: Mapping[str, OptionValue] | None = None,
    ) -> None:
        self._schema = schema_of(interface) if isinstance(interface, type) else None
        if self._schema is not None:
            version = version if version is not None else self._schema.version
            group = group if group is not None else self._schema.group
        self._interface = self._schema.name if self._schema is not None else str(interface)
        self._infer = infer
        self._inferred: dict[tuple[str, tuple[str, ...]], MethodSchema] = {}
        declared = callback_options(list(self._schema.methods.values())) if self._schema is not None else {}
        named: dict[str, OptionValue | None] = {
            "interface": self._interface,
            "registry": registry,
            "url": url,
            "application": application,
            "version": version,
            "group": group,
            "timeout": milliseconds(timeout),
            "retries": retries,
            "check": check,
        }
        settings: dict[str, OptionValue] = {**declared, **(options or {}), **given(named)}
        if self._schema is not None:
            settings["methods"] = ",".join(dict.fromkeys(m.name for m in self._schema.methods.values()))
        _lifecycle.ensure()
        self._native = _native.Reference(dubbo_options(settings), dubbo_options(parameters or {}))
        self._default = Proxy(lambda attribute: self._find(attribute, CallSettings()))
        self._echo = self._caller(_ECHO, CallSettings())

    @property
    def interface(self) -> str:
        """Name of the Java interface."""
        return self._interface

    @property
    def proxy(self) -> T:
        """The service as an object of its interface class, for type checkers; all attributes are Java methods."""
        return self._default  # type: ignore[return-value]

    @property
    def is_available(self) -> bool:
        """True when a provider is known and connected."""
        return self._native.is_available()

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        oneway: bool = False,
        attachments: Mapping[str, Any] | None = None,
    ) -> T:
        """The service with other settings for the calls made through the result.

        Args:
            timeout: seconds to wait for the answer of each attempt.
            retries: further attempts after the first.
            oneway: do not wait for an answer; the result is ``None``.
            attachments: sent along with the calls.
        """
        settings = CallSettings(timeout, retries, oneway, attachments)
        return Proxy(lambda attribute: self._find(attribute, settings))  # type: ignore[return-value]

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {attribute!r}")
        caller = getattr(self._default, attribute)
        # The next access finds it without coming here.
        self.__dict__[attribute] = caller
        return caller

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.Reference {self._interface}>"

    def invoke(
        self, method: str, types: Sequence[str], args: Sequence[Any], *, returns: str = _javatypes.OBJECT, **settings: Any
    ) -> Any:
        """Calls a method by its Java parameter types: ``ref.invoke("add", ["int", "int"], [1, 2])``.

        Keyword arguments are those of :meth:`with_options`.
        """
        schema = self._typed(method, tuple(types), returns)
        if len(types) != len(args):
            raise InvalidArgumentError(f"{method}: {len(types)} types for {len(args)} arguments")
        return self._caller(schema, CallSettings(**settings))(*args)

    def generic(self, method: str, types: Sequence[str] | None, args: Sequence[Any], **settings: Any) -> Any:
        """Calls a method through Dubbo's generic invocation: objects travel as maps with a ``class`` entry.

        Keyword arguments are those of :meth:`with_options`.
        """
        call = CallSettings(**settings)
        call = replace(call, attachments={**(call.attachments or {}), "generic": "true"})
        return self._caller(_GENERIC, call)(method, None if types is None else list(types), list(args))

    def echo(self, value: Any) -> Any:
        """Sends a value to a provider, which answers it unchanged: tells whether the service is reachable."""
        return self._echo(value)

    def _find(self, attribute: str, settings: CallSettings) -> Caller:
        if self._schema is not None:
            return self._caller(self._schema.method(attribute), settings)
        if not self._infer:
            raise AttributeError(
                f"the parameter types of {self._interface}.{attribute} are unknown: describe the interface in a "
                f"class (pd.Interface), or name them: invoke({attribute!r}, [types], [arguments]), "
                "or derive them from the values: infer=True"
            )

        def call(*args: Any) -> Any:
            named = tuple(infer_type(value) for value in args)
            values = [None if isinstance(value, types.Null) else value for value in args]
            return self._caller(self._typed(attribute, named, _javatypes.OBJECT), settings)(*values)

        return call

    def _typed(self, name: str, params: tuple[str, ...], returns: str) -> MethodSchema:
        key = (name, (*params, returns))
        schema = self._inferred.get(key)
        if schema is None:
            # Types come from the caller's code, so there are few; a program that makes them up must not leak.
            if len(self._inferred) >= 1024:
                self._inferred.clear()
            schema = self._inferred[key] = method_schema(name, params, returns)
        return schema

    def _caller(self, schema: MethodSchema, settings: CallSettings) -> Caller:
        raise NotImplementedError


def milliseconds(seconds: float | None) -> int | None:
    """Seconds as Python counts them, in whole milliseconds as Dubbo does; at least 1."""
    if seconds is None:
        return None
    if not seconds > 0:
        raise InvalidArgumentError(f"a time must be positive, not {seconds!r}")
    return max(1, round(seconds * 1000))


def given(settings: Mapping[str, OptionValue | None]) -> dict[str, OptionValue]:
    """The settings that somebody has set."""
    return {key: value for key, value in settings.items() if value is not None}


def dubbo_options(settings: Mapping[str, OptionValue]) -> list[tuple[str, str]]:
    """Settings as the text that Dubbo URLs carry."""
    return [(key, _text(value)) for key, value in settings.items()]


def _text(value: OptionValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def infer_type(value: Any) -> str:
    """The Java type of an argument whose parameter type nobody named."""
    if value is None:
        raise InvalidArgumentError("None has no Java type: write pd.Null('java.lang.String')")
    if isinstance(value, (types.Null, types.TypedList, types.TypedMap)):
        return value.java_type
    if isinstance(value, (types.JavaObject, types.JavaEnum)):
        return value.java_class
    if type(value) is int and not -(2**31) <= value < 2**31:
        return "long"
    if isinstance(value, types.JMap):
        return value.java_type or "java.util.Map"
    return _javatypes.java_type(type(value))
