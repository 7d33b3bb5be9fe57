"""What `cjo doctor` tells of this machine."""

from __future__ import annotations

import pytest

from cjo.cli import doctor
from cjo.cli.main import main
from cjo.stack.doctor import is_plain_build
from cjo.stack.findings import Finding

USE = "-fprofile-use -fprofile-correction"


@pytest.mark.parametrize(
    ("config", "is_plain"),
    [
        ({"CONFIG_ARGS": "'--enable-shared'", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": "-O3"}, True),
        ({"CONFIG_ARGS": "'--enable-optimizations'", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": "-O3"}, False),
        ({"CONFIG_ARGS": "", "PGO_PROF_USE_FLAG": USE, "PY_CORE_CFLAGS": f"-O3 {USE}"}, False),
        ({"CONFIG_ARGS": "'--enable-shared' '--prefix=/usr'", "PGO_PROF_USE_FLAG": "", "PY_CORE_CFLAGS": "-O2"}, False),
        ({}, False),
    ],
)
def test_a_python_that_was_built_without_optimization_is_told(config: dict[str, str], is_plain: bool) -> None:
    assert is_plain_build(config) is is_plain


def test_what_could_be_faster_is_told_otherwise_than_what_does_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [Finding("engine", None, "runs as Python", "compile it"), Finding("broker", None, "stopped")]
    monkeypatch.setattr(doctor, "examine", lambda settings, workspace: found)
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines if line[0] != " "] == [["better", "engine"], ["-", "broker"]]
