"""Moments against what was expected: pairs, figures, and each difference."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from cjo.simulate.against import Known, agreement

TIMES = st.lists(st.integers(0, 12), max_size=5)


def moment(at: int, subject: str = "c1", signal: str = "s") -> dict[str, object]:
    return {"signal": signal, "subject": subject, "at": at}


def most_pairs(expected: list[int], came: list[int], tolerance: int) -> int:
    """Try every way to pair them."""
    shorter, longer = sorted((expected, came), key=len)
    ways = itertools.permutations(longer, len(shorter))
    return max(sum(abs(a - b) <= tolerance for a, b in zip(shorter, way, strict=True)) for way in ways)


@given(TIMES, TIMES, st.integers(0, 4))
def test_as_many_as_possible_are_paired(expected: list[int], came: list[int], tolerance: int) -> None:
    found = agreement(map(moment, came), [Known("s", "c1", at) for at in expected], tolerance)
    assert found.hits == most_pairs(expected, came, tolerance)
    assert len(found.missing) == len(expected) - found.hits
    assert len(found.surplus) == len(came) - found.hits


def test_a_pair_over_the_border_of_what_counts_is_a_hit() -> None:
    expected = [Known("s", "c1", at) for at in (103, 80, 140)]
    found = agreement([moment(98), moment(60), moment(160)], expected, 5, lambda at_ms: at_ms >= 100)
    assert found.hits == 1
    assert [one.at_ms for one in found.missing] == [140]
    assert [one.at_ms for one in found.surplus] == [160]
    assert agreement([moment(103)], [Known("s", "c1", 98)], 5, lambda at_ms: at_ms >= 100).hits == 1
    assert agreement([moment(90)], [Known("s", "c1", 91)], 5, lambda at_ms: at_ms >= 100).hits == 0


def test_the_tolerance_is_closed_and_counts_both_ways() -> None:
    expected = [Known("s", "c1", 100)]
    assert agreement([moment(105)], expected, 5).hits == 1
    assert agreement([moment(95)], expected, 5).hits == 1
    assert agreement([moment(106)], expected, 5).hits == 0


def test_another_subject_or_signal_is_no_pair() -> None:
    expected = [Known("s", "c1", 0), Known("t", "c1", 0)]
    found = agreement([moment(0, "c2"), moment(0, signal="u")], expected, 9)
    assert (found.hits, len(found.missing), len(found.surplus)) == (0, 2, 2)


def test_precision_recall_and_f1() -> None:
    expected = [Known("s", "c1", at) for at in (0, 100, 200, 300)]
    found = agreement([moment(0), moment(100), moment(500)], expected, 0)
    assert (found.precision, found.recall, found.f1) == (2 / 3, 2 / 4, 2 * 2 / 7)
    assert found.missing == [Known("s", "c1", 200), Known("s", "c1", 300)]
    assert found.surplus == [Known("s", "c1", 500)]


def test_where_there_is_nothing_there_is_no_figure() -> None:
    nothing = agreement([], [], 0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, None, None)
    assert agreement([], [Known("s", "c1", 0)], 0).precision is None
    assert agreement([], [Known("s", "c1", 0)], 0).recall == 0
