"""A job that is scheduled at random, checkpointed, killed and started again from its last checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson

from cjo.avro.codec import load_schema
from cjo.topics import topics_for
from tests.system.chance import Chance
from tests.system.compiled import Ready
from tests.system.host.subtask import NEVER, Kept, Subtask, Written
from udfs.orchestrate import OrchestrateJourneys

_BURST = 6


@dataclass
class Checkpoint:
    """What a completed checkpoint holds."""

    offsets: list[int]
    published: int = 0
    kept: Kept = field(default_factory=Kept)
    control: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What the world saw: `committed` exactly once, `prompt` at once and perhaps again; and what is left."""

    committed: list[Written] = field(default_factory=list)
    prompt: list[Written] = field(default_factory=list)
    kept: Kept = field(default_factory=Kept)
    crashes: int = 0
    checkpoints: int = 0


class Job:
    """Plays a story to its end."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready
        self._faults = ready.story.faults
        self._chance = Chance("host", self._faults.seed)
        self._partitions = ready.plan["workspace"]["partitions"]
        self._bound_ms = ready.plan["workspace"]["bound_ms"]
        self._log: list[list[int]] = [[] for _ in range(self._partitions)]
        for position, line in enumerate(ready.lines):
            self._log[line.partition].append(position)
        topics = [topic for topic in topics_for(ready.plan) if topic.schema]
        self._contracts = {str(topic.schema): load_schema(str(topic.schema)) for topic in topics}
        self._schema_ids = {topic.name: number for number, topic in enumerate(topics, 1)}
        self._last = Checkpoint([0] * self._partitions)
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """The whole log, with as many crashes as the story has."""
        left = self._faults.crashes
        while True:
            self._start()
            steps = self._chance.randint(1, 150) if left else None
            if self._play(steps):
                break
            left -= 1
            self.outcome.crashes += 1
        self.outcome.kept = self._last.kept
        return self.outcome

    # --- one attempt ---

    def _start(self) -> None:
        """From the last checkpoint, with any parallelism: subjects go to the subtask that their key says."""
        many = self._chance.randint(1, min(self._partitions, self._faults.parallelism))
        kept = [Kept() for _ in range(many)]
        last = self._last.kept
        for subject, head in last.heads.items():
            kept[_subtask(subject, many)].heads[subject] = head
        for (subject, name), part in last.parts.items():
            kept[_subtask(subject, many)].parts[subject, name] = part
        for at_ms, subject in last.timers:
            kept[_subtask(subject, many)].timers.add((at_ms, subject))
        for subject, count in last.handled.items():
            kept[_subtask(subject, many)].handled[subject] = count
        make = lambda: OrchestrateJourneys(self._ready.plan, self._contracts, self._schema_ids)  # noqa: E731
        self._subtasks = [Subtask(make(), many + 1, one, self._last.control) for one in kept]
        self._offsets = list(self._last.offsets)
        self._published = self._last.published
        ended = [self._offsets[one] == len(log) for one, log in enumerate(self._log)]
        self._times = [self._ready.story.end_ms if over else NEVER for over in ended]  # heartbeats go on for ever
        self._said = [NEVER] * many
        self._barrier: Checkpoint | None = None
        self._snapshots: dict[int, tuple[Kept, list[Written]]] = {}

    def _play(self, steps: int | None) -> bool:
        """True where the log was played to its end, False after `steps` scheduling steps: a crash."""
        chance, faults = self._chance, self._faults
        while steps is None or steps > 0:
            steps = None if steps is None else steps - 1
            if self._barrier is None and chance.maybe(faults.checkpoint_share):
                self._trigger()
            if chance.maybe(faults.watermark_share):
                self._say_time(chance.randrange(len(self._said)))
            if not (self._read() if chance.maybe(0.4) else self._handle()) and self._is_over():
                return True
        return False

    def _is_over(self) -> bool:
        """Nothing to read and nothing on its way: the last watermarks, then a last checkpoint."""
        while self._read() or self._handle():
            return False
        for reader in range(len(self._said)):
            self._say_time(reader)
        if self._handle():
            return False
        if self._barrier is None:
            self._trigger()
        while self._handle():
            pass
        return True

    def _read(self) -> bool:
        """Some records of some partition; none that a control record of before is not known to everybody for."""
        self._publish()
        open_ = [one for one in range(self._partitions) if self._offsets[one] < len(self._log[one])]
        if not open_:
            return False
        partition = self._chance.choice(open_)
        reader = partition % len(self._subtasks)
        for _ in range(self._chance.randint(1, _BURST)):
            if self._offsets[partition] == len(self._log[partition]):
                break
            position = self._log[partition][self._offsets[partition]]
            if any(position >= self._ready.control[number][0] for number in self._unknown()):
                break
            line = self._ready.lines[position]
            self._offsets[partition] += 1
            if line.at_ms is not None:
                self._times[partition] = max(self._times[partition], line.at_ms)
            if line.data is not None:
                subtask = self._subtasks[_subtask(line.subject, len(self._subtasks))]
                subtask.channels[reader].append(("row", (line.subject, line.data)))
        return True

    def _unknown(self) -> range:
        """Control records that are not yet with all subtasks."""
        known = min(len(subtask.control) for subtask in self._subtasks)
        return range(min(known, self._published), len(self._ready.control))

    def _publish(self) -> None:
        """The next control record, once some record behind it may come; or earlier, by chance."""
        if self._published == len(self._ready.control):
            return
        position, record = self._ready.control[self._published]
        reached = all(
            self._offsets[one] == len(log) or log[self._offsets[one]] >= position for one, log in enumerate(self._log)
        )
        if reached or position == 0 or self._chance.maybe(0.05):
            self._published += 1
            text = orjson.dumps(record).decode()
            for subtask in self._subtasks:
                subtask.channels[-1].append(("control", text))

    def _say_time(self, reader: int) -> None:
        """A watermark: how far all partitions of the reader have come."""
        own = [self._times[one] for one in range(self._partitions) if one % len(self._subtasks) == reader]
        mark_ms = min(own) - self._bound_ms - 1
        if min(own) > NEVER and mark_ms > self._said[reader]:
            self._said[reader] = mark_ms
            for subtask in self._subtasks:
                subtask.channels[reader].append(("mark", mark_ms))

    def _handle(self) -> bool:
        """Some elements of one channel of one subtask; False where nothing is on its way."""
        ready = [
            (subtask, number)
            for subtask in self._subtasks
            for number, channel in enumerate(subtask.channels)
            if channel and number not in subtask.blocked
        ]
        if not ready:
            return False
        subtask, number = self._chance.choice(ready)
        for _ in range(self._chance.randint(1, _BURST)):
            if not subtask.channels[number] or number in subtask.blocked:
                break
            kind, what = subtask.channels[number].popleft()
            if kind == "row":
                subtask.row(*what)
            elif kind == "mark":
                subtask.mark(number, what)
            elif kind == "control":
                subtask.command(what)
            else:
                self._align(subtask, number)
            self._show_prompt(subtask)
        return True

    # --- checkpoints ---

    def _trigger(self) -> None:
        """Barriers go into every channel, behind what has been read so far."""
        self._barrier = Checkpoint(list(self._offsets), self._published)
        self._snapshots = {}
        for subtask in self._subtasks:
            for channel in subtask.channels:
                channel.append(("barrier", None))

    def _align(self, subtask: Subtask, number: int) -> None:
        subtask.blocked.add(number)
        if len(subtask.blocked) < len(subtask.channels):
            return
        subtask.blocked.clear()
        self._snapshots[self._subtasks.index(subtask)] = subtask.snapshot()
        if len(self._snapshots) == len(self._subtasks):
            self._complete()

    def _complete(self) -> None:
        """Every subtask has its part: the checkpoint counts, and what was written up to it is committed."""
        assert self._barrier is not None
        for kept, out in self._snapshots.values():
            self._barrier.kept.merge(kept)
            self.outcome.committed += out
        self._barrier.control = dict(self._subtasks[0].control)
        self._last, self._barrier = self._barrier, None
        self.outcome.checkpoints += 1

    def _show_prompt(self, subtask: Subtask) -> None:
        """What is written at least once is visible at once."""
        self.outcome.prompt += [one for one in subtask.out if not one.row.exactly_once]
        subtask.out = [one for one in subtask.out if one.row.exactly_once]


def _subtask(subject: str, many: int) -> int:
    return crc32(subject.encode()) % many


def play(ready: Ready) -> Any:
    """What comes of a story on the model of the host."""
    return Job(ready).run()
