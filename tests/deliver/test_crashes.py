"""F1 for the deliverer: fail anywhere, start again, as often as you like; nothing is lost, and one window repeats."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.deliver.intake import Taken
from cjo.deliver.journal import Journal
from cjo.deliver.outcome import Outcome, failed, retry
from cjo.errors import StackError
from tests.deliver.worlds import T0, TOPIC, MadeClock, Recorder, World, action, cancel

PLACE = (TOPIC, 0)
PARALLEL = 4
_ANSWERS = st.sampled_from([None, retry("HTTP 500"), retry("no connection", whole=True), failed("refused")])
_RECORD = st.tuples(
    st.sampled_from(["request"] * 6 + ["cancel", "again", "expired", "unreadable"]),
    st.integers(0, 3),
    st.integers(0, 9),
)
_CRASH = st.tuples(st.sampled_from(["journal", "log", "reported"]), st.integers(1, 4))


class Faulty(Journal):
    """A journal that fails before or after the n-th write, or before it can note what the log has taken."""

    def __init__(self, path: Path, where: str | None, number: int) -> None:
        super().__init__(path)
        self.where, self.number = where, number

    def record(self, verdicts: Iterable[Any], at_ms: int) -> None:
        self._fail("journal")
        super().record(verdicts, at_ms)

    def reported(self, action_ids: Iterable[str]) -> None:
        self._fail("reported")
        super().reported(action_ids)

    def _fail(self, where: str) -> None:
        if self.where == where:
            self.number -= 1
            if self.number == 0:
                raise StackError(f"the machine is gone: {where}")


class Told:
    """The log as it stands after all runs."""

    def __init__(self) -> None:
        self.lines: list[Mapping[str, Any]] = []

    def verdicts(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for line in self.lines:
            found.setdefault(line["attributes"]["action_id"], set()).add(line["event_id"])
        return found


def _records(script: list[tuple[str, int, int]]) -> list[Taken]:
    found: list[dict[str, Any] | None] = []
    for number, (what, customer, which) in enumerate(script):
        earlier = [one for one in found if one and one["kind"] == "request"]
        if what == "request" or (what != "unreadable" and not earlier):
            found.append(action(number, f"c{customer}"))
        elif what == "expired":
            found.append(action(number, f"c{customer}", expires_at=T0 - 1))
        elif what == "unreadable":
            found.append(None)
        else:
            one = earlier[which % len(earlier)]
            found.append(one if what == "again" else cancel(one["action_id"][1:], one["customer_id"]))
    return [Taken(PLACE, offset, one, None if one else "undecodable") for offset, one in enumerate(found)]


def _run(
    folder: Path, records: list[Taken], start: int, carrier: Recorder, crash: tuple[str, int] | None, told: Told
) -> int:
    """One process from its start to its end; returns the committed offset."""
    where, number = crash or (None, 0)
    world = World(folder, [], carrier, clock=MadeClock(), journal=Faulty(folder / "journal.db", where, number))
    world.source.records = records[start:]
    world.source.expected = len(records) - start
    world.log.fails_at = number if where == "log" else 0
    try:
        world.run()
    except StackError:
        assert crash is not None
    told.lines += world.log.lines
    return max(start, world.source.committed.get(PLACE, start))


@settings(max_examples=60)
@given(st.lists(_RECORD, min_size=1, max_size=12), st.lists(_CRASH, max_size=4), st.lists(_ANSWERS, max_size=8))
def test_f1_every_request_has_one_verdict_in_the_log_whatever_fails_and_only_the_journals_failure_repeats(
    script: list[tuple[str, int, int]], crashes: list[tuple[str, int]], answers: list[Outcome | None]
) -> None:
    records, told, start = _records(script), Told(), 0
    requests = {one.action["action_id"] for one in records if one.action and one.action["kind"] == "request"}
    carrier = Counting(answers)
    with tempfile.TemporaryDirectory() as name:
        for crash in (*crashes, None):
            start = _run(Path(name), records, start, carrier, crash, told)
            # What is before the committed offset has its verdict in the log.
            passed = {
                one.action["action_id"] for one in records[:start] if one.action and one.action["kind"] == "request"
            }
            assert passed <= set(told.verdicts())
    assert start == len(records)
    verdicts = told.verdicts()
    assert set(verdicts) == requests
    assert all(len(events) == 1 for events in verdicts.values())
    journal_failures = sum(where == "journal" for where, _ in crashes)
    assert max(carrier.delivered.values(), default=1) <= 1 + journal_failures
    assert sum(carrier.delivered.values()) - len(carrier.delivered) <= journal_failures * PARALLEL


class Counting(Recorder):
    """Counts what was delivered in truth, whether or not anybody remembers."""

    def __init__(self, answers: list[Outcome | None]) -> None:
        super().__init__()
        self.turns = list(answers)
        self.delivered: Counter[str] = Counter()

    async def deliver(self, action: Mapping[str, Any]) -> Outcome:
        answer = self.turns.pop(0) if self.turns else None
        if answer is not None:
            self.answers = [answer]
        outcome = await super().deliver(action)
        self.delivered[action["action_id"]] += outcome.kind == "delivered"
        return outcome


def test_a_crash_is_one(tmp_path: Path) -> None:
    """The test above would find nothing if its faults did not happen."""
    journal = Faulty(tmp_path / "journal.db", "journal", 1)
    with pytest.raises(StackError, match="the machine is gone: journal"):
        journal.record([], T0)
    journal.close()
