"""The services of the matrix, once with coroutines and once without."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, Protocol

import polydubbo as pd

API = "io.polydubbo.peer.api."


@pd.java_exception(API + "PeerException")
class PeerException(pd.RemoteException):
    code: pd.Int


@pd.java_exception(API + "PeerRuntimeException")
class PeerRuntimeException(pd.RemoteException):
    pass


class ForeignError(Exception):
    """An exception that nobody registered."""


class Listener(pd.Interface, Protocol, name=API + "Listener"):
    async def changed(self, event: str) -> str: ...


class AllTypes(pd.DynamicService, interface=API + "AllTypes"):
    """Every method answers its argument, exactly as it came."""

    lossless = True

    async def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
        return args[0]


class BlockingAllTypes(pd.DynamicService, interface=API + "AllTypes"):
    lossless = True

    def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
        return args[0]


class _Behaviour(pd.Service):
    """What does not wait is the same for both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, int] = {}
        self._listeners: dict[str, Any] = {}

    def hello(self, name: str) -> str:
        return f"Hello, {name}"

    def nothing(self) -> None:
        pass

    def consume(self, value: Any) -> None:
        pass

    def nothingFound(self) -> str | None:
        return None

    @pd.method(name="overloaded")
    def overloaded_0(self) -> str:
        return ""

    @pd.method(name="overloaded")
    def overloaded_1(self, value: int) -> str:
        return "I"

    @pd.method(name="overloaded")
    def overloaded_2(self, value: pd.Long) -> str:
        return "J"

    @pd.method(name="overloaded")
    def overloaded_3(self, value: pd.IntBox) -> str:
        return "Ljava/lang/Integer;"

    @pd.method(name="overloaded")
    def overloaded_4(self, value: str) -> str:
        return "Ljava/lang/String;"

    @pd.method(name="overloaded")
    def overloaded_5(self, value: list[str]) -> str:
        return "Ljava/util/List;"

    @pd.method(name="overloaded")
    def overloaded_6(self, first: int, second: str) -> str:
        return "ILjava/lang/String;"

    @pd.method(name="overloaded")
    def overloaded_7(self, values: pd.ArrayOf[str]) -> str:
        return "[Ljava/lang/String;"

    @pd.method(name="overloaded")
    def overloaded_8(self, value: object) -> str:
        return "Ljava/lang/Object;"

    def throwChecked(self, code: int, message: str) -> None:
        error = PeerException(message)
        error.code = code
        raise error

    def throwWithCause(self, message: str, cause: str) -> None:
        error = PeerException(message)
        error.code = 1
        raise error from pd.RemoteException(cause, java_class="java.lang.IllegalArgumentException")

    def throwUnchecked(self, message: str) -> None:
        raise PeerRuntimeException(message)

    def throwStandard(self, message: str) -> None:
        raise pd.RemoteException(message, java_class="java.lang.IllegalStateException")

    def throwUndeclared(self, message: str) -> None:
        raise pd.RemoteException(message, java_class="java.io.IOException")

    def throwHidden(self, message: str) -> None:
        raise pd.RemoteException(message, java_class="io.polydubbo.peer.provider.HiddenException")

    def throwForeign(self, message: str) -> None:
        raise ForeignError(message)

    def attachment(self, key: str) -> str | None:
        return pd.context().request.get(key)

    def answerWith(self, key: str, value: str) -> str:
        pd.context().reply[key] = value
        return value

    def add(self, counter: str, amount: int) -> None:
        with self._lock:
            self._counters[counter] = self._counters.get(counter, 0) + amount

    def count(self, counter: str) -> int:
        with self._lock:
            return self._counters.get(counter, 0)

    def remotePort(self) -> int:
        return int((pd.context().peer or ":0").rsplit(":", 1)[1])

    def size(self, data: bytes) -> int:
        return len(data)

    @pd.method(name="bytes", returns="byte[]")
    def bytes_(self, size: int) -> Any:
        # Made at once: a loop would keep all other threads from the interpreter for seconds.
        return (bytes(range(251)) * (size // 251 + 1))[:size]


class Behaviour(_Behaviour, interface=API + "Behaviour"):
    """What waits does so in coroutines."""

    async def sleep(self, ms: pd.Long) -> pd.Long:
        await asyncio.sleep(ms / 1000)
        return ms

    async def later(self, value: str, ms: pd.Long) -> str:
        await asyncio.sleep(ms / 1000)
        return value

    async def tell(self, key: str, times: int, listener: Listener) -> str:
        return ",".join([await listener.changed(f"{key}-{index}") for index in range(times)])

    async def subscribe(self, key: str, listener: Listener) -> None:
        self._listeners[key] = listener
        await listener.changed(f"{key}-subscribed")

    async def publish(self, key: str, event: str) -> bool:
        listener = self._listeners.get(key)
        if listener is None:
            return False
        await listener.changed(event)
        return True

    @pd.method(callbacks={1: False})
    async def unsubscribe(self, key: str, listener: Listener) -> None:
        self._listeners.pop(key, None)


class BlockingBehaviour(_Behaviour, interface=API + "Behaviour"):
    """What waits does so in worker threads."""

    def sleep(self, ms: pd.Long) -> pd.Long:
        time.sleep(ms / 1000)
        return ms

    def later(self, value: str, ms: pd.Long) -> str:
        time.sleep(ms / 1000)
        return value

    def tell(self, key: str, times: int, listener: Listener) -> str:
        call: Any = listener
        return ",".join(call.changed(f"{key}-{index}") for index in range(times))

    def subscribe(self, key: str, listener: Listener) -> None:
        call: Any = listener
        self._listeners[key] = call
        call.changed(f"{key}-subscribed")

    def publish(self, key: str, event: str) -> bool:
        listener = self._listeners.get(key)
        if listener is None:
            return False
        listener.changed(event)
        return True

    @pd.method(callbacks={1: False})
    def unsubscribe(self, key: str, listener: Listener) -> None:
        self._listeners.pop(key, None)


class Blue(Behaviour, interface=API + "Behaviour", group="blue", version="2.0.0"):
    """The same once more."""


class BlockingBlue(BlockingBehaviour, interface=API + "Behaviour", group="blue", version="2.0.0"):
    """The same once more."""
