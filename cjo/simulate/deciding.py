"""The second half of a simulation: the rows of some subjects through the engine, one subject after the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cjo.engine import Engine
from cjo.engine.plan import CompiledPlan
from cjo.simulate.compare import Difference, Told, compare
from cjo.simulate.control import engine_under
from cjo.simulate.replay import written_row
from cjo.simulate.subject import AccountStory, Arrival, Story, among, is_late, run_ordered, run_subject
from cjo.simulate.tally import Tally

Plan = dict[str, Any]
_Written = tuple[dict[str, Any], int]
"""A row that is written to a customer, and how far time had come where it is late, else 0."""


@dataclass
class Decided:
    """What came of a shard. `tallies` has one for each plan, `engine_s` and `codec_s` are CPU seconds."""

    tallies: list[Tally]
    inputs: int = 0
    engine_s: float = 0.0
    codec_s: float = 0.0
    differences: list[Difference] = field(default_factory=list)
    different: Counter[str] = field(default_factory=Counter)
    customers: Counter[str] = field(default_factory=Counter)
    story: Story | None = None
    written: list[tuple[int, str, dict[str, Any], int]] = field(default_factory=list)
    """(number of the plan, customer, row, how far time had come where it is late) of what accounts and the like have
    written to customers."""
    decisions: list[bytes] = field(default_factory=list)
    """Of the first plan, a line of JSON each, where they are asked for."""
    late: int = 0
    """Touchpoints of accounts and the like that came later than the bound."""

    def merge(self, other: Decided, listed: int) -> None:
        """Add what came of another shard, keeping the first `listed` customers with differences."""
        for mine, theirs in zip(self.tallies, other.tallies, strict=True):
            mine.merge(theirs)
        self.inputs += other.inputs
        self.engine_s += other.engine_s
        self.codec_s += other.codec_s
        self.late += other.late
        self.different.update(other.different)
        self.customers.update(other.customers)
        self.differences = first_customers([*self.differences, *other.differences], listed)
        self.story = self.story or other.story


class Decider:
    """Decides shards. One engine for each plan: the first is the one that is simulated, a second is compared to it.

    What is due by `until_ms` is decided: each plan's watermark comes its own bound later.
    """

    def __init__(
        self, plans: list[Plan], until_ms: int, by_time: bool, listed: int, customer: str | None,
        control: Sequence[dict[str, Any]] = (), keeps_decisions: bool = False,
    ) -> None:  # fmt: skip
        self._engines = [engine_under(plan, control) for plan in plans]
        self._signals = [{one["name"]: one["enter"]["on"] for one in plan["journeys"]} for plan in plans]
        self._others = [
            {signal["name"]: signal["version"] for signal in plan["signals"] if "subject" in signal} for plan in plans
        ]
        self._tallied = [(plan["workspace"]["time_zone"], CompiledPlan(plan).mode) for plan in plans]
        self._watermarks_ms = [until_ms + plan["workspace"]["bound_ms"] for plan in plans]
        self._by_time = by_time
        self._listed = listed
        self._customer = customer
        self._keeps_decisions = keeps_decisions

    def decide(self, lines: bytes, written: bytes = b"") -> Decided:
        """The lines of one shard of customers (`[at, subject, row]`, in log order), with what is written to them."""
        decided = Decided([Tally(*about) for about in self._tallied])
        before = time.process_time()
        subjects = self._by_subject(lines)
        more: dict[str, list[list[_Written]]] = {}
        for number, customer, row, passed_ms in map(orjson.loads, written.splitlines()):
            subjects.setdefault(customer, [])
            more.setdefault(customer, [[] for _ in self._engines])[number].append((row, passed_ms))
        decided.codec_s = time.process_time() - before
        for subject, rows in subjects.items():
            self._subject(decided, subject, rows, more.get(subject))
        decided.differences = first_customers(decided.differences, self._listed)
        return decided

    def decide_others(self, lines: bytes) -> Decided:
        """The lines of one shard of accounts and the like; what they write to customers is in `written`."""
        decided = Decided([Tally(*about) for about in self._tallied])
        before = time.process_time()
        subjects = self._arrivals(lines)
        decided.codec_s = time.process_time() - before
        before = time.process_time()
        for subject, arrivals in subjects.items():
            for number, engine in enumerate(self._engines):
                wanted = [one for one in arrivals if subject in engine.others_of(one.row)]
                told = run_ordered(engine, subject, wanted, self._watermarks_ms[number])
                decided.tallies[number].add(told.story)
                if number == 0:
                    self._keep(decided, told.story)
                    decided.late += sum(is_late(one, engine.plan["workspace"]["bound_ms"]) for one in wanted)
                decided.inputs += len(wanted)
                decided.written += self._written(number, engine, told)
        decided.engine_s = time.process_time() - before
        return decided

    def _written(
        self, number: int, engine: Engine, told: AccountStory
    ) -> Iterator[tuple[int, str, dict[str, Any], int]]:
        for kind, record in told.story.effects:
            if kind == "touchpoint" and self._customer in (None, record["customer_id"]):
                yield number, *written_row(record, engine.plan), told.passed_ms.get(record["event_id"], 0)

    def _arrivals(self, lines: bytes) -> dict[str, list[Arrival]]:
        """By subject the rows of accounts and the like. Before those of a batch stands how far its sources had come."""
        newest: dict[str, int] = {}
        subjects: dict[str, list[Arrival]] = {}
        for entry in map(orjson.loads, lines.splitlines()):
            if isinstance(entry, dict):
                newest = entry
                continue
            _, subject, row, source, newest_ms = entry
            came_ms = 0 if self._by_time else max(newest_ms, newest.get(source, 0))
            subjects.setdefault(subject, []).append(Arrival(row, came_ms))
        return subjects

    def _by_subject(self, lines: bytes) -> dict[str, list[dict[str, Any]]]:
        entries = [orjson.loads(line) for line in lines.splitlines()]
        if self._by_time:
            entries.sort(key=lambda entry: entry[0])
        subjects: dict[str, list[dict[str, Any]]] = {}
        for _, subject, row in entries:
            subjects.setdefault(subject, []).append(row)
        return subjects

    def _subject(
        self, decided: Decided, subject: str, rows: list[dict[str, Any]], written: list[list[_Written]] | None
    ) -> None:
        before = time.process_time()
        passed = [_passed(written[number] if written else ()) for number in range(len(self._engines))]
        inputs = [self._with_written(number, rows, written, passed[number]) for number in range(len(self._engines))]
        stories = [
            run_subject(engine, subject, own, until_ms, passed_ms)
            for engine, own, until_ms, passed_ms in zip(self._engines, inputs, self._watermarks_ms, passed, strict=True)
        ]
        decided.engine_s += time.process_time() - before
        decided.inputs += sum(map(len, inputs))
        for tally, story in zip(decided.tallies, stories, strict=True):
            tally.add(story)
        self._keep(decided, stories[0])
        if subject == self._customer:
            decided.story = stories[0]
        if len(stories) > 1:
            self._compare(decided, subject, stories)

    def _keep(self, decided: Decided, story: Story) -> None:
        if self._keeps_decisions:
            decided.decisions += [orjson.dumps(record) for kind, record in story.effects if kind == "decision"]

    def _with_written(
        self, number: int, rows: list[dict[str, Any]], written: list[list[_Written]] | None, passed_ms: dict[str, int]
    ) -> list[dict[str, Any]]:
        if not self._others[number]:
            return rows
        bound_ms = self._engines[number].plan["workspace"]["bound_ms"]
        own = [row for row, _ in written[number]] if written else []
        return among(rows, own, self._others[number], bound_ms, passed_ms)

    def _compare(self, decided: Decided, subject: str, stories: list[Story]) -> None:
        base, other = (Told(story.effects, signals) for story, signals in zip(stories, self._signals, strict=True))
        found = compare(subject, base, other)
        decided.different.update(one.kind for one in found)
        decided.customers.update({one.kind for one in found})
        decided.customers["any"] += bool(found)
        decided.differences += found


def _passed(written: Iterable[_Written]) -> dict[str, int]:
    return {row["event_id"]: passed_ms for row, passed_ms in written if passed_ms}


def first_customers(differences: list[Difference], count: int) -> list[Difference]:
    """The differences of the `count` customers that come first in the alphabet: no process decides which."""
    first = set(sorted({one.subject for one in differences})[:count])
    return sorted((one for one in differences if one.subject in first), key=lambda one: (one.subject, one.journey))
