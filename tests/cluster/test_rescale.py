"""The job goes from one subtask to two and back, each time with a savepoint, and forgets no wake-up (T1, D3, F1)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cjo.topics import DECISIONS
from tests.cluster.logs import Line
from tests.cluster.output import Output, differences
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

PARALLELISM = (1, 2, 1)


def test_what_was_armed_with_one_subtask_falls_due_with_two_and_back(run: Run) -> None:
    log = run.log(seed=21)
    parts = log.parts(0.7, 0.85)
    for number, part in enumerate(parts):
        run.submit(parallelism=PARALLELISM[number], upgrade=number > 0)
        log.write(part)
        run.await_time(part[-1].timestamp_ms)
    run.stop()
    found = run.output()

    wanted = expected(run.settings, run.part([line for part in parts for line in part]))
    assert differences(found, wanted) == []
    assert found == wanted
    for before, after in pairwise(parts):
        assert due_over(found, before, after) > 5


def due_over(output: Output, before: list[Line], after: list[Line]) -> int:
    """How many waits that had begun by the end of `before` were over in `after`."""
    begin_ms, end_ms = before[-1].timestamp_ms, after[-1].timestamp_ms
    decisions = [one for kept in output[DECISIONS].values() for one in kept]
    begun = {
        (one["run_id"], one["step"]) for one in decisions if one["reason"] == "waiting" and one["decided_at"] < begin_ms
    }
    return sum(
        (one["run_id"], one["step"]) in begun and begin_ms <= one["decided_at"] < end_ms
        for one in decisions
        if one["reason"] == "wait_over"
    )
