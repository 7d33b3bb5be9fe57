"""An action on its way: where its record is, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cjo.deliver.offsets import Place
from cjo.deliver.outcome import Action, Verdict

WAITING, READY, FLYING, DONE = "waiting", "ready", "flying", "done"


class Now(NamedTuple):
    """The wall clock in epoch milliseconds, for the times of actions, and one in seconds that never goes back."""

    wall_ms: int
    mono_s: float


@dataclass(eq=False, slots=True)
class Request:
    """An action that waits, where its record is, and how far it has come.

    `repeats` are the records of the same request read again. `turn` is its place among the ready ones of its carrier.
    `answers` is how many answers the carrier had given when it last was in trouble with this one. `lost` while the
    attempt under way is of a partition that another member has.
    """

    action: Action
    carrier: str
    place: Place
    offset: int
    repeats: list[tuple[Place, int]] = field(default_factory=list)
    turn: int = 0
    state: str = WAITING
    attempts: int = 0
    failures: int = 0
    answers: int | None = None
    retry_at_s: float = 0.0
    stop: str | None = None
    nudged: bool = False
    lost: bool = False

    @property
    def records(self) -> list[tuple[Place, int]]:
        """Where it was read, each time."""
        return [(self.place, self.offset), *self.repeats]

    @property
    def lane(self) -> tuple[str, str]:
        """Topic and customer: what is done in order."""
        return self.place[0], self.action["customer_id"]

    def verdict(self, reason: str | None, detail: str = "") -> Verdict:
        """What became of it: delivered where there is no reason against."""
        return Verdict(self.action, "failed" if reason else "delivered", reason, detail, self.attempts)
