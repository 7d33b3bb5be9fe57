"""What every journey's book of the ledger is made of: moments, verdicts, entries and sends by the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, NamedTuple

from cjo.demo.known import Known
from cjo.demo.shape import Touch

BOUND_MS = 5_000
HERE = "Europe/Zurich"
"""The time zone of the workspace: it counts for customers who have none of their own (T5)."""
TRANSACTIONAL = "transactional"


class Moment(NamedTuple):
    """A signal that must fire.

    `total`, `items` (sorted) and `times` (how often it happened, years, or percent) are empty where it tells no such
    thing.
    """

    signal: str
    subject: str
    key: str | None
    at_ms: int
    total: Decimal | None = None
    items: tuple[str, ...] = ()
    times: int | None = None


class Verdict(NamedTuple):
    """A decision that must be made: about an entry (`step` is None) or a send. `channel` where one was chosen."""

    journey: str
    subject: str
    key: str | None
    step: str | None
    at_ms: int
    reason: str
    channel: str | None = None


class Held(NamedTuple):
    """A send that is held at `at_ms`, to be released within its spread (D11)."""

    journey: str
    subject: str
    key: str | None
    step: str
    at_ms: int


Releases = Mapping[Held, int]
"""When what is held was released, UTC epoch ms: any time within the spread is right, so it is taken from what came out
and everything else follows from it."""


def zone_at(known: Known, at_ms: int) -> str:
    """T5: the customer's time zone as it was known at a time, else the workspace's."""
    return known.attribute("time_zone", at_ms) or HERE


def always(moment: Moment) -> bool:
    """The condition of a journey that asks nothing of a moment."""
    return True


def never(moment: Moment) -> bool:
    """Where no run of the same key can be open any more when a moment comes."""
    return False


class Book:
    """What must follow for one journey. A subclass names it and says in `tell` what one subject's story leads to.

    `first_send` is the send that each run comes to at once; None where a run can end before any send.
    `inputs` are signals that no journey enters on, for others are made of their moments. What comes round
    for ever is told up to `until_ms`.
    """

    journey: ClassVar[str]
    purpose: ClassVar[str]
    first_send: ClassVar[str | None]
    inputs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, live_from_ms: int, until_ms: int, releases: Releases) -> None:
        self.live_from_ms = live_from_ms
        self.until_ms = until_ms
        self.releases = releases
        self.moments: list[Moment] = []
        self.verdicts: list[Verdict] = []

    def tell(self, subject: str, story: list[Touch]) -> None:
        """Note what must follow from everything that happened to one subject, in order of happening."""
        raise NotImplementedError

    def entries(
        self,
        moments: list[Moment],
        again_ms: int | None,
        holds: Callable[[Moment], bool] = always,
        is_open: Callable[[Moment], bool] = never,
    ) -> Iterable[Moment]:
        """Note moments of one customer (or key) and what becomes of each as an entry; those that open a run are given.

        R9, R1, R4: nothing from before the journey is live, nothing while a run is open, nothing within `again_ms` of
        the last entry (None: never again).
        """
        self.moments.extend(moments)
        last_entry_ms: int | None = None
        for moment in moments:
            reason = "entered"
            if moment.at_ms < self.live_from_ms:
                reason = "not_live"
            elif is_open(moment):
                reason = "already_open"
            elif last_entry_ms is not None and again_ms is None:
                reason = "again_never"
            elif last_entry_ms is not None and again_ms is not None and moment.at_ms - last_entry_ms < again_ms:
                reason = "again_after"
            elif not holds(moment):
                reason = "condition_false"
            self.say(moment, None, moment.at_ms, reason)
            if reason == "entered":
                last_entry_ms = moment.at_ms
                yield moment

    def send(self, moment: Moment, step: str, at_ms: int, known: Known, channels: tuple[str, ...]) -> bool:
        """Note what must come of a send; True where it ends the run (D5: suppressed)."""
        if known.suppressed(at_ms):
            self.say(moment, step, at_ms, "suppressed")
            return True
        reachable = [channel for channel in channels if known.address(channel, at_ms)]
        allowed = [channel for channel in reachable if self._may(known, channel, at_ms)]
        if allowed:
            self.say(moment, step, at_ms, "sent", allowed[0])
        else:
            self.say(moment, step, at_ms, "no_consent" if reachable else "no_address")
        return False

    def release(self, moment: Moment, step: str, at_ms: int, spread_ms: int) -> int:
        """Note that a send is held, and say until when: what came out, if it lies within the spread, else at once."""
        self.say(moment, step, at_ms, "spread")
        release_ms = self.releases.get(Held(self.journey, moment.subject, moment.key, step, at_ms), at_ms)
        return release_ms if at_ms <= release_ms < at_ms + spread_ms else at_ms

    def say(self, moment: Moment, step: str | None, at_ms: int, reason: str, channel: str | None = None) -> None:
        """Note a decision about the run that `moment` opens."""
        self.verdicts.append(Verdict(self.journey, moment.subject, moment.key, step, at_ms, reason, channel))

    def _may(self, known: Known, channel: str, at_ms: int) -> bool:
        return self.purpose == TRANSACTIONAL or known.consent(self.purpose, channel, at_ms)  # D6


def exited(story: Iterable[Touch], types: Iterable[str], after_ms: int, due_ms: int) -> int | None:
    """When the first exit after `after_ms` ends the run, if it comes before a wake-up at `due_ms`; else None.

    T2, R3: a wake-up waits for the bound, so what happens within it comes first.
    """
    times = [t.at_ms for t in story if t.type in types and after_ms < t.at_ms < due_ms + BOUND_MS]
    return min(times, default=None)
