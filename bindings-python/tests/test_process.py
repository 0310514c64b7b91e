"""What happens to a whole process: exit, fork, signals, loops that come and go.

Each test runs a program of its own and looks at its exit code, its output and the time it took.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator

import pytest

import polydubbo as pd
from processes import await_line, finish, free_port, run, start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork and signals are Unix")


@pytest.fixture
def url(blocking_server: pd.SyncServer) -> Iterator[str]:
    yield blocking_server.url


def test_importing_starts_nothing() -> None:
    out = run("print(threading.active_count(), os.listdir('/proc/self/task').__len__())", "-")
    assert out.split() == ["1", "1"]


def test_exit_with_blocking_calls_in_flight(url: str) -> None:
    before = time.monotonic()
    run(
        """
        ref = pd.sync.Reference(Api, url=url, timeout=60)
        ref.add(1, 1)
        for _ in range(8):
            threading.Thread(target=lambda: ref.block(30.0), daemon=True).start()
        time.sleep(0.3)
        """,
        url,
        limit=10,
    )
    assert time.monotonic() - before < 8


def test_exit_with_async_calls_in_flight(url: str) -> None:
    run(
        """
        async def main():
            ref = pd.aio.Reference(Api, url=url, timeout=60)
            await ref.add(1, 1)
            global calls
            calls = [ref.block(30.0) for _ in range(100)]
        asyncio.run(main())
        print("end")
        """,
        url,
        limit=10,
    )


def test_exit_with_servers_running(url: str) -> None:
    run(
        """
        one = pd.SyncServer(**LOCAL)
        one.export(BlockingService())
        one.start()
        ref = pd.sync.Reference(Api, url=one.url)
        assert ref.add(1, 2) == 3

        async def main():
            two = pd.Server(**LOCAL)
            two.export(ApiService())
            await two.start()
            async with pd.aio.Reference(Api, url=two.url) as api:
                assert await api.echo("x") == "x"
            global kept
            kept = two
        asyncio.run(main())
        """,
        url,
        limit=10,
    )


def test_exit_with_a_handler_that_never_returns(url: str) -> None:
    run(
        """
        class Stuck(pd.Service, interface="test.Stuck"):
            def hang(self) -> None:
                entered.set()
                time.sleep(3600)

        entered = threading.Event()
        server = pd.SyncServer(**LOCAL)
        server.export(Stuck())
        server.start()
        ref = pd.sync.Reference("test.Stuck", url=server.url, timeout=0.2, retries=0)
        try:
            ref.invoke("hang", [], [])
        except pd.RpcTimeoutError:
            print("timeout")
        assert entered.wait(5)
        """,
        url,
        limit=10,
    )


def test_exit_from_a_thread_that_calls_without_end(url: str) -> None:
    run(
        """
        ref = pd.sync.Reference(Api, url=url)
        def work():
            while True:
                ref.add(1, 1)
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.5)
        """,
        url,
        limit=10,
    )


def test_sys_exit_and_unhandled_errors_keep_their_code(url: str) -> None:
    script = "ref = pd.sync.Reference(Api, url=url)\nref.add(1, 1)\n"
    run(script + "sys.exit(7)", url, code=7)
    run(script + "1 / 0", url, code=1)


def test_event_loops_come_and_go(url: str) -> None:
    out = run(
        """
        ref = pd.aio.Reference(Api, url=url)
        async def main():
            return await asyncio.gather(*(ref.add(i, 1) for i in range(20)))
        for _ in range(5):
            assert asyncio.run(main()) == list(range(1, 21))
        # One reference on two loops at once.
        results = []
        def work():
            for _ in range(20):
                results.append(asyncio.run(main()) == list(range(1, 21)))
        threads = [threading.Thread(target=work) for _ in range(3)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert results == [True] * 60
        descriptors = len(os.listdir("/proc/self/fd"))
        for _ in range(30):
            asyncio.run(main())
        gc.collect()
        print(len(os.listdir("/proc/self/fd")) - descriptors)
        """,
        url,
    )
    assert int(out) <= 1


def test_fork_after_use_is_refused_in_the_child(url: str) -> None:
    out = run(
        """
        ref = pd.sync.Reference(Api, url=url)
        assert ref.add(1, 1) == 2
        server = pd.SyncServer(**LOCAL)
        server.export(BlockingService())
        server.start()
        pid = os.fork()
        if pid == 0:
            try:
                ref.add(1, 1)
            except pd.ForkedError as error:
                print("child:", error, flush=True)
            try:
                server.close()
            except pd.ForkedError:
                print("server too", flush=True)
            fresh = pd.sync.Reference(Api, url=url)
            print("fresh:", fresh.add(2, 3), flush=True)
            async def main():
                async with pd.aio.Reference(Api, url=url) as api:
                    return await api.add(4, 5)
            print("aio:", asyncio.run(main()), flush=True)
            sys.exit(0)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        print("parent:", ref.add(3, 3))
        """,
        url,
    )
    assert "child: this object was created before fork" in out and "server too" in out
    assert "fresh: 5" in out and "aio: 9" in out and "parent: 6" in out


def test_fork_before_use_works_in_both(url: str) -> None:
    out = run(
        """
        pid = os.fork()
        ref = pd.sync.Reference(Api, url=url)
        # In one piece: both write to the same pipe.
        print(f"{'child' if pid == 0 else 'parent'} {ref.add(1, 1)}", flush=True)
        if pid:
            _, status = os.waitpid(pid, 0)
            assert status == 0
        """,
        url,
    )
    assert "child 2" in out and "parent 2" in out


def test_multiprocessing_by_fork_with_a_used_parent(url: str) -> None:
    out = run(
        """
        import multiprocessing
        def work(n):
            with pd.sync.Reference(Api, url=url) as ref:
                return ref.add(n, 1)
        if __name__ == "__main__":
            with pd.sync.Reference(Api, url=url) as ref:
                ref.add(1, 1)
                with multiprocessing.get_context("fork").Pool(3) as pool:
                    print(pool.map(work, range(6)))
                    pool.close()
                    pool.join()
                print(ref.add(1, 1))
        """,
        url,
    )
    assert "[1, 2, 3, 4, 5, 6]" in out


def test_ctrl_c_interrupts_a_blocking_call(url: str) -> None:
    process = start(
        """
        ref = pd.sync.Reference(Api, url=url, timeout=60)
        ref.add(1, 1)
        print("ready", flush=True)
        before = time.monotonic()
        try:
            ref.block(30.0)
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - before < 5)
            print(ref.add(1, 1))
        """,
        url,
    )
    await_line(process, "ready")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert finish(process).split() == ["interrupted", "True", "2"]


def test_ctrl_c_interrupts_opening(url: str) -> None:
    process = start(
        """
        ref = pd.sync.Reference(Api, registry="zookeeper://127.0.0.1:1", timeout=60, options={"check": True})
        print("ready", flush=True)
        try:
            ref.open()
        except KeyboardInterrupt:
            print("interrupted")
        except pd.DubboError as error:
            print("refused")
        """,
        url,
    )
    await_line(process, "ready")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert finish(process).strip() in ("interrupted", "refused")


@pytest.mark.parametrize("kind", ["SyncServer", "Server"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_stops_a_server_in_an_orderly_way(url: str, kind: str, number: int) -> None:
    process = start(
        """
        service = BlockingService() if sys.argv[2] == "SyncServer" else ApiService()
        settings = {**LOCAL, "port": int(sys.argv[3])}
        def announce():
            with pd.sync.Reference(Api, url=f"dubbo://127.0.0.1:{sys.argv[3]}", check=False, retries=0) as ref:
                while True:
                    try:
                        ref.add(1, 1)
                        break
                    except pd.RpcError:
                        time.sleep(0.05)
            print("ready", flush=True)
        threading.Thread(target=announce, daemon=True).start()
        pd.run(getattr(pd, sys.argv[2])(**settings), service)
        print("stopped")
        """,
        url,
        kind,
        str(free_port()),
    )
    await_line(process, "ready")
    process.send_signal(number)
    assert finish(process).strip() == "stopped"


def test_collecting_while_calls_are_in_flight(url: str) -> None:
    run(
        """
        async def main():
            for _ in range(20):
                ref = pd.aio.Reference(Api, url=url)
                calls = [ref.add(i, 1) for i in range(20)]
                del ref
                gc.collect()
                assert await asyncio.gather(*calls) == list(range(1, 21))
        asyncio.run(main())
        def work():
            for _ in range(10):
                assert pd.sync.Reference(Api, url=url).add(1, 1) == 2
                gc.collect()
        threads = [threading.Thread(target=work) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        """,
        url,
        limit=40,
    )


def test_sub_interpreters_are_refused() -> None:
    out = run(
        """
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            print("refused: no such module")
            sys.exit(0)
        inner = interpreters.create()
        try:
            interpreters.run_string(inner, "import sys; sys.path[:] = %r\\nimport polydubbo" % sys.path)
        except Exception as error:
            print("refused:", error)
        """,
        "-",
    )
    assert "refused" in out


def test_log_messages_reach_python_logging(url: str) -> None:
    out = run(
        """
        import logging
        logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
        ref = pd.sync.Reference(Api, url="dubbo://127.0.0.1:1", check=False, retries=0)
        try:
            ref.add(1, 1)
        except pd.RpcError:
            pass
        time.sleep(0.5)
        """,
        url,
    )
    assert any(line.startswith("polydubbo.") for line in out.splitlines()), out


def test_memory_stays_flat(url: str) -> None:
    out = run(
        """
        import resource
        def rss():
            with open("/proc/self/statm") as f:
                return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        async def main():
            async with pd.aio.Reference(Api, url=url) as api:
                async def worker(n):
                    for _ in range(n):
                        await api.echo({"a": [1, "x" * 50], "b": None})
                async def calls(n):
                    await asyncio.gather(*(worker(n // 50) for _ in range(50)))
                await calls(5000)
                before = rss()
                await calls(20000)
                print(rss() - before)
        asyncio.run(main())
        """,
        url,
        limit=55,
    )
    assert int(out) < 4 << 20
