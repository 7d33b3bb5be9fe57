"""D9: in the same session, on a real-time channel, a new decision takes the place of the one before it."""

import pytest

from cjo.engine import Engine
from tests.engine.build import DAY, HOUR, MINUTE, at, event, journey, plan, play, reachable, send, tp, types, wait

REPLACE = {"rule": "replace", "after_ms": None, "per": "customer"}
WEB = {"address": None, "topic": "actions.web", "expires_ms": HOUR, "real_time": True}
EMAIL = {"address": "email", "topic": "actions.email", "expires_ms": DAY}


def made(*steps, channels=None, **workspace):
    one = journey(
        on="seen", enter={"again": REPLACE}, steps=list(steps) or [send(channels=("web",))], exit=types("bought")
    )
    return plan(event(), one, channels=channels or {"web": WEB, "email": EMAIL}, **workspace)


def viewed(minutes, session="s1"):
    return tp("page_viewed", minutes, session_id=session)


def kinds(found):
    return [one["kind"] for one in found.actions]


def test_a_new_moment_of_the_session_supersedes_what_the_run_before_it_shows():
    found = play(made(), [*reachable(), viewed(0), viewed(5)])

    first, second = found.actions
    assert (first["kind"], second["kind"], second["supersedes"]) == ("request", "supersede", first["action_id"])
    assert second["action_id"] != first["action_id"]
    assert (second["channel"], second["customer_id"]) == (first["channel"], first["customer_id"])  # one topic, one key
    sent = [one for one in found.of("decision") if one["kind"] == "send"]
    assert sent[1]["inputs"] == {"supersedes": first["action_id"]}


def test_r4_the_open_run_ends_and_another_begins():
    found = play(made(send(channels=("web",)), wait()), [*reachable(), viewed(0), viewed(5)])
    assert found.decisions("entry", "end")[:3] == [
        ("entry", "accepted", "entered"), ("end", "done", "replaced"), ("entry", "accepted", "entered")
    ]  # fmt: skip


def test_each_one_supersedes_the_one_just_before():
    found = play(made(), [*reachable(), viewed(0), viewed(5), viewed(9)])
    ids = [one["action_id"] for one in found.actions]
    assert [one["supersedes"] for one in found.actions] == [None, *ids[:2]]


def test_in_another_session_or_without_one_nothing_is_superseded():
    assert kinds(play(made(), [*reachable(), viewed(0), viewed(5, "s2")])) == ["request", "request"]
    assert kinds(play(made(), [*reachable(), viewed(0, None), viewed(5, None)])) == ["request", "request"]


def test_a_message_that_is_out_is_not_superseded():
    found = play(made(send(channels=("email",))), [*reachable(), viewed(0), viewed(5)])
    assert kinds(found) == ["request", "request"]


def test_what_has_expired_is_not_superseded():
    short = made(send(channels=("web",), expires_ms=5 * MINUTE))
    assert kinds(play(short, [*reachable(), viewed(0), viewed(4.9)])) == ["request", "supersede"]
    assert kinds(play(short, [*reachable(), viewed(0), viewed(5)])) == ["request", "request"]


def test_d4_the_new_one_takes_over_the_room_of_the_old():
    one = [{"name": "one", "at_most": 1, "per": None, "window_ms": DAY, "channels": ["web"], "purposes": None}]
    rows = [*reachable(), viewed(0), viewed(5), viewed(9), viewed(20, "s2")]
    found = play(made(caps=one), rows)
    assert found.reasons("send") == ["sent", "sent", "sent", "cap_reached"]


def test_d7_and_its_turn_in_a_group():
    groups = [{"name": "g", "hold_ms": 0, "spacing_ms": DAY, "journeys": None, "purposes": None}]
    found = play(made(groups=groups), [*reachable(), viewed(0), viewed(5), viewed(9, "s2")])
    assert found.reasons("send") == ["sent", "sent", "arbitration_blocked"]


def test_t4_only_the_newest_is_taken_back_by_a_late_exit():
    found = play(made(), [*reachable(), viewed(0), viewed(5), tp("bought", -0.01), tp("bought", 5.01)])
    cancelled = [one["action_id"] for one in found.actions if one["kind"] == "cancel"]
    assert set(cancelled) <= {found.actions[1]["action_id"]}


def test_where_the_new_run_sends_nothing_the_old_action_stands():
    rows = [*reachable(), viewed(0), tp("consent_withdrawn", 2, attributes={}), viewed(5)]
    found = play(made(), rows)
    assert (kinds(found), found.reasons("send")) == (["request"], ["sent", "no_consent"])
    assert found.actions[0]["decided_at"] == at(0)


ONE = [{"name": "one", "at_most": 1, "per": None, "window_ms": DAY, "channels": ["web"], "purposes": None}]
GROUP = [{"name": "g", "hold_ms": 0, "spacing_ms": DAY, "journeys": None, "purposes": None}]
EVERYBODY = {"hold_outs": [{"name": "h", "share": 10_000, "journeys": None, "purposes": None}]}


@pytest.mark.parametrize("workspace", [{"caps": ONE}, {"groups": GROUP}])
@pytest.mark.parametrize(("untouched", "said"), [(EVERYBODY, "held_out"), ({"mode": "shadow"}, "sent")])
def test_d8_what_is_held_out_or_in_shadow_gives_its_place_to_the_next_as_what_went(workspace, untouched, said):
    rows = [*reachable(), viewed(0), viewed(5), viewed(9), viewed(20, "s2")]
    treated, other = play(made(**workspace), rows), play(made(**workspace, **untouched), rows)

    assert other.actions == []
    assert treated.reasons("send")[:3] == ["sent"] * 3
    assert other.reasons("send") == [said if reason == "sent" else reason for reason in treated.reasons("send")]


def test_d9_what_was_held_out_is_superseded_by_no_record():
    replay = play(made(caps=ONE, **EVERYBODY), [*reachable(), viewed(0)], until_minutes=1).replay
    replay.engine = Engine(made(caps=ONE))
    (action,) = [one for kind, one in replay.take("c1", viewed(5)) if kind == "action"]
    assert (action["kind"], action["supersedes"]) == ("request", None)


def test_t4_nothing_takes_back_what_was_held_out():
    treated, held_out = (
        play(made(send(channels=("web",)), wait(), **more), [*reachable(), viewed(0), tp("bought", 0)])
        for more in ({}, EVERYBODY)
    )
    assert treated.reasons("cancel") == ["cancelled_late"]
    assert (held_out.reasons("cancel"), held_out.actions) == ([], [])


def test_d8_a_live_run_takes_no_place_of_one_in_shadow():
    replay = play(made(caps=ONE, mode="shadow"), [*reachable(), viewed(0)], until_minutes=1).replay
    replay.engine = Engine(made(caps=ONE))
    (action,) = [one for kind, one in replay.take("c1", viewed(5)) if kind == "action"]
    assert (action["kind"], action["supersedes"]) == ("request", None)
