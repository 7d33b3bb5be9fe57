"""R2: a new version's `migrate` moves runs in flight, and nothing else does. D8: a version is entered by a share."""

import pytest

from cjo.engine import Engine
from tests.engine.build import (
    HOUR,
    MINUTE,
    at,
    branch,
    emit,
    event,
    experiment,
    journey,
    leave,
    lit,
    plan,
    reachable,
    send,
    tp,
    types,
    until_local,
    update,
    wait,
)
from tests.engine.controls import control, play, publish

SEEN = {"on": "seen", "exit": types("order_completed")}


def old(*steps):
    return plan(event(), journey(steps=list(steps) or [wait(minutes=60), send()], **SEEN))


def new(*steps, moves=None, wakes="keep", **change):
    spec = journey(version="j2", revision=2, steps=list(steps), **SEEN | change)
    return spec if moves is None else {**spec, "migrate": {"steps": moves, "wakes": wakes}}


def rows(*minutes):
    return [*reachable(), *(tp("page_viewed", minute) for minute in minutes)]


def told(found, *kinds):
    decided = [one for one in found.of("decision") if one["kind"] in kinds]
    return [(one["reason"], one["journey_version"], (one["decided_at"] - at(0)) / MINUTE) for one in decided]


def test_r2_without_a_map_a_run_stays_in_its_version_and_new_ones_enter_the_new():
    found = play(old(), [publish(10, new(wait("rest", minutes=90)))], rows(0, 70))

    assert told(found, "send") == [("sent", "j1", 60)]
    assert told(found, "entry") == [("entered", "j1", 0), ("entered", "j2", 70)]


def test_r2_a_mapped_run_goes_on_in_the_new_version_and_keeps_its_wake_up():
    changed = new(wait("rest", minutes=90), send("other"), moves={"pause": "rest"})
    found = play(old(), [publish(10, changed)], rows(0))

    assert told(found, "move", "send") == [
        ("waiting", "j1", 0), ("migrated", "j2", 10), ("wait_over", "j2", 60), ("sent", "j2", 60),
    ]  # fmt: skip
    assert [one["step"] for one in found.of("decision")][-2:] == ["other", "other"]


@pytest.mark.parametrize(("minutes", "ends"), [(90, 90), (30, 30), (5, 20)])
def test_r2_a_recomputed_wait_counts_from_its_own_beginning_and_is_over_no_earlier_than_it_is_noticed(minutes, ends):
    changed = new(wait("rest", minutes=minutes), send(), moves={"pause": "rest"}, wakes="recompute")
    found = play(old(), [publish(10, changed)], rows(0, 20))

    assert told(found, "send") == [("sent", "j2", ends)]


def test_r2_a_shortened_wait_of_one_who_does_nothing_ends_when_the_old_one_would_have():
    changed = new(wait("rest", minutes=5), send(), moves={"pause": "rest"}, wakes="recompute")
    found = play(old(), [publish(10, changed)], rows(0))

    assert told(found, "send") == [("sent", "j2", 60)]
    assert found.actions[0]["expires_at"] == at(60) + 2 * HOUR


def test_t5_a_recomputed_wait_until_a_local_time_is_that_after_the_waits_beginning():
    minute = (at(0) // MINUTE + 75) % (24 * 60)
    step = {**until_local("rest", minute=minute), "until": []}
    changed = new(step, send(), moves={"pause": "rest"}, wakes="recompute")

    found = play(old(), [publish(10, changed)], rows(0))

    assert (found.actions[0]["decided_at"] // MINUTE) % (24 * 60) == minute
    assert found.actions[0]["decided_at"] - at(0) <= 2 * HOUR


def test_r2_a_move_says_from_where_to_where_and_until_when():
    changed = new(wait("rest", minutes=90), moves={"pause": "rest"}, wakes="recompute")
    found = play(old(), [publish(10, changed)], rows(0))

    (moved,) = [one for one in found.of("decision") if one["reason"] == "migrated"]
    assert (moved["step"], moved["visit"], moved["rule"]) == ("rest", 1, "R2")
    assert moved["inputs"] == {
        "from_version": "j1", "from_step": "pause", "until_was": str(at(60)), "until": str(at(90)),
    }  # fmt: skip


def test_d11_a_held_send_moves_with_its_release():
    before = old(send(spread_ms=HOUR))
    touched = rows(0)
    kept = play(before, [publish(0.001, new(send("other"), moves={"remind": "other"}))], touched)
    plain = play(before, [], touched)

    assert [one["decided_at"] for one in kept.actions] == [one["decided_at"] for one in plain.actions]
    assert [one["step"] for one in kept.actions] == ["other"]


def test_r2_a_step_of_another_kind_is_not_moved_to_and_an_unmapped_one_stays():
    wrong = new(send("other", spread_ms=HOUR), moves={"pause": "other"})
    other = new(wait("rest"), moves={"elsewhere": "rest"})

    assert told(play(old(), [publish(10, wrong)], rows(0)), "send") == [("sent", "j1", 60)]
    assert told(play(old(), [publish(10, other)], rows(0)), "send") == [("sent", "j1", 60)]


def test_r6_the_greatest_duration_of_the_new_version_counts_from_the_entry():
    changed = new(wait("rest", minutes=90), moves={"pause": "rest"}, run_ms_max=30 * MINUTE)
    found = play(old(), [publish(10, changed)], rows(0))

    assert told(found, "end") == [("run_expired", "j2", 30)]


def test_r6_a_greatest_duration_that_is_over_when_the_run_moves_ends_it_at_the_move():
    changed = new(wait("rest", minutes=90), moves={"pause": "rest"}, run_ms_max=5 * MINUTE)
    found = play(old(), [publish(10, changed)], rows(0, 20))

    assert told(found, "move", "end")[:3] == [("waiting", "j1", 0), ("migrated", "j2", 10), ("run_expired", "j2", 10)]


def test_r2_a_run_is_not_moved_back_where_the_share_of_its_version_is_lowered():
    second = new(wait("rest", minutes=600), send(), moves={"pause": "rest"})
    third = {**new(wait("pause", minutes=600), send("other"), moves={"rest": "pause"}), "version": "j3", "revision": 3}
    controls = [publish(1, second), publish(2, third, share=999_999), publish(20, {**third, "revision": 4}, share=1)]
    found = play(old(), controls, rows(10))

    assert told(found, "move", "send") == [("waiting", "j3", 10), ("wait_over", "j3", 610), ("sent", "j3", 610)]


def test_r2_what_a_pause_holds_moves_too_and_goes_at_the_resume():
    controls = [
        control("pause", 5),
        publish(70, new(send("other"), moves={"remind": "other"})),
        control("resume", 90, revision=2),
    ]
    found = play(old(), controls, rows(0))

    assert told(found, "hold", "send") == [("paused", "j1", 60), ("sent", "j2", 90)]


def test_r2_a_moved_run_is_found_by_a_touchpoint_from_before_the_move():
    changed = new(wait("rest", minutes=90), moves={"pause": "rest"})
    found = play(old(), [publish(10, changed)], [*rows(0, 10.02), tp("order_completed", 9.99)])

    assert told(found, "end") == [("exit_event", "j2", 10.02)]


# --- shares ---

NOTHING_BEFORE = plan(event())
SUBJECTS = [f"c{number}" for number in range(400)]


def entered(controls, subjects=SUBJECTS, before=None):
    """Version that each customer enters, or the reason why none."""
    found = {}
    for subject in subjects:
        (one,) = play(before or old(wait()), controls, rows(20), 21, subject).of("decision")[:1]
        found[subject] = one["journey_version"] if one["reason"] == "entered" else one["reason"]
    return found


def share(minutes, millionths, revision=2, version="j2"):
    spec = {**new(wait("rest")), "revision": revision, "version": version}
    return publish(minutes, spec, share=millionths)


def test_d8_a_share_enters_the_new_version_and_the_others_the_one_before():
    found = entered([share(10, 250_000)])

    assert set(found.values()) == {"j1", "j2"}
    assert 60 <= sum(version == "j2" for version in found.values()) <= 140


def test_d8_raising_the_share_keeps_those_in_and_all_of_it_is_everybody():
    few, more = entered([share(10, 100_000)]), entered([share(10, 100_000), share(15, 400_000, revision=3)])
    everybody = entered([share(10, 100_000), publish(15, {**new(wait("rest")), "revision": 3})])

    inside = {subject for subject, version in few.items() if version == "j2"}
    assert inside < {subject for subject, version in more.items() if version == "j2"}
    assert set(everybody.values()) == {"j2"}


def test_d8_where_there_is_no_version_before_the_others_are_refused_with_their_reason():
    found = entered([share(10, 250_000)], before=NOTHING_BEFORE)

    assert set(found.values()) == {"j2", "outside_share"}


def test_d8_two_versions_are_tried_on_different_customers():
    one = entered([share(10, 200_000)])
    other = entered([share(10, 200_000, version="j3")])

    assert {name for name, version in one.items() if version == "j2"} != {
        name for name, version in other.items() if version == "j3"
    }


def test_d8_those_outside_the_share_are_not_moved():
    changed = publish(10, new(wait("rest", minutes=90), moves={"pause": "rest"}), share=500_000)
    found = {subject: play(old(wait(minutes=60)), [changed], rows(0), subject=subject) for subject in SUBJECTS[:60]}

    inside = {subject for subject, version in entered([share(10, 500_000)], SUBJECTS[:60]).items() if version == "j2"}
    moved = {subject for subject, one in found.items() if "migrated" in one.reasons("move")}
    assert moved == inside
    assert 0 < len(inside) < 60


def test_d8_each_customer_enters_on_the_signal_of_the_version_that_they_are_in():
    spec = new(wait("rest"), on="bought")
    signals = [event("bought", on=types("order_completed"))]
    before = plan(event(), *signals, journey(steps=[wait()], **SEEN))
    found = set()
    for subject in SUBJECTS[:60]:
        touched = [*rows(20), tp("order_completed", 30)]
        decided = play(before, [publish(10, spec, share=500_000)], touched, 31, subject).of("decision")
        found.add(tuple((one["journey_version"], one["reason"]) for one in decided if one["kind"] == "entry"))

    assert found == {(("j1", "entered"),), (("j2", "entered"),)}


@pytest.mark.parametrize("stood", [wait(minutes=60), send("pause", spread_ms=HOUR)], ids=["wait", "held send"])
@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (branch("pause"), "step_removed"),
        (update("pause", a=("int", lit(1, "int"))), "step_removed"),
        (leave("pause"), "step_removed"),
        (experiment("pause", a=(1, None)), "step_removed"),
        (wait("pause"), "completed"),
        (send("pause"), "completed"),
        (emit("pause"), "completed"),
    ],
    ids=lambda one: one["kind"] if isinstance(one, dict) else None,
)
def test_r2_a_run_whose_version_is_gone_stands_at_its_step_only_where_the_step_lets_it(stood, now, reason):
    found = play(old(stood), [], rows(0), 1)
    found.replay.engine = Engine(plan(event(), new(now)))
    effects = [effect for _, more in found.replay.advance(at(200)) for effect in more]
    ends = [one["reason"] for kind, one in effects if kind == "decision" and one["kind"] == "end"]
    assert ends == [reason]
