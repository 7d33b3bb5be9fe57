"""Detached processes of the local stack: started, found again by other commands, and stopped.

Each has a record in CJO_HOME/run: name, process id and start time, so that a number that the operating system has
given to somebody else is never mistaken for it. Each also carries its name in its environment, so that one whose
record was lost is found again.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cjo.settings import Settings

MARK = "CJO_PROCESS"
START_TIME_TOLERANCE_S = 2.0
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Launch:
    """A command with the variables it needs beyond those of this process, and the folder it runs in."""

    command: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


class Processes:
    """The detached processes of one stack, by name."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.run
        self._logs = settings.logs

    def find(self, name: str) -> psutil.Process | None:
        """The living process `name`, or None. A stale record is removed."""
        _reap()
        record = self._record(name)
        try:
            pid, started = json.loads(record.read_text())
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < START_TIME_TOLERANCE_S and _lives(process):
                return process
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, psutil.Error):
            pass
        record.unlink(missing_ok=True)
        return None

    def names(self) -> list[str]:
        """Names of the living processes, sorted."""
        return sorted(name for path in self._folder.glob("*.pid") if self.find(name := path.stem))

    def spawn(self, name: str, launch: Launch) -> psutil.Process:
        """Starts a detached process whose output goes to the log `name`.out."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.output(name).open("wb") as log:
            child = subprocess.Popen(
                [str(word) for word in launch.command],
                env=child_environment({**launch.env, MARK: self._mark(name)}),
                cwd=launch.cwd or self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _children.append(child)
        process = psutil.Process(child.pid)
        self._remember(name, process)
        return process

    def stop(self, *names: str, timeout_s: float = 20.0) -> None:
        """Ends these processes and their children, all at once, by force after `timeout_s`."""
        leaders = [process for name in names if (process := self.find(name))]
        family = [member for leader in leaders for member in _family(leader)]
        for leader in leaders:
            with contextlib.suppress(psutil.Error):
                leader.terminate()
        _, left = psutil.wait_procs(family, timeout=timeout_s)
        for member in left:
            with contextlib.suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(left, timeout=timeout_s)
        for name in names:
            self._record(name).unlink(missing_ok=True)
        _reap()

    def kill(self, name: str) -> bool:
        """Ends the process at once, as a crash would (SIGKILL). Returns whether it was alive."""
        process = self.find(name)
        if process is None:
            return False
        process.kill()
        psutil.wait_procs([process], timeout=20.0)
        _reap()
        return True

    def adopt(self) -> None:
        """Finds the processes of this stack whose record was lost, and writes it; a second one of a name is killed."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                mark = process.environ().get(MARK, "")
                name, _, home = mark.partition("@")
                if home == str(self._folder) and process.pid != os.getpid() and _leads(process):
                    self._adopt(name, process)

    def output(self, name: str) -> Path:
        """The file with what the process prints."""
        return self._logs / f"{name}.out"

    def _adopt(self, name: str, process: psutil.Process) -> None:
        known = self.find(name)
        if known is None:
            self._remember(name, process)
        elif known.pid != process.pid:
            process.kill()

    def _remember(self, name: str, process: psutil.Process) -> None:
        record = self._record(name)
        part = record.with_suffix(".part")
        part.write_text(json.dumps([process.pid, process.create_time()]))
        part.replace(record)

    def _record(self, name: str) -> Path:
        return self._folder / f"{name}.pid"

    def _mark(self, name: str) -> str:
        return f"{name}@{self._folder}"


def child_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's variables with `more`, and without those that would change what a Java child does."""
    unwanted = {"CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JVM_ARGS", MARK}
    kept = {key: value for key, value in os.environ.items() if key not in unwanted and not key.startswith("FLINK_")}
    return {**kept, **more}


def _leads(process: psutil.Process) -> bool:
    """Whether the process was spawned as one of ours: a child of it inherits the mark, but not the session."""
    return os.getsid(process.pid) == process.pid


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _family(leader: psutil.Process) -> list[psutil.Process]:
    """The process and its descendants, without those that the supervisor spawned: they lead sessions of their own."""
    members = [leader]
    with contextlib.suppress(psutil.Error, OSError):
        members += [child for child in leader.children(recursive=True) if os.getsid(child.pid) == leader.pid]
    return members


def _reap() -> None:
    """Collects the children of this process that have ended, or they would stay as zombies."""
    _children[:] = [child for child in _children if child.poll() is None]
