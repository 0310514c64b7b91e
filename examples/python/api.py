"""The Java interface ``com.acme.Greeter`` and its classes, as Python sees them.

interface Greeter {
    String sayHello(String name);
    User find(long id) throws UserNotFoundException;
    List<User> findAll(List<Long> ids);
}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polydubbo as pd


@pd.java_class("com.acme.User", snake_to_camel=True)
@dataclass
class User:
    id: pd.Long
    user_name: str
    score: float = 0.0


@pd.java_exception("com.acme.UserNotFoundException")
class UserNotFound(pd.RemoteException):
    id: pd.Long


class Greeter(pd.Interface, Protocol, name="com.acme.Greeter", version="1.0.0"):
    async def sayHello(self, name: str) -> str: ...
    async def find(self, id: pd.Long) -> User: ...
    async def findAll(self, ids: list[pd.Long]) -> list[User]: ...
