"""What tests of the deliverer share: actions, a made-up clock, records and a log in lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from cjo.deliver.books import Books
from cjo.deliver.desk import Desk
from cjo.deliver.gate import Gate
from cjo.deliver.intake import Intake, Taken
from cjo.deliver.journal import Journal
from cjo.deliver.mark import Mark
from cjo.deliver.offsets import Offsets, Place
from cjo.deliver.outcome import DELIVERED, Action, Carrier, Outcome
from cjo.deliver.request import Now
from cjo.deliver.service import Service
from cjo.errors import StackError

T0 = 1_700_000_000_000
MINUTE = 60_000
TOPIC = "actions.email"


def action(number: int | str = 1, customer: str = "c1", **more: Any) -> dict[str, Any]:
    """A request a<number> for a customer, from T0 until an hour later."""
    made = {
        "action_id": f"a{number}", "kind": "request", "supersedes": None, "mode": "live", "customer_id": customer,
        "journey": "welcome", "journey_version": "v", "run_id": "r1", "step": "hello", "moment_id": "m1",
        "purpose": "marketing", "channel": "email", "address": "anna@example.org", "decided_at": T0, "not_before": T0,
        "expires_at": T0 + 60 * MINUTE, "template": "welcome", "locale": "en",
        "content": {"subject": "Welcome", "body": "It is good to have you here."}, "variables": {}, "reason": None,
    }  # fmt: skip
    return made | more


def cancel(number: int | str = 1, customer: str = "c1") -> dict[str, Any]:
    """The withdrawal of a<number>."""
    return action(number, customer, kind="cancel", reason="exit_event")


def taken(actions: Iterable[dict[str, Any] | None], topic: str = TOPIC) -> list[Taken]:
    """Records of one partition, from offset 0 on; None is one that can't be decoded."""
    return [
        Taken((topic, 0), offset, one, None if one else "undecodable: no record") for offset, one in enumerate(actions)
    ]


def gate(rate: float | None = None, parallel: int = 4, attempts: int = 5) -> Gate:
    """A gate that waits 1, 2, 4, ... seconds, at most 60, without chance."""
    return Gate(rate, parallel, attempts, 1.0, 60.0, lambda: 1.0)


class MadeClock:
    """Time that passes only when nothing else goes on: a sleep is over at once, and it is later then."""

    def __init__(self, wall_ms: int = T0) -> None:
        self.wall_ms = wall_ms
        self.mono_s = 0.0
        self.slept: list[float] = []
        self.is_busy: Callable[[], bool] = lambda: False

    def now(self) -> Now:
        return Now(self.wall_ms, self.mono_s)

    def pass_s(self, seconds: float) -> None:
        self.mono_s += seconds
        self.wall_ms += round(seconds * 1000)

    async def sleep(self, seconds: float) -> None:
        if self.is_busy():
            await asyncio.Event().wait()
        self.slept.append(seconds)
        self.pass_s(seconds)


class ListSource:
    """Records in a list; remembers what was committed. Its end is at `expected`, so that more may come meanwhile."""

    def __init__(self, records: Iterable[Taken]) -> None:
        self.records = list(records)
        self.committed: dict[Place, int] = {}
        self.marks: dict[Place, Mark] = {}
        self.expected = len(self.records)
        self.given = 0
        self.pauses = 0
        self.foreseen = False
        self.give_up: Callable[[Collection[Place]], Awaitable[dict[Place, Mark]]] | None = None

    def begin(self, give_up: Callable[[Collection[Place]], Awaitable[dict[Place, Mark]]]) -> None:
        self.give_up = give_up

    async def behind(self) -> set[str]:
        return {TOPIC} if self.given < len(self.records) and not self.foreseen else set()

    async def poll(self, pause: Collection[str]) -> list[Taken]:
        await asyncio.sleep(0.001)
        self.pauses += bool(pause)
        self.foreseen = bool(pause)
        fresh = [one for one in self.records[self.given :] if one.place[0] not in pause]
        paused = [one for one in self.records[self.given :] if one.place[0] in pause]
        self.records = self.records[: self.given] + fresh + paused
        self.given += len(fresh)
        return [one._replace(is_ahead=True) for one in paused if one.takes_back] + fresh

    async def is_at_end(self) -> bool:
        return self.given >= self.expected

    async def commit(self, marks: dict[Place, Mark]) -> bool:
        self.marks |= marks
        self.committed |= {place: mark.offset for place, mark in marks.items()}
        return True


class ListLog:
    """Touchpoints that were acknowledged; fails where `broken` says so, or at the `fails_at`-th time."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._open: list[dict[str, Any]] = []
        self.broken = False
        self.fails_at = 0

    def send(self, touchpoint: Mapping[str, Any]) -> None:
        self._open.append(dict(touchpoint))

    def flush(self) -> None:
        self.fails_at -= 1
        if self.broken or self.fails_at == 0:
            raise StackError("the broker does not answer")
        self.lines += self._open
        self._open = []

    @property
    def said(self) -> list[tuple[str, str, str | None]]:
        """(type, action, reason) of each."""
        return [
            (line["type"], line["attributes"]["action_id"], line["attributes"].get("reason")) for line in self.lines
        ]


class Recorder:
    """A carrier that remembers; `answers` are given in turn, then everything is delivered."""

    def __init__(self, answers: Iterable[Outcome | BaseException] = (), clock: MadeClock | None = None) -> None:
        self.answers = list(answers)
        self.tried: list[str] = []
        self.times: list[float] = []
        self.withdrawn: list[str] = []
        self._clock = clock

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def deliver(self, action: Action) -> Outcome:
        self.tried.append(action["action_id"])
        self.times.append(self._clock.mono_s if self._clock else 0.0)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else DELIVERED
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def withdraw(self, action: Action) -> None:
        self.withdrawn.append(action["action_id"])


class World:
    """A service over a list of records, with a journal on disk; `others` carry out the channels of their names."""

    def __init__(
        self,
        folder: Path,
        records: Iterable[dict[str, Any] | None],
        carrier: Carrier,
        *,
        made_gate: Gate | None = None,
        clock: MadeClock | None = None,
        pending: int = 100,
        journal: Journal | None = None,
        others: Mapping[str, Carrier] | None = None,
    ) -> None:
        self.clock = clock or MadeClock()
        self.source = ListSource(taken(records))
        self.log = ListLog()
        self.journal = journal or Journal(folder / "journal.db")
        self.offsets = Offsets()
        self.events: list[tuple[str, str | None]] = []
        self.details: list[Mapping[str, Any]] = []
        carriers = {"mail": carrier, **(others or {})}
        topics = {"mail": TOPIC, **{name: f"actions.{name}" for name in others or {}}}
        self.desk = Desk({name: made_gate or gate() for name in carriers})
        self.books = Books(self.journal, self.log, self.offsets, self._refused)
        intake = Intake(
            self.desk, self.journal, {topic: name for name, topic in topics.items()}, ["tester@example.org"]
        )
        self.service = Service(
            self.source, self.desk, intake, self.books, self.offsets, carriers,
            {name: [topic] for name, topic in topics.items()}, self.clock, self._tell, pending, 60.0,
        )  # fmt: skip
        self.clock.is_busy = self._is_busy

    def run(self, once: bool = True) -> World:
        try:
            asyncio.run(self.service.run(once))
        finally:
            self.journal.close()
        return self

    def _is_busy(self) -> bool:
        """True where something is under way, or has come and is not dealt with yet."""
        service = self.service
        is_read = self.source.given >= self.source.expected
        return bool(service._flights or service._held or service._wake.is_set()) or not is_read

    def _tell(self, event: str, about: Action | None, details: Mapping[str, Any]) -> None:
        self.events.append((event, about["action_id"] if about else None))
        self.details.append(details)

    def _refused(self, line: Mapping[str, Any], why: str) -> None:
        self.events.append(("unreported", why))
