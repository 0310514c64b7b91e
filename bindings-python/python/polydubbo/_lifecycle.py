"""What must happen when the process forks and when the interpreter ends."""

from __future__ import annotations

import atexit
import os
import threading

from . import _callbacks, _log, _loop, _native

_lock = threading.Lock()
_registered = False


def ensure() -> None:
    """Registers the hooks, at the first reference or server: importing the package has no effects."""
    global _registered
    if _registered:
        return
    with _lock:
        if not _registered:
            atexit.register(_exit)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_forked)
            _registered = True
    _log.forward()


def _exit() -> None:
    """Ends every wait, then the threads of the core, while Python can still run."""
    _log.stop()
    _native.shutdown(1000)


def _forked() -> None:
    """In the child: what the parent had opened is dead, and must not be touched."""
    global _lock
    _lock = threading.Lock()
    _native.mark_forked()
    _loop.forget_all()
    _callbacks.forget()
    _log.forget()
