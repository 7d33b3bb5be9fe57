"""Publishing a workspace to the job that runs: by control records where its filter lets through what is asked for, else
by stopping it with a savepoint and going on from there. A publication that fails leaves things as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.compile.filter import filter_sql
from cjo.engine.ids import MILLION
from cjo.errors import CjoError, SpecError, StackError
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission import control
from cjo.submission.changes import Changes, changes
from cjo.submission.logtime import effective_at, newest_ms
from cjo.submission.replace import Replaced, replace_job
from cjo.submission.running import (
    Running,
    acting,
    base_of,
    columns_in_use,
    needs_in_use,
    running,
    submission_record,
)
from cjo.submission.submit import ORCHESTRATE, describe, running_job
from cjo.topics import topics_for

BY_RECORD, BY_SAVEPOINT, NOTHING = "control record", "savepoint", "nothing"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Publication:
    """What is to be published, and all that was looked at. `job` is the running one."""

    plan: dict[str, Any]
    known: list[control.Record]
    running: Running
    changes: Changes
    shares: dict[str, int]
    log_ms: int
    job: str | None


@dataclass(frozen=True)
class Applied:
    """What was done.

    `effective_at_ms`: None where only settings have changed, which hold since the job started. `pause_ms`: how long
    nothing was decided, wall time. `is_late`: the log came to effective_at before the records were written, so workers
    may have taken them up at different touchpoints.
    """

    how: str
    job: str
    effective_at_ms: int | None = None
    pause_ms: int = 0
    savepoint: str | None = None
    is_late: bool = False


def publication(settings: Settings, folder: Path, share: int | None = None) -> Publication:
    """Compare the workspace in `folder` with what runs; changes nothing.

    `share`: only so many of a million customers enter what is new. Raises SpecErrors, StackError.
    """
    plan = compile_workspace(folder)
    known = control.recorded(settings)
    now = running(known, plan["workspace"]["name"])
    shares = _shares(plan, now, share)
    found = changes(plan, now, shares)
    return Publication(plan, known, now, found, shares, newest_ms(settings), running_job(settings, ORCHESTRATE))


def apply(settings: Settings, wanted: Publication, effective_at_ms: int | None, tell: Tell) -> Applied:
    """Publish. `tell` is told each step.

    Raises SpecError, UsageError, StackError; then things are as they were, or the error says how they are.
    """
    if wanted.changes.problems:
        raise SpecError("\n".join(wanted.changes.problems), "correct `migrate` in the journey's file; nothing was done")
    if wanted.job is None:
        raise StackError(f"the job {ORCHESTRATE} is not running", "`cjo submit` starts it with this workspace")
    if wanted.changes.is_empty:
        return Applied(NOTHING, wanted.job)
    at_ms = effective_at(wanted.plan, wanted.log_ms, effective_at_ms)
    plan, records = control.numbered(wanted.plan, wanted.known, at_ms, wanted.shares)
    if wanted.changes.by_record:
        _publish(settings, records)
        return Applied(BY_RECORD, wanted.job, at_ms, is_late=newest_ms(settings) >= at_ms)
    replaced = _resubmit(settings, wanted, plan, records, tell)
    return Applied(BY_SAVEPOINT, replaced.job, at_ms if records else None, replaced.pause_ms, replaced.savepoint)


def _resubmit(
    settings: Settings, wanted: Publication, plan: dict[str, Any], records: list[control.Record], tell: Tell
) -> Replaced:
    """The job goes on with what holds now and the records of what is new, so that it changes at effective_at."""
    topics = topics_for(plan)
    with _untouched(tell):
        make_topics(settings.broker, topics)
        schema_ids = register_schemas(settings.registry_url, topics)
    first_ms, _ = control.live_from(plan, wanted.known, wanted.log_ms)
    before = wanted.running.submission or {}
    plan["workspace"]["live_from_ms"] = (before.get("workspace") or {}).get("live_from_ms", first_ms)
    needs = needs_in_use(plan, wanted.known, wanted.log_ms)
    columns = columns_in_use(plan, wanted.known)
    started = {**base_of(plan, wanted.known), "filter": filter_sql(needs), "columns": columns}
    options = before.get("options") or {}
    submission = {
        **describe(settings, started, topics, schema_ids, options),
        "control": [*acting(wanted.known), *records],
    }
    assert wanted.job is not None  # checked by `apply`
    replaced = replace_job(settings, ORCHESTRATE, wanted.job, submission, tell)
    mark = submission_record({**plan, "columns": columns}, wanted.known, replaced.job, options, needs)
    try:
        _publish(settings, [*records, mark])
    except CjoError as error:
        raise StackError(
            f"the new job runs as {replaced.job}, but the topic control could not be told: {error.message}",
            "apply again: what the topic does not know is written then, and changes nothing in the job",
        ) from error
    return replaced


def _publish(settings: Settings, records: list[control.Record]) -> None:
    """Write the records. StackError where somebody else has published the same revisions meanwhile."""
    control.publish(settings, records)
    control.newest_of(control.recorded(settings))


@contextmanager
def _untouched(tell: Tell) -> Iterator[None]:
    try:
        yield
    except CjoError:
        tell("nothing was done: the running job goes on as it was")
        raise


def _shares(plan: Mapping[str, Any], now: Running, share: int | None) -> dict[str, int]:
    """The journeys that only a share enters: those that are new or changed, or that a share has entered so far."""
    if share is None or share >= MILLION:
        return {}
    return {
        spec["name"]: share
        for spec in plan["journeys"]
        if (known := now.specs.get(f"journey/{spec['name']}")) is None
        or known["version"] != spec["version"]
        or f"journey/{spec['name']}" in now.shares
    }
