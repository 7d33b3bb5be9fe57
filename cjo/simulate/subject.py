"""One subject's whole log through the engine, from first to last by itself.

Subjects meet in one way only: a moment of an account (or the like) is written to its people. So accounts are run first,
and what they wrote is put among the rows of the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cjo.engine import Engine
from cjo.engine.handing_on import MOMENT_REACHED
from cjo.engine.turn import Effect


class Story(NamedTuple):
    """All that the engine said of one subject, and the state that is left."""

    effects: list[Effect]
    state: dict[str, Any] | None


def run_subject(engine: Engine, subject: str, rows: Iterable[dict[str, Any]], until_ms: int) -> Story:
    """The rows in log order, then the wake-ups that a watermark of `until_ms` reaches.

    The state stays a live object from the first row to the last: nothing is written or read in between. The same
    decisions as `Replay`, which holds it as bytes as Flink does (a test shows it).
    """
    state: dict[str, Any] | None = None
    wake_at_ms: int | None = None
    effects: list[Effect] = []
    for row in rows:
        done = engine.on_input(state, subject, row)
        if done.changed:
            state, wake_at_ms = done.state, done.wake_at_ms
        if done.effects:
            effects += done.effects
    while wake_at_ms is not None and wake_at_ms <= until_ms:
        done = engine.on_time(state, subject, wake_at_ms)
        state, wake_at_ms = done.state, done.wake_at_ms
        effects += done.effects
    return Story(effects, state)


def run_ordered(engine: Engine, subject: str, rows: Iterable[dict[str, Any]], until_ms: int) -> Story:
    """The rows of an account (or the like) in order of event time, with the watermark close behind them.

    What the job gives for any order of arrival within the bound, for any order of the rows.
    """
    state: dict[str, Any] | None = None
    wake_at_ms: int | None = None
    effects: list[Effect] = []
    for row in [*sorted(rows, key=lambda row: (row["at"], row["event_id"])), None]:
        before_ms = until_ms + 1 if row is None else row["at"]
        while wake_at_ms is not None and wake_at_ms < before_ms:
            done = engine.on_time(state, subject, wake_at_ms)
            state, wake_at_ms = done.state, done.wake_at_ms
            effects += done.effects
        if row is not None:
            done = engine.on_input(state, subject, row)
            state, wake_at_ms = done.state, done.wake_at_ms
            effects += done.effects
    return Story(effects, state)


def among(
    rows: Sequence[dict[str, Any]], written: Iterable[dict[str, Any]], versions: dict[str, str], bound_ms: int
) -> list[dict[str, Any]]:
    """A customer's rows, in log order, with the moments that accounts have written to them.

    Live, such a moment reaches the log a bound after it happened: it is put before the first row that is later than
    that. One that the log holds already stays where it is, unless `versions` (signal -> version) has another
    definition of its signal: what that gives is among `written`.
    """
    kept = [row for row in rows if row["type"] != MOMENT_REACHED or _is_of(row, versions)]
    recorded = {row["event_id"] for row in kept if row["type"] == MOMENT_REACHED}
    for row in sorted(written, key=lambda row: (row["at"], row["event_id"])):
        if row["event_id"] not in recorded:
            after = (place for place, one in enumerate(kept) if one["at"] >= row["at"] + bound_ms)
            kept.insert(next(after, len(kept)), row)
    return kept


def _is_of(row: dict[str, Any], versions: dict[str, str]) -> bool:
    said = row.get("attributes") or {}
    return versions.get(said.get("signal", "")) in (None, said.get("signal_version"))
