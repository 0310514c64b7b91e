"""Count mode: makes so many calls, keeps nothing of them, and says how far it is."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import polydubbo as pd

from .options import Options, say
from .services import API

_REPORTS = 50
_TEXT = ["java.lang.String"]


class Count:
    """What all workers share."""

    def __init__(self, total: int) -> None:
        self.indexes = iter(range(total))
        self.every = max(1, total // _REPORTS)
        self.failed = itertools.count()

    def seen(self, index: int, fine: bool) -> None:
        if not fine:
            next(self.failed)
        if (index + 1) % self.every == 0:
            say({"calls": index + 1})


def run(options: Options) -> int:
    count = Count(options.calls or 0)
    settings: dict[str, Any] = {"url": options.url, "registry": None if options.url else options.registry}
    if options.api == "aio":
        asyncio.run(_on_loop(options, count, settings))
    else:
        _on_threads(options, count, settings)
    failed = next(count.failed)
    say({"done": True, "failed": failed})
    return 0 if failed == 0 else 1


async def _on_loop(options: Options, count: Count, settings: dict[str, Any]) -> None:
    async with pd.aio.Reference(API + "Behaviour", timeout=30, **settings) as service:

        async def work() -> None:
            for index in count.indexes:
                try:
                    got = await service.invoke(_method(index), _TEXT, [f"n{index}"])
                except pd.DubboError as error:
                    count.seen(index, _thrown(index, error))
                else:
                    count.seen(index, got == f"Hello, n{index}")

        await asyncio.gather(*(work() for _ in range(options.window)))


def _on_threads(options: Options, count: Count, settings: dict[str, Any]) -> None:
    lock = threading.Lock()
    with pd.sync.Reference(API + "Behaviour", timeout=30, **settings) as service:

        def work() -> None:
            while True:
                with lock:
                    index = next(count.indexes, None)
                if index is None:
                    return
                try:
                    got = service.invoke(_method(index), _TEXT, [f"n{index}"])
                except pd.DubboError as error:
                    count.seen(index, _thrown(index, error))
                else:
                    count.seen(index, got == f"Hello, n{index}")

        threads = [threading.Thread(target=work) for _ in range(options.window)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _method(index: int) -> str:
    """Every tenth call throws."""
    return "throwUnchecked" if index % 10 == 9 else "hello"


def _thrown(index: int, error: pd.DubboError) -> bool:
    return index % 10 == 9 and isinstance(error, pd.RemoteException)
