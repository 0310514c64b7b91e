"""Serving until the process is told to stop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .server import DynamicService, Server, Service, SyncServer

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(server: SyncServer | Server, *services: Service | DynamicService) -> None:
    """Serves until SIGTERM or Ctrl-C, then shuts down in an orderly way. For the main thread of a program."""
    if isinstance(server, Server):
        asyncio.run(_run_on_loop(server, services))
        return
    with stop_signals() as stop, server:
        for service in services:
            server.export(service)
        server.start()
        await_stop(stop)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that the signals to stop set, as long as the block runs."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in _STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def await_stop(stop: threading.Event) -> None:
    """Blocks the main thread until the event is set."""
    # A wait without a limit would not let the handler run on some systems.
    while not stop.wait(0.5):
        pass


async def _run_on_loop(server: Server, services: tuple[Service | DynamicService, ...]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        async with server:
            for service in services:
                await server.export(service)
            await server.start()
            await stop.wait()
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
