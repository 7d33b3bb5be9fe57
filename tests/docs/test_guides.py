"""Every command of the guides is run, and gives what the page shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cjo.resources import data_dir
from tests.docs.transcripts import _fits, play, told

GUIDE = data_dir("docs") / "guide"


def test_the_guide_to_testing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(data_dir("journeys"), tmp_path / "journeys")
    monkeypatch.chdir(tmp_path)
    assert play(GUIDE / "testing.md", tmp_path, capsys) == 7


def test_a_page_is_read_as_files_and_commands() -> None:
    page = "Text\n\n`a/b.yaml`\n```yaml\nx: 1\n```\n```\n$ cjo test a\nout\n$ cjo why b\n```\n"
    assert [(one.path, one.command, one.text) for one in told(page)] == [
        ("a/b.yaml", None, "x: 1\n"),
        (None, "cjo test a", "out\n"),
        (None, "cjo why b", ""),
    ]


def test_other_output_than_shown_does_not_fit() -> None:
    assert _fits(["a", "...", "d"], ["a", "b", "c", "d"])
    assert not _fits(["a", "...", "d"], ["a", "b", "c"])
    assert not _fits(["a"], ["a", "b"])
