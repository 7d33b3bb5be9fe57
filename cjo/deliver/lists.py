"""Files of rows that several processes may add to: whole rows only, and what ids they hold.

Everything here is to be done while the folder is `locked`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ID = "action_id"
CUT = ".cut"
"""What the name of a file ends with that has what was taken out of a list."""
_LOCK = ".cjo-lock"
_FIRST = re.compile(r'"((?:[^"]|"")*)"|([^,\r\n]*)')
_QUOTED = re.compile(r'[",\r\n]')
_HALF = re.compile(rb'(?:(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*),)*(?:"[^"]*(?:""[^"]*)*"?|[^",\r\n]*)').fullmatch
"""The beginning of a row of CSV as it is written here: quotes stand around a whole cell, or double inside of it."""


class UnreadableError(ValueError):
    """A list that somebody has changed so that nobody can tell what ids it holds; says which line."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """No other process writes into the folder meanwhile. OSError where it can't be written to."""
    with (folder / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class ListFile:
    """A file that may not exist yet. After `refresh`: its ids as they are written, and the header of a CSV file."""

    ids: set[str]
    header: str | None
    _read: int
    _lines: int

    def __init__(self, path: Path) -> None:
        self.path = path
        self._quoted = path.suffix == ".csv"
        self._forget()

    def refresh(self) -> None:
        """Read what has come since the last time; half a row at the end, left by a crash, is put into a file beside it.

        Raises UnreadableError where what stands at the end is not the beginning of a row.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < self._read:
            self._forget()
        if size == self._read:
            return
        with self.path.open("r+b") as file:
            file.seek(self._read)
            data = file.read(size - self._read)
            whole = _whole(data, self._quoted)
            if half := data[whole:]:
                if self._quoted and not _HALF(half):
                    raise self._unreadable(self._lines + data[:whole].count(b"\n"))
                self._set_aside(half)
                file.truncate(self._read + whole)
            os.fsync(file)  # a row that is known counts as written
        self._take(data[:whole])

    def _set_aside(self, half: bytes) -> None:
        """Nothing is thrown away: after an editor that ends the last line with no break it looks as after a crash."""
        with self.path.with_name(self.path.name + CUT).open("ab") as file:
            file.write(half + b"\n")
            file.flush()
            os.fsync(file)

    def append(self, key: str, row: str, header: str) -> None:
        """Put a row on the disk, the header before the first one. OSError where it is not there: then nothing is."""
        data = ((header if self.header is None else "") + row).encode("utf-8")
        is_new = not self.path.exists()
        with self.path.open("ab", buffering=0) as file:
            try:
                _write(file.fileno(), data)
                os.fsync(file)
            except OSError:
                with suppress(OSError):
                    file.truncate(self._read)
                self._forget()  # what is there now is read again
                raise
        if is_new:
            _sync_folder(self.path.parent)
        self.header = header if self.header is None else self.header
        self.ids.add(key)
        self._read += len(data)

    def _forget(self) -> None:
        self.ids = set()
        self.header = None
        self._read = 0
        self._lines = 0

    def _take(self, data: bytes) -> None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._unreadable(self._lines + data[: error.start].count(b"\n")) from error
        for row in _rows(text, self._quoted):
            if self._quoted and self.header is None:
                self.header = row
            else:
                self._take_row(row)
            self._lines += row.count("\n")
        self._read += len(data)

    def _take_row(self, row: str) -> None:
        if self._quoted:
            self.ids.add(_first_cell(row))
            return
        try:
            self.ids.add(json.loads(row)[ID])
        except (ValueError, KeyError, TypeError) as error:
            raise self._unreadable(self._lines) from error

    def _unreadable(self, line: int) -> UnreadableError:
        self._forget()
        return UnreadableError(f"{self.path} can't be read, line {line + 1}: mend the line, or move the file away")


def csv_row(cells: list[str]) -> str:
    """A row of CSV, line breaks of either kind quoted."""
    return ",".join(_cell(cell) for cell in cells) + "\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _first_cell(row: str) -> str:
    found = _FIRST.match(row)
    return "" if found is None else (found[1] or found[2] or "").replace('""', '"')


def _rows(text: str, quoted: bool) -> Iterator[str]:
    """The rows of a text, each with its line break."""
    row = ""
    for line in text.split("\n")[:-1]:
        row += line + "\n"
        if not quoted or row.count('"') % 2 == 0:
            yield row
            row = ""


def _whole(data: bytes, quoted: bool) -> int:
    """How many bytes are whole rows: `quoted` as in CSV, a row may have line breaks inside."""
    whole = data.rfind(b"\n") + 1
    while quoted and data.count(b'"', 0, whole) % 2:
        whole = data.rfind(b"\n", 0, whole - 1) + 1
    return whole


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
