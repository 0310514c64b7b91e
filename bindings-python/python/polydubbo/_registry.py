"""Which Python class stands for which Java class.

Nothing a peer sends can name a Python class: only registered classes are ever instantiated, and every
other Java class arrives as :class:`polydubbo.JavaObject`.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from . import _javatypes
from ._native import ClassSpec, forget_mappings
from .errors import InvalidArgumentError, RemoteException

__all__ = ["FieldOptions", "Registry", "default_registry", "field", "java_class", "java_enum", "java_exception"]

_C = TypeVar("_C", bound=type)
_MISSING: Any = dataclasses.MISSING
_METADATA = "polydubbo"


@dataclasses.dataclass(frozen=True)
class FieldOptions:
    """What :func:`field` said about one field."""

    name: str | None = None
    java_type: str | None = None
    skip: bool = False


def field(*, name: str | None = None, java_type: str | None = None, skip: bool = False, **options: Any) -> Any:
    """A dataclass field with its Java side; other options go to :func:`dataclasses.field`.

    Args:
        name: name of the Java field, when it differs.
        java_type: Java type, when the annotation does not tell it.
        skip: the field does not travel.
    """
    metadata = {**options.pop("metadata", {}), _METADATA: FieldOptions(name, java_type, skip)}
    return dataclasses.field(metadata=metadata, **options)


@dataclasses.dataclass
class _Registration:
    cls: type
    java_name: str
    kind: str
    rename: Mapping[str, str]
    camel: bool
    strict: bool
    post_init: bool


class Registry:
    """A set of class mappings. The decorators of this module fill the default one."""

    def __init__(self) -> None:
        #: Java class name to native mapping; read by the native module.
        self.by_java: dict[str, ClassSpec] = {}
        #: Python class to native mapping, or None for "not registered"; read by the native module.
        self.by_python: dict[type, ClassSpec | None] = {}
        self._pending_java: dict[str, _Registration] = {}
        self._pending_python: dict[type, _Registration] = {}

    def add(self, registration: _Registration) -> None:
        """Registers a class. Its fields are looked at when it is first used, so that annotations may
        name classes defined later."""
        name = _javatypes.check_class_name(registration.java_name)
        earlier = self._pending_java.get(name)
        if earlier is not None and not _same_definition(earlier.cls, registration.cls):
            raise InvalidArgumentError(f"{name} is registered already, for {earlier.cls.__qualname__}")
        self.by_java.pop(name, None)
        if earlier is not None:
            self._pending_python.pop(earlier.cls, None)
            self.by_python.pop(earlier.cls, None)
        self._pending_java[name] = registration
        self._pending_python[registration.cls] = registration
        for cls, spec in list(self.by_python.items()):
            if spec is None:
                self.by_python.pop(cls, None)
        forget_mappings()

    def java_name(self, cls: type) -> str | None:
        """The Java class that ``cls`` itself, not a base of it, was registered for."""
        registration = self._pending_python.get(cls)
        return None if registration is None else registration.java_name

    def resolve_java(self, java_name: str) -> ClassSpec | None:
        """The mapping for a Java class name; called by the native module when it has none cached."""
        registration = self._pending_java.get(java_name)
        if registration is None:
            return None
        spec = self.by_java.get(java_name) or _build(registration)
        self.by_java[java_name] = spec
        self.by_python[registration.cls] = spec
        return spec

    def resolve_python(self, cls: type) -> ClassSpec | None:
        """The mapping for a Python class or its nearest registered base."""
        registration = self._nearest(cls)
        if registration is None and cls.__module__ in sys.stdlib_module_names:
            # Noted only for classes that live as long as the program.
            self.by_python[cls] = None
            registration = self._nearest(cls)  # another thread may have registered it meanwhile
        spec = None if registration is None else self.resolve_java(registration.java_name)
        if spec is not None:
            self.by_python[cls] = spec
        return spec

    def _nearest(self, cls: type) -> _Registration | None:
        found = (self._pending_python.get(base) for base in cls.__mro__)
        return next((registration for registration in found if registration is not None), None)


default_registry = Registry()


def java_class(
    name: str,
    *,
    fields: Mapping[str, str] | None = None,
    snake_to_camel: bool = False,
    strict: bool = False,
    post_init: bool = False,
) -> Callable[[_C], _C]:
    """Registers a class (dataclass, attrs, pydantic, or simply annotated) for the Java class ``name``.

    Args:
        fields: Java field names by Python name, where they differ.
        snake_to_camel: ``user_name`` travels as ``userName``.
        strict: a Java field that the class lacks is an error instead of being ignored.
        post_init: call ``__post_init__`` on received instances.
    """

    def register(cls: _C) -> _C:
        default_registry.add(_Registration(cls, name, "bean", fields or {}, snake_to_camel, strict, post_init))
        return cls

    return register


def java_enum(name: str) -> Callable[[_C], _C]:
    """Registers an :class:`enum.Enum` for the Java enum ``name``; constants match by name."""

    def register(cls: _C) -> _C:
        if not issubclass(cls, enum.Enum):
            raise InvalidArgumentError(f"{cls.__qualname__} is not an enum")
        default_registry.add(_Registration(cls, name, "enum", {}, False, False, False))
        return cls

    return register


def java_exception(
    name: str, *, fields: Mapping[str, str] | None = None, snake_to_camel: bool = False
) -> Callable[[_C], _C]:
    """Registers an exception class for the Java exception ``name``, in both directions.

    Annotated attributes of the class travel as fields of the Java object.
    """

    def register(cls: _C) -> _C:
        if not issubclass(cls, Exception):
            raise InvalidArgumentError(f"{cls.__qualname__} is not an exception class")
        if issubclass(cls, RemoteException):
            cls.java_class = name
        default_registry.add(_Registration(cls, name, "throwable", fields or {}, snake_to_camel, False, False))
        return cls

    return register


def _same_definition(first: type, second: type) -> bool:
    """A module loaded again (a notebook cell, a reload) defines its classes anew."""
    return (first.__module__, first.__qualname__) == (second.__module__, second.__qualname__)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _build(registration: _Registration) -> ClassSpec:
    cls = registration.cls
    fields = [] if registration.kind == "enum" else list(_fields(registration))
    construct = getattr(cls, "model_construct", None) if registration.kind == "bean" else None
    return ClassSpec(
        registration.java_name,
        cls,
        registration.kind,
        fields,
        strict=registration.strict,
        post_init=registration.post_init,
        construct=construct,
    )


def _fields(registration: _Registration) -> typing.Iterator[tuple[str, str, str, Any, Any]]:
    """Yields ``(attribute, wire name, Java type, default, default factory)`` for each travelling field."""
    cls = registration.cls
    hints = _hints(registration)
    for attribute, default, factory, options in _attributes(cls, hints):
        if options.skip:
            continue
        wire = options.name or registration.rename.get(attribute)
        if wire is None:
            wire = _camel(attribute) if registration.camel else attribute
        kind = options.java_type or _javatypes.java_type(hints.get(attribute, Any))
        yield attribute, wire, kind, default, factory


def _hints(registration: _Registration) -> dict[str, Any]:
    cls = registration.cls
    if registration.kind != "throwable":
        return typing.get_type_hints(cls, include_extras=True)
    own: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        # The attributes of our own base classes describe the exception, they are not its fields.
        if base.__module__ != RemoteException.__module__ and "__annotations__" in base.__dict__:
            names = base.__dict__["__annotations__"]
            hints = typing.get_type_hints(base, include_extras=True)
            own.update({name: hints[name] for name in names})
    return own


def _attributes(cls: type, hints: Mapping[str, Any]) -> typing.Iterator[tuple[str, Any, Any, FieldOptions]]:
    """The attributes of any kind of record class, with defaults and options."""
    if dataclasses.is_dataclass(cls):
        for item in dataclasses.fields(cls):
            options = item.metadata.get(_METADATA, FieldOptions())
            yield item.name, item.default, item.default_factory, options
    elif hasattr(cls, "__attrs_attrs__"):
        for item in cls.__attrs_attrs__:
            factory = getattr(item.default, "factory", None)
            default = _MISSING if factory is not None or repr(item.default) == "NOTHING" else item.default
            yield item.name, default, factory or _MISSING, item.metadata.get(_METADATA, FieldOptions())
    elif hasattr(cls, "model_fields"):
        for name, info in cls.model_fields.items():
            required = info.is_required()
            default = _MISSING if required or info.default_factory is not None else info.default
            yield name, default, info.default_factory or _MISSING, FieldOptions()
    else:
        for name, hint in hints.items():
            if not name.startswith("_") and typing.get_origin(hint) is not typing.ClassVar:
                yield name, getattr(cls, name, _MISSING), _MISSING, FieldOptions()
