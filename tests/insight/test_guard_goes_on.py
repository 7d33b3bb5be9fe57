"""`cjo guard` as a service: it outlives what happens to journeys, and to the broker, while it watches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjo.cli.guard import REFRESH_S, watched
from cjo.client import Record
from cjo.compile import compile_workspace
from cjo.engine.halts import PAUSE, RESUME, STOP
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.submission import control
from cjo.submission.running import running, submission_record
from tests.client.records import T0, decision
from tests.spec import workspaces


class Topic:
    """The control topic of a broker that is away now and then."""

    def __init__(self, folder: Path) -> None:
        guarded = ("owner: shop", "owner: shop\nguard: {sends: 2, per: 1 hour}")
        self.plan = compile_workspace(workspaces.write(folder, journey=guarded))
        self.plan, records = control.numbered(self.plan, [])
        self.records = [*records, submission_record(self.plan, [], "job-1", {})]
        self.away = 0

    def recorded(self, settings: Settings) -> list[control.Record]:
        if self.away:
            self.away -= 1
            raise StackError("no broker answers")
        return list(self.records)

    def publish(self, settings: Settings, records: list[control.Record]) -> None:
        self.records += records

    def say(self, kind: str, at_ms: int) -> None:
        self.records.append(control.halting(kind, "win-back", self.records, at_ms))

    def remove(self) -> None:
        self.records += control.numbered({**self.plan, "journeys": []}, self.records)[1]

    def kind(self) -> str | None:
        held = running(self.records).halt_of("win-back")
        return held.kind if held else None


@pytest.fixture
def topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Topic:
    made = Topic(tmp_path)
    monkeypatch.setattr(control, "recorded", made.recorded)
    monkeypatch.setattr(control, "publish", made.publish)
    monkeypatch.setattr("cjo.submission.halt.newest_ms", lambda settings: T0)
    return made


def sent(number: int) -> Record:
    more: dict[str, Any] = {"journey": "win-back", "outcome": "accepted", "reason": "sent", "mode": "live"}
    return decision(T0 + number, decision_id=f"d{number}", **more)


def told(topic: Topic, *events: Any, **more: Any) -> list[int]:
    """What is told of while these records come; a function among them happens between two."""
    clock = [0.0]

    def records() -> Any:
        for event in events:
            if isinstance(event, Record):
                yield event
            else:
                event()
                clock[0] += 2 * REFRESH_S if more.get("asked", True) else 0

    found = watched(Settings.load(), records(), lambda: clock[0], lambda seconds: None)
    return [excess.sends for excess, _ in found]


def test_r7_a_journey_that_is_taken_out_before_it_can_be_paused_ends_nothing(topic: Topic) -> None:
    assert told(topic, sent(1), sent(2), topic.remove, sent(3), sent(4), asked=False) == []
    assert topic.kind() is None


def test_r7_a_stop_is_not_made_a_pause(topic: Topic) -> None:
    assert told(topic, sent(1), sent(2), lambda: topic.say(STOP, T0), sent(3), sent(4), asked=False) == []
    assert topic.kind() == STOP


def test_r7_the_pause_waits_for_a_broker_that_is_away(topic: Topic, capsys: pytest.CaptureFixture[str]) -> None:
    def away() -> None:
        topic.away = 3

    assert told(topic, sent(1), sent(2), away, sent(3)) == [3]
    assert topic.kind() == PAUSE
    assert capsys.readouterr().err.count("no broker answers; trying again") == 3


def test_r7_after_a_resume_only_what_is_sent_from_then_on_counts_also_for_a_guard_that_begins_anew(
    topic: Topic,
) -> None:
    assert told(topic, *map(sent, range(3))) == [3]
    topic.say(RESUME, T0 + RESUMED)
    assert told(topic, *map(sent, range(3)), sent(RESUMED), sent(RESUMED + 1)) == []
    assert topic.kind() is None
    assert told(topic, *map(sent, range(3)), *map(sent, range(RESUMED, RESUMED + 3))) == [3]


RESUMED = 100_000
