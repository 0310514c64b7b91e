"""Calls ``com.acme.Greeter``, served in any language.

    python consumer.py [zookeeper://127.0.0.1:2181 | dubbo://127.0.0.1:20880]
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import polydubbo as pd
from api import Greeter, UserNotFound


async def main(address: str) -> None:
    # A registry, or a provider itself.
    place: dict[str, Any] = {"url": address} if address.startswith("dubbo:") else {"registry": address}
    async with pd.aio.Reference(Greeter, application="consumer-python", timeout=3, **place) as reference:
        greeter = reference.proxy
        print(await greeter.sayHello("world"))
        print(await greeter.findAll([1, 2, 2**40]))
        try:
            await greeter.find(99)
        except UserNotFound as error:
            print(f"{error.java_message} (id {error.id})")
        print(await asyncio.gather(*(greeter.sayHello(f"caller {number}") for number in range(3))))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "dubbo://127.0.0.1:20880"))
