"""Every command of the guides is run, and gives what the page shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.resources import data_dir
from cjo.settings import Settings
from cjo.stack import Stack
from tests.conftest import free_port_base
from tests.docs.transcripts import Player, _fits, told

GUIDE = data_dir("docs") / "guide"
LIVE, EDITOR = "## Live", "## Your editor"


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a stack that the page itself starts and stops; nothing of it is left."""
    settings = Settings.load({}, home=tmp_path / "home", cache=Settings.load().cache, port_base=free_port_base())
    for name, value in settings.environment.items():
        monkeypatch.setenv(name, value)
    try:
        yield settings
    finally:
        stack = Stack(settings)
        stack.processes.stop("supervisor", "heartbeat")
        stack.down(wipe=True)


def player(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Player:
    monkeypatch.delenv("CJO_WORKSPACE", raising=False)
    monkeypatch.chdir(folder)
    return Player(GUIDE / page, folder)


def test_the_guide_to_testing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(data_dir("journeys"), tmp_path / "journeys")
    assert player("testing.md", tmp_path, monkeypatch).play() == 7


def test_the_tutorial_without_a_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tutorial = player("tutorial.md", tmp_path, monkeypatch)
    assert tutorial.play(before=LIVE) == 15
    assert tutorial.play(since=EDITOR) == 1


@pytest.mark.cluster
def test_the_tutorial_on_the_real_stack(
    tmp_path: Path, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutorial = player("tutorial.md", tmp_path, monkeypatch)
    tutorial.play(before=LIVE)
    assert tutorial.play(since=LIVE, before=EDITOR, live=True) == 9


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
    assert _fits(["a ... d"], ["a b c d"])
    assert not _fits(["a ... d"], ["a b c"])
