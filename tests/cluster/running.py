"""One workspace's job on the stack: submitted as `cjo submit` does it, watched, killed around, stopped, read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cjo.avro.codec import Writer
from cjo.compile import compile_workspace
from cjo.demo.jobwatch import JobWatch
from cjo.errors import CjoError
from cjo.stack import Stack
from cjo.stack.client import flink_stop
from cjo.stack.flink_rest import FlinkRest
from cjo.submission import submit_workspace
from cjo.submission.control import numbered, recorded
from cjo.topics import DECISIONS
from tests.cluster.logs import BEGIN_MS, Line, Log
from tests.cluster.output import Output, Uncommitted, aborted, read_output
from tests.cluster.raw import Maker, write
from tests.cluster.replayed import Part
from tests.cluster.waiting import wait_for

PARALLELISM = 2
PIECE_S = 0.1
AGAIN_S = 20.0
OPEN_S = 20.0


class Run:
    """The job of the workspace in `folder`; parallelism 2."""

    def __init__(self, stack: Stack, folder: Path, live_from_ms: int = BEGIN_MS) -> None:
        self.stack = stack
        self.settings = stack.settings
        self.folder = folder
        self._live_from_ms = live_from_ms
        self.job_id = ""

    @property
    def partitions(self) -> int:
        """Of the log."""
        return int(self.part([]).plan["workspace"]["partitions"])

    def log(self, seed: int, **size: int) -> Log:
        """A log for this broker, nothing of it written yet."""
        return Log(self.settings, self.partitions, seed, **size)

    def part(self, lines: Sequence[Line]) -> Part:
        """What the job does with `lines` under the workspace as it is now."""
        known = recorded(self.settings)
        plan, _ = numbered(compile_workspace(self.folder), known)
        plan["workspace"]["live_from_ms"] = self._live_from_ms
        return Part(plan, known, lines)

    def submit(self, **options: Any) -> None:
        """Submits the workspace as it is now, and waits until the job runs."""
        options = {"parallelism": PARALLELISM, "live_from_ms": self._live_from_ms, **options}
        job = submit_workspace(self.settings, self.folder, **options)
        self.job_id = job.id
        self.await_checkpoint()

    def submit_and_lose_registry(self) -> tuple[Maker, Writer]:
        """The job runs, its registry is gone, and a record of the writer, whose schema is new to it, makes it ask."""
        make = Maker(self.settings)
        self.submit()
        newer = make.newer_writer()
        self.stack.processes.stop("registry")
        return make, newer

    def write_for(self, seconds: float, log: Log, pieces: Iterator[list[Line]]) -> None:
        """Goes on writing the log, slowly, so that the job always has something in its hands."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            log.write(next(pieces))
            time.sleep(PIECE_S)

    def kill_in_mid_transaction(self, number: int, meanwhile: Callable[[], None]) -> bool:
        """Kills a TaskManager while a transaction is open that has records in it; whether there was one."""
        deadline = time.monotonic() + OPEN_S
        with Uncommitted(self.settings, DECISIONS) as uncommitted:
            while not uncommitted.count() and time.monotonic() < deadline:
                meanwhile()
            hit = uncommitted.count() > 0
            self.stack.kill_taskmanager(number)
        return hit

    def await_checkpoint(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Waits for a checkpoint that began after this call: the job runs, and has committed what it wrote before."""
        now_ms = time.time_ns() // 1_000_000
        wait_for("a checkpoint", lambda: self._watch.checkpointed_ms() > now_ms, meanwhile)

    def finish(self, log: Log) -> Output:
        """Writes the rest of the log, lets the job come to its end, stops it; returns what it has committed."""
        log.write(log.rest)
        self.await_time(log.end_ms)
        self.stop()
        return self.output()

    def await_time(self, heartbeat_ms: int) -> None:
        """Waits until every deciding subtask has seen the heartbeat of that time in every partition.

        A job that is restored from behind the last record knows no time, whatever made it start again: where it takes
        long the heartbeats come again, as they do without end from a shop that is open.
        """
        reached_ms = heartbeat_ms - self.part([]).plan["workspace"]["bound_ms"] - 1
        again_s = time.monotonic() + AGAIN_S

        def beat() -> None:
            nonlocal again_s
            if time.monotonic() > again_s:
                write(self.settings, Maker(self.settings).heartbeats(heartbeat_ms, self.partitions))
                again_s = time.monotonic() + AGAIN_S

        wait_for(
            f"the watermark {reached_ms}",
            lambda: (self._watch.watermark_ms() or 0) >= reached_ms,
            beat,
            self._told,
        )

    def stop(self) -> str:
        """Stops the job with everything committed; returns the savepoint."""
        return flink_stop(self.settings, self.job_id)

    def output(self) -> Output:
        """Everything committed so far."""
        return read_output(self.settings, self.part([]).plan)

    def aborted(self) -> int:
        """How many records only a reader of uncommitted ones sees."""
        return aborted(self.settings, self.part([]).plan)

    def _told(self) -> str:
        """How the job is, for somebody who waited for it in vain."""
        rest = FlinkRest(self.settings.flink_url)
        try:
            states = [
                f"{vertex['name'][:30]} {vertex['status']}" for vertex in rest.get(f"/jobs/{self.job_id}")["vertices"]
            ]
            return (
                f"\n{len(rest.taskmanagers())} TaskManagers; {'; '.join(states)}\n{rest.exceptions(self.job_id)[:3000]}"
            )
        except CjoError as error:
            return f"\n{error}"

    @property
    def _watch(self) -> JobWatch:
        return JobWatch(FlinkRest(self.settings.flink_url), self.job_id)
