"""A log through Flink and the same log through the engine alone give the same records (T1, T2, S3, D3)."""

from __future__ import annotations

import pytest

from tests.cluster.output import differences, size
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = pytest.mark.cluster


def test_flink_and_the_replay_give_the_same_moments_decisions_and_actions(run: Run) -> None:
    log = run.log(seed=1)
    wanted = expected(run.settings, run.part(log.lines))
    run.submit()

    found = run.finish(log)

    assert differences(found, wanted) == []
    assert found == wanted
    assert sum(size(found).values()) > 1_000, size(found)
