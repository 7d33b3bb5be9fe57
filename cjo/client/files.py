"""Rows of a JSON Lines or CSV file, each with its line number; a bad line is a row too, with what is wrong with it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from cjo.errors import RecordError, UsageError

_EXCERPT = 60


class Row(NamedTuple):
    """One line of a file: its number from 1 (of several that are one row, the first), and the object or the error."""

    number: int
    value: dict[str, Any] | RecordError


def json_rows(lines: Iterable[bytes]) -> Iterator[Row]:
    """A row for each line that is not blank. Numbers with a point are Decimal, so that no amount is rounded."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield Row(number, json_object(line))


def csv_rows(lines: Iterable[bytes]) -> Iterator[Row]:
    """A row for each line after the header; empty cells are left out. UsageError where there is no header."""
    reader = csv.reader(_texts(lines), strict=True)
    header = next(reader, None)
    if not header or not all(name.strip() for name in header):
        raise UsageError(f"a CSV file starts with a line of column names, got {header or 'nothing'}")
    names = [name.strip() for name in header]
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(first, _no_row(f"no CSV: {error}", first, reader.line_num))
            continue
        if not cells:
            continue
        if len(cells) != len(names):
            said = f"expected {len(names)} cells as in the header, got {len(cells)}"
            yield Row(first, _no_row(said, first, reader.line_num))
        else:
            yield Row(first, {name: cell for name, cell in zip(names, cells, strict=True) if cell != ""})


def _no_row(said: str, first: int, last: int) -> RecordError:
    """A row that can't be read; where a quote has made it of several lines, they are lost with it."""
    more = last - first
    lines = "the line after it was" if more == 1 else f"the {more:,} lines after it were"
    return RecordError(
        f"{said}; a quote is open at the end of line {first}: {lines} taken as its text" if more else said
    )


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        # A byte that is no UTF-8 becomes a lone surrogate, which the check of the row then names.
        yield line.decode("utf-8-sig" if number == 0 else "utf-8", errors="surrogateescape")


def json_object(line: bytes) -> dict[str, Any] | RecordError:
    """The JSON object that these bytes are, or what is wrong with them."""
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return RecordError(f"no UTF-8 text: {error.reason} at byte {error.start + 1}")
    except (ValueError, RecursionError) as error:
        return RecordError(f"no JSON: {error}")
    if not isinstance(value, dict):
        return RecordError(f"expected a JSON object, got {str(value)[:_EXCERPT]!r}")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
