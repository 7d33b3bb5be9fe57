"""A wake-up that a subject is not told the time for: nobody would have heard of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from tests.engine.build import BOUND, DAY, MINUTE, START_MS, count, journey, plan, send, types, wait
from tests.signals.kinds import KINDS
from tests.signals.logs import logs

SPECS = st.one_of(*(KINDS[kind].specs for kind in KINDS if KINDS[kind].specs is not None))


class Hushed:
    """A worker that looks, after each transition, at what would come of the wake-ups it is not told the time for."""

    def __init__(self, plan_: dict[str, Any]) -> None:
        self.engine = Engine(plan_)
        self.states: dict[str, Any] = {}
        self.timers: dict[str, int | None] = {}
        self.effects: list[tuple[str, Any]] = []

    def take(self, subject: str, row: dict[str, Any]) -> None:
        self._store(subject, self.engine.on_input(self._state(subject), subject, row))

    def pass_time(self, until_ms: int) -> None:
        while due := sorted((at_ms, who) for who, at_ms in self.timers.items() if at_ms and at_ms <= until_ms):
            at_ms, subject = due[0]
            self._store(subject, self.engine.on_time(self._state(subject), subject, at_ms))

    def _state(self, subject: str) -> Any:
        blob = self.states.get(subject)
        return blob and orjson.loads(blob)

    def _store(self, subject: str, done: Any) -> None:
        self.effects += [(subject, effect) for effect in done.effects]
        if not done.changed:
            return
        self.states[subject], self.timers[subject] = done.state and orjson.dumps(done.state), done.wake_at_ms
        state = self._state(subject)
        wakes = state["wakes"] if state else []
        before = [due_ms for due_ms, _, _ in wakes if done.wake_at_ms is not None and due_ms + BOUND < done.wake_at_ms]
        if before:
            assert self.engine.on_time(state, subject, before[-1] + BOUND).effects == []
        elif wakes:
            assert done.wake_at_ms == wakes[0][0] + BOUND


@settings(max_examples=2000)
@given(logs(), st.lists(SPECS, min_size=1, max_size=4))
def test_nobody_would_have_heard_of_a_wake_up_that_is_left_for_later(log: Any, specs: list[dict[str, Any]]) -> None:
    named = [{**spec, "name": f"x{number}"} for number, spec in enumerate(specs)]
    worker = Hushed(plan(*named))
    for row in log:
        worker.take("c1", row)
    worker.pass_time(max(row["at"] for row in log) + 400 * DAY)
    assert not any(worker.timers.values())


class Eager(Hushed):
    """A worker that is told of every wake-up as soon as it is due."""

    def _store(self, subject: str, done: Any) -> None:
        self.effects += [(subject, effect) for effect in done.effects]
        if done.changed:
            self.states[subject] = done.state and orjson.dumps(done.state)
            wakes = done.state["wakes"] if done.state else []
            self.timers[subject] = wakes[0][0] + BOUND if wakes else None


@settings(max_examples=200)
@given(logs(), st.lists(SPECS, min_size=1, max_size=4))
def test_what_is_told_is_what_is_told_with_every_wake_up_in_time(log: Any, specs: list[dict[str, Any]]) -> None:
    named = [{**spec, "name": f"x{number}"} for number, spec in enumerate(specs)]
    steps = [send(), wait(), send("again")]
    journeys = [journey(name=f"j{one['name']}", on=one["name"], per=None, steps=steps) for one in named]
    found = []
    for kind in (Hushed, Eager):
        worker, clock_ms = kind(plan(*named, *journeys)), 0
        for row in log:
            worker.take("c1", row)
            clock_ms = max(clock_ms, row["at"])
            worker.pass_time(clock_ms)
        worker.pass_time(clock_ms + 400 * DAY)
        found.append(sorted(map(orjson.dumps, worker.effects)))
    assert found[0] == found[1]


SETTLED = count("often", at_least=2, window_ms=10 * MINUTE, on=types("page_viewed"), settle=True, cooldown_ms=None)


def viewed(number: int, minutes: float) -> dict[str, Any]:
    return {"event_id": f"e{number}", "type": "page_viewed", "at": START_MS + round(minutes * MINUTE)}


def test_the_first_touchpoint_of_two_waits_for_nothing_and_the_second_is_told_in_time() -> None:
    worker = Hushed(plan(SETTLED))
    worker.take("c1", viewed(1, 0))
    (first, forget) = orjson.loads(worker.states["c1"])["wakes"]
    assert (first[0], worker.timers["c1"]) == (START_MS, forget[0] + BOUND)
    worker.take("c1", viewed(2, 1))
    assert worker.timers["c1"] == START_MS + MINUTE + BOUND
    worker.pass_time(START_MS + MINUTE + BOUND)
    assert [kind for _, (kind, _) in worker.effects] == ["moment"]


@pytest.mark.parametrize("late", [3.0, 1.5])
def test_one_that_comes_out_of_order_makes_an_earlier_wake_up_heard(late: float) -> None:
    bound_minutes = BOUND / MINUTE
    worker = Hushed(plan(SETTLED))
    worker.take("c1", viewed(1, 0))
    worker.take("c1", viewed(2, 30))
    worker.take("c1", viewed(3, 30 - bound_minutes / late))
    assert worker.timers["c1"] == START_MS + round((30 - bound_minutes / late) * MINUTE) + BOUND


def test_with_an_open_run_every_wake_up_is_told() -> None:
    seen = {**count("seen", at_least=1, window_ms=MINUTE, on=types("product_added")), "cooldown_ms": None}
    worker = Hushed(plan(SETTLED, seen, journey(on="seen", steps=[wait(), send()])))
    worker.take("c1", {"event_id": "a", "type": "product_added", "at": START_MS, "basket_id": "b"})
    worker.take("c1", viewed(1, 1))
    assert orjson.loads(worker.states["c1"])["runs"]
    assert worker.timers["c1"] == START_MS + MINUTE + BOUND
