"""S1, S3, S5, T3, T4, F4: sequences."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cjo.engine import runs
from cjo.engine.ids import event_mark, mark_as_hex
from cjo.engine.plan import CompiledPlan
from cjo.engine.state import new_state
from cjo.engine.turn import Turn
from tests.engine.build import (
    BASKET,
    BOUND,
    DAY,
    MINUTE,
    Outcome,
    absence,
    at,
    event,
    journey,
    plan,
    play,
    reachable,
    sequence,
    step,
    tp,
    types,
)
from tests.signals.kinds import sequence as reference
from tests.signals.logs import logs

A, B, C, NOT = "product_added", "page_viewed", "calculator_used", "order_completed"
LIMITS = {"open_runs": 20, "events_per_key": 8, "steps_per_input": 100, "run_ms_max": 30 * DAY}


def rows(*happened: tuple[str, float]) -> list[dict[str, Any]]:
    return [tp(kind, minutes) for kind, minutes in happened]


def times(signal: dict[str, Any], log: list[dict[str, Any]], **workspace: Any) -> list[int]:
    return [moment["at"] for moment in play(plan(signal, **workspace), log).moments]


def made_by(signal: dict[str, Any], log: list[dict[str, Any]]) -> list[list[int]]:
    """Of each moment the times of what made it, in minutes."""
    moments = play(plan(signal), log).moments
    return [[(one["at"] - at(0)) // MINUTE for one in moment["evidence"]] for moment in moments]


def test_s1_a_sequence_fires_once_at_its_last_step_with_what_it_collects():
    log = [tp(A, 0, product_id="p1", amount="5.0000"), tp(B, 1, product_id="p2")]
    log.append(tp(C, 2, product_id="p3", amount="1.5000"))

    (moment,) = play(plan(sequence()), log).moments

    assert moment["at"] == at(2)
    assert moment["values"] == {"items": ["p2", "p3"], "total": "6.50", "second": "p2"}
    assert [one["at"] for one in moment["evidence"]] == [at(0), at(1), at(2)]


def test_steps_in_another_order_are_no_sequence():
    assert times(sequence(), rows((B, 0), (A, 1), (C, 2))) == []


def test_s3_of_several_that_fit_the_latest_make_it():
    """So that what came earlier, or comes to light of it, does not change the moment's id."""
    assert made_by(sequence(), rows((A, 0), (A, 1), (B, 2), (A, 3), (B, 4), (A, 5), (C, 6))) == [[3, 4, 6]]


def test_t3_a_sequence_exactly_as_long_as_it_may_be_fires_and_a_longer_one_does_not():
    assert times(sequence(), rows((A, 0), (B, 1), (C, 60))) == [at(60)]
    assert times(sequence(), rows((A, 0), (B, 1), (C, 60.001))) == []


def test_what_is_forbidden_counts_between_its_two_steps_alone():
    assert times(sequence(), rows((A, 0), (NOT, 1), (B, 2), (C, 3))) == [at(3)]
    assert times(sequence(), rows((A, 0), (B, 1), (NOT, 2), (C, 3))) == []
    assert times(sequence(), rows((A, 0), (B, 1), (NOT, 2), (B, 3), (C, 4))) == [at(4)]


@pytest.mark.parametrize("minutes", [1, 3])
def test_t3_what_is_forbidden_counts_at_the_instant_of_either_step(minutes):
    log = rows((A, 0), (B, 1), (C, 3))

    assert times(sequence(), [*log[:-1], tp(NOT, minutes), log[-1]]) == []


def test_a_forbidden_touchpoint_of_a_step_s_own_type_is_another_than_the_step():
    first_after = sequence(steps=[step([A]), step([B], [B])])

    assert times(first_after, rows((A, 0), (B, 1), (B, 2), (A, 3), (B, 4))) == [at(1), at(4)]


@pytest.mark.parametrize("order", [(A, B, C), (C, B, A), (B, C, A)])
def test_touchpoints_of_one_instant_count_in_the_order_of_the_steps(order):
    assert times(sequence(settle=True), rows(*((kind, 1) for kind in order))) == [at(1)]


def test_one_touchpoint_is_not_two_steps():
    twice = sequence(steps=[step([A]), step([A])])

    assert times(twice, rows((A, 0))) == []
    assert times(twice, rows((A, 0), (A, 1), (A, 2), (A, 3))) == [at(1), at(3)]


def test_s1_what_has_fired_is_used_up():
    assert times(sequence(), rows((A, 0), (B, 1), (C, 2), (C, 3), (B, 4), (C, 5))) == [at(2)]
    assert times(sequence(), rows((A, 0), (B, 1), (C, 2), (A, 3), (B, 4), (C, 5))) == [at(2), at(5)]


def test_s1_a_sequence_is_silent_for_its_cooldown_and_fires_exactly_at_its_end():
    twice = [(kind, minute) for start in (0, 10, 20) for kind, minute in ((A, start), (B, start + 1), (C, start + 2))]

    assert times(sequence(cooldown_ms=20 * MINUTE), rows(*twice)) == [at(2), at(22)]


def test_what_completes_a_sequence_within_the_cooldown_uses_nothing_up():
    log = rows((A, 0), (B, 1), (C, 2), (A, 3), (B, 4), (C, 5), (C, 30))

    assert made_by(sequence(cooldown_ms=20 * MINUTE), log) == [[0, 1, 2], [3, 4, 30]]


def test_r1_each_key_is_looked_at_alone():
    log = [tp(A, 0, basket_id="b1"), tp(B, 1, basket_id="b2"), tp(C, 2, basket_id="b1"), tp(B, 3, basket_id="b1")]
    log += [tp(B, 3.5), tp(C, 4, basket_id="b1")]

    (moment,) = play(plan(sequence(per=BASKET)), log).moments

    assert (moment["key"], moment["at"]) == ("b1", at(4))


def test_s5_a_repeated_touchpoint_is_one():
    added = tp(A, 0)

    assert times(sequence(steps=[step([A]), step([A])]), [added, added]) == []


def test_t4_a_step_that_comes_late_completes_what_goes_on_after_it():
    log = [*rows((A, 0), (C, 30)), tp(B, 10)]

    (moment,) = play(plan(sequence()), log).moments

    assert (moment["at"], moment["late_ms"]) == (at(30), 0)
    (late,) = play(plan(sequence(), sequence("other", steps=[step([NOT]), step([NOT])])), [
        *rows((A, 0), (C, 30), (NOT, 50)), tp(B, 10)
    ]).moments  # fmt: skip
    assert (late["at"], late["late_ms"]) == (at(30), 20 * MINUTE)


@pytest.mark.parametrize("settle", [False, True])
def test_t4_what_comes_late_between_two_steps_takes_the_moment_and_its_message_back(settle):
    log = [*reachable(), *rows((A, 0), (B, 1), (C, 30), (A, 31)), tp(NOT, 10)]

    found = play(plan(sequence(settle=settle), journey(on="stuck", exit=[])), log)

    assert [moment["at"] for moment in found.moments] == [at(30)]
    assert [(one["kind"], one["reason"]) for one in found.actions] == [("request", None), ("cancel", "moment_void")]


@pytest.mark.parametrize("settle", [False, True])
def test_t4_what_a_moment_taken_back_leaves_free_makes_another(settle):
    log = [*rows((A, 0), (B, 10), (C, 20), (B, 25), (C, 30), (A, 35)), tp(NOT, 15)]

    assert made_by(sequence(settle=settle), log) == [[0, 10, 20], [0, 25, 30]]


def test_t4_a_late_touchpoint_outside_of_what_has_fired_takes_nothing_back():
    log = [*reachable(), *rows((A, 0), (B, 1), (C, 30), (A, 31)), tp(NOT, 0.5)]

    found = play(plan(sequence(), journey(on="stuck", exit=[])), log)

    assert [one["kind"] for one in found.actions] == ["request"]


@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.randoms(use_true_random=False))
def test_s3_settled_sequences_do_not_depend_on_arrival_within_the_bound(spec, log, random):
    settled = {**spec, "settle": True}
    other = sorted(log, key=lambda row: row["at"] + random.randrange(BOUND))
    moments = [play(plan(settled), one).moments for one in (log, other)]

    assert [{one["moment_id"]: one["values"] for one in found} for found in moments[:1]] == [
        {one["moment_id"]: one["values"] for one in found} for found in moments[1:]
    ]


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.randoms(use_true_random=False))
def test_t4_whatever_comes_late_the_moments_and_those_taken_back_are_those_of_the_reference(spec, log, random):
    at_once = {**spec, "settle": False, "per": None}
    late = sorted(reference.once(log), key=lambda row: row["at"] + random.choice([0, 0, 10_000, 300_000]))
    found, taken = played_with_voids(at_once, late)

    assert {one["moment_id"]: (one["at"], one["values"]) for one in found} == reference.expected(at_once, "c1", late)
    assert sorted(taken) == sorted(reference.taken_back(at_once, "c1", late))


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.randoms(use_true_random=False))
def test_t4_nothing_forbidden_lies_in_what_is_left_however_late_it_came(spec, log, random):
    settled = {**spec, "settle": True}
    late = sorted(reference.once(log), key=lambda row: row["at"] + random.choice([0, 0, 10_000, 300_000]))
    found, taken = played_with_voids(settled, late)
    by_mark = {mark_as_hex(event_mark(row["event_id"])): row for row in late}

    for moment in (one for one in found if one["moment_id"] not in taken):
        chain = [by_mark[one["event"]] for one in moment["evidence"]]
        known = [row for row in late if not moment["key"] or row.get("basket_id") == moment["key"]]
        assert reference.nothing_between(spec, [row for row in known if reference.asked_for(spec, row)], chain)


def played_with_voids(spec: dict[str, Any], log: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The moments, and the ids of those that were taken back."""
    taken: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "take_back", lambda turn, moment_id: taken.append(moment_id))
        return play(plan(spec), log).moments, taken


@settings(max_examples=300, deadline=None)
@given(reference.specs, logs(), st.integers(2, 8))
def test_f4_sequences_with_little_room_are_exact_in_order(spec, log, room):
    """What is kept of the older says the same of all that comes after it, however much that was."""
    ordered = sorted(reference.once(log), key=lambda row: row["at"])
    spec = {**spec, "settle": False}
    assume(len({row["at"] for row in ordered}) == len(ordered))

    moments = play(plan(spec, limits={**LIMITS, "events_per_key": room}), ordered).moments

    assert {one["moment_id"]: (one["at"], one["values"]) for one in moments} == reference.expected(spec, "c1", ordered)


@pytest.mark.parametrize("collect", [sequence()["collect"], {}], ids=["collects", "collects nothing"])
def test_f4_a_flood_between_two_steps_hides_neither_and_stays_within_its_room(collect):
    log = [tp(A, 0), *(tp(B, 1 + number / 100) for number in range(2_000)), tp(C, 50)]
    found = play(plan(sequence(collect=collect), limits=LIMITS), log, until_minutes=50)
    (moment,) = found.moments

    assert [one["at"] for one in moment["evidence"]] == [at(0), at(20.99), at(50)]
    assert "truncated" not in moment["values"]
    assert kept(found) <= LIMITS["events_per_key"]


def test_f4_a_moment_that_a_forgotten_step_might_have_made_says_so():
    log = [tp(A, 0), *(tp(B, 1 + number) for number in range(20)), tp(A, 5), tp(C, 30)]

    (moment,) = play(plan(sequence(), limits=LIMITS), log).moments

    assert moment["values"]["truncated"] is True


def test_f4_what_is_forbidden_is_seen_before_what_was_forgotten_too():
    log = [tp(A, 0), *(tp(B, 1 + number) for number in range(20)), tp(NOT, 21.5), tp(C, 30)]
    late = [tp(A, 0), *(tp(C, 1 + number) for number in range(20)), tp(NOT, 5), tp(B, 30)]
    forbidden = sequence(steps=[step([A]), step([B], [NOT])])

    assert times(sequence(), log, limits=LIMITS) == []
    assert times(sequence(steps=[*forbidden["steps"], step([C])]), late, limits=LIMITS) == []
    assert times(forbidden, late, limits=LIMITS) == []


def test_f4_nothing_is_left_when_it_can_matter_no_more():
    found = play(plan(sequence(cooldown_ms=DAY)), rows((A, 0), (B, 1), (C, 2)))

    assert found.replay.states == {}


def kept(found: Outcome) -> int:
    """How many touchpoints the signal remembers."""
    state = orjson.loads(found.replay.states["c1"])
    return len(state["sig"]["stuck"]["p"])


LEFT = "signal.abandoned"


def left_and_bought(bought: float, *more: tuple[str, float]) -> list[dict[str, Any]]:
    """Two baskets left at 30 and 80, of which the first was bought in time: told at `bought`, after some `more`."""
    rest = [tp("product_added", 50, basket_id="b2"), tp(C, bought), *rows(*more)]
    return [tp("product_added", 0, basket_id="b1"), *rest, tp("order_completed", 10, basket_id="b1")]


def of_moments(signal: dict[str, Any], log: list[dict[str, Any]]) -> list[float]:
    """Minutes of the moments of a sequence of moments."""
    moments = play(plan(absence(collect={}), signal), log).moments
    return [(one["at"] - at(0)) / MINUTE for one in moments if one["signal"] == "stuck"]


def test_s6_t4_a_moment_that_never_was_is_no_step():
    twice = sequence(steps=[step([LEFT]), step([LEFT])], within_ms=DAY, collect={})
    then = sequence(steps=[step([LEFT]), step([B])], within_ms=DAY, collect={})
    view = tp(B, 60)

    assert of_moments(twice, left_and_bought(40)) == []
    assert of_moments(twice, left_and_bought(40)[:-1]) == [80]
    assert of_moments(then, [*left_and_bought(40), view]) == []
    assert of_moments(then, [*left_and_bought(40)[:-1], view]) == [60]


def test_s6_t4_what_has_fired_on_a_moment_that_never_was_stands_and_nothing_else_comes_of_it():
    then = sequence(steps=[step([LEFT]), step([B])], within_ms=DAY, collect={})

    assert of_moments(then, [*left_and_bought(40, (B, 40)), tp(B, 60)]) == [40]


@pytest.mark.parametrize("settle", [False, True])
def test_s6_t4_a_moment_that_never_was_forbids_nothing_and_what_it_blocked_completes(settle):
    never = sequence(steps=[step([C]), step([B], [LEFT])], within_ms=DAY, collect={}, settle=settle)
    heard = event(on=types("signal.stuck"))
    log = [tp(C, 20), tp("product_added", 0, basket_id="b1"), tp(B, 40), tp(C, 45)]
    log.append(tp("order_completed", 10, basket_id="b1"))

    found = play(plan(absence(collect={}), heard, never), log)

    assert of_moments(never, log[:-1]) == []
    assert [(one["signal"], one["at"], one["late_ms"]) for one in found.moments] == [
        ("abandoned", at(30), 0), ("stuck", at(40), 5 * MINUTE), ("seen", at(40), 5 * MINUTE),
    ]  # fmt: skip


def test_s6_t4_settled_a_step_that_a_moment_blocked_waits_for_its_time():
    """The moment is taken back before the step is judged."""
    inner = sequence("inner", steps=[step(["product_added"]), step([B], [NOT])], collect={})
    outer = sequence(steps=[step([C]), step([C], ["signal.inner"])], collect={}, settle=True)
    log = rows((C, 0), ("product_added", 1), (B, 1.03), (C, 1.04), (NOT, 1.02))

    found = play(plan(inner, outer), log).moments

    assert [(one["signal"], one["at"], one["late_ms"]) for one in found] == [
        ("inner", at(1.03), 0),
        ("stuck", at(1.04), 0),
    ]


@pytest.mark.interpreted
def test_s4_t4_a_revision_takes_back_no_moment_that_another_has_given():
    before = sequence(steps=[step([A]), step([B])], collect={}, until_ms=at(60))
    after = sequence(steps=[step([A]), step([B], [NOT])], collect={}, version="s2", from_ms=at(60), memory="stuck@2")
    taken: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "take_back", lambda turn, moment_id: taken.append(moment_id))
        found = play(plan(before, after), rows((A, 10), (B, 20), (C, 70), (NOT, 15)))

    assert [(one["at"], one["signal_version"]) for one in found.moments] == [(at(20), "s1")]
    assert taken == []


def test_what_is_none_of_its_touchpoints_changes_nothing():
    made = CompiledPlan(plan(sequence()))
    turn = Turn(made, new_state(at(0)), "c1", [], at(0), tp(A, 0))

    made.signals["stuck"].accept(turn, tp(A, 0), "mark", "step", [(lambda *_: False, 1)])

    assert turn.state["sig"] == {}
