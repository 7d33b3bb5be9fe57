"""A scenario through the engine: what came of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cjo.engine import Engine
from cjo.engine.inputs import looks_back_ms
from cjo.engine.state import new_state
from cjo.reasons import sentence
from cjo.scenarios.script import Script
from cjo.simulate.replay import Replay

DAY_MS = 86_400_000
_NOT_SENT = ("refused", "held_out", "too_late")


@dataclass(frozen=True)
class Came:
    """One thing that came: of a kind that can be expected, or `other`, which only explains."""

    kind: str
    name: str
    at_ms: int
    customer: str
    journey: str | None
    step: str | None
    said: str
    record: dict[str, Any] = field(repr=False, compare=False, default_factory=dict)


@dataclass(frozen=True)
class Played:
    """What came of a scenario, in time order; `decisions` and `rows` (by event_id) tell which ways were taken."""

    came: list[Came]
    decisions: list[dict[str, Any]]
    rows: dict[str, dict[str, Any]]


class Stage:
    """Plays scenarios with one compiled plan; engines are kept, for most scenarios begin at the same time."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._bound_ms: int = plan["workspace"]["bound_ms"]
        self._engines: dict[int, Engine] = {}
        self._signals = {journey["name"]: journey["enter"]["on"] for journey in plan["journeys"]}
        windows = [looks_back_ms(plan["signals"], signal["name"]) for signal in plan["signals"]]
        runs = [journey["run_ms_max"] for journey in plan["journeys"]]
        self._longest_ms = max(windows, default=0) + max(runs, default=0) + DAY_MS

    def play(self, script: Script) -> Played:
        """What comes of the touchpoints of `script`, from the time on when its journeys are live.

        The watermark follows the log as it does live: before each line it stands at its arrival, less the bound.
        """
        replay = Replay(self._engine(script.live_from_ms))
        for who, arms in script.arms.items():
            replay.begin(who, {**new_state(script.begins_ms - DAY_MS), "arms": arms})
        effects = [(who, *effect) for who, effect in self._run(replay, script)]
        found = [_came(who, kind, record) for who, kind, record in effects if kind in _READ]
        signals = {self._signals[name] for name in script.journeys if name in self._signals}
        signals |= {one.name for one in script.expected if one.kind == "moment"}
        came = [one for one in found if one.at_ms >= script.begins_ms and _counts(one, script, signals)]
        came.sort(key=lambda one: one.at_ms)
        rows = {line.row["event_id"]: line.row for line in script.lines if line.row}
        return Played(came, [record for _, kind, record in effects if kind == "decision"], rows)

    def _run(self, replay: Replay, script: Script) -> Iterator[tuple[str, Any]]:
        last_ms = script.calendar.start_ms
        for line in [*script.known, *script.lines]:
            last_ms = max(last_ms, line.arrival_ms)
            yield from _each(replay.advance(line.arrival_ms - self._bound_ms - 1))
            if line.row is not None:
                yield from ((line.subject, effect) for effect in replay.take(line.subject, line.row))
            else:
                yield from _each(replay.advance(line.arrival_ms + self._bound_ms))
        until_ms = last_ms + self._longest_ms if script.until_ms is None else script.until_ms
        yield from _each(replay.advance(until_ms + self._bound_ms))

    def _engine(self, live_from_ms: int) -> Engine:
        if live_from_ms not in self._engines:
            plan = copy.copy(self._plan)
            plan["workspace"] = {**plan["workspace"], "live_from_ms": live_from_ms}
            self._engines[live_from_ms] = Engine(plan)
        return self._engines[live_from_ms]


def _counts(one: Came, script: Script, signals: set[str]) -> bool:
    """Other journeys of the workspace do not concern a scenario unless it names them."""
    return one.name in signals if one.kind == "moment" else one.journey in script.journeys


def _each(advanced: Iterator[tuple[str, list[Any]]]) -> Iterator[tuple[str, Any]]:
    return ((who, effect) for who, effects in advanced for effect in effects)


def _moment(who: str, record: dict[str, Any]) -> Came:
    key = f" {record['key']}" if record.get("key") else ""
    values = ", ".join(f"{name} {_shown(value)}" for name, value in record["values"].items())
    said = f"{record['signal']}{key}" + (f": {values}" if values else "")
    return Came("moment", record["signal"], record["at"], who, None, None, said, record)


def _action(who: str, record: dict[str, Any]) -> Came:
    kind = "send" if record["kind"] in ("request", "supersede") else str(record["kind"])
    content = record["content"]
    text = content.get("subject") or content.get("title") or content.get("body") or ""
    said = f"{record['channel']}, {record['journey']} / {record['step']}"
    said += f": “{' '.join(text.split())}”" if text else ""
    return Came(kind, record["channel"], record["decided_at"], who, record["journey"], record["step"], said, record)


def _decision(who: str, record: dict[str, Any]) -> Came:
    kind, name = "other", record["reason"]
    if record["outcome"] in _NOT_SENT:
        kind = "refused"
    elif record["kind"] == "goal":
        kind, name = "goal", record["inputs"].get("goal", name)
    elif record["kind"] == "end":
        kind = "ends"
    step = f" / {record['step']}" if record["step"] else ""
    said = f"{record['journey']}{step}: {sentence(record)} [{record['reason']}]"
    return Came(kind, name, record["decided_at"], who, record["journey"], record["step"], said, record)


_READ = {"moment": _moment, "action": _action, "decision": _decision}


def _came(who: str, kind: str, record: dict[str, Any]) -> Came:
    return _READ[kind](who, record)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
