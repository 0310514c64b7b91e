"""Programs of their own, for what concerns a whole process."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import sys
import textwrap

import pytest

_HERE = pathlib.Path(__file__).parent

_PRELUDE = """
import asyncio, gc, os, signal, sys, threading, time
import polydubbo as pd
from conftest import Api, ApiService, BlockingService, LOCAL
# A shell lets its background jobs, and so everything they start, ignore SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
url = sys.argv[1]
"""


def start(script: str, *args: str) -> subprocess.Popen[str]:
    """Runs a script behind the imports that all need; its standard input stays open until it is finished."""
    code = _PRELUDE + textwrap.dedent(script)
    environment = {**os.environ, "PYTHONPATH": str(_HERE), "PYTHONFAULTHANDLER": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "ignore::DeprecationWarning", "-c", code, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process: subprocess.Popen[str], limit: float = 20, code: int = 0) -> str:
    """The output of a program that must end in time, with this exit code, and without a complaint."""
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"still running after {limit} s\n{out}\n{err}")
    assert process.returncode == code, f"{out}\n{err}"
    for complaint in ("Fatal", "panicked", "Exception ignored", "Segmentation", "FATAL"):
        assert complaint not in err, err
    return out


def run(script: str, *args: str, limit: float = 20, code: int = 0) -> str:
    """Starts and finishes a program."""
    return finish(start(script, *args), limit, code)


def await_line(process: subprocess.Popen[str], line: str) -> None:
    """Waits for a line that the program prints next."""
    assert process.stdout is not None
    assert process.stdout.readline().strip() == line


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
