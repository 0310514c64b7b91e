"""The Python peer of the matrix: a provider and a consumer, on asyncio or with threads.

The command line and the lines that it prints are those of ``tests/matrix/README.md``.
"""

from __future__ import annotations

import sys

from peer.options import Options


def main() -> int:
    options = Options.parse(sys.argv[1:])
    if options.role == "provider":
        from peer import provider

        return provider.run(options)
    if options.role == "faults":
        from peer import faults

        return faults.run(options)
    if options.load is not None:
        from peer import load

        return load.run(options)
    if options.calls is not None:
        from peer import calls

        return calls.run(options)
    from peer import consumer

    return consumer.run(options)


if __name__ == "__main__":
    sys.exit(main())
