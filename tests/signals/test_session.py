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
    PRODUCT,
    absence,
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
    kept = orjson.loads(found.replay.states["c1"])["sig"]["visited"]["s"]

    assert len(kept) == 3
    assert len(play(plan(short, limits=limits), log).moments) == 6
    late = [*log, tp(VIEW, 0.0001), tp(VIEW, 1)]
    assert len(play(plan(short, limits=limits), late).moments) == 7, (
        "what comes late for a forgotten one counts no more"
    )


def test_f4_nothing_is_left_when_it_can_matter_no_more():
    assert play(plan(session()), rows((VIEW, 0), (ADD, 1))).replay.states == {}


LEFT = "signal.abandoned"
LIMITS = {"open_runs": 20, "events_per_key": 3, "steps_per_input": 100, "run_ms_max": DAY}


def with_moments(**change: Any) -> dict[str, Any]:
    """Sessions made by views and by moments."""
    collect = {"items": {"each": PRODUCT, "minus": [], "max": 2}}
    made = {"on": types(VIEW, LEFT), "counts": {"left": types(LEFT)}, "where": None, "collect": collect}
    return session(**(made | change))


def left(*minutes: float) -> list[dict[str, Any]]:
    """Baskets that are left at these times."""
    return [tp(ADD, minute - 30, basket_id=f"b{minute}") for minute in minutes]


def bought(minute: float) -> dict[str, Any]:
    """The order of a basket that was said to be left at this time."""
    return tp(ORDER, minute - 29, basket_id=f"b{minute}")


def standing(signal: dict[str, Any], log: list[dict[str, Any]], **workspace: Any) -> list[dict[str, Any]]:
    """The moments that were not taken back, by time."""
    taken: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "take_back", lambda turn, moment_id: taken.append(moment_id))
        moments = play(plan(absence(collect={}), signal, CLOCK, **workspace), log).moments
    for moment in list(moments):
        if moment["moment_id"] in taken:
            taken.remove(moment["moment_id"])
            moments.remove(moment)
    return sorted((one for one in moments if one["signal"] == "visited"), key=lambda one: one["at"])


def came_to(signal: dict[str, Any], log: list[dict[str, Any]], **workspace: Any) -> list[tuple[Any, ...]]:
    """(minute, count, how many were left) of these."""
    found = standing(signal, log, **workspace)
    return [((one["at"] - at(0)) / MINUTE, one["values"]["count"], one["values"]["left"]) for one in found]


@pytest.mark.interpreted
@pytest.mark.parametrize("told_at", [75, 150])
@pytest.mark.parametrize(
    ("views", "before", "after"),
    [
        pytest.param([40, 80], [(110, 3, 1)], [(70, 1, 0), (110, 1, 0)], id="comes apart"),
        pytest.param([40], [(90, 2, 1)], [(70, 1, 0)], id="ended sooner"),
        pytest.param([70], [(100, 2, 1)], [(100, 1, 0)], id="began later"),
        pytest.param([], [(90, 1, 1)], [], id="never was"),
    ],
)
def test_s6_t4_a_session_is_put_together_anew_without_a_moment_that_never_was(views, before, after, told_at):
    log = sorted([*left(60), *(tp(VIEW, minute) for minute in views)], key=lambda row: row["at"])
    late = [tp(OTHER, told_at), bought(60)]
    place = len([row for row in log if row["at"] < at(told_at)])

    assert came_to(with_moments(), log) == before
    assert came_to(with_moments(), [*log[:place], *late, *log[place:], tp(OTHER, 300)]) == after


@pytest.mark.interpreted
@pytest.mark.parametrize(("told_at", "count", "abandoned"), [(75, 2, 0), (150, 3, 1)])
def test_s6_t4_a_moment_stands_whose_session_is_the_same_without_one_that_never_was(told_at, count, abandoned):
    """What it carries is as of its deadline."""
    log = [*left(60), tp(VIEW, 50), tp(VIEW, 70), tp(OTHER, told_at), bought(60)]

    assert came_to(with_moments(), log) == [(100, count, abandoned)]


@pytest.mark.interpreted
def test_s6_t4_a_session_whose_condition_holds_without_the_moment_is_told_late():
    none_left = with_moments(where=["=", ["moment", "left", "int"], lit(0, "int")])
    log = [*left(60), tp(VIEW, 50), tp(VIEW, 70), tp(OTHER, 200)]

    assert came_to(none_left, log) == []
    assert came_to(none_left, [*log, bought(60)]) == [(100, 2, 0)]


@pytest.mark.interpreted
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(30, 200), st.booleans(), st.integers(1, 200)), max_size=6, unique_by=lambda one: one[0]
    ),
    st.lists(st.integers(30, 200), max_size=6),
    st.sampled_from([10, 20, 40]),
    st.sampled_from([0, 1, 2]),
)
def test_s6_t4_what_is_left_are_the_sessions_without_the_moments_that_never_were(baskets, views, gap, least):
    """As if nobody had touched the baskets that were bought in time, whenever that comes to light."""
    spec = with_moments(gap_ms=gap * MINUTE, where=[">=", ["moment", "left", "int"], lit(least, "int")])
    seen = [(minute, tp(VIEW, minute)) for minute in views]
    seen += [(minute, tp(OTHER, minute)) for minute in range(0, 600, 10)]
    kept = [(minute - 30, row) for minute, never, _ in baskets if not never for row in left(minute)]
    gone = [(minute - 30, row) for minute, never, _ in baskets if never for row in left(minute)]
    gone += [(minute + after, bought(minute)) for minute, never, after in baskets if never]

    late, without = (
        [one["moment_id"] for one in standing(spec, [row for _, row in sorted(log, key=lambda one: one[0])])]
        for log in ([*seen, *kept, *gone], [*seen, *kept])
    )

    assert late == without


def test_f4_a_session_of_moments_keeps_each_of_them_and_of_the_rest_sums():
    """Moments at 60 and 100, and 1000 views before, between and after them."""
    log = sorted([*left(60, 100), *(tp(VIEW, 50 + number / 10) for number in range(1_000))], key=lambda row: row["at"])

    found = play(plan(absence(collect={}), with_moments(), CLOCK), log, until_minutes=150)
    (kept,) = orjson.loads(found.replay.states["c1"])["sig"]["visited"]["s"]

    assert (kept["n"], [part["n"] for part in kept["of"]]) == (1_002, [1_000, 1, 1])


def test_sessions_without_moments_remember_sums_alone():
    kept = orjson.loads(play(plan(session()), rows((VIEW, 0), (ADD, 1)), until_minutes=2).replay.states["c1"])

    assert [sorted(one) for one in kept["sig"]["visited"]["s"]] == [["a", "g", "n", "v", "z"]]


@pytest.mark.interpreted
def test_f4_s6_of_too_many_moments_the_oldest_are_not_taken_out():
    log = [*left(60, 61, 62, 63), tp(OTHER, 80)]

    first, last = (came_to(with_moments(), [*log, bought(one)], limits=LIMITS) for one in (60, 63))

    assert (first, last) == ([(93, 4, 4)], [(92, 3, 3)])


@pytest.mark.interpreted
def test_s4_t4_a_revision_takes_back_no_session_that_another_has_told():
    """The old one knows touchpoints that the new one does not ask for."""
    before = with_moments(on=types(VIEW, OTHER), until_ms=at(60))
    after = with_moments(on=types(VIEW), version="s2", from_ms=at(60), memory="visited@2")
    taken: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "take_back", lambda turn, moment_id: taken.append(moment_id))
        found = play(plan(before, after, absence(collect={})), [tp(VIEW, 40), tp(ADD, 80), tp(OTHER, 41)])

    told = [one for one in found.moments if one["signal"] == "visited"]
    assert (told[0]["at"], told[0]["signal_version"]) == (at(70), "s2")
    assert told[0]["moment_id"] not in taken
