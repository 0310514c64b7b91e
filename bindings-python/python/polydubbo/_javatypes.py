"""From Python annotations to Java type names, and from those to JVM descriptors.

A Java type is written as Java writes it, with type arguments: ``java.util.List<java.lang.Long>``, ``int[]``.
The arguments steer the encoding of elements; the descriptor of a method knows the erased type only.
"""

from __future__ import annotations

import collections.abc as abc
import datetime
import decimal
import enum
import re
import types
import typing
import uuid
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from . import types as markers
from .errors import InvalidArgumentError

OBJECT = "java.lang.Object"

_PRIMITIVES = {
    "boolean": "Z",
    "byte": "B",
    "char": "C",
    "short": "S",
    "int": "I",
    "long": "J",
    "float": "F",
    "double": "D",
    "void": "V",
}

_BOXES = {
    "boolean": "java.lang.Boolean",
    "byte": "java.lang.Byte",
    "char": "java.lang.Character",
    "short": "java.lang.Short",
    "int": "java.lang.Integer",
    "long": "java.lang.Long",
    "float": "java.lang.Float",
    "double": "java.lang.Double",
}

_SCALARS: dict[Any, str] = {
    Any: OBJECT,
    object: OBJECT,
    bool: "boolean",
    int: "int",
    float: "double",
    str: "java.lang.String",
    bytes: "byte[]",
    bytearray: "byte[]",
    memoryview: "byte[]",
    datetime.datetime: "java.util.Date",
    datetime.date: "java.time.LocalDate",
    datetime.time: "java.time.LocalTime",
    datetime.timedelta: "java.time.Duration",
    decimal.Decimal: "java.math.BigDecimal",
    uuid.UUID: "java.util.UUID",
    markers.JDate: "java.util.Date",
    markers.SqlDate: "java.sql.Date",
    markers.SqlTime: "java.sql.Time",
    markers.SqlTimestamp: "java.sql.Timestamp",
    markers.JavaClass: "java.lang.Class",
    markers.JavaObject: OBJECT,
    markers.JavaEnum: OBJECT,
}

_LIST, _SET, _MAP = "java.util.List", "java.util.Set", "java.util.Map"
_CONTAINERS: dict[Any, str] = {
    list: _LIST,
    tuple: _LIST,
    abc.Sequence: _LIST,
    abc.MutableSequence: _LIST,
    abc.Iterable: "java.lang.Iterable",
    abc.Collection: "java.util.Collection",
    set: _SET,
    frozenset: _SET,
    abc.Set: _SET,
    abc.MutableSet: _SET,
    dict: _MAP,
    abc.Mapping: _MAP,
    abc.MutableMapping: _MAP,
    markers.TypedList: _LIST,
    markers.TypedMap: _MAP,
    markers.JMap: _MAP,
}

_CLASS_NAME = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")


def check_class_name(name: str) -> str:
    """Returns a Java class name, or says what is wrong with it."""
    if len(name) > 512 or not _CLASS_NAME.fullmatch(name):
        raise InvalidArgumentError(f"not a Java class name: {name[:128]!r}")
    return name


def erase(java_type: str) -> str:
    """The type without its type arguments: ``java.util.List<int[]>[]`` becomes ``java.util.List[]``."""
    start = java_type.find("<")
    if start < 0:
        return java_type
    end = java_type.rindex(">")
    return java_type[:start] + java_type[end + 1 :]


def box(java_type: str) -> str:
    """The type that a type argument must be: ``int`` becomes ``java.lang.Integer``."""
    return _BOXES.get(java_type, java_type)


def descriptor(java_type: str) -> str:
    """The JVM's notation of a type: ``int[]`` becomes ``[I``."""
    name = erase(java_type).strip()
    dimensions = 0
    while name.endswith("[]"):
        name = name[:-2]
        dimensions += 1
    primitive = _PRIMITIVES.get(name)
    if primitive == "V" and dimensions:
        raise InvalidArgumentError("there are no arrays of void")
    if primitive is None:
        primitive = f"L{check_class_name(name).replace('.', '/')};"
    return "[" * dimensions + primitive


_NAMES = {letter: name for name, letter in _PRIMITIVES.items()}
_ONE_TYPE = re.compile(r"(\[*)(?:([ZBCSIJFDV])|L([^;]+);)")


def names_of_descriptor(text: str) -> list[str]:
    """The Java names of the types in a descriptor: ``I[Ljava/lang/String;`` is ``int``, ``java.lang.String[]``."""
    names, end = [], 0
    for match in _ONE_TYPE.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        dimensions, primitive, name = match.groups()
        names.append((_NAMES[primitive] if primitive else name.replace("/", ".")) + "[]" * len(dimensions))
    if end != len(text):
        raise InvalidArgumentError(f"not a descriptor: {text[:128]!r}")
    return names


def java_type(annotation: Any) -> str:
    """The Java type that an annotation means.

    Raises:
        InvalidArgumentError: the annotation has no Java meaning, for example a union of two classes.
    """
    if annotation is None or annotation is type(None):
        return "void"
    marked = _marked(annotation)
    if marked is not None:
        return marked
    origin = get_origin(annotation)
    if origin is Annotated:
        return java_type(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return _union(annotation)
    if origin is typing.Literal:
        return java_type(type(get_args(annotation)[0]))
    if origin is None:
        return _plain(annotation)
    return _container(origin, get_args(annotation))


def _marked(annotation: Any) -> str | None:
    """A type that is stated, not derived."""
    if get_origin(annotation) is not Annotated:
        return markers.java_type_of_marker(annotation)
    inner, *metadata = get_args(annotation)
    for mark in metadata:
        named = markers.java_type_of_marker(mark)
        if named is not None:
            return named
        if type(mark).__name__ == "_ArrayMark":
            return java_type(get_args(inner)[0]) + "[]"
    return None


def _union(annotation: Any) -> str:
    """``X | None`` is the boxed X; other unions have no Java type."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    if len(options) != 1:
        raise InvalidArgumentError(f"a union of several types has no Java type: {annotation}")
    return box(java_type(options[0]))


def _plain(annotation: Any) -> str:
    if isinstance(annotation, TypeVar):
        return OBJECT
    if isinstance(annotation, typing.NewType):
        return java_type(annotation.__supertype__)
    named = _SCALARS.get(annotation) or _CONTAINERS.get(annotation)
    if named is not None:
        return named
    if isinstance(annotation, type):
        return _class(annotation)
    raise InvalidArgumentError(f"no Java type for the annotation {annotation!r}; name it with Annotated[..., JavaType(...)]")


def _class(cls: type) -> str:
    from ._registry import default_registry

    registered = default_registry.java_name(cls)
    if registered is not None:
        return registered
    interface = callback_interface(cls)
    if interface is not None:
        return interface
    if issubclass(cls, enum.Enum):
        raise InvalidArgumentError(f"register the enum {cls.__qualname__} with @pd.java_enum")
    for base, name in (*_SCALARS.items(), *_CONTAINERS.items()):
        if base is not object and isinstance(base, type) and cls.__mro__[0] is not base and base in cls.__mro__:
            return name
    raise InvalidArgumentError(f"register the class {cls.__qualname__} with @pd.java_class")


def callback_interface(annotation: Any) -> str | None:
    """The Java interface of a parameter that takes an object to call back."""
    head = getattr(annotation, "__polydubbo_interface__", None) if isinstance(annotation, type) else None
    return head[0] if head is not None else None


def _container(origin: Any, arguments: tuple[Any, ...]) -> str:
    name = _CONTAINERS.get(origin)
    if name is None:
        return _plain(origin)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            arguments = arguments[:1]
        elif len(set(arguments)) == 1:
            arguments = arguments[:1]
        else:
            return f"{name}<{OBJECT}>"
    return f"{name}<{','.join(box(java_type(argument)) for argument in arguments)}>"
