"""R7, R2, S4: journeys are published, moved, paused, resumed and stopped in mid-run, with and without another filter.

What comes out is what one replay of the whole log gives under the same control records: no moment, decision or action
is lost, doubled or at another time, whether or not the job was stopped in between.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cjo.errors import StackError
from cjo.stack.topic_admin import register_schemas
from cjo.submission.apply import BY_RECORD, BY_SAVEPOINT, Applied, apply, publication
from cjo.submission.control import recorded
from cjo.submission.halt import halt
from cjo.submission.replace import replace_job
from cjo.submission.running import base_of
from cjo.submission.submit import ORCHESTRATE, describe
from cjo.topics import DECISIONS, MOMENTS, topics_for
from tests.cluster.conftest import replace
from tests.cluster.logs import BEGIN_MS, Line, Log
from tests.cluster.output import differences
from tests.cluster.replayed import Part, expected
from tests.cluster.running import Run
from tests.cluster.test_upgrade import NEW_SIGNAL

pytestmark = [pytest.mark.cluster, pytest.mark.nightly]

DAY_MS = 86_400_000
JOURNEY = "win-back-basket"


def day(number: float) -> int:
    """A time of the log, epoch ms."""
    return BEGIN_MS + round(number * DAY_MS)


class Written:
    """The log in stretches: each is closed with heartbeats, and the job has come to its end before the next."""

    def __init__(self, run: Run, log: Log) -> None:
        self.lines: list[Line] = []
        self._run, self._log = run, log

    def until(self, time_ms: int) -> None:
        """Write what arrives before `time_ms`, and let the job come to it."""
        lines = [line for line in self._log.lines[self._count() :] if line.arrival_ms < time_ms]
        self._write([*lines, *self._log.heartbeats(time_ms)], time_ms)

    def rest(self) -> None:
        self._write(self._log.lines[self._count() :], self._log.end_ms)

    def _count(self) -> int:
        known = {id(line) for line in self.lines}
        return sum(id(line) in known for line in self._log.lines)

    def _write(self, lines: list[Line], end_ms: int) -> None:
        self._log.write(lines)
        self.lines += lines
        self._run.await_time(end_ms)


def published(run: Run, folder: Path, effective_at_ms: int) -> Applied:
    """`cjo apply --yes --effective-at`."""
    done = apply(run.settings, publication(run.settings, folder), effective_at_ms, print)
    run.job_id = done.job
    return done


def test_r7_controls_in_mid_run_give_what_a_replay_under_them_gives(run: Run, workspace: Path) -> None:
    log = run.log(seed=12)
    written = Written(run, log)
    first = run.part([]).plan
    run.submit()
    written.until(day(2))

    change_the_wait(workspace)
    assert published(run, workspace, day(2.5)).how == BY_RECORD
    halt(run.settings, "pause", JOURNEY, day(3))
    halt(run.settings, "resume", JOURNEY, day(4))
    halt(run.settings, "stop", "mortgage-offer", day(4.5))
    written.until(day(3.5))

    (workspace / "help").mkdir()
    (workspace / "help" / "signals.yaml").write_text(NEW_SIGNAL)
    done = published(run, workspace, day(3.7))
    print(f"paused for {done.pause_ms} ms")
    assert done.how == BY_SAVEPOINT
    assert done.pause_ms > 0
    written.rest()
    run.stop()
    found = run.output()

    wanted = expected(run.settings, Part(first, recorded(run.settings), written.lines))
    assert differences(found, wanted) == []
    assert found == wanted
    decided = [record for kept in found[DECISIONS].values() for record in kept]
    assert {"journey_paused", "paused", "journey_stopped", "migrated", "sent"} <= {one["reason"] for one in decided}
    asked = [
        moment["at"] for kept in found[MOMENTS].values() for moment in kept if moment["signal"] == "asked_for_help"
    ]
    assert asked
    assert min(asked) >= day(3.7)


def change_the_wait(workspace: Path) -> None:
    """The wait of one day becomes one of two, also for those who stand at it."""
    file = workspace / JOURNEY / "journey.yaml"
    replace(file, "wait: 1 day", "wait: 2 days")
    with file.open("a") as text:
        text.write("migrate: {steps: {pause: pause}, wakes: recompute}\n")


def test_f1_a_publication_that_fails_leaves_the_old_job_running_from_where_it_was(run: Run, workspace: Path) -> None:
    log = run.log(seed=13, size=6_000)
    written = Written(run, log)
    part = run.part([])
    run.submit()
    written.until(day(3))
    known = recorded(run.settings)

    topics = topics_for(part.plan)
    broken = {**base_of(part.plan, known), "filter": "no such function(`type`)"}
    submission = describe(run.settings, broken, topics, register_schemas(run.settings.registry_url, topics), {})
    with pytest.raises(StackError, match="the old job was resumed from the savepoint") as told:
        replace_job(run.settings, ORCHESTRATE, run.job_id, submission, print)
    run.job_id = str(told.value.message).rpartition("runs as ")[2][:32]

    assert recorded(run.settings) == known
    written.rest()
    run.stop()
    found = run.output()
    wanted = expected(run.settings, Part(part.plan, known, written.lines))
    assert differences(found, wanted) == []
    assert found == wanted
