"""S3, S5, T3, T4, F4: sessions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import runs
from tests.engine.build import (
    BASKET,
    BOUND,
    DAY,
    MINUTE,
    at,
    journey,
    lit,
    plan,
    play,
    reachable,
    score,
    send,
    session,
    tp,
    types,
)
from tests.signals.kinds import session as reference
from tests.signals.logs import logs

VIEW, ADD, ORDER, OTHER = "page_viewed", "product_added", "order_completed", "calculator_used"
CLOCK = score("noise", points=[{**types(OTHER)[0], "add": 1}], at_least=1_000)
"""Another signal, whose touchpoints move time."""


def rows(*happened: tuple[str, float]) -> list[dict[str, Any]]:
    return [tp(kind, minutes) for kind, minutes in happened]


def told(signal: dict[str, Any], log: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """(minute, values by name) of each moment."""
    moments = play(plan(signal, CLOCK), log).moments
    return [((one["at"] - at(0)) / MINUTE, *(one["values"][name] for name in names)) for one in moments]


def test_a_session_is_told_when_it_is_over_with_what_it_came_to():
    log = [tp(VIEW, 0), tp(ADD, 10, product_id="a", amount="5.0000"), tp(ADD, 12, product_id="b", amount="2.5000")]
    log.append(tp(VIEW, 20.02, product_id="c"))

    (moment,) = play(plan(session()), log).moments

    assert moment["at"] == at(50.02)
    assert moment["values"] == {
        "count": 4, "seconds": 1201, "baskets": 2, "orders": 0, "items": ["b", "c"], "total": "7.50", "added": "b",
        "spent": "0.00",
    }  # fmt: skip
    assert [one["at"] for one in moment["evidence"]] == [at(0), at(20.02)]


def test_what_came_in_a_session_decides_whether_it_is_told():
    assert told(session(), rows((VIEW, 0), (ORDER, 5))) == []


def test_t3_a_touchpoint_exactly_at_the_deadline_is_of_the_session_and_one_after_it_is_not():
    assert told(session(), rows((VIEW, 0), (VIEW, 30)), "count") == [(60, 2)]
    assert told(session(), rows((VIEW, 0), (VIEW, 30.001)), "count") == [(30, 1), (60.001, 1)]


def test_a_touchpoint_of_no_session_makes_none_and_goes_on_with_none():
    assert told(session(), rows((VIEW, 0), (OTHER, 20), (VIEW, 40)), "count") == [(30, 1), (70, 1)]


def test_r1_each_key_has_sessions_of_its_own():
    log = [tp(VIEW, 0, basket_id="b1"), tp(VIEW, 1, basket_id="b2"), tp(VIEW, 2, basket_id="b1"), tp(VIEW, 3)]

    moments = play(plan(session(per=BASKET)), log).moments

    assert [(one["key"], one["values"]["count"]) for one in moments] == [("b2", 1), ("b1", 2)]


def test_s5_a_repeated_touchpoint_counts_once_and_so_does_one_that_is_named_twice():
    twice = session(on=types(VIEW), counts={"views": types(VIEW), "all": types(VIEW, ADD)}, where=None, collect={})
    view = tp(VIEW, 0)

    assert told(twice, [view, view], "count", "views", "all") == [(30, 1, 1, 1)]


def test_conditions_on_one_type_are_looked_at_together():
    red = [{"type": VIEW, "where": ["=", ["attr", "topic", "string"], lit("red")]}]
    both = session(on=types(VIEW), counts={"red": red}, where=None, collect={})
    log = [tp(VIEW, 0, attributes={"topic": "red"}), tp(VIEW, 1, attributes={"topic": "blue"})]

    assert told(both, log, "count", "red") == [(31, 2, 1)]


def test_t4_an_order_that_comes_to_light_after_the_session_takes_its_message_back():
    log = [*reachable(), *rows((VIEW, 0), (OTHER, 60), (ORDER, 0))]

    found = play(plan(session(), CLOCK, journey(on="visited", exit=[])), [*log[:-1], tp(ORDER, -1)])
    inside = play(plan(session(), CLOCK, journey(on="visited", exit=[])), log)

    for outcome in (found, inside):
        assert [one["at"] for one in outcome.moments] == [at(30)]
        assert [(one["kind"], one["reason"]) for one in outcome.actions] == [
            ("request", None),
            ("cancel", "moment_void"),
        ]


def test_t4_a_touchpoint_that_makes_a_session_longer_takes_the_moment_back_and_the_right_one_comes():
    longer = [*rows((VIEW, 0), (VIEW, 10), (OTHER, 45)), tp(VIEW, 30), *rows((OTHER, 100))]

    found = play(
        plan(session(), CLOCK, journey(on="visited", exit=[], steps=[send(expires_ms=DAY)])), [*reachable(), *longer]
    )

    assert [((one["at"] - at(0)) / MINUTE, one["values"]["count"]) for one in found.moments] == [(40, 2), (60, 3)]
    assert [one["kind"] for one in found.actions] == ["request", "cancel", "request"]


@pytest.mark.interpreted
def test_t4_a_touchpoint_between_two_sessions_makes_one_of_them():
    log = [*rows((VIEW, 0), (VIEW, 50), (OTHER, 120)), tp(VIEW, 25)]

    found, taken = played_with_voids(session(), log)

    assert [((one["at"] - at(0)) / MINUTE, one["values"]["count"], one["late_ms"]) for one in found] == [
        (30, 1, 0), (80, 1, 0), (80, 3, 40 * MINUTE)
    ]  # fmt: skip
    assert taken == [one["moment_id"] for one in found[:2]]


def test_t4_a_moment_stands_where_a_late_touchpoint_changes_nothing_that_matters():
    log = [*rows((VIEW, 0), (VIEW, 10), (OTHER, 60)), tp(VIEW, 5)]

    found, taken = played_with_voids(session(), log)

    assert ([one["values"]["count"] for one in found], taken) == ([2], [])


def test_t4_a_late_touchpoint_that_makes_the_condition_true_tells_of_the_session_as_of_its_deadline():
    three = session(where=[">=", ["moment", "count", "int"], lit(3, "int")])
    log = [*rows((VIEW, 0), (VIEW, 10), (OTHER, 60)), tp(VIEW, 5)]

    (moment,) = play(plan(three, CLOCK), log).moments

    assert (moment["at"], moment["values"]["count"], moment["late_ms"]) == (at(40), 3, 20 * MINUTE)


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.randoms(use_true_random=False))
def test_t4_however_late_touchpoints_come_what_is_left_are_the_sessions_that_were(spec, log, random):
    late = sorted(log, key=lambda row: row["at"] + random.choice([0, 0, BOUND, 60_000, 600_000]))
    found, taken = played_with_voids(spec, late)
    left = [one["moment_id"] for one in found]
    for moment_id in taken:
        left.remove(moment_id)

    assert sorted(left) == sorted(reference.expected(spec, "c1", late))


@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.randoms(use_true_random=False))
def test_s3_sessions_do_not_depend_on_arrival_within_the_bound(spec, log, random):
    other = sorted(log, key=lambda row: row["at"] + random.randrange(BOUND))
    one, two = (play(plan(spec), order).moments for order in (log, other))

    assert {m["moment_id"]: m["values"] for m in one} == {m["moment_id"]: m["values"] for m in two}


def played_with_voids(spec: dict[str, Any], log: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The moments, and the ids of those that were taken back."""
    taken: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "take_back", lambda turn, moment_id: taken.append(moment_id))
        return play(plan(spec, CLOCK), log).moments, taken


def test_f4_a_session_without_end_takes_no_more_room_than_another_and_is_exact():
    log = [tp(ADD, number / 10, product_id=f"p{number % 7}", amount="0.1000") for number in range(3_000)]

    found = play(plan(session()), log, until_minutes=300)
    kept = orjson.loads(found.replay.states["c1"])["sig"]["visited"]
    (moment,) = play(plan(session()), log).moments

    assert len(orjson.dumps(kept)) < 400
    assert (moment["values"]["count"], moment["values"]["total"]) == (3_000, "300.00")


def test_f4_of_too_many_sessions_the_oldest_are_told_and_forgotten():
    limits = {"open_runs": 20, "events_per_key": 3, "steps_per_input": 100, "run_ms_max": DAY}
    log = [tp(VIEW, number / 100) for number in range(6)]
    short = session(gap_ms=100)

    found = play(plan(short, limits=limits), log, until_minutes=0.05)
    kept = orjson.loads(found.replay.states["c1"])["sig"]["visited"][""]["s"]

    assert len(kept) == 3
    assert len(play(plan(short, limits=limits), log).moments) == 6
    late = [*log, tp(VIEW, 0.0001), tp(VIEW, 1)]
    assert len(play(plan(short, limits=limits), late).moments) == 7, (
        "what comes late for a forgotten one counts no more"
    )


def test_f4_nothing_is_left_when_it_can_matter_no_more():
    assert play(plan(session()), rows((VIEW, 0), (ADD, 1))).replay.states == {}
