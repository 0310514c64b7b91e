"""Serves ``com.acme.Greeter``; Java and Python consumers find it in the registry.

    python provider.py [zookeeper://127.0.0.1:2181]
"""

from __future__ import annotations

import logging
import sys

import polydubbo as pd
from api import Greeter, User, UserNotFound

USERS = {number: User(number, name) for number, name in enumerate(("Ada", "Grace", "Edsger"), 1)}


class GreeterService(pd.Service, interface=Greeter):
    async def sayHello(self, name: str) -> str:
        caller = pd.context().request.get("remote.application", "somebody")
        return f"Hello {name}, says Python to {caller}"

    async def find(self, id: int) -> User:
        if id not in USERS:
            error = UserNotFound(f"no user {id}")
            error.id = id
            raise error
        return USERS[id]

    # A plain function runs in a worker thread, so it may block.
    def findAll(self, ids: list[int]) -> list[User]:
        return [USERS[id] for id in ids if id in USERS]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    registry = sys.argv[1] if len(sys.argv) > 1 else None
    pd.run(pd.Server(port=20880, registry=registry, application="greeter-python"), GreeterService())
