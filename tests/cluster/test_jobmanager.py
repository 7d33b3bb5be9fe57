"""The JobManager forgets its jobs when it dies; the supervisor goes on from the newest checkpoint (F1)."""

from __future__ import annotations

import pytest

from cjo.stack.flink import JOBMANAGER
from tests.cluster.output import differences
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]


def test_a_killed_jobmanager_costs_no_record_and_repeats_none(run: Run) -> None:
    log = run.log(seed=21)
    wanted = expected(run.settings, run.part(log.lines))
    pieces = log.slowly(end=0.9, pieces=400)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit()

    run.write_for(3.0, log, pieces)
    assert run.stack.processes.kill(JOBMANAGER)
    run.await_checkpoint(meanwhile=lambda: log.write(next(pieces)))
    found = run.finish(log)

    assert differences(found, wanted) == []
    assert found == wanted
