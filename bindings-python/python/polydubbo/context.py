"""What surrounds a call: attachments, the peer, the time left.

A context belongs to the running task or thread (a context variable). In a service, it describes the
request being served; nested calls made there carry its attachments on, as Dubbo does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any

__all__ = ["RpcContext", "attach", "context"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})

# Keys of the protocol itself: they describe one hop and are never carried on to the next.
_ONE_HOP = frozenset(
    (
        "path interface group version dubbo token timeout _TO _to async dubbo.tag dubbo.force.tag "
        "input output id generic callback.service.instid remote.application"
    ).split()
)


class RpcContext:
    """Attachments and circumstances of the calls made or served here."""

    __slots__ = (
        "_deadline",
        "attachments",
        "local",
        "method",
        "peer",
        "reply",
        "request",
        "service",
    )

    #: Sent with every call made in this context.
    attachments: dict[str, Any]
    #: In a service: what the caller sent. Empty elsewhere.
    request: Mapping[str, Any]
    #: In a service: sent back with the answer. Elsewhere: what came back with the last answer.
    reply: dict[str, Any]
    #: In a service: address of the caller, ``host:port``.
    peer: str | None
    #: In a service: our own end of the connection, ``host:port``.
    local: str | None
    #: In a service: key of the service, ``group/interface:version``.
    service: str | None
    #: In a service: name of the method.
    method: str | None

    def __init__(self) -> None:
        self.attachments = {}
        self.request = _EMPTY
        self.reply = {}
        self.peer = None
        self.local = None
        self.service = None
        self.method = None
        self._deadline: float | None = None

    @property
    def remaining(self) -> float | None:
        """Seconds until the caller gives up, if it told; never negative."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def __repr__(self) -> str:
        return f"<RpcContext service={self.service!r} method={self.method!r} attachments={self.attachments!r}>"


_current: ContextVar[RpcContext] = ContextVar("polydubbo_context")


def context() -> RpcContext:
    """The context of the running task or thread; created at the first use."""
    found = _current.get(None)
    if found is None:
        found = RpcContext()
        _current.set(found)
    return found


#: The context, if there is one. Every call asks, so this is no function with a frame of its own.
current: Callable[[], RpcContext | None] = partial(_current.get, None)


@contextmanager
def attach(attachments: Mapping[str, Any] | None = None, /, **more: Any) -> Iterator[RpcContext]:
    """Sends attachments with the calls made in the block, and collects what comes back::

        with pd.attach(trace="42") as ctx:
            await greeter.sayHello("x")
            print(ctx.reply)
    """
    inner = RpcContext()
    outer = _current.get(None)
    if outer is not None:
        inner.attachments.update(outer.attachments)
        inner.request, inner.peer, inner.local = outer.request, outer.peer, outer.local
        inner.service, inner.method, inner._deadline = outer.service, outer.method, outer._deadline
    if attachments:
        inner.attachments.update(attachments)
    inner.attachments.update(more)
    token = _current.set(inner)
    try:
        yield inner
    finally:
        _current.reset(token)


def serving(
    service: str,
    method: str,
    attachments: dict[str, Any],
    peer: str | None,
    local: str | None,
    remaining: float | None,
) -> RpcContext:
    """The context for one request that is about to be served."""
    made = RpcContext()
    made.request = MappingProxyType(attachments)
    made.attachments = {
        key: value
        for key, value in attachments.items()
        if key not in _ONE_HOP and not key.startswith("sys_callback_arg-")
    }
    made.service, made.method, made.peer, made.local = service, method, peer, local
    if remaining is not None:
        made._deadline = time.monotonic() + remaining
    return made


def enter(made: RpcContext) -> None:
    """Makes ``made`` the context of the running task or thread."""
    _current.set(made)
