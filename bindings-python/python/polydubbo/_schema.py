"""What an interface consists of: its methods, their parameter types and their descriptors."""

from __future__ import annotations

import collections.abc as abc
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from . import _javatypes
from ._native import Method
from .errors import InvalidArgumentError, MethodNotFoundError

__all__ = ["Interface", "InterfaceSchema", "MethodOptions", "MethodSchema", "method", "schema_of"]

_F = TypeVar("_F", bound=Callable[..., Any])
_OPTIONS = "__polydubbo_method__"
_HEAD = "__polydubbo_interface__"


@dataclass(frozen=True)
class MethodOptions:
    """What :func:`method` said about a function."""

    name: str | None
    params: tuple[str, ...] | None
    returns: str | None
    oneway: bool
    timeout: float | None
    retries: int | None
    callbacks: dict[int, bool]


def method(
    *,
    name: str | None = None,
    params: Sequence[str] | None = None,
    returns: str | None = None,
    oneway: bool = False,
    timeout: float | None = None,
    retries: int | None = None,
    callbacks: Mapping[int, bool] | None = None,
) -> Callable[[_F], _F]:
    """Says what annotations cannot say about a method. What is said here wins over annotations.

    Args:
        name: Java name, for overloads (one Python function for each) and for names that Python forbids.
        params: Java parameter types, for example ``["int", "java.util.List<java.lang.Long>"]``.
        returns: Java result type.
        oneway: do not wait for an answer.
        timeout: seconds to wait.
        retries: further attempts after the first.
        callbacks: parameters, counted from 0, that take an object to call back (True), or take one back that was
            given before (False); parameters annotated with an :class:`Interface` do the former.
    """
    types = None if params is None else tuple(params)
    options = MethodOptions(name, types, returns, oneway, timeout, retries, dict(callbacks or {}))

    def mark(function: _F) -> _F:
        setattr(function, _OPTIONS, options)
        return function

    return mark


if typing.TYPE_CHECKING:
    from abc import ABCMeta as _InterfaceMeta
else:

    class _InterfaceMeta(type(typing.Protocol)):
        """Passes the Java name on as another keyword, because Python 3.10's ``ABCMeta`` calls a parameter ``name``."""

        def __new__(mcls, class_name, bases, namespace, /, *, name=None, **rest):
            if name is not None:
                rest["java_name"] = name
            return super().__new__(mcls, class_name, bases, namespace, **rest)

        def __init__(cls, class_name, bases, namespace, /, **rest):
            super().__init__(class_name, bases, namespace)


class Interface(typing.Protocol, metaclass=_InterfaceMeta):
    """The base of a Python class that describes a Java interface::

        class Greeter(pd.Interface, name="com.acme.Greeter"):
            async def sayHello(self, name: str) -> str: ...

    Declare methods with ``async def`` to use the class with ``pd.aio``, with ``def`` for ``pd.sync``; it only
    matters to type checkers. mypy wants bodies of methods that return something; it accepts ``...`` when
    ``Protocol`` is named too: ``class Greeter(pd.Interface, Protocol, name="com.acme.Greeter")``.
    """

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        version: str | None = None,
        group: str | None = None,
        java_name: str | None = None,
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        name = name if name is not None else java_name
        if name is not None:
            setattr(cls, _HEAD, (_javatypes.check_class_name(name), version, group))


@dataclass(frozen=True)
class MethodSchema:
    """One method of an interface."""

    name: str
    attribute: str
    params: tuple[str, ...]
    returns: str
    oneway: bool
    timeout: float | None
    retries: int | None
    #: Parameters that take an object to call back: its interface, and whether it comes or is taken back.
    callbacks: dict[int, tuple[type | None, bool]]
    signature: inspect.Signature | None
    native: Method

    @property
    def descriptor(self) -> str:
        """The parameter types in the JVM's notation, as they travel."""
        return self.native.descriptor

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Positional arguments of a call, with names and defaults resolved.

        Raises:
            TypeError: as Python does for a wrong number or name of arguments.
        """
        if len(args) == len(self.params) and not kwargs:
            return args
        if self.signature is None:
            raise TypeError(f"{self.name}() takes {len(self.params)} arguments, {len(args) + len(kwargs)} given")
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}(): {error}") from None
        bound.apply_defaults()
        return bound.args


def method_schema(name: str, params: Sequence[str], returns: str = _javatypes.OBJECT) -> MethodSchema:
    """A method known by its Java types only."""
    types = tuple(params)
    native = Method(name, "".join(map(_javatypes.descriptor, types)), list(types), returns)
    return MethodSchema(name, name, types, returns, False, None, None, {}, None, native)


class InterfaceSchema:
    """An interface: its name, and its methods by Python name and by Java identity."""

    def __init__(self, name: str, version: str | None, group: str | None, methods: Sequence[MethodSchema]) -> None:
        self.name = name
        self.version = version
        self.group = group
        self.methods = {item.attribute: item for item in methods}
        self.by_identity: dict[tuple[str, str], MethodSchema] = {}
        for item in methods:
            identity = (item.name, item.descriptor)
            if identity in self.by_identity:
                raise InvalidArgumentError(f"{name} has two methods {item.name}({', '.join(item.params)})")
            self.by_identity[identity] = item

    def method(self, attribute: str) -> MethodSchema:
        """The method of that Python name.

        Raises:
            AttributeError: there is none.
        """
        found = self.methods.get(attribute)
        if found is None:
            raise AttributeError(f"{self.name} has no method {attribute!r}")
        return found

    def find(self, name: str, descriptor: str) -> MethodSchema:
        """The method that a request names.

        Raises:
            MethodNotFoundError: there is none.
        """
        found = self.by_identity.get((name, descriptor))
        if found is None:
            raise MethodNotFoundError(f"{self.name} has no method {name} with parameters {descriptor!r}")
        return found


def head_of(cls: type) -> tuple[str, str | None, str | None] | None:
    """Interface name, version and group given in the class statement, if any."""
    head: tuple[str, str | None, str | None] | None = getattr(cls, _HEAD, None)
    return head


def schema_of(cls: type, *, stop: tuple[type, ...] = (Interface, object)) -> InterfaceSchema:
    """The schema of an annotated class, built once.

    Raises:
        InvalidArgumentError: the class names no interface, or an annotation has no Java type.
    """
    cached = cls.__dict__.get("__polydubbo_schema__")
    if isinstance(cached, InterfaceSchema):
        return cached
    head = head_of(cls)
    if head is None:
        raise InvalidArgumentError(f"{cls.__qualname__} names no Java interface: class X(pd.Interface, name=...)")
    schema = InterfaceSchema(*head, [method_of(cls, name, item) for name, item in functions_of(cls, stop)])
    cls.__polydubbo_schema__ = schema  # type: ignore[attr-defined]
    return schema


def functions_of(cls: type, stop: tuple[type, ...]) -> list[tuple[str, Callable[..., Any]]]:
    """The public functions of a class and its bases up to ``stop``, in order of definition."""
    found: dict[str, Callable[..., Any]] = {}
    for base in reversed(cls.__mro__):
        if base in stop or base is typing.Protocol or base is typing.Generic:
            continue
        for name, item in vars(base).items():
            if inspect.isfunction(item) and (not name.startswith("_") or hasattr(item, _OPTIONS)):
                found[name] = item
    return list(found.items())


def method_of(cls: type, attribute: str, function: Callable[..., Any]) -> MethodSchema:
    """The schema of one function of a class, whose first parameter is ``self``."""
    options: MethodOptions | None = getattr(function, _OPTIONS, None)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    where = f"{cls.__qualname__}.{attribute}"
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise InvalidArgumentError(f"{where}: Java has no parameters like {parameter}")
    hints = typing.get_type_hints(function, include_extras=True)
    try:
        params = _params(options, parameters, hints)
        returns = options.returns if options and options.returns else _returns(hints)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{where}: {error}") from None
    name = options.name if options and options.name else attribute
    native = Method(name, "".join(map(_javatypes.descriptor, params)), list(params), returns)
    return MethodSchema(
        name=name,
        attribute=attribute,
        params=params,
        returns=returns,
        oneway=options.oneway if options else False,
        timeout=options.timeout if options else None,
        retries=options.retries if options else None,
        callbacks=_callbacks(options, [hints.get(parameter.name) for parameter in parameters]),
        signature=inspect.Signature(parameters),
        native=native,
    )


def _params(
    options: MethodOptions | None, parameters: list[inspect.Parameter], hints: dict[str, Any]
) -> tuple[str, ...]:
    if options is not None and options.params is not None:
        if len(options.params) != len(parameters):
            raise InvalidArgumentError(f"{len(options.params)} types for {len(parameters)} parameters")
        return options.params
    for parameter in parameters:
        if parameter.name not in hints:
            raise InvalidArgumentError(f"the parameter {parameter.name!r} has no annotation")
    return tuple(_javatypes.java_type(hints[parameter.name]) for parameter in parameters)


def _callbacks(options: MethodOptions | None, annotations: list[Any]) -> dict[int, tuple[type | None, bool]]:
    found: dict[int, tuple[type | None, bool]] = {
        index: (annotation, True)
        for index, annotation in enumerate(annotations)
        if _javatypes.callback_interface(annotation) is not None
    }
    for index, comes in (options.callbacks if options else {}).items():
        found[index] = (found[index][0] if index in found else None, comes)
    return found


def callback_options(methods: Sequence[MethodSchema]) -> dict[str, bool]:
    """The settings by which Dubbo knows callback parameters: ``subscribe.1.callback=true``."""
    return {
        f"{schema.name}.{index}.callback": comes
        for schema in methods
        for index, (_, comes) in schema.callbacks.items()
    }


def _returns(hints: dict[str, Any]) -> str:
    """The result type; a missing annotation says nothing, unlike ``None``."""
    if "return" not in hints:
        return _javatypes.OBJECT
    result = hints["return"]
    if typing.get_origin(result) in (abc.Awaitable, abc.Coroutine):
        result = typing.get_args(result)[-1]
    return _javatypes.java_type(result)
