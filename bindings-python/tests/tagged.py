"""Tagged JSON, the language-neutral syntax of values in vectors and scenarios, as Python values."""

from __future__ import annotations

from typing import Any

import polydubbo as pd

# Hessian's own short names of component types.
SHORT = {"java.lang.String": "string", "java.lang.Object": "object", "java.util.Date": "date"}
LONG = {short: name for name, short in SHORT.items()}


def java_type(wire: str) -> str:
    component = wire.lstrip("[")
    dimensions = len(wire) - len(component)
    return wire if dimensions == 0 else LONG.get(component, component) + "[]" * dimensions


class Maker:
    """Tagged JSON to Python values."""

    def __init__(self) -> None:
        self.slots: list[Any] = []

    def make(self, tagged: dict[str, Any]) -> Any:
        return getattr(self, "make_" + tagged["t"])(tagged)

    def make_null(self, _: dict[str, Any]) -> None:
        return None

    def make_bool(self, tagged: dict[str, Any]) -> bool:
        return bool(tagged["v"])

    def make_int(self, tagged: dict[str, Any]) -> int:
        return int(tagged["v"])

    def make_long(self, tagged: dict[str, Any]) -> Any:
        return pd.Long(tagged["v"])

    def make_double(self, tagged: dict[str, Any]) -> float:
        return float(tagged["v"])

    def make_date(self, tagged: dict[str, Any]) -> pd.JDate:
        return pd.JDate(int(tagged["v"]))

    def make_string(self, tagged: dict[str, Any]) -> str:
        if "utf16" in tagged:
            return bytes.fromhex(tagged["utf16"]).decode("utf-16-be", "surrogatepass")
        return str(tagged["v"]) * int(tagged.get("times", 1))

    def make_bytes(self, tagged: dict[str, Any]) -> bytes:
        if "sequence" in tagged:
            size = tagged["sequence"]
            return (bytes(range(251)) * (size // 251 + 1))[:size]
        return bytes.fromhex(tagged["hex"]) * int(tagged.get("times", 1))

    def make_ref(self, tagged: dict[str, Any]) -> Any:
        return self.slots[tagged["slot"]]

    def make_list(self, tagged: dict[str, Any]) -> list[Any]:
        wire = tagged.get("type")
        made: list[Any] = [] if wire is None else pd.TypedList(java_type(wire))
        self.slots.append(made)
        for item in tagged["items"]:
            made.append(self.make(item))
        return made

    def make_map(self, tagged: dict[str, Any]) -> Any:
        made: Any = pd.JMap(java_type=tagged.get("type"))
        self.slots.append(made)
        for key, value in tagged["entries"]:
            made.append((self.make(key), self.make(value)))
        return made

    def make_object(self, tagged: dict[str, Any]) -> pd.JavaObject:
        made = pd.JavaObject(tagged["class"], [(name, None) for name, _ in tagged["fields"]])
        self.slots.append(made)
        for index, (_, value) in enumerate(tagged["fields"]):
            made._values[index] = self.make(value)
        return made
