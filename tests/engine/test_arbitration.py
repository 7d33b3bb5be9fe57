"""D7: of the sends of one group that fall due together one goes, and then none of the group for its spacing."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import BOUND, DAY, HOUR, MINUTE, at, event, journey, plan, play, reachable, send, tp, wait


def group(name="offers", hold=0, spacing=0, journeys=None, purposes=None):
    return {"name": name, "hold_ms": hold, "spacing_ms": spacing, "journeys": journeys, "purposes": purposes}


def offer(name, on="seen", priority=40, steps=None, **change):
    return journey(name, on=on, priority=priority, steps=steps or [send(expires_ms=DAY)], exit=[], **change)


def competing(*journeys, groups=None, **change):
    clicked = event("clicked", on=[{"type": "clicked", "where": None}])
    return plan(event(), clicked, *journeys, groups=groups or [group()], **change)


def sends(found):
    return [(one["journey"], one["reason"]) for one in found.of("decision") if one["kind"] == "send"]


def test_at_one_instant_the_higher_priority_wins_and_the_loser_is_told_the_winners_action():
    found = play(competing(offer("low", priority=1), offer("high", priority=90)), [*reachable(), tp("page_viewed", 0)])

    assert sends(found) == [("high", "sent"), ("low", "arbitration_lost")]
    (lost,) = [one for one in found.of("decision") if one["reason"] == "arbitration_lost"]
    assert lost["inputs"] == {"group": "offers", "winner": found.actions[0]["action_id"]}
    assert lost["rule"] == "D7"


def test_of_equal_priority_the_earlier_entry_wins_then_the_journeys_name():
    early = offer("z-early", steps=[wait(minutes=30), send(expires_ms=DAY)])
    late = offer("a-late", on="clicked", steps=[wait(minutes=10), send(expires_ms=DAY)])
    by_entry = play(competing(early, late), [*reachable(), tp("page_viewed", 0), tp("clicked", 20)])
    by_name = play(competing(offer("b"), offer("a")), [*reachable(), tp("page_viewed", 0)])

    assert sends(by_entry) == [("z-early", "sent"), ("a-late", "arbitration_lost")]
    assert sends(by_name) == [("a", "sent"), ("b", "arbitration_lost")]


def test_the_winner_blocks_its_group_for_the_spacing_and_no_longer():
    made = competing(offer("first"), offer("second", on="clicked"), groups=[group(spacing=2 * HOUR)])
    rows = [*reachable(), tp("page_viewed", 0), tp("clicked", 119.9), tp("clicked", 120)]

    found = play(made, rows)

    assert sends(found) == [("first", "sent"), ("second", "arbitration_blocked"), ("second", "sent")]
    (blocked,) = [one for one in found.of("decision") if one["reason"] == "arbitration_blocked"]
    assert blocked["inputs"]["until"] == str(at(120))


def test_within_the_hold_they_wait_for_each_other_and_the_best_goes_when_it_is_over():
    made = competing(
        offer("first", priority=1), offer("better", on="clicked", priority=90), groups=[group(hold=10 * MINUTE)]
    )
    found = play(made, [*reachable(), tp("page_viewed", 0), tp("clicked", 7)])

    holds = [
        (one["journey"], one["reason"], one["inputs"]["until"]) for one in found.of("decision") if one["kind"] == "hold"
    ]
    assert holds == [("first", "arbitration", str(at(10))), ("better", "arbitration", str(at(10)))]
    assert sends(found) == [("better", "sent"), ("first", "arbitration_lost")]
    assert found.actions[0]["decided_at"] == at(10)


def test_t3_what_comes_at_the_end_of_the_hold_is_within_it_and_what_comes_later_is_not():
    made = competing(
        offer("first", priority=1), offer("better", on="clicked", priority=90), groups=[group(hold=10 * MINUTE)]
    )
    within = play(made, [*reachable(), tp("page_viewed", 0), tp("clicked", 10)])
    later = play(made, [*reachable(), tp("page_viewed", 0), tp("clicked", 10.001)])

    assert sends(within) == [("better", "sent"), ("first", "arbitration_lost")]
    assert sends(later) == [("first", "sent"), ("better", "sent")]
    assert [one["decided_at"] for one in later.actions] == [at(10), at(20.001)]


def test_alone_in_its_hold_it_goes_at_the_end():
    found = play(competing(offer("first"), groups=[group(hold=10 * MINUTE)]), [*reachable(), tp("page_viewed", 0)])
    assert [one["decided_at"] for one in found.actions] == [at(10)]


def test_d2_what_is_refused_for_another_reason_does_not_compete():
    texted = offer("texted", priority=90, steps=[send(channels=("sms",), expires_ms=DAY)])

    found = play(competing(texted, offer("mailed", priority=1)), [*reachable(), tp("page_viewed", 0)])

    assert sends(found) == [("texted", "no_address"), ("mailed", "sent")]


def test_f3_where_the_winner_cannot_be_made_the_next_one_goes():
    made = competing(
        offer("broken", priority=90, steps=[send(template="broken", expires_ms=DAY)]), offer("fine", priority=1)
    )
    made["templates"]["broken"] = {"email": {"en": {"body": "{{ nothing.of.this }}"}}}

    found = play(made, [*reachable(), tp("page_viewed", 0)])

    assert sends(found) == [("broken", "template_error"), ("fine", "sent")]


def test_d4_a_loser_takes_no_room_under_caps():
    caps = [{"name": "two", "at_most": 2, "per": None, "window_ms": DAY, "channels": None, "purposes": None}]
    made = competing(
        offer("a", priority=90), offer("b", priority=8), offer("c", priority=7),
        groups=[group(journeys=["a", "b"])], caps=caps,
    )  # fmt: skip
    found = play(made, [*reachable(), tp("page_viewed", 0)])
    assert sends(found) == [("a", "sent"), ("b", "arbitration_lost"), ("c", "sent")]


def test_d6_transactional_messages_do_not_compete():
    made = competing(offer("offer"), offer("receipt", purpose="transactional"))
    assert sends(play(made, [*reachable(), tp("page_viewed", 0)])) == [("offer", "sent"), ("receipt", "sent")]


def test_groups_are_of_journeys_or_of_purposes():
    made = competing(
        offer("a", priority=90), offer("b", purpose="advice"), offer("c"),
        groups=[group(purposes=["marketing"])],
    )  # fmt: skip
    rows = [*reachable(), *reachable(purpose="advice"), tp("page_viewed", 0)]
    assert sends(play(made, rows)) == [("a", "sent"), ("b", "sent"), ("c", "arbitration_lost")]


@pytest.mark.parametrize("action", ["exit", "continue"])
def test_d5_the_loser_does_what_its_step_says(action):
    losing = offer("loser", priority=1, steps=[send(refused={"arbitration_lost": action}), wait()])
    found = play(competing(offer("winner", priority=90), losing), [*reachable(), tp("page_viewed", 0)])
    ends = [one["reason"] for one in found.of("decision") if one["kind"] == "end" and one["journey"] == "loser"]
    assert ends == [{"exit": "arbitration_lost", "continue": "completed"}[action]]


def test_t1_at_any_speed_the_same_ones_win():
    """Wake-ups that run before the next input, or by the watermark long after it, decide the same."""
    made = competing(
        offer("first", priority=1), offer("better", on="clicked", priority=90),
        groups=[group(hold=10 * MINUTE, spacing=HOUR)],
    )  # fmt: skip
    rows = [*reachable(), tp("page_viewed", 0), tp("clicked", 7), tp("page_viewed", 30), tp("clicked", 90)]
    slow, fast = Replay(Engine(made)), Replay(Engine(made))
    in_time, late = [], []
    for row in rows:
        in_time += [effect for _, effects in slow.advance(row["at"]) for effect in effects]
        in_time += slow.take("c1", row)
        late += fast.take("c1", row)
    for replay, found in ((slow, in_time), (fast, late)):
        found += [effect for _, effects in replay.advance(at(600)) for effect in effects]
    assert sorted(map(repr, in_time)) == sorted(map(repr, late))
    assert len([1 for kind, _ in in_time if kind == "action"]) == 2


def test_what_blocks_nobody_any_more_is_forgotten():
    replay = Replay(Engine(competing(offer("first"), groups=[group(spacing=HOUR)])))
    for row in [*reachable(), tp("page_viewed", 0)]:
        replay.take("c1", row)
    assert b'"groups"' in replay.states["c1"]
    list(replay.advance(at(0) + 30 * DAY))
    assert b'"groups"' not in replay.states["c1"]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), hold=st.sampled_from([0, 3, 45]), spacing=st.sampled_from([0, 20, 200]))
def test_no_two_of_a_group_go_within_the_spacing_and_somebody_goes_where_nothing_blocks(seed, hold, spacing):
    chance = random.Random(seed)
    journeys = [
        offer(f"j{n}", on=chance.choice(["seen", "clicked"]), priority=chance.randint(0, 2), steps=[
            wait(minutes=chance.choice([1, 5, 30])), send(expires_ms=30 * DAY),
        ]) for n in range(4)
    ]  # fmt: skip
    replay = Replay(Engine(competing(*journeys, groups=[group(hold=hold * MINUTE, spacing=spacing * MINUTE)])))
    for row in reachable():
        replay.take("c1", row)
    minute, effects = 0.0, []
    for _ in range(40):
        minute += chance.choice([0, 0.5, 10, 60])
        effects += [effect for _, found in replay.advance(at(minute) + BOUND - 1) for effect in found]
        effects += replay.take("c1", tp(chance.choice(["page_viewed", "clicked"]), minute))
    effects += [effect for _, found in replay.advance(at(minute) + 5 * DAY) for effect in found]

    times = sorted(one["decided_at"] for kind, one in effects if kind == "action")
    assert times
    assert all(later > earlier and later - earlier >= spacing * MINUTE for earlier, later in itertools.pairwise(times))
    by_id = {one["action_id"]: one["decided_at"] for kind, one in effects if kind == "action"}
    for kind, one in effects:
        if kind == "decision" and one["reason"] in ("arbitration_lost", "arbitration_blocked"):
            won_ms = by_id[one["inputs"]["winner"]]
            assert won_ms <= one["decided_at"] < won_ms + max(spacing * MINUTE, 1)
