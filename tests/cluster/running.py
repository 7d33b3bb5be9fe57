"""One workspace's job on the stack: submitted as `cjo submit` does it, watched, killed around, stopped, read."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.demo.jobwatch import JobWatch
from cjo.stack import Stack
from cjo.stack.client import flink_stop
from cjo.stack.flink_rest import FlinkRest
from cjo.submission import submit_workspace
from tests.cluster.logs import BEGIN_MS
from tests.cluster.output import Output, aborted, read_output
from tests.cluster.waiting import wait_for


class Run:
    """The job of the workspace in `folder`; parallelism 2."""

    def __init__(self, stack: Stack, folder: Path, live_from_ms: int = BEGIN_MS) -> None:
        self.stack = stack
        self.settings = stack.settings
        self.folder = folder
        self._live_from_ms = live_from_ms
        self.job_id = ""

    @property
    def plan(self) -> dict[str, Any]:
        """The plan that the job runs."""
        plan = compile_workspace(self.folder)
        plan["workspace"]["live_from_ms"] = self._live_from_ms
        return plan

    def submit(self, savepoint: str | None = None, **options: Any) -> None:
        """Submits the workspace as it is now, going on from `savepoint`, and waits until the job runs."""
        job = submit_workspace(
            self.settings, self.folder, live_from_ms=self._live_from_ms, savepoint=savepoint, parallelism=2, **options
        )
        self.job_id = job.id
        self.await_checkpoint()

    def await_checkpoint(self) -> None:
        """Waits for a checkpoint that began after this call: the job runs, and has committed what it wrote before."""
        now_ms = time.time_ns() // 1_000_000
        wait_for("a checkpoint", lambda: self._watch.checkpointed_ms() > now_ms)

    def checkpointed_since(self, time_ms: int) -> bool:
        """Whether a checkpoint that began after `time_ms` (epoch milliseconds) is complete."""
        return self._watch.checkpointed_ms() > time_ms

    def await_time(self, heartbeat_ms: int) -> None:
        """Waits until every deciding subtask has seen the heartbeat of that time in every partition."""
        reached_ms = heartbeat_ms - self.plan["workspace"]["bound_ms"] - 1
        wait_for(f"the watermark {reached_ms}", lambda: (self._watch.watermark_ms() or 0) >= reached_ms)

    def stop(self) -> str:
        """Stops the job with everything committed; returns the savepoint."""
        return flink_stop(self.settings, self.job_id)

    def output(self) -> Output:
        """Everything committed so far."""
        return read_output(self.settings, self.plan)

    def aborted(self) -> int:
        """How many records only a reader of uncommitted ones sees."""
        return aborted(self.settings, self.plan)

    @property
    def _watch(self) -> JobWatch:
        return JobWatch(FlinkRest(self.settings.flink_url), self.job_id)
