"""Warm-up, the measured window and CPU time: what `polydubbo-meter` does, for asyncio programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

Call = Callable[[], Awaitable[bool]]


def cpu_ns(pid: int) -> int:
    """CPU time of the living threads of a process; 0 when it is gone."""
    total = 0
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return 0
    for task in tasks:
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass  # the thread ended between the two steps
    return total


class Run:
    """One measurement: callers count here while it lasts."""

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.stop = False
        self.measuring = False
        self.latencies: list[float] = []

    async def caller(self, call: Call) -> None:
        """Makes one call after the other."""
        count = 0
        while not self.stop:
            count += 1
            timed = self.measuring and count % 16 == 0
            sent = time.perf_counter() if timed else 0.0
            if await call():
                self.good += 1
            else:
                self.bad += 1
            if timed:
                self.latencies.append(time.perf_counter() - sent)


async def closed(call: Call, arguments: argparse.Namespace) -> dict[str, object]:
    """Keeps `arguments.in_flight` calls in flight and returns the point."""
    run = Run()
    tasks = [asyncio.create_task(run.caller(call)) for _ in range(arguments.in_flight)]
    await asyncio.sleep(arguments.warmup)
    own, peer = cpu_ns(os.getpid()), cpu_ns(arguments.peer_pid)
    before, start = run.good, time.perf_counter()
    run.measuring = True
    await asyncio.sleep(arguments.seconds)
    elapsed, requests = time.perf_counter() - start, run.good - before
    own, peer = cpu_ns(os.getpid()) - own, cpu_ns(arguments.peer_pid) - peer
    run.stop = True
    await asyncio.gather(*tasks)
    divisor = max(1, requests)
    return {
        "requests": requests,
        "errors": run.bad,
        "seconds": elapsed,
        "rate": requests / elapsed,
        "client_ns": own / divisor,
        "server_ns": peer / divisor,
        "latency": _latency(run.latencies),
    }


def _latency(seconds: list[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(quantile: float) -> float:
        return ordered[min(len(ordered) - 1, int(quantile * len(ordered)))] * 1e6

    names = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999, "max_us": 1.0}
    return {"samples": len(ordered), **{name: at(quantile) for name, quantile in names.items()}}


def arguments() -> argparse.Namespace:
    """The command line that all Python programs of the benchmark share."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["serve", "run"])
    parser.add_argument("--target", default="", help="host:port")
    parser.add_argument("--in-flight", type=int, default=1)
    parser.add_argument("--payload", type=int, default=256)
    parser.add_argument("--shape", choices=["echo", "user"], default="echo")
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--peer-pid", type=int, default=0)
    return parser.parse_args()


def text(length: int) -> str:
    """The characters that are echoed."""
    return "".join(chr(ord("a") + index % 26) for index in range(length))


def show(point: dict[str, object]) -> None:
    """Prints a point as one line."""
    print(json.dumps(point), flush=True)
