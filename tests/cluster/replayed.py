"""What must come out: the same log through the same plan in pure Python, no Flink."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.engine import Engine
from cjo.settings import Settings
from cjo.simulate.replay import Replay
from cjo.stack.topic_admin import register_schemas
from cjo.topics import DECISIONS, MOMENTS, topics_for
from tests.cluster.logs import Line
from tests.cluster.output import Output

Plan = dict[str, Any]


def expected(settings: Settings, *parts: tuple[Plan, Sequence[Line]]) -> Output:
    """The records that each part of the log gives under its plan, one part after the other, as they would be read.

    A part must end with heartbeats for all partitions: time stands there when the next plan takes over.
    """
    replay: Replay | None = None
    output: Output = {}
    for plan, lines in parts:
        engine = Engine(plan)
        if replay is None:
            replay = Replay(engine)
        replay.engine = engine
        put = _Recorder(settings, plan, output)
        for line in lines:
            if line.touchpoint is not None:
                taken = row_of(line.touchpoint, line.timestamp_ms, plan["columns"])
                assert taken is not None
                put(replay.take(*taken))
        for _, effects in replay.advance(lines[-1].timestamp_ms - plan["workspace"]["bound_ms"] - 1):
            put(effects)
    return output


class _Recorder:
    """Puts effects into an output, through the contract's bytes as the job's records went."""

    def __init__(self, settings: Settings, plan: Plan, output: Output) -> None:
        ids = register_schemas(settings.registry_url, topics_for(plan))
        self._read = Reader(Registry(settings.registry_url))
        self._writers = {
            topic.name: Writer(load_schema(topic.schema), ids[topic.name]) for topic in topics_for(plan) if topic.schema
        }
        self._channels = plan["workspace"]["channels"]
        self._output = output

    def __call__(self, effects: Iterable[tuple[str, Any]]) -> None:
        for kind, record in effects:
            if kind == "count":
                continue
            topic = {"moment": MOMENTS, "decision": DECISIONS}.get(kind) or self._channels[record["channel"]]["topic"]
            key = record["subject"] if kind == "moment" else record["customer_id"]
            self._output.setdefault(topic, {}).setdefault(key, []).append(self._read(self._writers[topic](record)))
