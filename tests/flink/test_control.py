"""Revisions in the control topic, and what of it matters beside the plan of a submission (R2, R7)."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.errors import StackError
from cjo.resources import data_dir
from cjo.submission.control import live_from, numbered


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return compile_workspace(Path(data_dir("journeys")))


def changed(plan: dict[str, Any], **values: Any) -> dict[str, Any]:
    """`plan` with another first journey and its version."""
    other = copy.deepcopy(plan)
    other["journeys"][0] |= {"version": "0123456789ab", **values}
    return other


def test_the_first_submission_publishes_every_definition_as_revision_1(plan: dict[str, Any]) -> None:
    result, records = numbered(plan, [])
    assert result == plan
    names = {f"signal/{spec['name']}" for spec in plan["signals"]}
    names |= {f"journey/{spec['name']}" for spec in plan["journeys"]}
    assert {(record["name"], record["revision"]) for record in records} == {(name, 1) for name in names}


def test_submitting_the_same_again_publishes_nothing(plan: dict[str, Any]) -> None:
    _, records = numbered(plan, [])
    assert numbered(plan, records) == (plan, [])


def test_a_changed_journey_gets_the_next_revision_and_its_templates_travel_with_it(plan: dict[str, Any]) -> None:
    _, known = numbered(plan, [])
    result, records = numbered(changed(plan), known)
    assert [(record["name"], record["revision"]) for record in records] == [
        (f"journey/{plan['journeys'][0]['name']}", 2)
    ]
    assert result["journeys"][0]["revision"] == 2
    used = {step["template"] for step in plan["journeys"][0]["steps"] if step.get("template")}
    assert set(records[0]["plan"]["templates"]) == used


def test_going_back_to_an_older_content_is_a_new_revision(plan: dict[str, Any]) -> None:
    _, first = numbered(plan, [])
    _, second = numbered(changed(plan), first)
    result, third = numbered(plan, [*first, *second])
    assert [record["revision"] for record in third] == [3]
    assert result["journeys"][0]["revision"] == 3


def test_an_authors_own_higher_revision_is_kept(plan: dict[str, Any]) -> None:
    _, known = numbered(plan, [])
    _, records = numbered(changed(plan, revision=7), known)
    assert [record["revision"] for record in records] == [7]


def test_one_revision_with_two_contents_is_refused(plan: dict[str, Any]) -> None:
    _, known = numbered(plan, [])
    with pytest.raises(StackError, match="two contents under revision 1"):
        numbered(plan, [*known, {**known[0], "version": "0123456789ab"}])


def test_live_from_is_when_the_workspace_was_first_submitted(plan: dict[str, Any]) -> None:
    first_ms, marks = live_from(plan, [], 1_000)
    assert (first_ms, len(marks)) == (1_000, 1)
    assert live_from(plan, marks, 2_000) == (1_000, [])


def test_what_the_submission_has_already_adds_nothing(plan: dict[str, Any]) -> None:
    _, records = numbered(plan, [])
    _, marks = live_from(plan, [], 1_000)
    assert [beside(plan, record) for record in [*records, *marks]] == [None] * (len(records) + 1)


def test_an_older_journey_version_stays_for_the_runs_that_are_pinned_to_it(plan: dict[str, Any]) -> None:
    _, known = numbered(plan, [])
    newer, _ = numbered(changed(plan), known)
    engine = Engine(newer)
    for record in known:
        kept = beside(newer, record)
        if record["name"] == f"journey/{plan['journeys'][0]['name']}":
            assert kept is not None
            assert kept["plan"]["templates"] == record["plan"]["templates"]
            assert engine.publish(kept)
        else:
            assert kept is None


def test_an_older_signal_does_not_come_back(plan: dict[str, Any]) -> None:
    _, known = numbered(plan, [])
    newer = copy.deepcopy(plan)
    newer["signals"][0] |= {"version": "0123456789ab", "revision": 2}
    older = next(record for record in known if record["name"] == f"signal/{plan['signals'][0]['name']}")
    assert beside(newer, older) is None
