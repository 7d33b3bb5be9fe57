"""Publishing a workspace to the job that runs: by control records where its filter lets through what is asked for, else
by stopping it with a savepoint and going on from there. A publication that fails leaves things as they were, or says
how they are.

Signals that remember something are warmed up first: the workers keep what concerns them from a `warm` record on, the
log before it is read by a job of its own, and all that is new is published together once they have its memory (S4).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cjo.compile import compile_workspace
from cjo.engine.ids import MILLION
from cjo.engine.warming import id_of
from cjo.errors import CjoError, SpecError, StackError
from cjo.settings import Settings
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.submission import control
from cjo.submission.broken_off import how_far, runs_as, telling, untold
from cjo.submission.changes import Changes, changes
from cjo.submission.logtime import effective_at, newest_ms
from cjo.submission.replace import Replaced, replace_job
from cjo.submission.running import Running, acting, as_it_runs, base_of, running, submission_record
from cjo.submission.submit import BEGINS_ANEW, ORCHESTRATE, describe, running_job
from cjo.submission.warm_up import WarmedUp, await_taken, warm_up
from cjo.submission.warming import Replay, placed, replay_for, unfinished, warm_record, warmed, withdrawal
from cjo.topics import CONTROL, topics_for

BY_RECORD, BY_SAVEPOINT, NOTHING = "control record", "savepoint", "nothing"
HOW_TO_START = (
    "after `cjo up` it comes back by itself; `cjo submit --from-savepoint PATH` goes on from where it was; "
    + BEGINS_ANEW
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Publication:
    """What is to be published, and all that was looked at. `job` is the running one, `replay` is what goes before."""

    plan: dict[str, Any]
    known: list[control.Record]
    running: Running
    changes: Changes
    shares: dict[str, int]
    log_ms: int
    job: str | None
    replay: Replay | None = None


@dataclass(frozen=True)
class Applied:
    """What was done.

    `effective_at_ms`: None where only settings have changed, which hold since the job started. `pause_ms`: how long
    nothing was decided, wall time. `is_late`: the log came to effective_at before the job knew of what is new, so
    workers may have taken it up at different touchpoints. `warmed`: what was read for the memory of signals.
    """

    how: str
    job: str
    effective_at_ms: int | None = None
    pause_ms: int = 0
    savepoint: str | None = None
    is_late: bool = False
    warmed: WarmedUp | None = None


def publication(settings: Settings, folder: Path, share: int | None = None) -> Publication:
    """Compare the workspace in `folder` with what runs; changes nothing.

    `share`: only so many of a million customers enter what is new. Raises SpecErrors, StackError.
    """
    plan = compile_workspace(folder)
    known = control.recorded(settings)
    job = running_job(settings, ORCHESTRATE)
    now = running(known, plan["workspace"]["name"], job)
    shares = _shares(plan, now, share)
    found, log_ms = changes(plan, now, shares), newest_ms(settings)
    numbers, records = control.numbered(plan, known, log_ms, shares)
    replay = replay_for(settings, numbers, records, log_ms) if known else None
    return Publication(plan, known, now, found, shares, log_ms, job, replay)


def apply(settings: Settings, wanted: Publication, effective_at_ms: int | None, tell: Tell) -> Applied:
    """Publish. `tell` is told each step.

    Raises SpecError, UsageError, StackError; then things are as they were, or the error says how they are.
    """
    if wanted.changes.problems:
        raise SpecError("\n".join(wanted.changes.problems), "correct what it names in the workspace; nothing was done")
    if wanted.job is None:
        raise StackError(f"the job {ORCHESTRATE} is not running", HOW_TO_START)
    if wanted.changes.is_empty:
        _without_dead(settings, wanted, tell)
        return Applied(NOTHING, wanted.job)
    at_ms = effective_at(wanted.plan, newest_ms(settings), effective_at_ms)
    wanted = _without_dead(settings, wanted, tell)
    if wanted.replay is not None:
        return _warm_up_first(settings, wanted, wanted.replay, effective_at_ms, tell)
    plan, records = control.numbered(wanted.plan, wanted.known, at_ms, wanted.shares)
    placed(records, at_ms)
    if not wanted.changes.by_record:
        return _by_savepoint(settings, wanted, plan, records, at_ms, tell)
    with telling(lambda: how_far(settings, records), tell):
        _publish(settings, records)
    return Applied(BY_RECORD, str(wanted.job), at_ms, is_late=newest_ms(settings) >= at_ms)


def _without_dead(settings: Settings, wanted: Publication, tell: Tell) -> Publication:
    """Take back the warm-ups that nobody has ended: workers would keep touchpoints for them for ever (F4)."""
    records = [withdrawal(record) for record in unfinished(wanted.known)]
    if not records:
        return wanted
    tell("taking back what nobody has ended: " + ", ".join(record["name"] for record in records))
    _publish(settings, records)
    return replace(wanted, known=[*wanted.known, *records])


def _by_savepoint(
    settings: Settings,
    wanted: Publication,
    plan: dict[str, Any],
    records: list[control.Record],
    at_ms: int,
    tell: Tell,
) -> Applied:
    """The job is told of what is new when it starts, and the topic once it runs."""
    replaced = _resubmit(settings, wanted, plan, records, tell)
    with telling(lambda: untold(records, replaced), tell):
        _publish(settings, [*records, _mark(wanted, plan, replaced)])
    if not records:
        return Applied(BY_SAVEPOINT, replaced.job, None, replaced.pause_ms, replaced.savepoint)
    is_late = replaced.log_ms >= at_ms
    return Applied(BY_SAVEPOINT, replaced.job, at_ms, replaced.pause_ms, replaced.savepoint, is_late)


def _warm_up_first(
    settings: Settings, wanted: Publication, replay: Replay, asked_ms: int | None, tell: Tell
) -> Applied:
    """Warm up, then publish everything; what fails before that is taken back."""
    plan, records = control.numbered(wanted.plan, wanted.known, wanted.log_ms, wanted.shares)
    specs = warmed(plan, records)
    warm = warm_record(wanted.known, plan, specs)
    replaced = None if wanted.changes.by_record else _resubmit(settings, wanted, plan, [warm], tell)
    tried: list[control.Record] = []
    with telling(lambda: _take_back(settings, warm, tried, replaced), tell):
        if replaced is None:
            while not _is_first(warm, known := _publish(settings, [warm])):
                warm = warm_record(known, plan, specs)
            await_taken(settings, plan, CONTROL)
        else:
            _must_stand(warm, _publish(settings, [warm, _mark(wanted, plan, replaced)]))
        submission = _submission(settings, wanted, plan, [warm])
        parallelism = int(plan["workspace"]["partitions"])
        done = warm_up(settings, submission, id_of(warm), replay.begin_ms, parallelism, tell)
        at_ms = effective_at(plan, newest_ms(settings), asked_ms)
        _must_stand(warm, control.recorded(settings))
        tried = placed(control.numbered(wanted.plan, wanted.known, at_ms, wanted.shares)[1], at_ms)
        _publish(settings, tried)
    is_late = newest_ms(settings) >= at_ms
    if replaced is None:
        return Applied(BY_RECORD, str(wanted.job), at_ms, is_late=is_late, warmed=done)
    return Applied(BY_SAVEPOINT, replaced.job, at_ms, replaced.pause_ms, replaced.savepoint, is_late, done)


def _must_stand(warm: control.Record, known: list[control.Record]) -> None:
    """StackError where somebody else has taken the warm-up back meanwhile, or its number before."""
    if not _is_first(warm, known):
        raise StackError(f"another `cjo apply` has begun a warm-up as {warm['name']}", "apply again, one at a time")
    if withdrawal(warm) in known:
        raise StackError("another `cjo apply` has taken this warm-up back", "apply again, one at a time")


def _take_back(settings: Settings, warm: control.Record, tried: list[control.Record], replaced: Replaced | None) -> str:
    """The workers forget what they have kept for nothing; returns what is to be said of how things are.

    Of the records that were `tried` the broker may have some, or all, though its answer never came: what is published
    needs its memory. So does a warm-up of somebody else that has the number.
    """
    said = f"{how_far(settings, tried)}{runs_as(replaced)}"
    try:
        known = control.recorded(settings)
        if not _is_first(warm, known) or (tried and warm["name"] not in {one["name"] for one in unfinished(known)}):
            return said
        _publish(settings, [withdrawal(warm)])
    except CjoError as error:
        said += f"; workers keep touchpoints for the warm-up until the next `cjo apply`, for {error.message}"
    return said


def _is_first(warm: control.Record, known: Iterable[control.Record]) -> bool:
    """False where the number of `warm` was taken by somebody else: of two records with one the workers keep the first.

    True also where nobody has it yet.
    """
    first = next((one for one in known if (one["name"], one["kind"]) == (warm["name"], warm["kind"])), warm)
    return json.dumps(first) == json.dumps(warm)


def _resubmit(
    settings: Settings, wanted: Publication, plan: dict[str, Any], records: list[control.Record], tell: Tell
) -> Replaced:
    """The job goes on with what holds now and the records of what is new, so that it changes at effective_at."""
    submission = _submission(settings, wanted, plan, records, tell)
    assert wanted.job is not None  # checked by `apply`
    return replace_job(settings, ORCHESTRATE, wanted.job, submission, tell)


def _mark(wanted: Publication, plan: dict[str, Any], replaced: Replaced) -> control.Record:
    """The record of the job that goes on."""
    plan, needs = as_it_runs(plan, wanted.known, wanted.log_ms)
    options = (wanted.running.submission or {}).get("options") or {}
    return submission_record(plan, wanted.known, replaced.job, options, needs)


def _submission(
    settings: Settings,
    wanted: Publication,
    plan: dict[str, Any],
    records: list[control.Record],
    tell: Tell = lambda line: None,
) -> dict[str, Any]:
    """What a job is told that goes on from what holds now, with a filter for `plan` too, and with `records`."""
    plan, _ = as_it_runs(plan, wanted.known, wanted.log_ms)
    topics = topics_for(plan)
    with _untouched(tell):
        make_topics(settings.broker, topics)
        schema_ids = register_schemas(settings.registry_url, topics)
    first_ms, _ = control.live_from(plan, wanted.known, wanted.log_ms)
    before = wanted.running.submission or {}
    plan["workspace"]["live_from_ms"] = (before.get("workspace") or {}).get("live_from_ms", first_ms)
    options = before.get("options") or {}
    return {
        **describe(settings, base_of(plan, wanted.known), topics, schema_ids, options),
        "control": [*acting(wanted.known), *records],
    }


def _publish(settings: Settings, records: list[control.Record]) -> list[control.Record]:
    """Write the records; returns what the topic has then.

    StackError where somebody else has published the same revisions meanwhile.
    """
    control.publish(settings, records)
    known = control.recorded(settings)
    control.must_agree(known)
    return known


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
