"""One job in place of another: stopped with a savepoint, submitted from there. What cannot go on is put back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cjo.errors import CjoError, StackError
from cjo.settings import Settings
from cjo.stack.client import STOP_S, Stop, flink_cancel, flink_run
from cjo.stack.flink_rest import TERMINAL, FlinkRest, UnfinishedError
from cjo.stack.submissions import Submission, copy_code, remembered
from cjo.submission.logtime import newest_ms
from cjo.submission.submit import start

RUNS_S = 120.0
ENDS_S = 660.0
"""How long a stop is waited for once more: Flink itself gives a savepoint up after ten minutes."""
POLL_S = 0.1
INTERRUPTED = "interrupted"
Tell = Callable[[str], None]


class EndedError(StackError):
    """The job has come to its end, and will not run."""


@dataclass(frozen=True)
class Replaced:
    """`pause_ms`: from the request to stop until every task of the new job was running, wall time.

    `log_ms`: the log's newest time when the old job had stopped, which knew nothing of what is new.
    """

    job: str
    savepoint: str
    pause_ms: int
    log_ms: int


def replace_job(settings: Settings, name: str, job: str, submission: Mapping[str, Any], tell: Tell) -> Replaced:
    """Stop `job` and start `submission` in its place.

    StackError where that fails: the message says what runs now. The old job must have been submitted with these
    settings (CJO_HOME): its submission is what it would be put back with.
    """
    with _kept(settings, job) as old:
        began = time.monotonic()
        tell(f"stopping {name} with a savepoint")
        savepoint = _stopped(settings, job, old, tell)
        tell(f"stopped after {time.monotonic() - began:.1f} s: {savepoint}")
        try:
            log_ms = newest_ms(settings)
            made = _started(settings, name, submission, savepoint)
        except BaseException as error:
            tell("the new job does not run; resuming the old one from the savepoint")
            raise _put_back(settings, old, savepoint, error, tell) from error
        return Replaced(made, savepoint, round((time.monotonic() - began) * 1000), log_ms)


def await_running(settings: Settings, job: str) -> None:
    """Wait until every task of the job runs.

    EndedError with Flink's reason where it ends before; StackError where it takes too long, or Flink is silent.
    """
    rest, deadline = FlinkRest(settings.flink_url), time.monotonic() + RUNS_S
    while True:
        state = rest.get(f"/jobs/{job}")
        if state["state"] == "RUNNING" and all(one["status"] == "RUNNING" for one in state["vertices"]):
            return
        if state["state"] in TERMINAL:
            raise EndedError(f"the job {job} is {state['state']}: " + "\n".join(rest.reasons(job)))
        if time.monotonic() > deadline:
            said = f"the job {job} is {state['state']}, and not all of its tasks run after {RUNS_S:.0f} s"
            raise StackError(f"{said}: " + "\n".join(rest.reasons(job)))
        time.sleep(POLL_S)


def _stopped(settings: Settings, job: str, old: Submission, tell: Tell) -> str:
    """Stop the job; returns the savepoint. Flink goes on where the wait is broken off: what it stops is put back."""
    stop = Stop(settings, job)
    try:
        return stop.wait(STOP_S)
    except BaseException as error:
        if isinstance(error, CjoError) and not isinstance(error, UnfinishedError):
            raise
        tell("the stop has begun, and Flink does not take it back; waiting for its end")
        savepoint = stop.wait(ENDS_S)
        tell(f"the job has stopped; resuming it from {savepoint}")
        raise _put_back(settings, old, savepoint, error, tell) from error


def _started(settings: Settings, name: str, submission: Mapping[str, Any], savepoint: str) -> str:
    job = start(settings, name, submission, savepoint)
    try:
        await_running(settings, job)
    except BaseException:
        flink_cancel(settings, job)
        raise
    return job


def _put_back(settings: Settings, old: Submission, savepoint: str, why: BaseException, tell: Tell) -> BaseException:
    """The old job runs again, or the error says that none does; an interruption stays one."""
    job = None
    try:
        job = flink_run(settings, old.module, old.args, Path(old.code), savepoint)
        await_running(settings, job)
    except (CjoError, KeyboardInterrupt) as error:
        said = str(getattr(error, "message", INTERRUPTED))
        if job is None or isinstance(error, EndedError):
            return _lost(why, savepoint, said)
        return _slow(why, job, savepoint, said)
    runs = f"the old job was resumed from the savepoint and runs as {job}; nothing was published"
    if not isinstance(why, Exception):
        tell(runs)
        return why
    return StackError(
        f"{why}\n{runs}",
        "correct what the message names, and apply again",
    )


def _slow(why: BaseException, job: str, savepoint: str, said: str) -> StackError:
    return StackError(
        f"{_words(why)}\nthe old job was resumed from the savepoint {savepoint} as {job}, and does not run yet: {said}"
        "\nnothing was published",
        "Flink's page says when it runs: a large state takes long; start no other one beside it",
    )


def _lost(why: BaseException, savepoint: str, said: str) -> StackError:
    return StackError(
        f"{_words(why)}\nand the old job could not be resumed: {said}\nno job runs; its state is in {savepoint}",
        f"nothing was published; `cjo submit --from-savepoint {savepoint}` goes on with a workspace that works",
    )


def _words(error: BaseException) -> str:
    return str(error) or INTERRUPTED


@contextmanager
def _kept(settings: Settings, job: str) -> Iterator[Submission]:
    """The submission of the running job with a copy of its code, for Flink's stop forgets both."""
    found = next((one for one in remembered(settings) if one.job_id == job), None)
    if found is None:
        raise StackError(
            f"the job {job} was not submitted from here, so it could not be put back if the new one fails",
            "apply with the CJO_HOME that it was submitted with; nothing was done",
        )
    with tempfile.TemporaryDirectory(prefix="cjo-apply-") as folder:
        yield replace(found, code=str(copy_code(Path(found.code), Path(folder))))
