"""What moments collect: lists of flags, and sums beyond 64 bits."""

from __future__ import annotations

import orjson
import pytest

from tests.engine.build import DAY, absence, count, inactivity, plan, play, session, tp, types

MOST = 2**63 - 1
POINTS = ["attr", "points", "int"]
SUM = {"points": {"sum": POINTS}}
VIEWED = types("page_viewed")
LARGEST = 10**18 - 1
"""Of 18 digits: the largest number that is read."""


def points(*numbers: int) -> list[int]:
    """The sum, as a moment of each kind shows it, of touchpoints with these numbers of points."""
    signals = [
        session(counts={}, where=None, collect=SUM),
        inactivity(at_least=1, within_ms=DAY, collect=SUM),
        count(on=VIEWED, at_least=len(numbers), collect=SUM),
        absence(start=VIEWED, per=None, collect=SUM),
    ]
    rows = [tp("page_viewed", minute / 10, attributes={"points": str(one)}) for minute, one in enumerate(numbers)]
    moments = play(plan(*signals), rows).moments
    orjson.dumps(moments)
    return [one["values"]["points"] for one in moments]


@pytest.mark.parametrize("sign", [1, -1])
def test_f4_a_whole_sum_of_more_than_64_bits_is_shown_as_the_most_that_they_hold(sign):
    assert points(*[sign * LARGEST] * 25) == [sign * MOST] * 4


def test_f4_a_whole_sum_that_comes_back_from_beyond_64_bits_is_exact():
    assert points(*[LARGEST] * 20, *[-LARGEST] * 18, -7) == [2 * LARGEST - 7] * 4


def test_a_flag_in_a_list_is_written_as_it_was_sent():
    gift = ["attr", "gift", "bool"]
    collect = {"gifts": {"each": gift, "minus": [], "max": 5}, "newest": {"value": gift}}
    in_a_session = {"gifts": {"each": gift, "max": 5}, "newest": {"value": gift}}
    signals = [count(on=VIEWED, at_least=2, collect=collect), session(counts={}, where=None, collect=in_a_session)]
    rows = [tp("page_viewed", minute, attributes={"gift": text}) for minute, text in enumerate(["true", "false"])]

    moments = play(plan(*signals), rows).moments

    shown = [{name: one["values"][name] for name in collect} for one in moments]
    assert shown == [{"gifts": ["true", "false"], "newest": False}] * 2
