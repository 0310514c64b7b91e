"""Blocking calls, and services without an event loop.

::

    class Greeter(pd.Interface, name="com.acme.Greeter"):
        def sayHello(self, name: str) -> str: ...

    with pd.sync.Reference(Greeter, registry="zookeeper://127.0.0.1:2181") as greeter:
        print(greeter.sayHello("world"))
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, TypeVar

from . import _client
from ._client import CallSettings
from ._schema import MethodSchema
from .context import current
from .errors import InvalidArgumentError
from .server import SyncServer as Server

__all__ = ["Reference", "Server"]

T = TypeVar("T")
_running_loop = asyncio._get_running_loop


class Reference(_client.ReferenceBase[T]):
    """A Java service whose methods block until the answer is there. Any number of threads may share it.

    The arguments are those of :class:`polydubbo.aio.Reference`.
    """

    def __enter__(self) -> Reference[T]:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Subscribes and connects; the first call does it otherwise. Idempotent."""
        self._native.open_blocking()

    def close(self) -> None:
        """Unsubscribes, lets calls in flight finish and closes connections that nobody else uses."""
        self._native.close_blocking()

    def _caller(self, schema: MethodSchema, settings: CallSettings) -> _client.Caller:
        native, count = schema.native, len(schema.params)
        options = settings.for_method(schema)
        invoke, is_open = self._native.call, self._native.is_open

        def call(*args: Any, **kwargs: Any) -> Any:
            if _running_loop() is not None:
                raise InvalidArgumentError(
                    "a blocking call would stop the running event loop: use polydubbo.aio.Reference, "
                    "or asyncio.to_thread"
                )
            if kwargs or len(args) != count:
                args = schema.arguments(args, kwargs)
            if not is_open():
                self.open()
            return invoke(native, args, current(), options)

        call.__name__ = call.__qualname__ = schema.attribute
        return call
