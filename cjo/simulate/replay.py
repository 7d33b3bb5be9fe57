"""A log through the engine, without Flink: the same decisions, subject by subject."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from cjo.avro.rows import row_of
from cjo.engine import Engine
from cjo.engine.turn import Effect

Row = dict[str, Any]
END_OF_TIME_MS = 1 << 62
_NOT_BEGUN = ("effective_at_ms", "live_from_ms", "retention_ms")


class Replay:
    """Holds every subject's state as Flink does: as bytes between calls, with at most one armed wake-up."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.states: dict[str, bytes] = {}
        self._latest_ms = 0
        self._armed: dict[str, int] = {}
        self._due: list[tuple[int, str]] = []

    def begin(self, subject: str, state: dict[str, Any]) -> None:
        """Let a subject begin with this state, in which nothing is due yet."""
        self._store(subject, state, None)

    def take(self, subject: str, row: Row) -> list[Effect]:
        """Give one input to the engine, under each subject that it counts for; returns the effects."""
        if row["at"] > self._latest_ms:
            self._latest_ms = row["at"]
        effects = self.take_alone(subject, row)
        for key in self.engine.others_of(row):
            effects = effects + self.take_alone(key, row)
        return effects + [effect for _, more in self._handed_on(effects) for effect in more]

    def take_alone(self, subject: str, row: Row) -> list[Effect]:
        """Give one input to the engine under this subject only; returns the effects."""
        done = self.engine.on_input(self._load(subject), subject, row)
        if done.changed:
            self._store(subject, done.state, done.wake_at_ms)
        return done.effects

    def advance(self, watermark_ms: int) -> Iterator[tuple[str, list[Effect]]]:
        """Run the wake-ups that the watermark has reached, in time order; yields (subject, effects)."""
        while self._due and self._due[0][0] <= watermark_ms:
            at_ms, subject = heapq.heappop(self._due)
            if self._armed.get(subject) != at_ms:
                continue
            del self._armed[subject]
            done = self.engine.on_time(self._load(subject), subject, at_ms)
            self._store(subject, done.state, done.wake_at_ms)
            yield subject, done.effects
            yield from self._handed_on(done.effects)

    def run(self, log: Iterable[tuple[str, Row]], until_ms: int | None = None) -> Iterator[tuple[str, Effect]]:
        """The whole log, then the watermark up to `until_ms`; yields (subject, effect).

        By default as long as something that the log has begun can go on; birthdays come round for ever after it.
        """
        for subject, row in log:
            for who, effects in self._up_to(row["at"], until_ms):
                for effect in effects:
                    yield who, effect
            for effect in self.take(subject, row):
                yield subject, effect
        rest_ms = 2 * sum(_durations_ms(self.engine.plan))
        for subject, effects in self.advance(self._latest_ms + rest_ms if until_ms is None else until_ms):
            for effect in effects:
                yield subject, effect

    def _up_to(self, at_ms: int, until_ms: int | None) -> Iterator[tuple[str, list[Effect]]]:
        """Where the order of several customers counts, the watermark follows the log while it is read."""
        if self.engine.plan.get("subjects") and at_ms > self._latest_ms:
            reached_ms = at_ms - self.engine.plan["workspace"]["bound_ms"] - 1
            yield from self.advance(reached_ms if until_ms is None else min(reached_ms, until_ms))

    def _handed_on(self, effects: Iterable[Effect]) -> Iterator[tuple[str, list[Effect]]]:
        """What comes of the touchpoints that the engine writes: they reach their customers at once."""
        for kind, record in effects:
            if kind == "touchpoint":
                customer, row = written_row(record, self.engine.plan)
                yield customer, self.take_alone(customer, row)

    def _load(self, subject: str) -> dict[str, Any] | None:
        blob = self.states.get(subject)
        return orjson.loads(blob) if blob is not None else None

    def _store(self, subject: str, state: dict[str, Any] | None, wake_at_ms: int | None) -> None:
        if state is None:
            self.states.pop(subject, None)
        else:
            self.states[subject] = orjson.dumps(state)
        if wake_at_ms is None:
            self._armed.pop(subject, None)
        elif self._armed.get(subject) != wake_at_ms:
            self._armed[subject] = wake_at_ms
            heapq.heappush(self._due, (wake_at_ms, subject))


def written_row(touchpoint: dict[str, Any], plan: dict[str, Any]) -> tuple[str, Row]:
    """(customer, row) of a touchpoint that the engine writes."""
    taken = row_of(touchpoint, touchpoint["occurred_at"], plan["columns"])
    assert taken is not None
    return taken


def _durations_ms(part: Any) -> Iterator[int]:
    """Every length of time in a plan: together they are longer than anything that one input can begin."""
    if isinstance(part, list):
        for item in part:
            yield from _durations_ms(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, int) and name.endswith(("_ms", "_ms_max")) and name not in _NOT_BEGUN:
                yield value
            yield from _durations_ms(value)
