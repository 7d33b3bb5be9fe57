"""A long run under every policy and control records, with random kills of everything: nothing is lost or repeated (F1).

Each fault is chosen at random: a TaskManager in an open transaction, the JobManager, the broker, a restart from a
savepoint. Of the input what comes out is what the simulator decides, record by record.

| variable | meaning |
|---|---|
| `CJO_LONG_MINUTES` | how long the log is written for (default 20) |
| `CJO_LONG_FAULTS` | how many faults (default 15) |
| `CJO_LONG_SEED` | which faults, and which log (default 1) |
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from cjo.stack.flink import JOBMANAGER
from cjo.submission.control import recorded
from cjo.submission.halt import halt
from tests.cluster.logs import BEGIN_MS, Line, Log
from tests.cluster.output import differences, size
from tests.cluster.replayed import Part, expected
from tests.cluster.running import PIECE_S, Run
from tests.cluster.test_equal_decisions import POLICIES

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

MINUTES = float(os.environ.get("CJO_LONG_MINUTES", "20"))
FAULTS = int(os.environ.get("CJO_LONG_FAULTS", "15"))
SEED = int(os.environ.get("CJO_LONG_SEED", "1"))
DAY_MS = 86_400_000
PAUSED = "win-back-basket"
"""The journey that is paused from day 3 to day 4 of the log's week."""


def test_a_long_run_with_random_kills_gives_each_record_once(run: Run) -> None:
    (run.folder / "policies.yaml").write_text(POLICIES)
    log = run.log(SEED, customers=4_000, size=80_000)
    plan = run.part([]).plan
    chance = random.Random(SEED)
    writer = _Writer(log)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit()
    writer.write()  # a control takes effect ahead of the log's newest time, so there must be one
    halt(run.settings, "pause", PAUSED, BEGIN_MS + 3 * DAY_MS)
    halt(run.settings, "resume", PAUSED, BEGIN_MS + 4 * DAY_MS)
    known = recorded(run.settings)

    done: Counter[str] = Counter()
    begin_s, every_s = time.monotonic(), MINUTES * 60 / (FAULTS + 1)
    for number in range(1, FAULTS + 1):
        writer.write_until(begin_s + number * every_s + chance.uniform(-0.3, 0.3) * every_s)
        fault = chance.choices(list(_FAULTS), [one[0] for one in _FAULTS.values()])[0]
        _FAULTS[fault][1](run, chance, writer.write)
        done[fault] += 1
        run.await_checkpoint(meanwhile=writer.write)
    writer.write_until(begin_s + MINUTES * 60)
    left = len(log.rest)
    found = run.finish(log)

    wanted = expected(run.settings, Part(plan, known, log.lines))
    print(f"seed {SEED}: {dict(done)} in {time.monotonic() - begin_s:.0f} s, {run.aborted()} records aborted; ", end="")
    print(f"{left} of {len(log.lines)} records of the log came after the last; committed: {size(found)}")
    assert differences(found, wanted) == []
    assert found == wanted


class _Writer:
    """Writes the log evenly over the time that there is."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._pieces = log.slowly(begin=0.05, end=0.95, pieces=round(MINUTES * 60 / (2 * PIECE_S)))

    def write(self) -> None:
        """One piece."""
        lines: list[Line] = next(self._pieces)
        self._log.write(lines)
        time.sleep(PIECE_S)

    def write_until(self, deadline_s: float) -> None:
        """Pieces until that time of the monotonic clock."""
        while time.monotonic() < deadline_s:
            self.write()


def _taskmanager(run: Run, chance: random.Random, write: Callable[[], None]) -> None:
    run.kill_in_mid_transaction(chance.randint(1, 2), write)


def _jobmanager(run: Run, chance: random.Random, write: Callable[[], None]) -> None:
    assert run.stack.processes.kill(JOBMANAGER)


def _broker(run: Run, chance: random.Random, write: Callable[[], None]) -> None:
    assert run.stack.processes.kill("broker")
    time.sleep(chance.uniform(1, 6))
    run.stack.up(supervise=True, heartbeats=False)


def _savepoint(run: Run, chance: random.Random, write: Callable[[], None]) -> None:
    run.submit(upgrade=True)


_FAULTS: dict[str, tuple[int, Callable[[Run, random.Random, Callable[[], None]], None]]] = {
    "a TaskManager killed": (8, _taskmanager),
    "the JobManager killed": (3, _jobmanager),
    "the broker killed": (2, _broker),
    "restarted from a savepoint": (2, _savepoint),
}
