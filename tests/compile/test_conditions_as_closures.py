"""The closures of cjo/engine/conditions.py against a naive evaluation, and the compiler against its own text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from cjo.compile.conditions import parse_condition
from cjo.compile.scopes import TouchpointScope
from cjo.compile.tracking import TrackingPlan
from cjo.engine.conditions import compile_condition, compile_ref
from cjo.spec.tracking import Tracking
from tests.compile import naive
from tests.strategies import ATTRIBUTES, conditions, corner_conditions, corner_rows, rows, text_of

PLAN = TrackingPlan(
    Tracking.model_validate({"channels": ["web"], "types": {"probed": {"attributes": ATTRIBUTES}}, "profile": {}})
)
SCOPE = TouchpointScope(PLAN, "probed")


@given(conditions, rows())
def test_a_closure_says_what_the_truth_tables_say(cond: list[Any], row: dict[str, Any]) -> None:
    assert compile_condition(cond)(row, None, None) is naive.holds(cond, row)


@pytest.mark.parametrize("cond", corner_conditions(), ids=str)
def test_a_closure_says_what_the_truth_tables_say_on_awkward_text(cond: list[Any]) -> None:
    closure = compile_condition(cond)
    for row in corner_rows():
        assert closure(row, None, None) is naive.holds(cond, row), row


@given(conditions, rows())
def test_a_condition_survives_the_journey_as_json(cond: list[Any], row: dict[str, Any]) -> None:
    travelled = json.loads(json.dumps(cond))
    assert compile_condition(travelled)(row, None, None) is compile_condition(cond)(row, None, None)


@given(conditions)
def test_a_condition_written_as_text_is_read_back_as_itself(cond: list[Any]) -> None:
    found, complaints = parse_condition(text_of(cond), SCOPE)
    assert not complaints
    assert found == cond


def test_no_condition_always_holds() -> None:
    assert compile_condition(None)({}, None, None) is True


@pytest.mark.parametrize(
    ("ref", "moment", "expected"),
    [
        (["moment", "total", "decimal"], {"total": "12.50"}, "12.50"),
        (["moment", "items", "list"], {"items": ["a"]}, "['a']"),
        (["moment", "score", "int"], {"score": 12}, "12"),
        (["moment", "key", "string"], {"key": None}, "None"),
        (["moment", "total", "decimal"], None, "None"),
    ],
)
def test_a_moments_value_is_read_by_its_type(ref: list[str], moment: dict[str, Any] | None, expected: str) -> None:
    assert str(compile_ref(ref)({}, moment, None)) == expected


def test_a_profile_value_is_read_from_text() -> None:
    older = compile_condition([">", ["profile", "age", "int"], ["lit", 17, "int"]])
    assert [older({}, None, profile) for profile in ({"age": "18"}, {"age": "x"}, {}, None)] == [True, None, None, None]
