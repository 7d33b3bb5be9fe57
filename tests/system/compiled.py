"""A story made ready: documents through the real compiler, control records as a submission numbers them, rows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.errors import RecordError
from cjo.submission.control import numbered
from tests.system.story import Documents, Record, Story
from tests.system.yaml_text import yaml_text

Plan = dict[str, Any]


def plan_of(documents: Documents) -> Plan:
    """The plan of what authors wrote. Raises SpecErrors."""
    return _compiled(tuple((path, yaml_text(docs)) for path, docs in sorted(documents.items())))


@lru_cache(maxsize=64)
def _compiled(files: tuple[tuple[str, str], ...]) -> Plan:
    with tempfile.TemporaryDirectory(prefix="cjo-system-") as folder:
        for path, text in files:
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return compile_workspace(folder)


@dataclass(frozen=True)
class Line:
    """A record of the log as the query in the JVM gives it: `at_ms` is how far it moves time, None where it moves none.

    `data` is None for a heartbeat. `subject` is the key; a dead record has one of its own and no `row`.
    """

    partition: int
    at_ms: int | None
    subject: str = ""
    data: bytes | None = None
    row: dict[str, Any] | None = None


class Ready:
    """A story ready to be played: the submitted plan, control records by position, and lines."""

    def __init__(self, story: Story) -> None:
        self.story = story
        first, records = numbered(plan_of(story.documents), [])
        self.plan: Plan = {**first, "workspace": {**first["workspace"], "live_from_ms": story.live_from_ms}}
        self.control: list[tuple[int, dict[str, Any]]] = [(0, record) for record in records]
        columns = set(first["columns"])
        for change in story.changes:
            known = [record for _, record in self.control]
            after, more = numbered(plan_of(change.documents), known, change.effective_ms)
            columns |= set(after["columns"])
            self.control += [(change.position, record) for record in more]
        self.control += [(one.position, one.record()) for one in story.commands]
        self.control.sort(key=lambda pair: pair[0])
        self.lines = [_line(record, columns, offset) for offset, record in enumerate(story.log)]


def _line(record: Record, columns: set[str], offset: int) -> Line:
    partition, touchpoint = record["partition"], record["touchpoint"]
    try:
        taken = row_of(touchpoint, record["ts"], columns)
    except RecordError as error:
        key = f"{partition}/{offset}"
        dead = {"topic": "touchpoints", "partition": partition, "offset": offset, "ts": record["ts"]}
        dead |= {"kind": error.kind, "error": error.message}
        return Line(partition, None, key, orjson.dumps({"dead": dead}))
    if taken is None:
        return Line(partition, min(touchpoint["occurred_at"], record["ts"]))
    subject, row = taken
    return Line(partition, min(row["at"], record["ts"]), subject, orjson.dumps({**row, "subject": subject}), row)
