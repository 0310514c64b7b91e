"""Fixtures shared by the tests: a server with one service, in this process, on a free port."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

import polydubbo as pd


@pd.java_class("test.Item")
@dataclasses.dataclass
class Item:
    id: pd.Long
    name: str = ""
    tags: list[str] = dataclasses.field(default_factory=list)


@pd.java_exception("test.NotFoundException")
class NotFound(pd.RemoteException):
    key: str


class Listener(pd.Interface, name="test.Listener"):
    async def changed(self, event: str) -> str: ...


class Hearing(pd.Service, interface=Listener):
    """A callback object that remembers what it heard."""

    def __init__(self) -> None:
        self.events: list[str] = []

    async def changed(self, event: str) -> str:
        self.events.append(event)
        return f"heard {event}"


class BlockingHearing(pd.Service, interface="test.Listener"):
    def changed(self, event: str) -> str:
        return f"heard {event}"


class Api(pd.Interface, name="test.Api", version="1.0.0"):
    """The interface as asyncio callers see it."""

    async def echo(self, value: object) -> object: ...
    async def add(self, a: int, b: int = 2) -> int: ...
    async def total(self, numbers: list[pd.Long]) -> pd.Long: ...
    async def find(self, key: str) -> Item: ...
    async def save(self, item: Item) -> Item: ...
    async def nothing(self) -> None: ...
    async def fail(self, kind: str) -> str: ...
    async def wait(self, seconds: float) -> str: ...
    async def block(self, seconds: float) -> str: ...
    async def surroundings(self) -> dict[str, object]: ...
    async def unsendable(self) -> object: ...
    async def tell(self, key: str, times: int, listener: Listener) -> str: ...
    async def subscribe(self, key: str, listener: Listener) -> None: ...
    @pd.method(callbacks={1: False})
    async def unsubscribe(self, key: str, listener: Listener) -> bool: ...
    async def publish(self, key: str, event: str) -> str | None: ...
    @pd.method(oneway=True)
    async def note(self, text: str) -> None: ...
    @pd.method(name="overloaded", params=["int"])
    async def overloaded_int(self, value: int) -> str: ...
    @pd.method(name="overloaded", params=["java.lang.String"])
    async def overloaded_text(self, value: str) -> str: ...


class ApiService(pd.Service, interface=Api):
    """Some methods are coroutines, some run in worker threads."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.noted = threading.Event()
        self.listeners: dict[str, Any] = {}

    def tell(self, key: str, times: int, listener: Any) -> str:
        return ",".join(listener.changed(f"{key}-{i}") for i in range(times))

    async def subscribe(self, key: str, listener: Any) -> None:
        self.listeners[key] = listener
        await listener.changed(f"{key}-subscribed")

    async def unsubscribe(self, key: str, listener: Any) -> bool:
        return bool(self.listeners.pop(key, None) == listener)

    async def publish(self, key: str, event: str) -> str | None:
        listener = self.listeners.get(key)
        return await listener.changed(event) if listener else None

    async def echo(self, value: object) -> object:
        return value

    def add(self, a: int, b: int = 2) -> int:
        return a + b

    def total(self, numbers: list[int]) -> int:
        return sum(numbers)

    async def find(self, key: str) -> Item:
        if key == "missing":
            error = NotFound(f"no item {key}")
            error.key = key
            raise error
        return Item(1, key, ["a", "b"])

    def save(self, item: Item) -> Item:
        assert type(item) is Item
        return dataclasses.replace(item, name=item.name.upper())

    def nothing(self) -> None:
        return None

    async def fail(self, kind: str) -> str:
        raise {"key": KeyError("k"), "value": ValueError("v"), "java": pd.RemoteException("m", java_class="a.B")}[kind]

    async def wait(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "waited"

    def block(self, seconds: float) -> str:
        time.sleep(seconds)
        return "blocked"

    async def surroundings(self) -> dict[str, object]:
        ctx = pd.context()
        ctx.reply["answered"] = "yes"
        return {
            "method": ctx.method,
            "peer": ctx.peer,
            "trace": ctx.request.get("trace"),
            "inherited": ctx.attachments.get("trace"),
            "remaining": ctx.remaining,
        }

    def unsendable(self) -> object:
        return object()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.noted.set()

    def overloaded_int(self, value: int) -> str:
        return f"int {value}"

    def overloaded_text(self, value: str) -> str:
        return f"text {value}"


class BlockingService(pd.Service, interface="test.Api", version="1.0.0"):
    """The same without a loop, as far as the tests of the blocking server need it."""

    def echo(self, value: object) -> object:
        return value

    def add(self, a: int, b: int = 2) -> int:
        return a + b

    def block(self, seconds: float) -> str:
        time.sleep(seconds)
        return "blocked"

    def surroundings(self) -> dict[str, object]:
        ctx = pd.context()
        ctx.reply["answered"] = "yes"
        return {"trace": ctx.request.get("trace"), "method": ctx.method}

    def fail(self, kind: str) -> str:
        raise LookupError(kind)

    def tell(self, key: str, times: int, listener: Listener) -> str:
        return ",".join(listener.changed(f"{key}-{i}") for i in range(times))


LOCAL: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "options": {"shutdown.notice": 0}}


@pytest.fixture
def service() -> ApiService:
    return ApiService()


@pytest_asyncio.fixture
async def server(service: ApiService) -> AsyncIterator[pd.Server]:
    async with pd.Server(**LOCAL) as running:
        running.export(service)
        await running.start()
        yield running


@pytest_asyncio.fixture
async def api(server: pd.Server) -> AsyncIterator[pd.aio.Reference[Api]]:
    async with pd.aio.Reference(Api, url=server.url, timeout=5, retries=0) as reference:
        yield reference


@pytest.fixture
def blocking_server() -> Iterator[pd.SyncServer]:
    with pd.SyncServer(**LOCAL, shutdown_timeout=0.5) as running:
        running.export(BlockingService())
        running.start()
        yield running


@pytest.fixture
def blocking_api(blocking_server: pd.SyncServer) -> Iterator[pd.sync.Reference[Any]]:
    with pd.sync.Reference(Api, url=blocking_server.url, timeout=5, retries=0) as reference:
        yield reference
