"""Keeps the recorded submissions and the cluster in step."""

from __future__ import annotations

from collections.abc import Callable

from cjo.settings import Settings
from cjo.stack.client import submit, submitting
from cjo.stack.flink_rest import FlinkRest
from cjo.stack.stack import say
from cjo.stack.submissions import Submission, forget, newest_state, remembered


def forget_ended(settings: Settings) -> None:
    """Drops the records of jobs that have ended by themselves: they are not to be started again."""
    ended = {job.id for job in FlinkRest(settings.flink_url).jobs() if job.ended}
    for submission in remembered(settings):
        if submission.job_id in ended:
            forget(settings, submission.job_id)


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
