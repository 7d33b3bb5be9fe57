"""F4: whatever a log says of one customer, their state stays within its limits, and what is lost is counted.

The limits are small here, so that logs of a page reach all of them; the last tests use the real ones.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from cjo.engine import Engine, core, duplicates, entries, handing_on, people, room, runs, subjects, warming
from cjo.engine.policies import capped
from cjo.engine.signals import base as signals
from cjo.engine.signals import build_signal
from cjo.engine.steps import base as steps
from cjo.engine.steps import decide
from tests.engine import build
from tests.engine.build import BASKET, DAY, HOUR, MINUTE, PRODUCT, at, play, reachable, tp, types

EVENTS_PER_KEY, OPEN_RUNS, LIMIT, TEXT = 5, 4, 3, 24
SMALL = [
    (duplicates, "EVENTS", 20), (signals, "KEYS", LIMIT), (runs, "ENDED_RUNS", LIMIT), (steps, "ACTIONS", LIMIT),
    (entries, "ENTRIES", LIMIT), (capped, "TIMES", LIMIT), (decide, "TIMES", LIMIT), (people, "CONSENTS", LIMIT),
    (signals, "FIRSTS", LIMIT), (core, "WAITING", LIMIT), (core, "TEXT", TEXT), (room, "TEXT", TEXT),
    (subjects, "QUEUED", LIMIT), (subjects, "MEMBERS", LIMIT), (handing_on, "TOLD", LIMIT),
    (warming, "WARMING", LIMIT),
]  # fmt: skip
SPREAD = 8
COUNTERS = {
    "marks_forgotten", "keys_forgotten", "runs_forgotten", "actions_forgotten", "entries_forgotten",
    "firsts_forgotten", "reservations_forgotten", "consent_not_taken", "recent_forgotten", "text_cut",
}  # fmt: skip
KINDS = ("product_added", "product_added", "product_added", "product_removed", "page_viewed", "order_completed")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in [*SMALL, (duplicates, "SPREAD", SPREAD)]:
        monkeypatch.setattr(module, name, value)


def everything() -> dict[str, Any]:
    """Signals by basket and by product, and journeys that send, choose, remember and wait for a goal."""
    again = build.send("again", next="pause", channels=("web",))
    loop = build.wait("pause", 1, next=None, until=[{**types("page_viewed")[0], "match": "customer", "then": "again"}])
    first = build.decide("best", build.offer("ten", 1, "again", at_most=1_000, window_ms=DAY))
    keyed = {"again": {"rule": "never", "after_ms": 0, "per": "key"}}
    goal = {"name": "purchase", "on": [{**types("order_completed")[0], "match": "customer"}], "within_ms": DAY}
    return build.plan(
        build.absence(within_ms=2 * MINUTE), build.count(per=PRODUCT, at_least=2, settle=True),
        build.score(per=BASKET, at_least=2), build.event(on=types("product_added"), per=PRODUCT, settle=True),
        build.first(on=types("product_added"), per=PRODUCT),
        build.first("anew", on=types("product_added"), per=BASKET, since_ms=MINUTE),
        build.sequence(steps=[build.step(["product_added"]), build.step(["page_viewed"], ["order_completed"])]),
        build.session(gap_ms=MINUTE // 2, per=PRODUCT), build.session("visits", gap_ms=1_000),
        build.journey("one", steps=[first, again, loop], exit=[], goal=goal | {"value": None}),
        build.journey("two", on="seen", per=PRODUCT, steps=[build.send()], enter=keyed, exit=[]),
        limits={"open_runs": OPEN_RUNS, "events_per_key": EVENTS_PER_KEY, "steps_per_input": 20, "run_ms_max": DAY},
        caps=[{"name": "many", "at_most": 10_000, "window_ms": DAY, "per": None, "channels": None, "purposes": None}],
    )  # fmt: skip


def hostile(seed: int) -> list[dict[str, Any]]:
    """A few hundred touchpoints of one customer: many keys, long texts, made-up purposes, disorder, silence."""
    chance, rows, minutes = random.Random(seed), reachable(), 0.0
    for _ in range(300):
        minutes += chance.choice([0, 0, 0.001, 0.01, 0.05, 0.5, 3])
        if chance.random() < 0.05:
            made_up = {"purpose": f"made-up-{chance.randrange(20)}" + "x" * chance.choice([0, 50])}
            rows.append(tp("consent_given", minutes, attributes=made_up))
            continue
        long = "y" * chance.choice([0, 0, 0, 99])
        basket, product = f"b{chance.randrange(12)}{long}", f"p{chance.randrange(12)}{long}"
        behind = chance.choice([0, 0, 0, 0.08, 5])
        rows.append(
            tp(chance.choice(KINDS), max(0, minutes - behind), basket_id=basket, product_id=product, amount="2")
        )
    return rows


def assert_within(state: dict[str, Any]) -> None:
    """Every part of a state is as small as its limit says."""
    assert len(marks(state["seen"])) <= 20 + 63, "each of 64 parts keeps its newest at least"
    for spec in everything()["signals"]:
        kept = build.memories(state, spec) if spec["name"] in state["sig"] else []
        assert len(kept) <= LIMIT, spec["name"]
        width = getattr(build_signal(spec, build.plan()["workspace"]), "width", 1)
        for memory in kept:
            lists = [part for part in memory.values() if isinstance(part, list)]
            assert all(len(part) <= (EVENTS_PER_KEY + 2) * width for part in lists), memory
    ended = [run for run in state["runs"].values() if "end" in run]
    assert len(ended) <= LIMIT and len(state["runs"]) - len(ended) <= OPEN_RUNS
    assert all(len(run["acts"]) <= LIMIT for run in state["runs"].values())
    by_name = [kept for part in ("marks", "offers", "firsts", "fired") for kept in state.get(part, {}).values()]
    assert all(len(kept) <= LIMIT for kept in by_name)
    assert all(len(state.get(part, ())) <= LIMIT for part in ("caps", "recent"))
    assert len(state.get("consent", ())) <= LIMIT + 1
    assert len(state["wakes"]) <= 4 * LIMIT + OPEN_RUNS + 2  # keyed signals, runs, the visit, forgetting
    assert longest(state) <= TEXT + 64, "an id of 64 characters, or a name of the plan's before a cut text"


def marks(seen: dict[str, Any]) -> list[str]:
    """The marks of all remembered events."""
    if duplicates.COUNTS not in seen:
        text = seen.get(duplicates.FEW, "")
        return [text[place + 5 : place + 16] for place in range(0, len(text), 19)]
    parts = [one for name, one in seen.items() if name != duplicates.COUNTS]
    texts = [text for days in parts for text in days.values()]
    return [text[place : place + 11] for text in texts for place in range(0, len(text), 14)]


def longest(value: Any) -> int:
    """Length of the longest text in a value, marks of events left out."""
    if isinstance(value, dict):
        return max((longest([name, one]) for name, one in value.items() if name != "seen"), default=0)
    if isinstance(value, list):
        return max(map(longest, value), default=0)
    return len(value) if isinstance(value, str) else 0


def test_every_part_of_the_state_stays_within_its_limit_and_every_limit_is_reached(small: None) -> None:
    engine, counted = Engine(everything()), Counter[str]()
    for seed in range(12):
        state: Any = None
        for row in hostile(seed):
            done = engine.on_input(state, "c1", row)
            state = done.state
            counted.update(name for kind, name in done.effects if kind == "count")
            assert_within(orjson.loads(orjson.dumps(state)))
    assert counted.keys() >= COUNTERS, COUNTERS - counted.keys()


def test_a_flood_leaves_a_state_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times as much of everything takes no more room."""
    for module, name, value in ((duplicates, "EVENTS", 500), (signals, "KEYS", 50), (entries, "ENTRIES", 100)):
        monkeypatch.setattr(module, name, value)
    made = build.journey("keyed", on="seen", per=PRODUCT, steps=[build.send(channels=("web",))], exit=[])
    made["enter"]["again"] = {"rule": "never", "after_ms": 0, "per": "key"}
    plan = build.plan(build.absence(), build.score(per=BASKET, at_least=100), build.event(per=PRODUCT), made)
    sizes = []
    for count in (600, 1_800):
        names = [{"product_id": f"p{number:06}", "basket_id": f"b{number:06}"} for number in range(count)]
        rows = [tp("page_viewed", place * 100 / count, **name) for place, name in enumerate(names)]
        rows += [tp("product_added", 100 + place * 10 / count, **name) for place, name in enumerate(names)]
        state = orjson.loads(play(plan, [*reachable(), *rows], until_minutes=110).replay.states["c1"])
        assert 500 <= len(marks(state["seen"])) <= 500 + 63, "each of 64 parts keeps its newest at least"
        assert {len(keys) for keys in state["sig"].values()} == {50}
        assert len(state["marks"]["keyed"]) == 100
        assert len(state["runs"]) <= runs.ENDED_RUNS + 20
        sizes.append(len(orjson.dumps(state)))
    assert sizes[1] < 1.05 * sizes[0]


def test_s2_of_many_unless_events_the_oldest_goes_with_the_starts_that_it_has_cancelled() -> None:
    """A start that was cancelled does not come back to life where its `unless` event is forgotten for room."""
    limits = {"open_runs": 20, "events_per_key": 10, "steps_per_input": 100, "run_ms_max": DAY}
    plan = build.plan(build.absence(within_ms=30 * MINUTE), limits=limits)
    rows = [tp("product_added", 0), tp("order_completed", 1)]
    rows += [tp("order_completed", 40 + number) for number in range(30)]

    assert play(plan, rows).moments == []
    late = [*rows, tp("product_added", 71)]
    assert [moment["at"] for moment in play(plan, late).moments] == [at(101)]


def test_an_event_that_finds_no_room_to_wait_is_a_moment_at_once() -> None:
    limits = {"open_runs": 20, "events_per_key": 10, "steps_per_input": 100, "run_ms_max": DAY}
    rows = [tp("page_viewed", number / 10_000) for number in range(30)]
    moments = play(build.plan(build.event(settle=True), limits=limits), rows).moments
    assert sorted(moment["at"] for moment in moments) == sorted(row["at"] for row in rows)


def test_what_is_declared_finds_room_among_many_made_up_consents() -> None:
    made_up = [tp("consent_given", -90, attributes={"purpose": f"x{number}"}) for number in range(300)]
    plan = build.plan(build.event(), build.journey(on="seen", steps=[build.send()]), purposes=["marketing"])
    outcome = play(plan, [*made_up, *reachable(), tp("page_viewed", 0)], HOUR // MINUTE)
    assert len(outcome.actions) == 1
    assert outcome.of("count").count("consent_not_taken") == 300 - people.CONSENTS
