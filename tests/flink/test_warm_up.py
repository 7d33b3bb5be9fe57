"""S4: what the operators ask Python while signals are warmed up, with a test in the operators' place."""

from __future__ import annotations

from collections import Counter
from random import Random
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from cjo.avro.codec import Reader, load_schema
from cjo.avro.rows import row_of
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine.room import QUEUED
from cjo.errors import StateError
from cjo.simulate.control import engine_under
from cjo.simulate.subject import run_subject
from cjo.topics import topics_for
from tests.engine.build import count, types
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from udfs import held, sections, warm_up
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import OutRow
from udfs.warm_up import WarmUpMemory

DAY_MS = 86_400_000
ADDED = {**count("added", window_ms=2 * DAY_MS, at_least=2), "version": "v1", "revision": 1}
Lines = list[tuple[str, bytes]]


def warm(added: dict[str, Any] = ADDED) -> dict[str, Any]:
    fragment = {"signals": [{**added, "memory": "added@1"}]}
    return {"kind": "warm", "name": "warm/1", "revision": 1, "places": ["added@1"], "plan": fragment}


def published(from_ms: int, added: dict[str, Any] = ADDED) -> dict[str, Any]:
    spec = {**added, "memory": "added@1", "from_ms": from_ms}
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


def memories(plan: dict[str, Any], lines: Lines, spec: dict[str, Any] = ADDED, passed_ms: int = END_MS) -> list[OutRow]:
    """What the warm-up job writes at the end of these lines; its watermark comes twice on the way."""
    job = Operator(WarmUpMemory(plan, [warm(spec)], "1", passed_ms))  # type: ignore[arg-type]
    for place, (subject, data) in enumerate(lines):
        assert job.take(subject, data) == []
        if place in (len(lines) // 3, len(lines) // 2):
            newest_ms = max(orjson.loads(one).get("at", 0) for _, one in lines[: place + 1])
            assert not list(job.advance(newest_ms - plan["workspace"]["bound_ms"] - 1))
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


@pytest.mark.parametrize("text", ["null", "hello", "[]", '"v"', '{"v":"2"}', '{"v":1}', "{}"])
def test_f2_what_no_warm_up_has_written_to_the_memory_topic_is_counted_and_passed_over(
    plan: dict[str, Any], text: str
) -> None:
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))

    assert worker.take("c", b'{"memory": %s}' % text.encode()) == []
    worker.checkpoint()
    assert worker.counts["memories merged=foreign"] == 1
    assert text in worker.lines[-1]
    assert not worker.heads


def test_s4_memory_of_a_newer_cjo_ends_the_job(plan: dict[str, Any]) -> None:
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    with pytest.raises(StateError, match="cannot be merged"):
        worker.take("c", b'{"memory": {"v": 1000, "subject": "c"}}')


def test_s4_one_subject_with_more_memory_than_a_record_takes_is_left_out_and_named(
    plan: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_up, "RECORD_BYTES_MAX", 2_000)
    job = Operator(WarmUpMemory(plan, [warm()], "1", 0))  # type: ignore[arg-type]
    for number in range(100):
        for subject in ("robot", *["somebody"] * (number == 99)):
            row = {"event_id": f"e{number}", "type": "product_added", "at": END_MS + number, "basket_id": f"b{number}"}
            job.take(subject, orjson.dumps({**row, "product_id": "p", "subject": subject, "attributes": {}}))

    assert [row.key for row in job.advance(1 << 62)] == ["somebody"]
    (line,) = job.lines
    assert line.startswith("memory_too_large: subject 'robot' has memory of ")


def test_s4_a_record_of_memory_that_is_written_is_one_that_the_topic_takes(plan: dict[str, Any]) -> None:
    (topic,) = (one for one in topics_for(plan) if one.name == "memory")
    assert int(topic.config["max.message.bytes"]) > warm_up.RECORD_BYTES_MAX + 65_536


HOME_ADDED = {
    **count("added", subject="household", window_ms=DAY_MS // 8, at_least=3, on=types("page_viewed"), collect={}),
    "version": "v1", "revision": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def home_lines(plan: dict[str, Any]) -> Lines:
    """Pages viewed by the members of some households, of two each in the order of two partitions."""
    chance, found = Random(4), []
    for number in range(3_000):
        at_ms = END_MS - 6 * DAY_MS + number * 150_000 - chance.randrange(plan["workspace"]["bound_ms"])
        home = chance.randrange(40)
        about = {"topic": "mortgage", "household_id": f"h{home}", "household_contact": f"boss{home}"}
        row = {"event_id": f"e{number}", "type": "page_viewed", "at": at_ms, "attributes": about}
        key = f"@household:h{home}"
        row |= {"customer_id": f"{chance.choice(['anna', 'ben'])}{home}", "subject": key}
        found.append((key, orjson.dumps(row)))
    return found


@pytest.mark.parametrize("spill", [2_048, 64])
def test_s4_a_households_signal_gives_the_moments_of_one_that_was_always_there(
    plan: dict[str, Any], home_lines: Lines, spill: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "SPILL_BYTES", spill)
    monkeypatch.setattr(sections, "ENTRY_BYTES_MIN", spill // 4)
    knows, reads, comes = (len(home_lines) * share // 10 for share in (4, 5, 6))
    times = [orjson.loads(data)["at"] for _, data in home_lines]
    bound_ms = plan["workspace"]["bound_ms"]
    from_ms = max(times[:comes]) + 2 * bound_ms
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    whole = {**plan, "signals": [*plan["signals"], HOME_ADDED]}
    always = Operator(OrchestrateJourneys(whole, *contracts(whole)))
    memory = memories(plan, home_lines[:reads], HOME_ADDED, max(times[:reads]) - bound_ms - 1)
    assert len(memory) == 40
    found: list[OutRow] = []
    wanted: list[OutRow] = []
    for place, (subject, data) in enumerate(home_lines):
        if place == knows:
            worker.function.on_control(orjson.dumps(warm(HOME_ADDED)).decode())
        if place == comes:
            for row in memory:
                assert worker.take(row.key, b'{"memory": ' + row.value + b"}") == []
            worker.function.on_control(orjson.dumps(published(from_ms, HOME_ADDED)).decode())
        found += worker.take(subject, data)
        wanted += always.take(subject, data)
        watermark_ms = max(times[: place + 1]) - bound_ms - 1
        found += worker.advance(watermark_ms)
        wanted += always.advance(watermark_ms)
    found += worker.advance(END_MS + DAY_MS)
    wanted += always.advance(END_MS + DAY_MS)

    mine, theirs = added(found), added(wanted)
    assert mine == [one for one in theirs if one["at"] >= from_ms] != theirs
    assert mine
    assert moments(others(found)) == moments(others(wanted)) != Counter()


@pytest.mark.parametrize("more", [0, 1, 500])
def test_s4_memory_comes_of_a_household_with_more_waiting_than_there_is_room_for(
    plan: dict[str, Any], more: int
) -> None:
    about = {"topic": "mortgage", "household_id": "h"}
    rows = [
        {"event_id": f"e{number}", "type": "page_viewed", "at": END_MS + number, "attributes": about}
        for number in range(QUEUED + more)
    ]
    lines = [("@household:h", orjson.dumps({**row, "subject": "@household:h"})) for row in rows]

    assert [row.key for row in memories(plan, lines, HOME_ADDED, END_MS + 86_400_000)] == ["@household:h"]


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
