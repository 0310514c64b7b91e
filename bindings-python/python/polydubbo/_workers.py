"""Threads that serve calls of plain ``def`` methods.

They wait in the native queue itself, so a call costs one wake-up and no event loop is involved. Threads are
started when calls find all others busy, as far as the limit allows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from . import _native
from .errors import InvalidArgumentError

_log = logging.getLogger("polydubbo.server")


class WorkerPool:
    """Daemon threads around one queue of inbound calls."""

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise InvalidArgumentError("a server needs at least one thread")
        self.queue = _native.Queue()
        self._limit = threads
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def serve(self, identity: int, handler: Callable[[Any], None]) -> None:
        """Makes the workers serve the calls of one exported service."""
        self.queue.serve(identity, handler)
        with self._lock:
            if self._threads == 0:
                self._start()

    def close(self) -> None:
        """Lets the threads end; those in the middle of a call end after it."""
        self._closed = True
        self.queue.close()

    def _start(self) -> None:
        """Starts a thread; the lock is held."""
        self._threads += 1
        name = f"polydubbo-worker-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            taken = self.queue.take()
            with self._lock:
                self._idle -= 1
                if taken is not None and self._idle == 0 and self._threads < self._limit and not self._closed:
                    self._start()
            if taken is None:
                return
            handler, call = taken
            try:
                handler(call)
            except BaseException:
                # Also SystemExit: it asks a program to end, and a thread that ended here would be missed by all callers.
                _log.exception("a worker was interrupted")
