"""What a record of an action topic asks for: a request waits at the desk, a cancel stops one, others are passed by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol

from cjo.deliver.desk import Desk
from cjo.deliver.offsets import Place
from cjo.deliver.outcome import Action, Verdict
from cjo.deliver.request import Now, Request

CANCELLED = "cancelled"
SUPERSEDED = "superseded"
_TOLD = ("action_id", "kind", "supersedes", "reason", "channel", "customer_id", "journey", "step", "mode")
"""What is kept of a record that was read ahead: not the message, for there may be very many."""


class Taken(NamedTuple):
    """A record as it was read; `action` is None where it could not be decoded.

    `is_done` where the group knows that the request in it has its verdict. `is_ahead` where it was read out of turn,
    and will come again.
    """

    place: Place
    offset: int
    action: dict[str, Any] | None
    error: str | None = None
    is_done: bool = False
    is_ahead: bool = False

    @property
    def takes_back(self) -> tuple[str, str] | None:
        """The id of the action that this one takes back, and why."""
        if self.action is None:
            return None
        if self.action["kind"] == "cancel":
            return self.action["action_id"], CANCELLED
        if self.action["kind"] == "supersede" and self.action.get("supersedes"):
            return self.action["supersedes"], SUPERSEDED
        return None


class Past(Protocol):
    """What is remembered of actions that have a verdict."""

    def outcome(self, action_id: str) -> str | None:
        """`delivered`, `failed`, or None for an action that is not known."""
        ...


class Said(NamedTuple):
    """What a record came to: an event to tell, a verdict to write down, an action to take back with the carrier."""

    event: str | None = None
    action: Action | None = None
    detail: str = ""
    verdict: tuple[Request, Verdict] | None = None


class Intake:
    """Takes records in the order of their partition.

    `carriers` names the carrier of each topic; `test_recipients` are the addresses and customers who get actions of
    mode `test`.
    """

    def __init__(self, desk: Desk, past: Past, carriers: Mapping[str, str], test_recipients: Collection[str]) -> None:
        self._desk = desk
        self._past = past
        self._carriers = carriers
        self._test_recipients = frozenset(test_recipients)
        self._foreseen: dict[str, Taken] = {}

    def carrier_of(self, place: Place) -> str:
        """Name of the carrier of a topic's actions."""
        return self._carriers[place[0]]

    def take(self, taken: Taken, now: Now) -> tuple[list[Said], bool]:
        """What the record came to, and whether nothing is left to do for it."""
        action = taken.action
        if action is None:
            place = f"{taken.place[0]}/{taken.place[1]}/{taken.offset}"
            return [Said("unreadable", None, f"{place}: {taken.error}")], True
        found: list[Said] = []
        if taken.takes_back is not None:
            action_id, reason = taken.takes_back
            self._foreseen.pop(action_id, None)
            found = self._withdraw(action, action_id, reason, now)
        if action["kind"] == "cancel":
            return found, True
        said, done = self._request(taken, action, now)
        return [*found, *said], done

    def foresee(self, taken: Taken, now: Now) -> list[Said]:
        """A record was read before its turn: what it takes back stops where it is here, and when it comes where not."""
        if taken.action is None or taken.takes_back is None:
            return []
        action_id, reason = taken.takes_back
        if action_id not in self._desk:
            about = {name: taken.action.get(name) for name in _TOLD}
            self._foreseen[action_id] = taken._replace(action=about)
            return []
        return self._withdraw(taken.action, action_id, reason, now)

    def forget(self, places: Collection[Place]) -> None:
        """These partitions are another's now."""
        self._foreseen = {name: taken for name, taken in self._foreseen.items() if taken.place not in places}

    def _request(self, taken: Taken, action: dict[str, Any], now: Now) -> tuple[list[Said], bool]:
        if action["kind"] not in ("request", "supersede"):
            return [Said("skipped", action, f"of an unknown kind {action['kind']!r}")], True
        if not self._is_meant(action):
            return [Said("skipped", action, f"of mode {action['mode']}")], True
        if taken.is_done or self._past.outcome(action["action_id"]):
            return [Said("repeated", action)], True
        if self._desk.repeat(action["action_id"], taken.place, taken.offset):
            return [Said("repeated", action)], False
        request = Request(action, self.carrier_of(taken.place), taken.place, taken.offset)
        self._desk.add(request, now)
        foreseen = self._foreseen.pop(action["action_id"], None)
        return (self.foresee(foreseen, now) if foreseen else []), False

    def _is_meant(self, action: Action) -> bool:
        if action["mode"] == "test":
            return not self._test_recipients.isdisjoint({action["address"], action["customer_id"]})
        return bool(action["mode"] == "live")

    def _withdraw(self, by: Action, action_id: str, reason: str, now: Now) -> list[Said]:
        request = self._desk.withdraw(action_id, reason, now)
        if request is not None:
            return [Said(None, by, "", (request, request.verdict(reason, str(by.get("reason") or ""))))]
        if reason == CANCELLED and self._past.outcome(action_id) == "delivered":
            return [Said("too_late", by, f"{action_id} is delivered")]
        # Under way: what it comes to says more. Superseded: the new one says so. Else there is nothing to take back.
        return []
