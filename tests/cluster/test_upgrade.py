"""A journey, the filter and the query change in mid-run: the job stops with a savepoint, the next one goes on (S4, R2).

The first job has no signal of another subject than the customer; the second hands touchpoints on to households too.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cjo.resources import data_dir
from cjo.topics import DECISIONS, MOMENTS
from tests.cluster.conftest import replace
from tests.cluster.output import Output, differences
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

HOUSEHOLDS = "household-advice"
NEW_SIGNAL = """\
signals:
  asked_for_help:
    kind: event
    on: support_contacted
"""


def test_an_upgrade_loses_and_repeats_nothing_and_sees_what_the_old_filter_held_back(run: Run, workspace: Path) -> None:
    log = run.log(seed=11)
    first, second = log.halves()
    shutil.rmtree(workspace / HOUSEHOLDS)
    old = run.part(log.lines)
    parts = [run.part(first)]
    assert "subjects" not in parts[0].plan
    run.submit()
    log.write(first)
    run.await_time(first[-1].timestamp_ms)

    change(workspace)
    run.submit(upgrade=True)
    parts.append(run.part(second))
    assert "household" in parts[1].plan["subjects"]
    log.write(second)
    run.await_time(log.end_ms)
    run.stop()
    found = run.output()

    wanted = expected(run.settings, *parts)
    assert differences(found, wanted) == []
    assert found == wanted
    undisturbed = expected(run.settings, old)
    assert of_journey(found, "mortgage-offer") == of_journey(undisturbed, "mortgage-offer")
    assert len({record["journey_version"] for record in of_journey(found, "win-back-basket")}) == 2
    asked = {
        touch["event_id"] for line in second if (touch := line.touchpoint) and touch["type"] == "support_contacted"
    }
    fired = [moment for kept in found[MOMENTS].values() for moment in kept if moment["signal"] == "asked_for_help"]
    assert len(fired) == len(asked) > 20


def change(workspace: Path) -> None:
    """A new signal on a type that nothing has asked for, one of households, and a journey with another wait."""
    shutil.copytree(data_dir("journeys") / HOUSEHOLDS, workspace / HOUSEHOLDS)
    (workspace / "help").mkdir()
    (workspace / "help" / "signals.yaml").write_text(NEW_SIGNAL)
    replace(workspace / "win-back-basket" / "journey.yaml", "wait: 1 day", "wait: 2 days")


def of_journey(output: Output, journey: str) -> list[dict[str, Any]]:
    """The journey's decisions, by customer."""
    keys = output[DECISIONS]
    return [record for key in sorted(keys) for record in keys[key] if record["journey"] == journey]
