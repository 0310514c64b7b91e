"""Calls and services on asyncio.

::

    class Greeter(pd.Interface, name="com.acme.Greeter"):
        async def sayHello(self, name: str) -> str: ...

    async with pd.aio.Reference(Greeter, registry="zookeeper://127.0.0.1:2181") as greeter:
        print(await greeter.sayHello("world"))
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, TypeVar

from . import _client, _loop, _native
from ._client import CallSettings
from ._schema import MethodSchema
from .server import Server

__all__ = ["Reference", "Server"]

T = TypeVar("T")
_get_loop = asyncio.get_running_loop


class Reference(_client.ReferenceBase[T]):
    """A Java service whose methods return awaitables.

    It may be used from several event loops; each call is completed on the loop that made it.

    Args:
        interface: a :class:`polydubbo.Interface` class, or the name of the Java interface.
        registry: where providers are listed, for example ``zookeeper://127.0.0.1:2181``.
        url: one provider or several separated by ``;``, instead of a registry: ``dubbo://10.0.0.5:20880``.
        application: name of this application.
        version: version of the service.
        group: group of the service.
        timeout: seconds to wait for an answer; 1 unless set here or by the provider.
        retries: further attempts after the first fails; 2 unless set here or by the provider.
        check: fail when opening if there is no provider.
        infer: derive parameter types from values when ``interface`` is only a name.
        options: further settings by Dubbo key, in Dubbo's units.
        parameters: keys of your own, which travel in URLs but mean nothing to Dubbo.
    """

    async def __aenter__(self) -> Reference[T]:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Subscribes and connects; the first call does it otherwise. Idempotent."""
        loop = _get_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._native.open(_loop.queue_of(loop), future)
        await future

    async def aclose(self) -> None:
        """Unsubscribes, lets calls in flight finish and closes connections that nobody else uses."""
        loop = _get_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._native.close(_loop.queue_of(loop), future)
        await future

    def _caller(self, schema: MethodSchema, settings: CallSettings) -> _client.Caller:
        def open_first(args: tuple[Any, ...]) -> asyncio.Task[Any]:
            return _get_loop().create_task(open_and_call(args))

        async def open_and_call(args: tuple[Any, ...]) -> Any:
            await self.open()
            return await call(*args)

        options = settings.for_method(schema)
        call = _native.Caller(
            schema.attribute, self._native, schema.native, options, schema.arguments, open_first
        )
        return call
