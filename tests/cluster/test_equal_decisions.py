"""A log through Flink and the same log through the engine alone give the same records (T1, T2, S3, D3).

The log is the demo's world in small: four partitions, ties, disorder within the bound, repeats, wrong clocks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice

import pytest

from cjo.topics import DECISIONS
from tests.cluster.logs import Line, Log
from tests.cluster.output import Output, differences, size
from tests.cluster.replayed import expected, simulated
from tests.cluster.running import PIECE_S, Run

pytestmark = pytest.mark.cluster

PIECES = 60
"""Before the restore, and as many after it: each part takes several checkpoints."""
POLICIES = """
caps:
  one-a-week: {at_most: 1, per: 7 days, purposes: marketing}
  two-a-day: {at_most: 2, per: day}
quiet_hours:
  nights: {from: "21:00", to: "08:00", channels: [push, sms, call]}
send_windows:
  office: {from: "09:00", to: "17:30", days: weekday, channels: call}
arbitration:
  offers: {purposes: [marketing, advice], hold: 20 minutes, spacing: 1 day}
hold_outs:
  everyone: {share: 10%}
"""
REASONS = {"cap_reached", "send_window", "expired", "arbitration", "arbitration_blocked", "held_out"}
"""What these policies say of the log of seed 2."""


def test_a_log_that_is_there_already_gives_what_the_simulator_and_the_replay_give(run: Run) -> None:
    log = run.log(seed=1)
    wanted = everywhere_equal(run, log)
    log.write(log.lines[: -run.partitions])
    run.submit()

    log.write(log.lines[-run.partitions :])
    run.await_time(log.end_ms)
    run.stop()
    found = run.output()

    assert differences(found, wanted) == []
    assert found == wanted


def test_a_log_that_comes_slowly_with_a_restore_in_its_middle_gives_the_same(run: Run) -> None:
    """Under every policy (D2, D4, D7, D8, T5)."""
    (run.folder / "policies.yaml").write_text(POLICIES)
    log = run.log(seed=2, customers=1_000, size=13_000)
    wanted = everywhere_equal(run, log)
    pieces = log.slowly(end=0.9, pieces=2 * PIECES)
    run.submit()
    throttled(log, islice(pieces, PIECES))

    run.submit(upgrade=True)
    throttled(log, islice(pieces, PIECES))
    found = run.finish(log)

    assert differences(found, wanted) == []
    assert found == wanted
    assert {one["reason"] for kept in found[DECISIONS].values() for one in kept} >= REASONS


def throttled(log: Log, pieces: Iterable[list[Line]]) -> None:
    """Writes slower than the job reads."""
    for piece in pieces:
        log.write(piece)
        time.sleep(PIECE_S)


def everywhere_equal(run: Run, log: Log) -> Output:
    """What must come out of the log; the replay, with state as bytes, and the simulator say the same of it."""
    part = run.part(log.lines)
    assert part.plan["workspace"]["partitions"] == 4
    wanted = expected(run.settings, part)
    assert simulated(run.settings, part) == wanted
    assert sum(size(wanted).values()) > 1_000, size(wanted)
    return wanted
