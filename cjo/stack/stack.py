"""The local stack as a whole: up, down, status."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.broker import broker
from cjo.stack.component import Component
from cjo.stack.flink import TASKMANAGER, jobmanager, taskmanager
from cjo.stack.locks import file_lock
from cjo.stack.ports import check_ports
from cjo.stack.process import Processes
from cjo.stack.registry import registry
from cjo.stack.workers import heartbeat, supervisor

COMPONENTS = ("broker", "registry", "flink")
READY_S = 180.0
POLL_S = 0.2
LINES_OF_A_FAILURE = 15


@dataclass(frozen=True)
class ComponentStatus:
    """One process of the stack: `state` is `running`, `starting` (lives, does not answer) or `stopped`."""

    name: str
    state: str
    pid: int | None
    address: str
    metrics: str = ""


def say(message: str) -> None:
    """The stack's default way to tell what it does: one line on stderr."""
    print(message, file=sys.stderr)


class Stack:
    """The broker, registry and Flink cluster of one CJO_HOME."""

    def __init__(self, settings: Settings, taskmanagers: int = 2, tell: Callable[[str], None] = say) -> None:
        self.settings = settings
        self.taskmanagers = taskmanagers
        self.processes = Processes(settings)
        self._tell = tell

    @classmethod
    def of(cls, settings: Settings, tell: Callable[[str], None] = say) -> Stack:
        """The stack as it was last brought up, or the default one."""
        return cls(settings, int(_wanted(settings).get("taskmanagers", 2)), tell)

    def up(
        self, components: Sequence[str] = COMPONENTS, supervise: bool = True, heartbeats: bool | None = None
    ) -> None:
        """Starts what does not run yet, and returns when everything answers. Harmless when it already runs.

        `components` are of broker, registry, flink. `supervise` also starts the supervisor, and `heartbeats` (by
        default as `supervise`) the process that moves time in the log. Raises StackError, naming a port that is taken
        or showing the log of what does not come up.
        """
        heartbeats = supervise if heartbeats is None else heartbeats
        with file_lock(self.settings.run / "lock"):
            self.processes.adopt()
            parts = self._parts(components)
            self._write_wanted(components, heartbeats)
            self.start(parts)
            self._stop_surplus()
        workers = [heartbeat(self.settings)] if heartbeats else []
        workers += [supervisor(self.settings)] if supervise else []
        with file_lock(self.settings.run / "lock"):
            self.start(workers)

    def down(self, wipe: bool = False) -> list[str]:
        """Stops everything, supervisor first; returns the names of what ran. Data is kept unless `wipe`."""
        with file_lock(self.settings.run / "lock"):
            self.processes.adopt()
            running = sorted(self.processes.names(), key=_stop_rank)
            for _, names in groupby(running, key=_stop_rank):
                self.processes.stop(*names)
            if wipe:
                for folder in (self.settings.data, self.settings.logs, self.settings.run / "flink"):
                    shutil.rmtree(folder, ignore_errors=True)
        return running

    def status(self) -> list[ComponentStatus]:
        """What was last brought up and what runs, in the order of starting."""
        return [self._status(part) for part in self.components()]

    def components(self) -> list[Component]:
        """What was last brought up, else everything, in the order of starting."""
        parts = self._parts(_wanted(self.settings).get("components", COMPONENTS))
        return [*parts, heartbeat(self.settings), supervisor(self.settings)]

    def wanted(self) -> list[Component]:
        """The components that should be running, supervisor left out."""
        wanted = _wanted(self.settings)
        workers = [heartbeat(self.settings)] if wanted.get("heartbeats") else []
        return [*self._parts(wanted.get("components", ())), *workers]

    def start(self, parts: Iterable[Component]) -> None:
        """Starts those of `parts` that do not live, all at once, and waits until all answer."""
        parts = list(parts)
        missing = [part for part in parts if not self.processes.find(part.name)]
        for part in missing:
            check_ports(self.settings, part)
        launches = [(part, part.launch()) for part in missing]
        for part, launch in launches:
            self._tell(f"starting {part.name}" + (f" at {part.address}" if part.address else ""))
            self.processes.spawn(part.name, launch)
        for part in parts:
            self._await(part)

    def recycle_taskmanagers(self) -> None:
        """Replaces every TaskManager by a new one: only a new one loads changed Python code."""
        with file_lock(self.settings.run / "lock"):
            parts = self.taskmanager_components()
            self.processes.stop(*(part.name for part in parts))
            self.start(parts)

    def kill_taskmanager(self, number: int) -> None:
        """Ends TaskManager `number`, from 1 on, as a crash would."""
        self.processes.kill(f"{TASKMANAGER}{number}")

    def start_taskmanagers(self) -> None:
        """Starts the TaskManagers that do not live."""
        with file_lock(self.settings.run / "lock"):
            self.start(self.taskmanager_components())

    @contextmanager
    def spare_taskmanager(self) -> Iterator[None]:
        """One TaskManager more for as long as it is needed: for a job that ends. Nobody starts it again if it dies."""
        part = taskmanager(self.settings, self.taskmanagers + 1)
        with file_lock(self.settings.run / "lock"):
            self.start([part])
        try:
            yield
        finally:
            self.processes.stop(part.name)

    def taskmanager_components(self) -> list[Component]:
        """The TaskManagers that should be running."""
        return [taskmanager(self.settings, number + 1) for number in range(self.taskmanagers)]

    def _parts(self, components: Iterable[str]) -> list[Component]:
        makers: dict[str, Callable[[], list[Component]]] = {
            "broker": lambda: [broker(self.settings)] if self.settings.local_broker else [],
            "registry": lambda: [registry(self.settings)] if self.settings.local_registry else [],
            "flink": lambda: (
                [jobmanager(self.settings, self.taskmanagers), *self.taskmanager_components()]
                if self.settings.local_flink
                else []
            ),
        }
        return [part for name in components for part in makers[name]()]

    def _write_wanted(self, components: Sequence[str], heartbeats: bool) -> None:
        wanted = _wanted(self.settings)
        together = [name for name in COMPONENTS if name in {*components, *wanted.get("components", ())}]
        (self.settings.run / "stack.json").write_text(
            json.dumps({"components": together, "taskmanagers": self.taskmanagers, "heartbeats": heartbeats})
        )

    def _stop_surplus(self) -> None:
        """Ends the TaskManagers of an earlier `up` with more of them."""
        wanted = {part.name for part in self.taskmanager_components()}
        for name in self.processes.names():
            if name.startswith(TASKMANAGER) and name not in wanted:
                self._tell(f"stopping {name}")
                self.processes.stop(name)

    def _await(self, part: Component) -> None:
        deadline = time.monotonic() + READY_S
        while not part.ready():
            if not self.processes.find(part.name):
                raise StackError(f"{part.name} ended while starting{self._tail(part)}", self._log_hint(part))
            if time.monotonic() > deadline:
                raise StackError(f"{part.name} does not answer after {READY_S:.0f} s", self._log_hint(part))
            time.sleep(POLL_S)

    def _tail(self, part: Component) -> str:
        lines = self.processes.output(part.name).read_text(errors="replace").strip().splitlines()
        return ":\n" + "\n".join(lines[-LINES_OF_A_FAILURE:]) if lines else ""

    def _log_hint(self, part: Component) -> str:
        return f"its logs are in {self.settings.logs}, in {part.name}.out or the folder {part.name}"

    def _status(self, part: Component) -> ComponentStatus:
        process = self.processes.find(part.name)
        if process is None:
            return ComponentStatus(part.name, "stopped", None, part.address, part.metrics)
        try:
            ready = part.ready()
        except StackError:
            ready = False
        return ComponentStatus(part.name, "running" if ready else "starting", process.pid, part.address, part.metrics)


def _wanted(settings: Settings) -> dict[str, Any]:
    try:
        return dict(json.loads((settings.run / "stack.json").read_text()))
    except (OSError, ValueError):
        return {}


def _stop_rank(name: str) -> int:
    """Supervisor first, or it would start again what is stopped; the broker last, or others would wait for it."""
    return {"supervisor": 0, "heartbeat": 1, "broker": 3}.get(name, 2)
