"""A worker whose copy of the job's code is broken gets it anew, however long the job has been failing.

Flink copies the code once for a job and a worker, and clears it five seconds after the job's last task there is gone. A
copy that the clearing cuts off leaves files, and over those no new copy is made (docs/flink.md).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.stack.flink_rest import FlinkRest
from cjo.submission.code import NAME
from tests.cluster.raw import BEGIN_MS, abandoned_basket, write
from tests.cluster.running import Run
from tests.cluster.waiting import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

FAILURES_TO_LONGEST_WAIT = 7


def test_a_half_copied_folder_of_code_does_not_stop_the_job_for_good(run: Run) -> None:
    rest = FlinkRest(run.settings.flink_url)
    make, newer = run.submit_and_lose_registry()
    write(run.settings, [make.good(each, newer) for each in abandoned_basket("c", BEGIN_MS)])
    wait_for("the longest wait between attempts", lambda: failures(rest, run) >= FAILURES_TO_LONGEST_WAIT)

    run.stack.kill_taskmanager(1)
    before = caches(run)
    run.stack.start_taskmanagers()
    wait_for("the new worker", lambda: caches(run) - before)
    (cache,) = caches(run) - before
    left = cache / run.job_id / NAME / "cjo" / "errors.py"
    left.parent.mkdir(parents=True)
    left.write_text("")
    run.stack.up(supervise=False)

    wait_for("the failed copy", lambda: "FileAlreadyExistsException" in rest.exceptions(run.job_id))
    run.await_checkpoint()


def failures(rest: FlinkRest, run: Run) -> int:
    """How often the job has failed, as far as Flink keeps it."""
    history = rest.get(f"/jobs/{run.job_id}/exceptions?maxExceptions=20")["exceptionHistory"]["entries"]
    return len(history)


def caches(run: Run) -> set[Path]:
    """Where the processes of the first TaskManager keep the code of jobs; only the last one of them lives."""
    return set((run.settings.run / "flink" / "tmp").glob("taskmanager-1/flink-dist-cache-*"))
