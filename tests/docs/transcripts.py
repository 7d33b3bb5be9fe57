"""Guides as tests: what a page shows as a file is written, what it shows as a command is run, output compared.

A file is a block after a line with its path in backquotes; a command is a line `$ cjo ...` or `$ cd FOLDER` in a block,
and the lines up to the next one are its output, as on a screen. Lengths of time in ms, ids and versions may differ; a
line `...` stands for any lines, `...` in a line for any text. Where a page is played live, times and ports may differ
too, and commands that read what the job has written are run again until it is there.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from cjo.cli.main import main

_BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MS = re.compile(r"\b\d+ ms\b")
_ID = re.compile(r"\b[0-9a-f]{12,}\b")
_BEGINNING = re.compile(r"^(?:\d{4}-\d\d-\d\dT[\d:.]+Z| {24})  ")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| UTC)")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
#: They show what the job has written, which takes until its next checkpoint.
_LATER = ("tail", "why", "report")
_PATIENCE_S = 180


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


class Player:
    """Does what a page tells, beginning in `folder`, which must be the working directory."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self.text = page.read_text(encoding="utf-8")
        self.folder = folder

    def play(self, since: str = "", before: str = "", live: bool = False) -> int:
        """Do what stands from the heading `since` on and before the heading `before`; returns the number of commands.

        A path is taken from where the page has gone with `cd`.
        """
        begin = self._heading(since) if since else 0
        end = self._heading(before) if before else self.text.count("\n") + 1
        count = 0
        for step in told(self.text):
            if not begin <= step.line < end:
                continue
            if step.path is not None:
                path = self.folder / step.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text, encoding="utf-8")
            else:
                count += 1
                self._run(step, live)
        return count

    def _heading(self, words: str) -> int:
        return self.text.split("\n").index(words) + 1

    def _run(self, step: Told, live: bool) -> None:
        words = shlex.split(step.command or "", comments=True)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            os.chdir(self.folder)
            return
        assert words[0] == "cjo", f"{self.page}:{step.line}: only cjo and cd are run"
        shown = _plain(step.text, live)
        patient_until = time.monotonic() + (_PATIENCE_S if live and words[1] in _LATER else 0)
        while not _fits(shown, came := self._came(words[1:], live)):
            said = f"{self.page}:{step.line}: $ {step.command}\ncame:\n" + "\n".join(came)
            assert time.monotonic() < patient_until, said
            time.sleep(1)

    def _came(self, words: list[str], live: bool) -> list[str]:
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            main(words)
        return _plain(screen.getvalue(), live)


def _plain(text: str, live: bool = False) -> list[str]:
    lines = [_ID.sub("ID", _MS.sub("0 ms", line.rstrip())) for line in text.splitlines() if line.strip()]
    return [_PORT.sub("PORT", _TIME.sub("TIME", _BEGINNING.sub("", line))) for line in lines] if live else lines


def _fits(shown: list[str], came: list[str]) -> bool:
    pattern = "".join(r"(?:.*\n)*" if line == "..." else _pattern(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in came)) is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("..."))
