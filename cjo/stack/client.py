"""Submitting jobs to a Flink cluster, stopping and listing them."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.flink_conf import conf_dir, environment, log_dir, prepare
from cjo.stack.flink_home import flink_home
from cjo.stack.flink_rest import TERMINAL, FlinkRest, Job
from cjo.stack.process import child_environment
from cjo.stack.submissions import Submission, forget, is_own_checkpoint, remember

SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
LINES_OF_A_FAILURE = 40
STOP_S = 120.0


def flink_run(settings: Settings, module: str, args: Sequence[str], wheel: Path, savepoint: str | None = None) -> str:
    """Submits the job of Python module `module` with the code in `wheel`; returns its id once it is accepted.

    `savepoint` is a savepoint or retained checkpoint to go on from. The submission is remembered, so that the
    supervisor resubmits it after the JobManager died. Takes about ten seconds. Raises StackError with Flink's words.
    """
    if not (conf_dir(settings) / "config.yaml").exists():
        prepare(settings, taskmanagers=1)
    log_dir(settings, "client").mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [str(word) for word in _command(settings, module, args, wheel, savepoint)],
        env=child_environment(environment(settings, "client")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found = SUBMITTED.search(answer.stdout)
    if answer.returncode or not found:
        tail = "\n".join(answer.stdout.strip().splitlines()[-LINES_OF_A_FAILURE:])
        raise StackError(f"{module} was not submitted:\n{tail}", f"Flink's own log is in {log_dir(settings, 'client')}")
    remember(settings, Submission(found[1], module, tuple(args), str(wheel), savepoint))
    return found[1]


def flink_stop(settings: Settings, job_id: str, savepoint_dir: Path | None = None) -> str:
    """Stops the job with a savepoint, everything committed; returns the savepoint's URI to go on from."""
    target = savepoint_dir or settings.savepoints
    location = FlinkRest(settings.flink_url).stop(job_id, target.absolute().as_uri(), STOP_S)
    forget(settings, job_id)
    return location


def flink_cancel(settings: Settings, job_id: str) -> None:
    """Cancels the job and waits until it has ended; its newest checkpoint is kept."""
    rest = FlinkRest(settings.flink_url)
    forget(settings, job_id)
    with contextlib.suppress(StackError):  # it may have ended by itself
        rest.cancel(job_id)
    rest.wait(job_id, TERMINAL, STOP_S)


def jobs(settings: Settings) -> list[Job]:
    """Every job that the JobManager remembers, the newest first."""
    return FlinkRest(settings.flink_url).jobs()


def _command(
    settings: Settings, module: str, args: Sequence[str], wheel: Path, savepoint: str | None
) -> list[str | Path]:
    start = ["-s", savepoint] if savepoint else []
    if savepoint and is_own_checkpoint(settings, savepoint):
        start += ["-claimMode", "CLAIM"]
    python = ["-pyexec", sys.executable, "-pyclientexec", sys.executable, "-pyfs", str(wheel), "-pym", module]
    return ["bash", flink_home() / "bin" / "flink", "run", "-d", *start, *python, *args]
