"""The registry that comes with the package."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

import polydubbo as pd


class Greeter(pd.Interface, name="com.acme.Greeter"):
    def sayHello(self, name: str) -> str: ...


class Greetings(pd.Service, interface="com.acme.Greeter"):
    def sayHello(self, name: str) -> str:
        return f"Hello {name}"


def greet(registry: str) -> str:
    """A server and a reference that know nothing but the registry."""
    with pd.SyncServer(host="127.0.0.1", port=0, registry=registry, shutdown_timeout=0.5) as server:
        server.export(Greetings())
        server.start()
        with pd.sync.Reference(Greeter, registry=registry) as greeter:
            return greeter.sayHello("you")


def test_those_who_name_the_registry_find_each_other() -> None:
    with pd.RegistryServer(port=0) as registry:
        assert registry.url == f"dubbo://127.0.0.1:{registry.port}"
        assert greet(registry.url) == "Hello you"


def test_it_needs_no_event_loop_and_does_not_mind_one() -> None:
    async def main() -> str:
        with pd.RegistryServer(port=0) as registry:
            async with pd.aio.Server(host="127.0.0.1", port=0, registry=registry.url, shutdown_timeout=0.5) as server:
                await server.export(Greetings())
                await server.start()
                async with pd.aio.Reference(Greeter, registry=registry.url) as greeter:
                    return await greeter.sayHello("you")

    assert asyncio.run(main()) == "Hello you"


def test_bad_addresses_are_refused() -> None:
    with pytest.raises(pd.InvalidArgumentError, match="IP address"):
        pd.RegistryServer(host="localhost", port=0)
    with pd.RegistryServer(port=0) as registry, pytest.raises(pd.NetworkError, match="Failed to bind"):
        pd.RegistryServer(port=registry.port)


def test_a_closed_registry_leaves_its_port() -> None:
    registry = pd.RegistryServer(port=0)
    port = registry.port
    registry.close()
    registry.close()
    with pd.RegistryServer(port=port):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="signals are Unix")
def test_the_command_serves_until_it_is_told_to_stop() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "polydubbo", "registry", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        assert greet(line.removeprefix("registry at ").strip()) == "Hello you"
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
