"""One queue of completions and inbound calls for each event loop."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from typing import Any

from . import _native

#: Called with each inbound call that a drain finds.
Dispatch = Callable[[Any], None]

_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _native.Queue] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def queue_of(loop: asyncio.AbstractEventLoop) -> _native.Queue:
    """The queue of a running loop; made at the loop's first call."""
    queue = _queues.get(loop)
    if queue is None:
        with _lock:
            queue = _queues.get(loop)
            if queue is None:
                queue = _queues[loop] = _register(loop)
    return queue


def _register(loop: asyncio.AbstractEventLoop) -> _native.Queue:
    queue = _native.Queue()
    try:
        loop.add_reader(queue.fileno(), queue.drain)
    except NotImplementedError:
        # Windows' proactor loop watches sockets only: a thread waits and hands over whole batches.
        _pump(loop, queue)
    return queue


def _pump(loop: asyncio.AbstractEventLoop, queue: _native.Queue) -> None:
    armed = threading.Semaphore(1)

    def drain() -> None:
        armed.release()
        queue.drain()

    def run() -> None:
        while queue.wait_filled():
            armed.acquire()
            try:
                loop.call_soon_threadsafe(drain)
            except RuntimeError:  # the loop is closed
                return

    threading.Thread(target=run, name="polydubbo-pump", daemon=True).start()


def forget_all() -> None:
    """Drops the queues of the parent process; runs in a forked child."""
    for queue in list(_queues.values()):
        queue.forget()
    _queues.clear()
