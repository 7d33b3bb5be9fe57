"""hand_over: a run ends, and another journey is offered its moment, of which it asks all that it asks of any (R1)."""

from tests.engine.build import (
    AMOUNT,
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
