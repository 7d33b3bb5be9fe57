"""What came of one attempt to carry out an action, and what became of the action in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

Action = Mapping[str, Any]
"""A decoded record of an action topic."""

REASONS = {
    "expired": "its time was over before it could be delivered",
    "cancelled": "the journey took it back in time",
    "superseded": "the journey replaced it in time",
    "refused": "the carrier refused it for good",
    "gave_up": "the carrier took none of the attempts",
    "bad_address": "the address is none",
    "bad_message": "the carrier can't make a message of it",
}
"""Values of `reason` in `action_failed`."""


@dataclass(frozen=True)
class Outcome:
    """One attempt. `retry` may ask for a wait (`after_s`) and say that the carrier as a whole is in trouble (`whole`),
    and that it was the carrier that said so (`busy`), so that the message has no part in it.

    `absent`: the customer can't be reached now, and the carrier will say when (`Desk.nudge`).
    """

    kind: Literal["delivered", "failed", "retry", "absent"]
    reason: str | None = None
    detail: str = ""
    after_s: float = 0.0
    whole: bool = False
    busy: bool = False


DELIVERED = Outcome("delivered")
ABSENT = Outcome("absent")


def failed(reason: str, detail: str = "") -> Outcome:
    """The action can't be delivered, now or later; `reason` is one of REASONS."""
    return Outcome("failed", reason, detail)


def retry(detail: str, after_s: float = 0.0, whole: bool = False, busy: bool = False) -> Outcome:
    """Not delivered, as far as is known; another attempt may succeed. A carrier that is `busy` is so as a whole."""
    return Outcome("retry", None, detail, after_s, whole or busy, busy)


class Verdict(NamedTuple):
    """What became of an action in the end: `delivered`, or `failed` for a reason."""

    action: Action
    outcome: Literal["delivered", "failed"]
    reason: str | None
    detail: str
    attempts: int


class Carrier(Protocol):
    """Who carries out actions of one or more channels."""

    async def open(self) -> None:
        """Get ready. StackError where what it needs can't be reached or refuses the login."""
        ...

    async def deliver(self, action: Action) -> Outcome:
        """One attempt. What is known to go wrong is an Outcome; any other exception counts as `retry`."""
        ...

    async def withdraw(self, action: Action) -> None:
        """A cancel has come after delivery: take back what can be."""
        ...

    async def close(self) -> None:
        """Free what `open` took."""
        ...
