"""Every command that a page shows can be typed as it stands, and every command has a place in the docs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cjo.cli.main import COMMANDS, parser_of
from cjo.resources import data_dir
from tests.docs.test_links import PAGES, ROOT

_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\s*(?:\$ )?(?:printf .* \| )?(?:\.venv/bin/)?cjo ([^|\n]*)")
#: Told to be wrong, to show what is said then; or a form with words to fill in.
_FORMS = ("[", "<")


def commands(page: Path) -> Iterator[str]:
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if (found := _COMMAND.match(line)) and not any(mark in found[1] for mark in _FORMS):
                yield found[1]


SHOWN = [(page, command) for page in PAGES for command in commands(page)]


def test_there_are_commands_on_pages() -> None:
    assert len(SHOWN) > 30


@pytest.mark.parametrize(
    ("page", "command"), SHOWN, ids=[f"{page.relative_to(ROOT)}: {command}" for page, command in SHOWN]
)
def test_a_command_that_a_page_shows_is_one(page: Path, command: str) -> None:
    words = shlex.split(command, comments=True)
    if words[0].endswith(":"):  # an error message, which begins like a command
        return
    try:
        parser_of(words[0]).parse_args(words)
    except SystemExit:
        pytest.fail(f"{page}: cjo {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_place_in_the_docs(command: str) -> None:
    pages = (page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *data_dir("docs").rglob("*.md")])
    assert any(re.search(rf"\bcjo {command}\b", page) for page in pages)
