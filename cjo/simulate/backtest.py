"""Signals over a bounded log: their moments, how many, how often, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from cjo.avro.rows import AHEAD_MS_MAX
from cjo.engine import Engine
from cjo.engine.inputs import inputs_of, looks_back_ms
from cjo.engine.signals import build_signal
from cjo.simulate.replay import Replay
from cjo.simulate.subject import Arrival, is_late, run_ordered
from cjo.submission.warming import reach_ms

Row = dict[str, Any]
Moment = dict[str, Any]
Plan = dict[str, Any]


def signals_only(plan: Plan, names: Collection[str]) -> Plan:
    """The plan with these signals (none: all of them), with those that they use, and without journeys.

    Nothing is entered, nothing sent.
    """
    wanted = {used for name in names for used in (name, *inputs_of(plan["signals"], name))}
    kept = [signal for signal in plan["signals"] if not names or signal["name"] in wanted]
    return {**plan, "signals": kept, "journeys": [], "templates": {}}


def remembers_ms(plan: Plan) -> int | None:
    """How far before a moment the log must be read for the signals of a plan to give what they give on all of it.

    None where that hangs on everything before. A repeat is known to be one only where both are read (S5).
    """
    reaches = [_remembers_ms(plan, signal) for signal in plan["signals"]]
    known = [reach for reach in reaches if reach is not None]
    before_ms = int(plan["workspace"]["dedup_horizon_ms"]) + AHEAD_MS_MAX
    return max(known, default=0) + before_ms if len(known) == len(reaches) else None


def _remembers_ms(plan: Plan, signal: Row) -> int | None:
    """That of one signal; a profile is all that was ever told of a customer."""
    asks_profile = any("profile" in part for part in signal.get("features", ()))
    if asks_profile or build_signal(signal, plan["workspace"]).reach_as_input_ms() is None:
        return None
    return reach_ms(plan, signal["name"])


class Backtest:
    """Takes a log row by row, each customer's in log order, and keeps the moments."""

    def __init__(self, plan: Plan) -> None:
        self._engine = Engine(plan)
        self._replay = Replay(self._engine)
        self._others: dict[str, list[Arrival]] = {}
        self._bound_ms: int = plan["workspace"]["bound_ms"]
        self._moments: list[Moment] = []
        self.late = 0
        """Touchpoints of accounts and the like that came later than the bound."""

    def take(self, rows: Iterable[tuple[str, Row]], newest_ms: Callable[[], int] = lambda: 0) -> None:
        """Some rows of the log. `newest_ms` says how far the log had come before the row that it gave last: by that an
        account's touchpoints are late; by default they are in time."""
        for subject, row in rows:
            self._keep(self._replay.take_alone(subject, row))
            for key in self._engine.others_of(row):
                arrival = Arrival(row, newest_ms())
                self._others.setdefault(key, []).append(arrival)
                self.late += is_late(arrival, self._bound_ms)

    def moments(self, until_ms: int) -> list[Moment]:
        """All moments, by time, once what is due by `until_ms` has been decided."""
        for _, effects in self._replay.advance(until_ms + self._bound_ms):
            self._keep(effects)
        for subject, rows in self._others.items():
            self._keep(run_ordered(self._engine, subject, rows, until_ms + self._bound_ms).story.effects)
        self._others = {}
        return sorted(self._moments, key=lambda one: (one["at"], one["signal"], one["subject"], one["key"] or ""))

    def _keep(self, effects: Iterable[tuple[str, Any]]) -> None:
        self._moments.extend(record for kind, record in effects if kind == "moment")


@dataclass(frozen=True)
class Summary:
    """One signal. `days`: local date -> moments; `each`: moments a subject, at the median and at most.

    `complete_from_ms`: before it, the log does not reach back as far as the signal looks (S4); None: it always does.
    """

    signal: str
    moments: int = 0
    subjects: int = 0
    each_median: float = 0.0
    each_most: int = 0
    days: dict[str, int] = field(default_factory=dict)
    complete_from_ms: int | None = None


def summaries(
    plan: Plan, moments: Collection[Moment], first_ms: int | None, from_ms: int | None = None
) -> list[Summary]:
    """A summary for each signal of the plan; `first_ms` is when the log begins, `from_ms` when the moments do."""
    zone = ZoneInfo(plan["workspace"]["time_zone"])
    return [_summary(plan, signal, moments, zone, first_ms, from_ms) for signal in plan["signals"]]


def _looks_back_ms(plan: Plan, name: str) -> int:
    """Through its windows, and through its longest cooldown: a moment before the log may still keep one from coming."""
    used = {name, *inputs_of(plan["signals"], name)}
    cooldowns = [int(signal.get("cooldown_ms") or 0) for signal in plan["signals"] if signal["name"] in used]
    return looks_back_ms(plan["signals"], name) + max(cooldowns)


def _summary(
    plan: Plan, signal: Row, moments: Collection[Moment], zone: ZoneInfo, first_ms: int | None, from_ms: int | None
) -> Summary:
    own = [moment for moment in moments if moment["signal"] == signal["name"]]
    complete_ms = None if first_ms is None else first_ms + _looks_back_ms(plan, signal["name"])
    if complete_ms is not None and complete_ms <= max(first_ms or 0, from_ms or 0):
        complete_ms = None
    if not own:
        return Summary(signal["name"], complete_from_ms=complete_ms)
    each = Counter(moment["subject"] for moment in own).values()
    days = Counter(f"{datetime.fromtimestamp(moment['at'] / 1000, zone):%Y-%m-%d}" for moment in own)
    return Summary(
        signal["name"], len(own), len(each), median(each), max(each), dict(sorted(days.items())), complete_ms
    )
