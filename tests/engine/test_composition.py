"""S6: signals that use other signals: when they hear of a moment, in which order, what becomes of one taken back."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from cjo.engine import Engine
from tests.engine.build import (
    AMOUNT,
    BASKET,
    BOUND,
    DAY,
    MINUTE,
    PRODUCT,
    SECOND,
    absence,
    at,
    count,
    event,
    first,
    inactivity,
    journey,
    lit,
    plan,
    play,
    reachable,
    score,
    send,
    sequence,
    session,
    step,
    tp,
    types,
)
from tests.engine.test_warming import Worker, published, warm

ABANDONED = types("signal.abandoned")


def twice(name: str = "twice", **change: Any) -> dict[str, Any]:
    """The basket was abandoned twice in 30 days."""
    collect = {"total": {"sum": ["attr", "total", "decimal"]}, "baskets": {"each": BASKET, "minus": [], "max": 5}}
    made = {"on": ABANDONED, "at_least": 2, "window_ms": 30 * DAY, "collect": collect}
    return count(name, **(made | change))


def named(outcome, name):
    return [moment for moment in outcome.moments if moment["signal"] == name]


def added(minutes: float, basket: str, amount: str = "10.0000"):
    return tp("product_added", minutes, basket_id=basket, amount=amount)


def test_s3_a_moment_of_moments_is_made_of_their_ids_and_carries_what_they_carry() -> None:
    outcome = play(plan(absence(), twice()), [added(0, "b1"), added(60, "b2", "2.5000")])

    one, two = named(outcome, "abandoned")
    (made,) = named(outcome, "twice")
    assert (made["at"], made["late_ms"], made["key"]) == (at(90), 0, None)
    assert made["values"] == {"count": 2, "total": "12.50", "baskets": ["b1", "b2"]}
    assert [entry["at"] for entry in made["evidence"]] == [one["at"], two["at"]]


def test_r8_a_touchpoint_is_followed_by_the_moments_that_it_makes_in_the_same_turn() -> None:
    seen = event(on=types("page_viewed"), collect={"about": {"value": ["attr", "topic", "string"]}})
    again = count("again", on=types("signal.seen"), at_least=2, collect={}, window_ms=DAY)
    deeper = event("deeper", on=types("signal.again", "page_viewed"))
    rows = [tp("page_viewed", minute, attributes={"topic": "a"}) for minute in (0, 1)]
    outcome = play(plan(deeper, again, seen), rows)

    assert [(one["signal"], one["at"]) for one in outcome.moments] == [
        ("deeper", at(0)), ("seen", at(0)), ("deeper", at(1)), ("seen", at(1)), ("again", at(1)), ("deeper", at(1)),
    ]  # fmt: skip


def test_conditions_and_keys_read_what_a_moment_carries() -> None:
    big = [
        "and",
        [">=", ["attr", "total", "decimal"], lit("20", "decimal")],
        ["=", ["attr", "key", "string"], lit("b2")],
    ]
    signal = event("big", on=[{"type": "signal.abandoned", "where": big}], per=BASKET)
    outcome = play(plan(absence(), signal), [added(0, "b1", "50.0000"), added(0, "b2", "20.0000"), added(0, "b3")])

    assert [one["key"] for one in named(outcome, "big")] == ["b2"]


def test_t2_wake_ups_of_one_instant_run_inputs_before_those_that_use_them() -> None:
    """`z` is due at the same instant as `a`, which uses it, and whose name comes first."""
    inner = absence("z", within_ms=30 * MINUTE, per=None)
    outer = absence(
        "a", start=types("page_viewed"), unless=types("signal.z"), within_ms=30 * MINUTE, per=None, collect={}
    )
    rows = [tp("page_viewed", 0), added(0, "b1")]

    for order in itertools.permutations([inner, outer]):
        assert [one["signal"] for one in play(plan(*order), rows).moments] == ["z"]


def test_t3_a_moment_at_exactly_the_deadline_is_inside_and_wins() -> None:
    outer = absence("quiet", start=types("page_viewed"), unless=ABANDONED, within_ms=40 * MINUTE, per=None, collect={})

    inside = play(plan(absence(), outer), [tp("page_viewed", 0), added(10, "b1")])
    outside = play(plan(absence(), outer), [tp("page_viewed", 0), added(10 + 1 / 60_000, "b1")])

    assert named(inside, "quiet") == []
    assert [one["at"] for one in named(outside, "quiet")] == [at(40)]


@pytest.mark.parametrize("kind", ["absence", "count", "score", "event", "first"])
def test_s3_settled_signals_on_settled_inputs_do_not_depend_on_arrival_within_the_bound(kind) -> None:
    outer = {
        "absence": absence(
            "outer", start=ABANDONED, unless=types("signal.keen"), within_ms=SECOND, per=None, collect={}
        ),
        "count": twice("outer", settle=True, on=types("signal.abandoned", "signal.keen")),
        "score": score(
            "outer", points=[{**ABANDONED[0], "add": 3}, {**types("signal.keen")[0], "add": 2}], settle=True
        ),
        "event": event("outer", on=types("signal.keen", "signal.abandoned"), settle=True),
        "first": first("outer", on=types("signal.keen", "signal.abandoned"), settle=True, since_ms=10 * MINUTE),
    }[kind]
    keen = count("keen", on=types("page_viewed", "product_added"), at_least=2, window_ms=MINUTE, settle=True)
    wanted = plan(absence(within_ms=2 * SECOND), keen, outer)
    rows = [added(0, "b1"), tp("page_viewed", 1 / 60), added(2 / 60, "b2"), tp("page_viewed", 4 / 60)]

    found = {
        frozenset(one["moment_id"] for one in named(play(wanted, list(order)), "outer"))
        for order in itertools.permutations(rows)
    }

    assert len(found) == 1
    assert kind == "absence" or found != {frozenset()}


def test_t4_a_moment_that_never_was_is_taken_out_before_it_has_counted() -> None:
    """A late purchase takes the first abandonment back, so the second is not the second."""
    rows = [added(0, "b1"), tp("page_viewed", 40), tp("order_completed", 20), added(60, "b2")]
    heard = play(plan(absence(), twice()), [rows[0], rows[1], rows[3]])
    outcome = play(plan(absence(), twice()), rows)

    assert len(named(heard, "twice")) == 1
    assert named(outcome, "twice") == []


def test_t4_what_an_absence_fired_on_a_moment_that_never_was_is_taken_back_too() -> None:
    later = absence("gone", start=ABANDONED, unless=types("page_viewed"), within_ms=60 * MINUTE, collect={})
    rows = [*reachable(), added(0, "b1"), tp("product_removed", 100), tp("order_completed", 20)]
    outcome = play(plan(absence(), later, journey("care", on="gone", exit=[])), rows, until_minutes=200)

    assert [one["at"] for one in named(outcome, "gone")] == [at(90)]
    assert [action["kind"] for action in outcome.actions] == ["request", "cancel"]


@pytest.mark.parametrize(("late_at", "late_min"), [(40, 0), (60, 15)])
def test_s6_what_a_moment_alone_has_cancelled_fires_after_all_when_that_never_was(late_at, late_min) -> None:
    """Also where its deadline has passed meanwhile: then it is late."""
    outer = absence("quiet", start=types("page_viewed"), unless=ABANDONED, within_ms=45 * MINUTE, per=None, collect={})
    rows = [tp("page_viewed", 0), added(0, "b1"), tp("product_removed", late_at), tp("order_completed", 20)]

    (made,) = named(play(plan(absence(), outer), rows, until_minutes=100), "quiet")
    assert (made["at"], made["late_ms"]) == (at(45), late_min * MINUTE)


def test_s6_a_moment_that_never_was_takes_nothing_out_of_an_absence() -> None:
    unwanted = absence(
        "unwanted", start=types("product_removed"), unless=types("page_viewed"), within_ms=5 * MINUTE, per=None,
        collect={"product_id": {"value": PRODUCT}},
    )  # fmt: skip
    outer = absence(per=None, collect={"items": {"each": PRODUCT, "minus": types("signal.unwanted"), "max": 20}})
    rows = [tp("product_added", 0), tp("product_removed", 2), tp("product_added", 20, product_id="p2")]

    (made,) = named(play(plan(unwanted, outer), [*rows, tp("page_viewed", 4)], until_minutes=60), "abandoned")
    assert made["values"] == {"items": ["p1", "p2"]}


RISKY = count("risky", on=types("payment_failed"), at_least=1, window_ms=MINUTE, collect={})
STUCK = sequence(steps=[step(["product_added"]), step(["payment_failed"], ["signal.risky"])], collect={})


def test_s6_a_moment_that_is_taken_back_where_it_is_made_opens_nothing_and_nobody_hears_of_it() -> None:
    """What forbids the last step is made by the touchpoint that is it."""
    deep = count("deep", on=types("signal.stuck"), at_least=1, window_ms=MINUTE, collect={})
    rows = [*reachable(), tp("product_added", 0), tp("payment_failed", 10)]
    outcome = play(plan(RISKY, STUCK, deep, journey("help", on="stuck", exit=[])), rows)

    assert named(outcome, "deep") == []
    assert (outcome.decisions(), outcome.actions) == ([], [])


def test_d3_a_moment_that_is_told_again_after_it_was_taken_back_is_acted_upon_anew() -> None:
    """A sequence that a moment forbids, until that turns out never to have been."""
    silent = absence("silent", start=types("page_viewed"), unless=types("calculator_used"), within_ms=10 * MINUTE,
                     per=None, collect={})  # fmt: skip
    stuck = sequence(steps=[step(["product_added"]), step(["payment_failed"], ["signal.silent"])], collect={})
    names = [("product_added", 0), ("payment_failed", 30), ("page_viewed", 100), ("page_viewed", 5),
             ("page_viewed", 101), ("calculator_used", 10)]  # fmt: skip
    again = {"rule": "after_exit", "after_ms": 0, "per": "key"}
    help_ = journey("help", on="stuck", exit=[], enter={"again": again}, steps=[send(expires_ms=DAY)])
    rows = [*reachable(), *(tp(name, minutes) for name, minutes in names)]
    outcome = play(plan(silent, stuck, help_), rows)

    assert [one["kind"] for one in outcome.actions] == ["request", "cancel", "request"]
    assert outcome.actions[0]["action_id"] == outcome.actions[1]["action_id"] != outcome.actions[2]["action_id"]
    assert len({one["moment_id"] for one in outcome.moments if one["signal"] == "stuck"}) == 1


def test_s6_who_counts_what_a_touchpoint_makes_does_not_count_what_it_takes_back() -> None:
    bought = event("bought", on=types("order_completed"))
    both = count("both", on=types("signal.abandoned", "signal.bought"), at_least=2, window_ms=DAY, collect={})
    rows = [added(0, "b1"), tp("product_removed", 40), tp("order_completed", 20)]
    outcome = play(plan(absence(), bought, both), rows)

    assert [one["signal"] for one in outcome.moments] == ["abandoned", "bought"]


@pytest.mark.parametrize(
    ("inner", "began"),
    [
        (absence("inner", start=types("calculator_used"), within_ms=MINUTE, per=None, collect={}), 0),
        (count("inner", on=types("calculator_used", "order_completed"), at_least=2, window_ms=MINUTE, collect={}), 0.5),
    ],
    ids=["one that it takes back", "one that it completes"],
)
def test_t4_what_a_late_touchpoint_does_to_a_later_moment_hides_no_silence_after_itself(inner, began) -> None:
    quiet = inactivity(on=types("order_completed", "signal.inner"), at_least=1, within_ms=0, silent_ms=10 * SECOND)
    rows = [tp("calculator_used", began), tp("order_completed", 4), tp("order_completed", 0.2)]
    late, in_order = (
        sorted(one["at"] for one in named(play(plan(inner, quiet), list(log), until_minutes=9), "quiet"))
        for log in (rows, sorted(rows, key=lambda row: row["at"]))
    )

    assert at(0.2) + 10 * SECOND in late
    assert set(in_order) <= set(late)  # the rest was taken back


def test_t4_a_late_session_is_told_at_once_whatever_else_its_touchpoint_makes() -> None:
    keen = count("keen", on=types("order_completed", "calculator_used"), at_least=2, window_ms=5 * MINUTE, collect={})
    visit = session("visit", on=types("order_completed", "page_viewed", "signal.keen"), counts={}, gap_ms=20 * SECOND,
                    where=None, collect={})  # fmt: skip
    rows = [tp("page_viewed", 3.3), tp("calculator_used", 3.4), tp("order_completed", 0.1), tp("page_viewed", 3.5)]
    made = named(play(plan(keen, visit), rows, until_minutes=9), "visit")

    assert (made[0]["at"], made[0]["late_ms"]) == (at(0.1) + 20 * SECOND, at(3.4) - at(0.1) - 20 * SECOND)


def test_t4_a_moment_of_a_late_moment_says_how_late_it_is_itself() -> None:
    both = count("both", on=types("signal.abandoned", "page_viewed"), at_least=2, window_ms=60 * MINUTE, collect={})
    outcome = play(plan(absence(per=None), both), [tp("page_viewed", 50), tp("page_viewed", 200), added(5, "b1")])

    assert [(one["at"], one["late_ms"]) for one in outcome.moments] == [
        (at(35), 165 * MINUTE),
        (at(50), 150 * MINUTE),
    ]


def test_t4_what_waits_for_the_bound_hears_no_more_of_a_moment_that_never_was() -> None:
    """The input is late by its own: taken back while `twice` has not been judged."""
    waits = event("waits", on=ABANDONED, settle=True)
    rows = [added(0, "b1"), tp("page_viewed", 30 + (BOUND - 1) / MINUTE), tp("order_completed", 20)]

    assert named(play(plan(absence(), waits), rows), "waits") == []


def test_a_touchpoint_that_calls_itself_a_moment_is_none() -> None:
    outcome = play(plan(absence(), twice()), [tp("signal.abandoned", minute, basket_id="b1") for minute in (0, 1, 2)])

    assert outcome.moments == []
    assert outcome.replay.states == {}


def test_no_circle_that_two_revisions_make_is_run_through() -> None:
    """The compiler refuses circles; records that take effect at different times may make one for a while."""
    one, other = event("one", on=types("page_viewed", "signal.other")), event("other", on=types("signal.one"))
    outcome = play(plan(one, other), [tp("page_viewed", 0)])

    assert len(outcome.moments) <= 2
    assert {one.depth for one in Engine(plan(one, other))._book.at(0).signals.values()} == {0, 1}


def test_a_moment_has_amounts_as_numbers() -> None:
    signal = count("spent", on=ABANDONED, at_least=1, window_ms=DAY, collect={"sum": {"sum": AMOUNT}})
    inner = absence(collect={"amount": {"sum": AMOUNT}})

    (made,) = named(play(plan(inner, signal), [added(0, "b1", "1.2500"), added(1, "b1", "2.0000")]), "spent")

    assert made["values"] == {"count": 1, "sum": "3.25"}


def test_s6_s4_a_moment_of_before_the_joining_that_is_taken_back_after_it_is_not_heard_either():
    """Both signals are new at 100: the moment at 40 was heard beside the plan, and is nobody's to take back."""
    lost = {**absence("lost", within_ms=30 * MINUTE, per=None, collect={}), "version": "v2", "revision": 2}
    again = {**count("again", on=types("signal.lost"), at_least=2, window_ms=DAY, collect={})}
    again |= {"version": "v2", "revision": 2}
    clock = event("clock", on=types("page_viewed", "product_added", "order_completed"))
    rows = [
        tp("product_added", 10), tp("page_viewed", 60), tp("page_viewed", 101),
        tp("order_completed", 12), tp("product_added", 110), tp("page_viewed", 200),
    ]  # fmt: skip
    always, worker = Worker(plan(lost, again, clock)), Worker(plan(clock))
    worker.learn(warm(lost, again))
    for spec in (lost, again):
        worker.learn(published(spec, at(100)))
    for one in (always, worker):
        for row in rows:
            one.take("c1", row)
        one.pass_time(at(400))

    assert [(one["signal"], one["at"]) for one in worker.moments("lost")] == [("lost", at(140))]
    assert worker.moments("again") == always.moments("again") == []
