"""What type checkers must accept, and what they must refuse: checked by ``test_typing.py``, never run."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Protocol

from typing_extensions import assert_type

import polydubbo as pd


@pd.java_class("demo.User", snake_to_camel=True)
@dataclasses.dataclass
class User:
    id: pd.Long
    user_name: str
    mail: str = pd.field(default="", name="eMail")


@pd.java_enum("demo.Color")
class Color(enum.Enum):
    RED = 1


@pd.java_exception("demo.NotFound")
class NotFound(pd.RemoteException):
    key: str


class Users(pd.Interface, Protocol, name="demo.Users", version="1.0.0"):
    async def find(self, name: str, limit: pd.Int = 10) -> list[User]: ...
    async def count(self, ids: pd.ArrayOf[pd.Long]) -> pd.Long: ...


class BlockingUsers(pd.Interface, Protocol, name="demo.Users"):
    def find(self, name: str) -> User: ...


class UsersService(pd.Service, interface=Users):
    async def find(self, name: str, limit: int = 10) -> list[User]:
        assert_type(pd.context().remaining, float | None)
        return [User(1, name)]

    async def count(self, ids: list[int]) -> int:
        return len(ids)


async def asyncio_caller() -> None:
    async with pd.aio.Reference(Users, registry="zookeeper://127.0.0.1:2181", timeout=3) as users:
        assert_type(users, pd.aio.Reference[Users])
        assert_type(await users.proxy.find("x"), list[User])
        assert_type(await users.with_options(timeout=1).count([1, 2]), int)
        untyped: Any = await users.find("x")
        print(untyped)
        await users.proxy.find(1)  # error: arg-type
        await users.proxy.missing()  # error: attr-defined


def blocking_caller() -> None:
    with pd.sync.Reference(BlockingUsers, url="dubbo://127.0.0.1:20880") as users:
        assert_type(users.proxy.find("x"), User)
        assert_type(users.is_available, bool)
        with pd.attach(trace="1") as ctx:
            assert_type(ctx.reply, dict[str, Any])
    named: pd.sync.Reference[Any] = pd.sync.Reference("demo.Users", url="dubbo://127.0.0.1:20880")
    print(named.invoke("find", ["java.lang.String"], ["x"]))


async def server() -> None:
    async with pd.Server(port=0, registry="zookeeper://127.0.0.1:2181", threads=8) as running:
        running.export(UsersService(), options={"weight": 50})
        running.export(object())  # error: arg-type
        await running.serve_forever()


def errors() -> None:
    try:
        blocking_caller()
    except NotFound as error:
        assert_type(error.key, str)
        assert_type(error.java_stack, list[pd.StackFrame])
    except pd.RpcError as rpc:
        assert_type(rpc.code, int)
