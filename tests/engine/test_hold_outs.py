"""D8: a hold-out passes the same checks at the same moment, and is logged where the action would have been."""

from cjo.engine import Engine
from tests.engine.build import DAY, at, event, journey, plan, play, reachable, send, tp, types, wait

SEEN = {"on": "seen", "exit": []}
PEOPLE = [f"c{number}" for number in range(400)]


def hold_out(share=50, name="everyone", journeys=None, purposes=None):
    return {"name": name, "share": share * 100, "journeys": journeys, "purposes": purposes}


def outcome(made, subject, rows=None):
    found = play(made, rows or [*reachable(), tp("page_viewed", 0, event_id="e")], subject=subject)
    return [one["outcome"] for one in found.of("decision") if one["kind"] == "send"], found


def held(made, people=PEOPLE):
    return {subject for subject in people if outcome(made, subject)[0] == ["held_out"]}


def test_the_share_is_held_out_and_each_customer_for_good():
    made = plan(event(), journey(**SEEN), hold_outs=[hold_out(20)])
    first = held(made)
    assert 50 <= len(first) <= 110  # 80 of 400; four standard deviations are 32
    assert held(plan(event(), journey("other", **SEEN), hold_outs=[hold_out(20)])) == first


def test_hold_outs_of_different_names_are_independent():
    one = held(plan(event(), journey(**SEEN), hold_outs=[hold_out(50, "spring")]))
    other = held(plan(event(), journey(**SEEN), hold_outs=[hold_out(50, "autumn")]))
    assert 60 <= len(one & other) <= 140


def test_what_would_have_been_sent_is_logged_with_its_action_and_nothing_goes():
    made = plan(event(), journey(**SEEN), hold_outs=[hold_out(100)])
    treated = play(plan(event(), journey(**SEEN)), [*reachable(), tp("page_viewed", 0, event_id="e")])

    _, found = outcome(made, "c1")

    assert found.actions == []
    (one,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert (one["reason"], one["rule"], one["decided_at"]) == ("held_out", "D8", at(0))
    assert one["inputs"] == {"hold_out": "everyone", "arm": "held_out", "hold_out.everyone": "held_out"}
    assert one["action_id"] == treated.actions[0]["action_id"]


def test_all_checks_come_first():
    made = plan(event(), journey(**SEEN), hold_outs=[hold_out(100)])
    _, found = outcome(made, "c1", [reachable()[0], tp("page_viewed", 0)])
    assert found.reasons("send") == ["no_consent"]


def test_the_run_goes_on_as_if_the_message_had_gone_and_its_goal_counts_from_then():
    bought = {"name": "bought", "on": types("paid"), "within_ms": DAY, "value": None}
    steps = [send(), wait(minutes=60), send("second")]
    made = plan(event(), journey(steps=steps, goal=bought, **SEEN), hold_outs=[hold_out(100)])

    _, found = outcome(made, "c1", [*reachable(), tp("page_viewed", 0), tp("paid", 30)])

    assert found.reasons("send") == ["held_out", "goal_reached"]
    assert found.reasons("goal") == ["goal_reached"]


def test_d4_a_held_out_action_takes_the_same_room_under_caps():
    caps = [{"name": "one", "at_most": 1, "per": None, "window_ms": DAY, "channels": None, "purposes": None}]
    steps = [send(), wait(minutes=60), send("second")]
    made = plan(event(), journey(steps=steps, **SEEN), hold_outs=[hold_out(100)], caps=caps)
    _, found = outcome(made, "c1")
    assert found.reasons("send") == ["held_out", "cap_reached"]


def test_d7_a_held_out_winner_blocks_its_group():
    groups = [{"name": "offers", "hold_ms": 0, "spacing_ms": DAY, "journeys": None, "purposes": None}]
    two = [journey("a", priority=90, **SEEN), journey("b", priority=1, **SEEN)]
    _, found = outcome(plan(event(), *two, hold_outs=[hold_out(100)], groups=groups), "c1")
    assert found.reasons("send") == ["held_out", "arbitration_lost"]


def test_the_arm_of_the_first_exposure_survives_another_share():
    steps = [send(), wait(minutes=60), send("second")]
    made = plan(event(), journey(steps=steps, **SEEN), hold_outs=[hold_out(100)])
    replay = play(made, [*reachable(), tp("page_viewed", 0)], until_minutes=1).replay
    replay.engine = Engine(plan(event(), journey(steps=steps, **SEEN), hold_outs=[hold_out(0)]))
    later = [effect for _, effects in replay.advance(at(100)) for effect in effects]
    assert [one["reason"] for kind, one in later if kind == "decision" and one["kind"] == "send"] == ["held_out"]


def test_a_hold_out_may_be_of_some_journeys_and_is_never_of_transactional_ones():
    made = plan(
        event(), journey("offer", **SEEN), journey("other", **SEEN),
        journey("receipt", purpose="transactional", **SEEN),
        hold_outs=[hold_out(100, journeys=["offer", "receipt"])],
    )  # fmt: skip
    _, found = outcome(made, "c1")
    said = {one["journey"]: one["reason"] for one in found.of("decision") if one["kind"] == "send"}
    assert said == {"offer": "held_out", "other": "sent", "receipt": "sent"}


def test_one_of_two_that_holds_back_is_the_one_named():
    both = [hold_out(0, "none"), hold_out(100, "all")]
    _, found = outcome(plan(event(), journey(**SEEN), hold_outs=both), "c1")
    (one,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert one["inputs"] == {
        "hold_out": "all", "arm": "held_out", "hold_out.none": "treated", "hold_out.all": "held_out",
    }  # fmt: skip


def test_d8_who_was_held_out_in_shadow_is_drawn_anew_for_live_journeys():
    before = plan(event(), journey(mode="shadow", **SEEN), hold_outs=[hold_out(100)])
    found = play(before, [*reachable(), tp("page_viewed", 0)], until_minutes=6)
    replay = found.replay
    replay.engine = Engine(plan(event(), journey(version="j2", **SEEN), hold_outs=[hold_out(0)]))
    effects = replay.take("c1", tp("page_viewed", 60))
    assert found.reasons("send") == ["held_out"]
    assert [one["reason"] for kind, one in effects if kind == "decision" and one["kind"] == "send"] == ["sent"]
