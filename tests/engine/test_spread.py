"""D11: bursts are spread in the customer's own state; what is held is checked again when it is released."""

import pytest

from tests.engine.build import (
    HOUR,
    MINUTE,
    at,
    event,
    journey,
    leave,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    wait,
)  # fmt: skip

SPREAD = {"spread_ms": 30 * MINUTE}
OUTAGE = {"on": "seen", "exit": types("order_completed")}


def held_until(found):
    return [int(one["inputs"]["until"]) for one in found.of("decision") if one["reason"] == "spread"]


def test_d11_the_release_is_a_function_of_the_run_within_the_spread():
    wanted = plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE))
    first = [play(wanted, [*reachable(), tp("page_viewed", 0, event_id="e")], subject=f"c{n}") for n in range(300)]
    again = [play(wanted, [*reachable(), tp("page_viewed", 0, event_id="e")], subject=f"c{n}") for n in range(300)]

    times = [found.actions[0]["decided_at"] for found in first]
    assert times == [found.actions[0]["decided_at"] for found in again]
    assert times == [until for found in first for until in held_until(found)]
    assert min(times) >= at(0)
    assert max(times) < at(30)
    assert len({(time - at(0)) // (6 * MINUTE) for time in times}) == 5  # some in each fifth


def test_d11_what_expires_counts_from_the_release():
    found = play(
        plan(event(), journey(steps=[send(expires_ms=HOUR, **SPREAD)], **OUTAGE)), [*reachable(), tp("page_viewed", 0)]
    )

    (action,) = found.actions
    assert (action["not_before"], action["expires_at"]) == (held_until(found)[0], held_until(found)[0] + HOUR)


def test_r3_an_exit_cancels_what_is_held():
    rows = [*reachable(), tp("page_viewed", 0), tp("order_completed", 0.001)]

    found = play(plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE)), rows)

    assert held_until(found)[0] > at(0.001)
    assert (found.actions, found.reasons("end")) == ([], ["exit_event"])


def test_d2_all_checks_are_made_at_the_release():
    one = journey(steps=[send(**SPREAD)], **OUTAGE)
    other = journey("first", steps=[wait(minutes=0.02), send()], priority=90, **OUTAGE)
    caps = [{"name": "one", "at_most": 1, "per": None, "window_ms": HOUR, "channels": None, "purposes": None}]

    found = play(plan(event(), one, other, caps=caps), [*reachable(), tp("page_viewed", 0, event_id="e")])

    (refused,) = [one for one in found.of("decision") if one["outcome"] == "refused"]
    assert (refused["reason"], refused["decided_at"]) == ("cap_reached", held_until(found)[0])


def test_d6_a_withdrawal_ends_what_is_held_at_once():
    withdrawn = tp("consent_withdrawn", 0.001, attributes={"purpose": "marketing"})
    given_again = tp("consent_given", 0.002, attributes={"purpose": "marketing"})
    rows = [*reachable(), tp("page_viewed", 0), withdrawn, given_again]

    found = play(plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE)), rows)

    (refused,) = [one for one in found.of("decision") if one["kind"] == "send"]
    assert (refused["reason"], refused["decided_at"]) == ("no_consent", at(0.001))
    assert found.actions == []


def test_d6_a_withdrawal_for_another_purpose_ends_nothing_that_is_held():
    withdrawn = tp("consent_withdrawn", 0.001, attributes={"purpose": "advice"})
    given = tp("consent_given", 0.002, attributes={"purpose": "marketing"})
    rows = [reachable()[0], tp("page_viewed", 0), withdrawn, given]

    found = play(plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE)), rows)

    assert found.reasons("send") == ["sent"]


def test_d6_one_who_is_suppressed_leaves_at_once_what_is_held_for_them():
    rows = [*reachable(), tp("page_viewed", 0), tp("customer_suppressed", 0.001)]

    found = play(plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE)), rows)

    assert found.decisions("send", "end") == [("send", "refused", "suppressed"), ("end", "done", "suppressed")]
    assert {one["decided_at"] for one in found.of("decision") if one["kind"] == "end"} == {at(0.001)}


def test_d2_consent_given_while_it_is_held_counts_too():
    rows = [reachable()[0], tp("page_viewed", 0), tp("consent_given", 0.001, attributes={"purpose": "marketing"})]

    found = play(plan(event(), journey(steps=[send(**SPREAD)], **OUTAGE)), rows)

    assert found.reasons("send") == ["sent"]


def test_r6_a_run_that_lasts_too_long_ends_while_its_send_is_held():
    wanted = plan(event(), journey(steps=[wait(minutes=10), send(**SPREAD)], run_ms_max=10 * MINUTE + 1, **OUTAGE))

    found = play(wanted, [*reachable(), tp("page_viewed", 0)])

    assert (found.actions, found.reasons("end")) == ([], ["run_expired"])
    assert found.replay.states.keys() == {"c1"}  # profile and consent are permanent


def test_a_touchpoint_while_a_send_is_held_moves_nothing_else():
    rows = [*reachable(), tp("page_viewed", 0), tp("page_viewed", 0.001)]

    found = play(plan(event(), journey(steps=[send(**SPREAD), wait()], **OUTAGE)), rows)

    assert found.reasons("entry") == ["entered", "already_open"]
    assert len(found.actions) == 1


ENDED = {**types("order_completed")[0], "match": "customer", "then": "too-late"}
HELD = [send(**SPREAD, until=[ENDED]), wait("listen", until=[ENDED]), leave("done"), leave("too-late")]


def leaving_while_held(minutes):
    return play(
        plan(event(), journey(steps=HELD, on="seen", exit=[])),
        [*reachable(), tp("page_viewed", 0, event_id="e"), tp("order_completed", minutes)],
    )


def test_what_happens_while_a_send_is_held_ends_the_hold_and_nothing_is_sent():
    found = leaving_while_held(0.001)

    assert held_until(found)[0] > at(0.001)
    assert found.actions == []
    assert [one["step"] for one in found.of("decision") if one["reason"] == "wait_event"] == ["remind"]
    assert [one["step"] for one in found.of("decision") if one["kind"] == "end"] == ["too-late"]
    assert found.replay.states.keys() == {"c1"}  # profile and consent are permanent


def test_t3_what_happens_at_the_release_is_inside_the_hold_and_what_comes_after_it_is_not():
    release = held_until(leaving_while_held(40))[0]

    at_the_release = leaving_while_held((release - at(0)) / MINUTE)
    just_after = leaving_while_held((release + 1 - at(0)) / MINUTE)

    assert at_the_release.actions == []
    assert len(just_after.actions) == 1
    assert [one["step"] for one in just_after.of("decision") if one["reason"] == "wait_event"] == ["listen"]


@pytest.mark.parametrize(("word", "back", "reason"), [
    ("consent_withdrawn", "consent_given", "no_consent"),
    ("customer_suppressed", "customer_unsuppressed", "suppressed"),
])  # fmt: skip
@pytest.mark.parametrize("after_ms", [2_000, 6_000])
def test_d6_a_withdrawal_ends_a_hold_though_it_was_handled_before_the_wake_up_that_begins_it(
    word, back, reason, after_ms
):
    """And a consent that comes back does not revive it."""
    wanted = plan(event(), journey(on="seen", exit=[], steps=[wait(minutes=60), send(spread_ms=HOUR)]))
    purpose = {"purpose": "marketing"}
    rows = [
        *reachable(), tp("page_viewed", 0), tp(word, 60, at=at(60) + after_ms, attributes=purpose),
        tp(back, 60, at=at(60) + 10_000, attributes=purpose),
    ]  # fmt: skip

    assert play(wanted, rows).reasons("send") == [reason]
