"""Looking at one attribute first finds what evaluating every condition finds, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import dispatch
from cjo.engine.conditions import compile_condition
from cjo.engine.dispatch import Wanted

VALUES = ("a", "b", "c", "d")
NAMES = ("topic", "category")
refs = st.sampled_from([["attr", name, "string"] for name in NAMES] + [["field", "channel", "string"]])
literals = st.sampled_from([["lit", value, "string"] for value in VALUES])
equal = st.tuples(st.sampled_from(["=", "!="]), refs, literals | refs).map(list)
among = st.tuples(st.just("in"), refs, st.lists(literals, min_size=1, max_size=3)).map(list)
number = st.tuples(st.sampled_from([">", "="]), st.just(["attr", "n", "int"]), st.just(["lit", 2, "int"])).map(list)
simple = equal | among | number | refs.map(lambda ref: ["is_null", ref])
inner = st.recursive(
    simple,
    lambda some: (
        st.tuples(st.sampled_from(["and", "or"]), some, some).map(list)
        | some.map(lambda one: ["not", one])
        | st.tuples(st.just("and"), some, some, some).map(list)
    ),
    max_leaves=5,
)
rows = st.fixed_dictionaries(
    {"type": st.just("t")},
    optional={
        "channel": st.sampled_from(VALUES),
        "attributes": st.dictionaries(st.sampled_from([*NAMES, "n"]), st.sampled_from([*VALUES, "2", "3"]), max_size=3),
    },
)


@settings(deadline=None)
@given(st.lists(st.none() | inner, max_size=8), st.lists(rows, min_size=1, max_size=8))
def test_the_same_is_found_as_by_every_condition(conditions: list[Any], touchpoints: list[dict[str, Any]]) -> None:
    wanted = Wanted()
    for number, condition in enumerate(conditions):
        wanted.targets(condition).append((None, "on", number))  # type: ignore[arg-type]
    found_by = wanted.dispatch()

    distinct = {repr(condition): condition for condition in conditions}
    for row in touchpoints:
        holding = [one for one in distinct.values() if compile_condition(one)(row, None, None) is True]
        everything = [n for one in holding for n, same in enumerate(conditions) if repr(same) == repr(one)]
        found = found_by.match(row)
        assert (found is None) == (not holding)
        assert [extra for _, _, extra in found or ()] == everything


def test_what_attributes_tell_apart_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    topic, page = ["attr", "topic", "string"], ["attr", "category", "string"]
    compiled: list[Any] = []
    monkeypatch.setattr(dispatch, "compile_condition", compiled.append)
    wanted = Wanted()
    for value in VALUES:
        wanted.targets(["=", topic, ["lit", value, "string"]])
        for other in VALUES:
            both = ["and", ["in", topic, [["lit", value, "string"]]], ["=", page, ["lit", other, "string"]]]
            wanted.targets(both).append((None, "on", value + other))  # type: ignore[arg-type]
    found = wanted.dispatch()

    assert compiled == []
    assert found.match({"attributes": {"topic": "a", "category": "b"}}) == [(None, "on", "ab")]
    assert found.match({"attributes": {"topic": "a"}}) == [], "wanted, though by no signal: by a wait or an exit"
    assert found.match({"attributes": {"topic": "e", "category": "b"}}) is None


def test_an_and_within_an_and_is_evaluated_as_it_stands() -> None:
    wanted, topic = Wanted(), ["attr", "topic", "string"]
    other = ["and", ["=", topic, ["lit", "a", "string"]], ["is_null", ["attr", "n", "int"]]]
    wanted.targets(["and", ["in", topic, [["lit", "b", "string"]]], other])

    assert wanted.dispatch().match({"attributes": {"topic": "b"}}) is None
