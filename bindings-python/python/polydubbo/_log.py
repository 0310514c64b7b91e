"""The core's log messages in Python's ``logging``, under the logger ``polydubbo``.

A thread of its own fetches them in batches, so that no thread of the core ever waits for the interpreter. The
level of the logger when the first reference or server is made decides what the core records at all.
"""

from __future__ import annotations

import logging
import threading

from . import _native

_logger = logging.getLogger("polydubbo")
_lock = threading.Lock()
_thread: threading.Thread | None = None

# The core's levels: error, warn, info, debug, trace.
_LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, 5)


def forward() -> None:
    """Starts the thread, once."""
    global _thread
    if _thread is not None:
        return
    with _lock:
        if _thread is None:
            level = _logger.getEffectiveLevel()
            wanted = sum(1 for one in _LEVELS if one >= level)
            if wanted and _native.start_logging(wanted):
                _thread = threading.Thread(target=_pump, name="polydubbo-log", daemon=True)
                _thread.start()


def stop() -> None:
    """Lets the thread end."""
    _native.stop_logging()


def forget() -> None:
    """In a forked child: the thread is gone."""
    global _lock, _thread
    _lock = threading.Lock()
    _thread = None


def _pump() -> None:
    while (records := _native.take_logs()) is not None:
        for level, target, message in records:
            number = _LEVELS[min(level, len(_LEVELS)) - 1]
            # `polydubbo::exchange::client` is the logger `polydubbo.exchange.client`.
            logging.getLogger(target.replace("::", ".")).log(number, "%s", message)
