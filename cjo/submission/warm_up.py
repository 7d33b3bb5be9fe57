"""Runs a warm-up: the job that reads the log, and waiting until the orchestrator has what it found (S4)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cjo.client.offsets import committed, stretch
from cjo.engine.warming import WARM, id_of
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.client import flink_cancel
from cjo.stack.flink_rest import TERMINAL, FlinkRest
from cjo.stack.stack import Stack
from cjo.stack.submissions import forget
from cjo.submission.logtime import newest_ms
from cjo.submission.submit import ORCHESTRATE, running_job, start
from cjo.topics import MEMORY, TOUCHPOINTS

WARM_UP = "warm_up_memory"
POLL_S = 0.5
TAKEN_S = 600.0
WATERMARK_S = 20.0
FLINK = {
    "execution.checkpointing.interval": "60s",
    "execution.checkpointing.interval-during-backlog": "60s",  # Flink refuses one that is shorter than the other
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "3",
    "restart-strategy.fixed-delay.delay": "2s",
}
"""A job that ends can begin anew, so it seldom writes down how far it is; one that fails again and again says so."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class WarmedUp:
    """`records` of the log were read for it, `memories` subjects had something to be remembered; wall time."""

    records: int
    memories: int
    duration_ms: int


def warm_up(
    settings: Settings, submission: Mapping[str, Any], group: str, begin_ms: int | None, parallelism: int, tell: Tell
) -> WarmedUp:
    """Read the log from `begin_ms` to where it ends now, and bring what the group remembers of it to the orchestrator.

    `submission` is what the orchestrator would be submitted with. StackError where the job fails, or has no room.
    """
    began = time.monotonic()
    passed_ms = _passed_ms(settings, submission, group)  # before the ends: what has passed is before them
    log, before = stretch(settings, TOUCHPOINTS, begin_ms), _records(settings, MEMORY)
    bounds = {"group": group, "begin_ms": begin_ms, "ends": log.ends, "passed_ms": passed_ms}
    tell(f"warming up: {log.records:,} records of the log are read")
    with _slots(settings, parallelism, tell) as slots:
        options = {**submission["options"], "parallelism": slots, "flink": FLINK}
        job = start(settings, WARM_UP, {**submission, "warm_up": bounds, "options": options}, None)
        try:
            _await_end(settings, job)
        except BaseException:
            flink_cancel(settings, job)
            raise
        forget(settings, job)
    memories = _records(settings, MEMORY) - before
    tell(f"read after {time.monotonic() - began:.1f} s: {memories:,} subjects have something to be remembered")
    await_taken(settings, submission["plan"], MEMORY)
    return WarmedUp(log.records, memories, round((time.monotonic() - began) * 1000))


def await_taken(settings: Settings, plan: Mapping[str, Any], topic: str) -> None:
    """Wait until all that `topic` holds now is in a checkpoint of the orchestrator: no failure can undo it any more.

    Of a partition that has brought it no record it commits nothing, and what retention has deleted does not come.
    """
    there = stretch(settings, topic, None)
    group, deadline = f"cjo-{plan['workspace']['name']}", time.monotonic() + TAKEN_S
    while True:
        done = committed(settings, group, topic)
        missing = sum(
            _missing(end, there.begins.get(number, 0), done.get(number, 0)) for number, end in there.ends.items()
        )
        if not missing:
            return
        if time.monotonic() > deadline:
            raise StackError(
                f"the orchestrator has not taken {missing:,} records of the topic {topic} after {TAKEN_S:.0f} s",
                "does it run and complete its checkpoints? `cjo doctor` and Flink's page say",
            )
        time.sleep(POLL_S)


def _missing(end: int, begin: int, done: int) -> int:
    """How many records of a partition are still to be taken, of those that are there."""
    return max(0, end - max(begin, done))


def _passed_ms(settings: Settings, submission: Mapping[str, Any], group: str) -> int:
    """A time that the orchestrator's watermark has passed, epoch ms; 0 where the group has but signals of customers.

    A job that was just started again tells none at once, and one whose partitions bring nothing new never does: then
    two bounds before the log's newest time, with which the heartbeats of all partitions keep up.
    """
    records = [one for one in submission["control"] if one["kind"] == WARM and id_of(one) == group]
    if not any("subject" in spec for record in records for spec in record["plan"]["signals"]):
        return 0
    job, deadline = running_job(settings, ORCHESTRATE), time.monotonic() + WATERMARK_S
    while job is not None and time.monotonic() < deadline:
        found = FlinkRest(settings.flink_url).watermark_ms(job, ORCHESTRATE)
        if found is not None:
            return found
        time.sleep(POLL_S)
    return newest_ms(settings) - 2 * int(submission["plan"]["workspace"]["bound_ms"])


def _records(settings: Settings, topic: str) -> int:
    return sum(stretch(settings, topic, None).ends.values())


def _await_end(settings: Settings, job: str) -> None:
    rest = FlinkRest(settings.flink_url)
    while (state := str(rest.get(f"/jobs/{job}")["state"])) not in TERMINAL:
        time.sleep(POLL_S)
    if state != "FINISHED":
        raise StackError(f"the job {WARM_UP} is {state}: " + "\n".join(rest.reasons(job)))


@contextmanager
def _slots(settings: Settings, wanted: int, tell: Tell) -> Iterator[int]:
    """How many slots are free for it; on the local stack a TaskManager is started where there are none."""
    free = int(FlinkRest(settings.flink_url).get("/overview")["slots-available"])
    if free:
        yield min(free, wanted)
    elif settings.local_flink:
        with Stack.of(settings, tell).spare_taskmanager():
            yield 1
    else:
        raise StackError(
            "no slot of the cluster is free for the warm-up job",
            "start a TaskManager more (one slot is enough, more are faster) and apply again",
        )
