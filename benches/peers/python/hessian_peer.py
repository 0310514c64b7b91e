"""python-hessian alone: decoding the object of the benchmark."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from pyhessian.parser import Parser

BYTES = Path(__file__).resolve().parents[2] / "micro" / "src" / "user.hessian"
# python-hessian reads whole replies: version 2.0, and R for a result.
REPLY = b"H\x02\x00R" + BYTES.read_bytes()


def decode() -> object:
    """Reads the object once."""
    return Parser().parse_string(REPLY).value


def best(seconds: float, windows: int = 5) -> float:
    """Nanoseconds of one call in the fastest of several windows."""
    fastest = float("inf")
    for _ in range(windows):
        end, count, start = time.perf_counter() + seconds / windows, 0, time.perf_counter()
        while time.perf_counter() < end:
            for _ in range(10):
                decode()
            count += 10
        fastest = min(fastest, (time.perf_counter() - start) / count)
    return fastest * 1e9


if __name__ == "__main__":
    user = decode()
    if user.name != "Ada Lovelace" or len(user.permissions) != 15:
        sys.exit("python-hessian did not read the user")
    print(json.dumps({"extra": {"decode_ns": best(float(sys.argv[1]))}}), flush=True)
