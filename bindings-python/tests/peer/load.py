"""Calls at a steady rate and prints totals; latency counts from the moment a call was due."""

from __future__ import annotations

import asyncio
import time

from .options import Options, at_end_of_input, say
from .references import Outcome, References, Request
from .services import API

_KEPT_FAILURES = 20


def run(options: Options) -> int:
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    references = References(options)
    service = await references.get(API + "Behaviour", {})
    text = ["java.lang.String"]
    warm = await references.call(service, Request("hello", text, ["warm-up"]))
    if warm.thrown is not None:
        raise warm.thrown
    say("READY")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    at_end_of_input(lambda: loop.call_soon_threadsafe(stopped.set))
    rate = options.load or 1
    total = rate * options.seconds
    latencies: list[float] = []
    failures: list[str] = []
    failed = 0

    async def one(index: int, due: float) -> None:
        nonlocal failed
        request = Request("sleep", ["long"], [options.work]) if options.work else Request("hello", text, [f"n{index}"])
        outcome: Outcome = await references.call(service, request)
        if outcome.thrown is not None:
            failed += 1
            if len(failures) < _KEPT_FAILURES:
                failures.append(outcome.describe())
        latencies.append((time.monotonic() - due) * 1e6)

    tasks = set()
    begin = time.monotonic() + 0.05
    for index in range(total):
        due = begin + index / rate
        left = due - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        if stopped.is_set():
            break
        task = asyncio.ensure_future(one(index, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    latencies.sort()
    count = len(latencies)

    def at(quantile: float) -> int:
        return round(latencies[min(count - 1, int(count * quantile))]) if count else 0

    say(
        {
            "calls": count,
            "succeeded": count - failed,
            "failed": failed,
            "p50_us": at(0.5),
            "p99_us": at(0.99),
            "max_us": at(1.0),
            "failures": failures,
        }
    )
    await references.close()
    return 0 if failed == 0 else 1
