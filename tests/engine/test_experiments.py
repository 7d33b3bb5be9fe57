"""D8: experiments divide customers, each for ever."""

import orjson
import pytest

from cjo.engine import Engine
from cjo.engine.draws import drawn
from tests.engine.build import (
    DAY,
    HOUR,
    at,
    event,
    experiment,
    journey,
    leave,
    plan,
    play,
    reachable,
    send,
    tp,
    types,
    wait,
)

SEEN = {"on": "seen", "exit": []}
PURCHASE = {"name": "purchase", "on": types("order_completed"), "within_ms": HOUR, "value": None}


def arms_of(found):
    return [one["inputs"]["arm"] for one in found.of("decision") if one["rule"] == "D8"]


def shares(**weights):
    return [{"name": name, "share": share} for name, share in weights.items()]


def test_d8_shares_are_met_over_many_customers():
    found = [drawn("j/voucher", f"c{number}", shares(none=50, ten=30, all=20)) for number in range(20_000)]

    # five standard deviations of a binomial count
    for arm, share in (("none", 0.5), ("ten", 0.3), ("all", 0.2)):
        assert abs(found.count(arm) - 20_000 * share) < 5 * (20_000 * share * (1 - share)) ** 0.5


def test_d8_two_experiments_are_independent_of_each_other():
    halves = shares(a=1, b=1)
    pairs = [(drawn("j/one", f"c{n}", halves), drawn("j/two", f"c{n}", halves)) for n in range(20_000)]

    for pair in (("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")):
        assert abs(pairs.count(pair) - 5_000) < 5 * (20_000 * 0.25 * 0.75) ** 0.5


def test_d8_an_arm_with_no_share_gets_nobody():
    assert {drawn("j/x", f"c{n}", shares(off=0, on=1)) for n in range(1_000)} == {"on"}


def test_d8_the_arm_decides_the_way_and_is_recorded_with_the_first_exposure():
    steps = [experiment("voucher", ten=(50, "offer"), none=(50, None)), leave("plain"), leave("offer")]
    wanted = plan(event(), journey("offers", steps=steps, **SEEN))

    for number in range(20):
        found = play(wanted, [tp("page_viewed", 0)], subject=f"c{number}", until_minutes=1)
        (arm,) = arms_of(found)
        end = next(one for one in found.of("decision") if one["kind"] == "end")
        assert end["step"] == {"ten": "offer", "none": "plain"}[arm]
        assert orjson.loads(found.replay.states[f"c{number}"])["arms"] == {"offers/voucher": arm}


def test_d8_re_entry_keeps_the_arm_and_says_so():
    steps = [experiment(ten=(50, None), none=(50, None)), wait(minutes=1)]
    rows = [tp("page_viewed", 0), tp("page_viewed", 600), tp("page_viewed", 60 * 24 * 90)]

    found = play(plan(event(), journey(steps=steps, **SEEN)), rows)

    assert len(set(arms_of(found))) == 1
    assert [reason for _, _, reason in found.decisions("move") if reason.startswith("arm")] == [
        "arm_assigned", "arm_kept", "arm_kept",
    ]  # fmt: skip


@pytest.mark.parametrize("subject", ["c1", "c2", "c3", "c4"])
def test_d8_re_weighting_moves_nobody_who_was_exposed(subject):
    def with_shares(ten, none):
        steps = [experiment(ten=(ten, None), none=(none, None)), wait(minutes=1)]
        return plan(event(), journey(steps=steps, **SEEN))

    first = play(with_shares(50, 50), [tp("page_viewed", 0)], subject=subject, until_minutes=5)
    before = arms_of(first)[0]
    first.replay.engine = Engine(with_shares(0, 1) if before == "ten" else with_shares(1, 0))
    again = first.replay.take(subject, tp("page_viewed", 60))

    assert [one["inputs"]["arm"] for kind, one in again if kind == "decision" and one["rule"] == "D8"] == [before]


def test_d8_an_arm_that_is_gone_is_drawn_anew_and_the_decision_names_the_old_one():
    def with_arms(**arms):
        return plan(event(), journey(steps=[experiment(**arms), wait(minutes=1)], **SEEN))

    first = play(with_arms(old=(1, None), off=(0, None)), [tp("page_viewed", 0)], until_minutes=5)
    first.replay.engine = Engine(with_arms(new=(1, None), off=(0, None)))
    again = first.replay.take("c1", tp("page_viewed", 60))

    (decision,) = [one for kind, one in again if kind == "decision" and one["rule"] == "D8"]
    assert (decision["reason"], decision["inputs"]["arm"], decision["inputs"]["was"]) == ("arm_assigned", "new", "old")


def test_d8_an_arm_tried_in_shadow_is_drawn_anew_for_live_runs():
    def tried(none, ten, **change):
        steps = [experiment("voucher", none=(none, None), ten=(ten, None))]
        return plan(event(), journey("offers", steps=steps, **SEEN, **change))

    replay = play(tried(100, 0, mode="shadow"), [tp("page_viewed", 0), tp("page_viewed", 5)], until_minutes=6).replay
    replay.engine = Engine(tried(0, 100, version="j2"))
    effects = [effect for minute in (60, 70) for effect in replay.take("c1", tp("page_viewed", minute))]
    arms = [
        (one["reason"], one["inputs"]["arm"]) for kind, one in effects if kind == "decision" and one["rule"] == "D8"
    ]
    assert arms == [("arm_assigned", "ten"), ("arm_kept", "ten")]


def test_d8_a_shadow_and_a_live_journey_of_one_name_and_share_draw_the_same_arm():
    steps = [experiment("voucher", none=(50, None), ten=(50, None))]
    for number in range(20):
        live, shadow = (
            play(
                plan(event(), journey("offers", steps=steps, mode=mode, **SEEN)),
                [tp("page_viewed", 0)],
                subject=f"c{number}",
            )
            for mode in ("live", "shadow")
        )
        assert arms_of(live) == arms_of(shadow)


def test_d8_the_arm_outlives_everything_else_a_customer_had():
    steps = [experiment(ten=(50, None), none=(50, None)), wait(minutes=1)]

    found = play(plan(event(), journey(steps=steps, **SEEN)), [tp("page_viewed", 0), tp("page_viewed", DAY // 60_000)])

    left = orjson.loads(found.replay.states["c1"])
    assert left == {
        "v": left["v"], "clock": left["clock"], "wakes": [], "seen": {}, "sig": {}, "runs": {},
        "arms": {"win-back/voucher": arms_of(found)[0]},
    }  # fmt: skip


def bought(minutes, *steps, **change):
    """What a customer whose one arm has these steps has come to, who buys so many minutes after the exposure."""
    one = experiment("voucher", only=(1, None))
    made = plan(event(), journey(steps=[one, *steps], goal=PURCHASE, **SEEN), **change)
    return play(made, [*reachable(), tp("page_viewed", 0), tp("order_completed", minutes)])


@pytest.mark.parametrize(("minutes", "reached"), [(0, True), (30, True), (60, True), (60.1, False)])
def test_d10_a_goal_counts_from_the_exposure_in_an_arm_that_sends_nothing_also_after_the_run(minutes, reached):
    found = bought(minutes, wait(minutes=1))

    assert found.reasons("goal") == ["goal_reached"] * reached
    assert b'"runs":{}' in found.replay.states["c1"]


def test_d10_the_window_of_an_arm_that_sends_begins_with_the_exposure_too():
    assert bought(61, wait(minutes=30), send()).reasons("goal") == []
    assert bought(40, wait(minutes=30), send()).reasons("goal") == ["goal_reached"]


def test_d10_who_reaches_the_goal_between_exposure_and_message_gets_none_and_the_goal_says_when():
    found = bought(20, wait(minutes=30), send())

    assert found.reasons("send") == ["goal_reached"]
    (goal,) = [one for one in found.of("decision") if one["kind"] == "goal"]
    assert goal["inputs"]["event_at"] == str(at(20))


def test_d10_an_exposure_after_a_message_moves_the_window_of_the_goal_no_more():
    one = experiment("voucher", only=(1, None))
    made = plan(event(), journey(steps=[send(), wait(minutes=30), one], goal=PURCHASE, **SEEN))
    rows = [*reachable(), tp("page_viewed", 0), tp("order_completed", 61)]
    assert play(made, rows).reasons("goal") == []


def test_d10_a_run_that_met_its_arm_under_an_earlier_cjo_counts_from_its_first_message():
    """State of an open run from before exposures counted has no time for it."""
    one = experiment("voucher", only=(1, None))
    made = plan(event(), journey(steps=[one, wait(minutes=30), send()], goal=PURCHASE, **SEEN))
    replay = play(made, [*reachable(), tp("page_viewed", 0)], until_minutes=1).replay
    state = orjson.loads(replay.states["c1"])
    for run in state["runs"].values():
        del run["sent"]
    replay.states["c1"] = orjson.dumps(state)
    effects = [
        effect
        for minute in (10, 40)
        for _, found in [*replay.advance(at(minute)), ("c1", replay.take("c1", tp("order_completed", minute)))]
        for effect in found
    ]
    said = [record["reason"] for kind, record in effects if kind == "decision" and record["kind"] in ("send", "goal")]
    assert said == ["sent", "goal_reached"]
