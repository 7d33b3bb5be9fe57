"""A job that works off a backlog writes checkpoints more rarely, and as often as before when it has caught up."""

from __future__ import annotations

from itertools import count, pairwise

import pytest

from cjo.stack.flink_rest import FlinkRest
from tests.cluster.logs import BEGIN_MS
from tests.cluster.metrics import OWN, scrape, total
from tests.cluster.raw import Maker, write
from tests.cluster.running import PARALLELISM, Run
from tests.cluster.waiting import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

MINUTE_MS = 60_000
APART_MS = 9_500
"""Of checkpoints in a backlog, by flink-conf/config.yaml: ten seconds; otherwise two."""


def test_checkpoints_are_further_apart_in_a_backlog(run: Run) -> None:
    run.submit()
    make, minutes = Maker(run.settings), count()

    def a_minute_more() -> None:
        at_ms = BEGIN_MS + next(minutes) * MINUTE_MS
        write(run.settings, make.heartbeats(at_ms, run.partitions))

    def catching_up() -> float:
        return total(scrape(run.stack), f"{OWN}catching_up")

    wait_for("every subtask to catch up", lambda: catching_up() == PARALLELISM, a_minute_more)
    since = triggered_ms(run)[-1]
    wait_for("checkpoints far apart", lambda: widest_ms(run, since) >= APART_MS, a_minute_more)

    wait_for("the end of the backlog", lambda: catching_up() == 0)
    run.await_checkpoint()
    since = triggered_ms(run)[-1]
    wait_for("checkpoints as before", lambda: 0 < widest_ms(run, since) < APART_MS)


def triggered_ms(run: Run) -> list[int]:
    """When the latest checkpoints began."""
    history = FlinkRest(run.settings.flink_url).checkpoints(run.job_id)["history"]
    return sorted(int(one["trigger_timestamp"]) for one in history)


def widest_ms(run: Run, since_ms: int) -> int:
    """How far apart two checkpoints in a row were at most, of those from `since_ms` on; 0 where there are not two."""
    triggered = [at_ms for at_ms in triggered_ms(run) if at_ms >= since_ms]
    return max((later - earlier for earlier, later in pairwise(triggered)), default=0)
