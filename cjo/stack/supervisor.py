"""The process that starts again what dies: `python -m cjo.stack.supervisor`, started by `cjo up`.

A standalone JobManager forgets its jobs when it dies, so after its restart every job that should be running is
submitted again from its newest checkpoint. TaskManagers are replaced then as well: theirs may still hold the old job.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cjo.errors import CjoError
from cjo.settings import Settings
from cjo.stack.flink import JOBMANAGER
from cjo.stack.locks import try_lock
from cjo.stack.resume import forget_ended, jobs_to_resume, resume_jobs
from cjo.stack.stack import Stack

LOOK_S = 1.0
FORGET_S = 5.0
BACKOFF_S = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
CALM_S = 120.0


@dataclass
class Backoff:
    """How long to wait before a component that keeps dying is started once more (monotonic seconds)."""

    failures: int = 0
    since: float = 0.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def take(self) -> bool:
        """Whether it may be started now; if so, that is noted. One that was calm for two minutes begins anew."""
        waited = self.clock() - self.since
        if waited > CALM_S:
            self.failures = 0
        if waited < BACKOFF_S[min(self.failures, len(BACKOFF_S) - 1)]:
            return False
        self.failures += 1
        self.since = self.clock()
        return True


class Supervisor:
    """Looks once a second at what should be running."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._backoffs: dict[str, Backoff] = {}
        self._forgot_at = 0.0

    def look(self) -> None:
        """Starts what has died, unless another command is starting or stopping the stack right now."""
        with try_lock(self._settings.run / "lock") as held:
            if held:
                self._replace_dead(Stack.of(self._settings, tell=log))
        if self._settings.local_flink:
            self._look_at_jobs()

    def _replace_dead(self, stack: Stack) -> None:
        dead = [part for part in stack.wanted() if not stack.processes.find(part.name)]
        due = [part for part in dead if self._due(part.name)]
        for part in due:
            log(f"{part.name} is dead")
        if any(part.name == JOBMANAGER for part in due):
            stack.processes.stop(*(part.name for part in stack.taskmanager_components()), timeout_s=2.0)
            due = [part for part in stack.wanted() if not stack.processes.find(part.name)]
        stack.start(due)

    def _look_at_jobs(self) -> None:
        if time.monotonic() - self._forgot_at >= FORGET_S:
            self._forgot_at = time.monotonic()
            forget_ended(self._settings)
            lost = jobs_to_resume(self._settings)
            if lost and self._due("jobs"):
                resume_jobs(self._settings, log)

    def _due(self, name: str) -> bool:
        """Whether `name` may be started now; if so, that is noted."""
        return self._backoffs.setdefault(name, Backoff()).take()


def log(message: str) -> None:
    """One line with the time, in UTC, to the supervisor's log."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), message, flush=True)


def main() -> None:
    """Looks until it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    watch = Supervisor(Settings.load())
    while True:
        time.sleep(LOOK_S)
        try:
            watch.look()
        except CjoError as error:
            log(str(error))


if __name__ == "__main__":
    main()
