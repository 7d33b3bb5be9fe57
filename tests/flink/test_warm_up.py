"""S4: what the operators ask Python while signals are warmed up, with a test in the operators' place."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from cjo.avro.codec import Reader, load_schema
from cjo.avro.rows import row_of
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.simulate.control import engine_under
from cjo.simulate.subject import run_subject
from tests.engine.build import count
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from udfs import held, sections
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import OutRow
from udfs.warm_up import WarmUpMemory

ADDED = {**count("added", window_ms=2 * 86_400_000, at_least=2), "version": "v1", "revision": 1}
Lines = list[tuple[str, bytes]]


def warm() -> dict[str, Any]:
    fragment = {"signals": [{**ADDED, "memory": "added@1"}]}
    return {"kind": "warm", "name": "warm/1", "revision": 1, "places": ["added@1"], "plan": fragment}


def published(from_ms: int) -> dict[str, Any]:
    spec = {**ADDED, "memory": "added@1", "from_ms": from_ms}
    identity = {"kind": "publish", "name": "signal/added", "revision": 1, "effective_at_ms": from_ms}
    return {**identity, "plan": {"signals": [spec]}}


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return shipped()


@pytest.fixture(scope="module")
def lines(plan: dict[str, Any]) -> Lines:
    """A world as the query gives it: (subject, JSON)."""
    world = World(Shape(END_MS, seed=9, customers=200, touchpoints=6_000, bad_share=0.0, duplicate_share=0.03))
    taken = [row_of(one.touchpoint, one.timestamp_ms, plan["columns"]) for one in world.records()]
    return [(one[0], orjson.dumps({**one[1], "subject": one[0]})) for one in taken if one]


def memories(plan: dict[str, Any], lines: Lines) -> list[OutRow]:
    """What the warm-up job writes at the end of these lines."""
    job = Operator(WarmUpMemory(plan, [warm()], "1"))  # type: ignore[arg-type]
    for subject, data in lines:
        assert job.take(subject, data) == []
    found = list(job.advance(1 << 62))
    assert not job.heads
    assert not job.parts
    return found


def moments(rows: list[OutRow]) -> Counter[tuple[str, str, bytes]]:
    return Counter((row.key, row.topic, row.value) for row in rows if row.topic == "moments")


@pytest.mark.parametrize(("spill", "is_busy"), [(2_048, False), (64, False), (64, True)])
def test_s4_the_operators_give_the_moments_of_a_signal_that_was_always_there(
    plan: dict[str, Any], lines: Lines, spill: int, is_busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a subject's state is small, in parts, or held by Python until a checkpoint."""
    monkeypatch.setattr(held, "READ_BYTES", 0 if is_busy else held.READ_BYTES)
    monkeypatch.setattr(sections, "SPILL_BYTES", spill)
    monkeypatch.setattr(sections, "ENTRY_BYTES_MIN", spill // 4)
    knows, reads, comes = (len(lines) * share // 10 for share in (4, 5, 6))
    from_ms = 1 + max(orjson.loads(data)["at"] for _, data in lines[:comes])
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    whole = {**plan, "signals": [*plan["signals"], ADDED]}
    always = Operator(OrchestrateJourneys(whole, *contracts(whole)))
    memory = memories(plan, lines[:reads])
    found: list[OutRow] = []
    wanted: list[OutRow] = []
    for place, (subject, data) in enumerate(lines):
        if place == knows:
            worker.function.on_control(orjson.dumps(warm()).decode())
        if place % 500 == 0:
            worker.checkpoint()
        if place == comes:
            assert bool(worker.held) == is_busy
            for row in memory:
                assert (row.topic, row.exactly_once) == ("memory", False)
                assert worker.take(row.key, b'{"memory": ' + row.value + b"}") == []
                assert worker.take(row.key, b'{"memory": ' + row.value + b"}") == []
            worker.function.on_control(orjson.dumps(published(from_ms)).decode())
        found += worker.take(subject, data)
        wanted += always.take(subject, data)
    found += worker.advance(END_MS + 86_400_000)
    wanted += always.advance(END_MS + 86_400_000)
    worker.function.flush()

    mine, theirs = added(found), added(wanted)
    assert mine == [one for one in theirs if one["at"] >= from_ms] != theirs
    assert mine
    assert moments(others(found)) == moments(others(wanted))
    assert worker.counts["memories merged=yes"] == worker.counts["memories merged=no"] == len(memory)


def _decoded(rows: list[OutRow]) -> list[dict[str, Any]]:
    read = Reader(SimpleNamespace(schema=lambda schema_id: load_schema("moment")))  # type: ignore[arg-type]
    return [read(row.value) for row in rows if row.topic == "moments"]


def added(rows: list[OutRow]) -> list[dict[str, Any]]:
    mine = [one for one in _decoded(rows) if one["signal"] == "added"]
    return sorted(mine, key=lambda one: (one["subject"], one["at"], one["moment_id"]))


def others(rows: list[OutRow]) -> list[OutRow]:
    kept = [row for row in rows if row.topic == "moments"]
    return [row for row, one in zip(kept, _decoded(kept), strict=True) if one["signal"] != "added"]


def test_s4_a_customer_of_whom_nothing_is_to_be_remembered_has_no_record(plan: dict[str, Any]) -> None:
    row = {"subject": "c", "event_id": "e", "type": "mortgage_applied", "at": END_MS, "attributes": {}}
    assert memories(plan, [("c", orjson.dumps(row))]) == []


def test_s4_subjects_beyond_the_customer_are_not_warmed_up(plan: dict[str, Any]) -> None:
    row = {"subject": "@account:A1", "event_id": "e", "type": "product_added", "at": END_MS, "attributes": {}}
    assert memories(plan, [("@account:A1", orjson.dumps(row))]) == []


def test_a_warm_up_leaves_what_cannot_be_read_to_the_orchestrator(plan: dict[str, Any]) -> None:
    assert memories(plan, [("1/7", '{"dead": {"topic": "touchpoints"}}')]) == []


def test_s4_a_simulation_under_the_control_records_has_no_other_moments(plan: dict[str, Any], lines: Lines) -> None:
    from_ms = END_MS - 2 * 86_400_000
    rows: dict[str, list[dict[str, Any]]] = {}
    for subject, data in lines:
        rows.setdefault(subject, []).append(orjson.loads(data))
    whole = {**plan, "signals": [*plan["signals"], ADDED]}
    engines = engine_under(plan, [warm(), published(from_ms)]), engine_under(whole, [])
    found, wanted = (
        [
            one
            for subject, mine in rows.items()
            for kind, one in run_subject(engine, subject, mine, END_MS).effects
            if kind == "moment" and one["signal"] == "added"
        ]
        for engine in engines
    )
    assert found == [one for one in wanted if one["at"] >= from_ms] != []
