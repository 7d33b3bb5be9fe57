"""Plans of several signals by chance: each kind's own specs, with types, conditions and keys exchanged."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.signals.kinds import KINDS, is_general, stands, waits
from tests.signals.logs import TYPES
from tests.strategies import conditions

Spec = dict[str, Any]
_DEEPEST = 3
_TYPES = [*TYPES, "product_added", "page_viewed"]
_TOPIC, _YEARS, _KEY = ["attr", "topic", "string"], ["attr", "years", "int"], ["attr", "key", "string"]
_BASKET, _PRODUCT = ["field", "basket_id", "string"], ["field", "product_id", "string"]
_AMOUNT, _LOAN = ["field", "amount", "decimal"], ["attr", "loan", "decimal"]

_often = st.one_of(
    st.sampled_from([["=", _TOPIC, ["lit", "a", "string"]], ["is_null", _TOPIC], ["not", ["is_null", _BASKET]]]),
    st.sampled_from([[">", _AMOUNT, ["lit", "1.5", "decimal"]], ["<=", _YEARS, ["lit", 1, "int"]]]),
)
_wheres = st.sampled_from("-----aab").flatmap(lambda which: {"-": st.none(), "a": _often, "b": conditions}[which])
ABOUT_KEYS = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.sampled_from([["=", _KEY, ["lit", "b1", "string"]], ["is_null", _KEY], ["not", ["is_null", _BASKET]]]),
)
"""Conditions on moments that ask for nothing which they carry but their key."""
ABOUT_MOMENTS = st.one_of(
    ABOUT_KEYS,
    ABOUT_KEYS,
    ABOUT_KEYS,
    st.sampled_from([[">=", ["attr", "count", "int"], ["lit", 2, "int"]], ["is_null", ["attr", "total", "decimal"]]]),
)
_pers = st.sampled_from([None] * 6 + [_BASKET] * 4 + [_TOPIC, _YEARS, _KEY])
_told_apart = st.sampled_from([None, _PRODUCT, _TOPIC, _YEARS])
_values = st.sampled_from([_PRODUCT, _BASKET, _TOPIC, _YEARS, _AMOUNT, _LOAN, ["attr", "returning", "bool"],
                           ["attr", "due", "timestamp"]])  # fmt: skip
_numbers = st.sampled_from([_AMOUNT, _LOAN, _YEARS])


@st.composite
def plans(draw: st.DrawFn, kinds: tuple[str, ...], of_moments: st.SearchStrategy[Any] = ABOUT_MOMENTS) -> list[Spec]:
    """One to five signals of these kinds, in any order; each may use those made before it."""
    made: list[Spec] = []
    depths: dict[str, int] = {}
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(kinds))
        spec = copy.deepcopy(draw(KINDS[kind].specs)) | {"name": f"{draw(st.sampled_from('amz'))}{number}"}
        usable = [one for one in made if depths[one["name"]] < _DEEPEST and (stands(one) or waits(spec))]
        inputs = [one["name"] for one in usable]
        if is_general(kind):
            _exchange(draw, spec, inputs, of_moments)
        used = [match["type"].removeprefix("signal.") for match in matches_in(spec) if _is_moment(match["type"])]
        depths[spec["name"]] = 1 + max((depths[name] for name in used), default=-1)
        made.append(spec)
    return draw(st.permutations(made))


def matches_in(part: Any) -> Iterator[dict[str, Any]]:
    """Every MATCH of a spec."""
    if isinstance(part, dict) and "type" in part and "where" in part:
        yield part
    elif isinstance(part, dict | list):
        for one in part.values() if isinstance(part, dict) else part:
            yield from matches_in(one)


def lists_of_matches(part: Any) -> Iterator[list[dict[str, Any]]]:
    """Every list of MATCHes of a spec: one touchpoint may match twice in it, and counts once."""
    for one in part.values() if isinstance(part, dict) else part:
        if isinstance(one, list) and one and all(isinstance(inner, dict) and "type" in inner for inner in one):
            yield one
        elif isinstance(one, dict | list):
            yield from lists_of_matches(one)


def _is_moment(name: str) -> bool:
    return name.startswith("signal.")


def _exchange(draw: st.DrawFn, spec: Spec, inputs: list[str], of_moments: st.SearchStrategy[Any]) -> None:
    """Put other types, conditions, keys and values in the places of a spec."""
    moments = [f"signal.{name}" for name in inputs]
    for several in lists_of_matches(spec):
        if draw(st.integers(0, 2)) == 0:
            several.append(copy.deepcopy(draw(st.sampled_from(several))))
    for match in matches_in(spec):
        if moments and draw(st.booleans()):
            match["type"] = draw(st.sampled_from(moments))
        elif draw(st.booleans()):
            match["type"] = draw(st.sampled_from(_TYPES))
        match["where"] = draw(of_moments if _is_moment(match["type"]) else _wheres)
    spec["per"] = draw(_pers)
    if "distinct" in spec:
        spec["distinct"] = draw(_told_apart)
    for part in (spec.get("collect") or {}).values():
        for name, strategy in (("each", _values), ("value", _values), ("sum", _numbers)):
            if name in part and draw(st.booleans()):
                part[name] = draw(strategy)
