"""Numbers and names of errors are those of every language."""

from __future__ import annotations

import json
import pathlib

import pytest

import polydubbo as pd
from polydubbo.errors import ERROR_CODES, error_from_code

_CODES = json.loads(
    (pathlib.Path(__file__).parents[2] / "tests" / "vectors" / "error_codes.json").read_text(encoding="utf-8")
)


def test_numbers_and_names_are_those_of_the_core() -> None:
    assert len(_CODES) > 30
    assert list(ERROR_CODES.items()) == [(code["number"], code["name"]) for code in _CODES]


def test_every_code_has_an_exception_with_its_number_name_and_rpc_code() -> None:
    for code in _CODES:
        error = error_from_code(code["number"], "text", {})
        assert isinstance(error, pd.DubboError)
        assert (error.code, error.code_name, error.rpc_code) == (code["number"], code["name"], code["rpc_code"])


def test_a_number_of_a_newer_version_is_an_error_all_the_same() -> None:
    error = error_from_code(599, "text", {"service": "a.B"})
    assert (error.code, error.code_name, str(error), error.context) == (599, "Unknown", "text", {"service": "a.B"})


def test_one_base_catches_everything_also_values_that_cannot_be_sent() -> None:
    for name in pd.errors.__all__:
        kind = getattr(pd.errors, name)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            assert issubclass(kind, pd.DubboError), name


def test_settings_go_by_argument_by_key_and_by_keys_of_ones_own() -> None:
    url = "dubbo://127.0.0.1:1"
    for settings, text in [
        ({"options": {"tiemout": 5}}, 'did you mean "timeout"'),
        ({"options": {"timeout": "soon"}}, "decimal number"),
        ({"options": {"my.own.key.1": "x"}}, "keys of your own"),
        ({"parameters": {"my.own.key.1": "a&b"}}, "cannot be carried"),
    ]:
        with pytest.raises(pd.ConfigError, match=text):
            pd.sync.Reference("a.B", url=url, **settings)  # type: ignore[arg-type]
    for make in (pd.SyncServer, pd.Server):
        with pytest.raises(pd.ConfigError, match="cannot be carried"):
            make(port=0, parameters={"mine": "a&b"})
    pd.sync.Reference("a.B", url=url, options={"timeout": 5}, parameters={"my.own.key.1": "x"})


def test_an_option_by_key_counts_unless_the_argument_is_given() -> None:
    with pd.SyncServer(options={"port": 0, "host": "127.0.0.1", "shutdown.notice": 0}) as server:
        server.start()
        assert server.port != 20880
        assert server.running_calls == 0
