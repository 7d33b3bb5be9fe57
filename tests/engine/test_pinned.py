"""R2: a run goes on by the version that it entered, and what others are offered changes nothing of it."""

import pytest

from tests.engine.build import (
    DAY,
    decide,
    event,
    journey,
    offer,
    plan,
    reachable,
    send,
    tp,
    types,
    wait,
)
from tests.engine.controls import play, publish

SEEN = {"on": "seen", "exit": []}
GOAL = {"name": "purchase", "on": types("order_completed"), "within_ms": 14 * DAY, "value": None}
ALL_HELD_OUT = [{"name": "all", "share": 10_000, "journeys": None, "purposes": None}]
DAY_MINUTES = 24 * 60


def newer(**change):
    return journey("first", version="j2", revision=2, **SEEN | change)


def again(rule, days=0):
    return {"again": {"rule": rule, "after_ms": days * DAY, "per": "customer"}}


def entries(outcome):
    return [(one["journey_version"], one["reason"]) for one in outcome.of("decision") if one["kind"] == "entry"]


def test_r2_a_run_hands_over_by_its_own_version_where_the_step_is_another_by_now():
    over = {"id": "onwards", "kind": "hand_over", "to": "second", "keeps": True, "with": {}}
    made = plan(
        event(),
        event("never", on=types("never")),
        journey("first", steps=[wait(minutes=60), over], **SEEN),
        journey("second", on="never", exit=[]),
    )
    done = play(made, [publish(30, newer(steps=[wait("onwards", minutes=5)]))], [*reachable(), tp("page_viewed", 0)])
    assert [(one["journey"], one["inputs"].get("to")) for one in done.of("decision") if one["kind"] == "end"] == [
        ("first", "second"),
        ("second", None),
    ]


def test_r2_a_run_ends_with_the_words_of_its_own_version():
    first, second = (
        [wait(minutes=60), {"id": "bye", "kind": "exit", "reason": said}] for said in ("old words", "new words")
    )
    made = plan(event(), journey("first", steps=first, **SEEN))
    done = play(made, [publish(30, newer(steps=second))], [*reachable(), tp("page_viewed", 0)])
    assert [one["inputs"] for one in done.of("decision") if one["kind"] == "end"] == [{"said": "old words"}]


@pytest.mark.parametrize(("days", "hold_outs"), [(10, []), (1, ALL_HELD_OUT)], ids=["sent", "held out"])
@pytest.mark.parametrize("goal", [None, GOAL | {"within_ms": 1}], ids=["no goal", "a shorter goal"])
def test_r2_an_ended_run_is_kept_for_the_goal_of_its_own_version(days, hold_outs, goal):
    steps = [wait(minutes=60), send()]
    made = plan(event(), journey("first", steps=steps, goal=GOAL, **SEEN), hold_outs=hold_outs)
    rows = [*reachable(), tp("page_viewed", 0), tp("order_completed", days * DAY_MINUTES)]
    done = play(made, [publish(30, newer(steps=steps, goal=goal))], rows, 12 * DAY_MINUTES)
    assert done.reasons("goal") == ["goal_reached"]


def test_r4_who_may_never_enter_again_may_not_either_while_another_rule_is_tried_on_a_few():
    made = plan(event(), journey("first", enter=again("never"), **SEEN))
    rows = [*reachable(), tp("page_viewed", 0), tp("page_viewed", DAY_MINUTES), tp("page_viewed", 20 * DAY_MINUTES)]
    done = play(made, [publish(30, newer(enter=again("after_exit")), share=1)], rows)
    assert entries(done) == [("j1", "entered"), ("j1", "again_never"), ("j1", "again_never")]


def test_r4_who_may_enter_again_after_long_has_to_wait_also_while_less_is_tried_on_a_few():
    made = plan(event(), journey("first", enter=again("after", 30), **SEEN))
    rows = [*reachable(), *(tp("page_viewed", days * DAY_MINUTES) for days in (0, 10, 40))]
    done = play(made, [publish(30, newer(enter=again("after", 7)), share=1)], rows)
    assert entries(done) == [("j1", "entered"), ("j1", "again_after"), ("j1", "entered")]
    assert b'"marks"' not in done.replay.states.get("c1", b"")


def test_d4_the_cap_of_an_offer_counts_as_long_as_any_version_looks_back():
    def steps(days):
        return [wait(minutes=60), decide("best", offer("a", 5, at_most=1, window_ms=days * DAY), otherwise="exit")]

    made = plan(event(), journey("first", steps=steps(25), enter=again("after", 1), **SEEN))
    rows = [*reachable(), tp("page_viewed", 0), tp("page_viewed", 20 * DAY_MINUTES)]
    done = play(made, [publish(30, newer(steps=steps(1), enter=again("after", 1)), share=1)], rows)
    assert done.reasons("move") == ["waiting", "wait_over", "offer_chosen", "waiting", "wait_over", "no_offer"]
