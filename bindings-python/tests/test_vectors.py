"""The Hessian vectors that all languages share, in both directions.

A vector's value is tagged JSON. The lossless form of a decoded body is turned into the same JSON and compared;
and Python values made from the JSON are encoded and compared with the bytes.
"""

from __future__ import annotations

import datetime
import json
import math
import pathlib
from typing import Any

import pytest

import polydubbo as pd
from polydubbo import _native, _values
from tagged import SHORT, Maker

_FILE = pathlib.Path(__file__).parents[2] / "tests" / "vectors" / "hessian2.json"
VECTORS: list[dict[str, Any]] = json.loads(_FILE.read_text())

# Two fields of one name: read, but not written, because Java's readers disagree about which one counts.
_UNWRITABLE = {"subclass_field_order"}
# Java's writers give this one no slot.
_UNNUMBERED = {"java.net.InetAddress$InetAddressHolder"}
def wire_type(value: Any) -> str | None:
    name: str | None = getattr(value, "java_type", None)
    if name is None or not name.endswith("[]"):
        return name
    component = name.replace("[]", "")
    return "[" * name.count("[]") + SHORT.get(component, component)


class Tagger:
    """Python values to tagged JSON; containers are numbered as they begin."""

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}

    def tag(self, value: Any) -> dict[str, Any]:
        scalar = self.scalar(value)
        if scalar is not None:
            return scalar
        if id(value) in self.slots:
            return {"t": "ref", "slot": self.slots[id(value)]}
        if getattr(value, "java_class", "") not in _UNNUMBERED:
            self.slots[id(value)] = len(self.slots)
        if isinstance(value, pd.JavaObject):
            fields = [[name, self.tag(item)] for name, item in value.pairs()]
            return {"t": "object", "class": value.java_class, "fields": fields}
        if isinstance(value, (dict, pd.JMap)):
            pairs = value if isinstance(value, pd.JMap) else value.items()
            entries = [[self.tag(key), self.tag(item)] for key, item in pairs]
            return {"t": "map", "type": wire_type(value), "entries": entries}
        assert isinstance(value, list)
        return {"t": "list", "type": wire_type(value), "items": [self.tag(item) for item in value]}

    def scalar(self, value: Any) -> dict[str, Any] | None:
        if value is None:
            return {"t": "null"}
        if isinstance(value, bool):
            return {"t": "bool", "v": value}
        if isinstance(value, pd.Long):
            return {"t": "long", "v": str(int(value))}
        if isinstance(value, int):
            return {"t": "int", "v": value}
        if isinstance(value, float):
            return {"t": "double", "v": repr(value)}
        if isinstance(value, (datetime.datetime, pd.JDate)):
            return {"t": "date", "v": str(_values.ms_of(value))}
        if isinstance(value, str):
            return {"t": "string", "v": value}
        return {"t": "bytes", "hex": value.hex()} if isinstance(value, bytes) else None


def values_of(vector: dict[str, Any]) -> list[dict[str, Any]]:
    tagged = vector["value"]
    if "epochDay" in tagged:
        # The compact form has no field names of its own; the reader supplies one.
        tagged = {**tagged, "fields": [["epochDay", {"t": "long", "v": tagged["epochDay"]}]]}
        del tagged["epochDay"]
    values: list[dict[str, Any]] = tagged["items"] if tagged["t"] == "stream" else [tagged]
    return values


def same(got: Any, want: Any) -> bool:
    """Equality of tagged JSON, in which NaN equals itself and doubles compare by value."""
    if isinstance(want, dict) and want.get("t") == "double":
        if not isinstance(got, dict) or got.get("t") != "double":
            return False
        first, second = float(got["v"]), float(want["v"])
        return first == second or (math.isnan(first) and math.isnan(second))
    if isinstance(want, dict):
        keys = want.keys() - {"to"}
        return isinstance(got, dict) and got.keys() == keys and all(same(got[key], want[key]) for key in keys)
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(same, got, want))
    return bool(got == want)


def select(*directions: str) -> list[Any]:
    chosen = [v for v in VECTORS if v["dir"] in directions and v["value"]["t"] != "error"]
    return [pytest.param(v, id=v["name"]) for v in chosen]


def test_the_file_holds_all_vectors() -> None:
    assert len(VECTORS) == 252


@pytest.mark.parametrize("vector", select("both", "decode"))
def test_bytes_decode_to_the_value(vector: dict[str, Any]) -> None:
    got = _native.decode(bytes.fromhex(vector["hex"]), lossless=True)
    tagger = Tagger()
    assert same([tagger.tag(value) for value in got], values_of(vector)), got


@pytest.mark.parametrize("vector", select("both", "encode"))
def test_the_value_encodes_to_the_bytes(vector: dict[str, Any]) -> None:
    maker = Maker()
    values = [maker.make(tagged) for tagged in values_of(vector)]
    profile = "portable" if vector["profile"] == "any" else vector["profile"]
    if vector["name"] in _UNWRITABLE:
        with pytest.raises(ValueError, match="defined twice"):
            _native.encode(*values, profile=profile)
        return
    assert _native.encode(*values, profile=profile).hex() == vector["hex"]


@pytest.mark.parametrize("vector", select("both", "decode"))
def test_bytes_decode_to_friendly_values(vector: dict[str, Any]) -> None:
    first = _native.decode(bytes.fromhex(vector["hex"]))
    # What Python makes of it travels again: only classes that have no Java form of their own would fail.
    if vector["name"] not in _UNWRITABLE:
        assert isinstance(_native.encode(*first), bytes)


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in VECTORS if v["value"]["t"] == "error"])
def test_malformed_bytes_raise(vector: dict[str, Any]) -> None:
    for lossless in (False, True):
        with pytest.raises(pd.SerializationError):
            _native.decode(bytes.fromhex(vector["hex"]), lossless=lossless)


@pytest.mark.parametrize("vector", select("both"))
def test_every_truncation_raises(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["hex"])
    for length in range(1, min(len(body), 300)):
        try:
            got = _native.decode(body[:length])
        except pd.SerializationError:
            continue
        # A body of several values may be cut between two of them, and class definitions alone are no value.
        assert vector["value"]["t"] == "stream" and len(got) < len(values_of(vector))
