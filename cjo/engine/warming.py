"""S4: a signal that is new or changed is warmed up beside the plan, and joins it when its time comes.

A `warm` record names a group of signals. From then on each customer whom they concern has a state of their own for
them, at `state["warm"][group]`, which the same engine carries on with a plan of just these signals; nothing that it
gives leaves it, and nothing else of the customer is touched by it. At `effective_at` the memory and the wake-ups of the
signals join the customer's, and go on there.

What happened before the record is in the log. A job reads it to a known end, after every worker knows of the record,
and writes each customer's state to the topic `memory`. Until that comes, touchpoints are kept as well, in their order:
from the memory's state they are taken again, and those that it has seen already are repeats (S5). So the state is that
of a signal which was always there, whatever was handled where.

A subject beyond the customer is warmed up alike: the state beside the plan has a queue of its own, which goes on with
the watermark, and memory comes with what was still queued where the reading ended.

`{"s": state of the signals, "rows": [[clock before it, touchpoint]] since the record, "m": 1 once memory has come}`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cjo.engine import duplicates, subjects
from cjo.engine.migrations import bring_up_to_date
from cjo.engine.room import WARMING, drop_oldest, has_long_text, with_texts_cut
from cjo.engine.signals.base import NEVER_MS
from cjo.engine.state import BY_PLACE, FORGET, add_wakes, holds_permanent, is_residue

if TYPE_CHECKING:
    from cjo.engine.core import Engine
    from cjo.engine.turn import Transition

State = dict[str, Any]
Row = dict[str, Any]
Record = dict[str, Any]

WARM, WITHDRAW = "warm", "withdraw"
KINDS = frozenset({WARM, WITHDRAW})
PREFIX = "warm/"
VERSION = 1
"""Of the records of the memory topic."""


class Group(NamedTuple):
    """Signals that are warmed up together. `from_ms`: when they join the plan; NEVER_MS while nobody knows.

    `is_whole`: this job has seen all that the log holds, so that it needs no memory, and keeps no touchpoints.
    """

    id: str
    plan: dict[str, Any]
    places: tuple[str, ...]
    from_ms: int
    is_whole: bool


def groups_of(base: dict[str, Any], records: Iterator[Record] | list[Record]) -> dict[str, Group]:
    """The groups that `records` tell of beside the plan `base`, without those that were withdrawn."""
    known = list(records)
    withdrawn = {record["name"] for record in known if record["kind"] == WITHDRAW}
    joins_ms = dict(_joining(base["signals"]))
    for record in known:
        if record["kind"] not in KINDS:
            joins_ms.update(_joining((record.get("plan") or {}).get("signals") or ()))
    return {
        group_id: Group(group_id, _plan_of(base, record), places, joins_ms.get(places[0], NEVER_MS), is_whole)
        for record in known
        if record["kind"] == WARM and record["name"] not in withdrawn
        for group_id, places, is_whole in [(id_of(record), tuple(record["places"]), bool(record.get("whole")))]
    }


def whole(record: Record) -> Record:
    """The record for a job that reads the log from its beginning: it has seen all, and needs no memory of it."""
    return {**record, "whole": True} if record["kind"] == WARM else record


def id_of(record: Record) -> str:
    """The group that a `warm` or `withdraw` record is about."""
    return str(record["name"].removeprefix(PREFIX))


def _joining(specs: Any) -> Iterator[tuple[str, int]]:
    for spec in specs:
        if "memory" in spec and "from_ms" in spec:
            yield spec["memory"], spec["from_ms"]


def _plan_of(base: dict[str, Any], record: Record) -> dict[str, Any]:
    return {**base, "signals": record["plan"]["signals"], "journeys": [], "templates": {}, "removed": {}}


class Warming:
    """The states of signals that are not part of the plan yet."""

    def __init__(self, make: Callable[[dict[str, Any]], Engine]) -> None:
        self._make = make
        self._engines: dict[str, Engine] = {}

    def engine(self, group: Group) -> Engine:
        """The engine of a group's signals alone."""
        found = self._engines.get(group.id)
        if found is None:
            found = self._engines[group.id] = self._make(group.plan)
        return found

    def take(self, group: Group, state: State, subject: str, row: Row) -> list[tuple[str, Any]]:
        """Take a touchpoint that the group asks for; what of it is to be counted, such as one that was forgotten."""
        warm = state.setdefault("warm", {})
        entry = warm.get(group.id)
        if entry is None:
            entry = warm[group.id] = {"s": None}
        counts: list[tuple[str, Any]] = []
        if not group.is_whole and "m" not in entry:
            rows = entry.setdefault("rows", [])
            rows.append([state["clock"], with_texts_cut(row) if has_long_text(row) else row])
            if drop_oldest(rows, WARMING):
                counts.append(("count", "warming_forgotten"))
        done = self._next(group, entry["s"], subject, state["clock"], row)
        entry["s"] = done.state
        return counts + [effect for effect in done.effects if effect == ("count", "taken_early")]

    def merge(self, group: Group, state: State, subject: str, memory: State) -> bool:
        """Go on from the memory of the log; False, and nothing is changed, where that has been done before."""
        warm = state.setdefault("warm", {})
        entry = warm.get(group.id) or {}
        if "m" in entry:
            return False
        bring_up_to_date(memory)
        found: State | None = memory
        for clock_ms, row in entry.get("rows", ()):
            found = self._next(group, found, subject, clock_ms, row).state
        warm[group.id] = {"s": found, "m": 1}
        return True

    def advance(self, group: Group, state: State, subject: str, until_ms: int) -> None:
        """Run what is due at or before `until_ms` and before the group joins."""
        inner = state["warm"][group.id]["s"]
        if inner is not None:
            self.engine(group).run_due(inner, subject, min(until_ms, group.from_ms - 1))

    def join(self, group: Group, state: State, subject: str, until_ms: int) -> None:
        """The memory and wake-ups of the group's signals become the customer's own."""
        self.advance(group, state, subject, until_ms)
        self._move(group, state, state["warm"].pop(group.id)["s"])

    def pass_to(self, group: Group, state: State, subject: str, passed_ms: int, until_ms: int) -> None:
        """`advance`, of a subject beyond the customer: before it, take what is queued up to `passed_ms`."""
        inner, last_ms = state["warm"][group.id]["s"], group.from_ms - 1
        if inner is not None:
            self.engine(group).pass_to(inner, subject, min(passed_ms, last_ms), min(until_ms, last_ms))

    def join_passed(self, group: Group, state: State, subject: str, passed_ms: int, until_ms: int) -> None:
        """`join`, of a subject beyond the customer: what is still queued, and its people, become its own too."""
        self.pass_to(group, state, subject, passed_ms, until_ms)
        inner = state["warm"].pop(group.id)["s"]
        self._move(group, state, inner)
        if inner is not None:
            subjects.merge(state, inner)
        state["control"] = max(state.get("control", 0), group.from_ms)

    def _move(self, group: Group, state: State, inner: State | None) -> None:
        if inner is None:
            return
        state["clock"] = max(state["clock"], inner["clock"])
        duplicates.merge(state["seen"], inner["seen"])
        for part in BY_PLACE:
            for place in group.places:
                if place in state.get(part, ()):
                    del state[part][place]
                if place in inner.get(part, ()):
                    state.setdefault(part, {})[place] = inner[part][place]
        add_wakes(state, tuple(f"s:{place}:" for place in group.places), inner["wakes"])

    def _next(self, group: Group, inner: State | None, subject: str, clock_ms: int, row: Row) -> Transition:
        engine = self.engine(group)
        if not engine.is_other(subject):
            inner = engine.tick(inner, subject, clock_ms)
        return engine.on_input(inner, subject, row)


class WarmUp:
    """Computes from the log what the workers can't know of a group: each customer's state at the end of what is read.

    `engine` has the whole plan and the group's record: what others ask for moves the clock as it does in the job.
    """

    def __init__(self, engine: Engine, group_id: str) -> None:
        group = engine.group(group_id)
        if group is None:
            raise KeyError(f"no `warm` record {PREFIX}{group_id} is known")
        self._id, self._engine, self._inner = group_id, engine, Warming(type(engine)).engine(group)

    def take(self, state: State | None, subject: str, row: Row) -> State | None:
        """The subject's state after a touchpoint of the log."""
        if self._inner.is_other(subject):
            return self._inner.on_input(state, subject, row).state if self._inner.asks_for(row, subject) else state
        if state is not None:
            bring_up_to_date(state)
        if self._inner.asks_for(row):
            return self._inner.on_input(state, subject, row).state
        return self._inner.tick(state, subject, row["at"]) if self._engine.is_wanted(row) else state

    def wake_at_ms(self, state: State | None) -> int | None:
        """The watermark for which a subject beyond the customer waits, epoch ms; None where nothing does."""
        return None if state is None or not subjects.is_other(state) else self._inner.wake_at_ms(state)

    def on_time(self, state: State, subject: str, passed_ms: int) -> State | None:
        """The state of such a subject where the watermark has passed `passed_ms`."""
        return self._inner.on_time(state, subject, passed_ms).state

    def memory(self, subject: str, state: State | None) -> Record | None:
        """The record for the topic `memory`; None where the subject has nothing to be remembered."""
        if state is None:
            return None
        if subjects.is_other(state):
            passing = subjects.is_known(state) or subjects.first_queued_ms(state) is not None
        else:
            passing = not is_residue(state)
        if not passing and not holds_permanent(state) and not _waits(state):
            return None
        return {"v": VERSION, "warm": self._id, "subject": subject, "state": state}


def _waits(state: State) -> bool:
    return any(wake[2] != FORGET for wake in state["wakes"])


def has_joined(group: Group, state: State | None) -> bool:
    """True where the subject has come past the time at which the group's signals joined the plan."""
    return state is not None and "control" in state and bool(state["control"] >= group.from_ms)


def waiting_groups(state: State, group_of: Callable[[str], Group | None]) -> list[Group]:
    """What stands beside the subject's plan, the first to join first; a group that was withdrawn leaves the state."""
    found: list[Group] = []
    for group_id in list(state.get("warm", ())):
        group = group_of(group_id)
        if group is None:
            del state["warm"][group_id]
        else:
            found.append(group)
    return sorted(found, key=lambda one: one.from_ms)


def drop_where_empty(state: State) -> None:
    """A subject with nothing beside the plan has no part for it."""
    if not state["warm"] and state["warm"].__class__ is dict:
        del state["warm"]


def next_wake_ms(state: State) -> int | None:
    """The earliest due time of the customer's own wake-ups and of those beside the plan, epoch ms."""
    found = [state["wakes"][0][0]] if state["wakes"] else []
    found += [one["s"]["wakes"][0][0] for one in state.get("warm", {}).values() if one["s"] and one["s"]["wakes"]]
    return min(found, default=None)
