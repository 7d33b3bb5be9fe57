"""Shadow mode: everything is decided and logged, nothing leaves, and live journeys don't feel it."""

from cjo.engine import Engine
from tests.engine.build import DAY, HOUR, at, emit, event, journey, plan, play, reachable, send, tp, types, wait

SEEN = {"on": "seen", "exit": types("order_completed")}
ROWS = [*reachable(), tp("page_viewed", 0, event_id="e")]
ONE = {"name": "one", "at_most": 1, "per": None, "window_ms": DAY, "channels": None, "purposes": None}


def modes(found):
    return {(one["journey"], one["mode"]) for one in found.of("decision")}


def test_a_journey_in_shadow_decides_as_a_live_one_and_emits_nothing():
    steps = [send(), emit(), wait(minutes=5), send("second")]
    live = play(plan(event(), journey(steps=steps, **SEEN)), ROWS)
    shadow = play(plan(event(), journey(steps=steps, mode="shadow", **SEEN)), ROWS)

    assert shadow.actions == []
    assert len(live.actions) == 3
    assert shadow.decisions() == live.decisions()
    assert modes(shadow) == {("win-back", "shadow")}
    assert modes(live) == {("win-back", "live")}


def test_the_whole_workspace_may_be_in_shadow():
    found = play(plan(event(), journey(**SEEN), mode="shadow"), ROWS)
    assert (found.actions, found.reasons("send")) == ([], ["sent"])
    assert modes(found) == {("win-back", "shadow")}


def test_a_late_exit_takes_nothing_back_that_never_went():
    rows = [*ROWS, tp("order_completed", 1), tp("order_completed", -0.01)]
    found = play(plan(event(), journey(steps=[send(), wait()], mode="shadow", **SEEN)), rows)
    assert (found.actions, found.reasons("cancel")) == ([], [])


def test_d4_a_shadow_takes_no_room_from_live_journeys_and_sees_what_they_took():
    shadow, live = journey("a-shadow", mode="shadow", priority=90, **SEEN), journey("live", **SEEN)
    found = play(plan(event(), shadow, live, caps=[ONE]), [*ROWS, tp("page_viewed", 5)])
    said = [(one["journey"], one["reason"]) for one in found.of("decision") if one["kind"] == "send"]
    assert said == [("a-shadow", "sent"), ("live", "sent"), ("a-shadow", "cap_reached"), ("live", "cap_reached")]


def test_r1_the_runs_of_a_shadow_leave_live_ones_their_room():
    shadow, live = (
        journey(name, mode=mode, priority=priority, steps=[wait()], **SEEN)
        for name, mode, priority in (("a-shadow", "shadow", 90), ("live", "live", 10))
    )
    limits = {"open_runs": 1, "events_per_key": 200, "steps_per_input": 100, "run_ms_max": DAY}
    found = play(plan(event(), shadow, live, limits=limits), [*ROWS, tp("page_viewed", 5)])
    assert found.reasons("entry") == ["entered", "entered", "already_open", "already_open"]


def test_d7_a_shadow_competes_with_shadows_alone():
    groups = [{"name": "offers", "hold_ms": 0, "spacing_ms": HOUR, "journeys": None, "purposes": None}]
    three = [
        journey("a", mode="shadow", priority=90, **SEEN),
        journey("b", mode="shadow", **SEEN),
        journey("c", **SEEN),
    ]
    found = play(plan(event(), *three, groups=groups), ROWS)
    said = {one["journey"]: one["reason"] for one in found.of("decision") if one["kind"] == "send"}
    assert said == {"a": "sent", "b": "arbitration_lost", "c": "sent"}


def test_r4_one_who_entered_in_shadow_may_enter_when_the_journey_goes_live():
    again = {"enter": {"again": {"rule": "never", "after_ms": None, "per": "customer"}}}
    shadow, live = (
        plan(event(), journey(version=version, mode=mode, **SEEN, **dict(again)))
        for version, mode in (("j1", "shadow"), ("j2", "live"))
    )
    replay = play(shadow, [*ROWS, tp("page_viewed", 5)], until_minutes=6).replay
    replay.engine = Engine(live)
    effects = [effect for minute in (20, 30) for effect in replay.take("c1", tp("page_viewed", minute))]
    entries = [one["reason"] for kind, one in effects if kind == "decision" and one["kind"] == "entry"]
    assert entries == ["entered", "again_never"]
    assert len([1 for kind, _ in effects if kind == "action"]) == 1


def test_r2_a_run_that_was_entered_in_shadow_stays_in_it():
    steps = [wait(minutes=60), send()]
    replay = play(plan(event(), journey(steps=steps, mode="shadow", **SEEN)), ROWS, until_minutes=1).replay
    replay.engine = Engine(plan(event(), journey(version="j2", revision=2, steps=steps, **SEEN)))
    effects = [effect for _, found in replay.advance(at(100)) for effect in found]
    assert [(kind, one["mode"]) for kind, one in effects if kind != "count"] == [("decision", "shadow")] * 3


def test_t4_an_emit_of_a_shadow_is_not_taken_back_either():
    rows = [*ROWS, tp("order_completed", -0.01)]
    found = play(plan(event(), journey(steps=[emit(), wait()], mode="shadow", **SEEN)), rows)
    assert (found.actions, found.reasons("cancel")) == ([], [])
    assert found.reasons("emit") == ["emitted"]
