"""Serves `com.acme.Shop` from Python: python shop_provider.py dubbo://127.0.0.1:9090"""

from __future__ import annotations

import asyncio
import itertools
import sys

import polydubbo as pd
from shop import Order, Receipt, Shop, SoldOut

PRICES = {"tea": 2.5, "bread": 3.2}


class ShopService(pd.Service, interface=Shop):
    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    async def greet(self, name: str) -> str:
        return f"Hello {name}, Python at your service"

    # Not a coroutine: runs in a worker thread, where it may block.
    def order(self, order: Order) -> Receipt:
        if order.item not in PRICES:
            raise SoldOut(f"no {order.item} today")
        return Receipt(next(self._numbers), order.quantity * PRICES[order.item])


async def main(registry: str) -> None:
    async with pd.Server(port=0, registry=registry, application="python-shop") as server:
        await server.export(ShopService())
        await server.start()
        print(f"READY {server.url}", flush=True)
        # Ends with whoever started this program.
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "dubbo://127.0.0.1:9090"))
