"""The scenarios of the shipped journeys: each is a test, and together they visit every step and every way."""

from __future__ import annotations

import pytest

from cjo.resources import data_dir
from cjo.scenarios.run import Rehearsal
from cjo.scenarios.script import Script

SHIPPED = Rehearsal(data_dir("journeys"))


@pytest.mark.parametrize("script", SHIPPED.scripts, ids=lambda script: f"{script.journey}: {script.name}")
def test_shipped_scenario(script: Script) -> None:
    (result,) = SHIPPED.run(lambda one: one is script).results
    assert result.passed, f"{script.place}\n" + "\n".join(result.story())


def test_every_step_and_way_of_the_shipped_journeys_is_visited() -> None:
    missed = {one.journey: [*one.steps_missed, *one.ways_missed] for one in SHIPPED.run().coverage}
    assert missed == {journey["name"]: [] for journey in SHIPPED.plan["journeys"]}


def test_names_of_scenarios_are_unique_within_a_journey() -> None:
    names = [(script.journey, script.name) for script in SHIPPED.scripts]
    assert len(set(names)) == len(names)
