"""Serves the services of the matrix until SIGTERM or the end of standard input."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Any

import polydubbo as pd

from . import services
from .options import Options, at_end_of_input, say


def run(options: Options) -> int:
    if options.api == "aio":
        asyncio.run(_serve_on_loop(options))
    else:
        _serve_on_threads(options)
    return 0


def _settings(options: Options) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(options.params)
    if options.heartbeat is not None:
        parameters["heartbeat"] = options.heartbeat
    return {
        "port": options.port,
        "host": options.host,
        "registry": options.registry,
        "application": options.name,
        "threads": 200,
        "options": parameters,
    }


_CALLBACKS = {"callbacks": 1000}


async def _serve_on_loop(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    at_end_of_input(lambda: loop.call_soon_threadsafe(stop.set))
    async with pd.Server(**_settings(options)) as server:
        server.export(services.AllTypes())
        server.export(services.Behaviour(), options=_CALLBACKS)
        server.export(services.Blue(), options=_CALLBACKS)
        await server.start()
        say(f"READY port={server.port}")
        await stop.wait()


def _serve_on_threads(options: Options) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    at_end_of_input(stop.set)
    with pd.SyncServer(**_settings(options)) as server:
        server.export(services.BlockingAllTypes())
        server.export(services.BlockingBehaviour(), options=_CALLBACKS)
        server.export(services.BlockingBlue(), options=_CALLBACKS)
        server.start()
        say(f"READY port={server.port}")
        while not stop.wait(0.2):
            pass
