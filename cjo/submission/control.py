"""The control topic: every version of every definition that was ever submitted, one JSON record each, kept for ever.

| kind | key | meaning |
|---|---|---|
| `publish` | `journey/NAME@REVISION`, `signal/NAME@REVISION` | a definition, from `effective_at_ms` on |
| `workspace` | `workspace/NAME@1` | when the workspace was first submitted: the default of `live_from_ms` |
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cjo.client.connect import broker_errors, producer
from cjo.client.reader import read
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.topics import CONTROL

PUBLISH = "publish"
WORKSPACE = "workspace"
SEND_S = 30.0
_KINDS = (("signal", "signals"), ("journey", "journeys"))

Record = dict[str, Any]


def recorded(settings: Settings) -> list[Record]:
    """Every control record of the broker, in log order."""
    return [record.value for record in read(CONTROL, settings) if record.value is not None]


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


def numbered(plan: Mapping[str, Any], known: Iterable[Record]) -> tuple[dict[str, Any], list[Record]]:
    """`plan` with revisions, and the control records of what is new in it.

    A definition keeps its revision while its version (a hash of its content) is the newest known one; a changed one
    gets the next number, or the author's own where that is higher. StackError where one revision has two contents.
    """
    newest = _newest(known)
    result: dict[str, Any] = copy.deepcopy(dict(plan))
    records = []
    for kind, place in _KINDS:
        for spec in result[place]:
            name = f"{kind}/{spec['name']}"
            before = newest.get(name)
            if before and before["version"] == spec["version"]:
                spec["revision"] = before["revision"]
                continue
            spec["revision"] = max(spec["revision"], before["revision"] + 1 if before else 1)
            records.append(_record(name, spec, place, result["templates"]))
    return result, records


def live_from(plan: Mapping[str, Any], known: Iterable[Record], now_ms: int) -> tuple[int, list[Record]]:
    """(when the workspace was first submitted, the record to write where this is the first time)."""
    name = f"{WORKSPACE}/{plan['workspace']['name']}"
    for record in known:
        if record["kind"] == WORKSPACE and record["name"] == name:
            return int(record["live_from_ms"]), []
    return now_ms, [{"kind": WORKSPACE, "name": name, "revision": 1, "live_from_ms": now_ms}]


def _newest(known: Iterable[Record]) -> dict[str, Record]:
    newest: dict[str, Record] = {}
    for record in known:
        if record["kind"] != PUBLISH:
            continue
        before = newest.setdefault(record["name"], record)
        if before["revision"] == record["revision"] and before["version"] != record["version"]:
            raise StackError(
                f"{record['name']} has two contents under revision {record['revision']} in the topic {CONTROL}",
                "two people submitted at once: set a higher `revision` in its file and submit again",
            )
        if record["revision"] > before["revision"]:
            newest[record["name"]] = record
    return newest


def _record(name: str, spec: Mapping[str, Any], place: str, templates: Mapping[str, Any]) -> Record:
    used = {step["template"] for step in spec.get("steps", ()) if step.get("template")}
    fragment = {
        place: [spec],
        "templates": {template: templates[template] for template in used if template in templates},
    }
    identity = {"kind": PUBLISH, "name": name, "revision": spec["revision"], "version": spec["version"]}
    return {**identity, "effective_at_ms": spec["effective_at_ms"], "plan": fragment}


def _key(record: Record) -> str:
    return f"{record['name']}@{record['revision']}"
