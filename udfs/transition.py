"""What the JVM is answered for one input or timer, in one piece of bytes: `io.cjo.flink.Transition` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

NO_TIMER: Final = -(1 << 63)
GONE: Final = -1
UNCHANGED: Final = -2
HELD: Final = -3
_HEAD: Final = Struct(">qi").pack
_LENGTH: Final = Struct(">i").pack


class OutRow(NamedTuple):
    """One record for a topic; `exactly_once` chooses the sink."""

    topic: str
    key: str
    value: bytes
    exactly_once: bool = True


def answer(state: bytes | None, timer_ms: int | None, rows: Sequence[OutRow] = ()) -> bytes:
    """The new state (None: nothing is kept any more), a timer that is wanted (epoch ms), and rows to be written."""
    begin = _HEAD(NO_TIMER if timer_ms is None else timer_ms, GONE if state is None else len(state))
    if state is not None:
        begin += state
    return _joined([begin], rows) if rows else begin


def held(timer_ms: int | None, rows: Iterable[OutRow] = ()) -> bytes:
    """Python holds the new state until the next checkpoint, which is to ask for it."""
    return _joined([_HEAD(NO_TIMER if timer_ms is None else timer_ms, HELD)], rows)


def rows_only(rows: Iterable[OutRow]) -> bytes:
    """Rows to be written; the state stays as it was."""
    return _joined([_HEAD(NO_TIMER, UNCHANGED)], rows)


def _joined(pieces: list[bytes], rows: Iterable[OutRow]) -> bytes:
    for topic, key, value, exactly_once in rows:
        key_bytes = key.encode()
        pieces += (
            _to(topic, exactly_once),
            _LENGTH(len(key_bytes)),
            key_bytes,
            _LENGTH(len(value)),
            value,
        )
    return b"".join(pieces)


@lru_cache(maxsize=1_024)
def _to(topic: str, exactly_once: bool) -> bytes:
    """How each row for a topic begins."""
    topic_bytes = topic.encode()
    return (b"\1" if exactly_once else b"\0") + _LENGTH(len(topic_bytes)) + topic_bytes


def earlier(wake_at_ms: int | None, armed_ms: int | None) -> int | None:
    """The time for which a timer must be registered; a later wake-up waits for the armed one to fire."""
    return None if wake_at_ms is None or (armed_ms is not None and armed_ms <= wake_at_ms) else wake_at_ms
