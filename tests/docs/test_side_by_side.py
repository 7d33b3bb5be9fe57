"""`make test`: a failure in one part fails the whole, and so does a run without a single test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.side_by_side import main


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
