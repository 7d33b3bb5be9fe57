"""Answers of the deciding function as the operator reads them (`Transition.java`), for tests in its place."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from udfs.transition import GONE, HELD, NO_TIMER, OutRow

_HEAD = struct.Struct(">qi")


class Answer(NamedTuple):
    """`timer_ms`: wanted, or None; `state`: to be kept, or None where it stays as it was, or is dropped (`gone`), or
    stays with Python until the next checkpoint (`held`)."""

    timer_ms: int | None
    state: bytes | None
    gone: bool
    held: bool
    rows: list[OutRow]


def read_answer(data: bytes) -> Answer:
    """What one piece of bytes says."""
    timer_ms, length = _HEAD.unpack_from(data)
    place = _HEAD.size + max(length, 0)
    state = data[_HEAD.size : place] if length >= 0 else None
    return Answer(
        None if timer_ms == NO_TIMER else timer_ms, state, length == GONE, length == HELD, list(_rows(data, place))
    )


def _rows(data: bytes, place: int) -> Iterator[OutRow]:
    while place < len(data):
        exactly_once, pieces = data[place] == 1, []
        place += 1
        for _ in range(3):
            (length,) = struct.unpack_from(">i", data, place)
            pieces.append(data[place + 4 : place + 4 + length])
            place += 4 + length
        yield OutRow(pieces[0].decode(), pieces[1].decode(), pieces[2], exactly_once)
