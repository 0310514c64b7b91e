"""Blocking calls and the blocking server."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

import polydubbo as pd
from conftest import LOCAL, Api, BlockingHearing, BlockingService, Hearing


def test_calls(blocking_api: pd.sync.Reference[Any]) -> None:
    assert blocking_api.add(1) == 3
    assert blocking_api.add(a=4, b=5) == 9
    assert blocking_api.echo({"k": [1, None]}) == {"k": [1, None]}
    assert blocking_api.invoke("add", ["int", "int"], [1, 2]) == 3


def test_exceptions_and_timeouts(blocking_api: pd.sync.Reference[Any]) -> None:
    with pytest.raises(pd.RemoteException, match="LookupError: what"):
        blocking_api.fail("what")
    before = time.monotonic()
    with pytest.raises(pd.RpcTimeoutError):
        blocking_api.with_options(timeout=0.1).block(1.0)
    assert time.monotonic() - before < 0.9


def test_attachments(blocking_api: pd.sync.Reference[Any]) -> None:
    with pd.attach({"trace": "9"}) as ctx:
        assert blocking_api.surroundings() == {"trace": "9", "method": "surroundings"}
        assert ctx.reply["answered"] == "yes"


def test_a_running_loop_refuses_blocking_calls(blocking_api: pd.sync.Reference[Any]) -> None:
    async def main() -> None:
        with pytest.raises(pd.InvalidArgumentError, match="use polydubbo.aio"):
            blocking_api.add(1, 2)
        assert await asyncio.to_thread(blocking_api.add, 1, 2) == 3

    asyncio.run(main())


def test_32_threads_share_a_reference(blocking_api: pd.sync.Reference[Any]) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for index in range(50):
                assert blocking_api.add(number, index) == number + index
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_workers_serve_at_the_same_time(blocking_api: pd.sync.Reference[Any]) -> None:
    before = time.monotonic()
    threads = [threading.Thread(target=blocking_api.block, args=(0.5,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - before < 3


def test_references_open_at_the_first_call(blocking_server: pd.SyncServer) -> None:
    reference = pd.sync.Reference(Api, url=blocking_server.url)
    assert reference.add(1, 1) == 2
    reference.close()
    reference.close()
    with pytest.raises(pd.ClosedError):
        reference.add(1, 1)


def test_servers_without_a_loop_refuse_coroutines() -> None:
    class Async(pd.Service, interface="test.Async"):
        async def hello(self) -> str:
            return "hello"

    with pd.SyncServer(**LOCAL) as server:
        with pytest.raises(pd.InvalidArgumentError, match="event loop"):
            server.export(Async())


def test_a_taken_port_is_reported(blocking_server: pd.SyncServer) -> None:
    second = pd.SyncServer(host="127.0.0.1", port=blocking_server.port)
    second.export(BlockingService())
    with pytest.raises(pd.NetworkError):
        second.start()


def test_a_server_tells_its_address_only_after_its_start() -> None:
    server = pd.SyncServer(**LOCAL)
    with pytest.raises(pd.ClosedError):
        _ = server.port
    server.close()


def test_callback_objects(blocking_api: pd.sync.Reference[Any]) -> None:
    assert blocking_api.tell("k", 2, BlockingHearing()) == "heard k-0,heard k-1"
    with pytest.raises(pd.InvalidArgumentError, match="event loop"):
        blocking_api.tell("k", 2, Hearing())


def test_a_method_that_exits_costs_its_call_and_no_worker() -> None:
    class Rude(pd.Service, interface="test.Rude"):
        def leave(self) -> None:
            raise SystemExit("bye")

        def stay(self) -> str:
            return "here"

    with pd.SyncServer(**LOCAL, threads=2) as server:
        server.export(Rude())
        server.start()
        with pd.sync.Reference[Any]("test.Rude", url=server.url, timeout=5, retries=0) as rude:
            for _ in range(5):
                with pytest.raises(pd.RpcError, match="the service was interrupted"):
                    rude.invoke("leave", [], [])
                assert rude.invoke("stay", [], []) == "here"


def test_a_method_that_never_returns_holds_up_nobody() -> None:
    class Stuck(pd.Service, interface="test.Stuck"):
        def hang(self) -> None:
            entered.set()
            leave.wait()

        def stay(self) -> str:
            return "here"

    entered, leave = threading.Event(), threading.Event()
    server = pd.SyncServer(**LOCAL, threads=2, shutdown_timeout=0.5)
    server.export(Stuck())
    server.start()
    try:
        with pd.sync.Reference[Any]("test.Stuck", url=server.url, retries=0) as stuck:
            with pytest.raises(pd.RpcTimeoutError):
                stuck.invoke("hang", [], [], timeout=0.1)
            assert entered.wait(5)
            assert stuck.invoke("stay", [], [], timeout=5) == "here"
            server.close()
            with pytest.raises(pd.RpcError):
                stuck.invoke("stay", [], [], timeout=5)
    finally:
        leave.set()


def test_settings_of_the_cores_own_threads_are_refused() -> None:
    with pytest.raises(pd.InvalidArgumentError, match="use the arguments threads and max_calls"):
        pd.SyncServer(**{**LOCAL, "options": {"threads": 5}})


def test_nested_calls_carry_the_attachments_on(blocking_server: pd.SyncServer) -> None:
    class Outer(pd.Service, interface="test.Outer"):
        def ask(self) -> object:
            return inner.surroundings()

    with pd.sync.Reference(Api, url=blocking_server.url, timeout=5) as inner, pd.SyncServer(**LOCAL) as server:
        server.export(Outer())
        server.start()
        with pd.sync.Reference[Any]("test.Outer", url=server.url, timeout=5) as outer:
            with pd.attach(trace="7"):
                assert outer.invoke("ask", [], [])["trace"] == "7"
            assert outer.invoke("ask", [], [])["trace"] is None


def test_what_ends_the_program_leaves_other_calls_their_outcomes(blocking_server: pd.SyncServer) -> None:
    loop = asyncio.new_event_loop()
    reference = pd.aio.Reference(Api, url=blocking_server.url, timeout=5)

    async def call(number: int) -> int:
        total = await reference.add(number, 1)
        if number == 0:
            raise SystemExit(3)
        return total

    try:
        loop.run_until_complete(reference.open())
        tasks = [loop.create_task(call(number)) for number in range(50)]
        with pytest.raises(SystemExit):
            loop.run_until_complete(asyncio.wait(tasks))
        loop.run_until_complete(asyncio.wait(tasks, timeout=10))
        assert isinstance(tasks[0].exception(), SystemExit)
        assert [task.result() for task in tasks[1:]] == list(range(2, 51))
        loop.run_until_complete(reference.aclose())
    finally:
        loop.close()
