"""What the operator asks Python and what it is answered, with a test in the operator's place."""

from __future__ import annotations

import heapq
import struct
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from cjo.avro.codec import load_schema
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.errors import StateError
from cjo.resources import data_dir
from cjo.simulate.replay import Replay
from cjo.topics import topics_for
from tests.answers import read_answer
from udfs.counters import Counters
from udfs.orchestrate import OrchestrateJourneys
from udfs.records import Records
from udfs.transition import NO_TIMER, UNCHANGED, OutRow, answer, rows_only

END_MS = 1_763_900_000_000


class Operator:
    """Keeps what `DecideOperator` keeps, by subject, and reads answers as `Transition` does."""

    def __init__(self, function: OrchestrateJourneys) -> None:
        self.function = function
        self.heads: dict[str, bytes] = {}
        self.parts: dict[tuple[str, str], bytes] = {}
        self.timers: list[tuple[int, str]] = []
        self.counts: Counter[str] = Counter()
        self.held: set[str] = set()
        self.samples: list[tuple[str, str, int]] = []
        self.lines: list[str] = []
        self._subject = ""
        function.open(self)

    def get(self, name: str) -> bytes | None:
        return self.parts.get((self._subject, name))

    def put(self, name: str, value: bytes) -> None:
        self.parts[self._subject, name] = value

    def remove(self, name: str) -> None:
        self.parts.pop((self._subject, name), None)

    def count(self, name: str, labels: str, more: int) -> None:
        self.counts[f"{name} {labels}" if labels else name] += more

    def sample(self, name: str, labels: str, value: int) -> None:
        self.samples.append((name, labels, value))

    def warn(self, line: str) -> None:
        self.lines.append(line)

    def take(self, subject: str, data: bytes) -> list[OutRow]:
        self._subject = subject
        return self._carry_out(self.function.on_input(data, self._head()))

    def advance(self, watermark_ms: int) -> Iterator[OutRow]:
        while self.timers and self.timers[0][0] <= watermark_ms:
            at_ms, self._subject = heapq.heappop(self.timers)
            if (head := self._head()) is not None or self._subject in self.held:
                yield from self._carry_out(self.function.on_time(self._subject, at_ms, head))

    def _head(self) -> bytes | None:
        return None if self._subject in self.held else self.heads.get(self._subject)

    def checkpoint(self) -> None:
        for subject in sorted(self.held):
            self._subject = subject
            self._carry_out(self.function.on_checkpoint(subject))
        self.held.clear()
        self.function.flush()

    def _carry_out(self, data: bytes | None) -> list[OutRow]:
        if data is None:
            return []
        said = read_answer(data)
        if said.state is not None:
            self.heads[self._subject] = said.state
        elif said.gone:
            self.heads.pop(self._subject, None)
        elif said.held:
            self.held.add(self._subject)
        if said.timer_ms is not None and (said.timer_ms, self._subject) not in self.timers:
            heapq.heappush(self.timers, (said.timer_ms, self._subject))
        return said.rows


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return shipped()


def shipped() -> dict[str, Any]:
    """The plan of the shipped journeys, live for the world's week."""
    plan = compile_workspace(data_dir("journeys"))
    plan["workspace"]["live_from_ms"] = END_MS - 7 * 86_400_000
    return plan


@pytest.fixture
def operator(plan: dict[str, Any]) -> Operator:
    return Operator(OrchestrateJourneys(plan, *contracts(plan)))


def contracts(plan: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """The contracts of a plan's topics, and a number for each."""
    topics = [topic for topic in topics_for(plan) if topic.schema]
    contracts = {str(topic.schema): load_schema(str(topic.schema)) for topic in topics}
    return contracts, {topic.name: number for number, topic in enumerate(topics, 1)}


def test_a_world_through_the_operators_calls_gives_the_records_of_the_replay(
    plan: dict[str, Any], operator: Operator
) -> None:
    world = World(Shape(END_MS, seed=5, customers=300, touchpoints=6_000, bad_share=0.0, duplicate_share=0.03))
    replay, records = Replay(Engine(plan)), Records(plan, *contracts(plan))
    found: Counter[tuple[Any, ...]] = Counter()
    wanted: Counter[tuple[Any, ...]] = Counter()
    for record in world.records():
        taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        assert taken is not None
        subject, row = taken
        found.update(operator.take(subject, orjson.dumps({**row, "subject": subject})))
        wanted.update(records.of_effect(kind, value) for kind, value in replay.take(subject, row) if kind != "count")
    found.update(operator.advance(END_MS + 86_400_000))
    for _, effects in replay.advance(END_MS + 86_400_000):
        wanted.update(records.of_effect(kind, value) for kind, value in effects if kind != "count")
    operator.function.flush()

    assert found == wanted
    assert found.total() > 500
    assert max(found.values()) == 1
    told = Counter[str]()
    for name, count in operator.counts.items():
        told[name.split()[0]] += count
    assert told["moments"] == sum(row.topic == "moments" for row in found)
    assert told["decisions"] == sum(row.topic == "decisions" for row in found)
    assert told["actions"] == sum(row.topic.startswith("actions.") for row in found)
    assert operator.counts["decisions outcome=refused;reason=no_consent;mode=live"] > 0
    assert operator.counts["inputs"] >= len(operator.heads)


def test_an_input_that_nothing_asks_for_is_answered_with_nothing(operator: Operator) -> None:
    row = {"subject": "c", "event_id": "e", "type": "search_performed", "at": END_MS}
    assert operator.function.on_input(orjson.dumps(row), None) is None


def test_a_timer_that_is_not_the_armed_one_changes_nothing(operator: Operator) -> None:
    row = {
        "subject": "c", "event_id": "e", "type": "product_added", "at": END_MS, "basket_id": "b", "attributes": {}
    }  # fmt: skip
    assert operator.take("c", orjson.dumps(row)) == []
    ((armed_ms, _),) = operator.timers
    assert operator.function.on_time("c", armed_ms - 1, operator.heads["c"]) is None
    assert operator.function.on_time("c", armed_ms, operator.heads["c"]) is not None


def test_a_dead_record_becomes_a_row_and_touches_no_state(operator: Operator) -> None:
    dead = {"topic": "touchpoints", "partition": 1, "offset": 7, "ts": 5, "kind": "tombstone", "error": "no value"}
    (row,) = operator.take("1/7", orjson.dumps({"dead": dead}))
    assert (row.topic, row.key, row.exactly_once) == ("deadletters", "touchpoints/1/7", True)
    assert operator.heads == {}
    operator.function.flush()
    assert +operator.counts == {"deadletters kind=tombstone": 1}


def test_what_an_alert_watches_is_told_before_it_first_happens(operator: Operator) -> None:
    assert operator.counts["deadletters kind=undecodable"] == 0
    assert {"deadletters kind=undecodable", "late", "actions channel=email;mode=live"} <= set(operator.counts)


def test_a_reason_that_nobody_knows_makes_no_label_of_its_own() -> None:
    plan = {"workspace": {"channels": {}}, "signals": []}
    counts: Counter[str] = Counter()
    counting = SimpleNamespace(count=lambda name, labels, more: counts.update({f"{name} {labels}": more}))
    counters = Counters(counting, plan)
    for number in range(100):
        counters.effect("decision", {"outcome": "refused", "reason": f"made-up-{number}", "mode": "live"})
    counters.flush()

    assert +counts == {"decisions outcome=refused;reason=other;mode=live": 100}


def test_a_record_of_a_newer_warm_up_stops_the_job_with_words_on_what_to_do(operator: Operator) -> None:
    with pytest.raises(StateError, match="cannot be merged by this cjo"):
        operator.take("c", b'{"memory": {"v": 9}}')


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "null",
        "[1]",
        "{}",
        '{"v": "1"}',
        '{"v": true}',
        '{"v": 1}',
        '{"v": 1, "warm": "3", "subject": "c"}',
        '{"v": 1, "warm": "3", "subject": 5, "state": {}}',
        '1, "subject": "c"',
        '1}, "dead": {"kind": 5',
    ],
)
def test_f2_what_no_warm_up_has_written_is_told_and_changes_nothing(plan: dict[str, Any], text: str) -> None:
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))

    assert worker.take("c", f'{{"memory": {text}}}'.encode()) == []
    worker.checkpoint()

    assert worker.counts["memories merged=foreign"] == 1 and not worker.heads
    assert "is no warm-up's record" in worker.lines[-1] and text in worker.lines[-1]


def test_an_answer_without_a_state_says_whether_it_stays_or_goes() -> None:
    row = OutRow("actions.web", "ü", b"\0\1", False)
    assert struct.unpack_from(">qi", answer(None, None)) == (NO_TIMER, -1)
    assert struct.unpack_from(">qi", answer(b"xy", 5)) == (5, 2)
    assert struct.unpack_from(">qi", rows_only([row])) == (NO_TIMER, UNCHANGED)
    assert read_answer(rows_only([row, row])).rows == [row, row]


NO_CONTROL = [
    "",
    "hello",
    "[]",
    "{}",
    "null",
    '{"name": "journey/j", "kind": "pause"}',
    '{"name": "control/j", "kind": "pause", "revision": 9}',
    '{"name": "control/j", "kind": "stop", "revision": 9, "effective_at_ms": "now"}',
    '{"name": "journey/j", "kind": "publish", "revision": 9, "effective_at_ms": 0}',
    '{"name": "j", "kind": "remove", "revision": 9, "effective_at_ms": 0}',
]


@pytest.mark.parametrize("text", NO_CONTROL)
def test_f2_what_is_no_control_record_is_told_and_changes_nothing(plan: dict[str, Any], text: str) -> None:
    worker = Operator(OrchestrateJourneys(plan, *contracts(plan)))

    assert worker.function.on_control(text) == ""
    assert "is no control record" in worker.lines[-1]
    paused = {"name": "journey/j", "kind": "pause", "revision": 1, "effective_at_ms": 0}
    assert worker.function.on_control(orjson.dumps(paused).decode()) == "journey/j@1"
