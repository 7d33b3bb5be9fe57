"""Writing actions into a file a day, for print runs and call lists."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cjo.client.words import readable
from cjo.deliver.lists import ID, ListFile, UnreadableError, csv_row, locked
from cjo.deliver.outcome import DELIVERED, Action, Outcome, retry
from cjo.errors import StackError
from cjo.spec.deliver import Outbox

#: Where a spreadsheet would see a formula; a telephone number is none.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9 ()./-]+")


class _Days(NamedTuple):
    """The lists of a channel that an id is looked for in; the last of today is one that is not there yet."""

    today: date
    before: list[ListFile]
    of_today: list[ListFile]


class OutboxCarrier:
    """An `outbox` of deliver.yaml: `CHANNEL-YYYY-MM-DD.csv` in its folder, days as the workspace's time zone has them.

    A row is on the disk when it counts as delivered. What the files of today or of the last day before it hold already
    is not written again, so that a crash between the disk and the journal makes no second row; a line that a crash has
    cut off is moved into `….csv.cut`. Other processes may write into the folder too. A file of today with other columns
    is left as it is, and another one begun, `CHANNEL-YYYY-MM-DD-2.csv`.
    """

    def __init__(self, spec: Outbox, folder: Path, zone: str, now_s: Callable[[], float]) -> None:
        self._spec = spec
        self._folder = folder
        self._zone = ZoneInfo(zone)
        self._now_s = now_s
        self._mutex = asyncio.Lock()
        self._days: dict[str, _Days] = {}
        self._others = [column for column in spec.columns if column != ID]
        self._header = csv_row([ID, *self._others]) if spec.format == "csv" else ""

    async def open(self) -> None:
        """Makes the folder. StackError where it can't be written to."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(self._try)
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
            except UnreadableError as error:
                return retry(str(error), whole=True)
        return DELIVERED

    async def withdraw(self, action: Action) -> None:
        """Nothing: whoever has the list reads it."""

    async def close(self) -> None:
        """Nothing is open between rows."""

    def _try(self) -> None:
        with locked(self._folder):
            pass

    def _write(self, action: Action) -> None:
        key, row = self._row(action)
        with locked(self._folder):
            days = self._days_of(action["channel"])
            files = [*days.before, *days.of_today]
            for file in files:
                file.refresh()
            if not any(key in file.ids for file in files):
                target = next(file for file in days.of_today if file.header in (None, self._header))
                target.append(key, row, self._header)

    def _days_of(self, channel: str) -> _Days:
        """The lists that there are, those that another process has begun meanwhile among them."""
        today = datetime.fromtimestamp(self._now_s(), self._zone).date()
        days = self._days.get(channel)
        if days is None or days.today != today:
            days = self._days[channel] = _Days(today, self._before(channel, today), [])
        while not days.of_today or days.of_today[-1].path.exists():
            days.of_today.append(ListFile(self._folder / self._name(channel, today, len(days.of_today) + 1)))
        return days

    def _before(self, channel: str, today: date) -> list[ListFile]:
        """The lists of the last day before today that has any."""
        name = re.compile(rf"{re.escape(channel)}-(\d{{4}}-\d\d-\d\d)(-\d+)?\.{self._spec.format}")
        found = [(match[1], path) for path in self._folder.iterdir() if (match := name.fullmatch(path.name))]
        last = max((day for day, _ in found if day < str(today)), default=None)
        return [ListFile(path) for day, path in found if day == last]

    def _name(self, channel: str, day: date, number: int) -> str:
        return f"{channel}-{day}{f'-{number}' if number > 1 else ''}.{self._spec.format}"

    def _row(self, action: Action) -> tuple[str, str]:
        """The id as the list has it, and the row."""
        told = readable(action)
        if self._spec.format == "jsonl":
            return action[ID], json.dumps(told, ensure_ascii=False) + "\n"
        cells = [_cell(_value(told, column)) for column in (ID, *self._others)]
        return cells[0], csv_row(cells)


def _value(told: Any, column: str) -> Any:
    for name in column.split(".", 1):
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
