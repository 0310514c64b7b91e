"""``python -m polydubbo registry``: serves the registry that comes with the package."""

from __future__ import annotations

import argparse

from ._run import await_stop, stop_signals
from .registry_server import RegistryServer


def main() -> None:
    """Serves until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m polydubbo")
    commands = parser.add_subparsers(dest="command", required=True)
    registry = commands.add_parser("registry", help="serve Dubbo's simple registry, kept in memory")
    registry.add_argument("--host", default="127.0.0.1", help="IP address to listen on (default: %(default)s)")
    registry.add_argument("--port", type=int, default=9090, help="port; 0 takes a free one (default: %(default)s)")
    serve(parser.parse_args())


def serve(arguments: argparse.Namespace) -> None:
    """Listens, tells where, and waits for the signal to stop."""
    with stop_signals() as stop, RegistryServer(host=arguments.host, port=arguments.port) as registry:
        print(f"registry at {registry.url}", flush=True)
        await_stop(stop)


main()
