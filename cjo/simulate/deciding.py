"""The second half of a simulation: the rows of some subjects through the engine, one subject after the other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cjo.engine import Engine
from cjo.simulate.compare import Difference, Told, compare
from cjo.simulate.control import engine_under
from cjo.simulate.replay import written_row
from cjo.simulate.subject import Story, among, run_ordered, run_subject
from cjo.simulate.tally import Tally

Plan = dict[str, Any]


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
    written: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """(number of the plan, customer, row) of what accounts and the like have written to customers."""

    def merge(self, other: Decided, listed: int) -> None:
        """Add what came of another shard, keeping the first `listed` customers with differences."""
        for mine, theirs in zip(self.tallies, other.tallies, strict=True):
            mine.merge(theirs)
        self.inputs += other.inputs
        self.engine_s += other.engine_s
        self.codec_s += other.codec_s
        self.different.update(other.different)
        self.customers.update(other.customers)
        self.differences = first_customers([*self.differences, *other.differences], listed)
        self.story = self.story or other.story


class Decider:
    """Decides shards. One engine for each plan: the first is the one that is simulated, a second is compared to it."""

    def __init__(
        self, plans: list[Plan], until_ms: int, by_time: bool, listed: int, customer: str | None,
        control: Sequence[dict[str, Any]] = (),
    ) -> None:  # fmt: skip
        self._engines = [engine_under(plan, control) for plan in plans]
        self._signals = [{one["name"]: one["enter"]["on"] for one in plan["journeys"]} for plan in plans]
        self._others = [
            {signal["name"]: signal["version"] for signal in plan["signals"] if "subject" in signal} for plan in plans
        ]
        self._zones = [plan["workspace"]["time_zone"] for plan in plans]
        self._until_ms = until_ms
        self._by_time = by_time
        self._listed = listed
        self._customer = customer

    def decide(self, lines: bytes, written: bytes = b"") -> Decided:
        """The lines of one shard of customers (`[at, subject, row]`, in log order), with what is written to them."""
        decided = Decided([Tally(zone) for zone in self._zones])
        before = time.process_time()
        subjects = self._by_subject(lines)
        more: dict[str, list[list[dict[str, Any]]]] = {}
        for number, customer, row in map(orjson.loads, written.splitlines()):
            subjects.setdefault(customer, [])
            more.setdefault(customer, [[] for _ in self._engines])[number].append(row)
        decided.codec_s = time.process_time() - before
        for subject, rows in subjects.items():
            self._subject(decided, subject, rows, more.get(subject))
        decided.differences = first_customers(decided.differences, self._listed)
        return decided

    def decide_others(self, lines: bytes) -> Decided:
        """The lines of one shard of accounts and the like; what they write to customers is in `written`."""
        decided = Decided([Tally(zone) for zone in self._zones])
        before = time.process_time()
        subjects = self._by_subject(lines)
        decided.codec_s = time.process_time() - before
        before = time.process_time()
        for subject, rows in subjects.items():
            for number, engine in enumerate(self._engines):
                wanted = [row for row in rows if subject in engine.others_of(row)]
                story = run_ordered(engine, subject, wanted, self._until_ms)
                decided.tallies[number].add(story)
                decided.inputs += len(wanted)
                decided.written += self._written(number, engine, story)
        decided.engine_s = time.process_time() - before
        return decided

    def _written(self, number: int, engine: Engine, story: Story) -> Iterator[tuple[int, str, dict[str, Any]]]:
        for kind, record in story.effects:
            if kind == "touchpoint" and self._customer in (None, record["customer_id"]):
                yield number, *written_row(record, engine.plan)

    def _by_subject(self, lines: bytes) -> dict[str, list[dict[str, Any]]]:
        entries = [orjson.loads(line) for line in lines.splitlines()]
        if self._by_time:
            entries.sort(key=lambda entry: entry[0])
        subjects: dict[str, list[dict[str, Any]]] = {}
        for _, subject, row in entries:
            subjects.setdefault(subject, []).append(row)
        return subjects

    def _subject(
        self, decided: Decided, subject: str, rows: list[dict[str, Any]], written: list[list[dict[str, Any]]] | None
    ) -> None:
        before = time.process_time()
        inputs = [self._with_written(number, rows, written) for number in range(len(self._engines))]
        stories = [
            run_subject(engine, subject, own, self._until_ms) for engine, own in zip(self._engines, inputs, strict=True)
        ]
        decided.engine_s += time.process_time() - before
        decided.inputs += sum(map(len, inputs))
        for tally, story in zip(decided.tallies, stories, strict=True):
            tally.add(story)
        if subject == self._customer:
            decided.story = stories[0]
        if len(stories) > 1:
            self._compare(decided, subject, stories)

    def _with_written(
        self, number: int, rows: list[dict[str, Any]], written: list[list[dict[str, Any]]] | None
    ) -> list[dict[str, Any]]:
        if not self._others[number]:
            return rows
        bound_ms = self._engines[number].plan["workspace"]["bound_ms"]
        return among(rows, written[number] if written else (), self._others[number], bound_ms)

    def _compare(self, decided: Decided, subject: str, stories: list[Story]) -> None:
        base, other = (Told(story.effects, signals) for story, signals in zip(stories, self._signals, strict=True))
        found = compare(subject, base, other)
        decided.different.update(one.kind for one in found)
        decided.customers.update({one.kind for one in found})
        decided.customers["any"] += bool(found)
        decided.differences += found


def first_customers(differences: list[Difference], count: int) -> list[Difference]:
    """The differences of the `count` customers that come first in the alphabet: no process decides which."""
    first = set(sorted({one.subject for one in differences})[:count])
    return sorted((one for one in differences if one.subject in first), key=lambda one: (one.subject, one.journey))
