"""Compile, make topics and schemas, publish to the control topic, hand the job to Flink."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.compile import compile_workspace
from cjo.engine.warming import whole
from cjo.errors import StackError, UsageError
from cjo.security import Options, options_of
from cjo.security.registry import for_flink, without_login
from cjo.settings import Settings
from cjo.stack.client import flink_run, flink_stop, jobs
from cjo.stack.submissions import remembered
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission import control
from cjo.submission.broken_off import telling
from cjo.submission.changes import of_another
from cjo.submission.code import pack_code
from cjo.submission.logtime import newest_ms
from cjo.submission.running import acting, as_it_runs, base_of, running, submission_record
from cjo.submission.warming import unfinished, withdrawal
from cjo.topics import Topic, topics_for

ORCHESTRATE = "orchestrate_journeys"
COLLECT = "collect_touchpoints"
BEGINS_ANEW = "`cjo submit` begins anew, and decides everything once more"
OUTAGE_MS = 3_600_000
"""The longest outage that loses no actions: an open transaction is aborted by the broker after this time."""


@dataclass(frozen=True)
class Job:
    """A submitted job. `live_from_ms`: touchpoints before it fill memory and open no run (R9)."""

    id: str
    name: str
    live_from_ms: int | None = None
    savepoint: str | None = None


def submit_workspace(
    settings: Settings,
    folder: Path,
    *,
    live_from_ms: int | None = None,
    savepoint: str | None = None,
    parallelism: int | None = None,
    outage_ms: int = OUTAGE_MS,
    upgrade: bool = False,
    transactions: bool = True,
    flink: Mapping[str, str] | None = None,
) -> Job:
    """Compile the workspace in `folder` and start its job; returns it once Flink has accepted it.

    With `upgrade` the running job is stopped with a savepoint first, and the new one goes on from there; where none
    runs that is an error, unless `savepoint` says what to go on from. Without it a running one is an error, for two
    would decide everything twice. What goes on from a savepoint changes at once with what is new in the files, and
    leaves what was published for later to its time (R7). Without `transactions` every record may come again
    after a failure: that is for showing what they are for. `flink` are settings of Flink for this job alone. Raises
    SpecErrors, StackError, RegistryError.
    """
    plan = compile_workspace(folder)
    if parallelism is not None and not 1 <= parallelism <= plan["workspace"]["partitions"]:
        raise UsageError(
            f"parallelism {parallelism} does not fit a log of {plan['workspace']['partitions']} partitions",
            "a reader without a partition would hold back the time of all: choose at most that many",
        )
    known = control.recorded(settings)
    old = _to_stop(settings, upgrade, savepoint)
    if old and (said := of_another(plan, running(known, plan["workspace"]["name"], old))):
        raise UsageError(said, "nothing was done")
    topics = topics_for(plan)
    make_topics(settings.broker, topics)
    schema_ids = register_schemas(settings.registry_url, topics)
    withdrawn = [withdrawal(record) for record in unfinished(known)]
    goes_on = upgrade or savepoint is not None
    plan, records = control.numbered(plan, known)
    plan["workspace"]["live_from_ms"], marks = _live_from(plan, known, live_from_ms, goes_on)
    options: dict[str, Any] = {
        "parallelism": parallelism,
        "transaction_timeout_ms": outage_ms,
        "transactions": transactions,
    }
    options |= {"flink": dict(flink)} if flink else {}
    plan, needs = as_it_runs(plan, known, newest_ms(settings))
    begins = _as_in_files(base_of(plan, [*known, *records]), plan) if goes_on else plan
    submission = describe(settings, begins, topics, schema_ids, options)
    beside = acting([*known, *withdrawn, *records])
    submission["control"] = beside if goes_on else [whole(record) for record in beside]
    if old:
        savepoint = stop(settings, ORCHESTRATE, old)
    lost = f"no job runs; `cjo submit --from-savepoint {savepoint}` goes on from where it was" if old else None
    with telling(lambda: lost, _to_stderr):
        control.publish(settings, [*withdrawn, *marks, *records])
        job_id = start(settings, ORCHESTRATE, submission, savepoint)
    untold = (
        f"the job runs as {job_id}, of which the topic control was not told; nothing has to be done: the next "
        "`cjo apply` stops it with a savepoint, whatever it changes, and tells"
    )
    with telling(lambda: untold, _to_stderr):
        control.publish(settings, [submission_record(plan, known, job_id, options, needs)])
    return Job(job_id, ORCHESTRATE, plan["workspace"]["live_from_ms"], savepoint)


def _as_in_files(base: dict[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with signals and journeys in the order of `plan`, in which signals read a touchpoint."""
    ordered = {}
    for _, place in control.PLACES:
        left = {spec["name"]: spec for spec in base[place]}
        first = [left.pop(spec["name"]) for spec in plan[place] if spec["name"] in left]
        ordered[place] = [*first, *left.values()]
    return {**base, **ordered}


def _live_from(
    plan: Mapping[str, Any], known: Sequence[control.Record], asked_ms: int | None, goes_on: bool
) -> tuple[int, list[control.Record]]:
    """(from when on the job is live, the record of the first submission): what goes on keeps it unless asked (R9)."""
    first_ms, marks = control.live_from(plan, known, int(time.time() * 1000) if asked_ms is None else asked_ms)
    if asked_ms is not None:
        return asked_ms, marks
    before = running(known, plan["workspace"]["name"]).submission if goes_on else None
    kept_ms = None if before is None else before["workspace"].get("live_from_ms")
    return first_ms if kept_ms is None else int(kept_ms), marks


def _to_stop(settings: Settings, upgrade: bool, savepoint: str | None) -> str | None:
    """The job that an upgrade stops; None where there is none to stop. Raises UsageError, StackError."""
    _refuse_lost(settings, ORCHESTRATE)
    if not upgrade:
        refuse_running(settings, ORCHESTRATE)
        return None
    job = running_job(settings, ORCHESTRATE)
    if job is None and savepoint is None:
        raise StackError(
            f"the job {ORCHESTRATE} is not running, so there is no savepoint that an upgrade could go on from",
            f"`cjo submit --from-savepoint PATH` goes on from where a job was (look under {settings.savepoints} and "
            f"{settings.checkpoints}); {BEGINS_ANEW}",
        )
    return job


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


def submit_collect(
    settings: Settings,
    folder: Path,
    sources: Sequence[str],
    *,
    savepoint: str | None = None,
    outage_ms: int = OUTAGE_MS,
) -> Job:
    """Start the job that copies the channel topics `sources` into the log."""
    plan = compile_workspace(folder)
    topics = topics_for(plan)
    make_topics(settings.broker, topics)
    schema_ids = register_schemas(settings.registry_url, topics)
    refuse_running(settings, COLLECT)
    options = {"sources": list(sources), "transaction_timeout_ms": outage_ms}
    submission = describe(settings, plan, topics, schema_ids, options)
    return Job(start(settings, COLLECT, submission, savepoint), COLLECT, savepoint=savepoint)


def describe(
    settings: Settings,
    plan: Mapping[str, Any],
    topics: Sequence[Topic],
    schema_ids: Mapping[str, int],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The submission: all that a job and its workers know, so that they read no other file."""
    contracts = {topic.schema: load_schema(topic.schema) for topic in topics if topic.schema}
    return {
        "plan": plan,
        "broker": settings.broker,
        "registry_url": without_login(settings.registry_url),
        **_logins(settings),
        "schema_ids": dict(schema_ids),
        "contracts": contracts,
        "options": {name: value for name, value in options.items() if value is not None},
    }


def _logins(settings: Settings) -> dict[str, Any]:
    """How the job logs in: references stay references, which are resolved where the job runs."""
    kafka = options_of(settings.broker)
    registry = Options(for_flink(settings.registry_url, options_of(settings.registry_url)), "the registry's options")
    for options in (kafka, registry):
        for name in options.secrets_as_text():
            said = f"{options.source}: {name} holds a secret as text, which becomes a part of the job's graph"
            print(f"{said}; write ${{env:NAME}} and set the variable where Flink's processes run", file=sys.stderr)
    return {
        **({"kafka": {"options": dict(kafka), "variables": kafka.variables()}} if kafka else {}),
        **({"registry": dict(registry)} if registry else {}),
    }


def start(settings: Settings, name: str, submission: Mapping[str, Any], savepoint: str | None) -> str:
    """Hand the job `name` to Flink; returns its id. The submission is kept: a resubmitted job reads it again."""
    folder = settings.data / "submissions"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=f"{name}-", suffix=".json", delete=False) as file:
        json.dump(submission, file)
    code = pack_code(settings.run / "code")
    return flink_run(settings, f"jobs.{name}", ["--submission", file.name], code, savepoint)


def stop(settings: Settings, name: str, job: str | None = None) -> str | None:
    """Stop the running job `name` with a savepoint, everything committed; returns it, None if the job does not run."""
    job = job or running_job(settings, name)
    try:
        return flink_stop(settings, job) if job else None
    except KeyboardInterrupt:
        print(f"Flink goes on stopping the job {job}: its savepoint comes to {settings.savepoints}", file=sys.stderr)
        raise


def refuse_running(settings: Settings, name: str) -> None:
    """Raise UsageError if a job of this name is running."""
    if running := running_job(settings, name):
        raise UsageError(
            f"the job {name} is running already as {running}",
            "--upgrade stops it with a savepoint and goes on from there; --stop only stops it",
        )


def _refuse_lost(settings: Settings, name: str) -> None:
    """Raise StackError where a job of this name is to come back: the supervisor submits what a JobManager forgot."""
    if not settings.local_flink:
        return
    known = {job.id for job in jobs(settings)}
    for one in remembered(settings):
        if one.module == f"jobs.{name}" and one.job_id not in known:
            raise StackError(
                f"the job {name} is being submitted as {one.job_id}: two would decide everything twice",
                "wait until it runs (after `cjo up` it comes back by itself; the supervisor's log says why not)",
            )


def running_job(settings: Settings, name: str) -> str | None:
    """Id of the job `name` where it runs."""
    return next((job.id for job in jobs(settings) if job.name == name and not job.ended), None)
