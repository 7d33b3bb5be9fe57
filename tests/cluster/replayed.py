"""What must come out: the same log through the same plan in pure Python, no Flink."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.engine import Engine
from cjo.engine.beside import beside
from cjo.settings import Settings
from cjo.simulate.replay import Replay
from cjo.simulate.subject import run_subject
from cjo.stack.topic_admin import register_schemas
from cjo.topics import DECISIONS, MOMENTS, topics_for
from tests.cluster.logs import Line
from tests.cluster.output import Output

Record = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A stretch of the log, the plan that holds in it, and the control records that the job knows beside the plan.

    A part ends with heartbeats for all partitions: time stands there when the next plan takes over.
    """

    plan: dict[str, Any]
    known: Sequence[Record]
    lines: Sequence[Line]


def expected(settings: Settings, *parts: Part) -> Output:
    """The records that the parts of a log give, one after the other, as they would be read."""
    output: Output = {}
    replay = Replay(Engine(parts[0].plan))
    for part in parts:
        replay.engine = _engine(part)
        put = _Recorder(settings, part.plan, output)
        for line in part.lines:
            if line.touchpoint is not None:
                taken = row_of(line.touchpoint, line.timestamp_ms, part.plan["columns"])
                assert taken is not None
                put(replay.take(*taken))
        for _, effects in replay.advance(part.lines[-1].timestamp_ms - part.plan["workspace"]["bound_ms"] - 1):
            put(effects)
    return output


def simulated(settings: Settings, part: Part) -> Output:
    """The same by what `cjo simulate` runs: one subject after the other, each with its state as a live object."""
    output: Output = {}
    engine = _engine(part)
    put = _Recorder(settings, part.plan, output)
    rows: dict[str, list[Record]] = {}
    for line in part.lines:
        if line.touchpoint is not None:
            taken = row_of(line.touchpoint, line.timestamp_ms, part.plan["columns"])
            assert taken is not None
            rows.setdefault(taken[0], []).append(taken[1])
    until_ms = part.lines[-1].timestamp_ms - part.plan["workspace"]["bound_ms"] - 1
    for subject, mine in rows.items():
        put(run_subject(engine, subject, mine, until_ms).effects)
    return output


def _engine(part: Part) -> Engine:
    """The engine as the job has it: runs find the version of their journey that they have entered."""
    engine = Engine(part.plan)
    for record in part.known:
        if (more := beside(part.plan, record)) is not None:
            engine.publish(more)
    return engine


class _Recorder:
    """Puts effects into an output, through the contract's bytes as the job's records went."""

    def __init__(self, settings: Settings, plan: dict[str, Any], output: Output) -> None:
        topics = topics_for(plan)
        ids = register_schemas(settings.registry_url, topics)
        self._read = Reader(Registry(settings.registry_url))
        self._writers = {
            topic.name: Writer(load_schema(topic.schema), ids[topic.name]) for topic in topics if topic.schema
        }
        self._places = {**plan["workspace"]["channels"], **(plan["workspace"].get("emits") or {})}
        self._output = output

    def __call__(self, effects: Iterable[tuple[str, Any]]) -> None:
        for kind, record in effects:
            if kind == "count":
                continue
            topic = {"moment": MOMENTS, "decision": DECISIONS}.get(kind) or self._places[record["channel"]]["topic"]
            key = record["subject"] if kind == "moment" else record["customer_id"]
            self._output.setdefault(topic, {}).setdefault(key, []).append(self._read(self._writers[topic](record)))
