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

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

SEEDS = range(1, 1 + int(os.environ.get("CJO_KILL_SEEDS", "1")))
TRANSACTIONS = os.environ.get("CJO_KILL_TRANSACTIONS") != "off"
KILLS = 3
KILLS_MAX = 8
CALM_S = (0.5, 4.5)
"""How long the job runs between its recovery and the next kill: from a part of a checkpoint's interval to twice it."""


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_taskmanagers_lose_no_record_and_repeat_none(run: Run, seed: int) -> None:
    log = run.log(seed, customers=3_000, size=40_000)
    wanted = expected(run.settings, run.part(log.lines))
    chance = random.Random(seed)
    pieces = log.slowly(begin=0.3, end=0.95, pieces=600)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit(transactions=TRANSACTIONS)
    log.write(next(pieces))

    kills = hits = 0
    while kills < KILLS or (not hits and kills < KILLS_MAX):
        run.await_checkpoint()
        run.write_for(chance.uniform(*CALM_S), log, pieces)
        hits += run.kill_in_mid_transaction(chance.randint(1, 2), lambda: log.write(next(pieces)))
        kills += 1
    left = len(log.rest)
    found = run.finish(log)

    aborted, committed = run.aborted(), size(found)
    print(
        f"seed {seed}: {kills} kills, {hits} with records in an open transaction, {aborted} records aborted;", end=" "
    )
    print(f"{left} of {len(log.lines)} records of the log came after the last; committed: {committed}")
    assert differences(found, wanted) == []
    assert found == wanted
    assert aborted > 0, f"none of {kills} kills hit an open transaction with records in it: nothing is shown"
