"""decide: of the eligible offers the one with the highest score, every loser logged with its own (D1)."""

import pytest

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import (
    DAY,
    HOUR,
    PROFILE,
    at,
    branch,
    decide,
    event,
    journey,
    leave,
    lit,
    offer,
    plan,
    play,
    reachable,
    send,
    tp,
    update,
)  # fmt: skip

SEEN = {"on": "seen", "exit": []}
SEGMENT = ["profile", "segment", "string"]
AGE = ["profile", "age", "int"]


def made(*offers, before=(), otherwise="none"):
    steps = [
        *before,
        decide("best", *offers, otherwise=otherwise),
        leave("next"),
        leave("a"),
        leave("b"),
        leave("none"),
    ]
    return plan(event(), journey(steps=steps, **SEEN), profile=PROFILE)


def chosen(found):
    return [one for one in found.of("decision") if one["step"] == "best"]


def went_to(found):
    return [one["step"] for one in found.of("decision") if one["kind"] == "end"]


def profile(**attributes):
    return tp("profile_updated", -10, attributes=attributes)


def test_d1_the_highest_score_wins_and_every_other_is_logged_with_its_own():
    found = play(made(offer("a", 3, "a"), offer("b", "7.5", "b")), [tp("page_viewed", 0)])
    (one,) = chosen(found)
    assert (one["kind"], one["reason"], one["rule"]) == ("move", "offer_chosen", "D1")
    assert one["inputs"] == {"offer": "b", "score.a": "3", "score.b": "7.5"}
    assert went_to(found) == ["b"]


def test_of_equal_scores_the_earlier_in_the_file_wins():
    assert went_to(play(made(offer("a", 3, "a"), offer("b", "3.0", "b")), [tp("page_viewed", 0)])) == ["a"]


def test_a_score_is_an_expression_over_profile_and_run():
    twice = ["*", ["run", "n", "int"], lit(2, "int")]
    counted = update("note", n=("int", ["+", ["coalesce", ["run", "n", "int"], lit(0, "int")], lit(4, "int")]))
    offers = made(offer("a", AGE, "a"), offer("b", twice, "b"), before=[counted])
    assert went_to(play(offers, [profile(age="9"), tp("page_viewed", 0)])) == ["a"]
    assert went_to(play(offers, [profile(age="7"), tp("page_viewed", 0)])) == ["b"]


def test_one_that_is_not_eligible_or_has_no_score_does_not_compete():
    offers = made(offer("a", 9, "a", where=["=", SEGMENT, lit("gold")]), offer("b", AGE, "b"))
    (one,) = chosen(play(offers, [tp("page_viewed", 0)]))
    assert (one["reason"], one["inputs"]) == ("no_offer", {"score.a": "not eligible", "score.b": "no score"})
    assert went_to(play(offers, [tp("page_viewed", 0)])) == ["none"]
    assert went_to(play(offers, [profile(segment="gold"), tp("page_viewed", 0)])) == ["a"]


def test_without_a_way_of_its_own_an_offer_goes_on():
    assert went_to(play(made(offer("a", 1)), [tp("page_viewed", 0)])) == ["next"]


@pytest.mark.parametrize(("minutes", "offered"), [(59.9, "b"), (60, "b"), (60.1, "a")])
def test_t3_an_offers_own_cap_looks_back_over_a_closed_window_and_makes_room_for_the_next(minutes, offered):
    offers = made(offer("a", 9, "a", at_most=1, window_ms=HOUR), offer("b", 1, "b"))
    found = play(offers, [tp("page_viewed", 0), tp("page_viewed", minutes)])
    assert went_to(found) == ["a", offered]
    assert chosen(found)[1]["inputs"]["score.a"] == ("9" if offered == "a" else "cap reached")


def test_what_no_cap_counts_any_more_is_forgotten():
    replay = Replay(Engine(made(offer("a", 9, "a", at_most=1, window_ms=DAY))))
    replay.take("c1", tp("page_viewed", 0))
    assert b'"offers"' in replay.states["c1"]
    list(replay.advance(at(0) + 30 * DAY))
    assert "c1" not in replay.states


def test_conditions_can_ask_which_offer_it_was():
    ask = branch("ask", (["=", ["outcome", "best", "string"], lit("b")], "b"), otherwise="a")
    steps = [decide("best", offer("a", 1), offer("b", 2)), ask, leave("a"), leave("b")]
    found = play(plan(event(), journey(steps=steps, **SEEN)), [tp("page_viewed", 0)])
    assert went_to(found) == ["b"]


def test_the_chosen_offer_is_sent_by_its_own_steps():
    steps = [decide("best", offer("a", 1, "mail-a"), offer("b", 2, "mail-b")), send("mail-a"), send("mail-b")]
    steps[1]["next"] = None
    found = play(plan(event(), journey(steps=steps, **SEEN)), [*reachable(), tp("page_viewed", 0)])
    assert [one["step"] for one in found.actions] == ["mail-b"]


def test_an_offer_of_a_shadow_leaves_the_live_cap_alone():
    capped = offer("a", 9, None, at_most=1, window_ms=DAY)
    shadow, live = (
        journey("j", version=version, mode=mode, steps=[decide("best", capped), leave()], **SEEN)
        for version, mode in (("1", "shadow"), ("2", "live"))
    )
    replay = Replay(Engine(plan(event(), shadow)))
    replay.take("c1", tp("page_viewed", 0))
    replay.engine = Engine(plan(event(), live))
    effects = replay.take("c1", tp("page_viewed", 1))
    assert [one["reason"] for kind, one in effects if kind == "decision" and one["kind"] == "move"] == ["offer_chosen"]
