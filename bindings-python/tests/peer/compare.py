"""Values of the scenarios: made from tagged JSON, and compared as Java would compare them."""

from __future__ import annotations

import math
from typing import Any

import polydubbo as pd
from polydubbo import _native
from tagged import Maker


def value_of(tagged: dict[str, Any]) -> Any:
    """The value that a peer sends."""
    return Maker().make(tagged)


def received(value: Any, declared: str | None = None) -> Any:
    """The value as it would be if a peer had sent it."""
    types = None if declared is None else [declared]
    (got,) = _native.decode(_native.encode(value, java_types=types))
    return got


def same(want: Any, got: Any, declared: str | None) -> bool:
    """Whether two received values are equal; where a set is declared, order does not count."""
    if declared is not None and declared.endswith("Set") and want is not None and got is not None:
        return _Comparison().unordered(list(want), list(got))
    return _Comparison().equal(want, got)


# What a field holds in a JVM when the sender did not set it.
_UNSET = (None, 0, False, 0.0, "\0")


class _Comparison:
    """Equality of whole graphs, which may contain cycles."""

    def __init__(self) -> None:
        self._open: set[tuple[int, int]] = set()

    def equal(self, want: Any, got: Any) -> bool:
        if isinstance(want, pd.JavaObject):
            return isinstance(got, pd.JavaObject) and self._objects(want, got)
        if isinstance(want, (dict, pd.JMap)):
            return isinstance(got, (dict, pd.JMap)) and self.unordered(_pairs(want), _pairs(got))
        if isinstance(want, (list, tuple)):
            if not isinstance(got, (list, tuple)) or len(want) != len(got):
                return False
            return self._guarded(want, got, lambda: all(map(self.equal, want, got)))
        if isinstance(want, (set, frozenset)):
            return isinstance(got, (set, frozenset)) and self.unordered(list(want), list(got))
        if isinstance(want, float) and isinstance(got, float) and math.isnan(want):
            return math.isnan(got)
        return type(want) is type(got) and bool(want == got)

    def unordered(self, want: list[Any], got: list[Any]) -> bool:
        rest = list(got)
        for item in want:
            found = next((index for index, other in enumerate(rest) if self.equal(item, other)), None)
            if found is None:
                return False
            del rest[found]
        return not rest

    def _objects(self, want: pd.JavaObject, got: pd.JavaObject) -> bool:
        if want.java_class != got.java_class:
            return False
        names = dict.fromkeys([*want, *got])
        return self._guarded(want, got, lambda: all(self._field(want, got, name) for name in names))

    def _field(self, want: pd.JavaObject, got: pd.JavaObject, name: str) -> bool:
        if name not in want or name not in got:
            return (got[name] if name in got else want[name]) in _UNSET
        return self.equal(want[name], got[name])

    def _guarded(self, want: Any, got: Any, compare: Any) -> bool:
        pair = (id(want), id(got))
        if pair in self._open:
            return True
        self._open.add(pair)
        return bool(compare())


def _pairs(value: Any) -> list[Any]:
    return [tuple(pair) for pair in (value.items() if isinstance(value, dict) else value)]
