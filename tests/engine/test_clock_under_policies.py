"""T1, T2: under every policy and with every step that policies touch, decisions don't hang on what moves time."""

from __future__ import annotations

import random

import pytest

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import (
    HOUR,
    MINUTE,
    SECOND,
    absence,
    count,
    decide,
    event,
    journey,
    offer,
    plan,
    send,
    types,
    wait,
)  # fmt: skip
from tests.engine.test_clock import disordered_log

ABOUT = {"channels": None, "purposes": None}
SEEDS = range(30)
EXPECTED = {
    "sent", "held_out", "cap_reached", "arbitration", "arbitration_lost", "arbitration_blocked", "send_window",
    "expired", "replaced", "handed_over", "offer_chosen", "no_offer", "waiting",
}  # fmt: skip


def under_policies():
    touched = [{**one, "match": "customer"} for one in types("product_added")]
    again = {"rule": "replace", "after_ms": None, "per": "customer"}
    mails = [send(expires_ms=3 * MINUTE), wait(minutes=1, restart=touched), send("more", ("sms", "email"))]
    over = {"id": "onwards", "kind": "hand_over", "to": "third", "keeps": True, "with": {}, "next": None}
    offers = decide(
        "best",
        offer("a", 5, at_most=1, window_ms=20 * MINUTE),
        offer("b", 4, at_most=1, window_ms=HOUR),
        otherwise="exit",
    )
    return plan(
        absence(within_ms=MINUTE), event("seen"), count(window_ms=10 * MINUTE, settle=True),
        journey("first", steps=[*mails, over], priority=10),
        journey("second", on="often", steps=[wait(minutes=0.5), send("late", expires_ms=HOUR)], priority=70, exit=[]),
        journey("third", on="abandoned", steps=[send()], purpose="advice", priority=50),
        journey("banner", on="seen", steps=[offers, send("show", ("web",))], enter={"again": again}, exit=[]),
        channels={
            "email": {"address": None, "topic": "actions.email", "expires_ms": HOUR},
            "sms": {"address": "phone", "topic": "actions.sms", "expires_ms": HOUR},
            "web": {"address": None, "topic": "actions.web", "expires_ms": 5 * MINUTE, "real_time": True},
        },
        caps=[{"name": "some", "at_most": 4, "per": None, "window_ms": 10 * MINUTE, **ABOUT}],
        quiet_hours=[{"name": "now", "from_minute": 22 * 60 + 20, "to_minute": 22 * 60 + 25, "days": None, **ABOUT}],
        send_windows=[{"name": "open", "from_minute": 0, "to_minute": 0, "days": None, **ABOUT, "channels": ["email"]}],
        groups=[{"name": "g", "hold_ms": 40 * SECOND, "spacing_ms": MINUTE, "journeys": ["first", "second", "third"],
                 "purposes": None}],
        hold_outs=[{"name": "some", "share": 3_000, "journeys": ["first", "banner"], "purposes": None}],
    )  # fmt: skip


def consented(seed):
    """The log, with sessions; everybody consents to everything at first."""
    log = [(who, row) for who, row in disordered_log(seed, changes=True)]
    for _, row in log:
        if row["type"] == "page_viewed":
            row["session_id"] = random.Random(row["event_id"]).choice(["s1", "s2"])
    begin = min(row["at"] for _, row in log)
    given = {"type": "consent_given", "at": begin, "attributes": {"purpose": "marketing"}}
    also = {"type": "consent_given", "at": begin, "attributes": {"purpose": "advice"}}
    who = sorted({who for who, _ in log})
    return [(one, {**row, "event_id": f"{one}-{n}"}) for one in who for n, row in enumerate((given, also))] + log


@pytest.mark.parametrize("seed", SEEDS)
def test_t2_a_watermark_after_every_record_and_only_at_the_end_give_the_same_decisions(seed):
    log = consented(seed)
    once, often = (Replay(Engine(under_policies())) for _ in range(2))
    end = max(row["at"] for _, row in log) + 2 * HOUR

    late = [effect for who, row in log for effect in once.take(who, row)]
    in_time = []
    for number, (who, row) in enumerate(log):
        in_time += often.take(who, row)
        ahead = min((later["at"] for _, later in log[number + 1 :]), default=end)
        in_time += [effect for _, effects in often.advance(ahead) for effect in effects]
    for replay, found in ((once, late), (often, in_time)):
        found += [effect for _, effects in replay.advance(end) for effect in effects]

    assert sorted(map(repr, late)) == sorted(map(repr, in_time))


def test_the_logs_of_the_property_bring_about_what_the_policies_decide():
    found, kinds = set(), set()
    for seed in SEEDS:
        log = consented(seed)
        for _, (kind, record) in Replay(Engine(under_policies())).run(log, max(row["at"] for _, row in log) + 2 * HOUR):
            if kind == "decision":
                found.add(record["reason"])
            if kind == "action":
                kinds.add(record["kind"])
    assert found >= EXPECTED
    assert kinds >= {"request", "supersede"}
