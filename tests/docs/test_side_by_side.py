"""`make test`: a failure in one part fails the whole, and so does a run without a single test."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from cjo.errors import StackError
from tests import side_by_side
from tests.side_by_side import COMPILED, JAVA, OF_THE_ENGINE, main

MARKS = ("flink", "broker", "cluster", "own_stack", "interpreted", "hypothesis", "nightly")


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("def test_one(): pass", 0, "all parts have passed"),
        ("def test_one(): assert 0", 1, "tests without Java have failed"),
        ("import pytest\n@pytest.mark.nightly\ndef test_one(): pass", 1, "there was no test to run"),
    ],
)
def test_the_parts_of_make_test(
    body: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_it.py").write_text(body)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = nightly: left out\n")

    assert main([str(tmp_path), "-p", "no:cacheprovider"]) == code
    assert capsys.readouterr().out.splitlines()[-1] == said


@pytest.mark.parametrize("is_compiled", [True, False])
def test_a_test_that_is_not_nightly_is_in_a_part_whatever_its_marks(
    is_compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "compiled_files", lambda: [Path("core.so")] if is_compiled else [])
    parts = side_by_side._parts([])

    for folder, values in product(("tests/engine", "tests/spec"), product((True, False), repeat=len(MARKS))):
        marks = dict(zip(MARKS, values, strict=True))
        if marks["own_stack"] and not eval(JAVA, {}, marks):
            continue  # tests/conftest.py marks tests with Java only
        found = [
            name
            for name, (_, expression, *words) in parts.items()
            if eval(expression, {}, marks) and _collects(words, folder)
        ]
        once = 0 if marks["nightly"] else 1
        both = int(COMPILED in found and not marks["hypothesis"])
        assert len(found) == once + both, (folder, marks, found)


def _collects(words: list[str], folder: str) -> bool:
    """Whether pytest with these words looks into `folder`."""
    if f"--ignore={folder}" in words:
        return False
    return folder in words or not set(OF_THE_ENGINE) & set(words)


def test_an_engine_that_does_not_compile_any_more_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CJO_NATIVE", raising=False)
    monkeypatch.setattr(side_by_side, "compiled_files", lambda: [])
    monkeypatch.setattr(side_by_side, "check_tools", lambda: None)

    assert main([]) == 1
    assert "`cjo native` says why" in capsys.readouterr().out


def test_where_nothing_can_be_compiled_the_engine_is_tested_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking() -> None:
        raise StackError("compiling needs a C compiler", "install gcc or clang")

    monkeypatch.delenv("CJO_NATIVE", raising=False)
    monkeypatch.setattr(side_by_side, "compiled_files", lambda: [])
    monkeypatch.setattr(side_by_side, "check_tools", lacking)

    assert not side_by_side._lacks_compiled()
    assert COMPILED not in side_by_side._parts([])
