"""D8: experiments divide customers, each for ever."""

import orjson
import pytest

from cjo.engine import Engine
from cjo.engine.draws import drawn
from tests.engine.build import DAY, event, experiment, journey, leave, plan, play, tp, wait

SEEN = {"on": "seen", "exit": []}


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
