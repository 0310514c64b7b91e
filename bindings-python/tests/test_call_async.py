"""Calls and services on asyncio, both ends in this process."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import gc
import sys
import threading
from decimal import Decimal
from typing import Any

import pytest

import polydubbo as pd
from conftest import LOCAL, Api, ApiService, BlockingHearing, Hearing, Item, NotFound
from polydubbo import _loop

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    "value",
    [None, True, 7, 2**40, 1.5, "text", "😀", b"bytes", [1, [2]], {"k": {"n": None}}, {1, 2}, Decimal("1.50"), dt.date(2024, 1, 2)],
    ids=repr,
)
async def test_values_come_back(api: pd.aio.Reference[Api], value: Any) -> None:
    assert await api.echo(value) == value


async def test_typed_arguments_and_results(api: pd.aio.Reference[Api]) -> None:
    assert await api.add(1) == 3
    assert await api.add(1, b=5) == 6
    assert await api.total([1, 2**40]) == 2**40 + 1
    assert await api.nothing() is None
    item = Item(5, "name", ["x"])
    assert await api.save(item) == Item(5, "NAME", ["x"])
    assert await api.save({"id": 6, "name": "dict"}) == Item(6, "DICT")


async def test_large_values_travel(api: pd.aio.Reference[Api]) -> None:
    data = bytes(range(256)) * 8192
    assert await api.echo(data) == data
    text = "ä😀" * 200_000
    assert await api.echo(text) == text


async def test_overloads_are_told_apart(api: pd.aio.Reference[Api]) -> None:
    assert await api.overloaded_int(5) == "int 5"
    assert await api.overloaded_text("x") == "text x"
    assert await api.invoke("overloaded", ["java.lang.String"], ["y"]) == "text y"


async def test_calls_without_an_interface(server: pd.Server) -> None:
    async with pd.aio.Reference[Any]("test.Api", url=server.url, version="1.0.0") as untyped:
        assert await untyped.invoke("add", ["int", "int"], [1, 2]) == 3
        with pytest.raises(AttributeError, match="parameter types .* are unknown"):
            untyped.add(1, 2)
        assert await untyped.echo("x") == "x"
    async with pd.aio.Reference[Any]("test.Api", url=server.url, version="1.0.0", infer=True) as inferring:
        assert await inferring.add(1, 2) == 3
        assert await inferring.overloaded("x") == "text x"


async def test_mistakes_are_found_before_anything_is_sent(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(OverflowError, match=r"args\[0\]: value 2147483648 out of range for int"):
        await api.add(2**31)
    with pytest.raises(TypeError, match=r"args\[0\]: expected a list, got int"):
        await api.total(5)
    with pytest.raises(TypeError, match="missing a required argument"):
        await api.add()
    with pytest.raises(AttributeError, match="no method 'missing'"):
        await api.missing()
    with pytest.raises(pd.InvalidArgumentError, match="2 types for 1 arguments"):
        await api.invoke("add", ["int", "int"], [1])


async def test_registered_exceptions_arrive_as_their_class(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(NotFound) as caught:
        await api.find("missing")
    assert caught.value.java_message == "no item missing" and caught.value.key == "missing"
    assert (await api.find("there")).name == "there"


async def test_other_exceptions_arrive_as_java_exceptions(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(pd.RemoteException, match=r"java\.lang\.RuntimeException: KeyError: 'k'") as caught:
        await api.fail("key")
    assert caught.value.java_class == "java.lang.RuntimeException" and caught.value.code == 200
    with pytest.raises(pd.RemoteException, match=r"a\.B: m"):
        await api.fail("java")


async def test_an_exception_has_the_attachments_of_its_answer(server: pd.Server) -> None:
    class Telling(pd.Service, interface="test.Telling"):
        async def fail(self) -> None:
            pd.context().reply["why"] = "because"
            raise NotFound("nothing")

    await server.export(Telling())
    async with pd.aio.Reference[Any]("test.Telling", url=server.url) as telling:
        with pytest.raises(NotFound) as caught:
            await telling.invoke("fail", [], [])
    assert caught.value.attachments["why"] == "because"


async def test_a_coroutine_that_never_ends_is_cut_off_at_the_end() -> None:
    class Stuck(pd.Service, interface="test.Stuck"):
        async def hang(self) -> None:
            await asyncio.Event().wait()

        async def stay(self) -> str:
            return "here"

    server = pd.Server(**LOCAL, shutdown_timeout=0.3)
    server.export(Stuck())
    await server.start()
    async with pd.aio.Reference[Any]("test.Stuck", url=server.url, retries=0) as stuck:
        hanging = stuck.invoke("hang", [], [], timeout=60)
        with pytest.raises(pd.RpcTimeoutError):
            await stuck.invoke("hang", [], [], timeout=0.1)
        assert await stuck.invoke("stay", [], []) == "here"
        await server.aclose()
        with pytest.raises(pd.NetworkError):
            await hanging


async def test_a_coroutine_is_cancelled_with_its_caller_if_that_is_wished() -> None:
    class Patient(pd.Service, interface="test.Patient"):
        async def wait(self) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        async def remaining(self) -> float | None:
            return pd.context().remaining

    cancelled = asyncio.Event()
    async with pd.Server(**LOCAL, cancel_on_timeout=True) as server:
        server.export(Patient())
        await server.start()
        options = {"enable-timeout-countdown": True}
        async with pd.aio.Reference[Any]("test.Patient", url=server.url, timeout=0.2, retries=0, options=options) as told:
            left = await told.invoke("remaining", [], [])
            assert 0 < left <= 0.2
            with pytest.raises(pd.RpcTimeoutError):
                await told.invoke("wait", [], [])
            await asyncio.wait_for(cancelled.wait(), 5)
        # A caller that does not tell is not guessed at.
        async with pd.aio.Reference[Any]("test.Patient", url=server.url, retries=0) as silent:
            assert await silent.invoke("remaining", [], []) is None


async def test_tracebacks_are_sent_only_on_demand(service: ApiService) -> None:
    async with pd.Server(**LOCAL, expose_tracebacks=True) as server:
        server.export(service)
        await server.start()
        async with pd.aio.Reference(Api, url=server.url) as api:
            with pytest.raises(pd.RemoteException, match="Traceback") as caught:
                await api.fail("value")
    assert "conftest.py" in str(caught.value)


async def test_a_result_that_cannot_be_encoded_is_reported(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(pd.RpcError, match="the result cannot be encoded: .*object has no Java form"):
        await api.unsendable()


async def test_an_unknown_method_is_refused(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(pd.RpcError):
        await api.invoke("nowhere", [], [])


async def test_timeouts(api: pd.aio.Reference[Api]) -> None:
    with pytest.raises(pd.RpcTimeoutError) as caught:
        await api.with_options(timeout=0.05).wait(1.0)
    assert isinstance(caught.value, TimeoutError) and caught.value.is_timeout
    assert await api.with_options(timeout=2).wait(0.01) == "waited"


async def test_attachments_go_both_ways(api: pd.aio.Reference[Api]) -> None:
    with pd.attach(trace="42") as ctx:
        seen = await api.surroundings()
        assert ctx.reply["answered"] == "yes"
    assert seen["trace"] == seen["inherited"] == "42" and seen["method"] == "surroundings"
    assert seen["peer"].startswith("127.0.0.1:")
    assert (await api.surroundings())["trace"] is None
    assert (await api.with_options(attachments={"trace": "7"}).surroundings())["trace"] == "7"


async def test_contexts_of_concurrent_tasks_are_apart(api: pd.aio.Reference[Api]) -> None:
    async def one(number: int) -> Any:
        with pd.attach(trace=str(number)):
            await asyncio.sleep(0)
            return (await api.surroundings())["trace"]

    assert await asyncio.gather(*map(one, range(50))) == [str(number) for number in range(50)]


async def test_oneway_calls_do_not_wait(api: pd.aio.Reference[Api], service: ApiService) -> None:
    assert await api.note("first") is None
    assert await asyncio.to_thread(service.noted.wait, 5)
    assert service.notes == ["first"]


async def test_many_calls_at_once(api: pd.aio.Reference[Api]) -> None:
    results = await asyncio.gather(*(api.add(number, 1) for number in range(900)))
    assert results == list(range(1, 901))
    slow = [api.wait(0.05) for _ in range(300)]
    assert await asyncio.gather(*slow) == ["waited"] * 300


async def test_blocking_methods_do_not_block_the_loop(api: pd.aio.Reference[Api]) -> None:
    slow = asyncio.ensure_future(api.block(0.5))
    for _ in range(20):
        assert await api.echo("x") == "x"
    assert not slow.done()
    assert await slow == "blocked"


async def test_cancelled_calls_leave_nothing_behind(api: pd.aio.Reference[Api]) -> None:
    future = api.wait(0.05)
    future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await future
    with pytest.raises((asyncio.TimeoutError, TimeoutError)):
        await asyncio.wait_for(api.wait(0.2), 0.01)
    assert await api.wait(0.25) == "waited"
    assert _loop.queue_of(asyncio.get_running_loop()).pending == 0


async def test_many_cancelled_calls_are_swept(service: ApiService) -> None:
    # The service is not told of a cancellation and waits on, so its server must not wait for it.
    server = pd.Server(**LOCAL, shutdown_timeout=0.2, max_calls=2000)
    server.export(service)
    await server.start()
    async with server, pd.aio.Reference(Api, url=server.url, timeout=60, retries=0) as api:
        queue = _loop.queue_of(asyncio.get_running_loop())
        for _ in range(1030):
            api.wait(3600.0).cancel()
        assert queue.pending > 1000
        for _ in range(3):
            assert await api.add(1, 1) == 2
        assert queue.pending < 100


async def test_references_open_at_the_first_call(server: pd.Server) -> None:
    reference = pd.aio.Reference(Api, url=server.url)
    assert not reference.is_available
    assert await asyncio.gather(reference.add(1, 1), reference.add(2, 2)) == [2, 4]
    assert reference.is_available
    await reference.aclose()
    with pytest.raises(pd.ClosedError):
        await reference.add(1, 1)
    await reference.aclose()


async def test_event_loops_of_several_threads_share_a_reference(api: pd.aio.Reference[Api]) -> None:
    here = asyncio.get_running_loop()
    start = threading.Barrier(3)

    async def call() -> tuple[bool, list[int]]:
        start.wait(10)
        loop = asyncio.get_running_loop()
        total = 0
        for number in range(50):
            future = api.add(number, 1)
            assert isinstance(future, asyncio.Future)
            assert future.get_loop() is loop
            total += await future
        return loop is here, [total]

    threads = [asyncio.to_thread(asyncio.run, call()) for _ in range(3)]
    assert await asyncio.gather(*threads) == [(False, [1275])] * 3
    assert await api.add(1, 1) == 2


async def test_a_call_needs_an_event_loop_in_its_own_thread(api: pd.aio.Reference[Api]) -> None:
    assert await api.add(1, 1) == 2
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no running event loop"):
            await asyncio.to_thread(api.add, 1, 1)
        assert await api.add(1, b=1) == 2


async def test_whoever_waits_for_a_call_goes_on(api: pd.aio.Reference[Api]) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
    heard: list[int] = []

    async def wait(number: int, future: asyncio.Future[int]) -> tuple[int, int]:
        variable.set(number)
        result = await future
        task = asyncio.current_task()
        assert task is not None and task.get_name() == str(number)
        return variable.get(), result

    alone, shared, told = api.add(1, 1), api.add(2, 2), api.add(3, 3)
    told.add_done_callback(lambda future: heard.append(future.result()))
    futures = [alone, shared, shared, told]
    tasks = [asyncio.create_task(wait(index, future), name=str(index)) for index, future in enumerate(futures)]
    assert await asyncio.gather(*tasks) == [(0, 2), (1, 4), (2, 4), (3, 6)] and heard == [6]
    assert await asyncio.wait_for(asyncio.shield(api.add(4, 4)), 5) == 8


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tasks choose their context from 3.11 on")
async def test_a_task_goes_on_although_its_context_is_in_use(api: pd.aio.Reference[Api]) -> None:
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    queue = _loop.queue_of(loop)

    async def call() -> int:
        return await api.add(1, 1)

    loop.add_reader(queue.fileno(), context.run, queue.drain)
    try:
        assert await loop.create_task(call(), context=context) == 2
    finally:
        loop.add_reader(queue.fileno(), queue.drain)


async def test_methods_look_like_functions(api: pd.aio.Reference[Api]) -> None:
    assert api.add is api.add and api.add.__name__ == api.add.__qualname__ == "add"
    assert "add" in repr(api.add)
    with pytest.raises(TypeError, match=r"add\(\): .*'c'"):
        api.add(1, c=2)
    assert await asyncio.gather(api.add(1), api.add(b=3, a=1), api.proxy.add(1, 1)) == [3, 4, 2]


async def test_a_reference_that_is_collected_lets_its_calls_finish(server: pd.Server) -> None:
    reference = pd.aio.Reference(Api, url=server.url)
    await reference.open()
    call = reference.wait(0.1)
    del reference
    gc.collect()
    assert await call == "waited"


async def test_nobody_listens(unused_tcp_port: int) -> None:
    reference = pd.aio.Reference(Api, url=f"dubbo://127.0.0.1:{unused_tcp_port}", options={"connect.timeout": 500})
    with pytest.raises(pd.RpcError):
        await reference.open()
    lenient = pd.aio.Reference(Api, url=f"dubbo://127.0.0.1:{unused_tcp_port}", check=False, retries=0, timeout=1)
    await lenient.open()
    with pytest.raises(pd.RpcError):
        await lenient.add(1, 1)
    await lenient.aclose()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "dubbo://127.0.0.1:1", "options": {"loadbalence": "random"}},
        {"url": "dubbo://127.0.0.1:1", "timeout": -1},
        {},
    ],
    ids=str,
)
async def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        pd.aio.Reference(Api, **settings)


async def test_a_service_exported_later(server: pd.Server) -> None:
    class Late(pd.Service, interface="test.Late"):
        async def hello(self, name: str) -> str:
            return f"hello {name}"

    await server.export(Late())
    async with pd.aio.Reference[Any]("test.Late", url=server.url) as late:
        assert await late.invoke("hello", ["java.lang.String"], ["you"]) == "hello you"
    with pytest.raises(pd.ConfigError):
        await server.export(Late())


async def test_services_are_checked() -> None:
    class Incomplete(pd.Service, interface=Api):
        def echo(self, value: object) -> object:
            return value

    class Empty(pd.Service, interface="test.Empty"):
        pass

    async with pd.Server(**LOCAL) as server:
        with pytest.raises(pd.InvalidArgumentError, match="lacks the method add"):
            server.export(Incomplete())
        with pytest.raises(pd.InvalidArgumentError, match="no public annotated method"):
            server.export(Empty())


async def test_too_many_calls_are_refused(service: ApiService) -> None:
    async with pd.Server(**LOCAL, max_calls=5) as server:
        server.export(service)
        await server.start()
        async with pd.aio.Reference(Api, url=server.url, retries=0) as api:
            outcomes = await asyncio.gather(*(api.wait(0.2) for _ in range(20)), return_exceptions=True)
    assert outcomes.count("waited") == 5
    assert all(isinstance(one, pd.RpcError) for one in outcomes if one != "waited")


async def test_the_server_finishes_calls_before_it_closes(service: ApiService) -> None:
    server = pd.Server(**LOCAL)
    server.export(service)
    await server.start()
    async with pd.aio.Reference(Api, url=server.url, retries=0) as api:
        call = api.wait(0.3)
        await asyncio.sleep(0.05)
        await server.aclose()
        assert await call == "waited"


async def test_generic_calls(server: pd.Server) -> None:
    async with pd.aio.Reference[Any]("test.Api", url=server.url, version="1.0.0") as api:
        assert await api.generic("add", ["int", "int"], [3, 4]) == 7
        found = await api.generic("find", ["java.lang.String"], ["x"])
        assert found["name"] == "x" and found["class"] == "test.Item"


async def test_callback_objects_are_called(api: pd.aio.Reference[Api], service: ApiService) -> None:
    hearing = Hearing()
    assert await api.tell("k", 3, hearing) == "heard k-0,heard k-1,heard k-2"
    await api.subscribe("a", hearing)
    assert await api.publish("a", "news") == "heard news"
    assert hearing.events == ["k-0", "k-1", "k-2", "a-subscribed", "news"]
    assert "test.Listener #1" in repr(service.listeners["a"])
    assert await api.unsubscribe("a", hearing) is True
    assert await api.publish("a", "more") is None
    assert await api.tell("p", 2, BlockingHearing()) == "heard p-0,heard p-1"
    with pytest.raises(pd.LimitExceededError, match="callback instances num exceed"):
        await api.tell("q", 1, Hearing())


async def test_callback_objects_die_with_their_connection(server: pd.Server, service: ApiService) -> None:
    async with pd.aio.Reference(Api, url=server.url) as api:
        await api.subscribe("a", Hearing())
        assert service.listeners["a"]
    for _ in range(100):
        if not service.listeners["a"]:
            break
        await asyncio.sleep(0.02)
    with pytest.raises(pd.RpcError):
        await service.publish("a", "late") if service.listeners["a"] else await service.listeners["a"].changed("late")


async def test_one_function_serves_any_method(server: pd.Server) -> None:
    class Anything(pd.DynamicService, interface="test.Anything"):
        lossless = True

        async def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
            return [method, types, *args]

    class AnythingElse(pd.DynamicService, interface="test.AnythingElse"):
        def invoke(self, method: str, types: list[str], args: list[Any]) -> Any:
            return method

    await server.export(Anything())
    await server.export(AnythingElse())
    async with pd.aio.Reference[Any]("test.Anything", url=server.url) as anything:
        got = await anything.invoke("made.up", ["int[]", "java.util.Set"], [[1], {2}])
        assert got == ["made.up", ["int[]", "java.util.Set"], [1], {2}]
    async with pd.aio.Reference[Any]("test.AnythingElse", url=server.url) as anything:
        assert await anything.invoke("other", [], []) == "other"
