"""S4: whether the filter that runs lets through all that a new plan asks for. A wrong yes would lose touchpoints."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.compile.cover import both, implies, uncovered
from tests.compile import naive
from tests.strategies import conditions, corner_conditions, corner_rows, rows

AMOUNT, TOPIC = ["field", "amount", "decimal"], ["attr", "topic", "string"]


def lit(value: str, kind: str = "decimal") -> list[Any]:
    return ["lit", value, kind]


def topics(*names: str) -> list[Any]:
    return ["in", TOPIC, [lit(name, "string") for name in names]]


@given(conditions, conditions, st.lists(rows(), min_size=3, max_size=6))
@settings(max_examples=60)
def test_what_is_said_to_imply_does(cond: list[Any], other: list[Any], seen: list[dict[str, Any]]) -> None:
    for first, second in ((cond, other), (["and", cond, other], cond), (cond, ["or", cond, other])):
        if implies(first, second):
            assert all(naive.holds(second, row) is True for row in seen if naive.holds(first, row) is True)


@pytest.mark.parametrize("cond", corner_conditions(), ids=str)
def test_the_same_holds_of_every_pair_of_awkward_conditions(cond: list[Any]) -> None:
    seen = [row for row in corner_rows() if naive.holds(cond, row) is True]
    for other in corner_conditions():
        if implies(cond, other):
            assert all(naive.holds(other, row) is True for row in seen), other


@pytest.mark.parametrize(
    ("cond", "other"),
    [
        ([">=", AMOUNT, lit("20")], [">=", AMOUNT, lit("10")]),
        ([">", AMOUNT, lit("20")], [">=", AMOUNT, lit("20")]),
        (["<", AMOUNT, lit("5.0")], ["<=", AMOUNT, lit("5")]),
        (["=", AMOUNT, lit("20")], [">", AMOUNT, lit("19.99")]),
        (["=", TOPIC, lit("a", "string")], topics("a", "b")),
        (topics("a"), topics("b", "a")),
        (["and", topics("a"), [">", AMOUNT, lit("1")]], topics("a", "b")),
        (["or", topics("a"), topics("b")], topics("a", "b")),
    ],
)
def test_a_narrower_condition_implies_a_wider_one_and_not_the_other_way_round(cond: Any, other: Any) -> None:
    assert implies(cond, other)
    assert not implies(other, cond)


def test_equal_bounds_that_are_open_and_closed_are_told_apart() -> None:
    assert not implies([">=", AMOUNT, lit("20")], [">", AMOUNT, lit("20")])
    assert not implies(["=", AMOUNT, lit("20")], ["<", AMOUNT, lit("20")])
    assert not implies([">", AMOUNT, lit("20")], ["<", AMOUNT, lit("30")])


def test_a_type_that_nobody_asked_for_and_one_that_is_wanted_whole_are_not_covered() -> None:
    running = {"page_viewed": [topics("a", "b")], "order_completed": [None]}

    assert uncovered({"page_viewed": [topics("a")], "order_completed": [None, topics("x")]}, running) == {}
    assert uncovered({"page_viewed": [None], "product_added": [topics("a")]}, running) == {
        "page_viewed": [None],
        "product_added": [topics("a")],
    }


def test_a_filter_that_is_wider_than_its_condition_covers_what_gets_through() -> None:
    """What SQL cannot decide as the engine does is not filtered at all."""
    undecidable = ["=", ["lower", TOPIC], lit("a", "string")]

    assert uncovered({"page_viewed": [None]}, {"page_viewed": [undecidable]}) == {}


def test_both_asks_for_what_either_does() -> None:
    some, others = {"a": [topics("x")]}, {"a": [topics("x"), None], "b": [None]}

    assert both(some, others) == {"a": [topics("x"), None], "b": [None]}
    assert uncovered(some, both(some, others)) == uncovered(others, both(some, others)) == {}
