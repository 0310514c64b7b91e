"""References by interface and parameters, and one way to call through either API."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import polydubbo as pd

from .options import Options
from .services import API

# The names of RpcException's codes.
CODES = (
    "UNKNOWN NETWORK TIMEOUT BIZ FORBIDDEN SERIALIZATION NO_INVOKER_AVAILABLE_AFTER_FILTER LIMIT_EXCEEDED "
    "TIMEOUT_TERMINATE REGISTRY ROUTER_CACHE_NOT_BUILD METHOD_NOT_FOUND VALIDATION AUTHORIZATION"
).split()


@dataclass
class Outcome:
    """What a call gave."""

    value: Any
    thrown: BaseException | None
    attachments: dict[str, Any]
    ms: float

    @property
    def error(self) -> str | None:
        """Name of the RpcException's code, unless the service itself answered."""
        return CODES[self.thrown.rpc_code] if isinstance(self.thrown, pd.RpcError) else None

    def describe(self) -> str:
        text = repr(self.value) if self.thrown is None else f"{type(self.thrown).__name__}: {self.thrown}"
        return text[:1500]


@dataclass
class Request:
    """One call to make."""

    method: str
    types: list[str]
    args: list[Any]
    generic: bool = False
    oneway: bool = False
    attachments: dict[str, str] | None = None


class References:
    """Makes a reference when a set of parameters is first asked for."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._made: dict[tuple[Any, ...], Any] = {}
        self._lock = asyncio.Lock()
        self._pool = ThreadPoolExecutor(128) if options.api == "sync" else None

    async def get(self, interface: str, parameters: dict[str, str]) -> Any:
        key = (interface, *sorted(parameters.items()))
        async with self._lock:
            if key not in self._made:
                self._made[key] = await self._make(interface, parameters)
            return self._made[key]

    async def _make(self, interface: str, parameters: dict[str, str]) -> Any:
        rest: dict[str, Any] = {**self._options.params, **parameters}
        settings: dict[str, Any] = {
            "url": self._options.url,
            "registry": None if self._options.url else self._options.registry,
            "application": self._options.name,
            "timeout": int(rest.pop("timeout", self._options.timeout)) / 1000,
            "retries": int(rest.pop("retries", self._options.retries)),
            "group": rest.pop("group", None),
            "version": rest.pop("version", None),
            "check": rest.pop("check", "true") == "true",
        }
        if self._options.url and interface == API + "Behaviour":
            rest.update({"tell.2.callback": "true", "subscribe.1.callback": "true", "unsubscribe.1.callback": "false"})
            rest["callbacks"] = "1000"
        if self._pool is None:
            asynchronous: pd.aio.Reference[Any] = pd.aio.Reference(interface, options=rest, **settings)
            await asynchronous.open()
            return asynchronous
        blocking: pd.sync.Reference[Any] = pd.sync.Reference(interface, options=rest, **settings)
        await self._in_thread(blocking.open)
        return blocking

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        assert self._pool is not None
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    async def call(self, reference: Any, request: Request) -> Outcome:
        """Makes the call through the API of this peer."""
        if self._pool is not None:
            outcome: Outcome = await self._in_thread(self._call_blocking, reference, request)
            return outcome
        with pd.attach(request.attachments or {}) as context:
            start = time.monotonic()
            value, thrown = None, None
            try:
                value = await _start(reference, request)
            except Exception as error:
                thrown = error
            return Outcome(value, thrown, context.reply, (time.monotonic() - start) * 1000)

    def _call_blocking(self, reference: Any, request: Request) -> Outcome:
        with pd.attach(request.attachments or {}) as context:
            start = time.monotonic()
            value, thrown = None, None
            try:
                value = _start(reference, request)
            except Exception as error:
                thrown = error
            return Outcome(value, thrown, context.reply, (time.monotonic() - start) * 1000)

    async def close(self) -> None:
        for reference in self._made.values():
            if self._pool is None:
                await reference.aclose()
            else:
                await self._in_thread(reference.close)


def _start(reference: Any, request: Request) -> Any:
    if request.generic:
        return reference.generic(request.method, request.types, request.args)
    return reference.invoke(request.method, request.types, request.args, oneway=request.oneway)
