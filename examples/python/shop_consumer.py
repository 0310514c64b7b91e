"""Calls `com.acme.Shop`, whoever serves it: python shop_consumer.py dubbo://127.0.0.1:9090"""

from __future__ import annotations

import asyncio
import sys

import polydubbo as pd
from shop import Order, Shop, SoldOut


async def main(registry: str) -> None:
    async with pd.aio.Reference(Shop, registry=registry, application="python-customer") as shop:
        print(f'greet("Python")      -> {await shop.greet("Python")}')
        receipt = await shop.order(Order("tea", 3))
        print(f"order(3 x tea)       -> receipt {receipt.number} over {receipt.total:.2f}")
        try:
            await shop.order(Order("gold", 1))
        except SoldOut as error:
            print(f"order(1 x gold)      -> {error.java_class}: {error.java_message}")
        answers = await asyncio.gather(*(shop.greet(f"no. {number}") for number in range(100)))
        print(f"100 calls at a time  -> {len(answers)} answers on one connection")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "dubbo://127.0.0.1:9090"))
