"""TaskManagers are killed in mid-run, again and again: each record comes out once (F1).

| variable | meaning |
|---|---|
| `CJO_KILL_SEEDS` | how many runs with different kills (default 1) |
| `CJO_KILL_TRANSACTIONS=off` | without transactions: this test must then fail |
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.cluster.logs import Line, Log
from tests.cluster.output import differences, size
from tests.cluster.replayed import expected
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = pytest.mark.cluster

SEEDS = range(1, 1 + int(os.environ.get("CJO_KILL_SEEDS", "1")))
TRANSACTIONS = os.environ.get("CJO_KILL_TRANSACTIONS") != "off"
KILLS = 3
KILLS_MAX = 8
PIECES = 600
PIECE_S = 0.1
CHECKPOINT_S = 2.0


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_taskmanagers_lose_no_record_and_repeat_none(run: Run, seed: int) -> None:
    log = Log(run.settings, run.plan["workspace"]["partitions"], seed)
    wanted = expected(run.settings, (run.plan, log.lines))
    chance = random.Random(seed)
    pieces = iter(log.pieces(PIECES))
    run.stack.up(supervise=True, heartbeats=False)
    run.submit(transactions=TRANSACTIONS)

    kills = aborted = 0
    while kills < KILLS or (not aborted and kills < KILLS_MAX):
        write_for(chance.uniform(1.0, 1.0 + 2 * CHECKPOINT_S), log, pieces)
        run.stack.kill_taskmanager(chance.randint(1, 2))
        kills += 1
        recover(run, log, pieces)
        aborted = run.aborted()
    left = [line for piece in pieces for line in piece]
    log.write(left)
    run.await_time(log.end_ms)
    run.stop()

    found = run.output()
    aborted = run.aborted()
    print(f"seed {seed}: {kills} kills, {len(left)} of {len(log.lines)} records written after the last,", end=" ")
    print(f"{aborted} records aborted, {sum(size(found).values())} committed: {size(found)}")
    assert differences(found, wanted) == []
    assert found == wanted
    assert aborted > 0, f"none of {kills} kills hit an open transaction with records in it: nothing is shown"


def write_for(seconds: float, log: Log, pieces: Iterator[list[Line]]) -> None:
    """Goes on writing the log, slowly, so that the job always has something in its hands."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        log.write(next(pieces, []))
        time.sleep(PIECE_S)


def recover(run: Run, log: Log, pieces: Iterator[list[Line]]) -> None:
    """Waits until the job has a checkpoint from after the kill, writing on."""
    killed_ms = time.time_ns() // 1_000_000
    wait_for(
        "a checkpoint after the kill",
        lambda: run.checkpointed_since(killed_ms),
        meanwhile=lambda: log.write(next(pieces, [])),
    )
