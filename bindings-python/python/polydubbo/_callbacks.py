"""Objects passed as arguments and called back: on the consumer the object itself, on the provider its stand-in."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from . import _loop, _native
from ._schema import InterfaceSchema, MethodSchema, schema_of
from .context import current
from .errors import InvalidArgumentError

if TYPE_CHECKING:
    from .server import Service

_running_loop = asyncio._get_running_loop
_lock = threading.Lock()
_pool: Any = None

#: Calls to callback objects that may wait or run at once.
_MAX_CALLS = 1000


def object_of(service: Service) -> _native.CallbackObject:
    """The native object for a service that is passed as an argument; called by the native module.

    Coroutine methods run on the loop on which the object was first passed.
    """
    made = service.__dict__.get("__polydubbo_callback__")
    if isinstance(made, _native.CallbackObject):
        return made
    from .server import ServingSettings, exported_of

    exported = exported_of(service, ServingSettings(_MAX_CALLS))
    methods = [(handler.schema.native, handler.is_async) for handler in exported.handlers]
    loop = _running_loop()
    queue = _loop.queue_of(loop) if loop is not None else None
    if queue is None and any(is_async for _, is_async in methods):
        raise InvalidArgumentError(f"{exported.name} has `async def` methods, which need an event loop")
    workers = _workers()
    made = _native.CallbackObject(exported.name, methods, queue, workers.queue, _MAX_CALLS)
    if queue is not None:
        queue.serve(made.number, exported.on_loop)
    workers.serve(made.number, exported.in_worker)
    service.__dict__["__polydubbo_callback__"] = made
    return made


def _workers() -> Any:
    """The threads that run the plain methods of callback objects."""
    global _pool
    with _lock:
        if _pool is None:
            from ._workers import WorkerPool

            _pool = WorkerPool(8)
        return _pool


def forget() -> None:
    """In a forked child: the threads are gone."""
    global _lock, _pool
    _lock, _pool = threading.Lock(), None


class Callback:
    """An object of a caller. Its attributes are the methods of its interface.

    In a coroutine they return awaitables, elsewhere they block. Two stand-ins of one object are equal. It works
    for as long as the caller's connection lives.
    """

    def __init__(self, native: _native.Callback, interface: type | None) -> None:
        self.__dict__["__native__"] = native
        self.__dict__["__schema__"] = schema_of(interface) if interface is not None else None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        schema: InterfaceSchema | None = self.__dict__["__schema__"]
        native: _native.Callback = self.__dict__["__native__"]
        if schema is None:
            raise AttributeError(
                f"the methods of {native.interface} are unknown: annotate the parameter with an interface class"
            )
        caller = _caller(native, schema.method(attribute))
        self.__dict__[attribute] = caller
        return caller

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Callback):
            return NotImplemented
        mine: bool = self.__dict__["__native__"].identity == other.__dict__["__native__"].identity
        return mine

    def __hash__(self) -> int:
        return hash(self.__dict__["__native__"].identity)

    def __bool__(self) -> bool:
        """False once the connection has ended."""
        native: _native.Callback = self.__dict__["__native__"]
        return native.is_open

    def __repr__(self) -> str:
        connection, interface, number = self.__dict__["__native__"].identity
        return f"<Callback {interface} #{number} on connection {connection}>"


def _caller(native: _native.Callback, schema: MethodSchema) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != len(schema.params):
            args = schema.arguments(args, kwargs)
        loop = _running_loop()
        if loop is None:
            return native.call(schema.native, args, current(), None)
        future: asyncio.Future[Any] = loop.create_future()
        native.submit(_loop.queue_of(loop), schema.native, args, future, current(), None)
        return future

    return call
