"""Our own Python package, as a user has it: an asyncio reference, an async handler, and the codec alone."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import meter

import polydubbo as pd
from polydubbo import _native

INTERFACE = "io.polydubbo.bench.BenchService"
BYTES = Path(__file__).resolve().parents[2] / "micro" / "src" / "user.hessian"


class BenchService(pd.Interface, name=INTERFACE):
    """What is called."""

    async def echo(self, text: str) -> str: ...

    async def createUser(self, user: Any) -> Any: ...


class Bench(pd.Service, interface=INTERFACE):
    """What is served."""

    async def echo(self, text: str) -> str:
        """Sends the text back."""
        return text


async def serve() -> None:
    """Serves until the process ends."""
    async with pd.Server(port=0, host="127.0.0.1") as server:
        await server.export(Bench())
        await server.start()
        print(f"READY port={server.port}", flush=True)
        await asyncio.Event().wait()


async def run(arguments: meter.argparse.Namespace) -> None:
    """Measures one point."""
    url = f"dubbo://{arguments.target}"
    async with pd.aio.Reference(BenchService, url=url, timeout=10.0) as reference:
        # `reference.echo` would be Dubbo's own echo, not the method of the service.
        service = reference.proxy
        if arguments.shape == "user":
            user = _native.decode(BYTES.read_bytes())[0]

            async def call() -> bool:
                return (await service.createUser(user)) == user

        else:
            text = meter.text(arguments.payload)

            async def call() -> bool:
                return len(await service.echo(text)) == len(text)

        meter.show(await meter.closed(call, arguments))


def codec(seconds: float, windows: int = 5) -> None:
    """Prints how long it takes to decode the object of the benchmark."""
    body = BYTES.read_bytes()
    fastest = float("inf")
    for _ in range(windows):
        end, count, start = time.perf_counter() + seconds / windows, 0, time.perf_counter()
        while time.perf_counter() < end:
            for _ in range(100):
                _native.decode(body)
            count += 100
        fastest = min(fastest, (time.perf_counter() - start) / count)
    print(json.dumps({"extra": {"decode_ns": fastest * 1e9}}), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "codec":
        codec(float(sys.argv[2]))
    else:
        options = meter.arguments()
        asyncio.run(serve() if options.role == "serve" else run(options))
