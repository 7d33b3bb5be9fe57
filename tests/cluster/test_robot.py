"""A customer with very many touchpoints, on the real cluster, a TaskManager killed meanwhile (F1, F4, T1).

Their state is held in Python between checkpoints (udfs/held.py): what is lost with the TaskManager is made again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from cjo.client.partition import partition_of
from cjo.topics import MOMENTS
from tests.cluster.conftest import replace
from tests.cluster.logs import BEGIN_MS, Line, Log
from tests.cluster.metrics import OWN, scrape, total
from tests.cluster.output import differences
from tests.cluster.raw import touchpoint
from tests.cluster.replayed import expected
from tests.cluster.running import Run

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

ROBOT, TOUCHPOINTS, PER_DAY = "robot-1", 3_000, 1_000
HOUR_MS = 3_600_000
KILLS = 1
SAYS = f"busy_subjects: subject '{ROBOT}' has had more than {PER_DAY:,} touchpoints on one day"


def robot(log: Log, partitions: int) -> Iterator[Line]:
    """A new basket or form with each touchpoint, 10 a second, among them repeats and disorder."""
    chance = random.Random(1)
    begin_ms = BEGIN_MS + 26 * HOUR_MS
    for number in range(TOUCHPOINTS):
        at_ms = begin_ms + number * 100
        kind, fields = (
            ("product_added", {"basket_id": f"b{number}", "product_id": f"p{number % 50}", "amount": "5.00"}),
            ("form_step_completed", {"attributes": {"form": "loan", "form_id": f"f{number}", "step": "1"}}),
            ("page_viewed", {"attributes": {"topic": "mortgage", "page": "/rates"}}),
        )[number % 3]
        number -= chance.choice([0] * 20 + [3])
        made = touchpoint(f"robot-{number}", kind, at_ms - chance.randrange(3_000), customer_id=ROBOT, **fields)
        value = log._write(made)
        yield Line(at_ms, partition_of(ROBOT, partitions), at_ms, ROBOT.encode(), value, log._read(value))


def test_f4_a_robot_is_decided_exactly_and_named_and_changes_nothing_for_others(run: Run) -> None:
    replace(run.folder / "workspace.yaml", "limits:\n", f"limits:\n  touchpoints_per_day: {PER_DAY}\n")
    log = run.log(2, customers=300, size=3_000)
    log.lines = sorted([*log.lines, *robot(log, run.partitions)], key=lambda line: line.arrival_ms)
    wanted = expected(run.settings, run.part(log.lines))
    pieces = log.slowly(begin=0.1, end=0.9, pieces=80)
    run.stack.up(supervise=True, heartbeats=False)
    run.submit()
    for _ in range(KILLS):
        run.write_for(3, log, pieces)
        run.await_checkpoint(lambda: log.write(next(pieces)))
        run.kill_in_mid_transaction(1, lambda: log.write(next(pieces)))
        run.await_checkpoint()
    log.write(log.rest)
    run.await_time(log.end_ms)
    run.await_checkpoint()
    told = scrape(run.stack)
    run.stop()
    found = run.output()

    assert differences(found, wanted) == []
    assert found == wanted
    assert len(wanted[MOMENTS][ROBOT]) > 100
    logs = [file.read_text(encoding="utf-8") for file in run.settings.logs.glob("*taskmanager*/*.log")]
    assert any(SAYS in text for text in logs), "nobody has named the robot"
    assert total(told, f"{OWN}limit_exceeded", limit="marks_forgotten") >= 0
    assert total(told, f"{OWN}signal_state_keys_count", signal="basket_abandoned") > 0
