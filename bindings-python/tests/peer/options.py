"""The command line that all peers share."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Options:
    """What the runner asked for."""

    role: str
    api: str
    registry: str | None
    name: str
    port: int
    host: str | None
    heartbeat: int | None
    params: dict[str, str]
    url: str | None
    timeout: int
    retries: int
    scenarios: str | None
    scenario: str
    load: int | None
    seconds: int
    work: int
    calls: int | None
    window: int
    faults: str | None
    places: dict[str, str]
    extra: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def parse(arguments: list[str]) -> Options:
        parser = argparse.ArgumentParser(allow_abbrev=False)
        parser.add_argument("--role", required=True, choices=["provider", "consumer", "faults"])
        parser.add_argument("--api", default="aio", choices=["aio", "sync"])
        parser.add_argument("--registry", default="N/A")
        parser.add_argument("--name", default="python-peer")
        parser.add_argument("--port", type=int, default=0)
        parser.add_argument("--host")
        parser.add_argument("--heartbeat", type=int)
        parser.add_argument("--param", action="append", default=[])
        parser.add_argument("--url")
        parser.add_argument("--timeout", type=int, default=10000)
        parser.add_argument("--retries", type=int, default=0)
        parser.add_argument("--scenarios")
        parser.add_argument("--scenario", default="all")
        parser.add_argument("--load", type=int)
        parser.add_argument("--seconds", type=int, default=10)
        parser.add_argument("--work", type=int, default=0)
        parser.add_argument("--calls", type=int)
        parser.add_argument("--window", type=int, default=32)
        parser.add_argument("--faults")
        parser.add_argument("--place", action="append", default=[])
        given = vars(parser.parse_args(arguments))
        given["params"] = dict(pair.split("=", 1) for pair in given.pop("param"))
        given["places"] = dict(pair.split("=", 1) for pair in given.pop("place"))
        given["registry"] = None if given["registry"] == "N/A" else given["registry"]
        return Options(**given)


def say(line: str | dict[str, Any]) -> None:
    """One line for the runner."""
    text = line if isinstance(line, str) else json.dumps(line)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def at_end_of_input(then: Callable[[], object]) -> None:
    """Calls ``then`` from a thread when nobody holds our standard input any more."""
    import threading

    def watch() -> None:
        while os.read(0, 4096):
            pass
        then()

    threading.Thread(target=watch, daemon=True).start()
