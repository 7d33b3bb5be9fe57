"""hand_over: a run ends, and another journey is offered its moment, of which it asks all that it asks of any (R1)."""

import orjson
import pytest

from tests.engine.build import (
    AMOUNT,
    BASKET,
    absence,
    at,
    event,
    journey,
    lit,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    update,
    wait,
)  # fmt: skip

SEEN = {"on": "seen", "exit": []}
TOTAL = ["moment", "total", "decimal"]


def over(to="second", keeps=True, **given):
    return {"id": "onwards", "kind": "hand_over", "to": to, "keeps": keeps, "with": given, "next": None}


def made(*parts):
    seen = event(collect={"total": {"value": AMOUNT}})
    return plan(seen, event("never", on=types("never")), *parts)


def said(found, name):
    return [(one["kind"], one["reason"]) for one in found.of("decision") if one["journey"] == name]


def test_the_run_ends_and_the_other_journey_begins_at_the_same_instant():
    first = journey("first", steps=[wait(minutes=5), over()], **SEEN)
    found = play(
        made(first, journey("second", on="never", exit=[])), [*reachable(), tp("page_viewed", 0, amount="7.5")]
    )

    assert said(found, "first")[-2:] == [("move", "handed_over"), ("end", "handed_over")]
    assert said(found, "second")[:2] == [("entry", "entered"), ("send", "sent")]
    assert found.actions[0]["decided_at"] == at(5)
    (end,) = [one for one in found.of("decision") if one["reason"] == "handed_over" and one["kind"] == "end"]
    assert end["inputs"] == {"to": "second"}


def test_its_condition_sees_what_was_given_and_what_the_moment_had():
    where = ["and", [">", TOTAL, lit("5", "decimal")], ["=", ["moment", "why", "string"], lit("dear")]]
    note = update("note", why=("string", lit("dear")))
    first = journey("first", steps=[note, over(why=["run", "why", "string"])], **SEEN)
    second = journey("second", on="never", exit=[], enter={"where": where})
    dear, cheap = (play(made(first, second), [*reachable(), tp("page_viewed", 0, amount=much)]) for much in ("7", "3"))
    assert said(dear, "second")[0] == ("entry", "entered")
    assert said(cheap, "second") == [("entry", "condition_false")]


def test_r4_what_may_not_be_entered_again_is_not_entered_by_handing_over_either():
    first = journey("first", steps=[over()], **SEEN)
    once = journey(
        "second", on="never", exit=[], enter={"again": {"rule": "never", "after_ms": None, "per": "customer"}}
    )
    found = play(made(first, once), [*reachable(), tp("page_viewed", 0), tp("page_viewed", 5)])
    assert [reason for kind, reason in said(found, "second") if kind == "entry"] == ["entered", "again_never"]


def test_r6_a_circle_at_one_instant_ends():
    first, second = (
        journey("first", steps=[over("second")], **SEEN),
        journey("second", steps=[over("first")], on="never"),
    )
    found = play(made(first, second), [*reachable(), tp("page_viewed", 0)])
    assert [one["reason"] for one in found.of("decision")][-1] == "step_budget"
    assert not found.replay.states.get("c1") or b'"runs":{}' in found.replay.states["c1"]


def test_to_a_journey_that_is_gone_the_run_just_ends():
    found = play(made(journey("first", steps=[over("gone")], **SEEN)), [*reachable(), tp("page_viewed", 0)])
    assert said(found, "first")[-1] == ("end", "handed_over")


def test_d7_what_is_handed_over_is_sent_after_what_was_due_and_under_the_same_policies():
    first = journey("first", steps=[send(), over()], **SEEN)
    cap = {"name": "one", "at_most": 1, "per": None, "window_ms": 60_000, "channels": None, "purposes": None}
    wanted = made(first, journey("second", on="never", exit=[]))
    wanted["workspace"]["caps"] = [cap]
    found = play(wanted, [*reachable(), tp("page_viewed", 0)])
    assert found.reasons("send") == ["sent", "cap_reached"]


def test_d1_what_a_run_in_shadow_hands_over_stays_in_shadow():
    never = {"again": {"rule": "never", "after_ms": None, "per": "customer"}}
    trial = journey("trial", mode="shadow", steps=[over()], **SEEN)
    live = journey("second", on="paid", exit=[], enter=never)
    wanted = plan(event(), event("paid", on=types("paid")), trial, live)
    found = play(wanted, [*reachable(), tp("page_viewed", 0), tp("page_viewed", 5), tp("paid", 9)])

    second = [one for one in found.of("decision") if one["journey"] == "second" and one["kind"] in ("entry", "send")]
    assert [(one["mode"], one["reason"]) for one in second] == [
        ("shadow", "entered"), ("shadow", "sent"), ("shadow", "again_never"), ("live", "entered"), ("live", "sent"),
    ]  # fmt: skip
    assert [one["decided_at"] for one in found.actions] == [at(9)]


# --- taking back (T4) ---

VIEWED = event("viewed", on=types("page_viewed"))
WAITING = [wait("stay", minutes=60), send()]


def handing(*first, second=None, third=None):
    """Of a basket left for half an hour; the purchase is an exit of the first journey alone."""
    unasked = {"on": "never", "per": BASKET, "exit": []}
    journeys = [
        journey("first", steps=[*first, over()]),
        journey("second", steps=second or WAITING, **unasked),
        journey("third", steps=third or WAITING, **unasked),
    ]
    return plan(absence(), VIEWED, event("never", on=types("never"), per=BASKET), *journeys)


@pytest.mark.parametrize("by_way_of", [False, True])
def test_t4_a_moment_that_never_was_takes_back_what_was_handed_over(by_way_of):
    wanted = handing(second=[over("third")]) if by_way_of else handing()
    rows = [*reachable(), tp("product_added", 0), tp("page_viewed", 40), tp("order_completed", 10)]
    found = play(wanted, rows)

    assert said(found, "third" if by_way_of else "second")[-1] == ("end", "moment_void")
    assert found.actions == []


@pytest.mark.parametrize("by_way_of", [False, True])
@pytest.mark.parametrize(("minute", "ends"), [(29.9, False), (31, True), (35, True), (35.1, False)])
def test_t4_a_late_exit_of_before_the_hand_over_ends_what_was_handed_over(by_way_of, minute, ends):
    wanted = handing(wait("w", minutes=5), second=[over("third")] if by_way_of else None)
    wanted["signals"][0]["unless"] = types("call_ended")
    rows = [*reachable(), tp("product_added", 0), tp("page_viewed", 40), tp("order_completed", minute)]
    found = play(wanted, rows)

    assert said(found, "third" if by_way_of else "second")[-1] == ("end", "exit_event" if ends else "completed")
    assert len(found.actions) == (0 if ends else 1)


def test_t4_it_withdraws_what_was_sent_of_it_and_concerns_no_other_key():
    wanted = handing(wait("w", minutes=5), second=[send(), wait("stay", minutes=60)])
    rows = [*reachable(), tp("product_added", 0), tp("page_viewed", 40)]
    other = play(wanted, [*rows, tp("order_completed", 31, basket_id="b2")])
    same = play(wanted, [*rows, tp("order_completed", 31)])

    assert [one["kind"] for one in other.actions] == ["request"]
    assert [one["kind"] for one in same.actions] == ["request", "cancel"]
    assert said(same, "second")[-2:] == [("end", "exit_event"), ("cancel", "cancelled_late")]


def test_t4_of_several_passes_through_a_journey_the_last_is_remembered():
    to_and_fro = handing(wait("w", minutes=5), second=[wait("v", minutes=5), over("first")])
    found = play(to_and_fro, [*reachable(), tp("product_added", 0)], until_minutes=120)
    (run,) = orjson.loads(found.replay.states["c1"])["runs"].values()
    assert sorted(one["journey"] for one in run["moment"]["by"]) == ["first", "second"]
