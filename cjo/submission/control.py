"""The control topic: all that was ever published, submitted, paused or stopped, one JSON record each, kept for ever.

docs/reference/plan.md has the kinds of record.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cjo.client.connect import broker_errors, has_topic, producer
from cjo.client.reader import read
from cjo.engine.beside import is_control_record
from cjo.engine.halts import EVERY, KINDS, PREFIX
from cjo.engine.merge import PUBLISH, REMOVE
from cjo.engine.signals import form_of
from cjo.engine.warming import WARM
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.topics import CONTROL

WORKSPACE = "workspace"
SUBMISSION = "submission"
SEND_S = 30.0
PLACES = (("signal", "signals"), ("journey", "journeys"))

Record = dict[str, Any]


def recorded(settings: Settings) -> list[Record]:
    """Every control record of the broker, in log order; none where nothing was ever submitted.

    What somebody else has written there is passed over, as by the workers.
    """
    if not has_topic(settings.broker, CONTROL):
        return []
    values = (record.value for record in read(CONTROL, settings))
    return [value for value in values if value is not None and is_control_record(value)]


def publish(settings: Settings, records: Iterable[Record]) -> None:
    """Write control records; returns when the broker has them all."""
    rows = list(records)
    if not rows:
        return
    with broker_errors(settings.broker):
        kafka = producer(settings.broker, max_request_size=5_000_000)
        try:
            sent = [kafka.send(CONTROL, key=_key(row).encode(), value=json.dumps(row).encode()) for row in rows]
            for future in sent:
                future.get(SEND_S)
        finally:
            kafka.close()


def numbered(
    plan: Mapping[str, Any],
    known: Iterable[Record],
    effective_at_ms: int = 0,
    shares: Mapping[str, int] | None = None,
) -> tuple[dict[str, Any], list[Record]]:
    """`plan` with revisions, and the control records of what is new in it, and of what is not in it any more.

    A definition keeps its revision while its version (a hash of its content) is the newest known one; a changed one
    gets the next number, or the author's own where that is higher. The records hold from `effective_at_ms` of the
    log's time on, 0 for what a job begins with; `shares` gives journeys that only a share of the customers (in
    millionths) enters. StackError where the newest revision has two contents and the author does not set a higher one.
    """
    known = list(known)
    newest, warmed, twice = newest_of(known), _warmed(known), contested(known)
    result: dict[str, Any] = copy.deepcopy(dict(plan))
    records = []
    for kind, place in PLACES:
        for spec in result[place]:
            name = f"{kind}/{spec['name']}"
            before, share = newest.get(name), (shares or {}).get(spec["name"]) if kind == "journey" else None
            if before and name in twice:
                _must_be_above(spec, before)
            elif before and before.get("version") == spec["version"] and before.get("share") == share:
                spec |= {"revision": before["revision"], **_kept(before, "memory", "from_ms")}
                continue
            spec["revision"] = max(spec["revision"], before["revision"] + 1 if before else 1, warmed.get(name, 0) + 1)
            if kind == "signal":
                spec |= _memory(spec, before)
            records.append(_record(name, spec, place, result["templates"], share))
    names = {f"{kind}/{spec['name']}" for kind, place in PLACES for spec in result[place]}
    records += [_removal(before) for name, before in newest.items() if name not in names and before["kind"] != REMOVE]
    return result, [{**record, "effective_at_ms": effective_at_ms} for record in records]


def _kept(before: Record | None, *names: str) -> dict[str, Any]:
    """Where a signal's memory is, and from when on it gives moments: its author knows nothing of that."""
    specs = (before or {}).get("plan", {}).get("signals") or [{}]
    return {name: specs[0][name] for name in names if name in specs[0]}


def _memory(spec: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """Where the memory of a changed signal is: where it was, or of its own where it can't go on with what is there."""
    was = (before or {}).get("plan", {}).get("signals") or []
    if before is None or (was and form_of(was[0]) == form_of(spec)):
        return _kept(before, "memory")
    return {"memory": place_of(spec)}


def place_of(spec: Mapping[str, Any]) -> str:
    """Where a revision's memory hangs in the state, beside that of the revision before it."""
    return f"{spec['name']}@{spec['revision']}"


def _warmed(known: Iterable[Record]) -> dict[str, int]:
    """The newest revision of each signal that was ever warmed up: where that failed, its memory is under its number."""
    found: dict[str, int] = {}
    for record in known:
        for spec in record["plan"]["signals"] if record["kind"] == WARM else ():
            name = f"signal/{spec['name']}"
            found[name] = max(found.get(name, 0), spec["revision"])
    return found


def live_from(plan: Mapping[str, Any], known: Iterable[Record], now_ms: int) -> tuple[int, list[Record]]:
    """(when the workspace was first submitted, the record to write where this is the first time)."""
    name = f"{WORKSPACE}/{plan['workspace']['name']}"
    for record in known:
        if record["kind"] == WORKSPACE and record["name"] == name:
            return int(record["live_from_ms"]), []
    return now_ms, [{"kind": WORKSPACE, "name": name, "revision": 1, "live_from_ms": now_ms}]


def halting(kind: str, journey: str | None, known: Iterable[Record], effective_at_ms: int) -> Record:
    """The record that pauses, resumes or stops a journey, or every one (None)."""
    revision = 1 + max((int(record["revision"]) for record in known if record["kind"] in KINDS), default=0)
    name = f"{PREFIX}{EVERY if journey is None else journey}"
    return {"kind": kind, "name": name, "revision": revision, "effective_at_ms": effective_at_ms}


def newest_of(known: Iterable[Record]) -> dict[str, Record]:
    """Of each definition's name the record of its highest revision: of a publication, or of its removal.

    Of two contents under one revision the first counts, as for the workers.
    """
    newest: dict[str, Record] = {}
    for record in _definitions(known):
        before = newest.setdefault(record["name"], record)
        if record["revision"] > before["revision"]:
            newest[record["name"]] = record
    return newest


def contested(known: Iterable[Record]) -> dict[str, Record]:
    """Of each name whose highest revision has two contents, the one that counts: two people published at once."""
    known = list(known)
    newest = newest_of(known)
    return {
        record["name"]: newest[record["name"]]
        for record in _definitions(known)
        if record["revision"] == newest[record["name"]]["revision"]
        and record.get("version") != newest[record["name"]].get("version")
    }


def must_agree(known: Iterable[Record]) -> None:
    """StackError where the newest revision of a definition has two contents."""
    for record in contested(known).values():
        raise _two_contents(record)


def _definitions(known: Iterable[Record]) -> Iterator[Record]:
    return (record for record in known if record["kind"] in (PUBLISH, REMOVE))


def _must_be_above(spec: Mapping[str, Any], before: Record) -> None:
    """StackError where the author does not say, by a higher revision, which of two contents shall hold."""
    if spec["revision"] <= before["revision"]:
        raise _two_contents(before)


def _two_contents(record: Record) -> StackError:
    return StackError(
        f"{record['name']} has two contents under revision {record['revision']} in the topic {CONTROL}, of which the "
        "first holds",
        f"two people published at once: set `revision: {record['revision'] + 1}` in its file and publish again",
    )


def _record(name: str, spec: Mapping[str, Any], place: str, templates: Mapping[str, Any], share: int | None) -> Record:
    used = {step["template"] for step in spec.get("steps", ()) if step.get("template")}
    fragment = {
        place: [spec],
        "templates": {template: templates[template] for template in used if template in templates},
    }
    identity = {"kind": PUBLISH, "name": name, "revision": spec["revision"], "version": spec["version"]}
    shared = {} if share is None else {"share": share}
    return {**identity, **shared, "plan": fragment}


def _removal(before: Record) -> Record:
    return {"kind": REMOVE, "name": before["name"], "revision": before["revision"] + 1}


def _key(record: Record) -> str:
    return f"{record['name']}@{record['revision']}"
