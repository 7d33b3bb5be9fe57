"""Alternatives in fewer words hold for the same touchpoints."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.compile.filter import filter_sql
from cjo.compile.merged import merged
from cjo.engine.conditions import compile_condition

VALUES = ("a", "b", "c", "d")
refs = st.sampled_from([["attr", "topic", "string"], ["attr", "page", "string"], ["field", "channel", "string"]])
literals = st.sampled_from([["lit", value, "string"] for value in VALUES])
told = st.tuples(st.sampled_from(["=", "!="]), refs, literals | refs).map(list) | st.tuples(
    st.just("in"), refs, st.lists(literals, min_size=1, max_size=3)
).map(list)
simple = told | refs.map(lambda ref: ["is_null", ref])
words = st.sampled_from(["and", "or"])
inner = st.recursive(
    simple,
    lambda some: (
        st.tuples(words, some, some).map(list)
        | st.tuples(words, some, some, some).map(list)
        | some.map(lambda one: ["not", one])
    ),
    max_leaves=6,
)  # fmt: skip
rows = st.fixed_dictionaries(
    {"type": st.just("t")},
    optional={
        "channel": st.sampled_from(VALUES),
        "attributes": st.dictionaries(st.sampled_from(["topic", "page"]), st.sampled_from([*VALUES, "e"]), max_size=2),
    },
)


def holds(conditions: list[Any], row: dict[str, Any]) -> bool:
    return any(one is None or compile_condition(one)(row, None, None) is True for one in conditions)


@settings(deadline=None)
@given(st.lists(st.none() | inner, min_size=1, max_size=10), st.lists(rows, min_size=1, max_size=8))
def test_they_hold_for_the_same_touchpoints(conditions: list[Any], touchpoints: list[dict[str, Any]]) -> None:
    fewer = merged(conditions)
    for row in touchpoints:
        assert holds(fewer, row) == holds(conditions, row)


def test_signals_on_topics_and_pages_become_one_question() -> None:
    topic, page = ["attr", "topic", "string"], ["attr", "page", "string"]

    def among(ref: list[str], *values: str) -> list[Any]:
        return ["in", ref, [["lit", value, "string"] for value in values]]

    viewed = ["=", page, ["lit", "view", "string"]]
    asked = [["and", among(topic, "a", "b"), viewed], ["and", among(topic, "b", "c"), viewed], among(topic, "c", "d")]
    assert filter_sql({"page_viewed": asked}) == (
        "(`type` = 'page_viewed' AND ((`attributes`['page'] = 'view' AND `attributes`['topic'] IN ('a', 'b', 'c'))"
        " OR `attributes`['topic'] IN ('c', 'd')))"
    )
    assert filter_sql({"page_viewed": [*asked, among(topic, "a", "b")]}) == (
        "(`type` = 'page_viewed' AND (`attributes`['topic'] IN ('a', 'b', 'c', 'd')))"
    )
