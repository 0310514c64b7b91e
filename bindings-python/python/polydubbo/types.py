"""Names for Java types in annotations, and values that force a Java type.

Python has one ``int``; Java has six. In a signature, ``int`` means Java's ``int``; the names here mean the
others: ``pd.Long``, ``pd.Short``, ``pd.Float``, ``pd.IntBox`` (``java.lang.Integer``) and so on. A type checker
sees them as plain ``int``, ``float`` or ``str``; at run time they are also constructors, so that
``pd.Long(5)`` inside an untyped list travels as a Java ``long``.

The second half holds values without a Python counterpart: objects of classes that were not registered
(:class:`JavaObject`), enum constants (:class:`JavaEnum`), lists, arrays and maps with a Java class.
"""

from __future__ import annotations

import datetime as _dt
from collections.abc import Iterable, Iterator, Mapping
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Annotated, Any, Generic, NamedTuple, TypeAlias, TypeVar, get_args, get_origin

__all__ = [
    "Array",
    "ArrayOf",
    "BigInteger",
    "Bool",
    "BoolBox",
    "Byte",
    "ByteBox",
    "Char",
    "CharBox",
    "Double",
    "DoubleBox",
    "Float",
    "FloatBox",
    "Int",
    "IntBox",
    "JDate",
    "JMap",
    "JavaClass",
    "JavaEnum",
    "JavaObject",
    "JavaType",
    "Long",
    "LongBox",
    "Null",
    "Short",
    "ShortBox",
    "SqlDate",
    "SqlTime",
    "SqlTimestamp",
    "TypedList",
    "TypedMap",
]

_T = TypeVar("_T")
_K = TypeVar("_K")
_V = TypeVar("_V")


class JavaType(NamedTuple):
    """Marks an annotation with a Java type: ``Annotated[int, JavaType("long")]``.

    The name may carry type arguments: ``java.util.List<java.lang.Long>``; arrays end in ``[]``.
    """

    name: str


if TYPE_CHECKING:
    # In a signature these are what Python calls them; a checker need not know more.
    Byte: TypeAlias = int
    Short: TypeAlias = int
    Int: TypeAlias = int
    Long: TypeAlias = int
    BigInteger: TypeAlias = int
    ByteBox: TypeAlias = int
    ShortBox: TypeAlias = int
    IntBox: TypeAlias = int
    LongBox: TypeAlias = int
    Float: TypeAlias = float
    Double: TypeAlias = float
    FloatBox: TypeAlias = float
    DoubleBox: TypeAlias = float
    Char: TypeAlias = str
    CharBox: TypeAlias = str
    Bool: TypeAlias = bool
    BoolBox: TypeAlias = bool
    ArrayOf: TypeAlias = list[_T]
else:

    class Byte(int):
        """Java's ``byte``: -128 to 127."""

        __slots__ = ()
        __java_type__ = "byte"

    class Short(int):
        """Java's ``short``: -32768 to 32767."""

        __slots__ = ()
        __java_type__ = "short"

    class Int(int):
        """Java's ``int``, which is also what a plain ``int`` annotation means."""

        __slots__ = ()
        __java_type__ = "int"

    class Long(int):
        """Java's ``long``."""

        __slots__ = ()
        __java_type__ = "long"

    class ByteBox(Byte):
        """``java.lang.Byte``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Byte"

    class ShortBox(Short):
        """``java.lang.Short``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Short"

    class IntBox(Int):
        """``java.lang.Integer``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Integer"

    class LongBox(Long):
        """``java.lang.Long``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Long"

    class BigInteger(int):
        """``java.math.BigInteger``."""

        __slots__ = ()
        __java_type__ = "java.math.BigInteger"

    class Float(float):
        """Java's ``float``; the value is rounded to 32 bits when it is sent."""

        __slots__ = ()
        __java_type__ = "float"

    class Double(float):
        """Java's ``double``, which is also what a plain ``float`` annotation means."""

        __slots__ = ()
        __java_type__ = "double"

    class FloatBox(Float):
        """``java.lang.Float``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Float"

    class DoubleBox(Double):
        """``java.lang.Double``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Double"

    class Char(str):
        """Java's ``char``: one UTF-16 unit."""

        __slots__ = ()
        __java_type__ = "char"

    class CharBox(Char):
        """``java.lang.Character``; may be ``None``."""

        __slots__ = ()
        __java_type__ = "java.lang.Character"

    # ``bool`` cannot be subclassed; a bare ``bool`` is Java's ``boolean`` anyway.
    Bool = Annotated[bool, JavaType("boolean")]
    BoolBox = Annotated[bool, JavaType("java.lang.Boolean")]

    class ArrayOf:
        """A Java array in a signature: ``pd.ArrayOf[pd.Int]`` is ``int[]``; the value is a list."""

        def __class_getitem__(cls, element: Any) -> Any:
            return Annotated[list[element], _ArrayMark()]

    class _ArrayMark:
        """Tells the schema that the annotated list is an array."""


def java_type_of_marker(marker: Any) -> str | None:
    """The Java type that a class of this module or a :class:`JavaType` names, if any."""
    if isinstance(marker, JavaType):
        return marker.name
    if get_origin(marker) is Annotated:
        return next((m.name for m in get_args(marker)[1:] if isinstance(m, JavaType)), None)
    name = marker.__dict__.get("__java_type__") if isinstance(marker, type) else None
    return name if isinstance(name, str) else None


class JavaObject:
    """An object of a Java class that has no registered Python class.

    Fields are attributes: ``user.name``. A field whose name is a method of this class is reached by
    ``user["to_dict"]``. Java may send two fields of one name (subclass and superclass); both are kept,
    and access by name answers the last, as Java's own reader does.
    """

    __slots__ = ("_names", "_values", "java_class")
    __hash__ = object.__hash__

    #: Class name, for example ``com.acme.User``.
    java_class: str
    _names: tuple[str, ...]
    _values: list[Any]

    def __init__(
        self, java_class: str, fields: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), /, **more: Any
    ) -> None:
        pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
        pairs.extend(more.items())
        object.__setattr__(self, "java_class", java_class)
        object.__setattr__(self, "_names", tuple(name for name, _ in pairs))
        object.__setattr__(self, "_values", [value for _, value in pairs])

    def _index(self, name: str) -> int:
        for index in range(len(self._names) - 1, -1, -1):
            if self._names[index] == name:
                return index
        return -1

    def __getattr__(self, name: str) -> Any:
        # Half-built objects (copy, pickle) have no names yet and must not recurse.
        index = -1 if name.startswith("__") or name in JavaObject.__slots__ else self._index(name)
        if index < 0:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}")
        return self._values[index]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getitem__(self, name: str) -> Any:
        index = self._index(name)
        if index < 0:
            raise KeyError(name)
        return self._values[index]

    def __setitem__(self, name: str, value: Any) -> None:
        index = self._index(name)
        if index >= 0:
            self._values[index] = value
            return
        object.__setattr__(self, "_names", (*self._names, name))
        self._values.append(value)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JavaObject):
            return NotImplemented
        return (self.java_class, self._names, self._values) == (other.java_class, other._names, other._values)

    def __reduce__(self) -> tuple[Any, ...]:
        return JavaObject, (self.java_class, list(self.pairs()))

    @recursive_repr("JavaObject(...)")
    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.pairs())
        return f"JavaObject({self.java_class!r}{', ' if fields else ''}{fields})"

    def pairs(self) -> Iterator[tuple[str, Any]]:
        """All fields in the order of the wire."""
        return zip(self._names, self._values, strict=True)

    def to_dict(self) -> dict[str, Any]:
        """The fields as a dictionary; nested objects stay as they are."""
        return dict(self.pairs())


class JavaEnum:
    """A constant of a Java enum that has no registered Python enum."""

    __slots__ = ("java_class", "name")

    def __init__(self, java_class: str, name: str) -> None:
        self.java_class = java_class
        self.name = name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JavaEnum):
            return NotImplemented
        return (self.java_class, self.name) == (other.java_class, other.name)

    def __hash__(self) -> int:
        return hash((self.java_class, self.name))

    def __repr__(self) -> str:
        return f"JavaEnum({self.java_class!r}, {self.name!r})"


class JavaClass(NamedTuple):
    """A Java ``Class`` object: ``JavaClass("int")``, ``JavaClass("com.acme.User")``."""

    name: str


class TypedList(list[_T]):
    """A list that names its Java class: ``TypedList("java.util.LinkedList", [1, 2])``."""

    __slots__ = ("java_type",)
    java_type: str

    def __init__(self, java_type: str, items: Iterable[_T] = ()) -> None:
        super().__init__(items)
        self.java_type = java_type

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.java_type, list(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.java_type!r}, {super().__repr__()})"


class Array(TypedList[_T]):
    """A Java array: ``Array("int", [1, 2])``, ``Array("com.acme.User", users)``, ``Array("int[]", rows)``."""

    __slots__ = ()

    def __init__(self, component: str, items: Iterable[_T] = ()) -> None:
        super().__init__(component + "[]", items)

    def __reduce__(self) -> tuple[Any, ...]:
        return Array, (self.java_type[:-2], list(self))


class TypedMap(dict[_K, _V]):
    """A map that names its Java class: ``TypedMap("java.util.TreeMap", {...})``."""

    __slots__ = ("java_type",)
    java_type: str

    def __init__(self, java_type: str, entries: Mapping[_K, _V] | Iterable[tuple[_K, _V]] = ()) -> None:
        super().__init__(entries)
        self.java_type = java_type

    def __reduce__(self) -> tuple[Any, ...]:
        return TypedMap, (self.java_type, dict(self))

    def __repr__(self) -> str:
        return f"TypedMap({self.java_type!r}, {super().__repr__()})"


class JMap(list[tuple[_K, _V]], Generic[_K, _V]):
    """A Java map whose keys a ``dict`` cannot hold: unhashable ones, or ``1`` beside ``1.0`` and ``True``.

    A list of pairs in the order of the wire.
    """

    __slots__ = ("java_type",)
    java_type: str | None

    def __init__(self, entries: Iterable[tuple[_K, _V]] = (), java_type: str | None = None) -> None:
        super().__init__(entries)
        self.java_type = java_type

    def __reduce__(self) -> tuple[Any, ...]:
        return JMap, (list(self), self.java_type)

    def __repr__(self) -> str:
        return f"JMap({super().__repr__()})"


class JDate(NamedTuple):
    """A ``java.util.Date`` by its milliseconds since 1970, also outside the years of ``datetime``."""

    ms: int


class _SqlValue:
    """A ``java.sql`` value: travels as an object where the parameter is declared as such."""

    __slots__ = ("value",)
    java_class: str

    def __init__(self, value: _dt.datetime | JDate) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class SqlDate(_SqlValue):
    """``java.sql.Date``."""

    __slots__ = ()
    java_class = "java.sql.Date"


class SqlTime(_SqlValue):
    """``java.sql.Time``."""

    __slots__ = ()
    java_class = "java.sql.Time"


class SqlTimestamp(_SqlValue):
    """``java.sql.Timestamp``; Dubbo's Hessian carries milliseconds only."""

    __slots__ = ()
    java_class = "java.sql.Timestamp"


class Null(NamedTuple):
    """``None`` with a Java type, for calls that derive parameter types from values."""

    java_type: str
