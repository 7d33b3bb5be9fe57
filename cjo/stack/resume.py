"""Keeps the recorded submissions and the cluster in step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cjo.errors import StackError
from cjo.settings import Settings
from cjo.stack.client import submit, submitting
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.stack import say
from cjo.stack.submissions import Submission, drop_checkpoints, forget, newest_state, remember, remembered

PARK_S = 60.0


def forget_ended(settings: Settings) -> None:
    """Drops the records of jobs that have ended by themselves: they are not to be started again."""
    ended = {job.id for job in FlinkRest(settings.flink_url).jobs() if job.ended}
    for submission in remembered(settings):
        if submission.job_id in ended:
            forget(settings, submission.job_id)


def park_jobs(settings: Settings, tell: Callable[[str], None] = say) -> None:
    """Stops every running job with a savepoint that its resubmission goes on from.

    A cluster that is merely ended may leave actions that are prepared and not committed, and the broker drops those
    when it is down for longer than their transaction may stay open. A job that cannot be stopped keeps its newest
    checkpoint. The supervisor must not run: it would take a parked job for one that has ended.
    """
    rest = FlinkRest(settings.flink_url)
    running = {job.id for job in rest.jobs() if not job.ended}
    for submission in remembered(settings):
        if submission.job_id in running:
            tell(f"stopping {submission.module} with a savepoint")
            try:
                state = rest.stop(submission.job_id, settings.savepoints.as_uri(), PARK_S)
            except StackError as error:
                tell(f"{submission.module} keeps its newest checkpoint: {error.message.splitlines()[0]}")
            else:
                remember(settings, replace(submission, savepoint=state))
                drop_checkpoints(settings, submission)


def jobs_to_resume(settings: Settings) -> list[Submission]:
    """The jobs that should be running and that the JobManager does not know."""
    known = {job.id for job in FlinkRest(settings.flink_url).jobs()}
    return [submission for submission in remembered(settings) if submission.job_id not in known]


def resume_jobs(settings: Settings, tell: Callable[[str], None] = say) -> list[str]:
    """Submits each job again that should be running and that the JobManager does not know; returns their ids.

    Each keeps its id and goes on from its newest checkpoint, or from what it was started from if it has none yet.
    """
    resumed = []
    with submitting(settings):
        for submission in jobs_to_resume(settings):
            state = newest_state(settings, submission)
            tell(f"resubmitting {submission.module} from {state or 'its beginning'}")
            submit(settings, submission, state, claim=state != submission.savepoint)
            resumed.append(submission.job_id)
    return resumed
