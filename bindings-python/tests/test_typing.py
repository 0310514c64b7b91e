"""The package's types: strict checks of the package, of samples that users write, and of the native stubs."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

import pytest

pytest.importorskip("mypy")

_HERE = pathlib.Path(__file__).parent
_CONFIG = _HERE.parent / "pyproject.toml"


def check(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, cwd=_HERE.parent, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_the_package_is_strictly_typed() -> None:
    code, text = check("mypy", "--config-file", str(_CONFIG), "-p", "polydubbo")
    assert code == 0, text


@pytest.mark.timeout(300)
def test_samples_of_users_are_typed_as_they_say() -> None:
    sample = _HERE / "typing_samples.py"
    _, text = check("mypy", "--config-file", str(_CONFIG), str(sample))
    found = set(re.findall(r"typing_samples\.py:(\d+): error: .*\[([\w-]+)\]", text))
    lines = sample.read_text().splitlines()
    wanted = {
        (str(number), match[1]) for number, line in enumerate(lines, 1) if (match := re.search(r"# error: ([\w-]+)", line))
    }
    assert found == wanted, text


@pytest.mark.timeout(300)
def test_pyright_agrees() -> None:
    _, text = check("pyright", "--outputjson", "--pythonpath", sys.executable, str(_HERE / "typing_samples.py"))
    found = {one["range"]["start"]["line"] + 1 for one in json.loads(text[text.index("{") :])["generalDiagnostics"]}
    lines = (_HERE / "typing_samples.py").read_text().splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if "# error: " in line}, text


@pytest.mark.timeout(300)
def test_the_stubs_of_the_native_module_match_it() -> None:
    code, text = check("mypy.stubtest", "polydubbo._native", "--mypy-config-file", str(_CONFIG))
    assert code == 0, text
