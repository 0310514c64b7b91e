"""`grpc.aio` with messages that are plain bytes: no Protobuf, so that only the transport is compared."""

from __future__ import annotations

import asyncio

import grpc
import grpc.aio

import meter

METHOD = "/bench.Echo/Echo"


async def echo(request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
    """Sends the message back."""
    return request


async def serve() -> None:
    """Serves until the process ends."""
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"READY port={port}", flush=True)
    await server.wait_for_termination()


async def run(arguments: meter.argparse.Namespace) -> None:
    """Measures one point."""
    # An object of the benchmark is 967 bytes; here only bytes move.
    payload = meter.text(967 if arguments.shape == "user" else arguments.payload).encode()
    async with grpc.aio.insecure_channel(arguments.target) as channel:
        method = channel.unary_unary(METHOD)

        async def call() -> bool:
            return len(await method(payload)) == len(payload)

        meter.show(await meter.closed(call, arguments))


if __name__ == "__main__":
    options = meter.arguments()
    asyncio.run(serve() if options.role == "serve" else run(options))
