"""A simulation under control records: the same pauses, stops, shares and publications as live (R7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cjo.client.files import json_rows
from cjo.compile.needs import columns_of
from cjo.engine import Engine, warming
from cjo.engine.beside import beside
from cjo.engine.halts import EVERY, KINDS, PREFIX
from cjo.engine.merge import PUBLISH, REMOVE, merged
from cjo.errors import RecordError, UsageError
from cjo.settings import Settings
from cjo.spec.problems import did_you_mean
from cjo.submission.control import SUBMISSION, WORKSPACE, recorded
from cjo.topics import CONTROL

Plan = dict[str, Any]
Record = dict[str, Any]
_NEEDED = ("kind", "name", "revision")
_FORMS = {
    "kind": (str, "a text"),
    "name": (str, "a text"),
    "revision": (int, "a whole number"),
    "effective_at_ms": (int, "milliseconds since 1970"),
    "plan": (dict, "an object"),
}
_PLACES = ("journey/", "signal/")
_LISTED = "docs/reference/plan.md has the form of each kind of control record"
_ACTING = (*KINDS, *warming.KINDS, PUBLISH, REMOVE)
_KNOWN = (*_ACTING, WORKSPACE, SUBMISSION)


def read_control(name: str) -> list[Record]:
    """The control records of a JSON Lines file, or of the topic for the name `control`, that change what is decided.

    A line is a record, or one of `cjo tail control --json` (the record in `value`). UsageError for any other line.
    """
    if name == CONTROL:
        return [record for record in recorded(Settings.load()) if record["kind"] in _ACTING]
    try:
        lines = Path(name).read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    return [record for record in _records(lines, name) if record["kind"] in _ACTING]


def _records(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    for number, value in json_rows(lines):
        where = f"{name}, line {number}"
        if isinstance(value, RecordError):
            raise UsageError(f"{where}: {value.message}", "a line is one JSON object, a control record")
        yield _checked(value.get("value", value), where)


def _checked(record: Any, where: str) -> Record:
    """The control record, with all that its kind needs in its form. UsageError where it is none."""
    kind = record.get("kind") if isinstance(record, dict) else None
    needed = list(_NEEDED)
    if kind in (*KINDS, PUBLISH, REMOVE):
        needed.append("effective_at_ms")
    if kind == PUBLISH:
        needed.append("plan")
    missing = [field for field in needed if not isinstance(record, dict) or record.get(field) is None]
    if missing:
        hint = "write one with: cjo tail control --from-beginning --json > FILE"
        raise UsageError(f"{where}: a control record without {', '.join(missing)}", hint)
    for field in needed:
        form, said = _FORMS[field]
        if type(record[field]) is not form:
            raise UsageError(f"{where}: {field} must be {said}, got {record[field]!r}", _LISTED)
    if kind not in _KNOWN:
        hint = did_you_mean(str(kind), sorted(_KNOWN), "docs/reference/plan.md lists them:")
        raise UsageError(f"{where}: unknown kind of control record '{kind}'", hint)
    if kind in (PUBLISH, REMOVE) and not record["name"].startswith(_PLACES):
        raise UsageError(f"{where}: {kind} is of journey/NAME or signal/NAME, got {record['name']!r}", _LISTED)
    found: Record = record
    return found


def unknown_journeys(plans: Iterable[Plan], control: Iterable[Record]) -> list[str]:
    """What records pause, resume or stop though neither a plan nor another record has a journey of that name."""
    control = list(control)
    known = {journey["name"] for plan in plans for journey in whole_of(plan, control)["journeys"]}
    known |= {record["name"].removeprefix("journey/") for record in control if record["kind"] == REMOVE}
    halted = {record["name"].removeprefix(PREFIX): None for record in control if record["kind"] in KINDS}
    return [name for name in halted if name not in known and name != EVERY]


def engine_under(plan: Plan, control: Iterable[Record]) -> Engine:
    """The engine of a plan that is told of control records, as the job with this plan is."""
    engine = Engine(plan)
    for record in control:
        added = beside(plan, warming.whole(record))
        if added is not None:
            engine.publish(added)
    return engine


def whole_of(plan: Plan, control: Iterable[Record]) -> Plan:
    """The plan with everything that the records publish, whenever it holds: what must be taken from the log."""
    whole = plan
    for record in control:
        added = beside(plan, record)
        if added is not None and added["kind"] == PUBLISH:
            whole = merged(whole, added)
    columns = {*plan["columns"], *columns_of(whole)}
    return {**whole, "columns": sorted(columns)}
