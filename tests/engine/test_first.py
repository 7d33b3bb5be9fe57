"""first: ever and since, late ones, and what is remembered for good."""

from __future__ import annotations

import orjson
import pytest

from cjo.engine.signals import base, build_signal
from tests.engine.build import (
    BASKET,
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    absence,
    at,
    first,
    plan,
    play,
    sequence,
    step,
    tp,
    types,
)


def bought(minutes: float, basket: str = "b1", **fields):
    return tp("order_completed", minutes, basket_id=basket, **fields)


def times(outcome):
    return [moment["at"] for moment in outcome.moments]


def test_the_first_ever_fires_once_and_never_again() -> None:
    outcome = play(plan(first()), [bought(0), bought(1), bought(60 * 24 * 400)])

    assert times(outcome) == [at(0)]


def test_t3_the_first_for_an_hour_has_none_in_the_closed_hour_before_it() -> None:
    rows = [bought(0), bought(60), bought(120 + 1 / 60_000), bought(121)]

    assert times(play(plan(first(since_ms=HOUR)), rows)) == [at(0), at(120 + 1 / 60_000)]


def test_each_key_has_a_first_of_its_own() -> None:
    rows = [bought(0, "b1"), bought(1, "b2"), bought(2, "b1"), tp("order_completed", 3, basket_id=None)]
    outcome = play(plan(first(per=BASKET)), rows)

    assert [(moment["key"], moment["at"]) for moment in outcome.moments] == [("b1", at(0)), ("b2", at(1))]


@pytest.mark.parametrize("since", [None, HOUR])
def test_t4_what_fired_at_once_stands_for_an_earlier_one_that_comes_late(since) -> None:
    rows = [bought(30), bought(10), bought(29)]

    assert times(play(plan(first(since_ms=since)), rows)) == [at(30)]


@pytest.mark.parametrize("since", [None, HOUR])
def test_s3_settled_the_earliest_within_the_bound_fires_in_any_order(since) -> None:
    rows = [bought(0, event_id=name) for name in "ab"] + [bought(2 / 60)]
    spec = first(since_ms=since, settle=True)
    outcomes = [play(plan(spec), order) for order in (rows, rows[::-1], [rows[2], rows[1], rows[0]])]

    assert {times(outcome)[0] for outcome in outcomes} == {at(0)}
    assert len({outcome.moments[0]["moment_id"] for outcome in outcomes}) == 1
    assert [len(outcome.moments) for outcome in outcomes] == [1, 1, 1]


@pytest.mark.parametrize("since", [None, HOUR])
def test_t4_settled_one_later_than_the_bound_takes_no_place_that_has_fired(since) -> None:
    rows = [bought(30), tp("page_viewed", 40), bought(40), bought(10)]

    assert times(play(plan(first(since_ms=since, settle=True)), rows)) == [at(30)]


@pytest.mark.parametrize("since", [None, HOUR])
def test_t4_settled_a_late_one_takes_the_place_of_one_that_still_waits(since) -> None:
    rows = [bought(30), bought(10)]
    (made,) = play(plan(first(since_ms=since, settle=True)), rows).moments

    assert (made["at"], made["late_ms"]) == (at(10), 20 * MINUTE)


def test_a_late_one_between_two_joins_what_was_apart() -> None:
    """The one in the middle is within the hour of both: the second has fired already, a third no more."""
    rows = [bought(0), bought(110), bought(55), bought(165)]

    assert times(play(plan(first(since_ms=HOUR)), rows)) == [at(0), at(110)]


def test_f4_what_came_first_is_known_for_good_and_costs_one_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = play(plan(first(per=BASKET)), [bought(0), tp("page_viewed", 60 * 24 * 30)])
    state = orjson.loads(outcome.replay.states["c1"])
    assert state["firsts"] == {"began": {"b1": at(0)}}
    assert (state["wakes"], state["sig"], state["seen"]) == ([], {}, {})

    monkeypatch.setattr(base, "FIRSTS", 2)
    outcome = play(plan(first(per=BASKET)), [bought(number, f"b{number}") for number in (0, 1, 2, 1, 0)])
    assert len(outcome.moments) == 4
    assert outcome.of("count").count("firsts_forgotten") == 2


def test_what_came_first_is_forgotten_with_its_signal() -> None:
    replay = play(plan(first()), [bought(0)]).replay
    later = play(plan(), []).replay
    later.states = replay.states
    later.take("c1", tp("profile_updated", 60 * 24 * 30, attributes={}))
    assert list(later.advance(at(60 * 24 * 60)))

    assert "firsts" not in orjson.loads(later.states.get("c1", b"{}"))


def test_f4_spans_that_had_to_go_are_told_by_the_moment_that_would_have_looked_at_them() -> None:
    limits = {"open_runs": 20, "events_per_key": 2, "steps_per_input": 100, "run_ms_max": DAY}
    rows = [bought(minutes) for minutes in (0, 100, 200)] + [bought(30)]
    outcome = play(plan(first(since_ms=HOUR), limits=limits), rows)

    assert [moment["values"] for moment in outcome.moments] == [{}, {}, {}, {"truncated": True}]


def test_the_memory_of_spans_goes_when_no_window_reaches_back_to_it() -> None:
    outcome = play(plan(first(since_ms=HOUR)), [bought(0), bought(1)])

    assert "c1" not in outcome.replay.states


def test_somebody_who_comes_all_the_time_costs_as_much_as_somebody_who_came_once() -> None:
    replay = play(plan(first(since_ms=HOUR)), [bought(minute) for minute in range(1000)], until_minutes=1000).replay

    assert orjson.loads(replay.states["c1"])["sig"] == {"began": {"s": [[at(0), at(999)]], "p": []}}


@pytest.mark.parametrize(("since", "reach"), [(None, None), (HOUR, HOUR + DAY)])
def test_s4_what_is_warmed_up_is_the_whole_log_or_the_window(since, reach) -> None:
    assert build_signal(first(since_ms=since), plan()["workspace"]).reach_ms() == reach


STUCK = sequence(steps=[step(["product_added"]), step(["page_viewed"], ["product_removed"])], per=BASKET, collect={})
"""Its moment at a view is taken back by a removal before that, also within the bound."""


def stuck(second: float, basket: str) -> list[dict[str, object]]:
    return [tp("product_added", (second - 1) / 60, basket_id=basket), tp("page_viewed", second / 60, basket_id=basket)]


def unstuck(second: float, basket: str) -> dict[str, object]:
    return tp("product_removed", (second - 0.5) / 60, basket_id=basket)


def began(spec, rows) -> list[float]:
    """Seconds of the moments."""
    moments = play(plan(STUCK, spec), rows).moments
    return [(one["at"] - at(0)) / SECOND for one in moments if one["signal"] == "began"]


@pytest.mark.parametrize("since", [None, HOUR])
def test_s6_t4_settled_the_first_is_the_next_where_a_moment_never_was(since) -> None:
    spec = first(on=types("signal.stuck", "order_completed"), since_ms=since, settle=True)
    both = [*stuck(10, "b1"), *stuck(12, "b2")]

    assert began(spec, both) == [10]
    assert began(spec, [*both, unstuck(10, "b1")]) == [12]
    assert began(spec, [*both, unstuck(12, "b2"), unstuck(10, "b1"), bought(1)]) == [60]
    assert began(spec, [*stuck(10, "b1"), unstuck(10, "b1"), bought(1), bought(2)]) == [60]


@pytest.mark.parametrize("since", [None, HOUR])
@pytest.mark.parametrize("settle", [False, True])
def test_s6_t4_what_has_fired_on_a_moment_that_never_was_stands_for_those_after_it(since, settle) -> None:
    spec = first(on=types("signal.stuck", "order_completed"), since_ms=since, settle=settle)

    assert began(spec, [*stuck(10, "b1"), bought(1), unstuck(10, "b1"), bought(2)]) == [10]


@pytest.mark.parametrize("settle", [False, True])
def test_s6_t4_a_moment_that_never_was_lies_before_nothing(settle) -> None:
    """10 and 100 are more than a minute apart."""
    spec = first(on=types("signal.stuck", "order_completed"), since_ms=MINUTE, settle=settle)
    rows = [bought(10 / 60), *stuck(60, "b1"), bought(100 / 60)]

    assert began(spec, rows) == [10]
    assert began(spec, [*rows, unstuck(60, "b1")]) == [10, 100]
    assert began(spec, [*rows[:-1], unstuck(60, "b1"), rows[-1]]) == [10, 100]


def test_f4_touchpoints_beside_moments_are_bounded_and_before_them_a_span_stays() -> None:
    spec = first(on=types("signal.stuck", "order_completed"), since_ms=MINUTE)
    limits = {"open_runs": 20, "events_per_key": 2, "steps_per_input": 100, "run_ms_max": DAY}
    rows = [bought(10 / 60), *stuck(60, "b1"), bought(100 / 60), bought(101 / 60), unstuck(60, "b1")]

    found = play(plan(STUCK, spec, limits=limits), rows, until_minutes=2)

    assert [one["at"] for one in found.moments if one["signal"] == "began"] == [at(10 / 60)]
    assert len(orjson.loads(found.replay.states["c1"])["sig"]["began"]["t"]) == 2


def test_spans_of_before_touchpoints_were_remembered_stay() -> None:
    """A savepoint of an older cjo."""
    spec = first(on=types("signal.stuck", "order_completed"), since_ms=MINUTE, settle=True)
    replay = play(plan(STUCK, spec), [bought(10 / 60), bought(50 / 60)], until_minutes=55 / 60).replay
    state = orjson.loads(replay.states["c1"])
    del state["sig"]["began"]["t"]
    replay.states["c1"] = orjson.dumps(state)

    told = [replay.take("c1", row) for row in (*stuck(60, "b1"), unstuck(60, "b1"), bought(105 / 60))]

    assert [one for effects in told for kind, one in effects if kind == "moment" and one["signal"] == "began"] == []
    assert orjson.loads(replay.states["c1"])["sig"]["began"]["s"][0][0] == at(10 / 60)


@pytest.mark.parametrize("settle", [False, True])
def test_s3_s6_a_first_that_was_told_before_a_moment_came_between_is_not_told_again_when_that_never_was(settle) -> None:
    """At 15 somebody was stuck, it seemed, so 0 and 90 were of one time; but both had been told."""
    stuck_at = absence("stuck", start=types("calculator_used"), within_ms=30 * MINUTE, per=None, collect={})
    spec = first("f", on=types("page_viewed", "signal.stuck"), since_ms=HOUR, settle=settle)
    rows = [tp("page_viewed", minute) for minute in (0, 90, 95)]
    rows += [tp("calculator_used", 15), tp("order_completed", 20), tp("page_viewed", 500)]

    found = [one for one in play(plan(stuck_at, spec), rows).moments if one["signal"] == "f"]
    assert [one["at"] for one in found] == [at(0), at(90), at(500)]
