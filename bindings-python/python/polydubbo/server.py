"""Services written in Python.

::

    class Greeter(pd.Service, interface="com.acme.Greeter", version="1.0.0"):
        async def sayHello(self, name: str) -> str:      # runs on the event loop
            return f"Hello, {name}"

        def slow(self, n: pd.Int) -> pd.Long:            # runs in a worker thread
            return n * n

    async with pd.Server(port=20880, registry="zookeeper://127.0.0.1:2181") as server:
        server.export(Greeter())
        await server.serve_forever()
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from . import _loop, _native
from ._client import OptionValue, dubbo_options, milliseconds
from ._registry import default_registry
from ._schema import Interface, InterfaceSchema, MethodSchema, functions_of, head_of, method_of, schema_of
from ._workers import WorkerPool
from .context import RpcContext, enter, serving
from .errors import ClosedError, InvalidArgumentError, RemoteException

__all__ = ["Server", "Service", "SyncServer", "run"]

_log = logging.getLogger("polydubbo.server")

_BAD_REQUEST, _BAD_RESPONSE, _SERVICE_ERROR = 105, 106, 108


class Service:
    """The base of a class that implements a Java interface.

    Public annotated methods are offered; ``interface`` is the name of the Java interface, or a
    :class:`polydubbo.Interface` class, whose methods the class must then have.
    """

    def __init_subclass__(
        cls,
        *,
        interface: str | type[Interface] | None = None,
        version: str | None = None,
        group: str | None = None,
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        if interface is None:
            return
        if isinstance(interface, str):
            name: str = interface
            cls.__polydubbo_contract__ = None
        else:
            contract = schema_of(interface)
            name, version, group = contract.name, version or contract.version, group or contract.group
            cls.__polydubbo_contract__ = contract
        cls.__polydubbo_interface__ = (name, version, group)

    __polydubbo_contract__: InterfaceSchema | None = None
    __polydubbo_interface__: tuple[str, str | None, str | None]


@dataclass(frozen=True)
class _Handler:
    """One method of a service and the function that implements it."""

    schema: MethodSchema
    function: Callable[..., Any]
    is_async: bool


class _Exported:
    """A service on a server: takes calls from the queues and answers them."""

    def __init__(self, service: Service, expose_tracebacks: bool) -> None:
        self.name, self.version, self.group = _head(service)
        self.handlers = _handlers(service)
        self._tasks: set[asyncio.Task[None]] = set()
        self._expose_tracebacks = expose_tracebacks

    def on_loop(self, call: _native.InboundCall) -> None:
        """Starts a task for a call; runs on the event loop."""
        handler = self.handlers[call.method_index]
        surroundings = contextvars.copy_context()
        context = _context_of(call, handler)
        surroundings.run(enter, context)
        # The loop's `context` argument is younger than the oldest Python that is supported.
        task = surroundings.run(asyncio.get_running_loop().create_task, self._serve(call, handler, context))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def in_worker(self, call: _native.InboundCall) -> None:
        """Serves a call; runs in a worker thread."""
        handler = self.handlers[call.method_index]
        context = _context_of(call, handler)
        contextvars.copy_context().run(self._serve_now, call, handler, context)

    async def _serve(self, call: _native.InboundCall, handler: _Handler, context: RpcContext) -> None:
        arguments = self._arguments(call, handler)
        if arguments is None:
            return
        try:
            value = await handler.function(*arguments)
        except Exception as error:
            self._throw(call, error, context)
        except BaseException:
            call.refuse(_SERVICE_ERROR, "the service was interrupted")
            raise
        else:
            self._reply(call, handler, value, context)

    def _serve_now(self, call: _native.InboundCall, handler: _Handler, context: RpcContext) -> None:
        enter(context)
        arguments = self._arguments(call, handler)
        if arguments is None:
            return
        try:
            value = handler.function(*arguments)
        except Exception as error:
            self._throw(call, error, context)
        except BaseException:
            call.refuse(_SERVICE_ERROR, "the service was interrupted")
            raise
        else:
            self._reply(call, handler, value, context)

    def _arguments(self, call: _native.InboundCall, handler: _Handler) -> list[Any] | None:
        try:
            return call.arguments(handler.schema.native)
        except Exception as error:
            call.refuse(_BAD_REQUEST, f"Fail to decode request due to: {error}")
            return None

    def _reply(
        self, call: _native.InboundCall, handler: _Handler, value: Any, context: RpcContext
    ) -> None:
        try:
            call.reply(handler.schema.native, value, context.reply)
        except Exception as error:
            _log.warning("%s.%s returned a value that cannot be sent: %s", self.name, handler.schema.name, error)
            call.refuse(_BAD_RESPONSE, f"the result cannot be encoded: {error}")

    def _throw(self, call: _native.InboundCall, error: Exception, context: RpcContext) -> None:
        try:
            call.throw(self._outgoing(error), context.reply)
        except Exception as fault:
            call.refuse(_BAD_RESPONSE, f"the exception {type(error).__name__} cannot be encoded: {fault}")

    def _outgoing(self, error: Exception) -> Exception:
        """The exception as Java shall see it."""
        if isinstance(error, RemoteException) or default_registry.resolve_python(type(error)) is not None:
            return error
        text = f"{type(error).__qualname__}: {error}"
        if self._expose_tracebacks:
            text = f"{text}\n{''.join(traceback.format_exception(error))}"
        else:
            _log.warning("%s failed", self.name, exc_info=error)
        return RemoteException(text, java_class="java.lang.RuntimeException")


def _head(service: Service) -> tuple[str, str | None, str | None]:
    head = head_of(type(service))
    if head is None:
        name = type(service).__qualname__
        raise InvalidArgumentError(f"{name} names no Java interface: class {name}(pd.Service, interface=...)")
    return head


def _handlers(service: Service) -> list[_Handler]:
    cls = type(service)
    contract = cls.__polydubbo_contract__
    if contract is None:
        schemas = [method_of(cls, name, item) for name, item in functions_of(cls, (Service, object))]
    else:
        schemas = list(contract.methods.values())
    handlers = []
    for schema in schemas:
        function = getattr(service, schema.attribute, None)
        if not callable(function):
            raise InvalidArgumentError(f"{cls.__qualname__} lacks the method {schema.attribute} of its interface")
        handlers.append(_Handler(schema, function, inspect.iscoroutinefunction(function)))
    if not handlers:
        raise InvalidArgumentError(f"{cls.__qualname__} has no public annotated method")
    return handlers


def _context_of(call: _native.InboundCall, handler: _Handler) -> RpcContext:
    return serving(call.service, handler.schema.name, call.attachments(), call.peer, call.local, call.remaining)


class _ServerBase:
    """Settings and exports, the same on a loop and on threads."""

    def __init__(
        self,
        *,
        port: int = 20880,
        host: str | None = None,
        registry: str | None = None,
        application: str | None = None,
        threads: int = 32,
        shutdown_timeout: float = 10.0,
        expose_tracebacks: bool = False,
        options: Mapping[str, OptionValue] | None = None,
    ) -> None:
        settings: dict[str, OptionValue | None] = {
            **(options or {}),
            "port": port,
            "host": host,
            "registry": registry,
            "application": application,
            "shutdown.wait": milliseconds(shutdown_timeout),
        }
        self._native = _native.Server(dubbo_options(settings))
        self._expose_tracebacks = expose_tracebacks
        self._workers = WorkerPool(threads)
        self._exported: dict[int, _Exported] = {}

    @property
    def port(self) -> int:
        """The port in use; tells which one was free when 0 was asked for."""
        return self._native.port

    def _prepare(
        self, service: Service, options: Mapping[str, OptionValue] | None, loop_queue: _native.Queue | None
    ) -> tuple[dict[str, str], list[tuple[_native.Method, bool]], _Exported]:
        exported = _Exported(service, self._expose_tracebacks)
        methods = [(handler.schema.native, handler.is_async) for handler in exported.handlers]
        if loop_queue is None and any(is_async for _, is_async in methods):
            raise InvalidArgumentError(
                f"{exported.name} has `async def` methods, which need an event loop: use polydubbo.aio.Server"
            )
        settings: dict[str, OptionValue | None] = {
            **(options or {}),
            "interface": exported.name,
            "version": exported.version,
            "group": exported.group,
            "methods": ",".join(dict.fromkeys(handler.schema.name for handler in exported.handlers)),
        }
        return dubbo_options(settings), methods, exported


class Server(_ServerBase):
    """Offers services on one port, on the running event loop.

    Args:
        port: where to listen; 0 takes a free port.
        host: address to listen on and to publish; all, and this machine's own, unless set.
        registry: where to register, for example ``zookeeper://127.0.0.1:2181``; nowhere unless set.
        application: name of this application.
        threads: worker threads for methods that are not ``async def``.
        shutdown_timeout: seconds that :meth:`aclose` may take in all.
        expose_tracebacks: send Python tracebacks to callers in exception messages.
        options: further settings by Dubbo key, in Dubbo's units.
    """

    _closed: asyncio.Event

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Binds the port."""
        self._closed = asyncio.Event()
        self._queue = _loop.queue_of(asyncio.get_running_loop())
        await self._wait(self._native.start)

    def export(self, service: Service, *, options: Mapping[str, OptionValue] | None = None) -> None:
        """Offers a service, and registers it when the server has a registry."""
        settings, methods, exported = self._prepare(service, options, self._queue)
        identity = self._native.export(settings, methods, self._queue, self._workers.queue)
        self._queue.serve(identity, exported.on_loop)
        self._workers.serve(identity, exported.in_worker)
        self._exported[identity] = exported

    async def ready(self) -> None:
        """Waits until every exported service is registered."""
        await self._wait(self._native.ready)

    async def serve_forever(self) -> None:
        """Waits until the server is closed."""
        await self._closed.wait()

    async def aclose(self) -> None:
        """Unregisters, lets calls finish, and closes: consumers notice before the port goes away."""
        await self._wait(self._native.close)
        self._workers.close()
        self._closed.set()

    async def _wait(self, operation: Callable[[_native.Queue, asyncio.Future[Any]], None]) -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        operation(_loop.queue_of(loop), future)
        await future


class SyncServer(_ServerBase):
    """Offers services on one port, in worker threads; no event loop is needed.

    The arguments are those of :class:`Server`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._closed = threading.Event()

    def __enter__(self) -> SyncServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Binds the port."""
        self._native.start_blocking()

    def export(self, service: Service, *, options: Mapping[str, OptionValue] | None = None) -> None:
        """Offers a service, and registers it when the server has a registry."""
        settings, methods, exported = self._prepare(service, options, None)
        identity = self._native.export(settings, methods, None, self._workers.queue)
        self._workers.serve(identity, exported.in_worker)
        self._exported[identity] = exported

    def ready(self) -> None:
        """Waits until every exported service is registered."""
        self._native.ready_blocking()

    def serve_forever(self) -> None:
        """Blocks until the server is closed; Ctrl-C interrupts it."""
        while not self._closed.wait(0.5):
            pass

    def close(self) -> None:
        """Unregisters, lets calls finish, and closes: consumers notice before the port goes away."""
        if not self._closed.is_set():
            try:
                self._native.close_blocking()
            except ClosedError:
                pass
            self._workers.close()
            self._closed.set()


def run(server: SyncServer | Server, *services: Service) -> None:
    """Serves until SIGTERM or Ctrl-C, then shuts down in an orderly way. For the main thread of a program."""
    if isinstance(server, Server):
        asyncio.run(_run_on_loop(server, services))
        return
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in _STOP_SIGNALS}
    try:
        with server:
            for service in services:
                server.export(service)
            # A wait without a limit would not let the handler run on some systems.
            while not stop.wait(0.5):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _run_on_loop(server: Server, services: tuple[Service, ...]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        async with server:
            for service in services:
                server.export(service)
            await stop.wait()
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)


_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
