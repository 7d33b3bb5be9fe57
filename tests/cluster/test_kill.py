"""TaskManagers are killed in mid-run, again and again: each record comes out once (F1).

| variable | meaning |
|---|---|
| `CJO_KILL_SEEDS` | how many runs with different kills (default 1) |
| `CJO_KILL_TRANSACTIONS=off` | without transactions: this test must then fail |
"""

from __future__ import annotations

import os
import random

import pytest

from tests.cluster.output import differences, size
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = pytest.mark.cluster

SEEDS = range(1, 1 + int(os.environ.get("CJO_KILL_SEEDS", "1")))
TRANSACTIONS = os.environ.get("CJO_KILL_TRANSACTIONS") != "off"
KILLS = 3
KILLS_MAX = 8
CHECKPOINT_S = 2.0


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_taskmanagers_lose_no_record_and_repeat_none(run: Run, seed: int) -> None:
    log = run.log(seed)
    wanted = expected(run.settings, run.part(log.lines))
    chance = random.Random(seed)
    pieces = log.slowly(share=0.9, pieces=500)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit(transactions=TRANSACTIONS)

    kills = aborted = 0
    while kills < KILLS or (not aborted and kills < KILLS_MAX):
        run.write_for(chance.uniform(1.0, 1.0 + 2 * CHECKPOINT_S), log, pieces)
        run.stack.kill_taskmanager(chance.randint(1, 2))
        kills += 1
        run.await_checkpoint(meanwhile=lambda: log.write(next(pieces)))
        aborted = run.aborted()
    left = len(log.rest)
    found = run.finish(log)

    aborted, committed = run.aborted(), size(found)
    print(f"seed {seed}: {kills} kills, {left} of {len(log.lines)} records of the log written after the last;", end=" ")
    print(f"{aborted} records aborted, {sum(committed.values())} committed: {committed}")
    assert differences(found, wanted) == []
    assert found == wanted
    assert aborted > 0, f"none of {kills} kills hit an open transaction with records in it: nothing is shown"
