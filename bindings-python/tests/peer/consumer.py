"""Runs the scenarios against a provider and prints a line for each case."""

from __future__ import annotations

import asyncio
import json
import pathlib
import time
from typing import Any

import polydubbo as pd
from polydubbo import _javatypes

from . import compare
from .options import Options, say
from .references import Outcome, References, Request
from .services import API


class Mismatch(Exception):
    """The call went through, but did not give what the case expects."""


class Listening(pd.Service, interface=API + "Listener"):
    """A callback object that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def changed(self, event: str) -> str:
        self.heard.append(event)
        return f"heard {event}"


def run(options: Options) -> int:
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    scenarios = json.loads(pathlib.Path(options.scenarios or "scenarios.json").read_text(encoding="utf-8"))["scenarios"]
    chosen = [one for one in scenarios if options.scenario in ("all", one["name"])]
    if not chosen:
        raise SystemExit(f"no scenario is called {options.scenario}")
    references = References(options)
    passed = failed = 0
    for scenario in chosen:
        for case in scenario["cases"]:
            start = time.monotonic()
            detail = await Case(references, scenario, case).run()
            ms = round((time.monotonic() - start) * 1000)
            passed, failed = passed + (detail is None), failed + (detail is not None)
            say({"scenario": scenario["name"], "case": case["name"], "ok": detail is None, "detail": detail or "", "ms": ms})
    await references.close()
    say({"done": True, "passed": passed, "failed": failed})
    return 0 if failed == 0 else 1


class Case:
    """One case: a step, or several in order."""

    RUN = f"{time.time_ns():x}"

    def __init__(self, references: References, scenario: dict[str, Any], case: dict[str, Any]) -> None:
        self._references = references
        self._interface = scenario["service"]
        self._case = case
        self._parameters = {**scenario.get("reference", {}), **case.get("reference", {})}
        self._memory: dict[str, Any] = {}
        self._listeners: dict[str, Listening] = {}

    async def run(self) -> str | None:
        """What went wrong, or None."""
        try:
            for step in self._case.get("steps", [self._case]):
                await self._step(step)
        except Mismatch as mismatch:
            return str(mismatch)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:2000]
        return None

    async def _step(self, template: dict[str, Any]) -> None:
        if "concurrent" in template:
            calls = (self._call(self._fill(template, index)) for index in range(template["concurrent"]))
            await asyncio.gather(*calls)
            return
        step = self._fill(template, 0)
        if "pause_ms" in step:
            await asyncio.sleep(step["pause_ms"] / 1000)
        elif "events" in step:
            await self._events(step)
        elif "within_ms" in step:
            await self._eventually(step)
        else:
            await self._call(step)

    def _fill(self, step: dict[str, Any], index: int) -> dict[str, Any]:
        text = json.dumps(step).replace("${run}", self.RUN).replace("${index}", str(index))
        filled: dict[str, Any] = json.loads(text)
        return filled

    async def _events(self, step: dict[str, Any]) -> None:
        listening = self._listeners[step["events"]]
        end = time.monotonic() + step.get("within_ms", 0) / 1000
        while listening.heard != step["expect"]:
            if time.monotonic() > end:
                raise Mismatch(f"heard {listening.heard}, want {step['expect']}")
            await asyncio.sleep(0.01)

    async def _eventually(self, step: dict[str, Any]) -> None:
        end = time.monotonic() + step["within_ms"] / 1000
        while True:
            try:
                return await self._call(step)
            except Mismatch:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.02)

    async def _call(self, step: dict[str, Any]) -> None:
        types = _javatypes.names_of_descriptor(step["descriptor"])
        request = Request(
            step["method"],
            types,
            [self._argument(tagged) for tagged in step["args"]],
            generic=step.get("generic", False),
            oneway=step.get("one_way", False),
            attachments=step.get("attachments"),
        )
        reference = await self._references.get(self._interface, self._parameters)
        outcome = await self._references.call(reference, request)
        self._check(step["expect"], request, outcome)

    def _argument(self, tagged: dict[str, Any]) -> Any:
        if tagged["t"] == "listener":
            return self._listeners.setdefault(tagged["id"], Listening())
        return compare.value_of(tagged)

    def _check(self, expect: dict[str, Any], request: Request, outcome: Outcome) -> None:
        if outcome.ms > expect.get("max_ms", 1e12) or outcome.ms < expect.get("min_ms", 0):
            raise Mismatch(f"took {outcome.ms:.0f} ms")
        if "exception" in expect:
            _exception(outcome, expect["exception"])
        elif "error" in expect:
            if outcome.error not in expect["error"]:
                raise Mismatch(f"got {outcome.error} {outcome.describe()}, want an error {expect['error']}")
        elif "fails" in expect:
            _require(outcome.thrown is not None, outcome, "any failure")
        else:
            _require(outcome.thrown is None, outcome, "no failure")
            self._value(expect, request, outcome)
        for key, value in expect.get("attachments", {}).items():
            if outcome.attachments.get(key) != value:
                raise Mismatch(f"attachment {key} is {outcome.attachments.get(key)!r}")

    def _value(self, expect: dict[str, Any], request: Request, outcome: Outcome) -> None:
        # The methods of AllTypes answer the type that they take.
        echoes = self._interface.endswith("AllTypes") and not request.generic
        declared = request.types[0] if echoes else None
        if "value" in expect:
            want = compare.received(compare.value_of(expect["value"]))
        elif "same" in expect:
            want = compare.received(request.args[0], declared)
        elif "remember" in expect:
            self._memory[expect["remember"]] = outcome.value
            return
        elif "equals" in expect:
            want = self._memory[expect["equals"]]
        elif "differs" in expect:
            _require(not compare.same(self._memory[expect["differs"]], outcome.value, None), outcome, "anything else")
            return
        else:
            return
        _require(compare.same(want, outcome.value, declared), outcome, repr(want)[:1000])


def _exception(outcome: Outcome, want: dict[str, Any] | None) -> None:
    thrown = outcome.thrown
    while want is not None:
        fits = (
            isinstance(thrown, pd.RemoteException)
            and thrown.java_class == want["class"]
            and ("message" not in want or thrown.java_message == want["message"])
            and want.get("contains", "") in (thrown.java_message or "")
            and ("code" not in want or getattr(thrown, "code", None) == want["code"])
        )
        _require(fits, outcome, json.dumps(want))
        thrown = thrown.__cause__ if thrown is not None else None
        want = want.get("cause")


def _require(holds: bool, outcome: Outcome, want: str) -> None:
    if not holds:
        raise Mismatch(f"got {outcome.describe()}, want {want}")
