"""F4: what a running job tells of state: real bytes of each signal, and customers that operators should look at."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from cjo.avro.rows import row_of
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.engine.room import COUNTERS
from cjo.insight import memory
from cjo.simulate.replay import Replay
from tests.engine import build
from tests.engine.build import memories, tp
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from tests.insight.test_memory import remembered
from udfs import held, measured, notices
from udfs.notices import BUSY, Notices
from udfs.orchestrate import OrchestrateJourneys

ROW = {"basket_id": "basket-1", "product_id": "product1", "amount": "12.5000"}


def test_what_is_measured_is_what_is_estimated_within_the_declared_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every written state of a synthetic week is measured, and each is estimated by what its signals remember."""
    monkeypatch.setattr(measured, "EVERY", 1)
    monkeypatch.setattr(measured, "_AT_ONCE", 10**6)
    plan = shipped()
    operator, replay = Operator(OrchestrateJourneys(plan, *contracts(plan))), Replay(Engine(plan))
    signals = {signal["name"]: signal for signal in plan["signals"]}
    real, guessed, compared = Counter[str](), Counter[str](), Counter[str]()
    for record in World(Shape(END_MS, seed=6, customers=100, touchpoints=8_000, bad_share=0.0)).records():
        taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        assert taken is not None
        subject, row = taken
        operator.take(subject, orjson.dumps({**row, "subject": subject}))
        replay.take(subject, row)
        operator.samples.clear()
        operator.checkpoint()
        told = {label[7:]: size for name, label, size in operator.samples if name == "state_bytes"}
        state = orjson.loads(replay.states.get(subject, b"null")) if told else None
        for name, size in told.items():
            estimate = memory.of_signal(plan, signals[name])
            if not estimate.each:
                continue
            real[name] += size
            kept = memories(state, signals[name])
            guessed[name] += sum(estimate.bytes_for(remembered(signals[name], one)) for one in kept)
            compared[name] += 1

    many = [name for name, count in compared.items() if count > 30]
    assert {"basket_abandoned", "high_mortgage_engagement"} < set(many)
    for name in many:
        assert real[name] / memory.FACTOR <= guessed[name] <= real[name] * memory.FACTOR, name


def test_one_of_so_many_written_states_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "EVERY", 10)
    monkeypatch.setattr(held, "READ_BYTES", 10**9)
    plan = build.plan(build.absence(), build.count())
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    for number in range(100):
        row = tp("product_added", number, **{**ROW, "basket_id": f"b{number // 2 % 3}"})
        operator.take("c1", orjson.dumps({**row, "subject": "c1"}))
    assert operator.samples == []

    operator.checkpoint()

    found = Counter(name for name, label, _ in operator.samples if label == "signal=abandoned")
    assert found == {"state_bytes": 10, "state_keys": 10}
    assert {value for name, label, value in operator.samples if name == "state_keys"} <= {1, 2, 3}
    operator.samples.clear()
    operator.checkpoint()
    assert operator.samples == []


def test_memory_of_a_signal_that_no_known_plan_has_makes_no_label_of_its_own() -> None:
    told: list[Any] = []
    kept = measured.Measured(Sink(told), {"signals": []})
    kept.take({"sig": {"made-up": {"": {"p": []}}}, "wakes": []})
    kept.know({"signals": [{"name": "now", "memory": "made-up"}]})
    kept._left = 1
    kept.take({"sig": {"made-up": {"": {"p": []}}}, "wakes": [[5, 0, "s:made-up:"]]})
    kept.flush()
    assert told == [
        ("state_bytes", "signal=other", 25), ("state_keys", "signal=other", 1),
        ("state_bytes", "signal=now", 45), ("state_keys", "signal=now", 1),
    ]  # fmt: skip


class Sink:
    """Takes samples and lines."""

    def __init__(self, found: list[Any]) -> None:
        self.found = found

    def sample(self, *told: Any) -> None:
        self.found.append(told)

    def warn(self, line: str) -> None:
        self.found.append(line)


def test_f4_a_robot_is_named_in_the_log_once_a_day_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = build.plan(build.score(at_least=10**6))
    plan["workspace"]["limits"] = {**plan["workspace"]["limits"], "touchpoints_per_day": 1_000}
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    chance = random.Random(1)
    for number in range(2_500):
        row = tp("page_viewed", number / 1_200)
        subject = "robot" if chance.random() < 0.9 else "c1"
        operator.take(subject, orjson.dumps({**row, "subject": subject}))
    operator.checkpoint()

    assert operator.counts["busy_subjects"] == 1
    (line,) = operator.lines
    assert line.startswith("busy_subjects: subject 'robot' has had more than 1,000 touchpoints on one day")


def test_t4_s5_customers_with_too_late_touchpoints_and_conflicts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = build.plan(build.score())
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    rows = [
        tp("page_viewed", 0, event_id="a"),
        tp("page_viewed", -60 * 48),
        tp("page_viewed", 9, event_id="a", page="x"),
        tp("consent_given", 9, attributes={"purpose": "marketing advice"}),
    ]
    for row in rows:
        operator.take("c1", orjson.dumps({**row, "subject": "c1"}))
    operator.checkpoint()

    named = ["beyond_horizon", "conflict", "consent_undeclared"]
    assert [line.partition(":")[0] for line in operator.lines] == named
    assert [operator.counts[name] for name in named] == [1, 1, 1]


def test_lines_are_few_however_much_happens() -> None:
    lines: list[Any] = []
    told = Notices(Sink(lines), {"workspace": {}})
    for number in range(10_000):
        told.take(f"c{number}", "conflict")
    assert len(lines) == notices.LINES
    for number in range(10_000):
        if number % 100 == 0:
            told.flush()
        told.take("c0", "conflict")
        told.take("c0", "duplicate")
    assert len(lines) == notices.LINES, "the same customer, and what is usual"
    for number in range(10_000):
        told.take(f"c{number}", BUSY)
    assert len(lines) == notices.LINES + notices.BUSY_LINES


def test_every_limit_names_its_customer() -> None:
    lines: list[Any] = []
    told = Notices(Sink(lines), {"workspace": {}})
    for name in COUNTERS:
        told.take("c1", name)
    assert [line.partition(":")[0] for line in lines] == list(COUNTERS)
