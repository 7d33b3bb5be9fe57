"""One subject's whole log through the engine, from first to last by itself.

Subjects meet in one way only: a moment of an account (or the like) is written to its people. So accounts are run first,
and what they wrote is put among the rows of the customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from cjo.engine import Engine
from cjo.engine.handing_on import MOMENT_REACHED
from cjo.engine.turn import Effect

Row = dict[str, Any]


class Story(NamedTuple):
    """All that the engine said of one subject, and the state that is left."""

    effects: list[Effect]
    state: dict[str, Any] | None


class Arrival(NamedTuple):
    """A row of an account (or the like), and the time to which its part of the log had come before it."""

    row: Row
    newest_ms: int = 0


def is_late(one: Arrival, bound_ms: int) -> bool:
    """True where the log had gone on by more than the bound (T4)."""
    return one.newest_ms - bound_ms > one.row["at"]


class AccountStory(NamedTuple):
    """`passed_ms` has of the touchpoints written late, by event id, how far time had come by then (T4)."""

    story: Story
    passed_ms: dict[str, int]


class _Course:
    """A subject on its way through the log."""

    def __init__(self, engine: Engine, subject: str) -> None:
        self._engine = engine
        self._subject = subject
        self._wake_at_ms: int | None = None
        self.state: dict[str, Any] | None = None
        self.effects: list[Effect] = []

    def take(self, row: Row) -> None:
        """The next input."""
        done = self._engine.on_input(self.state, self._subject, row)
        if done.changed:
            self.state, self._wake_at_ms = done.state, done.wake_at_ms
        if done.effects:
            self.effects += done.effects

    def pass_to(self, watermark_ms: int) -> list[Effect]:
        """Run the wake-ups that the watermark reaches; returns what came of them."""
        before = len(self.effects)
        while self._wake_at_ms is not None and self._wake_at_ms <= watermark_ms:
            done = self._engine.on_time(self.state, self._subject, self._wake_at_ms)
            self.state, self._wake_at_ms = done.state, done.wake_at_ms
            self.effects += done.effects
        return self.effects[before:]


def run_subject(
    engine: Engine, subject: str, rows: Iterable[Row], until_ms: int, passed_ms: Mapping[str, int] | None = None
) -> Story:
    """The rows in log order, then the wake-ups that a watermark of `until_ms` reaches.

    `passed_ms` has rows, by event id, that come when the watermark is known to have come so far. The state stays a live
    object from the first row to the last: nothing is written or read in between. The same decisions as `Replay`, which
    holds it as bytes as Flink does (a test shows it).
    """
    course = _Course(engine, subject)
    for row in rows:
        if passed_ms and row["event_id"] in passed_ms:
            course.pass_to(passed_ms[row["event_id"]])
        course.take(row)
    course.pass_to(until_ms)
    return Story(course.effects, course.state)


def run_ordered(engine: Engine, subject: str, arrivals: Iterable[Arrival], until_ms: int) -> AccountStory:
    """The rows of an account (or the like) in order of event time, with the watermark close behind them.

    What the job gives for any order of arrival within the bound, for any order of the rows. What comes when the log has
    gone on by more than the bound comes late, under the watermark of then (T4).
    """
    bound_ms = engine.plan["workspace"]["bound_ms"]
    course, watermark_ms = _Course(engine, subject), 0
    passed_ms: dict[str, int] = {}
    taken = [(max(one.row["at"], one.newest_ms - bound_ms), one.row) for one in arrivals]
    taken.sort(key=lambda one: (one[0], one[1]["at"], one[1]["event_id"]))
    for reached_ms, row in [*taken, (until_ms + 1, None)]:
        written = [record for kind, record in course.pass_to(watermark_ms) if kind == "touchpoint"]
        passed_ms |= {record["event_id"]: watermark_ms for record in written}
        watermark_ms = reached_ms - 1
        course.pass_to(watermark_ms)
        if row is not None:
            course.take(row)
    return AccountStory(Story(course.effects, course.state), passed_ms)


def among(
    rows: Sequence[Row], written: Iterable[Row], versions: dict[str, str], bound_ms: int,
    passed_ms: Mapping[str, int] | None = None,
) -> list[Row]:  # fmt: skip
    """A customer's rows, in log order, with the moments that accounts have written to them.

    Live, such a moment reaches the log a bound after it happened, or after the time that had passed already
    (`passed_ms`, by event id): it is put before the first row that is later than that. One that the log holds already
    stays where it is, unless `versions` (signal -> version) has another definition of its signal: what that gives is
    among `written`.
    """
    known = passed_ms or {}
    kept = [row for row in rows if row["type"] != MOMENT_REACHED or _is_of(row, versions)]
    recorded = {row["event_id"] for row in kept if row["type"] == MOMENT_REACHED}
    coming = [(max(row["at"], known.get(row["event_id"], 0)), row) for row in written]
    for at_ms, row in sorted(coming, key=lambda one: (one[0], one[1]["event_id"])):
        if row["event_id"] not in recorded:
            after = (place for place, one in enumerate(kept) if one["at"] >= at_ms + bound_ms)
            kept.insert(next(after, len(kept)), row)
    return kept


def _is_of(row: Row, versions: dict[str, str]) -> bool:
    said = row.get("attributes") or {}
    return versions.get(said.get("signal", "")) in (None, said.get("signal_version"))
