"""Submitting jobs to a Flink cluster, stopping and listing them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.flink_conf import conf_dir, environment, log_dir, prepare
from cjo.stack.flink_home import flink_home
from cjo.stack.flink_rest import TERMINAL, FlinkRest, Job
from cjo.stack.locks import file_lock
from cjo.stack.process import child_environment
from cjo.stack.submissions import Submission, forget, remember

JOB_ID_OPTION = "$internal.pipeline.job-id"
LINES_OF_A_FAILURE = 40
BEFORE_PYTHON = "PythonEnvUtils"
"""In the trace of a client that failed in Flink's own set-up of Python, before it reached the job: seen once in many
runs, cause unknown. Nothing was submitted then, and the id is chosen here, so the command can be given again."""
STOP_S = 120.0
TAKEN_S = 3.0
"""How long a job may take to be known to the JobManager after its client has ended in the middle."""
POLL_S = 0.2


def flink_run(settings: Settings, module: str, args: Sequence[str], code: Path, savepoint: str | None = None) -> str:
    """Submits the job of Python module `module` with the packages in `code`; returns its id once it is accepted.

    `savepoint` is a savepoint or retained checkpoint to go on from. `code` is a folder that contains packages, or a
    wheel. The submission is remembered, with a copy of the code, so that the supervisor can submit it again after the
    JobManager died. Takes about ten seconds. Raises StackError with Flink's words.
    """
    with submitting(settings):
        submission = remember(settings, Submission(uuid.uuid4().hex, module, tuple(args), str(code), savepoint))
        try:
            submit(settings, submission, savepoint)
        except BaseException:
            _withdraw(settings, submission.job_id)
            raise
    return submission.job_id


def submitting(settings: Settings) -> AbstractContextManager[None]:
    """Held while a job is being submitted: one that is remembered and not yet accepted needs no second submission."""
    return file_lock(settings.run / "submit.lock")


def submit(settings: Settings, submission: Submission, state: str | None, claim: bool = False) -> None:
    """Submits a job under the id that it was remembered with, going on from `state`.

    With `claim` the job owns `state` and may delete it when it no longer needs it. The id is chosen here, so that a
    command that is killed in the middle leaves no job that nobody knows, and none is started twice: the JobManager
    refuses an id that it has.
    """
    if not (conf_dir(settings) / "config.yaml").exists():
        prepare(settings, taskmanagers=1)
    log_dir(settings, "client").mkdir(parents=True, exist_ok=True)
    # Once this line is out the job is accepted, whatever becomes of the client afterwards.
    accepted = f"JobID {submission.job_id}"
    output = _client(settings, submission, state, claim)
    if BEFORE_PYTHON in output and accepted not in output:
        output = _client(settings, submission, state, claim)
    if accepted not in output:
        tail = "\n".join(output.strip().splitlines()[-LINES_OF_A_FAILURE:])
        raise StackError(
            f"{submission.module} was not submitted:\n{tail}", f"Flink's own log is in {log_dir(settings, 'client')}"
        )


def _client(settings: Settings, submission: Submission, state: str | None, claim: bool) -> str:
    """Runs Flink's client once; returns all that it said."""
    answer = subprocess.run(
        [str(word) for word in _command(submission, state, claim)],
        env=child_environment(environment(settings, "client")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return answer.stdout


def _withdraw(settings: Settings, job_id: str) -> None:
    """Forgets a submission that failed or was interrupted; a job that the JobManager has taken from it is cancelled."""
    forget(settings, job_id)
    rest, deadline = FlinkRest(settings.flink_url), time.monotonic() + TAKEN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(StackError):
            rest.get(f"/jobs/{job_id}")
            break
        time.sleep(POLL_S)
    else:
        return
    flink_cancel(settings, job_id)


class Stop:
    """A stop with a savepoint that Flink was asked for: it goes on whether somebody waits for it or not."""

    def __init__(self, settings: Settings, job_id: str, savepoint_dir: Path | None = None) -> None:
        self._settings, self._job_id = settings, job_id
        target = savepoint_dir or settings.savepoints
        self._request = FlinkRest(settings.flink_url).begin_stop(job_id, target.absolute().as_uri())

    def wait(self, timeout_s: float) -> str:
        """The savepoint's URI once the job has ended. Raises what `FlinkRest.stopped` does."""
        location = FlinkRest(self._settings.flink_url).stopped(self._job_id, self._request, timeout_s)
        forget(self._settings, self._job_id)
        return location


def flink_stop(settings: Settings, job_id: str, savepoint_dir: Path | None = None) -> str:
    """Stops the job with a savepoint, everything committed; returns the savepoint's URI to go on from."""
    return Stop(settings, job_id, savepoint_dir).wait(STOP_S)


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


def _command(submission: Submission, state: str | None, claim: bool) -> list[str | Path]:
    start = ["-s", state, *(["-claimMode", "CLAIM"] if claim else [])] if state else []
    python = ["-pyexec", sys.executable, "-pyclientexec", sys.executable, "-pyfs", submission.code]
    job = ["-D", f"{JOB_ID_OPTION}={submission.job_id}"]
    run: list[str | Path] = ["bash", flink_home() / "bin" / "flink", "run", "-d", *job, *start, *python]
    return [*run, "-pym", submission.module, *submission.args]
