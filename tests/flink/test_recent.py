"""States that are remembered as objects: the same answers as from the bytes, and never an older state than Flink's."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from cjo.avro.rows import row_of
from cjo.demo.shape import Shape
from cjo.demo.world import World
from tests.flink.test_orchestrate import END_MS, Operator, contracts, shipped
from udfs import recent, sections
from udfs.orchestrate import OrchestrateJourneys
from udfs.recent import Recent

DAY_MS = 86_400_000


def played(plan: dict[str, Any]) -> tuple[list[Any], int]:
    """(every row of a small world, repeats among it, with the state after each input; most parts that were apart)."""
    operator = Operator(OrchestrateJourneys(plan, *contracts(plan)))
    found: list[Any] = []
    apart = 0
    world = World(Shape(END_MS, seed=8, customers=40, touchpoints=6_000, bad_share=0.0, duplicate_share=0.05))
    for record in world.records():
        subject_row = row_of(record.touchpoint, record.timestamp_ms, plan["columns"])
        if subject_row is not None:
            subject, row = subject_row
            found += operator.advance(record.timestamp_ms - DAY_MS)
            found += operator.take(subject, orjson.dumps({**row, "subject": subject}).decode())
            found.append(operator.heads.get(subject))
            apart = max(apart, len(operator.parts))
    found += operator.advance(END_MS + 60 * DAY_MS)
    return [*found, operator.heads, operator.parts], apart


def test_a_remembered_state_gives_the_answers_of_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = shipped()
    parsed: list[bytes] = []
    load = sections.load

    def loaded(head: bytes | None, store: sections.Store) -> Any:
        if head is not None and sections.is_whole(head):
            parsed.append(head)
        return load(head, store)

    monkeypatch.setattr(sections, "load", loaded)
    with_memory, apart = played(plan)
    once = len(parsed)

    monkeypatch.setattr(recent.Recent, "take", lambda *_: None)
    without, _ = played(plan)

    assert with_memory == without
    assert apart, "a state grew so large that parts of it were kept apart"
    assert once < (len(parsed) - once) / 2, "most whole states were not parsed again"


def test_a_head_that_was_not_written_from_it_is_read_anew() -> None:
    known, state = Recent(), {"clock": 5}
    known.keep("c", b'{"clock":5}', state, 9)
    assert known.take("c", b'{"clock":4}') is None, "a restored job hands over an older one"
    known.keep("c", b'{"clock":5}', state, 9)
    assert known.take("c", None) is None, "the subject has been forgotten"
    known.keep("c", b'{"clock":5}', state, 9)
    assert known.take("c", b'{"clock":5}') == (state, 9)
    assert known.take("c", b'{"clock":5}') is None, "a step that fails leaves nothing behind"


def test_only_small_whole_states_of_the_latest_subjects_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "SUBJECTS", 2)
    known = Recent()
    for name in ("a", "b", "c"):
        known.keep(name, b"{}", {}, None)
    assert [known.take(name, b"{}") for name in ("a", "b", "c")] == [None, ({}, None), ({}, None)]

    store = Operator(OrchestrateJourneys(shipped(), *contracts(shipped())))
    large = {"v": 1, "clock": 1, "wakes": [], "seen": {"1": "x" * 3_000}, "sig": {}, "runs": {}}
    head = sections.save(large, None, store, None)
    known.keep("large", head, large, None)
    known.keep("long", b"{" + b" " * 3_000 + b"}", {}, None)
    assert known.take("large", head) is None
    assert known.take("long", b"{" + b" " * 3_000 + b"}") is None
