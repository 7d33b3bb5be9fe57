"""From a seed to a story."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cjo.avro.rows import event_time_ms
from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.submission.control import numbered
from tests.system.arrivals import Arrivals, heartbeat
from tests.system.authors.workspace import changed, workspace
from tests.system.chance import Chance
from tests.system.compiled import plan_of
from tests.system.customers import Customers
from tests.system.lengths import DAY, HOUR
from tests.system.story import Change, Command, Documents, Faults, Record, Story

SHARED = 5
"""So many seeds in a row have the same workspace: compiling is what a seed costs most."""
REST_MS = 130 * DAY
"""Longer than everything that a story's last touchpoint can begin, and no year: birthdays do not come round again."""


def story_of(seed: int) -> Story:
    """The story of a seed: the same on every machine and in every run."""
    chance = Chance("story", seed)
    documents = _workspace(seed // SHARED)
    customers = Customers(chance, documents)
    workspace_ = documents["workspace.yaml"][0]
    begin_ms, span_ms = customers.begin_ms, customers.days * DAY
    changes = _changes(seed // SHARED, begin_ms, span_ms, documents) if chance.maybe(0.5) else []
    commands = _commands(chance, begin_ms, span_ms, documents) if chance.maybe(0.45) else []
    live_from_ms = begin_ms + chance.randint(0, span_ms // 2) if chance.maybe(0.08) else None
    wild = chance.maybe(0.15)
    engine, columns = _engine(documents, changes, live_from_ms)
    for command in commands:
        engine.publish(command.record())
    log = Arrivals(chance, customers, workspace_, wild).log(engine, columns)
    end_ms = max(record["ts"] for record in log) + REST_MS
    for change in changes:
        change.position = _before(log, change.effective_ms)
    for command in commands:
        command.position = _before(log, command.effective_ms)
    log += [
        {"partition": one, "ts": end_ms, "touchpoint": heartbeat(one, end_ms)}
        for one in range(workspace_["partitions"])
    ]
    faults = Faults(
        seed=seed,
        crashes=chance.choice([0, 1, 1, 2, 4]),
        checkpoint_share=chance.choice([0.005, 0.02, 0.1]),
        watermark_share=chance.choice([0.02, 0.2, 0.6]),
    )
    return Story(seed, documents, log, end_ms, changes, commands, faults, live_from_ms)


@lru_cache(maxsize=8)
def _workspace(number: int) -> Documents:
    return workspace(Chance("workspace", number))


def _changes(number: int, begin_ms: int, span_ms: int, documents: Documents) -> list[Change]:
    """A journey that is published again half way; where in the log is not known before there is one."""
    chance = Chance("change", number)
    effective_ms = begin_ms + span_ms // 8 * chance.randint(1, 4)
    return [Change(0, effective_ms, changed(chance, documents))]


def _commands(chance: Chance, begin_ms: int, span_ms: int, documents: Documents) -> list[Command]:
    """What operators say: of one journey, or of all; most of it is taken back later."""
    names = [document["journey"] for document in documents["journeys.yaml"][1:]]
    found, at_ms = [], begin_ms
    for revision in range(1, chance.randint(1, 4) + 1):
        at_ms += chance.randint(0, span_ms // 3)
        kind = chance.choice(["pause", "pause", "pause", "pause", "resume", "resume", "stop", "stop-all"])
        journey = "*" if kind == "stop-all" or (kind != "stop" and chance.maybe(0.3)) else chance.choice(names)
        found.append(Command(0, kind, journey, at_ms, revision))
    return found


def _engine(documents: Documents, changes: list[Change], live_from_ms: int | None) -> tuple[Engine, set[str]]:
    plan, known = numbered(plan_of(documents), [])
    columns = set(plan["columns"])
    engine = Engine({**plan, "workspace": {**plan["workspace"], "live_from_ms": live_from_ms}})
    for change in changes:
        after, records = numbered(plan_of(change.documents), known, change.effective_ms)
        columns |= set(after["columns"])
        known = [*known, *records]
        for record in records:
            if (more := beside(plan, record)) is not None:
                engine.publish(more)
    return engine, columns


def _before(log: list[Record], effective_ms: int) -> int:
    """The position before the first record that happened at `effective_ms` or later: what is published is in time."""
    for position, record in enumerate(log):
        if record["ts"] + HOUR >= effective_ms and _happened(record) >= effective_ms:
            return position
    return len(log)


def _happened(record: Record) -> Any:
    return event_time_ms(record["touchpoint"], record["ts"])
