"""R1, R3 to R6, R8, R9: runs from entry to end."""

from datetime import UTC, datetime

import pytest

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import (
    AMOUNT,
    DAY,
    HOUR,
    MINUTE,
    PROFILE,
    SECOND,
    START_MS,
    absence,
    at,
    change,
    date,
    event,
    journey,
    leave,
    plan,
    play,
    reachable,
    score,
    send,
    tp,
    types,
    wait,
)  # fmt: skip

SEEN = {"on": "seen", "exit": []}


def again(rule, after_ms=0, per="key"):
    return {"again": {"rule": rule, "after_ms": after_ms, "per": per}}


def test_r1_each_basket_has_its_own_run_and_an_exit_ends_only_its_own():
    rows = [
        tp("product_added", 0),
        tp("product_added", 1, basket_id="b2"),
        tp("order_completed", 40, basket_id="b2"),
    ]

    found = play(plan(absence(), journey(steps=[wait(minutes=600)])), rows)

    ends = {one["run_key"]: one["reason"] for one in found.of("decision") if one["kind"] == "end"}
    assert ends == {"b1": "completed", "b2": "exit_event"}


def test_r1_an_exit_that_matches_by_customer_ends_every_run():
    exits = [{"type": "order_completed", "where": None, "match": "customer"}]
    rows = [tp("product_added", 0), tp("product_added", 1, basket_id="b2"), tp("order_completed", 40, basket_id="b3")]

    found = play(plan(absence(), journey(steps=[wait(minutes=600)], exit=exits)), rows)

    assert found.reasons("end") == ["exit_event", "exit_event"]


def test_r1_a_customer_with_too_many_open_runs_is_refused_another():
    limits = {"open_runs": 1, "events_per_key": 200, "steps_per_input": 100, "run_ms_max": DAY}
    rows = [tp("product_added", 0), tp("product_added", 1, basket_id="b2")]

    found = play(plan(absence(), journey(steps=[wait(minutes=600)]), limits=limits), rows)

    assert found.reasons("entry") == ["entered", "too_many_runs"]


def test_r3_an_exit_in_the_middle_of_a_wait_ends_the_run_at_once():
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 50)]

    found = play(plan(absence(), journey(steps=[wait(), send()])), rows)

    assert found.reasons("end") == ["exit_event"]
    assert found.actions == []
    assert found.of("decision")[-1]["decided_at"] == at(50)


@pytest.mark.parametrize(
    ("rule", "reasons"),
    [
        (again("never"), ["entered", "already_open", "again_never"]),
        (again("after_exit"), ["entered", "already_open", "entered"]),
        (again("after", 60 * MINUTE), ["entered", "already_open", "entered"]),
        (again("after", 60 * MINUTE + 1), ["entered", "already_open", "again_after"]),
    ],
)
def test_r4_re_entry_by_the_declared_rule(rule, reasons):
    rows = [tp("page_viewed", minute) for minute in (0, 10, 60)]

    found = play(plan(event(), journey(enter=rule, steps=[wait(minutes=30)], **SEEN)), rows)

    assert found.reasons("entry") == reasons


def test_r4_never_is_a_mark_that_outlives_everything_else():
    rows = [tp("page_viewed", 0), tp("page_viewed", 400 * 24 * 60)]

    found = play(plan(event(), journey(enter=again("never"), steps=[wait()], **SEEN)), rows)

    assert found.reasons("entry") == ["entered", "again_never"]


def test_r4_a_mark_of_after_goes_when_its_time_is_over():
    rows = [tp("page_viewed", 0)]

    found = play(plan(event(), journey(enter=again("after", 40 * DAY), steps=[wait()], **SEEN)), rows)

    assert found.replay.states == {}


@pytest.mark.parametrize("before", [again("never"), again("after", DAY)], ids=["never", "after"])
def test_r4_a_mark_that_the_journey_asks_for_no_more_goes_and_nobody_is_woken_for_it(before):
    replay = Replay(Engine(plan(event(), journey(enter=before, steps=[wait()], **SEEN))))
    replay.take("c1", tp("page_viewed", 0))
    after_exit = {"again": {"rule": "after_exit", "after_ms": None, "per": "key"}}
    replay.engine = Engine(plan(event(), journey(enter=after_exit, version="j2", steps=[wait()], **SEEN)))

    list(replay.advance(at(0) + 400 * DAY))

    assert replay.states == {}


def test_r4_per_customer_counts_over_all_baskets():
    rows = [tp("product_added", 0), tp("product_added", 60, basket_id="b2")]

    found = play(plan(absence(), journey(enter=again("after", DAY, "customer"), steps=[wait(minutes=1)])), rows)

    assert found.reasons("entry") == ["entered", "again_after"]


def test_r5_one_event_satisfies_every_run_that_waits_for_it():
    until = [{"type": "page_viewed", "where": None, "match": "key", "then": "exit"}]
    rows = [tp("product_added", 0), tp("product_added", 0, basket_id="b2"), tp("page_viewed", 40, basket_id=None)]
    by_customer = [until[0] | {"match": "customer"}]

    found = play(plan(absence(), journey(steps=[wait(until=by_customer)])), rows)

    assert found.reasons("move") == ["waiting", "waiting", "wait_event", "wait_event"]


def test_r5_within_a_run_the_first_matching_branch_in_file_order_wins():
    until = [
        {"type": "page_viewed", "where": ["=", ["attr", "topic", "string"], ["lit", "x", "string"]], "then": "b"},
        {"type": "page_viewed", "where": None, "then": "a"},
        {"type": "page_viewed", "where": None, "then": "b"},
    ]
    steps = [wait(until=until), leave("a"), leave("b")]
    rows = [tp("product_added", 0), tp("page_viewed", 40, basket_id="b1")]

    found = play(plan(absence(), journey(steps=steps)), rows)

    assert [one["step"] for one in found.of("decision") if one["kind"] == "end"] == ["a"]


def test_t3_an_event_at_exactly_the_end_of_a_wait_is_inside():
    until = [{"type": "page_viewed", "where": None, "match": "customer", "then": "exit"}]
    rows = [tp("product_added", 0), tp("page_viewed", 90)]

    found = play(plan(absence(), journey(steps=[wait(minutes=60, until=until)])), rows)

    assert found.reasons("move") == ["waiting", "wait_event"]


def test_t3_an_event_after_the_end_of_a_wait_does_not_satisfy_it_though_it_is_handled_first():
    until = [{"type": "page_viewed", "where": None, "match": "customer", "then": "exit"}]
    rows = [tp("product_added", 0), tp("page_viewed", 50, at=at(90) + 1)]

    found = play(plan(absence(), journey(steps=[wait(minutes=60, until=until)])), rows)

    assert found.reasons("move") == ["waiting", "wait_over"]


def test_r3_what_happened_before_the_entry_ends_nothing():
    rows = [tp("page_viewed", 10), tp("order_completed", 9.99)]

    found = play(plan(event(), journey(on="seen", steps=[wait()])), rows)

    assert found.reasons("end") == ["completed"]


def test_r6_a_loop_without_end_is_cut_by_the_step_budget():
    steps = [send(refused={}), wait(until=[], timeout_then="remind", minutes=1)]
    limits = {"open_runs": 20, "events_per_key": 200, "steps_per_input": 0, "run_ms_max": DAY}

    found = play(plan(absence(), journey(steps=steps), limits=limits), [tp("product_added", 0)])

    assert found.reasons("end") == ["step_budget"]


def test_r6_every_run_ends_at_its_greatest_duration():
    steps = [send(), wait(minutes=600, timeout_then="remind")]

    found = play(plan(absence(), journey(steps=steps, run_ms_max=DAY)), [tp("product_added", 0)])

    assert found.reasons("end") == ["run_expired"]
    assert found.of("decision")[-1]["decided_at"] == at(30) + DAY


def test_r8_consent_carried_by_an_input_counts_for_what_the_same_instant_decides():
    spec = event(on=types("consent_given"))
    rows = reachable()

    found = play(plan(spec, journey(**SEEN)), rows)

    assert found.reasons("send") == ["sent"]


def test_r8_an_exit_comes_before_an_entry_of_the_same_input():
    spec = event(per=None)
    rows = [tp("page_viewed", 0), tp("page_viewed", 10)]

    found = play(plan(spec, journey(on="seen", exit=types("page_viewed"), steps=[wait()])), rows)

    assert [reason for _, _, reason in found.decisions("entry", "end")] == [
        "entered",
        "exit_event",
        "entered",
        "completed",
    ]


def test_r8_entries_go_by_priority_then_name():
    journeys = [journey(name, steps=[wait()], priority=rank, **SEEN) for name, rank in (("a", 1), ("c", 9), ("b", 9))]

    found = play(plan(event(), *journeys), [tp("page_viewed", 0)])

    assert [one["journey"] for one in found.of("decision") if one["kind"] == "entry"] == ["b", "c", "a"]


def test_r9_a_moment_from_before_live_from_opens_no_run():
    found = play(
        plan(event(), journey(steps=[wait()], **SEEN), live_from_ms=at(5)), [tp("page_viewed", 4), tp("page_viewed", 5)]
    )

    assert found.reasons("entry") == ["not_live", "entered"]


def test_r9_what_happened_before_live_from_fills_memory():
    rows = [tp("calculator_used", 0), tp("calculator_used", 6)]

    found = play(plan(score(), journey(on="engaged", steps=[wait()]), live_from_ms=at(5)), rows)

    assert found.reasons("entry") == ["entered"]


def test_a_condition_on_the_moment_that_does_not_hold_is_a_logged_refusal():
    where = [">=", ["moment", "total", "decimal"], ["lit", "20", "decimal"]]
    rows = [tp("product_added", 0, amount="19.9900"), tp("product_added", 0, basket_id="b2", amount="20.0000")]

    found = play(plan(absence(), journey(enter={"where": where}, steps=[wait()])), rows)

    assert sorted(found.reasons("entry")) == ["condition_false", "entered"]


def test_d10_a_goal_counts_once_and_only_within_its_window_from_the_first_send():
    goal = {
        "name": "purchase",
        "on": types("order_completed"),
        "within_ms": HOUR,
        "value": ["field", "amount", "decimal"],
    }
    steps = [send(), wait(minutes=600)]
    rows = [*reachable(), tp("product_added", 0), *(tp("order_completed", m, amount="9.0000") for m in (40, 50, 200))]

    found = play(plan(absence(), journey(steps=steps, exit=[], goal=goal)), rows)

    assert found.reasons("goal") == ["goal_reached"]
    assert next(one["inputs"]["value"] for one in found.of("decision") if one["kind"] == "goal") == "9.0000"


def test_d10_the_value_of_a_goal_is_written_in_digits_however_small():
    value = ["attr", "fee", "decimal"]
    goal = {"name": "purchase", "on": types("order_completed"), "within_ms": HOUR, "value": value}
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 40, attributes={"fee": "0.00000009"})]
    found = play(plan(absence(), journey(exit=[], goal=goal)), rows)
    assert next(one["inputs"]["value"] for one in found.of("decision") if one["kind"] == "goal") == "0.00000009"


def test_d10_a_goal_counts_after_the_run_has_ended():
    goal = {"name": "purchase", "on": types("order_completed"), "within_ms": DAY, "value": None}
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 300)]

    found = play(plan(absence(), journey(goal=goal)), rows)

    assert [reason for _, _, reason in found.decisions("end", "goal")] == ["completed", "goal_reached"]
    assert set(found.replay.states["c1"].decode()) and b'"runs":{}' in found.replay.states["c1"]


def test_a_run_of_a_journey_that_was_removed_ends_with_that_reason():
    before, after = (
        plan(event(), journey(steps=[wait()], **SEEN)),
        plan(event(), journey("other", steps=[wait()], **SEEN)),
    )
    first = play(before, [tp("page_viewed", 0)], until_minutes=1)

    from cjo.engine import Engine

    first.replay.engine = Engine(after)
    effects = [effect for _, found in first.replay.advance(at(500)) for effect in found]

    assert [record["reason"] for _, record in effects] == ["journey_removed"]


def test_r2_a_run_goes_by_next_and_a_position_in_the_list_means_nothing():
    steps = [send("first", next="last"), wait("middle", minutes=1, next=None), wait("last", minutes=2, next="middle")]

    found = play(plan(absence(), journey(steps=steps)), [tp("product_added", 0)])

    assert [one["step"] for one in found.of("decision") if one["reason"] == "waiting"] == ["last", "middle"]
    assert found.reasons("end") == ["completed"]


def test_r6_an_event_after_the_end_of_the_run_moves_nothing_though_it_is_handled_before_it():
    until = [{"type": "page_viewed", "where": None, "match": "customer", "then": None}]
    one = journey(steps=[wait(minutes=600, until=until), send()], run_ms_max=60 * MINUTE, exit=[])
    rows = [*reachable(), tp("product_added", 0), tp("product_removed", 31), tp("page_viewed", 90, at=at(90) + 1)]

    found = play(plan(absence(), one), rows)

    assert found.reasons("end") == ["run_expired"]
    assert found.actions == []


@pytest.mark.parametrize("after_ms", [2_000, 6_000])
def test_d10_a_goal_soon_after_the_last_message_counts_though_it_was_handled_before_it(after_ms):
    """Within the bound after the wake-up that sends: the run has ended when it is shown the purchase."""
    goal = {"name": "purchase", "on": types("order_completed"), "within_ms": DAY, "value": None}
    rows = [*reachable(), tp("product_added", 0), tp("order_completed", 30, at=at(30) + after_ms)]

    assert "goal_reached" in play(plan(absence(), journey(goal=goal)), rows).reasons("goal")


@pytest.mark.parametrize("signal", [
    change(of=AMOUNT, on=types("page_viewed"), recent_ms=DAY, baseline_ms=2 * DAY, baseline_spans_ms=0,
           baseline_at_least="2", falls_to=None, rises_to=15_000),
    date("fell", before_days=0, every=None),
], ids=["change", "date"])  # fmt: skip
@pytest.mark.parametrize("bought_first", [False, True])
def test_t2_a_run_that_a_deadline_opens_is_shown_what_was_handled_before_within_the_bound(signal, bought_first):
    """The deadline is at the beginning of the day for `change`, at nine for `date`."""
    midnight = (4 * DAY - START_MS % DAY) / MINUTE
    due = midnight + (9 * 60 if signal["kind"] == "date" else 0)
    viewed = [(midnight - 2 * 1440 + 100, "1.0000"), (midnight - 2 * 1440 + 600, "1.0000")]
    rows = [tp("page_viewed", minute, amount=amount) for minute, amount in viewed]
    birthday = datetime.fromtimestamp(at(midnight) / 1000, UTC).date().isoformat()
    last = tp("page_viewed", due, at=at(due) - SECOND, amount="9.0000")
    if signal["kind"] == "date":
        last = tp("profile_updated", due, at=at(due) - SECOND, attributes={"birth_date": birthday})
    until = wait("p", 600, until=[{"type": "order_completed", "where": None, "match": "customer", "then": "exit"}])
    both = [last, tp("order_completed", due, at=at(due) + SECOND)]
    help_ = journey("help", on="fell", exit=[], steps=[until, send()], enter={"fresh_ms": 30 * DAY})
    wanted = plan(signal, help_, profile=PROFILE, late_horizon_ms=2 * DAY, dedup_horizon_ms=20 * DAY)
    found = play(wanted, [*reachable(), *rows, *(both[::-1] if bought_first else both)], until_minutes=due + 1440)

    assert found.reasons("move")[:2] == ["waiting", "wait_event"]
