"""R7: pause, resume, stop and removal act at each customer's next input or wake-up, as of the control's time."""

import random

import pytest

from cjo.engine import book
from cjo.simulate.replay import Replay
from tests.engine.build import BOUND, DAY, HOUR, at, emit, event, journey, plan, reachable, send, tp, types, wait
from tests.engine.controls import control, engine, play, publish, remove
from tests.engine.test_clock import _by_subject, _watermarked, disordered_log, every_step

SEEN = {"on": "seen", "exit": types("order_completed")}
STOP, PAUSE, RESUME = "stop", "pause", "resume"


def world(*steps, **change):
    return plan(event(), journey(steps=list(steps) or [send()], **SEEN | change))


def rows(*minutes):
    return [*reachable(), *(tp("page_viewed", minute) for minute in minutes)]


def told(found, *kinds):
    """(reason, minutes after the start) of every decision."""
    decided = found.of("decision")
    return [(one["reason"], (one["decided_at"] - at(0)) / 60_000) for one in decided if one["kind"] in kinds]


# --- stop ---


def test_r7_a_stop_ends_open_runs_as_of_its_own_time_at_the_next_input():
    found = play(world(wait(minutes=60), send()), [control(STOP, 10)], [*rows(0), tp("page_viewed", 20)])

    assert told(found, "end") == [("journey_stopped", 10)]
    assert found.actions == []


def test_r7_a_stop_ends_open_runs_at_the_next_wake_up_of_one_who_does_nothing():
    found = play(world(wait(minutes=60), send()), [control(STOP, 10)], rows(0))

    assert told(found, "move", "end") == [("waiting", 0), ("journey_stopped", 10)]


def test_r7_what_fell_due_before_the_stop_is_decided_before_it():
    found = play(world(wait(minutes=5), send(), wait("later")), [control(STOP, 10)], [*rows(0), tp("page_viewed", 20)])

    assert told(found, "send", "end") == [("sent", 5), ("journey_stopped", 10)]


def test_r7_a_stopped_journey_decides_nothing_any_more_no_entry_no_refusal_no_goal():
    goal = {"name": "order", "on": types("order_completed"), "within_ms": DAY, "value": None}
    found = play(world(send(), goal=goal), [control(STOP, 10)], [*rows(0, 20), tp("order_completed", 30)])

    assert told(found, "entry", "send", "goal", "end") == [("entered", 0), ("sent", 0), ("completed", 0)]
    assert len(found.moments) == 2


def test_r7_a_stop_cancels_what_is_held():
    found = play(world(send(spread_ms=HOUR)), [control(STOP, 0.001)], rows(0))

    assert told(found, "end") == [("journey_stopped", 0.001)]
    assert found.actions == []


def test_r7_a_stop_takes_effect_at_exactly_its_time_and_not_before():
    wanted = world(wait(minutes=600))

    assert told(play(wanted, [control(STOP, 10)], rows(9.9999)), "entry") == [("entered", 9.9999)]
    assert told(play(wanted, [control(STOP, 10)], rows(10)), "entry") == []


def test_r7_stop_all_stops_every_journey_also_one_that_is_published_later():
    other = journey("other", version="o1", **SEEN)
    everything = {"kind": "stop-all", "name": "control/*", "revision": 1, "effective_at_ms": at(10)}
    found = play(world(wait(minutes=60)), [everything, publish(15, other)], rows(0, 20))

    assert told(found, "entry", "end") == [("entered", 0), ("journey_stopped", 10)]


def test_r7_one_journey_is_taken_up_again_after_stop_all():
    everything = {"kind": "stop-all", "name": "control/*", "revision": 1, "effective_at_ms": at(10)}
    wanted = plan(event(), journey(**SEEN), journey("other", **SEEN))
    found = play(wanted, [everything, control(RESUME, 15, "other", 2)], rows(20))

    assert [one["journey"] for one in found.of("decision") if one["kind"] == "entry"] == ["other"]


def test_r7_a_stop_and_a_resume_between_two_inputs_both_act_in_their_order():
    found = play(world(wait(minutes=60), send()), [control(STOP, 10), control(RESUME, 20, revision=2)], rows(0, 30))

    assert told(found, "entry", "end")[:3] == [("entered", 0), ("journey_stopped", 10), ("entered", 30)]


def test_r7_a_stop_that_comes_after_the_customers_clock_still_ends_the_run():
    replay = Replay(made := engine(world(wait(minutes=60), send()), []))
    for row in rows(0, 20):
        replay.take("c1", row)
    made.publish(control(STOP, 10))

    decided = [one for kind, one in replay.take("c1", tp("page_viewed", 30)) if kind == "decision"]

    assert [(one["reason"], one["decided_at"]) for one in decided] == [("journey_stopped", at(10))]


def test_r7_a_stop_that_is_published_too_late_acts_on_one_who_has_seen_a_newer_control():
    replay = Replay(made := engine(world(wait(minutes=60), send()), [control(PAUSE, 15)]))
    for row in rows(0, 20):
        replay.take("c1", row)
    made.publish(control(STOP, 15, revision=2))

    decided = [one for kind, one in replay.take("c1", tp("page_viewed", 30)) if kind == "decision"]

    assert [(one["reason"], one["decided_at"]) for one in decided] == [("journey_stopped", at(15))]


# --- pause and resume ---


def test_r7_a_paused_journey_refuses_entries_and_says_since_when():
    found = play(world(), [control(PAUSE, 10)], rows(20))

    (refused,) = found.of("decision")
    assert (refused["reason"], refused["inputs"]) == ("journey_paused", {"paused_since": str(at(10))})


def test_r7_waits_go_on_in_a_pause_and_the_send_behind_them_is_held_and_goes_as_of_the_resume():
    controls = [control(PAUSE, 10), control(RESUME, 95, revision=2)]
    found = play(world(wait(minutes=60), send()), controls, rows(0))

    assert told(found, "move", "hold", "send") == [("waiting", 0), ("wait_over", 60), ("paused", 60), ("sent", 95)]
    (action,) = found.actions
    assert (action["decided_at"], action["not_before"], action["expires_at"]) == (at(95), at(95), at(60) + 2 * HOUR)


def test_r7_what_expires_in_a_pause_is_logged_as_expired_and_the_run_goes_on():
    found = play(world(wait(minutes=60), send(), wait("after")), [control(PAUSE, 10)], rows(0))

    assert told(found, "hold", "send", "end") == [("paused", 60), ("expired", 180), ("completed", 240)]
    assert found.actions == []


def test_r7_nobody_is_written_a_record_for_looking_whether_the_pause_is_over():
    found = play(world(send(expires_ms=DAY)), [control(PAUSE, 0.5)], [*rows(0), tp("page_viewed", 0.6)])
    long = play(world(wait(minutes=1), send(expires_ms=DAY)), [control(PAUSE, 0.5)], rows(0))

    assert told(found, "hold") == []
    assert len(long.of("decision")) == 6  # entered, waiting, wait_over, paused, expired, completed


def test_r7_a_resume_is_noticed_within_ten_minutes_of_log_time_though_the_customer_does_nothing():
    controls = [control(PAUSE, 10), control(RESUME, 95.5, revision=2)]
    replay = Replay(engine(world(wait(minutes=60), send(expires_ms=DAY)), controls))
    for row in rows(0):
        replay.take("c1", row)
    seen = []
    for minute in range(60, 120):
        for _, effects in replay.advance(at(minute) + BOUND):
            seen += [(minute, record["decided_at"]) for kind, record in effects if kind == "action"]

    assert seen == [(100, at(95.5))]


def test_d9_an_action_that_expires_soon_is_looked_at_often_enough_to_have_most_of_its_time_left():
    controls = [control(PAUSE, 10), control(RESUME, 60.1, revision=2)]
    replay = Replay(engine(world(wait(minutes=60), send(expires_ms=4 * 60_000)), controls))
    for row in rows(0):
        replay.take("c1", row)
    (seen,) = [effects for _, effects in replay.advance(at(61) + BOUND)][-1:]

    (action,) = [record for kind, record in seen if kind == "action"]
    assert (action["decided_at"], action["expires_at"]) == (at(60.1), at(64))


def test_d2_everything_is_evaluated_again_at_the_resume():
    controls = [control(PAUSE, 10), control(RESUME, 95, revision=2)]
    caps = [{"name": "one", "at_most": 1, "per": None, "window_ms": HOUR, "channels": None, "purposes": None}]
    wanted = plan(event(), journey(steps=[wait(minutes=60), send()], **SEEN), journey("other", **SEEN), caps=caps)
    found = play(wanted, controls, [*rows(0), tp("page_viewed", 90)])

    held = [one for one in found.of("decision") if one["journey"] == "win-back" and one["kind"] == "send"]
    assert [(one["reason"], one["decided_at"]) for one in held] == [("cap_reached", at(95))]


def test_d6_a_withdrawal_in_a_pause_ends_what_is_held():
    withdrawn = tp("consent_withdrawn", 70, attributes={"purpose": "marketing"})
    controls = [control(PAUSE, 10), control(RESUME, 95, revision=2)]
    found = play(world(wait(minutes=60), send()), controls, [*rows(0), withdrawn])

    assert told(found, "send") == [("no_consent", 70)]


def test_r3_an_exit_in_a_pause_ends_the_run_and_what_is_held():
    controls = [control(PAUSE, 10), control(RESUME, 95, revision=2)]
    found = play(world(wait(minutes=60), send()), controls, [*rows(0), tp("order_completed", 70)])

    assert told(found, "end") == [("exit_event", 70)]
    assert found.actions == []


def test_r7_an_emit_is_held_too_goes_at_the_resume_and_expires():
    controls = [control(PAUSE, 10), control(RESUME, 75, revision=2)]
    resumed = play(world(wait(minutes=60), emit()), controls, rows(0))
    expired = play(world(wait(minutes=60), emit()), controls[:1], rows(0))

    assert told(resumed, "hold", "emit") == [("paused", 60), ("emitted", 75)]
    assert told(expired, "hold", "emit") == [("paused", 60), ("expired", 120)]


def test_r7_a_stop_after_a_pause_ends_what_is_held_as_of_the_stop():
    found = play(world(wait(minutes=60), send()), [control(PAUSE, 10), control(STOP, 90, revision=2)], rows(0))

    assert told(found, "hold", "end") == [("paused", 60), ("journey_stopped", 90)]


def test_r7_of_two_controls_at_one_instant_the_higher_revision_counts():
    both = [control(PAUSE, 10, revision=2), control(RESUME, 10, revision=1)]

    assert told(play(world(), both, rows(20)), "entry") == [("journey_paused", 20)]


# --- removal and publishing ---


def test_r2_a_removed_journey_ends_its_runs_as_of_its_time_and_decides_nothing_more():
    found = play(world(wait(minutes=60)), [remove(10, "journey/win-back")], rows(0, 20))

    assert told(found, "entry", "end") == [("entered", 0), ("journey_removed", 10)]


def test_r2_a_journey_that_was_removed_can_be_published_again():
    again = journey(version="j3", revision=3, **SEEN)
    found = play(world(), [remove(10, "journey/win-back"), publish(15, again)], rows(12, 20))

    assert told(found, "entry") == [("entered", 20)]


def test_r2_an_older_revision_does_not_come_back_after_its_removal():
    older = journey(version="j0", revision=1, **SEEN)
    found = play(plan(event()), [remove(10, "journey/win-back"), publish(15, older)], rows(20))

    assert found.of("decision") == []


def test_r7_a_touchpoint_from_before_a_control_that_the_customer_has_seen_finds_their_runs():
    """A new version's step is unknown to the plan from before: the run must not end for it."""
    new = journey(version="j2", revision=2, steps=[wait("other", minutes=60)], **SEEN)
    late = tp("order_completed", 9.99)
    found = play(world(wait()), [publish(10, new)], [*rows(10.01), late, tp("page_viewed", 10.02)])

    assert told(found, "end") == [("completed", 70.01)]


# --- the property ---


def random_controls(seed):
    random.seed(seed)
    found = []
    for revision in range(1, random.randrange(2, 7)):
        kind = random.choice([PAUSE, PAUSE, RESUME, RESUME, STOP])
        found.append(control(kind, random.randrange(60), random.choice(["win-back", "two", "*"]), revision))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_r7_a_watermark_after_every_record_and_only_at_the_end_give_the_same_decisions(seed):
    log, controls = disordered_log(seed, changes=True), random_controls(seed)
    once, often = (Replay(engine(every_step(), controls)) for _ in range(2))

    at_end = _by_subject(once.run(log))
    assert _by_subject(_watermarked(often, log)) == at_end
    assert once.states == often.states


@pytest.mark.parametrize("seed", range(60))
def test_r7_acting_at_the_next_input_comes_to_the_same_as_visiting_every_customer(seed):
    """A visit is a touchpoint that says nothing new, as soon as all that happened before the control is known."""
    log, controls = sorted(disordered_log(seed, changes=True), key=lambda one: one[1]["at"]), random_controls(seed)
    visits = [
        (
            f"c{number}",
            {"event_id": f"v{number}-{one['revision']}", "type": "action_opened", "at": one["effective_at_ms"] + BOUND},
        )
        for one in controls
        for number in range(3)
    ]
    visited = sorted([*log, *visits], key=lambda one: one[1]["at"])

    assert decisions(every_step(), controls, visited) == decisions(every_step(), controls, log)


def decisions(wanted, controls, log):
    """Everything that is decided, by customer and its own time."""
    effects = Replay(engine(wanted, controls)).run(log)
    kept = [(subject, kind, record) for subject, (kind, record) in effects if kind in ("decision", "action")]
    return sorted((subject, record["decided_at"], kind, str(record)) for subject, kind, record in kept)


def test_r7_the_controls_of_the_property_bring_about_every_kind_of_decision():
    reasons = set()
    for seed in range(60):
        for _, (kind, record) in Replay(engine(every_step(), random_controls(seed))).run(disordered_log(seed, True)):
            reasons |= {record["reason"]} if kind == "decision" else set()
    assert {"paused", "expired", "journey_paused", "journey_stopped", "emitted", "sent"} <= reasons


@pytest.mark.interpreted
def test_r7_a_job_that_begins_again_compiles_of_many_publications_what_is_asked_for(monkeypatch):
    made = []
    compiled = book.CompiledPlan
    monkeypatch.setattr(book, "CompiledPlan", lambda plan: made.append(plan) or compiled(plan))
    many = book.PlanBook(plan(event(), journey(steps=[send()], **SEEN)))
    for number in range(2, 50):
        many.publish(publish(number, journey(version=f"j{number}", revision=number, **SEEN)))

    assert many.at(at(100)).current["win-back"].version == "j49"
    assert many.at(at(100)) is many.at(at(49))
    assert many.first_after(at(3))[1] is many.at(at(4))
    assert many.may_act
    assert len(made) == 3
    many.publish(publish(200, journey(version="j50", revision=50, **SEEN)))
    assert many.at(at(100)).current["win-back"].version == "j49"
    assert len(made) == 3
