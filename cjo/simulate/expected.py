"""A file of moments that somebody expects: CSV or JSON Lines with subject, time and signal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from cjo.client.files import csv_rows, json_rows
from cjo.errors import RecordError, UsageError
from cjo.simulate.against import Known
from cjo.spec.problems import did_you_mean
from cjo.values import to_timestamp

_SUBJECT, _TIME = ("subject", "customer_id"), ("time", "at")


def read_expected(path: Path, signals: Collection[str]) -> list[Known]:
    """What is expected of `signals`; other signals of the plan may be left out of the file, not the other way round.

    A row without a signal means the only one. UsageError with every wrong line on stderr before it.
    """
    found, wrong = [], 0
    for number, value in _rows(path):
        try:
            if isinstance(value, RecordError):
                raise value
            found.append(_known(value, signals))
        except RecordError as error:
            wrong += 1
            print(f"{path}:{number}: {error.message}", file=sys.stderr)
    if wrong:
        raise UsageError(
            f"{wrong} line{'' if wrong == 1 else 's'} of {path} can't be used",
            "each needs subject (or customer_id), time (ISO 8601 with a zone), and signal, unless only one is tested",
        )
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | RecordError]]:
    try:
        with path.open("rb") as lines:
            yield from csv_rows(lines) if path.suffix.lower() == ".csv" else json_rows(lines)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _known(row: dict[str, Any], signals: Collection[str]) -> Known:
    subject, time = _first(row, _SUBJECT), _first(row, _TIME)
    at_ms = to_timestamp(time) if isinstance(time, str | int) and not isinstance(time, bool) else None
    if at_ms is None:
        raise RecordError(f"{' or '.join(_TIME)}: expected ISO 8601 with a zone, got {time!r}")
    if not isinstance(subject, str) or not subject:
        raise RecordError(f"{' or '.join(_SUBJECT)}: expected text, got {subject!r}")
    signal = row.get("signal") or (next(iter(signals)) if len(signals) == 1 else None)
    if signal is None:
        raise RecordError(f"signal is missing; tested are: {', '.join(signals)}")
    if signal not in signals:
        raise RecordError(f"unknown signal {signal!r}; {did_you_mean(str(signal), signals, 'tested are:')}")
    return Known(str(signal), subject, at_ms)


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)
