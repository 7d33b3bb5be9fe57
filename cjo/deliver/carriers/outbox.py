"""Writing actions into a file a day, for print runs and call lists."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cjo.client.words import readable
from cjo.deliver.outcome import DELIVERED, Action, Outcome, retry
from cjo.errors import StackError
from cjo.spec.deliver import Outbox

_ID = "action_id"
_FILES_MAX = 100
#: Where a spreadsheet would see a formula; a telephone number is none.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9 ()./-]+")


class OutboxCarrier:
    """An `outbox` of deliver.yaml: `CHANNEL-YYYY-MM-DD.csv` in its folder, days as the workspace's time zone has them.

    A row is on the disk when it counts as delivered. What a file of today holds already is not written again, so that a
    crash between the disk and the journal makes no second row; a line that a crash has cut off is taken out.
    """

    def __init__(self, spec: Outbox, folder: Path, zone: str, now_s: Callable[[], float]) -> None:
        self._spec = spec
        self._folder = folder
        self._zone = ZoneInfo(zone)
        self._now_s = now_s
        self._mutex = asyncio.Lock()
        self._known: dict[Path, set[str]] = {}

    async def open(self) -> None:
        """Makes the folder. StackError where it can't be written to."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            mark = self._folder / f".cjo-{os.getpid()}"
            mark.touch()
            mark.unlink()
        except OSError as error:
            said = f"{self._folder} can't be written to: {error.strerror}"
            raise StackError(said, "correct `folder` in deliver.yaml, or its rights") from None

    async def deliver(self, action: Action) -> Outcome:
        """Delivered once the row is on the disk."""
        async with self._mutex:
            try:
                await asyncio.to_thread(self._write, action)
            except OSError as error:
                return retry(f"the list can't be written: {error.strerror}", whole=True)
        return DELIVERED

    async def withdraw(self, action: Action) -> None:
        """Nothing: whoever has the list reads it."""

    async def close(self) -> None:
        """Nothing is open between rows."""

    def _write(self, action: Action) -> None:
        day = datetime.fromtimestamp(self._now_s(), self._zone).date()
        path = self._folder / f"{action['channel']}-{day}.{self._spec.format}"
        known = self._known.get(path)
        if known is None or not path.exists():
            known = self._known[path] = self._begun(path)
            while len(self._known) > _FILES_MAX:  # of days that are over
                del self._known[next(iter(self._known))]
        if action[_ID] not in known:
            _append(path, self._row(action))
            known.add(action[_ID])

    def _begun(self, path: Path) -> set[str]:
        """The ids that the file holds; a new file gets its header."""
        text = _whole_lines(path, quoted=self._spec.format == "csv")
        if self._spec.format == "jsonl":
            return {json.loads(line)[_ID] for line in text.splitlines()}
        rows = list(csv.reader(io.StringIO(text)))
        if not rows:
            _append(path, _csv([_ID, *self._others]))
            return set()
        return {row[0] for row in rows[1:] if row}

    @property
    def _others(self) -> list[str]:
        return [column for column in self._spec.columns if column != _ID]

    def _row(self, action: Action) -> str:
        if self._spec.format == "jsonl":
            return json.dumps(readable(action), ensure_ascii=False) + "\n"
        told = readable(action)
        return _csv([_cell(_value(told, column)) for column in (_ID, *self._others)])


def _value(told: Any, column: str) -> Any:
    for name in column.split(".", 1):
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _csv(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _append(path: Path, text: str) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if new:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole_lines(path: Path, quoted: bool) -> str:
    """The text of a file; what stands after its last whole row is cut off, from the file too."""
    if not path.exists():
        return ""
    data = path.read_bytes()
    whole = len(data)
    while whole and not _ends_row(data[:whole], quoted):
        whole = data.rfind(b"\n", 0, whole - 1) + 1
    if whole < len(data):
        os.truncate(path, whole)
    return data[:whole].decode("utf-8")


def _ends_row(data: bytes, quoted: bool) -> bool:
    """True at the end of a line that is the end of a row: `quoted` as in CSV, a row may have line breaks inside."""
    return data.endswith(b"\n") and not (quoted and data.count(b'"') % 2)
