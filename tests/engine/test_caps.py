"""D4: caps over all journeys of a customer; room is taken at the decision and given back when delivery fails."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from cjo.reasons import sentence
from cjo.simulate.replay import Replay
from tests.engine.build import (
    BOUND,
    DAY,
    HOUR,
    MINUTE,
    at,
    event,
    journey,
    plan,
    play,
    reachable,
    send,
    tp,
    wait,
)

SEEN = {"on": "seen", "per": None, "exit": []}


def cap(at_most=1, window=7 * DAY, name="few", per=None, channels=None, purposes=None):
    """A cap of the plan; `window` in ms, or `per` of the calendar."""
    return {
        "name": name, "at_most": at_most, "per": per, "window_ms": None if per else window,
        "channels": channels, "purposes": purposes,
    }  # fmt: skip


def capped(*caps, journeys=None, **workspace):
    return plan(event(), *(journeys or [journey(**SEEN)]), caps=list(caps), **workspace)


def views(*minutes):
    return [*reachable(), *(tp("page_viewed", minute) for minute in minutes)]


def test_no_more_than_the_cap_goes_and_the_refusal_says_why():
    found = play(capped(cap(2)), views(0, 10, 20))

    assert found.reasons("send") == ["sent", "sent", "cap_reached"]
    refused = found.of("decision")[-2]
    assert (refused["rule"], refused["outcome"], refused["channel"]) == ("D4", "refused", "email")
    assert refused["inputs"] == {
        "cap": "few", "at_most": "2", "taken": "2", "since": str(at(20) - 7 * DAY)
    }  # fmt: skip


@pytest.mark.parametrize(("later_ms", "reason"), [(7 * DAY, "cap_reached"), (7 * DAY + 1, "sent")])
def test_t3_a_rolling_window_is_closed_at_both_ends(later_ms, reason):
    found = play(capped(cap()), views(0, later_ms / MINUTE))
    assert found.reasons("send") == ["sent", reason]


def test_all_journeys_share_the_room_and_the_higher_priority_is_asked_first():
    low = journey("low", priority=1, **SEEN)
    high = journey("high", priority=90, **SEEN)

    found = play(capped(cap(), journeys=[low, high]), views(0))

    assert [one["journey"] for one in found.actions] == ["high"]
    assert sorted(found.reasons("send")) == ["cap_reached", "sent"]


def test_a_cap_is_about_its_channels_and_purposes_alone():
    by_web = journey("by-web", steps=[send(channels=("web",))], **SEEN)
    advice = journey("advice", purpose="advice", **SEEN)
    rows = [*reachable(purpose="advice"), *views(0, 10)]

    found = play(
        capped(cap(channels=["email"], purposes=["marketing"]), journeys=[journey(**SEEN), by_web, advice]), rows
    )

    gone = Counter(one["journey"] for one in found.actions)
    assert gone == {"win-back": 1, "by-web": 2, "advice": 2}


def test_every_cap_must_have_room():
    found = play(capped(cap(5, name="many"), cap(1, HOUR, name="hourly")), views(0, 10, 70))
    assert found.reasons("send") == ["sent", "cap_reached", "sent"]
    assert {one["inputs"]["cap"] for one in found.of("decision") if one["reason"] == "cap_reached"} == {"hourly"}


def test_d6_transactional_messages_ask_for_no_room_and_take_none():
    receipt = journey("receipt", purpose="transactional", priority=90, **SEEN)
    found = play(capped(cap(), journeys=[receipt, journey(**SEEN)]), views(0, 10))
    assert Counter(one["journey"] for one in found.actions) == {"receipt": 2, "win-back": 1}


def test_d5_a_run_goes_on_after_a_cap_unless_the_step_says_otherwise():
    steps = [send(), send("again", refused={"cap_reached": "exit"}), send("never")]

    found = play(capped(cap(), journeys=[journey(steps=steps, **SEEN)]), views(0))
    assert found.decisions("send", "end") == [
        ("send", "accepted", "sent"), ("send", "refused", "cap_reached"), ("end", "done", "cap_reached")
    ]  # fmt: skip

    end = found.of("decision")[-1]
    assert sentence(end).startswith("the run ends: the cap few allows 1, and 1 went since 2023-")

    going_on = [send(), send("again"), send("never")]
    found = play(capped(cap(), journeys=[journey(steps=going_on, **SEEN)]), views(0))
    assert found.reasons("send") == ["sent", "cap_reached", "cap_reached"]


def test_r2_a_cap_holds_for_runs_that_were_there_before_it():
    steps = [send(), wait(minutes=60), send("second")]
    replay = Replay(Engine(capped(cap(9), journeys=[journey(steps=steps, **SEEN)])))
    for row in views(0):
        replay.take("c1", row)
    replay.engine = Engine(capped(cap(1), journeys=[journey(steps=steps, **SEEN)]))

    later = [effect for _, effects in replay.advance(at(61)) for effect in effects]

    assert [one["reason"] for kind, one in later if kind == "decision" and one["kind"] == "send"] == ["cap_reached"]


def test_a_delivery_that_failed_gives_its_room_back_once():
    replay = Replay(Engine(capped(cap())))
    effects = [effect for row in views(0) for effect in replay.take("c1", row)]
    [action] = [one for kind, one in effects if kind == "action"]
    failed = [tp("action_failed", minute, attributes={"action_id": action["action_id"]}) for minute in (5, 6)]

    told = [effect for row in failed for effect in replay.take("c1", row)]
    assert told == [("count", "cap_given_back")]

    later = [
        one for minute in (10, 20) for kind, one in replay.take("c1", tp("page_viewed", minute)) if kind == "decision"
    ]
    assert [one["reason"] for one in later if one["kind"] == "send"] == ["sent", "cap_reached"]


# Seconds from the start of the test's log, 2023-11-14T22:13:20Z, a Tuesday.
TO_MIDNIGHT = {"Europe/Zurich": 46 * 60 + 40, "UTC": 3600 + 46 * 60 + 40, "America/New_York": 6 * 3600 + 46 * 60 + 40}


@pytest.mark.parametrize("zone", TO_MIDNIGHT)
def test_t5_a_day_ends_at_midnight_in_the_zone_that_counts(zone):
    midnight = TO_MIDNIGHT[zone] / 60
    found = play(capped(cap(per="day"), time_zone=zone), views(0, midnight - 1, midnight))
    assert found.reasons("send") == ["sent", "cap_reached", "sent"]
    refused = next(one for one in found.of("decision") if one["reason"] == "cap_reached")
    assert refused["inputs"]["zone"] == f"{zone} (workspace)"


@pytest.mark.parametrize(
    ("per", "days_left"), [("week", 5), ("month", 16)], ids=["from Monday", "to the end of November"]
)
def test_t5_weeks_begin_on_monday_and_months_with_the_first(per, days_left):
    begins = TO_MIDNIGHT["UTC"] / 60 + days_left * 24 * 60
    found = play(capped(cap(per=per)), views(0, begins - 1, begins))
    assert found.reasons("send") == ["sent", "cap_reached", "sent"]


def test_t5_the_day_on_which_the_clocks_go_back_has_25_hours():
    # 2024-10-27 in Zurich begins at 2024-10-26T22:00:00Z and ends at 2024-10-27T23:00:00Z.
    begins = (1_729_980_000_000 - at(0)) / MINUTE
    rows = views(begins, begins + 24 * 60 + 59, begins + 25 * 60)
    found = play(capped(cap(per="day"), time_zone="Europe/Zurich"), rows)
    assert found.reasons("send") == ["sent", "cap_reached", "sent"]


def test_reservations_are_forgotten_after_the_longest_window_and_without_caps_none_are_kept():
    kept = Replay(Engine(capped(cap(), cap(9, 30 * DAY, name="long"))))
    none = Replay(Engine(capped()))
    for row in views(0):
        kept.take("c1", row)
        none.take("c1", row)
    assert b'"caps"' in kept.states["c1"]
    assert b'"caps"' not in none.states["c1"]

    list(kept.advance(at(0) + 29 * DAY))
    assert b'"caps"' in kept.states["c1"]
    list(kept.advance(at(0) + 50 * DAY))
    assert b'"caps"' not in kept.states["c1"]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), at_most=st.integers(1, 3), hours=st.integers(1, 30))
def test_a_book_of_its_own_finds_no_cap_exceeded_and_no_send_refused_without_need(seed, at_most, hours):
    chance = random.Random(seed)
    by_sms = journey("by-sms", steps=[send(channels=("sms",)), wait(minutes=90), send("second")], priority=50, **SEEN)
    caps = [cap(at_most, hours * HOUR, name="all"), cap(1, 5 * HOUR, name="texts", channels=["sms"])]
    replay = Replay(Engine(capped(*caps, journeys=[journey(**SEEN), by_sms])))
    for row in [*reachable(), tp("profile_updated", -50, attributes={"phone": "+41790000000"})]:
        assert replay.take("c1", row) == []
    minute, book, failed = 0.0, [], []
    for _ in range(60):
        minute += chance.choice([0.5, 20, 60, 300])
        for _, effects in replay.advance(at(minute) + BOUND - 1):
            _enter(book, failed, caps, effects)
        if book and chance.random() < 0.2:
            failed.append(chance.choice(book)[2])
            row = tp("action_failed", minute, attributes={"action_id": failed[-1]})
        else:
            row = tp("page_viewed", minute)
        _enter(book, failed, caps, replay.take("c1", row))


def _enter(book, failed, caps, effects):
    """Takes actions into the book, and holds each decision to send against it."""
    for kind, one in effects:
        if kind == "action":
            book.append((one["decided_at"], one["channel"], one["action_id"]))
        elif kind == "decision" and one["kind"] == "send":
            assert all(_room(rule, book, failed, one) for rule in caps) == (one["outcome"] == "accepted"), one


def _room(rule, book, failed, decision):
    """Whether the rule left room for the message of this decision; an action stands in the book before its decision."""
    about = rule["channels"] or ["email", "sms"]
    taken = [
        action
        for decided_at, channel, action in book
        if channel in about
        and decided_at >= decision["decided_at"] - rule["window_ms"]
        and action not in failed
        and action != decision["action_id"]
    ]
    return decision["channel"] not in about or len(taken) < rule["at_most"]


@pytest.mark.parametrize("at_ms", [-70_000_000_000_000, 300_000_000_000_000])
@pytest.mark.parametrize("per", ["day", "week", "month"])
def test_t5_a_cap_of_the_calendar_counts_outside_the_calendar_too(at_ms, per):
    rows = [row | {"at": at_ms} for row in (*reachable(), tp("page_viewed", 0), tp("page_viewed", 0))]
    found = play(plan(event(), journey(on="seen", exit=[]), caps=[cap(window=None, per=per)]), rows)
    assert found.reasons("send") == ["sent", "cap_reached"]
