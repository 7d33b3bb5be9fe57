"""The log of a small world through the real codec and the real engine, with heartbeats, without Flink."""

from collections import Counter

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.faults import spoil
from cjo.demo.reconcile import Output
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.errors import RecordError, RegistryError
from cjo.resources import data_dir
from cjo.simulate.replay import Replay

HEARTBEAT_MS = 60_000


class OneSchema:
    """A registry that knows the contract of touchpoints as number 1."""

    def schema(self, schema_id):
        if schema_id != 1:
            raise RegistryError(f"no schema {schema_id}", kind="unknown")
        return load_schema("touchpoint")


def replayed(world: World, until_ms: int, watermark_each_record: bool = False) -> tuple[Output, Counter]:
    """(what the engine decided up to the watermark `until_ms`, dead letters by kind)."""
    plan = compile_workspace(data_dir("journeys"))
    plan["workspace"]["live_from_ms"] = world.shape.begin_ms
    bound_ms = plan["workspace"]["bound_ms"]
    write, read = Writer(load_schema("touchpoint"), 1), Reader(OneSchema())
    replay, output, dead = Replay(Engine(plan)), Output(), Counter()
    heartbeat_ms = 0
    for record in world.records():
        if record.arrival_ms >= heartbeat_ms or watermark_each_record:
            heartbeat_ms = record.arrival_ms + HEARTBEAT_MS
            for _, effects in replay.advance(record.arrival_ms - bound_ms - 1):
                collect(output, effects)
        try:
            value = spoil(record, write)[1] if record.bad else write(record.touchpoint)
            taken = row_of(read(value), record.timestamp_ms, plan["columns"])
        except RecordError as error:
            dead[error.kind] += 1
            continue
        assert taken is not None
        assert taken[0] == record.subject
        collect(output, replay.take(*taken))
    for _, effects in replay.advance(until_ms):
        collect(output, effects)
    return output, dead


def collect(output: Output, effects) -> None:
    places = {"moment": output.moments, "decision": output.decisions, "action": output.actions}
    for kind, record in effects:
        if kind in places:
            places[kind].append(record)


def small_world(seed: int, **change) -> World:
    return World(Shape(end_ms=1_763_900_000_000, seed=seed, **{"customers": 600, "touchpoints": 15_000} | change))
