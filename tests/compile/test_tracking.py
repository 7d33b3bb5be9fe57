"""The tracking plan's verdict on single touchpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjo.compile.tracking import load
from cjo.spec.problems import SpecErrors
from tests.spec import workspaces

VIEW = {"type": "page_viewed", "channel": "web", "attributes": {"topic": "mortgage", "seconds": "12"}}


@pytest.mark.parametrize(
    "touchpoint",
    [
        VIEW,
        {"type": "product_added", "channel": "store"},
        {"type": "order_completed", "channel": "web", "order_id": "o1", "attributes": {}},
        {"type": "page_viewed", "channel": "web", "attributes": {"seconds": 12}},
        {"type": "heartbeat", "channel": "system"},
        {"type": "profile_updated", "channel": "web", "attributes": {"email": "a@example.org", "age": "44"}},
        {"type": "consent_given", "channel": "web", "attributes": {"purpose": "marketing", "channel": "email"}},
        {"type": "action_delivered", "channel": "web", "attributes": {"action_id": "a1"}},
    ],
)
def test_a_touchpoint_as_declared_has_no_problem(touchpoint: dict[str, Any], tmp_path: Path) -> None:
    assert load(workspaces.write(tmp_path)).check(touchpoint) == []


def test_a_customer_with_the_id_of_another_subject_is_a_problem(tmp_path: Path) -> None:
    declared = workspaces.FILES["tracking.yaml"] + "subjects: {store: {key: session_id}}\n"
    tracking = load(workspaces.write(tmp_path, tracking=declared))
    (said,) = tracking.check({**VIEW, "customer_id": "@store:7"})
    assert said == "customer_id '@store:7' is the key of a subject, of the kind store"
    assert tracking.check({**VIEW, "customer_id": "@sam:7"}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "page_view"}, "unknown touchpoint type 'page_view'; did you mean 'page_viewed'?"),
        ({"type": None}, "unknown touchpoint type None"),
        ({"channel": "wep"}, "unknown channel 'wep'; did you mean 'web'?"),
        ({"channel": "store"}, "page_viewed does not happen in channel 'store', only in: web"),
        ({"type": "order_completed", "attributes": {}}, "order_completed needs 'order_id'"),
        ({"attributes": {"topik": "x"}}, "page_viewed has no attribute 'topik'; did you mean 'topic'?"),
        ({"attributes": {"seconds": "a few"}}, "attribute seconds: expected int, got 'a few'"),
        ({"attributes": {"seconds": 1.5}}, "attribute seconds: expected int, got 1.5"),
        ({"attributes": {"topic": None}}, "attribute topic: expected string, got None"),
        ({"attributes": ["topic"]}, "attributes: expected an object"),
        ({"type": "consent_given", "attributes": {}}, "consent_given needs the attribute 'purpose'"),
        ({"type": "profile_updated", "attributes": {"shoe": "44"}}, "profile_updated has no attribute 'shoe'"),
    ],
)
def test_a_touchpoint_that_differs_is_told_how(change: dict[str, Any], expected: str, tmp_path: Path) -> None:
    (problem,) = load(workspaces.write(tmp_path)).check({**VIEW, **change})
    assert problem.startswith(expected)


def test_several_problems_come_at_once(tmp_path: Path) -> None:
    touchpoint = {"type": "page_viewed", "channel": "store", "attributes": {"seconds": "x", "y": "z"}}
    assert len(load(workspaces.write(tmp_path)).check(touchpoint)) == 3


def test_a_folder_without_a_tracking_plan_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors, match=r"no tracking\.yaml"):
        load(workspaces.write(tmp_path, tracking=None))
