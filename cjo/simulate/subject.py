"""One subject's whole log through the engine. Subjects never meet, so each can be run from first to last by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cjo.engine import Engine
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
