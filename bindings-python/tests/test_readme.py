"""The README's blocks and the examples, run as they stand; only addresses are replaced."""

from __future__ import annotations

import pathlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

import polydubbo as pd
from processes import free_port

_ROOT = pathlib.Path(__file__).parents[2]
_REGISTRY = 'registry="zookeeper://127.0.0.1:2181"'


class Greeter(pd.Service, interface="com.acme.Greeter", version="1.0.0"):
    def sayHello(self, name: str) -> str:
        return f"Hello {name}"

    def add(self, a: int, b: pd.Long) -> pd.Long:
        return a + b


@pytest.fixture
def url() -> Iterator[str]:
    with pd.SyncServer(host="127.0.0.1", port=0, shutdown_timeout=0.5) as server:
        server.export(Greeter())
        server.start()
        yield server.url


def test_the_blocks_of_the_readme_run_in_order(url: str) -> None:
    text = (_ROOT / "bindings-python" / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Install", "Call", "Serve", "Types", "Errors", "Configuration"]
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 8
    program = "\n".join(blocks).replace(_REGISTRY, f'url="{url}"')
    done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:5] == ["Hello world", "[0, 2, 4]", "Hello world", "3", "Hello you"]
    assert lines[-1] == "no user 7 7"


def test_the_example_of_the_project_runs() -> None:
    text = (_ROOT / "README.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)

    class Plain(pd.Service, interface="com.acme.Greeter"):
        def sayHello(self, name: str) -> str:
            return f"Hello {name}"

    with pd.SyncServer(host="127.0.0.1", port=0, shutdown_timeout=0.5) as server:
        server.export(Plain())
        server.start()
        program = program.replace(_REGISTRY, f'url="{server.url}"')
        done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (0, "Hello world\n"), done.stderr


def test_the_examples_talk_to_each_other(tmp_path: pathlib.Path) -> None:
    port = free_port()
    examples = tmp_path / "examples"
    examples.mkdir()
    for file in (_ROOT / "examples" / "python").glob("*.py"):
        (examples / file.name).write_text(file.read_text(encoding="utf-8").replace("20880", str(port)))
    provider = subprocess.Popen([sys.executable, str(examples / "provider.py")], stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        for name, wanted in [
            ("consumer.py", ["Hello world, says Python to consumer-python", "user_name='Ada'", "no user 99 (id 99)"]),
            ("blocking.py", ["Hello world", "user_name='Ada'", "came back:"]),
        ]:
            done = subprocess.run([sys.executable, str(examples / name)], capture_output=True, text=True, timeout=30)
            assert done.returncode == 0, done.stderr
            assert all(text in done.stdout for text in wanted), done.stdout
    finally:
        provider.terminate()
        assert provider.wait(20) == 0
        assert provider.stderr is not None
        provider.stderr.close()
