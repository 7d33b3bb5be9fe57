"""A broker that is down is an outage: the job waits, and nothing is lost or repeated (F1, F2)."""

from __future__ import annotations

import time

import pytest

from tests.cluster.output import differences
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

OUTAGE_S = 5.0
"""Longer than the time between two checkpoints."""


def test_a_job_waits_for_a_broker_that_is_killed_and_goes_on(run: Run) -> None:
    log = run.log(seed=31)
    wanted = expected(run.settings, run.part(log.lines))
    pieces = log.slowly(end=0.9, pieces=400)
    run.submit()

    run.write_for(3.0, log, pieces)
    assert run.stack.processes.kill("broker")
    time.sleep(OUTAGE_S)
    run.stack.up(supervise=False)
    run.await_checkpoint(meanwhile=lambda: log.write(next(pieces)))
    found = run.finish(log)

    assert differences(found, wanted) == []
    assert found == wanted
