"""Logs in files, read in batches: JSON Lines, CSV or Parquet. What a batch holds is made into rows where it is needed.

Reading and splitting is cheap and in one place; parsing is not, so batches can be handed to other processes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedIOBase
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson

from cjo.client.files import Row, csv_rows, json_rows
from cjo.client.reader import read
from cjo.errors import RecordError, UsageError
from cjo.settings import Settings
from cjo.topics import MIB

STDIN = "-"
_ROWS = 4_000
_UNROUNDED = re.compile(rb"[0-9][.eE][-+0-9]|[0-9]{19}").search
"""Where a line may hold a number that is no integer, which is read as Decimal, or an integer beyond 64 bits."""


class Batch(NamedTuple):
    """Some rows of a file: number of the first (line, or row of Parquet), what holds them, and how many bytes."""

    number: int
    data: Any
    bytes: int


def batches(name: str) -> Iterator[Batch]:
    """The file in batches, by the ending of its name: `.csv`, `.parquet`, else JSON Lines; `-` is JSON Lines on stdin.

    UsageError where it can't be read.
    """
    if kind_of(name) == "parquet":
        yield from _parquet(name)
        return
    with _opened(name) as stream:
        yield from (_csv(stream) if kind_of(name) == "csv" else _json(stream))


def text_batches(name: str, column: str) -> Iterator[Batch]:
    """The lines of a text that are not blank, each as a row with one value; `-` for stdin. UsageError as above."""
    with _opened(name) as stream:
        lines = enumerate(stream, 1)
        while found := list(islice(lines, _ROWS)):
            rows = [Row(number, _text_value(line, column)) for number, line in found if line.strip()]
            yield Batch(found[0][0], rows, sum(len(line) for _, line in found))


def kafka_batches(
    settings: Settings, topic: str, since_ms: int | None, until_ms: int | None, contract: Mapping[str, Any]
) -> Iterator[Batch]:
    """The log itself in batches of Records, between two record timestamps (UTC epoch ms; None: no limit).

    Whoever wrote them, they are read by `contract`, as jobs read them.
    """
    records = read(topic, settings, since_ms=since_ms, until_ms=until_ms, contract=contract)
    while found := list(islice(records, _ROWS)):
        yield Batch(0, found, 0)


def kind_of(name: str) -> str:
    """`csv`, `parquet` or `json`."""
    suffix = Path(name).suffix.lower()
    return suffix[1:] if suffix in (".csv", ".parquet") else "json"


def size_of(name: str) -> int:
    """Bytes of the file, 0 where that is not known."""
    return 0 if name == STDIN else Path(name).stat().st_size


def rows_of(batch: Batch) -> Iterator[Row]:
    """The rows of a batch, each with its number; a bad one with what is wrong with it."""
    if isinstance(batch.data, bytes):
        return _json_rows(batch)
    if isinstance(batch.data, list):
        return iter(batch.data)
    return (Row(batch.number + index, value) for index, value in enumerate(batch.data.to_pylist()))


def _text_value(line: bytes, column: str) -> dict[str, Any] | RecordError:
    try:
        return {column: line.decode("utf-8-sig").strip()}
    except UnicodeDecodeError as error:
        return RecordError(f"no UTF-8 text: {error.reason} at byte {error.start + 1}")


def _json_rows(batch: Batch) -> Iterator[Row]:
    for index, line in enumerate(batch.data.split(b"\n")):
        if not line.strip():
            continue
        if not _UNROUNDED(line):
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError:
                value = None
            if isinstance(value, dict):
                yield Row(batch.number + index, value)
                continue
        for row in json_rows([line]):
            yield Row(batch.number + index, row.value)


def _json(stream: BufferedIOBase) -> Iterator[Batch]:
    number, rest = 1, b""
    while block := stream.read1(MIB):  # what is there: a pipe is not waited for until it has filled a block
        block = rest + block
        end = block.rfind(b"\n") + 1
        rest = block[end:]
        if end:
            yield Batch(number, block[:end], end)
            number += block.count(b"\n", 0, end)
    if rest:
        yield Batch(number, rest, len(rest))


def _csv(stream: BufferedIOBase) -> Iterator[Batch]:
    """Parsed at once: a cell may hold line breaks, so that lines can't be told apart without reading them."""
    read = _Counted(stream)
    rows, before = csv_rows(read), 0
    while found := list(islice(rows, _ROWS)):
        yield Batch(found[0].number, found, read.bytes - before)
        before = read.bytes


class _Counted:
    """The lines of a stream, and how many bytes they had."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            self.bytes += len(line)
            yield line


def _parquet(name: str) -> Iterator[Batch]:
    import pyarrow
    import pyarrow.parquet

    if name == STDIN:
        raise UsageError("a Parquet file can't be read from stdin", "name the file")
    with _errors(name, (pyarrow.ArrowException, OSError)), pyarrow.parquet.ParquetFile(name) as file:
        number, size = 1, size_of(name)
        total = max(1, file.metadata.num_rows)
        for batch in file.iter_batches(batch_size=_ROWS):
            yield Batch(number, batch, size * batch.num_rows // total)
            number += batch.num_rows


@contextmanager
def _opened(name: str) -> Iterator[BufferedIOBase]:
    if name == STDIN:
        yield cast(BufferedIOBase, sys.stdin.buffer)
        return
    with _errors(name, (OSError,)):
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below
    with stream:
        yield stream


@contextmanager
def _errors(name: str, kinds: tuple[type[Exception], ...]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise UsageError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
