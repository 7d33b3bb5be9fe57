"""F1, F4: the state of a busy subject is held between checkpoints, and nothing of it differs for that."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from bench.busy import Host
from cjo.avro.rows import row_of
from cjo.demo.shape import DAY_MS, Shape
from cjo.demo.world import World
from cjo.engine import duplicates
from tests.engine import build
from tests.engine.build import tp
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from tests.system.play import play_seed
from udfs import held, sections
from udfs.held import Busy
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import OutRow


def played(checkpoints: random.Random | None) -> tuple[Counter[OutRow], Operator, int]:
    """A small world, with checkpoints by chance; how many subjects were held at them."""
    plan = shipped()
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    found: Counter[OutRow] = Counter()
    times = 0
    for record in World(Shape(END_MS, seed=6, customers=60, touchpoints=5_000, bad_share=0.0)).records():
        if checkpoints and checkpoints.random() < 0.01:
            times += len(operator.held)
            operator.checkpoint()
            found.update(operator.advance(record.timestamp_ms - DAY_MS))
        taken = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        assert taken is not None
        found.update(operator.take(taken[0], orjson.dumps({**taken[1], "subject": taken[0]})))
    found.update(operator.advance(END_MS + 8 * DAY_MS))
    operator.checkpoint()
    return found, operator, times


def whole(operator: Operator) -> dict[str, Any]:
    """Every subject's state, its parts put together."""
    states = {}
    for subject in operator.heads:
        operator._subject = subject
        state, armed_ms = sections.load(operator.heads[subject], operator)
        assert state is not None
        states[subject] = [armed_ms, sections.plain(state)]
    return states


def test_f1_what_is_decided_and_kept_is_the_same_with_every_subject_held(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, plain, _ = played(None)
    assert not plain.held
    monkeypatch.setattr(held, "READ_BYTES", 0)
    monkeypatch.setattr(sections, "SPILL_BYTES", 300)
    monkeypatch.setattr(sections, "ENTRY_BYTES_MIN", 100)
    monkeypatch.setattr(sections, "SPLIT_BYTES", 100)
    monkeypatch.setattr(sections, "KEYS_MIN", 2)
    found, operator, times = played(random.Random(3))

    assert times > 300
    assert found == wanted
    assert whole(operator) == whole(plain)
    assert plain.heads.keys() == operator.heads.keys()
    owners = {subject for subject, _ in operator.parts}
    assert owners <= operator.heads.keys(), "a subject that is gone leaves no part behind"


@pytest.mark.parametrize("seed", range(25))
def test_f1_stories_with_crashes_break_nothing_with_every_subject_held(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Killed between checkpoints, what was held is lost, and made again of the log."""
    monkeypatch.setattr(held, "READ_BYTES", 0)
    monkeypatch.setattr(duplicates, "SPREAD", 3)
    monkeypatch.setattr(sections, "SPILL_BYTES", 0)
    monkeypatch.setattr(sections, "ENTRY_BYTES_MIN", 0)
    monkeypatch.setattr(sections, "SPLIT_BYTES", 0)
    monkeypatch.setattr(sections, "KEYS_MIN", 2)
    assert play_seed(seed).broken == []


def test_f4_a_robot_is_held_and_a_usual_customer_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = build.plan(build.score(at_least=10**6, window_ms=DAY_MS))
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    for number in range(3_000):
        rows = [("robot", tp("page_viewed", number / 100)), (f"c{number % 50}", tp("page_viewed", number / 100))]
        for subject, row in rows:
            operator.take(subject, orjson.dumps({**row, "subject": subject}))

    assert operator.held == {"robot"}
    operator.checkpoint()
    assert not operator.held
    operator._subject = "robot"
    state, _ = sections.load(operator.heads["robot"], operator)
    assert state is not None
    assert state["clock"] == build.at(2_999 / 100)


def test_f4_no_more_than_some_subjects_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "SUBJECTS", 2)
    busy, head = Busy(), b"x" * (held.READ_BYTES + 1)
    for name in ("a", "b", "c"):
        wanted = busy.wants(name, {}, head)
        assert wanted == (name != "c")
        if wanted:
            busy[name] = held.Held({}, None, head)
    assert not Busy().wants("small", {}, b"x" * sections.SPILL_BYTES)


def test_reading_is_counted_from_checkpoint_to_checkpoint() -> None:
    busy, head = Busy(), b"x" * 40_000
    assert not busy.wants("a", {}, head)
    busy.begin_again()
    assert not busy.wants("a", {}, head)
    assert busy.wants("a", {}, head)


def test_a_subject_of_whom_nothing_is_left_while_it_was_held_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    operator, function = Host(), OrchestrateJourneys(build.plan(), *contracts(build.plan()))
    function.open(operator)
    operator.parts["sig:a"] = b"{}"
    head = orjson.dumps({"v": 2, "_out": {"sig": ["a"]}})
    function._busy["c1"] = held.Held(None, 5, head)
    assert function.on_checkpoint("c1")[8:12] == b"\xff\xff\xff\xff"
    assert operator.parts == {}


def test_f4_a_subject_that_is_forgotten_and_comes_back_between_two_checkpoints_leaves_no_parts() -> None:
    minute, day = 60_000, DAY_MS
    plan = build.plan(build.absence(within_ms=30 * minute))
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))

    def add(minutes: float, basket: str) -> None:
        row = tp("product_added", minutes, basket_id=basket)
        operator.take("robot", orjson.dumps({**row, "subject": "robot"}))

    for number in range(600):
        add(number / 100, f"basket-{number}")
    operator.checkpoint()
    assert operator.parts
    for number in range(600):
        add(6 + number / 100, f"basket-{number}")
    assert operator.held == {"robot"}
    list(operator.advance(build.at(12) + 60 * day))
    add(60 * day / minute + 100, "another")
    operator.checkpoint()

    assert operator.parts == {}
    assert b"another" in operator.heads["robot"]
