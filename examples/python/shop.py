"""The interface `com.acme.Shop` and its classes, as a Java program would declare them."""

from __future__ import annotations

import dataclasses

import polydubbo as pd


@pd.java_class("com.acme.Order")
@dataclasses.dataclass
class Order:
    item: str
    quantity: int


@pd.java_class("com.acme.Receipt")
@dataclasses.dataclass
class Receipt:
    number: pd.Long
    total: float


@pd.java_exception("com.acme.SoldOutException")
class SoldOut(pd.RemoteException):
    """The shop has none of it."""


class Shop(pd.Interface, name="com.acme.Shop"):
    async def greet(self, name: str) -> str: ...
    async def order(self, order: Order) -> Receipt: ...
