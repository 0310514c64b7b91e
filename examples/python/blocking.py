"""The same without asyncio: blocking calls from any thread.

    python blocking.py [dubbo://127.0.0.1:20880]
"""

from __future__ import annotations

import sys

import polydubbo as pd
from api import Greeter


def main(url: str) -> None:
    with pd.sync.Reference(Greeter, url=url, timeout=3) as greeter:
        print(greeter.sayHello("world"))
        with pd.attach(trace="42") as context:
            print(greeter.find(1))
            print("came back:", sorted(context.reply))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dubbo://127.0.0.1:20880")
