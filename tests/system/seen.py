"""What the world saw of a story, decoded: what checkers look at beside the author's documents and the raw log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import orjson

from cjo.avro.codec import Reader, load_schema
from cjo.topics import DEADLETTERS, DECISIONS, MOMENTS, topics_for
from tests.system.compiled import Ready, plan_of
from tests.system.host.job import Outcome
from tests.system.host.subtask import Written
from tests.system.lengths import ms

Record = dict[str, Any]
Row = dict[str, Any]


class Told(NamedTuple):
    """A record that came out, and how many of its subject's touchpoints had been handled by then (the last of them
    brought it about, unless `by_time`)."""

    record: Record
    known: int
    by_time: bool


class Decoder:
    """Reads values of a plan's topics."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        topics = [topic for topic in topics_for(plan) if topic.schema]
        schemas = {number: load_schema(str(topic.schema)) for number, topic in enumerate(topics, 1)}
        self._schemas = schemas
        self.read = lru_cache(maxsize=None)(Reader(self).__call__)

    def schema(self, schema_id: int) -> dict[str, Any]:
        return self._schemas[schema_id]


class Seen:
    """Records by kind and the raw touchpoints by subject, in log order."""

    def __init__(self, ready: Ready, outcome: Outcome) -> None:
        self.ready = ready
        self.story = ready.story
        self.outcome = outcome
        self._decoder = Decoder(ready.plan)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        for line in ready.lines:
            if line.row is not None:
                self.rows[line.subject].append(line.row)
        self.decisions: list[Told] = []
        self.moments: list[Told] = []
        self.actions: list[Told] = []
        self.dead: list[Record] = []
        for one in outcome.committed:
            self._take(one)
        decided = {told.record["action_id"] for told in self.decisions}
        for one in {written.row: written for written in reversed(outcome.prompt)}.values():
            told = self._told(one)
            if told.record["action_id"] in decided:  # else it was decided otherwise after a crash: see checks/prompt.py
                self.actions.append(told)
        self.actions.sort(key=lambda told: told.record["decided_at"])

    def read(self, value: bytes) -> Record:
        """A value of any topic."""
        return self._decoder.read(value)

    @cached_property
    def workspace(self) -> Record:
        """The file workspace.yaml."""
        return self.story.workspace

    @cached_property
    def bound_ms(self) -> int:
        """The declared out-of-orderness."""
        return ms(self.workspace["bound"])

    @cached_property
    def signals(self) -> Record:
        """Signals as they were written, by name."""
        return self.story.documents["journeys.yaml"][0]["signals"]

    @cached_property
    def journeys(self) -> dict[tuple[str, str], Record]:
        """Journeys as they were written, by name and version."""
        found = {}
        for documents in (self.story.documents, *(change.documents for change in self.story.changes)):
            written = [one for one in documents["journeys.yaml"] if "journey" in one]
            for document, spec in zip(written, plan_of(documents)["journeys"], strict=True):
                found[spec["name"], spec["version"]] = document
        return found

    @cached_property
    def policies(self) -> Record:
        """The file policies.yaml, empty where there is none."""
        return self.story.documents.get("policies.yaml", [{}])[0]

    def mode(self, record: Record) -> str:
        """live, shadow or test, as authors wrote it of the journey of a record."""
        if "shadow" in (self.policies.get("mode"), self.journey(record).get("mode")):
            return "shadow"
        return "test" if "test_recipients" in self.policies else "live"

    def sends(self) -> Iterator[Told]:
        """Decisions about messages that go, or would go were the customer not held out and the journey no shadow."""
        for told in self.decisions:
            if told.record["kind"] == "send" and told.record["outcome"] in ("accepted", "held_out"):
                yield told

    def journey(self, record: Record) -> Record:
        """The document of the version that a decision or action names."""
        return self.journeys[record["journey"], record["journey_version"]]

    def step(self, record: Record) -> Record:
        """The body of the step that a decision or action names."""
        return steps_of(self.journey(record)["steps"])[record["step"]]

    def requests(self) -> Iterator[Told]:
        """Actions that ask for something."""
        return (told for told in self.actions if told.record["kind"] == "request")

    def prefixes(self, told: Told) -> list[list[Row]]:
        """The touchpoints that may have been taken when this was decided: one list, or two where it was due before the
        touchpoint that brought it about and may have gone first."""
        rows = self.rows[_subject(told.record)]
        known = rows[: told.known]
        if told.by_time or told.record["decided_at"] >= max(row["at"] for row in known):
            return [known]
        return [known, known[:-1]]

    def states(self) -> Iterator[tuple[str, Record]]:
        """What is left of each subject's state."""
        for subject, head in self.outcome.kept.heads.items():
            yield subject, orjson.loads(head)

    def _take(self, one: Written) -> None:
        topic = one.row.topic
        if topic == DEADLETTERS:
            self.dead.append(self.read(one.row.value))
            return
        place = {DECISIONS: self.decisions, MOMENTS: self.moments}.get(topic, self.actions)
        place.append(self._told(one))

    def _told(self, one: Written) -> Told:
        return Told(self.read(one.row.value), one.known, one.by_time)


def _subject(record: Record) -> str:
    return str(record.get("customer_id") or record["subject"])


def steps_of(steps: list[Record]) -> dict[str, Record]:
    """Every step of a journey by its id, nested ones too."""
    found: dict[str, Record] = {}
    for item in steps:
        for name, body in item.items():
            found[name] = body
            ways = [*body.get("branch", ()), *body.get("experiment", {}).values(), *body.get("decide", {}).values()]
            for way in ways:
                found |= steps_of(way.get("steps", []))
    return found
