"""T4: a late touchpoint counts where it happened, and takes back what should not have been."""

import pytest

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import (
    BOUND,
    DAY,
    HOUR,
    MINUTE,
    absence,
    at,
    count,
    event,
    journey,
    plan,
    play,
    predict,
    reachable,
    score,
    send,
    tp,
    types,
    wait,
)

ABANDONED = [*reachable(), tp("product_added", 0)]


def test_t4_a_late_purchase_cancels_the_reminder_that_can_still_be_stopped():
    rows = [*ABANDONED, tp("page_viewed", 60), tp("order_completed", 20)]
    other = score("noise", per=None)

    found = play(plan(absence(), other, journey()), rows)

    assert [(one["kind"], one["reason"]) for one in found.actions] == [("request", None), ("cancel", "moment_void")]
    assert found.actions[0]["action_id"] == found.actions[1]["action_id"]
    assert found.decisions("cancel") == [("cancel", "done", "cancelled_late")]


def test_t4_a_late_purchase_after_the_reminder_expired_is_logged_as_too_late():
    rows = [*ABANDONED, tp("page_viewed", 30 + 121), tp("order_completed", 20)]

    found = play(plan(absence(), score("noise"), journey(steps=[send(), wait(minutes=300)])), rows)

    assert [one["kind"] for one in found.actions] == ["request"]
    assert found.decisions("cancel") == [("cancel", "too_late", "too_late")]


def test_t4_a_late_purchase_cancels_what_is_not_decided_yet():
    rows = [*ABANDONED, tp("page_viewed", 29), tp("order_completed", 20)]

    found = play(plan(absence(), score("noise"), journey()), rows)

    assert found.moments == []


def test_t4_a_late_exit_takes_back_only_what_was_sent_after_it():
    steps = [send("first", expires_ms=DAY), wait(minutes=60), send("second", expires_ms=DAY), wait("rest", minutes=600)]
    rows = [*ABANDONED, tp("page_viewed", 100), tp("basket_emptied", 60, basket_id="b1")]

    found = play(plan(absence(), score("noise"), journey(steps=steps, exit=types("basket_emptied"))), rows)

    assert [(one["kind"], one["step"]) for one in found.actions] == [
        ("request", "first"),
        ("request", "second"),
        ("cancel", "second"),
    ]


def test_t4_a_late_touchpoint_that_completes_a_score_gives_its_own_time_and_how_late_it_is():
    rows = [tp("calculator_used", 0), tp("order_completed", 30), tp("calculator_used", 10)]

    found = play(plan(score(), journey(on="engaged", fresh_ms=DAY)), rows)

    assert [(moment["at"], moment["late_ms"]) for moment in found.moments] == [(at(10), 20 * MINUTE)]


def test_t4_a_moment_older_than_fresh_is_refused_as_stale():
    rows = [tp("calculator_used", 0), tp("order_completed", 30), tp("calculator_used", 10)]

    found = play(plan(score(), journey(on="engaged", enter={"fresh_ms": 20 * MINUTE - 1})), rows)

    assert found.decisions() == [("entry", "refused", "stale")]


def test_t4_a_late_start_fires_its_own_deadline_and_decides_as_of_the_clock():
    rows = [*reachable(), tp("page_viewed", 60), tp("product_added", 0)]

    found = play(plan(absence(), score("noise"), journey()), rows)

    assert [(one["at"], one["late_ms"]) for one in found.moments] == [(at(30), 30 * MINUTE)]
    assert [(one["decided_at"], one["expires_at"]) for one in found.actions] == [(at(60), at(60) + 2 * HOUR)]


def test_t4_a_late_repeat_moves_the_deadline_and_takes_the_earlier_moment_back():
    rows = [*reachable(), tp("product_added", 0), tp("page_viewed", 40), tp("product_added", 20)]

    found = play(plan(absence(), score("noise"), journey()), rows)

    assert [moment["at"] for moment in found.moments] == [at(30), at(50)]
    assert [one["kind"] for one in found.actions] == ["request", "cancel", "request"]


def test_t4_late_and_beyond_the_horizon_are_counted_apart():
    rows = [tp("page_viewed", 0), tp("page_viewed", -10), tp("page_viewed", -10 - 24 * 60)]

    assert play(plan(score()), rows).of("count") == ["late", "beyond_horizon"]


def test_a_touchpoint_older_than_window_and_late_horizon_adds_no_points_and_fires_nothing_t4():
    hour = 60
    rows = [tp("product_added", 80 * hour), tp("calculator_used", 0), tp("page_viewed", 79 * hour)]
    outcome = play(plan(absence(), score(at_least=3)), rows)
    assert [moment["signal"] for moment in outcome.moments] == ["abandoned"]
    assert "beyond_horizon" in outcome.of("count")


def test_s3_a_late_start_of_an_instant_that_has_fired_does_not_fire_it_again_where_memory_is_full():
    limits = {"open_runs": 20, "events_per_key": 2, "steps_per_input": 100, "run_ms_max": 30 * DAY}
    rows = [tp("product_added", 0), tp("product_added", 200), tp("product_added", 0), tp("product_added", 400)]

    found = play(plan(absence(), limits=limits), rows)

    ids = [one["moment_id"] for one in found.moments]
    assert (len(ids), len(set(ids))) == (3, 3)


def test_s3_a_moment_taken_back_by_a_late_start_does_not_come_again_when_memory_forgets_that_start():
    limits = {"open_runs": 20, "events_per_key": 3, "steps_per_input": 100, "run_ms_max": 30 * DAY}
    late_first = [tp("product_added", 30), tp("product_added", 100), tp("product_added", 10)]  # 10 passes over 30
    rows = [*late_first, tp("product_added", 200), tp("product_added", 300)]

    found = play(plan(absence(on_repeat="keep"), limits=limits), rows)

    ids = [one["moment_id"] for one in found.moments]
    assert len(ids) == len(set(ids)) == 5


def test_s3_a_late_touchpoint_that_memory_has_no_room_for_fires_nothing_again():
    limits = {"open_runs": 20, "events_per_key": 1, "steps_per_input": 100, "run_ms_max": 30 * DAY}
    high, low = "calculator_used", "page_viewed"
    rows = [
        tp(high, 10),
        tp(low, 80),
        tp(low, 150),
        tp(high, 9.5),
    ]  # the last is the oldest of four, of which three stay

    found = play(plan(score(at_least=2, window_ms=MINUTE), limits=limits), rows)

    assert [one["at"] for one in found.moments] == [at(10)]


def test_s3_a_late_touchpoint_does_not_fire_what_is_not_settled_yet():
    points = [{**types("product_added")[0], "add": 3}, {**types("page_viewed")[0], "add": 1}]
    settling = score(points=points, at_least=4, settle=True)

    found = play(plan(settling), [tp("page_viewed", 0), tp("product_added", 30), tp("page_viewed", -0.5)])

    assert [one["at"] for one in found.moments] == [at(30)]


def test_t1_what_is_taken_back_is_not_dated_before_what_it_takes_back():
    replay = Replay(Engine(plan(absence(), journey(steps=[send(), wait(minutes=600)]))))
    for row in [*reachable(), tp("product_added", 0)]:
        replay.take("c1", row)
    sent = [one for _, effects in replay.advance(at(40)) for kind, one in effects if kind == "action"]

    late = replay.take("c1", tp("order_completed", 20))  # the watermark has gone by, the customer's own clock had not

    back = [one for kind, one in late if kind == "action"]
    assert [one["kind"] for one in (*sent, *back)] == ["request", "cancel"]
    assert sent[0]["decided_at"] == back[0]["decided_at"] == at(30)


def test_r4_a_touchpoint_that_comes_when_entries_are_forgotten_is_too_old_to_enter():
    again = {"again": {"rule": "after", "after_ms": 60 * 60_000, "per": "customer"}}
    replay = Replay(Engine(plan(event(), journey(on="seen", exit=[], enter=again))))
    for row in [*reachable(), tp("page_viewed", 0)]:
        replay.take("c1", row)
    list(replay.advance(at(0) + 30 * DAY))

    late = replay.take("c1", tp("page_viewed", 10))

    entries = [one["reason"] for kind, one in late if kind == "decision" and one["kind"] == "entry"]
    assert entries == ["stale"]


def test_t3_without_a_bound_too_an_event_at_the_deadline_wins():
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 30)]
    assert play(plan(absence(), journey(), bound_ms=0), rows).moments == []


def test_s5_t4_a_touchpoint_later_than_every_horizon_is_remembered_too():
    """Its deadline is long past, and what that arms must not forget it at once."""
    waits = event("waits", settle=True)
    replay = Replay(Engine(plan(event(), waits, dedup_horizon_ms=6 * HOUR, late_horizon_ms=6 * HOUR)))
    for row in [*reachable(), tp("page_viewed", 40 * 60)]:
        replay.take("c1", row)
    for _ in replay.advance(at(200 * 60)):
        pass
    late = tp("page_viewed", 20 * 60)

    first, again = replay.take("c1", late), replay.take("c1", late)

    assert [record["signal"] for kind, record in first if kind == "moment"] == ["seen", "waits"]
    assert again == [("count", "duplicate")]


def in_order_and_late(spec, *minutes):
    """Times of the moments of touchpoints in order, and where the one at 20 comes last."""
    early, late = [minute for minute in minutes if minute != 20], [20]
    logs = sorted(minutes), [*early, *late]
    return [[one["at"] for one in play(plan(spec), [tp("product_added", n) for n in log]).moments] for log in logs]


VIEWS = {"name": "n", "weight": "1", "count": types("product_added"), "window_ms": HOUR}
LEVELS = [
    count(collect={}),
    score(points=[{"type": "product_added", "where": None, "add": 2}], at_least=6),
    score(points=[{"type": "product_added", "where": None, "add": 2}], at_least=4, half_life_ms=HOUR),
    predict(features=[VIEWS], intercept="-3"),
]


@pytest.mark.parametrize("settle", [False, True])
@pytest.mark.parametrize("cooldown_ms", [None, 90 * MINUTE])
@pytest.mark.parametrize("spec", LEVELS, ids=lambda spec: spec["kind"])
def test_s1_t4_a_late_touchpoint_where_the_level_was_up_does_not_fire_again(spec, cooldown_ms, settle):
    """At 2 it fires, at 120 it is down and armed again: at 20 it has been up since 2."""
    found = in_order_and_late({**spec, "cooldown_ms": cooldown_ms, "settle": settle}, 0, 1, 2, 20, 120, 200)

    assert found == [[at(2)], [at(2)]]


@pytest.mark.parametrize("settle", [False, True])
@pytest.mark.parametrize("spec", LEVELS[:2], ids=lambda spec: spec["kind"])
def test_s1_t4_a_late_touchpoint_fires_where_it_makes_the_level_but_not_within_a_cooldown(spec, settle):
    minutes = (18, 19, 20, 120, 200)
    assert in_order_and_late({**spec, "settle": settle}, *minutes) == [[at(20)], [at(20)]]

    cooling = {**spec, "settle": settle, "window_ms": 5 * MINUTE, "cooldown_ms": 90 * MINUTE}
    assert in_order_and_late(cooling, 0, 1, 2, *minutes) == [[at(2)], [at(2)]]


@pytest.mark.parametrize("signal", [count(at_least=1, collect={}), count(at_least=1, collect={}, settle=True)])
def test_t4_what_is_exactly_the_bound_behind_is_not_late(signal):
    found = play(plan(signal), [tp("product_added", 5), tp("product_added", 5, at=at(5) - BOUND)], until_minutes=9)

    assert [moment["late_ms"] for moment in found.moments][:1] == [0]


def test_t1_what_stands_behind_the_time_of_the_log_finds_decided_what_it_would_have_changed():
    """As where history is loaded behind heartbeats: they have brought the log to a later time."""
    history = [*ABANDONED, tp("order_completed", 20)]
    in_order = play(plan(absence(), journey()), history)
    assert (in_order.moments, in_order.actions) == ([], [])

    replay, effects = Replay(Engine(plan(absence(), journey()))), []
    for row in ABANDONED:
        effects += replay.take("c1", row)
    effects += [effect for _, more in replay.advance(at(60 * DAY / MINUTE)) for effect in more]
    effects += replay.take("c1", history[-1])
    assert [record["kind"] for kind, record in effects if kind == "action"] == ["request"]
