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
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

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

WARM: Final = "warm"
WITHDRAW: Final = "withdraw"
KINDS: Final = frozenset({WARM, WITHDRAW})
PREFIX: Final = "warm/"
VERSION: Final = 1
"""Of the records of the memory topic."""


class Group(NamedTuple):
    """Signals that are warmed up together. `from_ms`: when they join the plan, 0 where the job has begun with them;
    NEVER_MS while nobody knows.

    `is_whole`: this job has seen all that the log holds, so that it needs no memory, and keeps no touchpoints.
    """

    id: str
    plan: dict[str, Any]
    places: tuple[str, ...]
    from_ms: int
    is_whole: bool


def groups_of(base: dict[str, Any], records: Iterator[Record] | list[Record]) -> dict[str, Group]:
    """The groups that `records` tell of beside the plan `base`, without those whose signals never join.

    Such were withdrawn before any of them was published: where they were published all the same, as by an answer of the
    broker that got lost, the withdrawal is a mistake. Or `base` was submitted with a later revision of a name, in
    another place: no record says any more when the group joins (beside.py), and nobody asks for its memory.
    """
    known = list(records)
    withdrawn = {record["name"] for record in known if record["kind"] == WITHDRAW}
    joins_ms = _joins(base, known)
    found: dict[str, Group] = {}
    for record in known:
        if record["kind"] != WARM:
            continue
        places = tuple(record["places"])
        from_ms = min((joins_ms[place] for place in places if place in joins_ms), default=NEVER_MS)
        if from_ms == NEVER_MS and (record["name"] in withdrawn or _is_passed_over(base, record)):
            continue
        group_id = id_of(record)
        found[group_id] = Group(group_id, _plan_of(base, record), places, from_ms, bool(record.get("whole")))
    return found


def whole(record: Record) -> Record:
    """The record for a job that reads the log from its beginning: it has seen all, and needs no memory of it."""
    return {**record, "whole": True} if record["kind"] == WARM else record


def id_of(record: Record) -> str:
    """The group that a `warm` or `withdraw` record is about."""
    return str(record["name"].removeprefix(PREFIX))


def _joins(base: dict[str, Any], known: list[Record]) -> dict[str, int]:
    """When what is warmed up for a place joins the plan, of all places of which anything is published.

    A revision that took its place over from the one before it, without a warm-up, has held from the beginning.
    """
    published = [(record.get("plan") or {}).get("signals") or () for record in known if record["kind"] not in KINDS]
    found: dict[str, int] = {}
    for spec in chain(base["signals"], *published):
        if "memory" in spec:
            found[spec["memory"]] = min(spec.get("from_ms", 0), found.get(spec["memory"], NEVER_MS))
    return found


def _is_passed_over(base: dict[str, Any], record: Record) -> bool:
    """True where `base` has as new a revision of one of the group's own signals."""
    revisions = {spec["name"]: spec["revision"] for spec in base["signals"]}
    mine = [spec for spec in record["plan"]["signals"] if spec.get("memory") in record["places"]]
    return any(revisions.get(spec["name"], -1) >= spec["revision"] for spec in mine)


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
        """Run what is due at or before `until_ms` and before the group joins; a state that is empty then goes."""
        self._run(group, state["warm"][group.id]["s"], subject, until_ms)
        self._let_go(group, state, until_ms)

    def join(self, group: Group, state: State, subject: str, until_ms: int) -> None:
        """The memory and wake-ups of the group's signals become the customer's own."""
        inner = state["warm"].pop(group.id)["s"]
        self._run(group, inner, subject, until_ms)
        self._move(group, state, inner)

    def pass_to(self, group: Group, state: State, subject: str, passed_ms: int, until_ms: int) -> None:
        """`advance`, of a subject beyond the customer: before it, take what is queued up to `passed_ms`."""
        self._pass(group, state["warm"][group.id]["s"], subject, passed_ms, until_ms)
        self._let_go(group, state, until_ms)

    def join_passed(self, group: Group, state: State, subject: str, passed_ms: int, until_ms: int) -> None:
        """`join`, of a subject beyond the customer: what is still queued, and its people, become its own too."""
        inner = state["warm"].pop(group.id)["s"]
        self._pass(group, inner, subject, passed_ms, until_ms)
        self._move(group, state, inner)
        subjects.merge(state, inner)
        state["control"] = max(state.get("control", 0), group.from_ms)

    def _run(self, group: Group, inner: State, subject: str, until_ms: int) -> None:
        self.engine(group).run_due(inner, subject, min(until_ms, group.from_ms - 1))

    def _pass(self, group: Group, inner: State, subject: str, passed_ms: int, until_ms: int) -> None:
        last_ms = group.from_ms - 1
        self.engine(group).pass_to(inner, subject, min(passed_ms, last_ms), min(until_ms, last_ms))

    def _let_go(self, group: Group, state: State, until_ms: int) -> None:
        """Nothing wakes a silent subject for a state that has no wake-up, so one that is empty must not stay.

        Touchpoints that wait for memory stay until it comes: forgetting, time and again, finds out when the group has
        joined or was withdrawn. Memory that comes once more after it has gone is as overdue as it was, and goes again.
        """
        entry = state["warm"][group.id]
        inner = entry["s"]
        if inner["wakes"] or (subjects.is_other(inner) and subjects.first_queued_ms(inner) is not None):
            return
        if "rows" in entry:
            self.engine(group).arm_forgetting(inner, until_ms)
        elif _is_empty(inner):
            del state["warm"][group.id]

    def _move(self, group: Group, state: State, inner: State) -> None:
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

    def memory(self, subject: str, state: State | None, passed_ms: int = 0) -> Record | None:
        """The record for the topic `memory`; None where the subject has nothing to be remembered.

        What is due where the watermark is at `passed_ms` is run to tell, and not in the state that is remembered: by
        its marks the worker knows what it has kept itself.
        """
        if state is None:
            return None
        left: State | None = state
        if passed_ms and not subjects.is_other(state):
            left = self._inner.on_time(orjson.loads(orjson.dumps(state)), subject, passed_ms).state
        if left is None or _is_empty(left):
            return None
        return {"v": VERSION, "warm": self._id, "subject": subject, "state": state}


def _is_empty(state: State) -> bool:
    """True where nothing is remembered or queued, and nothing but forgetting is due."""
    if holds_permanent(state) or any(wake[2] != FORGET for wake in state["wakes"]):
        return False
    if subjects.is_other(state):
        return not subjects.is_known(state) and subjects.first_queued_ms(state) is None
    return is_residue(state)


def has_joined(group: Group, state: State | None) -> bool:
    """True where the subject has come past the time at which the group's signals joined the plan."""
    return state is not None and "control" in state and bool(state["control"] >= group.from_ms)


def is_past(group: Group, state: State | None) -> bool:
    """True where the subject's time has come to that of the joining: also where no control has told, or none in time.

    What is still beside a customer's plan joins before the next touchpoint is taken.
    """
    return has_joined(group, state) or (state is not None and bool(state["clock"] >= group.from_ms))


def is_beside(group: Group, state: State | None) -> bool:
    """True where something is kept beside the subject's plan, for what is queued has to be taken there too."""
    return state is not None and group.id in state.get("warm", ())


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
