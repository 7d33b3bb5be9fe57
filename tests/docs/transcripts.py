"""Guides as tests: what a page shows as a file is written, what it shows as a command is run, output compared.

A file is a block after a line with its path in backquotes; a command is a line `$ cjo ...` in a block, and the lines up
to the next one are its output (stdout, then stderr). Lengths of time in ms may differ; a line `...` stands for any.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cjo.cli.main import main

_BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MS = re.compile(r"\b\d+ ms\b")


class Told(NamedTuple):
    """A file with its text, or a command with its output; the line of the page where it stands."""

    line: int
    path: str | None
    command: str | None
    text: str


def told(page: str) -> Iterator[Told]:
    """The files and commands of a page, in order."""
    for block in _BLOCK.finditer(page):
        line = page.count("\n", 0, block.start()) + 1
        if block["path"]:
            yield Told(line, block["path"], None, block["text"])
        for command in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            first, _, output = command.partition("\n")
            yield Told(line, None, first, output)


def play(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Do all that `page` tells in `folder`; returns the number of commands. The working directory must be `folder`."""
    count = 0
    for step in told(page.read_text(encoding="utf-8")):
        if step.path is not None:
            path = folder / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text, encoding="utf-8")
        elif step.command is not None:
            count += 1
            _run(step, page, capsys)
    return count


def _run(step: Told, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(step.command or "", comments=True)
    assert words[0] == "cjo", f"{page}:{step.line}: only cjo is run"
    capsys.readouterr()
    main(words[1:])
    out, err = capsys.readouterr()
    came = _plain(out + err)
    assert _fits(_plain(step.text), came), f"{page}:{step.line}: $ {step.command}\ncame:\n" + "\n".join(came)


def _plain(text: str) -> list[str]:
    return [_MS.sub("0 ms", line.rstrip()) for line in text.splitlines() if line.strip()]


def _fits(shown: list[str], came: list[str]) -> bool:
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in came)) is not None
