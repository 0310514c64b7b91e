"""Provokes what ``tests/vectors/errors.json`` lists, and says which error came."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polydubbo as pd
from polydubbo import _javatypes
from tagged import Maker

from .options import Options, say

# Arguments of the reference's constructor; all other settings go by their Dubbo keys.
_NAMED = ("registry", "url", "application", "version", "group")


class Unsendable:
    """A class that nobody registered."""


class FaultMaker(Maker):
    """Also values that Java peers never send."""

    def make_number(self, tagged: dict[str, Any]) -> int:
        return int(tagged["v"])

    def make_unsendable(self, _: dict[str, Any]) -> Unsendable:
        return Unsendable()


def run(options: Options) -> int:
    text = pathlib.Path(options.faults or "errors.json").read_text(encoding="utf-8")
    for name, value in options.places.items():
        text = text.replace("${" + name + "}", value)
    for fault in json.loads(text)["faults"]:
        if "python" not in fault.get("not_in", {}):
            provoke = _provoke_async if options.api == "aio" else _provoke_blocking
            say({"fault": fault["name"], **described(provoke(fault))})
    say({"done": True})
    return 0


def described(error: BaseException | None) -> dict[str, Any]:
    if isinstance(error, pd.DubboError):
        return {"number": error.code, "code": error.code_name, "text": str(error)}
    return {"number": 0, "code": type(error).__name__, "text": str(error)}


def _provoke_async(fault: dict[str, Any]) -> BaseException | None:
    async def provoke() -> None:
        if "server" in fault:
            async with pd.Server(options=fault["server"]) as server:
                for interface in fault.get("exports", ()):
                    server.export(_service(interface), options=fault.get("service"))
                await server.start()
            return
        async with pd.aio.Reference(fault["reference"]["interface"], **_settings(fault)) as reference:
            if fault.get("before") == "close":
                await reference.aclose()
            if fault.get("before") == "fork":
                _in_child(lambda: asyncio.run(_invoke(reference, fault)))
            if "call" in fault:
                count = fault.get("concurrent", 1)
                await asyncio.gather(*(_invoke(reference, fault) for _ in range(count)))

    return _error_of(lambda: asyncio.run(provoke()))


def _provoke_blocking(fault: dict[str, Any]) -> BaseException | None:
    def provoke() -> None:
        if "server" in fault:
            with pd.SyncServer(options=fault["server"]) as server:
                for interface in fault.get("exports", ()):
                    server.export(_service(interface), options=fault.get("service"))
                server.start()
            return
        with pd.sync.Reference(fault["reference"]["interface"], **_settings(fault)) as reference:
            if fault.get("before") == "close":
                reference.close()
            if fault.get("before") == "fork":
                _in_child(lambda: _call(reference, fault))
            if "call" in fault:
                count = fault.get("concurrent", 1)
                with ThreadPoolExecutor(count) as pool:
                    for done in [pool.submit(_call, reference, fault) for _ in range(count)]:
                        done.result()

    return _error_of(provoke)


def _error_of(provoke: Any) -> BaseException | None:
    try:
        provoke()
    except Exception as error:
        return error
    return None


def _settings(fault: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in fault["reference"].items() if key != "interface"}
    return {**{key: rest.pop(key) for key in _NAMED if key in rest}, "options": rest}


def _call(reference: Any, fault: dict[str, Any]) -> Any:
    call = fault["call"]
    types = _javatypes.names_of_descriptor(call["descriptor"])
    args = [FaultMaker().make(tagged) for tagged in call["args"]]
    timeout = call["timeout"] / 1000 if "timeout" in call else None
    return reference.invoke(call["method"], types, args, timeout=timeout)


async def _invoke(reference: Any, fault: dict[str, Any]) -> Any:
    return await _call(reference, fault)


def _service(interface: str) -> pd.DynamicService:
    class Nothing(pd.DynamicService, interface=interface):
        def invoke(self, method: str, types: list[str], args: list[Any]) -> None:
            return None

    return Nothing()


class _OfChild(pd.DubboError):
    """The error of the forked child, as it told it."""


def _in_child(call: Any) -> None:
    """Makes the call in a forked child, and raises here what it raised there."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(described(_error_of(call))).encode())
        os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as pipe:
        told = json.load(pipe)
    os.wait()
    raise _OfChild(told["text"], code=told["number"])
