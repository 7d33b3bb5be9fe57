"""Watching a job: how many records it has read by when, and when everything that it can decide is committed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

from cjo.demo.jobwatch import JobWatch
from cjo.errors import StackError
from cjo.stack.flink_rest import FlinkRest

_POLL_S = 0.25
_SILENCE_S = 180.0


@dataclass
class Progress:
    """Samples of (seconds since submission, records read), and when the job was seen to have ended.

    `cpu` is the same by the TaskManagers' CPU seconds: it says more than the time on a machine that others use too.
    """

    samples: list[tuple[float, int]] = field(default_factory=list)
    cpu: list[tuple[float, int]] = field(default_factory=list)
    wall_s: float = 0.0


class Watch:
    """One job from its submission on; `started_s` is the monotonic time at which submitting began."""

    def __init__(self, rest: FlinkRest, job_id: str, started_s: float, workers: Sequence[psutil.Process] = ()) -> None:
        self._workers = workers
        self._job_id = job_id
        self._started_s = started_s
        self._job = JobWatch(rest, job_id)
        self.progress = Progress()

    def until_finished(self) -> Progress:
        """Follow a bounded job to its end."""
        return self._follow(self._job.finished)

    def until_committed(self, watermark_ms: int) -> Progress:
        """Follow an endless job until `watermark_ms` is reached and a checkpoint that began later is complete."""
        reached_ms: list[int] = []

        def committed() -> bool:
            self._job.check()
            if not reached_ms:
                now_ms = self._job.watermark_ms()
                if now_ms is None or now_ms < watermark_ms:
                    return False
                reached_ms.append(int(time.time() * 1000))
            return self._job.checkpointed_ms() > reached_ms[0]

        return self._follow(committed)

    def read(self) -> int:
        """How many records of the log the job has read."""
        return self._job.read()

    def _follow(self, is_over: Callable[[], bool]) -> Progress:
        moved_s = time.monotonic()
        while not is_over():
            if self._sample():
                moved_s = time.monotonic()
            elif time.monotonic() - moved_s > _SILENCE_S:
                raise StackError(f"job {self._job_id} has read nothing for {_SILENCE_S:.0f} s", "see Flink's logs")
            time.sleep(_POLL_S)
        self.progress.wall_s = time.monotonic() - self._started_s
        return self.progress

    def _sample(self) -> bool:
        """Note how far it is; True where that is further than before."""
        samples = self.progress.samples
        read = self._job.read()
        if samples and read <= samples[-1][1]:
            return False
        samples.append((time.monotonic() - self._started_s, read))
        self.progress.cpu.append((sum(sum(worker.cpu_times()[:2]) for worker in self._workers), read))
        return True
