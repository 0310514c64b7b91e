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
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from . import _lifecycle, _loop, _native
from ._callbacks import Callback
from ._client import OptionValue, dubbo_options, given, milliseconds
from ._javatypes import OBJECT, names_of_descriptor
from ._registry import default_registry
from ._schema import (
    Interface,
    InterfaceSchema,
    MethodSchema,
    callback_options,
    functions_of,
    head_of,
    method_of,
    schema_of,
)
from ._workers import WorkerPool
from .context import RpcContext, enter, serving
from .errors import ClosedError, InvalidArgumentError, RemoteException

__all__ = ["Callback", "DynamicService", "Server", "Service", "SyncServer", "run"]

_log = logging.getLogger("polydubbo.server")

_GENERIC = ("$invoke", "$invokeAsync")
_SERVER_TIMEOUT, _BAD_REQUEST, _BAD_RESPONSE, _SERVICE_ERROR, _EXHAUSTED = 103, 105, 106, 108, 111


class Service:
    """The base of a class that implements a Java interface.

    Public annotated methods are offered; ``interface`` is the name of the Java interface, or a
    :class:`polydubbo.Interface` class, whose methods the class must then have.
    """

    def __init_subclass__(
        cls,
        *,
        interface: str | Callable[..., Interface] | None = None,
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
        elif not isinstance(interface, type):
            raise InvalidArgumentError(f"{interface!r} is neither a name nor a class")
        else:
            contract = schema_of(interface)
            name, version, group = contract.name, version or contract.version, group or contract.group
            cls.__polydubbo_contract__ = contract
        cls.__polydubbo_interface__ = (name, version, group)

    __polydubbo_contract__: InterfaceSchema | None = None
    __polydubbo_interface__: tuple[str, str | None, str | None]


class DynamicService:
    """The base of a class that serves every method of an interface by one function: a gateway, a recorder, a mock.

    ::

        class Anything(pd.DynamicService, interface="com.acme.Greeter"):
            async def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
                return f"{method} was called"
    """

    #: Give arguments exactly as Java sent them: ``Long``, typed lists and maps, objects of JDK classes.
    lossless = False

    def __init_subclass__(
        cls, *, interface: str | None = None, version: str | None = None, group: str | None = None, **rest: Any
    ) -> None:
        super().__init_subclass__(**rest)
        if interface is not None:
            cls.__polydubbo_interface__ = (interface, version, group)

    __polydubbo_interface__: tuple[str, str | None, str | None]

    def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
        """Serves one call; may be ``async def``. ``types`` are the Java names of the parameter types."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Handler:
    """One method of a service and the function that implements it."""

    schema: MethodSchema
    function: Callable[..., Any]
    is_async: bool


@dataclass(frozen=True)
class ServingSettings:
    """How the calls of a service run."""

    #: Calls of coroutine methods at once; more are refused.
    max_tasks: int
    expose_tracebacks: bool = False
    cancel_on_timeout: bool = False


class _Exported:
    """A service on a server: takes calls from the queues and answers them."""

    def __init__(
        self, service: Service | DynamicService, handlers: list[_Handler], settings: ServingSettings
    ) -> None:
        self.name, self.version, self.group = _head(service)
        self.handlers = handlers
        self._tasks: set[asyncio.Task[None]] = set()
        self._settings = settings

    def on_loop(self, call: _native.InboundCall) -> None:
        """Starts a task for a call; runs on the event loop."""
        if len(self._tasks) >= self._settings.max_tasks:
            call.refuse(_EXHAUSTED, f"{self.name} serves {self._settings.max_tasks} calls already")
            return
        handler = self._handler(call)
        surroundings = contextvars.copy_context()
        context = _context_of(call, handler)
        surroundings.run(enter, context)
        # The loop's `context` argument is younger than the oldest Python that is supported.
        task = surroundings.run(asyncio.get_running_loop().create_task, self._serve(call, handler, context))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._settings.cancel_on_timeout and context.remaining is not None:
            timer = asyncio.get_running_loop().call_later(context.remaining, task.cancel)
            task.add_done_callback(lambda _: timer.cancel())

    def in_worker(self, call: _native.InboundCall) -> None:
        """Serves a call; runs in a worker thread."""
        handler = self._handler(call)
        context = _context_of(call, handler)
        contextvars.copy_context().run(self._serve_now, call, handler, context)

    def _handler(self, call: _native.InboundCall) -> _Handler:
        return self.handlers[call.method_index]

    async def _serve(self, call: _native.InboundCall, handler: _Handler, context: RpcContext) -> None:
        arguments = self._arguments(call, handler)
        if arguments is None:
            return
        try:
            value = await handler.function(*arguments)
        except Exception as error:
            self._throw(call, error, context)
        except BaseException:
            # Our cancellation may be quicker than the caller's own clock.
            late = self._settings.cancel_on_timeout and context.remaining == 0
            call.refuse(_SERVER_TIMEOUT if late else _SERVICE_ERROR, "the service was interrupted")
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
            arguments = call.arguments(handler.schema.native, False)
            if handler.schema.callbacks:
                for index, _, native in call.callbacks():
                    arguments[index] = Callback(native, handler.schema.callbacks.get(index, (None, True))[0])
            return arguments
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
        if self._settings.expose_tracebacks:
            text = f"{text}\n{''.join(traceback.format_exception(error))}"
        else:
            _log.warning("%s failed", self.name, exc_info=error)
        return RemoteException(text, java_class="java.lang.RuntimeException")


class _DynamicExported(_Exported):
    """A service that takes any method."""

    def __init__(self, service: DynamicService, settings: ServingSettings) -> None:
        super().__init__(service, [], settings)
        self._service = service
        self._known: dict[tuple[str, str], _Handler] = {}

    def _handler(self, call: _native.InboundCall) -> _Handler:
        key = (call.method, call.descriptor)
        known = self._known.get(key)
        if known is None:
            # Consumers choose the names, so they are not kept without a bound.
            if len(self._known) >= 1024:
                self._known.clear()
            types = names_of_descriptor(call.descriptor)
            schema = MethodSchema(
                call.method, call.method, tuple(types), OBJECT, False, None, None, {}, None,
                _native.Method(call.method, call.descriptor, types, OBJECT),
            )
            invoke = self._service.invoke

            def function(*arguments: Any) -> Any:
                if schema.name in _GENERIC:
                    # Dubbo's generic call wraps the real one; its values are maps, which stay maps both ways.
                    name, names, values = arguments
                    return invoke(str(name), list(names or ()), list(values or ()))
                return invoke(schema.name, types, list(arguments))

            known = self._known[key] = _Handler(schema, function, inspect.iscoroutinefunction(invoke))
        return known

    def _arguments(self, call: _native.InboundCall, handler: _Handler) -> list[Any] | None:
        try:
            return call.arguments(handler.schema.native, self._service.lossless)
        except Exception as error:
            call.refuse(_BAD_REQUEST, f"Fail to decode request due to: {error}")
            return None


def exported_of(service: Service | DynamicService, settings: ServingSettings) -> _Exported:
    """What serves the calls of a service."""
    if isinstance(service, DynamicService):
        return _DynamicExported(service, settings)
    return _Exported(service, _handlers(service), settings)


def _head(service: Service | DynamicService) -> tuple[str, str | None, str | None]:
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


#: Dubbo's settings of worker pools; the workers here are those of Python.
_POOL_KEYS = frozenset(("threads", "threadpool", "corethreads", "queues", "alive", "dispatcher"))


class _ServerBase:
    """Settings and exports, the same on a loop and on threads."""

    def __init__(
        self,
        *,
        port: int | None = None,
        host: str | None = None,
        registry: str | None = None,
        application: str | None = None,
        threads: int = 32,
        max_calls: int = 1000,
        shutdown_timeout: float | None = None,
        expose_tracebacks: bool = False,
        cancel_on_timeout: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        parameters: Mapping[str, OptionValue] | None = None,
    ) -> None:
        if max_calls < 1:
            raise InvalidArgumentError("max_calls must be at least 1")
        for key in _POOL_KEYS.intersection(options or {}):
            raise InvalidArgumentError(
                f"{key} describes the threads of the core, which run no Python code: use the arguments threads and max_calls"
            )
        named: dict[str, OptionValue | None] = {
            "port": port,
            "host": host,
            "registry": registry,
            "application": application,
            "shutdown.wait": milliseconds(shutdown_timeout),
        }
        settings: dict[str, OptionValue] = {**(options or {}), **given(named)}
        _lifecycle.ensure()
        self._native = _native.Server(dubbo_options(settings), dubbo_options(parameters or {}), max_calls)
        self._settings = ServingSettings(max_calls, expose_tracebacks, cancel_on_timeout)
        self._workers = WorkerPool(threads)
        self._waiting: list[_native.Exported] = []

    @property
    def port(self) -> int:
        """The port in use; tells which one was free when 0 was asked for.

        Raises:
            ClosedError: the server is not started.
        """
        port = self._native.port
        if port is None:
            raise ClosedError("the server is not started")
        return port

    @property
    def url(self) -> str:
        """The address for a consumer on this machine that uses no registry."""
        url = self._native.url
        if url is None:
            raise ClosedError("the server is not started")
        return url

    @property
    def running_calls(self) -> int:
        """Calls that have no answer yet; 0 before the start."""
        return self._native.running_calls

    def _describe(
        self,
        service: Service | DynamicService,
        options: Mapping[str, OptionValue] | None,
        parameters: Mapping[str, OptionValue] | None,
        loop_queue: _native.Queue | None,
    ) -> _native.Exported:
        exported = exported_of(service, self._settings)
        methods = [(handler.schema.native, handler.is_async) for handler in exported.handlers]
        dynamic = inspect.iscoroutinefunction(service.invoke) if isinstance(service, DynamicService) else None
        if loop_queue is None and (dynamic or any(is_async for _, is_async in methods)):
            raise InvalidArgumentError(
                f"{exported.name} has `async def` methods, which need an event loop: use polydubbo.aio.Server"
            )
        named: dict[str, OptionValue | None] = {
            "interface": exported.name,
            "version": exported.version,
            "group": exported.group,
        }
        callbacks = callback_options([handler.schema for handler in exported.handlers])
        settings: dict[str, OptionValue] = {**callbacks, **(options or {}), **given(named)}
        number, description = self._native.describe(
            dubbo_options(settings), dubbo_options(parameters or {}), methods, dynamic, loop_queue, self._workers.queue
        )
        if loop_queue is not None:
            loop_queue.serve(number, exported.on_loop)
        self._workers.serve(number, exported.in_worker)
        return description

    def _take_waiting(self) -> list[_native.Exported]:
        waiting, self._waiting = self._waiting, []
        return waiting


class Server(_ServerBase):
    """Offers services on one port, on the running event loop.

    Services exported before :meth:`start` are registered together by it, so that a consumer that finds one can
    call all.

    Args:
        port: where to listen; 0 takes a free port, 20880 is the default.
        host: address to listen on and to publish; all, and this machine's own, unless set.
        registry: where to register, for example ``zookeeper://127.0.0.1:2181``; nowhere unless set.
        application: name of this application.
        threads: worker threads for methods that are not ``async def``.
        max_calls: calls that may wait, and tasks that may run, at once; more are refused as Dubbo does when its
            thread pool is exhausted.
        shutdown_timeout: seconds that :meth:`aclose` may take in all; 10 unless set.
        expose_tracebacks: send Python tracebacks to callers in exception messages.
        cancel_on_timeout: cancel an ``async def`` method when its caller has given up. Callers tell when they will
            if their option ``enable-timeout-countdown`` is on; without this, methods run to their end, as in Dubbo.
        options: further settings by Dubbo key, in Dubbo's units; also the defaults of every service.
        parameters: keys of your own, which travel in URLs but mean nothing to Dubbo.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._closed = asyncio.Event()
        self._started = False

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def export(
        self,
        service: Service | DynamicService,
        *,
        options: Mapping[str, OptionValue] | None = None,
        parameters: Mapping[str, OptionValue] | None = None,
    ) -> asyncio.Future[None]:
        """Offers a service: with the others when the server starts, or at once when it has started.

        Returns:
            A future that is done when the service can be called; it need not be awaited before the start.
        """
        loop = asyncio.get_running_loop()
        queue = _loop.queue_of(loop)
        description = self._describe(service, options, parameters, queue)
        future: asyncio.Future[None] = loop.create_future()
        if self._started:
            self._native.export(queue, future, description)
        else:
            self._waiting.append(description)
            future.set_result(None)
        return future

    async def start(self) -> None:
        """Listens, and registers what was exported. Idempotent."""
        if self._started:
            return
        self._started = True
        waiting = self._take_waiting()
        await self._wait(lambda queue, future: self._native.start(queue, future, waiting))

    async def serve_forever(self) -> None:
        """Starts, and waits until the server is closed."""
        await self.start()
        await self._closed.wait()

    async def set_online(self, online: bool) -> None:
        """Withdraws the services from the registry while serving on, or registers them again."""
        await self._wait(lambda queue, future: self._native.set_online(queue, future, online))

    async def aclose(self) -> None:
        """Unregisters, lets calls finish, and closes: consumers notice before the port goes away."""
        if self._closed.is_set():
            return
        await self._wait(self._native.close)
        self._workers.close()
        self._closed.set()

    async def _wait(self, operation: Callable[[_native.Queue, asyncio.Future[None]], None]) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        operation(_loop.queue_of(loop), future)
        await future


class SyncServer(_ServerBase):
    """Offers services on one port, in worker threads; no event loop is needed.

    The arguments are those of :class:`Server`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._closed = threading.Event()
        self._started = False

    def __enter__(self) -> SyncServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def export(
        self,
        service: Service | DynamicService,
        *,
        options: Mapping[str, OptionValue] | None = None,
        parameters: Mapping[str, OptionValue] | None = None,
    ) -> None:
        """Offers a service: with the others when the server starts, or at once when it has started."""
        description = self._describe(service, options, parameters, None)
        if self._started:
            self._native.export_blocking(description)
        else:
            self._waiting.append(description)

    def start(self) -> None:
        """Listens, and registers what was exported. Idempotent."""
        if not self._started:
            self._started = True
            self._native.start_blocking(self._take_waiting())

    def serve_forever(self) -> None:
        """Starts, and blocks until the server is closed; Ctrl-C interrupts it."""
        self.start()
        # A wait without a limit would keep signal handlers from running on some systems.
        while not self._closed.wait(0.5):
            pass

    def set_online(self, online: bool) -> None:
        """Withdraws the services from the registry while serving on, or registers them again."""
        self._native.set_online_blocking(online)

    def close(self) -> None:
        """Unregisters, lets calls finish, and closes: consumers notice before the port goes away."""
        if not self._closed.is_set():
            self._native.close_blocking()
            self._workers.close()
            self._closed.set()
