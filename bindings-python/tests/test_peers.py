"""With a real registry and a real Java provider: what only they can show.

``cargo xtask test`` starts both and tells where they are; by hand, set ``POLYDUBBO_TEST_REGISTRY`` to the address of
a ZooKeeper in which a Java peer has registered.
"""

from __future__ import annotations

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

import polydubbo as pd
from processes import await_line, finish, free_port, run, start

_ZOOKEEPER = os.environ.get("POLYDUBBO_TEST_REGISTRY", "")
_REGISTRY = f"{_ZOOKEEPER}?file-cache=false"

pytestmark = pytest.mark.skipif(not _ZOOKEEPER, reason="POLYDUBBO_TEST_REGISTRY is not set")

_BEHAVIOUR = "io.polydubbo.peer.api.Behaviour"
_PRELUDE = f"""
registry, behaviour = {_REGISTRY!r}, {_BEHAVIOUR!r}
def hello(text, **place):
    with pd.sync.Reference(behaviour, timeout=5, **place) as ref:
        return ref.invoke("hello", ["java.lang.String"], [text])
"""


@pd.java_exception("io.polydubbo.peer.api.PeerException")
class PeerException(pd.RemoteException):
    code: int


def _thrown(method: str, types: list[str], args: list[object]) -> pd.RemoteException:
    with pd.sync.Reference(_BEHAVIOUR, registry=_REGISTRY, timeout=10) as behaviour:
        with pytest.raises(pd.RemoteException) as caught:
            behaviour.invoke(method, types, args)
    return caught.value


def test_an_exception_of_java_brings_its_fields_stack_and_cause() -> None:
    text = "java.lang.String"
    error = _thrown("throwChecked", ["int", text], [42, "bang"])
    assert isinstance(error, PeerException) and (error.code, error.java_message) == (42, "bang")
    top = error.java_stack[0]
    assert (top.method_name, top.file_name) == ("throwChecked", "BehaviourService.java") and top.line_number > 0
    assert error.attachments["dubbo"] == "2.0.2"

    error = _thrown("throwWithCause", [text, text], ["outer", "inner"])
    cause = error.__cause__
    assert isinstance(cause, pd.RemoteException) and cause is error.java_cause
    assert (cause.java_class, cause.java_message) == ("java.lang.IllegalArgumentException", "inner")
    assert cause.java_stack[0].method_name == "throwWithCause"
    assert "Caused by: java.lang.IllegalArgumentException: inner\n\tat " in error.format_java_stack()

    error = _thrown("throwUnchecked", [text], ["odd"])
    assert type(error) is pd.RemoteException and error.java_class.endswith("PeerRuntimeException")


def test_every_value_of_java_is_read_with_the_right_references() -> None:
    with pd.sync.Reference("io.polydubbo.peer.api.JavaValues", registry=_REGISTRY, timeout=10, retries=0) as java:
        names = java.invoke("names", [], [])
        for name in names:
            try:
                value, shared, again, end = java.invoke("make", ["java.lang.String"], [name])
            except pd.RpcError as error:
                # Java cannot write these, or loses what they contain.
                assert name.endswith(".of") or "Failed to send response" in str(error), (name, error)
            else:
                assert shared == ["shared"] and shared is again and end == "end", (name, value)
    assert len(names) > 45


def test_a_child_of_a_parent_that_used_zookeeper_is_told_so_at_once(tmp_path: pathlib.Path) -> None:
    # The list that the parent wrote must not make the child believe that all is well.
    registry = f"{_ZOOKEEPER}?save.file=true&file={tmp_path / 'list'}"
    out = run(
        _PRELUDE.replace(_REGISTRY, registry)
        + """
assert hello("a", registry=registry) == "Hello, a"
pid = os.fork()
if pid == 0:
    before = time.monotonic()
    try:
        hello("b", registry=registry)
    except pd.ForkedError as error:
        print(error, time.monotonic() - before < 2, flush=True)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
print(hello("c", registry=registry))
""",
        "-",
    )
    assert "spawn or forkserver" in out and "True" in out and "Hello, c" in out


def test_children_of_a_parent_that_waited_use_zookeeper() -> None:
    out = run(
        _PRELUDE
        + """
# Made before the fork, but not opened: what gunicorn --preload does.
early = pd.sync.Reference(behaviour, registry=registry, timeout=5)
children = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        answer = early.invoke("hello", ["java.lang.String"], [f"child {number}"])
        # In one piece: the children write to the same pipe.
        os.write(1, f"{answer}\\n".encode())
        sys.exit(0)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
print(hello("parent", registry=registry))
""",
        "-",
    )
    assert sorted(out.splitlines()) == ["Hello, child 0", "Hello, child 1", "Hello, child 2", "Hello, parent"]


def test_spawned_workers_use_zookeeper_whatever_the_parent_did(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(
        "import multiprocessing\nimport polydubbo as pd\n"
        + _PRELUDE
        + """
def work(number):
    return hello(str(number), registry=registry)
if __name__ == "__main__":
    assert work(0) == "Hello, 0"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(sorted(pool.map(work, range(4))))
        pool.close()
        pool.join()
"""
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=50)
    assert done.stdout.strip() == str([f"Hello, {number}" for number in range(4)]), done.stderr


def test_forked_servers_register_and_withdraw() -> None:
    out = run(
        _PRELUDE
        + """
class Who(pd.Service, interface="test.Who"):
    def pid(self) -> int:
        return os.getpid()

children = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        pd.run(pd.SyncServer(**LOCAL, registry=registry), Who())
        sys.exit(0)
    children.append(pid)

with pd.sync.Reference("test.Who", registry=registry, check=False, timeout=5) as who:
    seen = set()
    while seen != set(children):
        try:
            seen.add(who.invoke("pid", [], []))
        except pd.RpcError:
            time.sleep(0.05)
    for pid in children:
        os.kill(pid, signal.SIGTERM)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
    while True:
        try:
            who.invoke("pid", [], [])
        except pd.ForbiddenError:
            print("both withdrew")
            break
        except pd.RpcError:
            pass
        time.sleep(0.05)
""",
        "-",
    )
    assert "both withdrew" in out


@pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["lazily", "preloaded"])
def test_workers_of_gunicorn_call(tmp_path: pathlib.Path, preload: list[str]) -> None:
    (tmp_path / "application.py").write_text(
        f"""
import os
import polydubbo as pd
behaviour = pd.sync.Reference({_BEHAVIOUR!r}, registry={_REGISTRY!r}, timeout=5)
def app(environ, respond):
    text = behaviour.invoke("hello", ["java.lang.String"], [str(os.getpid())])
    respond("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
"""
    )
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", *preload, "-w", "2", "-b", f"127.0.0.1:{port}", "application:app"]
    gunicorn = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        workers: set[str] = set()
        _until(lambda: len(workers) == 2 or workers.update(_get(port)), "both workers answer")
    finally:
        gunicorn.send_signal(signal.SIGTERM)
        finish(gunicorn)
    assert all(text.startswith("Hello, ") for text in workers)


def _get(port: int) -> set[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
        return {text}
    except ConnectionError:
        return set()
    finally:
        connection.close()


def test_a_server_that_is_left_behind_at_exit_leaves_the_registry_at_once() -> None:
    process = start(
        _PRELUDE
        + """
class Leaver(pd.Service, interface="test.Leaver"):
    def nothing(self) -> None: ...

server = pd.SyncServer(**LOCAL, registry=registry)
server.export(Leaver())
server.start()
print("ready", flush=True)
sys.stdin.read()
""",
        "-",
    )
    await_line(process, "ready")
    assert "test.Leaver" in _ephemeral_nodes()
    finish(process, limit=10)
    # Long before the session, which lasts ten seconds, could have timed out.
    _until(lambda: "test.Leaver" not in _ephemeral_nodes(), "the node is gone", limit=3)


def _ephemeral_nodes() -> str:
    """What ZooKeeper itself says."""
    host, port = _ZOOKEEPER.partition("://")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"dump")
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()


def _until(holds: Callable[[], object], what: str, limit: float = 30) -> None:
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)
